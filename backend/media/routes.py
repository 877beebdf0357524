"""Files over HTTP: uploads by tus 1.0.0, and what came of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, cast
from urllib.parse import quote

from litestar import Request, Response, Router, delete, get, patch, post, route
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.params import FromPath, HeaderParameter
from litestar.response import Redirect, Stream

from backend.database import snapshot
from backend.errors import Conflict, NotFound, Problem, Unavailable, answer_problem
from backend.http.asgi import Receive, Scope, is_head
from backend.http.given import Session
from backend.identity.service import Signed
from backend.media import tus
from backend.media.archive import Archive
from backend.media.bodies import check_length
from backend.media.finishing import finish
from backend.media.reading import Shown, asked_range, first_of, readable, shown
from backend.media.service import view_of
from backend.media.uploading import Upload, announce, look_up, receive_parts, terminate
from backend.sync.commands import Principal
from media.content import IMAGES, VIDEOS
from media.storage import NoSuchObject, Storage, StorageDown
from offline.wire.media import MediaView

Asked = Request[Principal, Signed, State]
_UPLOADS = "/api/media/uploads"
_TUS = {"Tus-Resumable": tus.VERSION, "Cache-Control": "no-store"}
_MINE = "private, max-age=86400"
LINK_HOLDS = timedelta(minutes=5)


def _archive(request: Asked) -> Archive:
    archive: Archive = request.app.state.archive
    return archive


async def _found(request: Asked, upload_id: str) -> Upload:
    """One's own upload; one whose last byte is here is finished first, so that "all of it" means verified."""
    now = datetime.now(UTC)
    async with snapshot(request.app.state.read_sessions) as session:
        upload = await look_up(session, request.user, upload_id, now)
    return await _finished(request, upload)


async def _finished(request: Asked, upload: Upload) -> Upload:
    if upload.done or not upload.complete:
        return upload
    await finish(_archive(request), request.user.tenant_id, upload.media_id)
    async with snapshot(request.app.state.read_sessions) as session:
        return await look_up(session, request.user, upload.media_id, datetime.now(UTC))


def _headers(upload: Upload) -> dict[str, str]:
    """``Media-Status`` and ``Media-Refused`` stand there once the file is: what became of it."""
    headers = {**_TUS, "Upload-Offset": str(upload.received)}
    if upload.expires_at is not None:
        headers["Upload-Expires"] = tus.http_date(upload.expires_at)
    if upload.done:
        headers["Media-Status"] = upload.status
    if upload.refused:
        headers["Media-Refused"] = upload.refused
    return headers


@route("/media", http_method=[HttpMethod.OPTIONS], opt={"public": True}, status_code=204, include_in_schema=False)
async def about_uploads() -> Response[None]:
    return Response(None, status_code=204, headers={"Tus-Resumable": tus.VERSION, **tus.ABOUT})


@post("/media", status_code=201, request_max_body_size=None, summary="Announce a file, and send its beginning")
async def create_upload(request: Asked) -> Response[None]:
    """tus 1.0.0: ``Upload-Length``, and ``Upload-Metadata`` with ``id`` (the file's, a UUID), ``sha256``,
    ``filename`` and ``filetype``, all of which may be missing. Announced again, an upload goes on."""
    headers = request.headers
    tus.check_version(headers.get("tus-resumable"))
    file = tus.read_announcement(headers)
    sends = headers.get("content-type", "").partition(";")[0].strip() == tus.OFFSET_TYPE
    if sends:
        check_length(headers.get("content-length"), file.length)
    upload = await announce(_archive(request), request.user, file, datetime.now(UTC))
    # A client that announces again knows nothing of how far it came: it sends from the start, which is here already.
    if sends and upload.received == 0:
        upload = await _received(request, upload)
    location = {"Location": f"{_UPLOADS}/{upload.media_id}"}
    return Response(None, status_code=201, headers={**_headers(await _finished(request, upload)), **location})


@get("/media/uploads/{upload_id:str}", summary="How far an upload has come")
async def show_upload(upload_id: FromPath[str], request: Asked) -> Response[None]:
    """Asked with HEAD. ``Upload-Offset`` is the length once all of the file is here and verified."""
    tus.check_version(request.headers.get("tus-resumable"))
    upload = await _found(request, upload_id)
    metadata = {
        "id": upload.media_id,
        "sha256": upload.sha256,
        "filename": upload.filename,
        "filetype": upload.content_type,
    }
    about = {"Upload-Length": str(upload.length), "Upload-Metadata": tus.written_metadata(metadata)}
    return Response(None, headers={**_headers(upload), **about})


