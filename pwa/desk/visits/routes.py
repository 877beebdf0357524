"""Routes: who visits whom on which days."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.visits import MAX_STOPS, VisitRoute, VisitRouteSave
from pwa.components.basics import Child, Chip, ChipRow, IconButton, calling
from pwa.components.lists import Column, Table
from pwa.desk.choices import partners_like
from pwa.desk.editing import (
    Choice,
    Picker,
    Reader,
    use_editing,
    use_row_id,
)
from pwa.desk.fields import Fields
from pwa.desk.parts import Nothing, block, columns, panel
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.visits.reading import reps, routes
from pwa.desk.words import Words
from pwa.visiting import today

FIELDS = ("name", "rep", "weekdays", "every", "dates", "starts_on", "ends_on", "active", "stops")


@component
def RoutesTab(row_id: str, on_open: Callable[[str], Any]) -> Child:
    desk = use_desk()
    words = desk.words()
    # A rep's week as it goes: by name it would begin with any day.
    rows = sorted(routes(desk), key=lambda row: (not row.active, row.rep_name, row.weekdays or (8,), row.name))
    if not rows:
        return Nothing("route", words("visits.no_routes"), words("visits.no_routes_text"), key="empty")
    titles = [
        Column(words("visits.route"), lambda row: row.name, width="26%"),
        Column(words("visits.rep"), lambda row: row.rep_name or words("visits.nameless"), width="16%"),
        Column(words("visits.when"), lambda row: days_text(desk, row)),
        Column(words("visits.stops"), lambda row: words.number(len(row.stops)), numeric=True, width="10%"),
        Column(words("visits.state"), lambda row: words(f"visits.{'running' if row.active else 'resting'}"),
               width="12%"),
    ]  # fmt: skip
    return Table(
        titles, rows, key=lambda row: row.id, on_open=lambda row: on_open(row.id), selected=row_id,
        caption=words("visits.tab_routes"), row_testid=lambda row: f"route-{row.name}",
    )  # fmt: skip


def days_text(desk: DeskState, route: VisitRoute) -> str:
    app, words = desk.app, desk.words()
    parts = [app.t("list.separator").join(app.t(f"weekday.{day}") for day in route.weekdays)]
    if route.every > 1:
        parts.append(words("visits.every_weeks", count=route.every))
    if route.dates:
        parts.append(words("visits.days_listed", count=len(route.dates)))
    return " · ".join(part for part in parts if part)


def _start(desk: DeskState, row: VisitRoute | VisitRouteSave | None) -> dict[str, Any]:
    if row is None:
        values: dict[str, Any] = dict.fromkeys(FIELDS, "")
        return values | {
            "weekdays": (), "every": "1", "starts_on": today(desk.app).isoformat(), "active": True, "stops": (),
            "rep": next(iter(reps(desk)), ""),
        }  # fmt: skip
    return {
        "name": row.name,
        "rep": row.rep,
        "weekdays": row.weekdays,
        "every": str(row.every),
        "dates": ", ".join(day.isoformat() for day in row.dates),
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else "",
        "active": row.active,
        "stops": row.stops,
    }


def _command(reader: Reader, row_id: str) -> VisitRouteSave | None:
    form = reader.form
    name = reader.text("name", required=True)
    every = reader.whole("every", least=1, most=52, empty=1)
    starts_on, ends_on = reader.calendar_day("starts_on"), reader.calendar_day("ends_on")
    dates = _dates(reader)
    if starts_on is None:
        reader.fault("starts_on", "required")
    if not form["weekdays"] and not dates:
        reader.fault("weekdays", "required")
    for field in ("stops", "rep"):
        if not form[field]:
            reader.fault(field, "required")
    if len(form["stops"]) > MAX_STOPS:
        reader.fault("stops", "too_many", most=MAX_STOPS)
    if starts_on and ends_on and ends_on < starts_on:
        reader.fault("ends_on", "date")
    if reader.errors or starts_on is None:
        return None
    return VisitRouteSave(
        route=row_id, name=name, rep=form["rep"], stops=form["stops"], starts_on=starts_on,
        weekdays=tuple(sorted(form["weekdays"])), every=every or 1, dates=dates, ends_on=ends_on,
        active=form["active"],
    )  # fmt: skip


def _dates(reader: Reader) -> tuple[date, ...]:
    found = set()
    for text in str(reader.form["dates"]).replace("，", ",").replace("、", ",").replace("\n", ",").split(","):
        if text.strip():
            try:
                found.add(date.fromisoformat(text.strip()))
            except ValueError:
                reader.fault("dates", "date")
    return tuple(sorted(found))


@component
def RoutePanel(route_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(route_id), route_id == "new"
    editing = use_editing(
        f"visit_route:{route_id}", VisitRouteSave, next((row for row in routes(desk) if row.id == row_id), None),
        partial(_start, desk), about=("route", row_id), fields=FIELDS,
    )  # fmt: skip
    base = editing.base

    async def save() -> None:
        reader = editing.reader
        if await editing.save(reader, _command(reader, row_id)) and is_new:
            on_made(row_id)

    if base is None and not is_new:
        return panel(words("visits.route_gone"), on_close=on_close, testid="route-panel")
    return panel(
        words("visits.new_route") if is_new else (base.name if base else ""),
        editing.refusal(),
        *_fields(desk, words, editing.form),
        on_close=on_close,
        actions=editing.actions(save),
        key=route_id,
        testid="route-panel",
    )


def _fields(desk: DeskState, words: Words, form: Form) -> list[Child]:
    fields = Fields(words, form, "visits.field")
    people = [(rep, name or words("visits.nameless")) for rep, name in reps(desk).items()]
    return [
        block(
            "",
            fields.text("name", required=True),
            fields.choice("rep", people, label=words("visits.rep")),
            fields.switch("active", label=words("visits.running")),
            key="who",
        ),
        block(
            words("visits.when"),
            _weekdays(desk, form),
            fields.number("every", unit=words("visits.weeks")),
            columns(fields.text("starts_on", kind="date", required=True), fields.text("ends_on", kind="date")),
            fields.text("dates", max_length=0, hint=words("visits.dates_hint")),
            key="when",
        ),
        block(words("visits.stops"), _stops(desk, words, form), key="stops"),
    ]


def _weekdays(desk: DeskState, form: Form) -> VdomDict:
    chosen: tuple[int, ...] = form["weekdays"]

    def toggle(day: int) -> None:
        form.put("weekdays", tuple(sorted({*form["weekdays"]} ^ {day})))

    chips = (
        Chip(
            desk.app.t(f"weekday.{day}"), calling(toggle, day), selected=day in chosen, testid=f"weekday-{day}", key=day
        )
        for day in range(1, 8)
    )
    error = form.error("weekdays")
    return html.div(
        {"key": "weekdays"},
        ChipRow(*chips, label=desk.words()("visits.when")),
        html.p({"className": "field-note field-error"}, error) if error else None,
    )


def _stops(desk: DeskState, words: Words, form: Form) -> VdomDict:
    """In the order of the day; each can be moved up."""
    ids: tuple[str, ...] = form["stops"]
    rows = {one: desk.reads.organisation(one) for one in ids}

    def find(text: str) -> list[Choice]:
        """The rep's own first."""
        return partners_like(desk, words, text, rank=lambda row: row.rep != form["rep"])

    def up(place: int) -> None:
        order = list(ids)
        order[place - 1], order[place] = order[place], order[place - 1]
        form.put("stops", tuple(order))

    def out(one: str) -> None:
        form.put("stops", tuple(each for each in ids if each != one))

    def line(place: int, one: str) -> VdomDict:
        row = rows[one]
        name = f"{row.code} {words.name(row.name)}" if row else one
        return html.li(
            {"key": one, "className": "route-stop"},
            html.span({"className": "number faint"}, str(place + 1)),
            html.span({"className": "route-stop-name", "dir": "auto"}, name),
            IconButton("arrow-up", words("visits.up", name=name), calling(up, place), disabled=place == 0),
            IconButton("x", words("form.remove", name=name), calling(out, one)),
        )

    return html.div(
        html.ol({"className": "route-stops"}, *(line(place, one) for place, one in enumerate(ids))),
        Picker(
            words("visits.add_stop"), [], lambda text: [each for each in find(text) if each[0] not in ids],
            lambda added: form.put("stops", (*ids, *added)), error=form.error("stops"), testid="field-stops",
            key=f"stops-{len(ids)}",
        ),
    )  # fmt: skip
