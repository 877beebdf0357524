"""Reads of visits. Every one takes the tenant first."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import by_key
from backend.visits.models import Visit, VisitFence, VisitRoute, VisitShop, VisitTemplate


async def visits_on(session: AsyncSession, tenant_id: str, rep_id: str, day: date) -> dict[str, Visit]:
    statement = select(Visit).where(Visit.tenant_id == tenant_id, Visit.rep_id == rep_id, Visit.day == day)
    return {row.id: row for row in await session.scalars(statement.order_by(Visit.id).with_for_update())}


async def unfinished_before(session: AsyncSession, tenant_id: str, day: date, limit: int) -> Sequence[Visit]:
    """Planned or under way, of days before ``day``."""
    statement = (
        select(Visit)
        .where(Visit.tenant_id == tenant_id, Visit.status.in_(("planned", "under_way")), Visit.day < day)
        .order_by(Visit.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def held_before(
    session: AsyncSession, tenant_id: str, held: Select[str], day: date, limit: int
) -> Sequence[Visit]:
    """Of days before ``day``, among those whose ids ``held`` selects; without those somebody changes just now."""
    statement = (
        select(Visit)
        .where(Visit.tenant_id == tenant_id, Visit.day < day, Visit.id.in_(held))
        .order_by(Visit.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def route(session: AsyncSession, tenant_id: str, route_id: str) -> VisitRoute | None:
    """Locked."""
    return await by_key(session, VisitRoute, (tenant_id, route_id), lock=True)


async def routes(session: AsyncSession, tenant_id: str) -> Sequence[VisitRoute]:
    statement = select(VisitRoute).where(VisitRoute.tenant_id == tenant_id)
    return (await session.scalars(statement.order_by(VisitRoute.id))).all()


async def template(session: AsyncSession, tenant_id: str, type_: str, *, lock: bool = False) -> VisitTemplate | None:
    return await by_key(session, VisitTemplate, (tenant_id, type_), lock=lock)


async def fence(session: AsyncSession, tenant_id: str, *, lock: bool = False) -> VisitFence | None:
    return await by_key(session, VisitFence, tenant_id, lock=lock)


async def shop(session: AsyncSession, tenant_id: str, organisation_id: str, *, lock: bool = False) -> VisitShop | None:
    return await by_key(session, VisitShop, (tenant_id, organisation_id), lock=lock)