@patch("/media/uploads/{upload_id:str}", status_code=204, request_max_body_size=None, summary="Send more of a file")
async def append_to_upload(upload_id: FromPath[str], request: Asked) -> Response[None]:
    """``Upload-Offset`` is where the body begins: 409 ``upload_offset`` when the upload is elsewhere. With
    ``Upload-Checksum`` the body counts whole or not at all: 460. What came is kept when the line breaks. After the
    last byte the answer says that the file was verified."""
    headers = request.headers
    tus.check_version(headers.get("tus-resumable"))
    if headers.get("content-type", "").partition(";")[0].strip() != tus.OFFSET_TYPE:
        raise Problem("unsupported_media_type", f"Bodies are {tus.OFFSET_TYPE}.", status=415)
    offset = tus.whole(headers, "upload-offset")
    upload = await _found(request, upload_id)
    if offset != upload.received:
        raise Conflict("upload_offset", "The upload is elsewhere.", offset=upload.received)
    check_length(headers.get("content-length"), upload.length - offset)
    upload = await _finished(request, await _received(request, upload))
    return Response(None, status_code=204, headers=_headers(upload))


async def _received(request: Asked, upload: Upload) -> Upload:
    checksum = tus.read_checksum(request.headers)
    receive = cast("Receive", request.receive)
    await receive_parts(_archive(request), request.user, upload, receive, checksum)
    async with snapshot(request.app.state.read_sessions) as session:
        return await look_up(session, request.user, upload.media_id, datetime.now(UTC))


@delete("/media/uploads/{upload_id:str}", status_code=204, summary="Give up a file")
async def end_upload(upload_id: FromPath[str], request: Asked) -> Response[None]:
    """On its way, or here and not in any paper: 409 ``media_attached`` otherwise."""
    tus.check_version(request.headers.get("tus-resumable"))
    await terminate(_archive(request), request.user, upload_id, datetime.now(UTC))
    return Response(None, status_code=204, headers=_TUS)


def answer_tus_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    answer = answer_problem(request, error)
    answer.headers["Tus-Resumable"] = tus.VERSION
    return answer


@get("/media/{media_id:str}", summary="What is known of a file")
async def show_media(media_id: FromPath[str], session: Session, request: Asked) -> MediaView:
    return view_of(await readable(session, request.user, media_id, request.app.state.scopes))


@get("/media/{media_id:str}/{variant:str}", summary="A file's bytes")
async def show_variant(
    media_id: FromPath[str],
    variant: FromPath[str],
    session: Session,
    request: Asked,
    asked: Annotated[str | None, HeaderParameter(name="Range")] = None,
) -> Response[Any]:
    """``variant``: original, 1600 or 320 (WebP, longest side) or poster. Ranges are served. Where the store can be
    reached from outside, large files are redirected to an address that holds for minutes."""
    row = await readable(session, request.user, media_id, request.app.state.scopes)
    found = shown(row, variant, own=row.owner_id == request.user.user_id)
    # The store may be slow, or away: nobody else is to wait for a connection to the database meanwhile.
    await session.close()
    headers = _variant_headers(found)
    if request.headers.get("if-none-match") == found.etag:
        return Response(None, status_code=304, headers=headers)
    storage = _archive(request).storage
    try:
        return await _sent(request, storage, found, headers, asked)
    except NoSuchObject:
        raise NotFound("media_unknown") from None
    except StorageDown as error:
        raise Unavailable("storage_down", "The file store does not answer.") from error


def _variant_headers(found: Shown) -> dict[str, str]:
    """Kept by the browser of this person only: another session on the same machine asks anew."""
    inline = found.content_type in IMAGES | VIDEOS
    name = f"; filename*=UTF-8''{quote(found.filename, safe='')}" if found.filename else ""
    return {
        "ETag": found.etag,
        "Cache-Control": _MINE,
        "Vary": "Cookie, Authorization",
        "Accept-Ranges": "bytes",
        "Content-Disposition": ("inline" if inline else "attachment") + name,
    }


async def _sent(
    request: Asked, storage: Storage, found: Shown, headers: dict[str, str], asked: str | None
) -> Response[Any]:
    address = await storage.presigned_get(found.key, LINK_HOLDS) if found.large else None
    if address is not None:
        return Redirect(address, status_code=307, headers={"Cache-Control": "no-store"})
    stored = await storage.stat(found.key)
    if stored is None:
        raise NoSuchObject(found.key)
    whole = request.headers.get("if-range") not in (None, found.etag)
    part = None if whole else asked_range(asked, stored.size)
    start, length = part or (0, stored.size)
    headers["Content-Length"] = str(length)
    if part:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    if is_head(cast("Scope", request.scope)):
        chunks = _nothing()
    else:
        chunks = await first_of(storage.get(found.key, start, length))
    status = 206 if part else 200
    return Stream(chunks, status_code=status, media_type=found.content_type, headers=headers)


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


tus_router = Router(
    "/api",
    route_handlers=[about_uploads, create_upload, show_upload, append_to_upload, end_upload],
    exception_handlers={Exception: answer_tus_problem},
    tags=["media"],
)
files_router = Router("/api", route_handlers=[show_media, show_variant], tags=["media"])
