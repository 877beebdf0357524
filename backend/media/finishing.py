"""The last byte has come: the file is put together, its hash checked, looked into, kept, and its papers told.

All of it may happen twice, when a server is killed in the middle: keys are the same each time, and the database
says once that the file is here. Papers are told in a transaction of their own, which locks them before the file, as
a command does that names files; what is not told is told by housekeeping.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import DATABASE_FAULTS, read_sessions_of, snapshot, transaction
from backend.errors import Problem, Unavailable
from backend.media import queries
from backend.media.archive import Archive, delete_below, media_key, parts_prefix, quarantine_key
from backend.media.models import Media
from backend.media.service import Listener
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from media.examining import Finding
from media.storage import CHUNK, NoSuchObject, StorageDown, content_type_of, suffix_of

log = structlog.get_logger("qudao.media")
KEPT_IN_QUARANTINE = timedelta(days=30)


async def finish(archive: Archive, tenant_id: str, media_id: str) -> None:
    """Verify and keep a file of which every byte is here; nothing happens when that was done. 460
    ``checksum_mismatch`` when it is not what was announced: the upload is over then, the file still expected. 503
    when the store or the database is away: asked again, it goes on."""
    async with archive.finishing(tenant_id, media_id), archive.slots:
        try:
            await _finish(archive, tenant_id, media_id)
        except (StorageDown, OSError) as error:
            # Also a disk that is full: it says nothing of the file.
            log.warning("file not kept yet", media=media_id, reason=str(error) or type(error).__name__)
            raise Unavailable("storage_down", "The file store does not answer.") from error
    await announce_stored(archive, tenant_id, media_id)


async def _finish(archive: Archive, tenant_id: str, media_id: str) -> None:
    async with snapshot(read_sessions_of(archive.sessions)) as session:
        upload = await queries.upload(session, tenant_id, media_id)
        row = (await queries.by_ids(session, tenant_id, {media_id})).get(media_id)
        if row is None or row.status != "expected" or upload is None or upload.received != upload.length:
            return
        names = [name for name, _ in upload.parts]
        wanted = row.sha256
    with TemporaryDirectory(prefix="qudao-media-") as folder:
        path = Path(folder, "whole")
        sha256 = await _put_together(archive, tenant_id, media_id, names, path)
        if wanted not in ("", sha256):
            await _give_up(archive, tenant_id, media_id)
            raise Problem("checksum_mismatch", "The file is not what was announced: send it again.", status=460)
        finding = await archive.decoders.examine(path, Path(folder))
        await _keep(archive, tenant_id, media_id, path, finding)
    await _record(archive, tenant_id, media_id, sha256, finding)
    with contextlib.suppress(StorageDown):
        await delete_below(archive.storage, parts_prefix(tenant_id, media_id))


async def _put_together(archive: Archive, tenant_id: str, media_id: str, names: Sequence[str], path: Path) -> str:
    """Onto disk, hashed on the way."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for name in names:
            try:
                async for chunk in archive.storage.get(parts_prefix(tenant_id, media_id) + name):
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
            except NoSuchObject:
                # The store lost it, or somebody cleared the folder: only the client has the file now.
                await _give_up(archive, tenant_id, media_id)
                raise Problem("checksum_mismatch", "Parts are lost: send the file again.", status=460) from None
    return digest.hexdigest()


async def _give_up(archive: Archive, tenant_id: str, media_id: str) -> None:
    """The upload begins anew, when its client comes again."""
    log.warning("upload not what was announced", media=media_id)
    async with transaction(archive.sessions) as session:
        upload = await queries.upload(session, tenant_id, media_id, lock=True)
        if upload is not None:
            await session.delete(upload)
    with contextlib.suppress(StorageDown):
        await delete_below(archive.storage, parts_prefix(tenant_id, media_id))


async def _keep(archive: Archive, tenant_id: str, media_id: str, path: Path, finding: Finding) -> None:
    if finding.refused:
        await archive.storage.put(quarantine_key(tenant_id, media_id), _read(path))
        return
    original = media_key(tenant_id, media_id, f"original.{suffix_of(finding.content_type)}")
    await archive.storage.put(original, _read(path))
    for made in finding.files.values():
        await archive.storage.put(media_key(tenant_id, media_id, made.name), _read(made))


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


async def _record(archive: Archive, tenant_id: str, media_id: str, sha256: str, finding: Finding) -> None:
    now = datetime.now(UTC)
    async with transaction(archive.sessions) as session:
        row = (await queries.by_ids(session, tenant_id, {media_id}, lock=True)).get(media_id)
        if row is None or row.status != "expected":
            return
        row.status = "refused" if finding.refused else "stored"
        row.sha256, row.content_type, row.refused = sha256, finding.content_type, finding.refused
        row.width, row.height, row.seconds = finding.width, finding.height, finding.seconds
        row.exif = asdict(finding.exif) if finding.exif else None
        row.look = finding.look
        row.variants = {variant: content_type_of(made.name) for variant, made in finding.files.items()}
        row.stored_at = now
        # Locked as it is, whoever names it in a paper has done so or will see it as it is now.
        row.announced = not await queries.links_of(session, tenant_id, {media_id})
        if finding.refused:
            row.expires_at = now + KEPT_IN_QUARANTINE
        upload = await queries.upload(session, tenant_id, media_id, lock=True)
        if upload is not None:
            await session.delete(upload)


async def announce_stored(archive: Archive, tenant_id: str, media_id: str) -> None:
    """Tell the papers, if they were not told. What fails here is told later by housekeeping."""
    try:
        async with transaction(archive.sessions) as session:
            row = (await queries.by_ids(session, tenant_id, {media_id})).get(media_id)
            if row is not None and not row.announced:
                await tell(session, archive.listeners, tenant_id, [media_id])
    except (*DATABASE_FAULTS, Unavailable) as error:
        log.warning("papers not told yet", media=media_id, exc_info=error)


async def tell(session: AsyncSession, listeners: Sequence[Listener], tenant_id: str, media_ids: Sequence[str]) -> None:
    """Within a transaction, as its last acts but one: the feed is written here."""
    changes = Changes()
    for listener in listeners:
        await listener(session, tenant_id, media_ids, changes)
    await session.execute(
        update(Media).where(Media.tenant_id == tenant_id, Media.id.in_(media_ids)).values(announced=True)
    )
    await flush_changes(session, tenant_id, changes)
