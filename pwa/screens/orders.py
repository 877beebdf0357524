"""The orders there are: filters, search, newest first."""

from collections.abc import Sequence

from reactpy import component, html, use_memo
from reactpy.types import VdomDict

from offline.outbox import REFUSED
from offline.rules.statuses import taken_at
from offline.store import Entry
from offline.wire.commands import OrderPlace
from offline.wire.rows import Order
from pwa.components.basics import Badge, Button, Card, Child, Chip, ChipRow, EmptyState, Pieces, Row, calling
from pwa.components.fields import SearchField
from pwa.components.lists import WindowedList
from pwa.context import App
from pwa.hooks import use_app, use_engine_version, use_sync
from pwa.router import use_kept
from pwa.screens import mending, words
from pwa.screens.customers import OrderTabs, buyer_of
from pwa.screens.near import NearNote
from pwa.screens.page import Page
from pwa.screens.visits.route import UnderWayBar

CHUNK = 40
_LONG = 36  # characters of two names beyond which one is told
FILTERS: dict[str, tuple[str, ...] | None] = {
    "all": None,
    "open": words.OPEN_STATUSES,
    "queued": ("queued",),
    "to_approve": ("submitted", "on_hold"),
    "on_hold": ("on_hold",),
    "on_the_way": ("approved", "partly_shipped", "shipped"),
    "done": ("signed", "closed", "cancelled"),
}


@component
def OrdersScreen(filter: str = "all", placed: str = "", organisation: str = "") -> VdomDict:  # noqa: A002 - as the address names it
    """``placed`` is the order just submitted, to be pointed out; ``organisation`` narrows to one customer."""
    app = use_app()
    own = buyer_of(app)
    tabs = None if own else OrderTabs(app, "list")
    return Page(
        app.t("orders.title") if own else app.t("tab.order"),
        # Whoever took an order on a visit goes on with the visit.
        UnderWayBar(key="under-way"),
        tabs,
        OrderList(filter if filter in FILTERS else "all", placed, organisation),
        large=not own,
        back="/" if own else "",
        testid="orders-screen",
    )


