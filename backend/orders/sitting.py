"""What the order commands of one push share: rows that are held, facts, what has to be written at the end.

Locks are taken in one order, whatever the commands and their order: orders by id, stock by product, organisations by
id, and after the last command the number counters. So pushes that meet wait in a line and never in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from backend.bulk import columns_of, inserting
from backend.catalog import service as catalog
from backend.catalog.service import Catalogue
from backend.db import values_of
from backend.identity import service as identity
from backend.inputs import local_time
from backend.locking import take_numbers
from backend.orders import queries
from backend.orders.models import Order, OrderCounter, OrderLine
from backend.orders.rows import order_row
from backend.orders.telling import tell_people
from backend.partners import service as partners
from backend.partners.service import Account, Organisation
from backend.stock import service as stock
from backend.stock.service import HeldStock
from backend.sync.changes import DESK, Changes, org_scope
from backend.sync.commands import Context, Holding, Principal, Refused
from offline.ids import new_id
from offline.rules.credit import COUNTED
from offline.rules.ordering import Facts, Pricer
from offline.wire import rows
from offline.wire.commands import (
    Command,
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCredit,
    OrderCut,
    OrderHold,
    OrderPlace,
    OrderRelease,
    OrderResend,
    OrderShip,
    OrderSign,
)

_BATCH = "orders"
OnOrder = (
    OrderApprove
    | OrderCancel
    | OrderClose
    | OrderConfirmPrice
    | OrderCredit
    | OrderCut
    | OrderHold
    | OrderRelease
    | OrderResend
    | OrderShip
    | OrderSign
)
_ORDERS = inserting(Order, columns_of(Order))
_LINES = inserting(OrderLine, columns_of(OrderLine))


@dataclass(slots=True)
class Sitting(Holding):
    """``orders`` and ``organisations`` by id, None for those that do not exist; ``touched``: orders to announce, each
    with the commands that changed it; ``accounts`` of organisations, those ``charged`` to be written; ``placed``:
    orders to insert; ``inserted``: ids of those the session does not know yet; ``prepared``: order -> the state of
    catalogue and tree it was prepared with; ``statuses``: of orders as people know them; ``news``:
    order -> what people are told of it where that is not its status (see ``telling``)."""

    brand: rows.Brand
    stock: HeldStock
    batch: dict[str, Any]
    orders: dict[str, Order | None] = field(default_factory=dict)
    organisations: dict[str, Organisation | None] = field(default_factory=dict)
    views: dict[str, tuple[object, rows.Organisation]] = field(default_factory=dict)
    pricers: dict[str, tuple[rows.Organisation, Catalogue, Pricer]] = field(default_factory=dict)
    touched: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    charged: set[str] = field(default_factory=set)
    placed: list[Order] = field(default_factory=list)
    inserted: set[str] = field(default_factory=set)
    prepared: dict[str, tuple[Catalogue, object]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    news: dict[str, str] = field(default_factory=dict)

    async def is_prepared(self, context: Context, order_id: str) -> bool:
        """Whether all that placing the order needs was read, and no command has changed the catalogue or the tree of
        organisations since."""
        return self.prepared.get(order_id) == self.state(await catalog.catalogue_of(context))

    def state(self, catalogue: Catalogue) -> tuple[Catalogue, object]:
        return catalogue, self.batch.get(partners.TREE_CHANGES)

    def organisation(self, organisation_id: str) -> Organisation:
        found = self.organisations[organisation_id]
        assert found is not None
        return found

    @property
    def reps(self) -> dict[str, str]:
        """Who looks after the organisations at hand that somebody looks after."""
        return {row.id: row.rep_id for row in self.organisations.values() if row is not None and row.rep_id}

    def view(self, organisation: Organisation) -> rows.Organisation:
        """As the rules know it; its ``credit_used`` may be behind ``account``."""
        key = organisation.updated_at, self.batch.get(partners.TREE_CHANGES)
        known = self.views.get(organisation.id)
        if known is None or known[0] != key:
            known = self.views[organisation.id] = key, partners.organisation_row(organisation)
        return known[1]

    def pricer(self, organisation: Organisation, catalogue: Catalogue, now: datetime) -> Pricer:
        view = self.view(organisation)
        known = self.pricers.get(organisation.id)
        if known is None or known[0] is not view or known[1] is not catalogue:
            known = view, catalogue, Pricer(facts_of(self.brand, view, catalogue), now)
            self.pricers[organisation.id] = known
        return known[2]

    def adopt(self, order: Order) -> None:
        """Go on with this row of an order, which was read after the sitting wrote its own."""
        self.orders[order.id] = order
        self.inserted.discard(order.id)

    def touch(self, order: Order, context: Context) -> None:
        order.changed_at = context.now
        self.touched.setdefault(order.id, []).append(context.command_id)

    def count(self, order: Order) -> None:
        """Bring the credit used in line with the order's status and total: each document counts once."""
        due = order.total if order.status in COUNTED else order.total * 0
        if due != order.credit_counted:
            self.charge(self.organisation(order.organisation_id)).credit_used += due - order.credit_counted
            order.credit_counted = due

    def account(self, organisation: Organisation) -> Account:
        """As it stands with what this push ordered."""
        known = self.accounts.get(organisation.id)
        if known is None:
            known = Account(organisation.credit_used, organisation.last_order_at)
            self.accounts[organisation.id] = known
        return known

    def charge(self, organisation: Organisation) -> Account:
        """The account, to be changed and written in the end."""
        self.charged.add(organisation.id)
        self.strokes += 1
        return self.account(organisation)


