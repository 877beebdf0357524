"""Goods that came in or were given back go to who waits for them, the oldest order first, before anybody new can take
them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.orders import queries
from backend.orders.models import Order
from backend.orders.sitting import Sitting, add_event, finish, sitting_of, unattended
from backend.stock import service as stock
from backend.stock.service import HeldStock
from backend.sync.changes import Changes
from backend.sync.commands import Context, Handler

_MOST_AT_ONCE = 100


async def finish_and_fill(context: Context) -> None:
    """Finish the orders of this push, then reserve what its commands brought in or gave back for backordered lines.

    Orders are locked after stock here, the other way round than elsewhere, so one that somebody else holds is left
    out rather than waited for: it gets its goods when it is shipped or when the next are free.
    """
    # What this very push placed or changed must be found as it is now.
    await finish(context)
    held = await stock.held_stock(context, ())
    freed, held.freed = held.freed, set()
    if any(map(held.available, freed)):
        await _fill_waiting(context, held, freed)


def filling(handler: Handler) -> Handler:
    """The same, after who waits got what earlier commands of the push freed: an order placed behind a cancelled one
    must not jump the queue."""

    async def handle(context: Context, command: Any) -> None:
        held = context.batch.get(stock.HELD)
        if isinstance(held, HeldStock) and held.freed:
            cause = context.changes.cause
            await finish_and_fill(replace(context, command_id="", local_at=None))
            context.changes.cause = cause
        await handler.handle(context, command)

    return replace(handler, handle=handle, finish=finish_and_fill)


async def fill_backorders(
    session: AsyncSession, tenant_id: str, product_ids: Collection[str], *, now: datetime, changes: Changes
) -> None:
    """The same after an import: for what there is of these products. Writes orders and levels; ``changes`` gets their
    rows."""
    context = unattended(session, tenant_id, now, changes)
    held = await stock.held_stock(context, product_ids)
    held.freed = set(product_ids)
    await finish_and_fill(context)


async def _fill_waiting(context: Context, held: HeldStock, freed: Collection[str]) -> None:
    sitting = await sitting_of(context)
    await context.session.flush()
    after: tuple[datetime, str] | None = None
    while there := {product: count for product in freed if (count := held.available(product))}:
        # Whoever waits takes one at least: no more need to be read than there are goods.
        most = min(_MOST_AT_ONCE, sum(there.values()))
        waiting = await queries.waiting_orders(context.session, context.principal.tenant_id, there, after, most)
        for order in waiting:
            _fill(context, sitting, order, there)
        if len(waiting) < most:
            break
        after = waiting[-1].placed_at, waiting[-1].id
    await finish(context)


def _fill(context: Context, sitting: Sitting, order: Order, freed: Collection[str]) -> None:
    got: dict[str, str] = {}
    for line in order.lines:
        free = sitting.stock.available(line.product_id) if line.product_id in freed else 0
        if quantity := min(line.backordered, free):
            sitting.stock.reserve(line.product_id, quantity, order.id)
            line.reserved += quantity
            line.backordered -= quantity
            got[line.sku] = str(quantity)
    if got:
        sitting.adopt(order)
        # A customer need not know whose cancelled order it was.
        add_event(context, order, "restocked", data=got, named=context.principal.organisations is None)
        sitting.touch(order, context)
