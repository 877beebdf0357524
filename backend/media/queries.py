"""Reads of files and their papers. Every one takes the tenant first, but for those that say which brands the sweeps are
needed at."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    bindparam,
    delete,
    exists,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.db import insert_into
from backend.media.models import Media, MediaLink, MediaUpload, ReleasedPicture

T = TypeVar("T", Media, MediaUpload, ReleasedPicture)

# As its index has it: SQLite takes an index of some rows only by its own words.
_UNTOLD: ColumnElement[Any] = literal_column("NOT media.announced")
# Asked for every piece of every file, so built once. Locked: as they are now, until the transaction ends.
_FILES = (
    select(Media).where(Media.tenant_id == bindparam("tenant"), among(Media.id, id_list("files"))).order_by(Media.id)
)
_FILES_LOCKED = _FILES.with_for_update().execution_options(populate_existing=True)
_UPLOAD = select(MediaUpload).where(MediaUpload.tenant_id == bindparam("tenant"), MediaUpload.id == bindparam("file"))
_UPLOAD_LOCKED = _UPLOAD.with_for_update().execution_options(populate_existing=True)
_LINKS = select(MediaLink).where(
    MediaLink.tenant_id == bindparam("tenant"), among(MediaLink.media_id, id_list("files"))
)


async def by_ids(
    session: AsyncSession, tenant_id: str, ids: Collection[str], *, lock: bool = False
) -> dict[str, Media]:
    """``lock``: in the order of their ids, as they are now, until the transaction ends."""
    given = {"tenant": tenant_id, "files": sorted(ids)}
    statement = _FILES_LOCKED if lock else _FILES
    return {row.id: row for row in await session.scalars(statement, given)} if ids else {}


async def upload(session: AsyncSession, tenant_id: str, media_id: str, *, lock: bool = False) -> MediaUpload | None:
    given = {"tenant": tenant_id, "file": media_id}
    if lock:
        return await session.scalar(_UPLOAD_LOCKED, given)
    return await session.scalar(_UPLOAD, given)


async def links_of(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> Sequence[MediaLink]:
    given = {"tenant": tenant_id, "files": sorted(ids)}
    return (await session.scalars(_LINKS, given)).all() if ids else ()


async def linked_ids(session: AsyncSession, tenant_id: str, entity: str, entity_id: str) -> list[str]:
    """Ids of a paper's files."""
    statement = (
        select(MediaLink.media_id)
        .where(MediaLink.tenant_id == tenant_id, MediaLink.entity == entity, MediaLink.entity_id == entity_id)
        .order_by(MediaLink.media_id)
    )
    return list(await session.scalars(statement))


async def looks(
    session: AsyncSession, tenant_id: str, entity: str, since: datetime, at_once: int
) -> AsyncIterator[Sequence[tuple[str, str, str]]]:
    """Media id, paper id and perceptual hash of the pictures of such papers, attached since, in no order. One statement
    that is read as it comes: PostgreSQL joined and sorted all of them for each page."""
    statement = (
        select(Media.id, MediaLink.entity_id, Media.look)
        .join(MediaLink, (MediaLink.tenant_id == Media.tenant_id) & (MediaLink.media_id == Media.id))
        .where(
            MediaLink.tenant_id == tenant_id,
            MediaLink.entity == entity,
            MediaLink.attached_at >= since,
            Media.look != "",
        )
    )
    found = await session.stream(statement.execution_options(yield_per=at_once))
    async for part in found.partitions():
        yield [(id_, entity_id, look) for id_, entity_id, look in part]


async def _brands(
    session: AsyncSession, tenant_id: SQLColumnExpression[str], *due: ColumnElement[bool]
) -> Sequence[str]:
    """Of the few rows that are due, each once. By an expression: by the column itself SQLite went through all rows in
    the order of their brands, every minute, and past the index of what is due."""
    return (await session.scalars(select(tenant_id.concat("")).where(*due).distinct())).all()


async def brands_with_expired(session: AsyncSession, now: datetime) -> Sequence[str]:
    return await _brands(session, Media.tenant_id, Media.expires_at <= now)