def facts_of(brand: rows.Brand, organisation: rows.Organisation, catalogue: Catalogue) -> Facts:
    """The catalogue's mappings hold None for what does not exist, which is what ``get`` answers too."""
    return Facts(
        brand=brand,
        organisation=organisation,
        products=catalogue.products,  # type: ignore[arg-type]  # see above
        price_lists=catalogue.price_lists,
        prices=catalogue.prices,  # type: ignore[arg-type]  # see above
        promotions=catalogue.promotions,
        assortments=catalogue.assortments,
        categories=catalogue.categories,
    )


async def prepare(context: Context, commands: Sequence[Command]) -> None:
    """Lock and read for all ``commands`` at once. What is held already costs nothing."""
    placed = [command for command in commands if isinstance(command, OrderPlace)]
    sitting = await sitting_of(context)
    await _hold_orders(context, sitting, {_order_id(command) for command in commands})
    catalogue = await catalog.catalogue_of(context)
    products = {line.product for command in placed for line in command.lines}
    if placed:
        await catalogue.load_small(context.session)
        products |= catalogue.gifts
        await catalogue.load_products(context.session, products)
    held = [order for order in map(sitting.orders.get, map(_order_id, commands)) if order is not None]
    lines = {line.product_id for order in held for line in order.lines}
    await stock.held_stock(context, products | lines)
    organisations = {command.organisation for command in placed} | {order.organisation_id for order in held}
    await _hold_organisations(context, sitting, organisations)
    if placed:
        await catalogue.load_prices(context.session, _pairs(sitting, catalogue, placed))
        sitting.prepared.update(dict.fromkeys((command.order for command in placed), sitting.state(catalogue)))


def _order_id(command: Command) -> str:
    assert isinstance(command, OrderPlace | OnOrder)
    return command.order


def unattended(session: AsyncSession, tenant_id: str, now: datetime, changes: Changes) -> Context:
    """The surroundings of what nobody asked for: an import, a chore."""
    nobody = Principal(tenant_id, "", "", "", "", "", frozenset(), None)
    return Context(session, nobody, changes, now, now, None, "", "", {})


async def sitting_of(context: Context) -> Sitting:
    known = context.batch.get(_BATCH)
    if isinstance(known, Sitting):
        return known
    brand = await identity.brand_of(context.session, context.principal.tenant_id)
    # Nothing is locked yet: stock comes after orders.
    found = Sitting(brand, await stock.held_stock(context, ()), context.batch)
    context.batch[_BATCH] = found
    return found


async def _hold_orders(context: Context, sitting: Sitting, ids: set[str]) -> None:
    if missing := ids.difference(sitting.orders):
        found = await queries.locked_orders(context.session, context.principal.tenant_id, missing)
        sitting.orders.update((id_, found.get(id_)) for id_ in missing)
        sitting.statuses.update((id_, order.status) for id_, order in found.items())


async def _hold_organisations(context: Context, sitting: Sitting, ids: set[str]) -> None:
    if missing := ids.difference(sitting.organisations):
        found = await partners.hold_organisations(context.session, context.principal.tenant_id, missing)
        sitting.organisations.update((id_, found.get(id_)) for id_ in missing)


