"""Reads of counts. Every one takes the tenant first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.counts.models import Count, CountList, CountSettings
from backend.db import by_key

_OPEN = ("wanted", "recount_wanted")


async def locked_count(session: AsyncSession, tenant_id: str, count_id: str) -> Count | None:
    """Locked until the transaction ends."""
    return await by_key(session, Count, (tenant_id, count_id), lock=True)


async def count_list(session: AsyncSession, tenant_id: str, list_id: str, *, lock: bool = False) -> CountList | None:
    return await by_key(session, CountList, (tenant_id, list_id), lock=lock)


async def settings(session: AsyncSession, tenant_id: str, *, lock: bool = False) -> CountSettings | None:
    return await by_key(session, CountSettings, tenant_id, lock=lock)


async def count_lists(session: AsyncSession, tenant_id: str) -> Sequence[CountList]:
    return (await session.scalars(select(CountList).where(CountList.tenant_id == tenant_id))).all()


async def counts(session: AsyncSession, tenant_id: str) -> Sequence[Count]:
    return (await session.scalars(select(Count).where(Count.tenant_id == tenant_id).order_by(Count.id))).all()


async def finished_counts(
    session: AsyncSession, tenant_id: str, held: Select[str], *, before: datetime, kept: int, limit: int
) -> Sequence[Count]:
    """Among the ``held`` ids those that wait for nobody, not touched since ``before`` or beyond an organisation's
    latest ``kept``, the longest untouched first. Locked, and looked at once more then: one that is asked for again
    meanwhile must not leave the phones."""
    newest_first = (Count.changed_at.desc(), Count.id.desc())
    place = func.row_number().over(partition_by=Count.organisation_id, order_by=newest_first).label("place")
    columns = (Count.id, Count.status, Count.changed_at, place)
    placed = select(*columns).where(Count.tenant_id == tenant_id, Count.id.in_(held)).subquery()
    due = placed.c.status.not_in(_OPEN) & ((placed.c.changed_at < before) | (placed.c.place > kept))
    ids = select(placed.c.id).where(due).order_by(placed.c.changed_at).limit(limit)
    statement = (
        select(Count)
        .where(Count.tenant_id == tenant_id, Count.id.in_(ids), Count.status.not_in(_OPEN))
        .order_by(Count.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()
