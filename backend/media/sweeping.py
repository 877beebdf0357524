"""Chores of files: uploads nobody goes on with, files no paper needs, quarantine, papers not told yet."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Unavailable
from backend.jobs.service import Chore, TryLater, in_parts
from backend.media import queries
from backend.media.archive import archive_of, delete_below, parts_prefix, prefixes_of, quarantine_key
from backend.media.finishing import tell
from backend.media.models import Media
from backend.media_routes import delete_picture, picture_address
from media.storage import StorageDown

# A part holds the database's lock while the store deletes, so it is kept short.
_AT_ONCE = 25
_TOLD_BY_THEN = timedelta(minutes=1)


async def sweep_uploads(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """Expired uploads with their parts. The file stays expected: its client may begin anew."""
    found = await queries.expired_uploads(session, tenant_id, now, _AT_ONCE)
    with _store_there():
        for upload in found:
            await delete_below(archive_of(session).storage, parts_prefix(tenant_id, upload.id))
            await session.delete(upload)
    return len(found)


async def sweep_files(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """Files no paper needs, whole; refused ones that a paper names lose what lay in quarantine."""
    found = await queries.expired(session, tenant_id, now, _AT_ONCE)
    with _store_there():
        for row in found:
            await _sweep(session, row)
    return len(found)


async def _sweep(session: AsyncSession, row: Media) -> None:
    storage, tenant_id = archive_of(session).storage, row.tenant_id
    attached = await queries.links_of(session, tenant_id, {row.id})
    upload = await queries.upload(session, tenant_id, row.id, lock=True)
    if attached:
        await storage.delete(quarantine_key(tenant_id, row.id))
        row.expires_at = None
    elif upload is None:
        await delete_below(storage, *prefixes_of(tenant_id, row.id))
        await session.delete(row)
    else:
        row.expires_at = upload.expires_at


@contextmanager
def _store_there() -> Iterator[None]:
    try:
        yield
    except (StorageDown, Unavailable) as error:
        raise TryLater("storage_down") from error


async def sweep_pictures(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """Public pictures whose time is over. One that a row of any brand names, or another brand let go of as well, only
    leaves this brand's list."""
    archive = archive_of(session)
    found = {row.name: row for row in await queries.released(session, tenant_id, now, _AT_ONCE)}
    kept = await queries.released_elsewhere(session, tenant_id, found, now)
    addresses = {picture_address(name): name for name in found}
    for names_of in archive.namers:
        kept |= {addresses[each] for each in await names_of(session, addresses)}
    with _store_there():
        for name, row in found.items():
            if name not in kept:
                await delete_picture(archive.storage, name)
            await session.delete(row)
    return len(found)


async def tell_papers(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """What a server that was killed, or a database that was away, left untold."""
    found = await queries.unannounced(session, tenant_id, now - _TOLD_BY_THEN, _AT_ONCE)
    if found:
        with _store_there():
            await tell(session, archive_of(session).listeners, tenant_id, sorted(found))
    return len(found)


async def _with_untold(session: AsyncSession, now: datetime) -> Sequence[str]:
    return await queries.brands_unannounced(session, now - _TOLD_BY_THEN)


_OFTEN = timedelta(minutes=1)
CHORES: dict[str, Chore] = {
    "media.uploads": Chore(in_parts(sweep_uploads, _AT_ONCE), _OFTEN, queries.brands_with_expired_uploads),
    "media.sweep": Chore(in_parts(sweep_files, _AT_ONCE), _OFTEN, queries.brands_with_expired),
    "media.pictures": Chore(in_parts(sweep_pictures, _AT_ONCE), brands=queries.brands_with_released),
    "media.tell": Chore(in_parts(tell_papers, _AT_ONCE), _OFTEN, _with_untold),
}