def _pairs(sitting: Sitting, catalogue: Catalogue, placed: Iterable[OrderPlace]) -> set[tuple[str, str]]:
    """Every price the orders could need."""
    gifts = catalogue.gifts
    pairs: set[tuple[str, str]] = set()
    for command in placed:
        organisation = sitting.organisations.get(command.organisation)
        if organisation is not None:
            products = {line.product for line in command.lines} | gifts
            pairs.update((list_id, product) for list_id, _ in organisation.applicable for product in products)
    return pairs


async def order_to_change(context: Context, command: OnOrder) -> tuple[Sitting, Order]:
    """The order a command is about, held. Refuses with ``order_unknown``, also for one that is not the person's to
    see."""
    await prepare(context, (command,))
    sitting = await sitting_of(context)
    order = sitting.orders[command.order]
    if order is None or not context.principal.sees(order.organisation_id):
        raise Refused("order_unknown")
    if order.id in sitting.inserted:
        sitting.inserted.discard(order.id)
        _attach(context, order)
    return sitting, order


def _attach(context: Context, order: Order) -> None:
    """Let the session know an order that was inserted past it, so that changes of it are written."""
    lines: list[OrderLine] = order.__dict__.pop("lines")
    for row in (order, *lines):
        make_transient_to_detached(row)
        context.session.add(row)
    set_committed_value(order, "lines", lines)


def add_event(
    context: Context,
    order: Order,
    kind: str,
    reason: str = "",
    data: dict[str, str] | None = None,
    *,
    named: bool = True,
) -> None:
    """``named``: by the person who gave the command."""
    principal = context.principal
    event = rows.OrderEvent(
        id=new_id(),
        kind=kind,
        at=context.now,
        actor=principal.user_id if named else "",
        actor_name=principal.name if named else "",
        reason=reason,
        data=data or {},
        local_at=local_time(context),
    )
    # A new list each time: changes inside a JSON value are not seen.
    order.events = [*order.events, msgspec.to_builtins(event)]


async def finish(context: Context) -> None:
    """Number the orders that were placed, write the ledger, and tell phones."""
    sitting = context.batch.get(_BATCH)
    if not isinstance(sitting, Sitting):
        return
    orders = [order for order in map(sitting.orders.get, sitting.touched) if order is not None]
    await _number(context, sitting, [order for order in orders if order.number is None])
    await insert(context.session, sitting.placed)
    sitting.inserted.update(order.id for order in sitting.placed)
    for order in orders:
        row = order_row(order)
        for context.changes.cause in sitting.touched[order.id]:
            context.changes.put("order", row, org_scope(order.organisation_id), DESK)
    context.changes.cause = ""
    charged = {id_: (sitting.organisation(id_), sitting.accounts[id_]) for id_ in sitting.charged}
    await partners.settle(context.session, context.changes, charged)
    await sitting.stock.write(context.session, context.changes)
    await _tell(context, sitting, orders)
    sitting.touched, sitting.charged, sitting.placed = {}, set(), []


async def _tell(context: Context, sitting: Sitting, orders: Sequence[Order]) -> None:
    """People whose order was there before and has another status now, or of which there is other news."""
    known, news = sitting.statuses, sitting.news
    moved = [order for order in orders if order.id in known and (known[order.id] != order.status or order.id in news)]
    known.update((order.id, order.status) for order in moved)
    sitting.news = {}
    await tell_people(context, moved, sitting.reps, news)


async def insert(session: AsyncSession, orders: Sequence[Order]) -> None:
    """Orders that were ``made``, with their lines: past the unit of work, which would look at every line several
    times."""
    await _ORDERS.run(session, [values_of(order, _ORDERS.names) for order in orders])
    lines = (line for order in orders for line in order.lines)
    await _LINES.run(session, [values_of(line, _LINES.names) for line in lines])


async def _number(context: Context, sitting: Sitting, orders: Sequence[Order]) -> None:
    """``SO-2026-07-0412``: by tenant and month at the brand, in the order they were placed. The counter is taken
    last, so that nobody waits for it longer than a commit takes."""
    if not orders:
        return
    month = context.now.astimezone(ZoneInfo(sitting.brand.time_zone)).strftime("%Y-%m")
    key = {"tenant_id": context.principal.tenant_id, "month": month}
    last = await take_numbers(context.session, OrderCounter, key, len(orders))
    for number, order in enumerate(orders, last - len(orders) + 1):
        order.number = f"SO-{month}-{number:04d}"
