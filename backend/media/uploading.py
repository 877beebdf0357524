"""Uploads on their way: announced, received in parts, given up.

Each part is an object of its own under a name of its own, and the database alone says which parts count and how
far they reach. So a server may be killed at any moment, two requests may send the same bytes at once, and what was
confirmed is there: whoever confirms first wins, the other's part is deleted.
"""

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import transaction
from backend.db import insert_missing
from backend.errors import Conflict, NotFound, Problem, TooMany, Unavailable
from backend.http.asgi import Receive
from backend.media import queries
from backend.media.archive import Archive, being_swept, delete_below, parts_prefix, prefixes_of
from backend.media.bodies import Body
from backend.media.models import Media, MediaUpload
from backend.media.service import KEPT_UNATTACHED, expected_media
from backend.media.tus import Announced, Checksum
from backend.sync.commands import Principal
from media.storage import StorageDown
from offline.wire.media import MediaRef

KEPT_UNFINISHED = timedelta(days=7)
PART = 4 << 20
# A line so bad that a file comes in more parts than this must send it in larger ones.
MOST_PARTS = 4000
MOST_WAITING = 500
MOST_WAITING_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Upload:
    """How far a file has come. ``done``: all of it is here and verified; ``refused`` says if it was no good."""

    media_id: str
    length: int
    received: int
    expires_at: datetime | None
    done: bool
    sha256: str
    content_type: str
    filename: str
    status: str
    refused: str

    @property
    def complete(self) -> bool:
        return self.received == self.length


async def announce(archive: Archive, principal: Principal, file: Announced, now: datetime) -> Upload:
    """Begin an upload, or go on with the same one: a client that lost the answer announces again. 409
    ``media_taken`` when the id is somebody else's, ``media_mismatch`` when it is known with another length or hash; 503
    while what was there of it before is being deleted."""
    async with transaction(archive.sessions) as session:
        ref = MediaRef(id=file.id, sha256=file.sha256, size=file.length, content_type=file.content_type, source="file")
        row = (await queries.by_ids(session, principal.tenant_id, {file.id}, lock=True)).get(file.id)
        if row is None:
            await _check_quota(session, principal, file)
            made = expected_media(principal.tenant_id, ref, principal.user_id, now, file.filename)
            await insert_missing(session, Media, [made])
            row = (await queries.by_ids(session, principal.tenant_id, {file.id}, lock=True))[file.id]
        if row.owner_id != principal.user_id:
            raise Conflict("media_taken", "This id is somebody else's.")
        if row.size != file.length or (file.sha256 and row.sha256 and row.sha256 != file.sha256):
            raise Conflict("media_mismatch", "This id is known with another length or hash.")
        if being_swept(row.swept_at, now):
            raise Unavailable("media_going", "An earlier upload of this file is just being deleted.")
        row.sha256 = row.sha256 or file.sha256
        row.filename = row.filename or file.filename
        if row.expires_at is not None:
            row.expires_at = max(row.expires_at, now + KEPT_UNATTACHED)
        if row.status != "expected":
            return _finished(row)
        await insert_missing(session, MediaUpload, [_new_upload(principal, file, now)])
        upload = await queries.upload(session, principal.tenant_id, file.id, lock=True)
        assert upload is not None
        if upload.expires_at <= now:
            # Taken up again before it was swept.
            upload.expires_at = now + KEPT_UNFINISHED
        return _running(row, upload)


def _new_upload(principal: Principal, file: Announced, now: datetime) -> dict[str, object]:
    return {
        "tenant_id": principal.tenant_id,
        "id": file.id,
        "user_id": principal.user_id,
        "length": file.length,
        "received": 0,
        "parts": [],
        "created_at": now,
        "expires_at": now + KEPT_UNFINISHED,
    }


async def _check_quota(session: AsyncSession, principal: Principal, file: Announced) -> None:
    """Nobody fills the store with what no paper needs."""
    statement = select(func.count(), func.coalesce(func.sum(Media.size), 0)).where(
        Media.tenant_id == principal.tenant_id, Media.owner_id == principal.user_id, Media.expires_at.is_not(None)
    )
    count, size = (await session.execute(statement)).one()
    if count >= MOST_WAITING or size + file.length > MOST_WAITING_BYTES:
        raise TooMany("media_too_many", "Too many files wait to be used.", retry_after=3600)


