"""A small bar chart, drawn as SVG: no library, no colours but the theme's."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reactpy import html
from reactpy.types import VdomDict

WIDTH, HEIGHT, GAP = 720, 160, 6


@dataclass(frozen=True)
class Bar:
    """``label`` stands below every few bars, ``title`` is told on hover and to screen readers."""

    label: str
    title: str
    value: Decimal
    current: bool = False


def bar_chart(bars: Sequence[Bar], *, label: str, labels_every: int = 5) -> VdomDict:
    """Bars from zero, the largest as high as the chart. Each is a list item for screen readers."""
    top = max((bar.value for bar in bars), default=Decimal(0)) or Decimal(1)
    step = WIDTH / max(len(bars), 1)
    drawn = []
    for index, bar in enumerate(bars):
        height = max(float(bar.value / top) * HEIGHT, 2.0)
        x = index * step + GAP / 2
        look = {
            "className": "chart-bar chart-current" if bar.current else "chart-bar",
            "x": f"{x:.1f}",
            "y": f"{HEIGHT - height:.1f}",
            "width": f"{step - GAP:.1f}",
            "height": f"{height:.1f}",
            "rx": "3",
        }
        # The title belongs to the group: ReactPy gives a rect no children.
        drawn.append(html.svg.g({"key": f"bar-{index}"}, html.title(bar.title), html.svg.rect(look)))
        if (len(bars) - 1 - index) % labels_every == 0:
            drawn.append(
                html.text(
                    {
                        "key": f"label-{index}",
                        "className": "chart-label",
                        "x": f"{x + (step - GAP) / 2:.1f}",
                        "y": str(HEIGHT + 20),
                        "textAnchor": "end" if index == len(bars) - 1 else "middle",
                    },
                    bar.label,
                )
            )
    return html.svg(
        {
            "className": "chart",
            "viewBox": f"0 0 {WIDTH} {HEIGHT + 28}",
            "role": "img",
            "aria-label": label,
            "preserveAspectRatio": "xMidYMid meet",
        },
        *drawn,
    )
