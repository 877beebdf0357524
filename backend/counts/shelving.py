"""Counts that wait for nobody leave phones and desks after a while; on the server they stay."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.counts import queries
from backend.counts.rows import count_row, review_row
from backend.housekeeping import take_lease
from backend.identity import service as identity
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids
from offline.ids import new_id

DAYS_KEPT = 90
MOST_KEPT = 12
"""Of one partner."""
AT_ONCE = 500
_EVERY = timedelta(hours=1)


async def shelve_finished_counts(session: AsyncSession, now: datetime) -> int:
    """Housekeeping, once an hour. Returns how many."""
    if not await take_lease(session, "count_shelving", new_id(), now, _EVERY):
        return 0
    done = 0
    for tenant_id in await identity.tenant_ids(session):
        finished = await queries.finished_counts(
            session,
            tenant_id,
            held_ids(tenant_id, "count"),
            before=now - timedelta(days=DAYS_KEPT),
            kept=MOST_KEPT,
            limit=AT_ONCE,
        )
        changes = Changes()
        for count in finished:
            # No scope holds them any more.
            changes.put("count", count_row(count))
            changes.put("count_review", review_row(count))
        await flush_changes(session, tenant_id, changes, now)
        done += len(finished)
    return done
