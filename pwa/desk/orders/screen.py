"""The order desk: what waits for a decision, in tabs, with the open order at the right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reactpy import component, use_state
from reactpy.types import VdomDict

from offline.rules.statuses import may_hold
from offline.store import Entry
from offline.wire.rows import Order
from pwa.components.basics import Button, Child, IconButton, calling
from pwa.desk.grid import Grid
from pwa.desk.listing import Listing, filter_chips, search, use_listing
from pwa.desk.orders.actions import ActionSheet, approval_warnings, command_for
from pwa.desk.orders.batch import Batch, BatchReport, batch_of
from pwa.desk.orders.columns import Mark, order_look, with_marks
from pwa.desk.orders.panel import order_panel
from pwa.desk.orders.rules import RulesPanel
from pwa.desk.orders.tabs import TABS, counts, is_held, may_approve, source
from pwa.desk.parts import Nothing, export_link, page
from pwa.desk.reading import placed
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

Asked = tuple[str, tuple[str, ...]]
RULES = "rules"
NOBODY = frozenset[str]()


@component
def OrdersScreen(order_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``tab`` and what to search for, ``q``. ``order_id`` "rules" opens how the brand takes orders."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    tab = _tab(query.get("tab", ""), order_id)
    marked, mark = use_marks(tab)
    nothing: Asked | None = None
    asked, ask = use_state(nothing)
    none_yet: Batch | None = None
    batch, set_batch = use_state(none_yet)
    approves = desk.reads.may("order.approve")

    def approve_pressed() -> None:
        order = desk.reads.order(order_id)
        if order is not None and may_approve(order) and approves:
            ask(("approve", (order.id,)))

    listing = use_listing("orders", order_id, query, {"tab": ""}, {"a": approve_pressed}, found={"tab": tab})
    text = listing.text
    found = source(desk.reads, tab, text)
    look = order_look(words, listing)
    if approves:
        look = with_marks(look, words, found.part(0, 500), marked, mark)
    return page(
        words("orders.title"),
        _tabs(words, listing),
        BatchReport(batch, lambda: set_batch(None), key=f"batch-{batch.entries[0][0]}") if batch else None,
        Grid(look, found.count, found.part, f"{tab} {text}", key="grid") if found.count else _empty(words, tab, text),
        _sheet(desk, asked, lambda: ask(None), lambda: mark(lambda _old: NOBODY), set_batch),
        tools=(
            search(words("orders.search"), text, listing.look_for),
            _rules_button(words, listing) if desk.reads.may("brand.edit") else None,
            export_link(desk, "orders"),
            *(_many(desk, marked, lambda kind, ids: ask((kind, ids))) if approves else ()),
        ),
        panel=_panel(listing, ask) if order_id else None,
        testid="desk-orders",
    )


def _tab(wanted: str, order_id: str) -> str:
    """An order's bare address says nothing of a tab, and the order may be in none but "all"."""
    if wanted in TABS:
        return wanted
    return "all" if order_id and not wanted else "to_approve"


def use_marks(tab: str) -> tuple[frozenset[str], Mark]:
    """The orders ticked in a tab, and what changes them; another tab starts without, however one got there."""
    marks, set_marks = use_state((tab, NOBODY))

    def here(of: tuple[str, frozenset[str]]) -> frozenset[str]:
        return of[1] if of[0] == tab else NOBODY

    return here(marks), lambda how: set_marks(lambda old: (tab, how(here(old))))


def _panel(listing: Listing, ask: Callable[[Asked], None]) -> Child:
    desk, order_id = listing.desk, listing.row_id
    if order_id == RULES and desk.reads.may("brand.edit"):
        return RulesPanel(listing.close, key=RULES)

    async def do(kind: str) -> None:
        if kind != "approve" or not await _approved(desk, order_id):
            ask((kind, (order_id,)))

    return order_panel(desk, order_id, on_ask=do, on_close=listing.close)


async def _approved(desk: DeskState, order_id: str) -> bool:
    """Approves an order of which there is nothing to say. False for one about which the person has to be asked."""
    words = desk.words()
    # Read again: the second press of a double click comes after the first was done.
    now = desk.reads.order(order_id)
    if now is None or not may_approve(now):
        return True
    if approval_warnings(desk, words, now):
        return False
    await desk.submit(command_for("approve", now), said=words("orders.said.approve", count=1, number=now.number))
    return True


def _rules_button(words: Words, listing: Listing) -> VdomDict:
    return IconButton(
        "settings-2",
        words("orders.rules"),
        calling(listing.to, RULES),
        class_name="icon-button-outline",
        testid="order-rules",
        key="rules",
    )


def _many(desk: DeskState, marked: frozenset[str], ask: Callable[[str, tuple[str, ...]], None]) -> list[VdomDict]:
    """What can be done to the ticked orders, each to those it can be done to."""
    words = desk.words()
    rows = [row for row in map(desk.reads.order, marked) if row is not None]
    rows.sort(key=lambda row: (placed(row), row.id), reverse=True)
    found: list[VdomDict] = []
    for kind, icon, able in (("hold", "circle-pause", may_hold), ("release", "play", is_held)):
        if ids := tuple(row.id for row in rows if able(row)):
            label = words(f"orders.batch_{kind}", count=len(ids))
            press = calling(ask, kind, ids)
            found.append(Button(label, press, kind="secondary", icon=icon, testid=f"batch-{kind}", key=kind))
    ids = tuple(row.id for row in rows if may_approve(row))
    approve = Button(
        words("orders.batch", count=len(ids)) if ids else words("orders.batch_none"),
        calling(ask, "approve", ids),
        icon="check-check",
        disabled=not ids,
        testid="batch-approve",
        key="approve",
    )
    return [*found, approve]


def _tabs(words: Words, listing: Listing) -> VdomDict:
    how_many = counts(listing.desk.reads)
    return filter_chips(
        listing,
        "tab",
        {name: words(f"orders.tab.{name}") for name in TABS},
        {name: how_many[name] for name in TABS if name != "all"},
        label=words("orders.tabs"),
        testid="tab",
    )


def _empty(words: Words, tab: str, text: str) -> Child:
    if text:
        return Nothing("search", words("orders.none_found", text=text), words("orders.none_found_text"), key="empty")
    icon = "party-popper" if tab == "to_approve" else "inbox"
    return Nothing(icon, words(f"orders.none.{tab}"), words(f"orders.none_text.{tab}"), key="empty")


def _sheet(
    desk: DeskState,
    asked: Asked | None,
    close: Callable[[], Any],
    unmark: Callable[[], Any],
    follow: Callable[[Batch], Any],
) -> Child:
    """``follow``: tell how far a deed on many got."""
    if asked is None:
        return None
    kind, ids = asked
    orders: Sequence[Order] = [order for order in map(desk.reads.order, ids) if order is not None]
    if not orders:
        return None

    def done(entries: Sequence[Entry]) -> None:
        close()
        if len(ids) > 1:
            unmark()
        if len(orders) > 1 and entries:
            follow(batch_of(kind, [order.id for order in orders], entries))

    return ActionSheet(kind, orders, close, done, key=f"{kind}-{ids[0]}")
