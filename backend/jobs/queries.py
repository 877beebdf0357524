"""Reads and writes of the queue. Those of the runner look across tenants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import affected
from backend.jobs.models import FAILED, RUNNING, WAITING, QueuedJob


class Taken(NamedTuple):
    """A job as one run of it holds it."""

    tenant_id: str
    id: str
    runs: int


def _is_due(kinds: Collection[str], now: datetime) -> ColumnElement[bool]:
    """Waiting and its time has come, or taken by somebody whose lease has run out."""
    return and_(QueuedJob.status.in_((WAITING, RUNNING)), QueuedJob.due_at <= now, QueuedJob.kind.in_(sorted(kinds)))


def _ahead(kinds: Collection[str], latest: datetime) -> ColumnElement[bool]:
    """Taken until after ``latest``, or put in after it: by a clock that was wrong."""
    late = and_(QueuedJob.status.in_((WAITING, RUNNING)), QueuedJob.due_at > latest, QueuedJob.kind.in_(sorted(kinds)))
    return and_(late, or_(QueuedJob.status == RUNNING, QueuedJob.created_at > latest))


async def any_ahead(session: AsyncSession, kinds: Collection[str], latest: datetime) -> bool:
    return await session.scalar(select(QueuedJob.id).where(_ahead(kinds, latest)).limit(1)) is not None


async def take_back(session: AsyncSession, kinds: Collection[str], now: datetime, latest: datetime) -> int:
    """Make those due. Returns how many."""
    return affected(await session.execute(update(QueuedJob).where(_ahead(kinds, latest)).values(due_at=now)))


async def any_due(session: AsyncSession, kinds: Collection[str], now: datetime) -> bool:
    return await session.scalar(select(QueuedJob.id).where(_is_due(kinds, now)).limit(1)) is not None


async def due(session: AsyncSession, kinds: Collection[str], now: datetime, limit: int) -> Sequence[QueuedJob]:
    """Locked, the longest due first; those that another process is about to take are passed over."""
    statement = (
        select(QueuedJob)
        .where(_is_due(kinds, now))
        .order_by(QueuedJob.due_at, QueuedJob.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


def held(taken: Taken) -> ColumnElement[bool]:
    """Whether the run still has it."""
    return and_(
        QueuedJob.tenant_id == taken.tenant_id,
        QueuedJob.id == taken.id,
        QueuedJob.status == RUNNING,
        QueuedJob.runs == taken.runs,
    )


async def finish(session: AsyncSession, taken: Taken) -> bool:
    """Take a job that is done off the queue; False when somebody else has it by now."""
    result = await session.execute(delete(QueuedJob).where(held(taken)))
    return affected(result) == 1


async def to_settle(session: AsyncSession, taken: Taken) -> QueuedJob | None:
    return await session.scalar(select(QueuedJob).where(held(taken)).with_for_update())


async def wait_again(session: AsyncSession, row: QueuedJob, until: datetime) -> None:
    """Another with its key may wait already: then this one waits without a key, and both are done."""
    try:
        async with session.begin_nested():
            row.status, row.holder, row.due_at = WAITING, "", until
            await session.flush()
    except IntegrityError:
        await session.refresh(row)
        row.status, row.holder, row.due_at, row.key = WAITING, "", until, ""


async def extend(session: AsyncSession, holder: str, until: datetime) -> set[Taken]:
    """Move the leases of ``holder`` on; returns what it holds. Rows that its own transactions are writing right now
    are left as they are."""
    mine = and_(QueuedJob.holder == holder, QueuedJob.status == RUNNING)
    free = select(QueuedJob.tenant_id, QueuedJob.id).where(mine).order_by(QueuedJob.id)
    keys = [tuple(row) for row in await session.execute(free.with_for_update(skip_locked=True))]
    if keys:
        key = tuple_(QueuedJob.tenant_id, QueuedJob.id)
        await session.execute(update(QueuedJob).where(key.in_(keys)).values(due_at=until))
    found = await session.execute(select(QueuedJob.tenant_id, QueuedJob.id, QueuedJob.runs).where(mine))
    return {Taken(*row) for row in found}


async def failed(session: AsyncSession, tenant_id: str, before: str, limit: int) -> Sequence[QueuedJob]:
    """The newest first, older than the job ``before`` when it is given."""
    statement = (
        select(QueuedJob)
        .where(QueuedJob.tenant_id == tenant_id, QueuedJob.status == FAILED)
        .order_by(QueuedJob.id.desc())
        .limit(limit)
    )
    return (await session.scalars(statement.where(QueuedJob.id < before) if before else statement)).all()


async def trying(session: AsyncSession, tenant_id: str, limit: int) -> Sequence[QueuedJob]:
    """Those that failed and wait for the next run, the next one first."""
    statement = (
        select(QueuedJob)
        .where(QueuedJob.tenant_id == tenant_id, QueuedJob.status == WAITING, QueuedJob.failures > 0)
        .order_by(QueuedJob.due_at, QueuedJob.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def waiting_for(session: AsyncSession, kind: str, key: str) -> set[str]:
    """The brands where a job of this kind and key waits."""
    same = (QueuedJob.kind == kind, QueuedJob.key == key)
    return set(await session.scalars(select(QueuedJob.tenant_id).where(*same, QueuedJob.status == WAITING)))


async def failed_of(session: AsyncSession, kind: str, key: str) -> Sequence[QueuedJob]:
    """Those of this kind and key that failed for good, of all brands, locked; the oldest first."""
    same = (QueuedJob.kind == kind, QueuedJob.key == key)
    statement = select(QueuedJob).where(*same, QueuedJob.status == FAILED).order_by(QueuedJob.id).with_for_update()
    return (await session.scalars(statement)).all()


async def job_to_decide(session: AsyncSession, tenant_id: str, job_id: str) -> QueuedJob | None:
    statement = select(QueuedJob).where(QueuedJob.tenant_id == tenant_id, QueuedJob.id == job_id)
    return await session.scalar(statement.with_for_update())


async def counts(session: AsyncSession, tenant_id: str = "") -> dict[str, int]:
    """Jobs by status, of a tenant or of all."""
    statement = select(QueuedJob.status, func.count()).group_by(QueuedJob.status)
    if tenant_id:
        statement = statement.where(QueuedJob.tenant_id == tenant_id)
    return {row[0]: row[1] for row in await session.execute(statement)}


async def oldest_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Since when the one that waits longest could have been taken."""
    statement = select(func.min(QueuedJob.due_at)).where(QueuedJob.status == WAITING, QueuedJob.due_at <= now)
    return await session.scalar(statement)
