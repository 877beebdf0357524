"""Finished orders leave phones and desks after a while. On the server they stay, and in ``GET /api/orders``.

An organisation's latest ``ALWAYS_KEPT`` orders stay on phones however old they are, so that the last can be repeated;
a closed or cancelled one beyond them stays for ``DAYS_KEPT``, and no more than ``MOST_KEPT`` do.

The desk holds everybody's: of a brand with a hundred thousand a year no browser could. Beyond ``MOST_AT_DESK`` finished
ones leave it, but none that was touched in the last ``DAYS_AT_DESK``, which its figures of this month and the last are
made of, nor an organisation's latest ``ALWAYS_AT_DESK``.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.jobs.service import Chore, in_parts
from backend.orders import queries
from backend.orders.rows import order_row
from backend.sync.changes import DESK, Changes
from backend.sync.service import flush_changes, held_ids

DAYS_KEPT = 400
ALWAYS_KEPT = 20
MOST_KEPT = 200
DAYS_AT_DESK = 70
ALWAYS_AT_DESK = 3
MOST_AT_DESK = 20_000
AT_ONCE = 500


async def shelve_finished_orders(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore. Returns how many, at most ``AT_ONCE``."""
    finished = await queries.finished_orders(
        session,
        tenant_id,
        held_ids(tenant_id, "order"),
        before=now - timedelta(days=DAYS_KEPT),
        kept=(ALWAYS_KEPT, MOST_KEPT),
        limit=AT_ONCE,
    )
    changes = Changes()
    for order in finished:
        # No scope holds it any more.
        changes.put("order", order_row(order))
    await flush_changes(session, tenant_id, changes, now)
    return len(finished)


async def clear_the_desk(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore. Returns how many, at most ``AT_ONCE``."""
    at_desk = held_ids(tenant_id, "order", DESK)
    too_many = await queries.count_ids(session, at_desk) - MOST_AT_DESK
    if too_many <= 0:
        return 0
    finished = await queries.finished_orders(
        session,
        tenant_id,
        at_desk,
        before=now - timedelta(days=DAYS_AT_DESK),
        kept=(ALWAYS_AT_DESK, MOST_KEPT),
        limit=min(too_many, AT_ONCE),
    )
    changes = Changes()
    for order in finished:
        changes.put_among("order", order_row(order), (DESK,), ())
    await flush_changes(session, tenant_id, changes, now)
    return len(finished)


CHORES: dict[str, Chore] = {
    "order.shelve": Chore(in_parts(shelve_finished_orders, AT_ONCE)),
    "order.desk": Chore(in_parts(clear_the_desk, AT_ONCE)),
}
