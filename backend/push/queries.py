"""Reads and writes of push subscriptions. Every one takes the tenant first, but for those by endpoint: a browser has
one, whoever uses it; and the brands that have any."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.db import affected
from backend.push.models import PushChoice, PushSubscription


async def people_with_devices(session: AsyncSession, tenant_id: str, user_ids: Collection[str]) -> list[str]:
    """Those of ``user_ids`` who have a device to tell, sorted."""
    statement = (
        select(PushSubscription.user_id)
        .where(PushSubscription.tenant_id == tenant_id, among(PushSubscription.user_id, id_list("users")))
        .distinct()
        .order_by(PushSubscription.user_id)
    )
    return list(await session.scalars(statement, {"users": sorted(user_ids)}))


async def of_people(session: AsyncSession, tenant_id: str, user_ids: Collection[str]) -> Sequence[PushSubscription]:
    statement = (
        select(PushSubscription)
        .where(PushSubscription.tenant_id == tenant_id, among(PushSubscription.user_id, id_list("users")))
        .order_by(PushSubscription.id)
    )
    return (await session.scalars(statement, {"users": sorted(user_ids)})).all()


async def by_ids(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> Sequence[PushSubscription]:
    statement = (
        select(PushSubscription)
        .where(PushSubscription.tenant_id == tenant_id, among(PushSubscription.id, id_list("ids")))
        .order_by(PushSubscription.id)
    )
    return (await session.scalars(statement, {"ids": sorted(ids)})).all()


async def by_endpoint(session: AsyncSession, endpoint_hash: str) -> PushSubscription | None:
    return await session.scalar(select(PushSubscription).where(PushSubscription.endpoint_hash == endpoint_hash))


async def of_session(session: AsyncSession, tenant_id: str, session_id: str) -> Sequence[PushSubscription]:
    statement = select(PushSubscription).where(
        PushSubscription.tenant_id == tenant_id, PushSubscription.session_id == session_id
    )
    return (await session.scalars(statement)).all()


async def brands_with_devices(session: AsyncSession, _now: datetime) -> Sequence[str]:
    return (await session.scalars(select(PushSubscription.tenant_id).distinct())).all()


async def sessions_with_devices(session: AsyncSession, tenant_id: str) -> Sequence[str]:
    """The session of every subscription."""
    statement = select(PushSubscription.session_id).where(PushSubscription.tenant_id == tenant_id).distinct()
    return (await session.scalars(statement)).all()


async def remove(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> None:
    if ids:
        statement = delete(PushSubscription).where(
            PushSubscription.tenant_id == tenant_id, among(PushSubscription.id, id_list("ids"))
        )
        await session.execute(statement, {"ids": sorted(ids)})


async def remove_of_sessions(session: AsyncSession, tenant_id: str, session_ids: Collection[str]) -> int:
    statement = delete(PushSubscription).where(
        PushSubscription.tenant_id == tenant_id, among(PushSubscription.session_id, id_list("ids"))
    )
    result = await session.execute(statement, {"ids": sorted(session_ids)})
    return affected(result)


async def count_of(session: AsyncSession, tenant_id: str, user_id: str) -> int:
    statement = select(func.count()).where(PushSubscription.tenant_id == tenant_id, PushSubscription.user_id == user_id)
    return await session.scalar(statement) or 0


async def quiet_hours(session: AsyncSession, tenant_id: str, user_ids: Collection[str]) -> dict[str, str]:
    """Of those who chose some."""
    statement = select(PushChoice.user_id, PushChoice.quiet_hours).where(
        PushChoice.tenant_id == tenant_id, among(PushChoice.user_id, id_list("users"))
    )
    return {row[0]: row[1] for row in await session.execute(statement, {"users": sorted(user_ids)})}