async def look_up(session: AsyncSession, principal: Principal, media_id: str, now: datetime) -> Upload:
    """One's own upload; 404 ``upload_unknown`` for any other, one that ended unfinished included."""
    row = (await queries.by_ids(session, principal.tenant_id, {media_id})).get(media_id)
    if row is None or row.owner_id != principal.user_id:
        raise NotFound("upload_unknown")
    if row.status != "expected":
        return _finished(row)
    upload = await queries.upload(session, principal.tenant_id, media_id)
    if upload is None or upload.expires_at <= now:
        raise NotFound("upload_unknown")
    return _running(row, upload)


def _running(row: Media, upload: MediaUpload) -> Upload:
    return Upload(
        media_id=row.id,
        length=upload.length,
        received=upload.received,
        expires_at=upload.expires_at,
        done=False,
        sha256=row.sha256,
        content_type=row.content_type,
        filename=row.filename,
        status=row.status,
        refused=row.refused,
    )


def _finished(row: Media) -> Upload:
    return Upload(
        media_id=row.id,
        length=row.size,
        received=row.size,
        expires_at=None,
        done=True,
        sha256=row.sha256,
        content_type=row.content_type,
        filename=row.filename,
        status=row.status,
        refused=row.refused,
    )


async def receive_parts(
    archive: Archive, principal: Principal, upload: Upload, receive: Receive, checksum: Checksum | None = None
) -> int:
    """Take the body of a request from ``upload.received`` on, and keep what came even when the line breaks; returns
    how far the upload reaches now. With a checksum all counts or nothing: 460 ``checksum_mismatch``."""
    running = checksum.running() if checksum else None
    body = Body(receive, upload.length - upload.received, running)
    reached, held = upload.received, list[tuple[str, int]]()
    try:
        while await body.more():
            before = body.count
            name = f"{reached + before - upload.received:012}-{secrets.token_hex(8)}"
            key = parts_prefix(principal.tenant_id, upload.media_id) + name
            await archive.storage.put(key, body.part(PART))
            held.append((name, body.count - before))
            if checksum is None:
                reached = await _confirm(archive, principal, upload, reached, held)
                held = []
        if checksum and running:
            if not checksum.matches(running.digest()):
                raise Problem("checksum_mismatch", "The body does not match its checksum.", status=460)
            reached = await _confirm(archive, principal, upload, reached, held)
            held = []
    except StorageDown as error:
        raise Unavailable("storage_down", "The file store does not answer.") from error
    finally:
        await _drop(archive, principal, upload, held)
    return reached


async def _confirm(
    archive: Archive, principal: Principal, upload: Upload, reached: int, parts: Sequence[tuple[str, int]]
) -> int:
    """The parts count from now on, or 409 when the upload is elsewhere by now."""
    async with transaction(archive.sessions) as session:
        row = await queries.upload(session, principal.tenant_id, upload.media_id, lock=True)
        if row is None or row.received != reached or row.expires_at <= datetime.now(UTC):
            raise Conflict("upload_offset", "The upload has gone on elsewhere.", offset=row.received if row else 0)
        if len(row.parts) + len(parts) > MOST_PARTS:
            raise Problem("upload_too_many_parts", "Send the file in larger pieces.", status=413)
        row.parts = [*row.parts, *map(list, parts)]
        row.received += sum(size for _, size in parts)
        row.expires_at = datetime.now(UTC) + KEPT_UNFINISHED
        return row.received


async def _drop(archive: Archive, principal: Principal, upload: Upload, parts: Sequence[tuple[str, int]]) -> None:
    for name, _ in parts:
        # What stays is removed with the upload.
        with contextlib.suppress(StorageDown):
            await archive.storage.delete(parts_prefix(principal.tenant_id, upload.media_id) + name)


async def terminate(archive: Archive, principal: Principal, media_id: str, now: datetime) -> None:
    """Give up a file: an upload on its way, or one that came and no paper needs. 409 ``media_attached`` when one
    does."""
    tenant_id = principal.tenant_id
    async with transaction(archive.sessions) as session:
        row = (await queries.by_ids(session, tenant_id, {media_id}, lock=True)).get(media_id)
        if row is None or row.owner_id != principal.user_id:
            raise NotFound("upload_unknown")
        attached = bool(await queries.links_of(session, tenant_id, {media_id}))
        if attached and row.status != "expected":
            raise Conflict("media_attached", "A paper needs this file.")
        upload = await queries.upload(session, tenant_id, media_id, lock=True)
        if upload is not None:
            await session.delete(upload)
        elif row.status == "expected":
            raise NotFound("upload_unknown")
        row.status = "expected"
        if not attached:
            # Swept, row and objects, should the store not answer now.
            row.expires_at = now
    with contextlib.suppress(StorageDown):
        await delete_below(archive.storage, *prefixes_of(tenant_id, media_id))
