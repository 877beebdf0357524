"""Thousands of rows at the desk: columns, ticks, sorting, the keyboard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reactpy import component, event, html, use_ref, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Child, Icon, attributes, calling, classes
from pwa.desk.ranks import name_rank
from pwa.desk.words import Words

ROW_HEIGHT = 48
FIRST_ROWS = 26
OVERSCAN = 8


@dataclass(frozen=True)
class Field:
    """A column of a grid. ``width`` is a CSS grid track; where room is short ``minor`` columns go first, then
    ``second`` ones. ``rank(item)`` is what a press on its head sorts by; a column without is not sorted."""

    title: str
    cell: Callable[[Any], Child]
    width: str = "1fr"
    numeric: bool = False
    minor: bool = False
    second: bool = False
    rank: Callable[[Any], Any] | None = None


def text_column(title: str, of: Callable[[Any], str | None], width: str, *, minor: bool = False) -> Field:
    """Shows what it sorts by; rows of which ``of`` is None show nothing and stand last."""
    return Field(title, lambda row: of(row) or "", width, minor=minor, rank=of)


def name_column(title: str, words: Words, width: str) -> Field:
    """The name of a product or a partner, sorted as people look names up."""
    return Field(
        title,
        lambda row: words.name(row.name),
        width,
        rank=lambda row: name_rank(words.locale, row.name, row.search),
    )


def code_column(title: str, of: Callable[[Any], str], width: str) -> Field:
    """What people look a row up by: its SKU, its customer number."""
    return Field(title, lambda row: html.span({"className": "number faint"}, of(row)), width, rank=of)


@dataclass(frozen=True)
class Marks:
    """Rows that can be ticked. ``allowed(item)``: whether this one can."""

    marked: frozenset[str]
    toggle: Callable[[str], Any]
    toggle_all: Callable[[], Any]
    allowed: Callable[[Any], bool]
    all_marked: bool
    label: Callable[[Any], str]
    label_all: str


@dataclass(frozen=True)
class Look:
    """How a grid shows its items. ``key`` names an item, ``selected`` is the name of the one that is open."""

    fields: Sequence[Field]
    key: Callable[[Any], str]
    label: str
    on_open: Callable[[Any], Any] | None = None
    selected: str = ""
    marks: Marks | None = None
    row_testid: Callable[[Any], str] = lambda _item: ""
    row_data: Callable[[Any], Mapping[str, str]] = lambda _item: {}
    testid: str = ""


@component
def Grid(look: Look, count: int, part: Callable[[int, int], Sequence[Any]], reset: str = "") -> VdomDict:
    """Thousands of rows of which those in sight exist; the page scrolls. Arrow keys move, Enter opens, Space marks.
    ``part(start, stop)`` reads rows in their own order; a changed ``reset`` starts over at the top. A press on a
    column's head sorts by it, a second one the other way round, a third one takes the sorting back."""
    span, set_span = use_state((0, FIRST_ROWS, reset))
    order, set_order = use_state(UNSORTED)
    reset = f"{reset} {order}"
    first, last, made_for = span
    if made_for != reset:
        first, last = 0, FIRST_ROWS
    first = min(first, max(0, count - 1))
    last = min(max(last, first + FIRST_ROWS), count)

    def moved(new_first: int, new_last: int) -> None:
        set_span((int(new_first), int(new_last), reset))

    window: dict[str, Any] = {
        "count": count,
        "rowHeight": ROW_HEIGHT,
        "overscan": OVERSCAN,
        "first": first,
        "last": last,
    }
    window["reset"] = reset
    rows = rows_of(_sorted(look, order, part(0, count))) if order.title else part
    names = [look.key(item) for item in rows(first, last)]
    # One row is in the tab order; the arrow keys move from there.
    tab_stop = look.selected if look.selected in names else next(iter(names), "")
    # Where the open row stood when it was last in sight.
    stood = use_ref(("", 0))
    if look.selected in names:
        stood.current = (look.selected, first + names.index(look.selected))
    place = stood.current[1] if look.selected and stood.current[0] == look.selected else None
    more = {"role": "grid", "aria-label": look.label, "aria-rowcount": count + 1, **_tracks(look)}
    return html.div(
        attributes("grid", look.testid, more=more),
        _head(look, order, lambda title: set_order(order.pressed(title))),
        html.q_window(
            {"className": "grid-body", "role": "rowgroup", "config": window, "report": moved},
            *_lines(look, rows, spans(first, last, count, place), count, tab_stop),
        ),
    )


def listed(look: Look, rows: Sequence[Any], nothing: Child, reset: str = "") -> Child:
    """A grid of ``rows`` that are all here; ``nothing`` where there are none."""
    return Grid(look, len(rows), rows_of(rows), reset, key="grid") if rows else nothing


def spans(first: int, last: int, count: int, place: int | None) -> list[tuple[int, int]]:
    """The rows (from, to) that are drawn: those of the window, and at ``place`` the open one with its neighbours, which
    the keys lead to from however far away."""
    found = [(first, last)]
    if place is not None:
        before, after = max(0, place - 1), min(count, place + 2)
        if before < first:
            found.insert(0, (before, min(after, first)))
        if after > last:
            found.append((max(before, last), after))
    return found


