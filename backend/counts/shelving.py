"""Counts that wait for nobody leave phones and desks after a while; on the server they stay."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.counts import queries
from backend.counts.rows import count_row, review_row
from backend.jobs.service import Chore, in_parts
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids

DAYS_KEPT = 90
MOST_KEPT = 12
"""Of one partner."""
AT_ONCE = 500


async def shelve_finished_counts(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore. Returns how many, at most ``AT_ONCE``."""
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
    return len(finished)


CHORES: dict[str, Chore] = {"count.shelve": Chore(in_parts(shelve_finished_counts, AT_ONCE))}
