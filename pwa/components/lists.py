"""Long lists, tables and timelines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Child, attributes, calling, classes

OVERSCAN_ROWS = 8
FIRST_ROWS = 8  # a screenful of the highest: the page asks for more


def Facts(facts: Iterable[tuple[str, Child]], *, number: bool = False) -> VdomDict:
    """Names with what they are, a line each. ``number``: digits stand below each other."""
    rows = (html.div({"className": "fact", "key": name}, html.dt(name), html.dd(value)) for name, value in facts)
    return html.dl({"className": classes("facts", number and "number")}, *rows)


@component
def WindowedList(
    count: int,
    row: Callable[[int], Child],
    *,
    row_height: int = 0,
    label: str = "",
    testid: str = "",
    class_name: str = "",
    reset: str = "",
) -> VdomDict:
    """Thousands of rows of which only the visible ones (and a few around them) exist.

    ``row(index)`` makes one; give it a ``key`` that belongs to the thing shown, not to the index. All rows are
    equally high: ``row_height`` px or, without it, what CSS says in ``--row-height`` of ``class_name`` (in rem, say);
    class ``windowed-row`` takes it over. The page scrolls, not the list. Rows keep their places when the list renders
    again; a changed ``reset`` (the search text, say) starts over at the top.
    """
    span, set_span = use_state((0, FIRST_ROWS, reset))
    first, last, made_for = span
    if made_for != reset:
        first, last = 0, FIRST_ROWS
    first, last = min(first, max(0, count - 1)), min(last, count)
    config = {
        "count": count,
        "rowHeight": row_height,
        "overscan": OVERSCAN_ROWS,
        "first": first,
        "last": last,
        "reset": reset,
    }

    def moved(new_first: int, new_last: int) -> None:
        set_span((int(new_first), int(new_last), reset))

    def space(name: str, rows: int) -> VdomDict:
        height = f"{rows * row_height}px" if row_height else f"calc({rows} * var(--row-height))"
        return html.div({"key": name, "className": "windowed-space", "style": {"height": height}})

    more = {"config": config, "report": moved, "role": "group", "aria-label": label}
    return html.q_window(
        attributes(classes("windowed", class_name), testid, more=more),
        space("above", first),
        *(row(index) for index in range(first, last)),
        space("below", count - last),
    )


@dataclass(frozen=True)
class Column:
    """``cell(item)`` gives text or VDOM. ``numeric`` aligns right in tabular figures. ``width``: a CSS width.
    ``total``: what stands below the column; no column has one, and there is no such line."""

    title: str
    cell: Callable[[Any], Child]
    numeric: bool = False
    width: str = ""
    minor: bool = False
    total: Child = None


def Table(
    columns: Sequence[Column],
    items: Sequence[Any],
    *,
    key: Callable[[Any], str],
    on_open: Callable[[Any], Any] | None = None,
    selected: str = "",
    caption: str = "",
    testid: str = "",
    row_testid: Callable[[Any], str] = lambda _item: "",
    row_data: Callable[[Any], Mapping[str, str]] = lambda _item: {},
) -> VdomDict:
    """A table for the desk: arrow keys move between rows, Enter (or a click) calls ``on_open(item)``.

    ``selected`` is the key of the highlighted row. ``minor`` columns hide below 1024 px. Show a page at a time
    (up to some 100 rows).
    """

    def line(item: Any) -> VdomDict:
        name = key(item)
        more: dict[str, Any] = {f"data-{label}": text for label, text in row_data(item).items()}
        if on_open is not None:
            more |= {"tabIndex": 0, "onClick": calling(on_open, item)}
        if name == selected:
            more["aria-selected"] = "true"
        style = classes("table-row", on_open and "table-row-press", name == selected and "table-row-selected")
        return html.tr(attributes(style, row_testid(item), name, more), *_cells(columns, item))

    # What scrolls sideways must be reached by keys, by its rows or as a whole.
    by_keys = {"tabIndex": 0, "role": "region", "aria-label": caption} if on_open is None and caption else {}
    return html.q_table(
        attributes("table-frame", testid, more=by_keys),
        html.table(
            {"className": "table"},
            html.caption({"className": "visually-hidden"}, caption) if caption else None,
            html.thead(html.tr(*map(_head, columns))),
            html.tbody(*map(line, items)),
            html.tfoot(_totals(columns)) if any(column.total is not None for column in columns) else None,
        ),
    )


def _head(column: Column) -> VdomDict:
    more: dict[str, Any] = {"scope": "col", "key": column.title}
    if column.width:
        more["style"] = {"width": column.width}
    return html.th(attributes(_cell_style(column), more=more), column.title)


def _cells(columns: Sequence[Column], item: Any) -> list[VdomDict]:
    return [html.td({"key": column.title, "className": _cell_style(column)}, column.cell(item)) for column in columns]


def _totals(columns: Sequence[Column]) -> VdomDict:
    cells = (html.td({"key": column.title, "className": _cell_style(column)}, column.total) for column in columns)
    return html.tr({"className": "table-totals"}, *cells)


def _cell_style(column: Column) -> str:
    return classes("cell", column.numeric and "cell-number number", column.minor and "cell-minor")


MomentTone = Literal["accent", "warning", "bad"]


@dataclass(frozen=True)
class Moment:
    """A step of a timeline. ``done`` steps are filled, the others are what comes next."""

    title: str
    detail: Child = ""
    done: bool = True
    tone: MomentTone = "accent"
    extra: Child = None
    testid: str = ""


def Timeline(moments: Sequence[Moment], *, testid: str = "") -> VdomDict:
    """Steps from top to bottom with a line between them."""

    def step(index: int, moment: Moment) -> VdomDict:
        state = f"timeline-{moment.tone}" if moment.done else "timeline-next"
        return html.li(
            attributes(classes("timeline-step", state), moment.testid, str(index)),
            html.span({"className": "timeline-dot"}),
            html.div(
                {"className": "timeline-body"},
                html.strong({"className": "timeline-title"}, moment.title),
                html.span({"className": "timeline-detail"}, moment.detail) if moment.detail else None,
                moment.extra,
            ),
        )

    return html.ol(attributes("timeline", testid), *(step(index, moment) for index, moment in enumerate(moments)))
