"""Checking in and out: where the phone is, what the fence says to it, and the reason it may ask for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactpy import component, html, use_async_effect, use_memo, use_ref, use_state
from reactpy.types import Component, VdomDict

from offline.wire.media import Position
from offline.wire.rows import Organisation
from offline.wire.visits import Visit, VisitCancel, VisitCheckIn, VisitCheckOut, VisitExplain, VisitItem, VisitMark
from pwa.components.basics import Button, Child, Icon, Pieces, Row, calling, classes
from pwa.components.fields import TextField
from pwa.components.jotting import use_jotting
from pwa.components.lists import Facts
from pwa.components.media import PlaceProblem
from pwa.components.overlays import Sheet
from pwa.components.reason import ReasonSheet, Why
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens.visits import phrases
from pwa.visiting import LOCATED_KEY, answered, counts_of, find_visit, judged, orders_of, still_open

FRESH_SECONDS = 30
CHECK_OUT_PATIENCE = 6.0
"""How long a check-out waits for a position before it goes without."""


async def located(app: App) -> Position | None:
    found = await app.position()
    if found is not None:
        await app.settings.save(LOCATED_KEY, b"1")
    return found


async def check_in(app: App, visit: Visit, position: Position | None, reason: str) -> None:
    """Once, however often it is tapped."""
    shown = find_visit(app, visit.id)
    if shown is not None and shown.check_in is not None:
        return
    command = VisitCheckIn(
        visit=visit.id, organisation=visit.organisation, day=visit.day, position=position, reason=reason.strip()
    )
    await app.engine.submit(command)
    app.sync_now()
    app.toasts.show(app.t("visit.checked_in"), icon="check")


@dataclass(frozen=True)
class Locating:
    """``here``: where the phone was when this was drawn, as far as it knows. ``look`` has it look again, ``fresh`` only
    if that is long ago; both give what they find. ``busy`` while it looks."""

    here: Position | None
    busy: bool
    look: Callable[[], Awaitable[Position | None]]
    fresh: Callable[[], Awaitable[Position | None]]


def use_locating() -> Locating:
    """Where the person allowed it before, the phone looks at once."""
    app = use_app()
    nowhere: Position | None = None
    here, set_here = use_state(nowhere)
    busy, set_busy = use_state(False)
    latest = use_ref(nowhere)

    def keep(position: Position | None) -> None:
        latest.current = position
        set_here(position)

    @use_async_effect(dependencies=[])
    async def at_once() -> None:
        if await app.settings.load(LOCATED_KEY):
            keep(await app.position())

    async def look() -> Position | None:
        set_busy(True)
        keep(await located(app))
        set_busy(False)
        return latest.current

    async def fresh() -> Position | None:
        known = latest.current
        is_fresh = known is not None and (app.now() - known.at).total_seconds() <= FRESH_SECONDS
        return known if is_fresh else await look()

    return Locating(here, busy, look, fresh)


@component
def CheckInBar(visit: Visit, organisation: Organisation) -> VdomDict:
    """One tap in thumb reach; above it, how far from the shop the phone thinks it is."""
    app = use_app()
    locating = use_locating()
    asking, ask = use_state(False)

    async def press() -> None:
        if locating.busy:
            return
        position = await locating.fresh()
        _, step = judged(app, organisation, position)
        if step == "go":
            await check_in(app, visit, position, "")
        else:
            ask(True)

    mark, _ = judged(app, organisation, locating.here)
    label = app.t("visit.locating" if locating.busy else "visit.check_in")
    return html.div(
        {"className": "check-bar"},
        Whereabouts(app, mark) if locating.here is not None else None,
        Button(label, calling(press), icon="map-pin-check", wide=True, busy=locating.busy, testid="check-in"),
        FenceSheet(visit, organisation, locating, lambda: ask(False)) if asking else None,
    )


def Whereabouts(app: App, mark: VisitMark) -> VdomDict:
    tone = phrases.VERDICT_TONES[mark.verdict]
    text: Child = phrases.place_text(app, mark)
    if mark.verdict == "no_fence":
        text = Pieces(app.t("visit.will_propose"), text)
    return html.p(
        {"className": classes("whereabouts number", f"whereabouts-{tone}"), "data-testid": "whereabouts",
         "data-verdict": mark.verdict},
        Icon("map-pin", size=16), html.span(text),
    )  # fmt: skip


@component
def FenceSheet(visit: Visit, organisation: Organisation, locating: Locating, close: Callable[[], Any]) -> VdomDict:
    """Not at the shop, as far as the phone can tell: look again, or say why."""
    app = use_app()
    here, busy = locating.here, locating.busy
    values, put, drop = use_jotting(f"fence.{visit.id}")
    reason = values.get("reason", "")
    missing, set_missing = use_state(False)
    mark, step = judged(app, organisation, here)

    async def go() -> None:
        said = values.get("reason", "")
        if step == "ask" and not said.strip():
            set_missing(True)
            return
        close()
        await check_in(app, visit, here, said)
        drop()

    return Sheet(
        app.t(f"visit.fence.{mark.verdict}"),
        html.p({"className": "sheet-text number"}, phrases.place_text(app, mark)) if here is not None else None,
        PlaceProblem(app, app.place_problem or "unavailable") if here is None else None,
        html.p({"className": "sheet-text"}, app.t(f"visit.step.{step}")),
        TextField(
            app.t("visit.reason"), rows=2, max_length=500, required=step == "ask",
            placeholder=app.t("visit.reason_hint"), value=reason, on_change=partial(put, "reason"),
            error=app.t("visit.reason_missing") if missing and not reason.strip() else "", testid="fence-reason",
        ),
        on_close=close,
        testid="fence-sheet",
        actions=html.div(
            {"className": "button-stack"},
            Button(app.t("visit.check_in_anyway"), calling(go), wide=True, testid="check-in-anyway"),
            Button(
                app.t("visit.locating" if busy else "visit.locate_again"), calling(locating.look), kind="secondary",
                wide=True, busy=busy, testid="locate-again",
            ),
        ),
    )  # fmt: skip


@component
def CheckOutBar(visit: Visit, open_item: Callable[[str], Any]) -> VdomDict:
    """``open_item`` leads to where an item of the list is done."""
    app = use_app()
    asking, ask = use_state(False)

    def do(item_id: str) -> None:
        ask(False)
        open_item(item_id)

    return html.div(
        {"className": "check-bar"},
        Button(app.t("visit.check_out"), lambda _event: ask(True), icon="log-out", wide=True, testid="check-out"),
        CheckOutSheet(visit, lambda: ask(False), do) if asking else None,
    )


@component
def CheckOutSheet(visit: Visit, close: Callable[[], Any], open_item: Callable[[str], Any]) -> VdomDict:
    """What was done, what was not, with the way to do it or else why, and a note."""
    app = use_app()
    values, put, drop = use_jotting(f"check-out.{visit.id}")
    note, why = values.get("note", ""), values.get("why", "")
    missing, set_missing = use_state(False)
    busy, set_busy = use_state(False)
    # Measured while the person reads and writes.
    place = use_memo(lambda: asyncio.ensure_future(app.position()), dependencies=[])
    left = still_open(app, visit)
    reason = TextField(
        app.t("visit.left_reason"), value=why, rows=2, max_length=500, required=True, on_change=partial(put, "why"),
        error=app.t("visit.reason_missing") if missing and not why.strip() else "", testid="left-reason",
    )  # fmt: skip

    async def go() -> None:
        if left and not values.get("why", "").strip():
            set_missing(True)
            return
        set_busy(True)
        await asyncio.wait({place}, timeout=CHECK_OUT_PATIENCE)
        position = place.result() if place.done() and not place.cancelled() and not place.exception() else None
        await check_out(app, visit, position, values.get("note", ""), values.get("why", ""))
        drop()
        close()

    return Sheet(
        app.t("visit.check_out_title"),
        _summary(app, visit),
        _left(app, left, open_item, reason) if left else None,
        TextField(
            app.t("visit.note"), rows=2, max_length=1000, placeholder=app.t("visit.note_hint"), value=note,
            on_change=partial(put, "note"),
            testid="visit-note",
        ),
        on_close=close,
        testid="check-out-sheet",
        actions=Button(app.t("visit.check_out"), calling(go), wide=True, busy=busy, testid="check-out-yes"),
    )  # fmt: skip


def _summary(app: App, visit: Visit) -> VdomDict:
    began = visit.check_in
    orders = orders_of(app, visit)
    facts: list[tuple[str, str]] = []
    if began is not None:
        facts.append((app.t("visit.so_far"), app.format.since(began.local_at or began.at, app.now())))
    if visit.items:
        done = app.t("visit.done_of", done=len(answered(app, visit)), all=len(visit.items))
        facts.append((app.t("visit.list"), done))
    if orders:
        total = sum((order.totals.total for order in orders[1:]), orders[0].totals.total)
        text = app.t("visit.orders_sum", count=len(orders), amount=app.money(total, orders[0].currency))
        facts.append((app.t("visit.orders"), text))
    return Facts(facts, number=True)


def _left(app: App, left: Sequence[VisitItem], open_item: Callable[[str], Any], reason: VdomDict) -> VdomDict:
    return html.div(
        {"className": "stack-12", "data-testid": "left-open"},
        html.p({"className": "sheet-text note-warning"}, app.t("visit.left_open")),
        html.div({"className": "left-list"}, *(_left_row(app, item, open_item) for item in left)),
        reason,
    )


def _left_row(app: App, item: VisitItem, open_item: Callable[[str], Any]) -> VdomDict:
    return Row(
        html.span({"dir": "auto"}, app.name(item.title)),
        leading=Icon(phrases.ITEM_ICONS[item.kind], size=22),
        on_press=calling(open_item, item.id),
        chevron=True,
        testid=f"left-{item.id}",
        key=item.id,
    )


async def check_out(app: App, visit: Visit, position: Position | None, note: str, why: str) -> None:
    shown = find_visit(app, visit.id) or visit
    if shown.check_out is not None:
        return
    await app.engine.submit(
        VisitCheckOut(
            visit=visit.id,
            organisation=visit.organisation,
            day=visit.day,
            position=position,
            note=note.strip(),
            left_open=why.strip(),
            orders=tuple(order.id for order in orders_of(app, shown))[:50],
            counts=tuple(counts_of(app, shown))[:50],
        )
    )
    app.sync_now()
    app.toasts.show(app.t("visit.checked_out"), icon="check")


def why_sheet(app: App, deed: str, visit: Visit, close: Callable[[], Any]) -> Component:
    """``cancel``: why nobody goes there today; ``explain``: the reason the fence still asks for."""

    async def do(reason: str) -> None:
        cancel = VisitCancel(visit=visit.id, reason=reason, organisation=visit.organisation, day=visit.day)
        await app.submitting.submit(cancel if deed == "cancel" else VisitExplain(visit=visit.id, reason=reason))
        app.sync_now()

    why = Why(
        app.t(f"visit.{deed}_title"),
        app.t(f"visit.{deed}_text"),
        app.t("visit.reason"),
        app.t("visit.reason_missing"),
        app.t(f"visit.{deed}_yes"),
        grave=deed == "cancel",
    )
    return ReasonSheet(deed, visit.id, why, do, close, key=deed)