async def brands_with_expired_uploads(session: AsyncSession, now: datetime) -> Sequence[str]:
    return await _brands(session, MediaUpload.tenant_id, MediaUpload.expires_at <= now)


async def brands_unannounced(session: AsyncSession, before: datetime) -> Sequence[str]:
    return await _brands(session, Media.tenant_id, _UNTOLD, Media.stored_at < before)


def _over(kind: type[T], tenant_id: str, now: datetime, limit: int) -> Select[T]:
    """Those of a brand whose time is over, the oldest first, locked."""
    return (
        select(kind)
        .where(kind.tenant_id == tenant_id, kind.expires_at <= now)
        .order_by(kind.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def expired(session: AsyncSession, tenant_id: str, now: datetime, limit: int) -> Sequence[Media]:
    """Files no paper needs any more, and refused ones whose time in quarantine is over."""
    needed = exists().where(MediaLink.tenant_id == Media.tenant_id, MediaLink.media_id == Media.id)
    statement = _over(Media, tenant_id, now, limit).where(or_(~needed, Media.status == "refused"))
    return (await session.scalars(statement)).all()


async def expired_uploads(session: AsyncSession, tenant_id: str, now: datetime, limit: int) -> Sequence[MediaUpload]:
    return (await session.scalars(_over(MediaUpload, tenant_id, now, limit))).all()


async def unannounced(session: AsyncSession, tenant_id: str, before: datetime, limit: int) -> Sequence[str]:
    """Files whose papers were not told yet."""
    statement = (
        select(Media.id)
        .where(Media.tenant_id == tenant_id, _UNTOLD, Media.stored_at < before)
        .order_by(Media.stored_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def brands_with_released(session: AsyncSession, now: datetime) -> Sequence[str]:
    return await _brands(session, ReleasedPicture.tenant_id, ReleasedPicture.expires_at <= now)


async def released(session: AsyncSession, tenant_id: str, now: datetime, limit: int) -> Sequence[ReleasedPicture]:
    """Pictures whose time is over, locked."""
    return (await session.scalars(_over(ReleasedPicture, tenant_id, now, limit))).all()


async def released_elsewhere(session: AsyncSession, tenant_id: str, names: Collection[str], now: datetime) -> set[str]:
    """Those that another brand lets go of later, for brands with the same picture share it. Of brands whose time is
    over at once the last by its id deletes it, at the least."""
    statement = select(ReleasedPicture.name).where(
        ReleasedPicture.name.in_(sorted(names)),
        or_(ReleasedPicture.expires_at > now, ReleasedPicture.tenant_id > tenant_id),
    )
    return set(await session.scalars(statement))


async def forget_released(session: AsyncSession, names: Collection[str], being_swept: datetime) -> bool:
    """Of all brands. Waits for a sweep that is just about to mark one of them; returns False when one was marked after
    ``being_swept``: it may be deleted at any moment."""
    named = among(ReleasedPicture.name, id_list("names"))
    idle = or_(ReleasedPicture.swept_at.is_(None), ReleasedPicture.swept_at <= being_swept)
    given = {"names": sorted(names)}
    await session.execute(delete(ReleasedPicture).where(named, idle), given)
    return await session.scalar(select(ReleasedPicture.name).where(named).limit(1), given) is None


async def forget_swept(session: AsyncSession, tenant_id: str, names: Collection[str], swept_at: datetime) -> None:
    """Those that were marked then and are deleted."""
    statement = delete(ReleasedPicture).where(
        ReleasedPicture.tenant_id == tenant_id,
        ReleasedPicture.name.in_(sorted(names)),
        ReleasedPicture.swept_at == swept_at,
    )
    await session.execute(statement)


async def release(session: AsyncSession, tenant_id: str, names: Collection[str], expires_at: datetime) -> None:
    statement = insert_into(session, ReleasedPicture).on_conflict_do_update(
        index_elements=[ReleasedPicture.tenant_id, ReleasedPicture.name], set_={"expires_at": expires_at}
    )
    rows = [{"tenant_id": tenant_id, "name": name, "expires_at": expires_at} for name in sorted(names)]
    await session.execute(statement, rows)
