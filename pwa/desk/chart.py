"""A small bar chart, drawn as SVG: no library, no colours but the theme's."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reactpy import html
from reactpy.types import VdomDict

WIDTH, HEIGHT, GAP = 720, 140, 6
MOST_OVER = Decimal(3)


@dataclass(frozen=True)
class Bar:
    """``label`` stands below every few bars, ``title`` is told on hover and to screen readers."""

    label: str
    title: str
    value: Decimal
    current: bool = False


def bar_chart(bars: Sequence[Bar], *, label: str, labels_every: int = 5) -> VdomDict:
    """Bars from zero. One day beyond all measure would press the others flat: such a bar ends at the upper edge, with
    a notch."""
    top = scale_of([bar.value for bar in bars])
    step = WIDTH / max(len(bars), 1)
    last = len(bars) - 1
    return html.svg(
        {
            "className": "chart",
            "viewBox": f"0 0 {WIDTH} {HEIGHT + 28}",
            "role": "img",
            "aria-label": label,
            "preserveAspectRatio": "xMidYMid meet",
        },
        *(_bar(index, bar, step, top) for index, bar in enumerate(bars)),
        *(
            _label(index, bar.label, step, anchor="end" if index == last else "middle")
            for index, bar in enumerate(bars)
            if (last - index) % labels_every == 0
        ),
    )


def _bar(index: int, bar: Bar, step: float, top: Decimal) -> VdomDict:
    height = max(float(min(bar.value / top, Decimal(1))) * HEIGHT, 2.0)
    look = {
        "className": "chart-bar chart-current" if bar.current else "chart-bar",
        "x": f"{index * step + GAP / 2:.1f}",
        "y": f"{HEIGHT - height:.1f}",
        "width": f"{step - GAP:.1f}",
        "height": f"{height:.1f}",
        "rx": "3",
    }
    notch = {**look, "className": "chart-notch", "y": "12", "height": "4", "rx": "0"}
    # The title belongs to the group: ReactPy gives a rect no children.
    return html.svg.g(
        {"key": f"bar-{index}"},
        html.title(bar.title),
        html.svg.rect(look),
        html.svg.rect(notch) if bar.value > top else None,
    )


def _label(index: int, text: str, step: float, *, anchor: str) -> VdomDict:
    """In the middle below its bar."""
    place = {"x": f"{index * step + step / 2:.1f}", "y": str(HEIGHT + 20), "textAnchor": anchor}
    return html.text({"key": f"label-{index}", "className": "chart-label", **place}, text)


def scale_of(values: Sequence[Decimal]) -> Decimal:
    """The value at the upper edge: the largest, but no more than three times what nine days in ten stay below."""
    ranked = sorted(values)
    most = ranked[-1] if ranked else Decimal(0)
    usual = ranked[len(ranked) * 9 // 10 - 1] if len(ranked) >= 10 else most
    return (min(most, usual * MOST_OVER) if usual else most) or Decimal(1)
