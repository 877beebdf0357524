"""Finished orders leave phones and desks after a while. On the server they stay, and in ``GET /api/orders``.

An organisation's latest ``ALWAYS_KEPT`` orders stay on phones however old they are, so that the last can be repeated;
a closed or cancelled one beyond them stays for ``DAYS_KEPT``, and no more than ``MOST_KEPT`` do.

The desk holds everybody's: of a brand with a hundred thousand a year no browser could. Beyond ``MOST_AT_DESK`` finished
ones leave it, but none that was touched in the last ``DAYS_AT_DESK``, which its figures of this month and the last are
made of, nor an organisation's latest ``ALWAYS_AT_DESK``.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.jobs.service import Chore, Due, found_first
from backend.orders import queries
from backend.orders.models import Order
from backend.orders.rows import order_row
from backend.sync.changes import DESK, Changes
from backend.sync.service import count_held, flush_changes, held_ids

DAYS_KEPT = 400
ALWAYS_KEPT = 20
MOST_KEPT = 200
DAYS_AT_DESK = 70
ALWAYS_AT_DESK = 3
MOST_AT_DESK = 20_000
AT_ONCE = 500


async def to_shelve(session: AsyncSession, tenant_id: str, now: datetime) -> Due:
    """At most ``AT_ONCE``."""
    return await queries.finished_orders(
        session,
        tenant_id,
        held_ids(tenant_id, "order"),
        before=now - timedelta(days=DAYS_KEPT),
        kept=(ALWAYS_KEPT, MOST_KEPT),
        limit=AT_ONCE,
    )


async def shelve(session: AsyncSession, tenant_id: str, due: Due, now: datetime) -> int:
    """Returns how many."""
    changes = Changes()
    orders = await _untouched(session, tenant_id, due)
    for order in orders:
        # No scope holds it any more.
        changes.put("order", order_row(order))
    await flush_changes(session, tenant_id, changes, now)
    return len(orders)


async def to_clear(session: AsyncSession, tenant_id: str, now: datetime) -> Due:
    """At most ``AT_ONCE``, none where the desk has room for all."""
    # Counted already: orders are most of what a desk has.
    if await count_held(session, tenant_id, DESK) <= MOST_AT_DESK:
        return {}
    at_desk = held_ids(tenant_id, "order", DESK)
    too_many = await queries.count_ids(session, at_desk) - MOST_AT_DESK
    if too_many <= 0:
        return {}
    return await queries.finished_orders(
        session,
        tenant_id,
        at_desk,
        before=now - timedelta(days=DAYS_AT_DESK),
        kept=(ALWAYS_AT_DESK, MOST_KEPT),
        limit=min(too_many, AT_ONCE),
    )


async def clear_the_desk(session: AsyncSession, tenant_id: str, due: Due, now: datetime) -> int:
    """Returns how many."""
    changes = Changes()
    orders = await _untouched(session, tenant_id, due)
    for order in orders:
        changes.put_among("order", order_row(order), (DESK,), ())
    await flush_changes(session, tenant_id, changes, now)
    return len(orders)


async def _untouched(session: AsyncSession, tenant_id: str, due: Due) -> list[Order]:
    """Locked, but for those that somebody changed since they were found."""
    found = await queries.locked_orders(session, tenant_id, due)
    return [order for id_, order in found.items() if order.changed_at == due[id_]]


# All held orders of a brand are ranked for it, which takes seconds where there are a hundred thousand: once a day.
CHORES: dict[str, Chore] = {
    "order.shelve": Chore(found_first(to_shelve, shelve, AT_ONCE), timedelta(days=1)),
    "order.desk": Chore(found_first(to_clear, clear_the_desk, AT_ONCE), timedelta(days=1)),
}
