"""What a brand needs done now and then. Housekeeping asks for it, and each brand's is a job of its own.

So it has a transaction of its own: a brand where it fails, or takes long, keeps no other brand waiting, and on SQLite
nobody holds the database for all of them. What fails is tried again, then listed with the brand's failed jobs; it is
tried once more each time it would be due, and leaves the list when that succeeds.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from backend.housekeeping import Duty, take_lease
from backend.identity.service import tenant_ids
from backend.jobs import queries
from backend.jobs.models import WAITING
from backend.jobs.service import DUE, Chore, Job, enqueue_for_each, wake_after_commit
from offline.ids import new_id


def jobs_of(chores: Mapping[str, Chore]) -> dict[str, Job]:
    return {kind: chore.job for kind, chore in chores.items()}


def duties_of(chores: Mapping[str, Chore]) -> tuple[Duty, ...]:
    """What asks for them, by kind of the job. None removes anything itself, so each returns 0."""
    return tuple((kind, partial(_ask, kind, chore)) for kind, chore in chores.items())


async def _ask(kind: str, chore: Chore, session: AsyncSession, now: datetime) -> int:
    if await take_lease(session, kind, new_id(), now, chore.every):
        await _put_in(session, kind, chore, await _brands(chore, session, now), now)
    return 0


async def _brands(chore: Chore, session: AsyncSession, now: datetime) -> Collection[str]:
    return await (tenant_ids(session) if chore.brands is None else chore.brands(session, now))


async def _put_in(session: AsyncSession, kind: str, chore: Chore, brands: Collection[str], now: datetime) -> None:
    """A job for each brand where none waits; the one that failed for good, if there is one, so that the list does not
    grow with every time it fails."""
    served = await queries.waiting_for(session, kind, DUE)
    for row in await queries.failed_of(session, kind, DUE):
        if row.tenant_id in brands and row.tenant_id not in served:
            row.status, row.due_at, row.changed_at = WAITING, now, now
            row.failures = chore.job.attempts - 1
            served.add(row.tenant_id)
    await session.flush()
    await enqueue_for_each(session, kind, sorted(set(brands) - served), key=DUE)
    wake_after_commit(session)
