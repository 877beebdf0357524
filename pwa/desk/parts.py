"""The desk's own pieces beside ``pwa.components``: page head, long grid, panel, choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reactpy import component, event, html, use_state
from reactpy.types import VdomDict

from offline.store import Entry
from pwa.components.basics import Child, EmptyState, Icon, IconButton, Skeleton, attributes, calling, classes
from pwa.components.labels import use_labels
from pwa.context import use_sync_status
from pwa.desk.state import DeskState, use_desk

ROW_HEIGHT = 48
FIRST_ROWS = 26
OVERSCAN = 8


def link(desk: DeskState, to: str, *children: Child, class_name: str = "", testid: str = "", **more: Any) -> VdomDict:
    """An anchor inside the desk that asks before unsaved changes are lost. ``more``: further attributes."""

    @event(prevent_default=True)
    def follow(_event: Any) -> None:
        desk.go(to)

    return html.a(attributes(class_name, testid, more={"href": to, "onClick": follow, **more}), *children)


def page(title: str, *children: Child, tools: Sequence[Child] = (), panel: Child = None, testid: str = "") -> VdomDict:
    """A screen: head with search and actions, content, and the panel at its right."""
    return html.div(
        attributes(classes("desk-page", panel is not None and "desk-page-split"), testid),
        html.main(
            {"className": "desk-main", "id": "desk-main", "tabIndex": -1},
            html.header(
                {"className": "desk-head"},
                html.h1({"className": "desk-title"}, title),
                html.div({"className": classes("desk-tools", len(tools) > 3 and "desk-tools-many")}, *tools),
            ),
            *children,
        ),
        panel,
    )


@dataclass(frozen=True)
class Field:
    """A column of a grid. ``width`` is a CSS grid track; where room is short ``minor`` columns go first, then
    ``second`` ones."""

    title: str
    cell: Callable[[Any], Child]
    width: str = "1fr"
    numeric: bool = False
    minor: bool = False
    second: bool = False


@dataclass(frozen=True)
class Marks:
    """Rows that can be ticked. ``allowed(item)``: whether this one can."""

    marked: frozenset[str]
    toggle: Callable[[str], Any]
    toggle_all: Callable[[], Any]
    allowed: Callable[[Any], bool]
    all_marked: bool
    label: str
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
    ``part(start, stop)`` reads rows; a changed ``reset`` starts over at the top."""
    span, set_span = use_state((0, FIRST_ROWS, reset))
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
    items = part(first, last)
    names = [look.key(item) for item in items]
    # One row is in the tab order; the arrow keys move from there.
    tab_stop = look.selected if look.selected in names else next(iter(names), "")
    more = {"role": "grid", "aria-label": look.label, "aria-rowcount": count + 1, **_tracks(look)}
    return html.div(
        attributes("grid", look.testid, more=more),
        _head(look),
        html.q_window(
            {"className": "grid-body", "role": "rowgroup", "config": window, "report": moved},
            _space("above", first),
            *(_line(look, item, first + place, tab_stop) for place, item in enumerate(items)),
            _space("below", count - last),
        ),
    )


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


def _head(look: Look) -> VdomDict:
    cells: list[Child] = []
    if look.marks:
        tick = _tick(look.marks.all_marked, look.marks.label_all, look.marks.toggle_all, "mark-all")
        cells.append(html.span({"role": "columnheader", "className": "grid-cell", "key": "marks"}, tick))
    cells += [
        html.span({"role": "columnheader", "className": _cell_class(field), "key": field.title}, field.title)
        for field in look.fields
    ]
    return html.div({"className": "grid-row grid-head", "role": "row", "aria-rowindex": 1}, *cells)


def _line(look: Look, item: Any, index: int, tab_stop: str) -> VdomDict:
    name = look.key(item)
    more: dict[str, Any] = {f"data-{label}": text for label, text in look.row_data(item).items()}
    more |= {"role": "row", "aria-rowindex": index + 2, "tabIndex": 0 if name == tab_stop else -1}
    more["aria-selected"] = "true" if name == look.selected else "false"
    if look.on_open is not None:
        more["onClick"] = calling(look.on_open, item)
    cells: list[Child] = []
    if look.marks:
        tick = _mark(look.marks, name) if look.marks.allowed(item) else None
        cells.append(html.span({"role": "gridcell", "className": "grid-cell", "key": "marks"}, tick))
    cells += [
        html.span({"role": "gridcell", "className": _cell_class(field), "key": field.title}, field.cell(item))
        for field in look.fields
    ]
    style = classes("grid-row grid-line", look.on_open and "grid-press", name == look.selected and "grid-selected")
    return html.div(attributes(style, look.row_testid(item), name, more), *cells)


def _mark(marks: Marks, name: str) -> VdomDict:
    return _tick(name in marks.marked, marks.label, lambda: marks.toggle(name), f"mark-{name}", tabbed=False)


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


@component
def Nothing(icon: str, title: str, text: str = "", action: Child = None, testid: str = "") -> VdomDict:
    """An empty list; grey bones while the rows are still on their way for the first time."""
    status = use_sync_status()
    if status.last_synced_at is None and status.state != "problem":
        return Skeleton("line", 8)
    return EmptyState(icon, title, text, action, testid=testid)


