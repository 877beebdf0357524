"""What a delegation's begin, its end, and changes of who sees whom mean for the scopes of deputies.

What happens to an activity itself is told with it (``Sitting.tell``)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries
from backend.claims.mandates import Mandate, deputy_scope, mandates
from backend.claims.models import Activity
from backend.claims.rows import activity_row
from backend.jobs.service import Chore, enqueue, whole
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids

RENEW = "approval.deputies"


async def renew_at(session: AsyncSession, tenant_id: str, *moments: datetime) -> None:
    """When a delegation begins, and when it is over."""
    for at in moments:
        await enqueue(session, RENEW, {}, tenant_id=tenant_id, run_at=at)


async def renew_deputies(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore: let each deputy's scope have what it should, and take away what is over. Returns how many
    delegations ended."""
    rows = await queries.all_delegations(session, tenant_id)
    ended = [row for row in rows if row.until <= now]
    changes = Changes()
    held = {row.id: set(await session.scalars(held_ids(tenant_id, "activity", deputy_scope(row.id)))) for row in rows}
    found = await mandates(session, tenant_id, [row for row in rows if row.until > now])
    known = {id_ for ids in held.values() for id_ in ids}
    candidates = await queries.activities_by_id(session, tenant_id, known | await _waiting(session, tenant_id, found))
    wrong = _wrong(held, found, candidates.values(), now)
    # As they are now: whoever changes one tells of it locked.
    for activity in (await queries.held_activities(session, tenant_id, wrong)).values():
        scopes = {deputy_scope(mandate.id) for mandate in found if mandate.holds(activity, now)}
        changes.put_among("activity", activity_row(activity), map(deputy_scope, held), scopes)
    for row in ended:
        await session.delete(row)
        changes.delete("delegation", row.id)
    await flush_changes(session, tenant_id, changes, now)
    return len(ended)


async def _waiting(session: AsyncSession, tenant_id: str, found: Sequence[Mandate]) -> set[str]:
    return await queries.applied_activities(session, tenant_id) if found else set()


def _wrong(
    held: dict[str, set[str]], found: Sequence[Mandate], activities: Collection[Activity], now: datetime
) -> set[str]:
    """Ids of the activities that some scope has and should not, or the other way."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for mandate in found:
        wanted[mandate.id] = {each.id for each in activities if mandate.holds(each, now)}
    return {id_ for delegation, ids in held.items() for id_ in ids ^ wanted[delegation]}


# A delegation has jobs of its own for its begin and its end; this is for reps who look after other partners since.
CHORES: dict[str, Chore] = {RENEW: Chore(whole(renew_deputies), timedelta(minutes=10), queries.brands_with_delegations)}
