"""Housekeeping of files: uploads nobody goes on with, files no paper needs, quarantine, papers not told yet."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.media import queries
from backend.media.archive import archive_of, delete_below, parts_prefix, prefixes_of, quarantine_key
from backend.media.finishing import tell

# A round holds the database's lock while the store deletes, so it is kept short.
_A_ROUND = 100
_TOLD_BY_THEN = timedelta(minutes=1)


async def sweep_uploads(session: AsyncSession, now: datetime) -> int:
    """Expired uploads with their parts. The file stays expected: its client may begin anew."""
    found = await queries.expired_uploads(session, now, _A_ROUND)
    for upload in found:
        await delete_below(archive_of(session).storage, parts_prefix(upload.tenant_id, upload.id))
        await session.delete(upload)
    return len(found)


async def sweep_files(session: AsyncSession, now: datetime) -> int:
    """Files no paper needs, whole; refused ones that a paper names lose what lay in quarantine."""
    found = await queries.expired(session, now, _A_ROUND)
    for row in found:
        attached = await queries.links_of(session, row.tenant_id, {row.id})
        upload = await queries.upload(session, row.tenant_id, row.id, lock=True)
        if attached:
            await archive_of(session).storage.delete(quarantine_key(row.tenant_id, row.id))
            row.expires_at = None
        elif upload is None:
            await delete_below(archive_of(session).storage, *prefixes_of(row.tenant_id, row.id))
            await session.delete(row)
        else:
            row.expires_at = upload.expires_at
    return len(found)


async def tell_papers(session: AsyncSession, now: datetime) -> int:
    """What a server that was killed, or a database that was away, left untold."""
    found = await queries.unannounced(session, now - _TOLD_BY_THEN, _A_ROUND)
    for tenant_id in sorted({tenant_id for tenant_id, _ in found}):
        ids = sorted(media_id for each, media_id in found if each == tenant_id)
        await tell(session, archive_of(session).listeners, tenant_id, ids)
    return len(found)