def panel(
    title: str,
    *children: Child,
    on_close: Callable[[], Any],
    over: Child = None,
    subtitle: Child = None,
    actions: Child = None,
    key: str = "",
    testid: str = "",
    wide: bool = False,
) -> VdomDict:
    """What stands at the right of a list: head, content that scrolls, actions at the lower edge."""
    return html.aside(
        attributes(classes("desk-panel", wide and "desk-panel-wide"), testid, key or None, {"aria-label": title}),
        html.header(
            {"className": "panel-head"},
            html.div(
                {"className": "panel-titles"},
                html.div({"className": "panel-over"}, over) if over is not None else None,
                html.h2({"className": "panel-title"}, title),
                html.div({"className": "panel-subtitle"}, subtitle) if subtitle is not None else None,
            ),
            IconButton("x", use_labels()["close"], calling(on_close), testid="panel-close"),
        ),
        html.div(
            {"className": "panel-body", "key": "body", "tabIndex": 0, "role": "group", "aria-label": title}, *children
        ),
        html.footer({"className": "panel-actions"}, actions) if actions is not None else None,
    )


def block(title: str, *children: Child, testid: str = "", key: str = "") -> VdomDict:
    """A card of a panel with its heading."""
    heading = html.h3({"className": "block-title"}, title) if title else None
    return html.section(attributes("block", testid, key or None), heading, *children)


def pair(label: Child, value: Child, *, tone: str = "", testid: str = "", strong: bool = False) -> VdomDict:
    """Label at the left, value at the right."""
    style = classes("pair", tone and f"pair-{tone}", strong and "pair-strong")
    return html.div(
        attributes(style, testid),
        html.span({"className": "pair-label"}, label),
        html.span({"className": "pair-value number"}, value),
    )


def select(
    label: str,
    options: Sequence[tuple[str, str]],
    value: str,
    on_change: Callable[[str], Any],
    *,
    hint: str = "",
    error: str = "",
    testid: str = "",
    disabled: bool = False,
    bare: bool = False,
    key: str = "",
) -> VdomDict:
    """The browser's own list of choices, (value, text) each. ``bare`` hides the label, for tool bars."""

    async def changed(happened: Any) -> None:
        await calling(on_change, happened["target"]["value"])()

    more = {"value": value, "onChange": changed, "disabled": disabled or None, "aria-label": label}
    box = html.select(
        attributes("input select", testid, more=more),
        *(html.option({"value": one, "key": one, "selected": one == value}, text) for one, text in options),
    )
    if bare:
        return html.span(attributes("select-bare", key=key or None), box, Icon("chevron-down", size=16))
    note = error or hint
    return html.div(
        attributes(classes("field", error and "field-invalid"), key=key or None),
        html.span({"className": "field-label", "aria-hidden": "true"}, label),
        html.span({"className": "input-box select-box"}, box, Icon("chevron-down", size=16)),
        html.p({"className": classes("field-note", error and "field-error")}, note) if note else None,
    )


def columns(*children: Child) -> VdomDict:
    """Fields side by side."""
    return html.div({"className": "field-columns"}, *children)


def text_button(label: str, on_press: Callable[[], Any], *, testid: str = "", key: str = "") -> VdomDict:
    """A button that looks like a link, for small things inside a text."""
    more = {"type": "button", "onClick": calling(on_press)}
    return html.button(attributes("text-button", testid, key or None, more), label)


@component
def UnsavedBar(dirty: bool, on_reset: Callable[[], Any]) -> VdomDict:
    """Says that a form is not saved, and takes it back."""
    words = use_desk().words()
    if not dirty:
        return html.div({"className": "unsaved", "hidden": True})
    return html.div(
        {"className": "unsaved unsaved-on", "role": "status", "data-testid": "unsaved"},
        Icon("pencil", size=16),
        html.span(words("unsaved.note")),
        text_button(words("unsaved.reset"), on_reset, testid="unsaved-reset"),
    )


def refusal(desk: DeskState, entry: Entry, *, retry: bool = True) -> VdomDict:
    """A refused command beside the thing it is about: why, and what can be done."""
    words = desk.words()

    async def again() -> None:
        await desk.app.engine.retry(entry.id)

    async def discard() -> None:
        await desk.app.engine.discard(entry.id)

    more = {"role": "alert", "data-code": entry.code}
    return html.div(
        attributes("notice notice-bad", "refusal", entry.id, more),
        Icon("circle-alert", class_name="notice-icon"),
        html.div(
            {"className": "notice-body"},
            html.strong({"className": "notice-title"}, words("refusal.title", what=words(f"command.{entry.name}"))),
            html.p({"className": "notice-text"}, desk.why(entry)),
            html.div(
                {"className": "notice-actions"},
                text_button(words("refusal.retry"), again, testid="refusal-retry") if retry else None,
                text_button(words("refusal.discard"), discard, testid="refusal-discard"),
            ),
        ),
    )