def _lines(
    look: Look, rows: Callable[[int, int], Sequence[Any]], drawn: Sequence[tuple[int, int]], count: int, tab_stop: str
) -> list[VdomDict]:
    """Rows, and room for those between them that are not drawn."""
    found: list[VdomDict] = []
    end = 0
    for number, (start, stop) in enumerate(drawn):
        found.append(_space(f"above-{number}", start - end))
        found += [_line(look, item, start + place, tab_stop) for place, item in enumerate(rows(start, stop))]
        end = stop
    return [*found, _space("below", count - end)]


@dataclass(frozen=True)
class Order:
    """Which column the rows are sorted by, none where ``title`` is empty."""

    title: str = ""
    descending: bool = False

    def pressed(self, title: str) -> "Order":
        """After a press on a column's head."""
        if title != self.title:
            return Order(title)
        return UNSORTED if self.descending else Order(title, descending=True)


UNSORTED = Order()


def _sorted(look: Look, order: Order, items: Sequence[Any]) -> Sequence[Any]:
    """Items that have no rank (None) come last, whichever way the others go."""
    rank = next((field.rank for field in look.fields if field.title == order.title), None)
    if rank is None:
        return items
    ranked = [(rank(item), item) for item in items]
    known = [each for each in ranked if each[0] is not None]
    known.sort(key=lambda each: each[0], reverse=order.descending)
    return [item for _, item in known] + [item for value, item in ranked if value is None]


def rows_of(items: Sequence[Any]) -> Callable[[int, int], Sequence[Any]]:
    """``part`` for items at hand."""
    return lambda start, stop: items[start:stop]


def _tracks(look: Look) -> dict[str, Any]:
    first = ["28px"] if look.marks else []
    tracks = first + [field.width for field in look.fields]
    major = first + [field.width for field in look.fields if not field.minor]
    few = first + [field.width for field in look.fields if not (field.minor or field.second)]
    return {"style": {"--tracks": " ".join(tracks), "--major-tracks": " ".join(major), "--few-tracks": " ".join(few)}}


def _space(key: str, rows: int) -> VdomDict:
    style = {"height": f"{max(rows, 0) * ROW_HEIGHT}px"}
    return html.div({"key": key, "role": "presentation", "className": "windowed-space", "style": style})


def _head(look: Look, order: Order, on_press: Callable[[str], Any]) -> VdomDict:
    cells: list[Child] = []
    if look.marks:
        tick = _tick(look.marks.all_marked, look.marks.label_all, look.marks.toggle_all, "mark-all")
        cells.append(html.span({"role": "columnheader", "className": "grid-cell", "key": "marks"}, tick))
    cells += [_title(field, order, on_press) for field in look.fields]
    return html.div({"className": "grid-row grid-head", "role": "row", "aria-rowindex": 1}, *cells)


def _title(field: Field, order: Order, on_press: Callable[[str], Any]) -> VdomDict:
    more: dict[str, Any] = {"role": "columnheader", "className": _cell_class(field), "key": field.title}
    if field.rank is None:
        return html.span(more, field.title)
    icon = None
    if field.title == order.title:
        more["aria-sort"] = "descending" if order.descending else "ascending"
        icon = Icon("arrow-down" if order.descending else "arrow-up", size=14)
    press = {"type": "button", "className": "grid-sort", "onClick": calling(on_press, field.title)}
    return html.span(more, html.button(press, field.title, icon))


def _line(look: Look, item: Any, index: int, tab_stop: str) -> VdomDict:
    name = look.key(item)
    more: dict[str, Any] = {f"data-{label}": text for label, text in look.row_data(item).items()}
    more |= {"role": "row", "aria-rowindex": index + 2, "tabIndex": 0 if name == tab_stop else -1}
    more["aria-selected"] = "true" if name == look.selected else "false"
    if look.on_open is not None:
        more["onClick"] = calling(look.on_open, item)
    cells: list[Child] = []
    if look.marks:
        tick = _mark(look.marks, name, look.marks.label(item)) if look.marks.allowed(item) else None
        cells.append(html.span({"role": "gridcell", "className": "grid-cell", "key": "marks"}, tick))
    cells += [_cell(field, field.cell(item)) for field in look.fields]
    style = classes("grid-row grid-line", look.on_open and "grid-press", name == look.selected and "grid-selected")
    return html.div(attributes(style, look.row_testid(item), name, more), *cells)


def _cell(field: Field, content: Child) -> VdomDict:
    more: dict[str, Any] = {"role": "gridcell", "className": _cell_class(field), "key": field.title}
    if isinstance(content, str):
        more["title"] = content  # it may be cut off
    return html.span(more, content)


def _mark(marks: Marks, name: str, label: str) -> VdomDict:
    return _tick(name in marks.marked, label, lambda: marks.toggle(name), f"mark-{name}", tabbed=False)


def _tick(on: bool, label: str, toggle: Callable[[], Any], testid: str, *, tabbed: bool = True) -> VdomDict:
    @event(stop_propagation=True)
    async def press(_event: Any) -> None:
        await calling(toggle)()

    more: dict[str, Any] = {"type": "button", "role": "checkbox", "aria-checked": "true" if on else "false"}
    more |= {"aria-label": label, "tabIndex": 0 if tabbed else -1, "onClick": press}
    return html.button(
        attributes(classes("tick", on and "tick-on"), testid, more=more), Icon("check", size=14) if on else None
    )


def _cell_class(field: Field) -> str:
    return classes(
        "grid-cell",
        field.numeric and "grid-number number",
        field.minor and "grid-minor",
        field.second and "grid-second",
    )
