"""Finished orders leave phones and desks after a while. On the server they stay, and in ``GET /api/orders``.

An organisation's latest ``ALWAYS_KEPT`` orders stay on phones however old they are, so that the last can be repeated;
a closed or cancelled one beyond them stays for ``DAYS_KEPT``, and no more than ``MOST_KEPT`` do.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.housekeeping import every_hour
from backend.orders import queries
from backend.orders.rows import order_row
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids

DAYS_KEPT = 400
ALWAYS_KEPT = 20
MOST_KEPT = 200
AT_ONCE = 500


async def shelve_finished_orders(session: AsyncSession, now: datetime) -> int:
    """Housekeeping: looks once an hour, and at the next round again while there are more than ``AT_ONCE``. Returns
    how many."""

    async def shelve(tenant_id: str, most: int) -> int:
        return await _shelve(session, tenant_id, now, most)

    return await every_hour(session, "shelving", now, shelve, at_once=AT_ONCE)


async def _shelve(session: AsyncSession, tenant_id: str, now: datetime, limit: int) -> int:
    finished = await queries.finished_orders(
        session,
        tenant_id,
        held_ids(tenant_id, "order"),
        before=now - timedelta(days=DAYS_KEPT),
        kept=(ALWAYS_KEPT, MOST_KEPT),
        limit=limit,
    )
    changes = Changes()
    for order in finished:
        # No scope holds it any more.
        changes.put("order", order_row(order))
    await flush_changes(session, tenant_id, changes, now)
    return len(finished)