class Orders:
    """The orders of one filter, read by chunks; where no order has the words, those that nearly have them."""

    def __init__(self, app: App, chosen: str, text: str, organisation: str | None) -> None:
        self._replica = app.engine.replica
        self._ask = (organisation, FILTERS[chosen], text)
        self._chunks: dict[int, list[Order]] = {}
        self.count = self._replica.count_orders(*self._ask)
        self.near = False
        if not self.count and text.strip() and chosen != "queued" and not self._replica.count_orders(text=text):
            self.count = self._replica.count_orders(*self._ask, near=True)
            self.near = self.count > 0
        if chosen == "queued" and self.count:
            here = self._replica.orders(*self._ask, self.count)
            still = [order for order in here if not words.is_delivered(app, order.id)]
            self.count = len(still)
            self._chunks = {place: still[place * CHUNK :][:CHUNK] for place in range(len(still) // CHUNK + 1)}

    def order(self, index: int) -> Order | None:
        number, place = divmod(index, CHUNK)
        if number not in self._chunks:
            self._chunks[number] = self._replica.orders(*self._ask, CHUNK, number * CHUNK, near=self.near)
        chunk = self._chunks[number]
        return chunk[place] if place < len(chunk) else None


@component
def OrderList(start: str, placed: str, organisation: str) -> VdomDict:
    app = use_app()
    version = use_engine_version()
    use_sync(lambda status: status.problems)
    text, set_text, begun = use_kept("search")
    chosen, choose, _ = use_kept("filter", start)
    found = use_memo(
        lambda: Orders(app, chosen, text, organisation or None),
        dependencies=[chosen, text, organisation, version],
    )

    refused = refused_orders(app, text, organisation) if chosen in {"all", "open"} else []

    def row(index: int) -> VdomDict:
        order = found.order(index)
        name = order.id if order else f"none-{index}"
        inner = OrderRow(app, order, fresh=order.id == placed) if order else None
        return html.div({"className": "windowed-row order-slot", "key": name}, inner)

    def chip(name: str) -> VdomDict | None:
        counted = name not in {"all", "done"}
        count = Orders(app, name, "", organisation or None).count if counted else None
        if name not in {"all", "open", "done"} and not count and name != chosen:
            return None
        select = calling(choose, name)
        label = app.t(f"orders.filter.{name}")
        return Chip(label, select, selected=name == chosen, count=count, testid=f"filter-{name}", key=name)

    return html.div(
        {"className": "stack"},
        SearchField(app.t("orders.search"), value=begun, on_change=set_text, testid="orders-search"),
        ChipRow(*(chip(name) for name in FILTERS), label=app.t("orders.filters")),
        RefusedOrders(app, refused) if refused else None,
        NearNote(app, text, near=found.near and not refused),
        WindowedList(
            found.count,
            row,
            label=app.t("orders.title"),
            class_name="card-list",
            reset=f"{chosen}/{text}",
        )
        if found.count and not (refused and found.near)
        else None
        if refused
        else _nothing(app, text, chosen),
    )


def refused_orders(app: App, text: str, organisation: str) -> list[tuple[Entry, OrderPlace]]:
    """Orders that were not accepted and wait for the person, oldest first."""
    wanted = text.strip().casefold()
    found = []
    for entry in app.engine.entries():
        command = mending.command_of(entry) if entry.state in REFUSED else None
        if not isinstance(command, OrderPlace) or organisation not in {"", command.organisation}:
            continue
        said = f"{command.note} {' '.join(mending.subject(app, command))}".casefold()
        if wanted in said:
            found.append((entry, command))
    return found


def RefusedOrders(app: App, refused: Sequence[tuple[Entry, OrderPlace]]) -> VdomDict:
    rows = []
    for entry, command in refused:
        name, _amount = mending.subject(app, command)
        blocked = entry.state == "blocked"
        press = calling(app.router.navigate, "/sync") if blocked else calling(mending.open_to_edit, app, entry, command)
        row = Row(
            name,
            app.t("sync.blocked") if blocked else mending.refusal_text(app, entry),
            trailing=html.span(
                {"className": "row-figures"},
                html.strong({"className": "number"}, app.money(command.total, command.currency)),
                Badge(app.t("sync.refused"), "bad"),
            ),
            on_press=press,
            testid=f"order-{command.order}",
            key=entry.id,
            data={"status": "refused"},
        )
        rows.append(row)
    return Card(*rows, testid="refused-orders")


def OrderRow(app: App, order: Order, *, fresh: bool = False) -> VdomDict:
    at = taken_at(order)
    own = order.organisation == buyer_of(app)
    what = products_text(app, order) if own else ""
    parts: list[Child] = [html.span({"className": "paper-number"}, order.number or app.t("order.no_number"))]
    if at is not None:
        parts.append(app.format.moment(at, app.now()))
    return Row(
        what if own else app.name(order.organisation_name) or order.organisation_code,
        Pieces(*parts),
        trailing=html.span(
            {"className": "row-figures"},
            html.strong({"className": "number"}, app.money(order.totals.total, order.currency)),
            Badge(words.status_text(app, order), words.status_tone(order)),
        ),
        on_press=calling(app.router.navigate, f"/orders/{order.id}"),
        testid=f"order-{order.id}",
        key=order.id,
        data={"status": order.status, "number": order.number},
        class_name="order-row order-fresh" if fresh else "order-row",
    )


def products_text(app: App, order: Order) -> str:
    """What was ordered, in a line: a shop knows its own name."""
    names = [app.name(line.name) or line.sku for line in order.lines if not line.gift]
    if len(names) <= 2:
        return app.t("list.separator").join(names)
    said = app.t("list.separator").join(names[:2])
    if len(said) > _LONG:
        said = names[0]
    return app.t("orders.products", names=said, count=len(names))


def _nothing(app: App, text: str, chosen: str) -> VdomDict:
    if text.strip() or chosen != "all":
        return EmptyState("search-x", app.t("orders.none_found"), app.t("orders.none_found_hint"))
    start = Button(app.t("orders.start"), calling(app.router.navigate, "/order")) if app.may("order.place") else None
    return EmptyState("clipboard-list", app.t("orders.none"), app.t("orders.none_hint"), start)
