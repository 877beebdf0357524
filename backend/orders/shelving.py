"""Finished orders leave phones and desks after a while. On the server they stay, and in ``GET /api/orders``.

An organisation's latest ``ALWAYS_KEPT`` orders stay on phones however old they are, so that the last can be repeated;
a closed or cancelled one beyond them stays for ``DAYS_KEPT``, and no more than ``MOST_KEPT`` do.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.housekeeping import give_back_lease, take_lease
from backend.identity import service as identity
from backend.orders import queries
from backend.orders.rows import order_row
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids
from offline.ids import new_id

DAYS_KEPT = 400
ALWAYS_KEPT = 20
MOST_KEPT = 200
AT_ONCE = 500
_EVERY = timedelta(hours=1)


async def shelve_finished_orders(session: AsyncSession, now: datetime) -> int:
    """Housekeeping: looks once an hour, and at the next round again while there are more than ``AT_ONCE``. Returns
    how many."""
    holder = new_id()
    if not await take_lease(session, "shelving", holder, now, _EVERY):
        return 0
    done = 0
    for tenant_id in await identity.tenant_ids(session):
        if done < AT_ONCE:
            done += await _shelve(session, tenant_id, now, AT_ONCE - done)
    if done == AT_ONCE:
        await give_back_lease(session, "shelving", holder, now)
    return done


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
