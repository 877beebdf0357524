"""tus 1.0.0, as its text has it: https://tus.io/protocols/resumable-upload."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import delete, select

from backend.database import transaction
from backend.media import bodies, uploading
from backend.media.models import Media, MediaUpload
from media.storage import Storage, Stored
from offline.ids import new_id
from tests.media.conftest import OFFSET_TYPE, Sender, metadata, photo
from tests.media.papers import Slice, ref
from tests.people import World


def checksum(content: bytes, algorithm: str = "sha256") -> dict[str, str]:
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"}


async def stored_keys(app: Litestar) -> list[str]:
    storage: Storage = app.state.archive.storage
    return [stored.key async for stored in storage.find()]


# core protocol


async def test_options_tell_what_there_is(client: httpx.AsyncClient) -> None:
    answer = await client.options("/api/media")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"].split(",") == [
        "creation",
        "creation-with-upload",
        "checksum",
        "termination",
        "expiration",
    ]
    assert answer.headers["tus-checksum-algorithm"] == "sha256,sha1,md5"
    assert int(answer.headers["tus-max-size"]) == 200 << 20


async def test_a_file_in_pieces(shop: Sender) -> None:
    content = photo()
    third = len(content) // 3
    media_id = new_id()
    created = await shop.create(content, media_id, filename="收据.jpg")
    assert created.status_code == 201
    assert created.headers["tus-resumable"] == "1.0.0"
    location = created.headers["location"]
    assert location == f"/api/media/uploads/{media_id}"
    expires = parsedate_to_datetime(created.headers["upload-expires"])
    assert expires > datetime.now(UTC) + timedelta(days=6)

    for offset in (0, third, 2 * third):
        asked = await shop.head(location)
        assert asked.status_code == 200
        assert asked.headers["upload-offset"] == str(offset)
        assert asked.headers["upload-length"] == str(len(content))
        assert asked.headers["cache-control"] == "no-store"
        assert asked.headers["tus-resumable"] == "1.0.0"
        piece = content[offset : offset + third] if offset < 2 * third else content[offset:]
        sent = await shop.patch(location, offset, piece)
        assert sent.status_code == 204
        assert sent.headers["upload-offset"] == str(offset + len(piece))
        assert sent.headers["tus-resumable"] == "1.0.0"
    assert sent.headers["media-status"] == "stored"

    asked = await shop.head(location)
    assert asked.headers["upload-offset"] == asked.headers["upload-length"] == str(len(content))
    assert f"filename {base64.b64encode('收据.jpg'.encode()).decode()}" in asked.headers["upload-metadata"].split(",")
    assert (await shop.get(f"/api/media/{media_id}/original")).content == content
    view = await shop.view(media_id)
    assert view == {
        "id": media_id,
        "content_type": "image/jpeg",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "status": "stored",
        "width": 480,
        "height": 360,
    }


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}])
async def test_another_version_is_refused(shop: Sender, version: dict[str, str]) -> None:
    created = await shop.create(photo())
    shop.version = version
    location = created.headers["location"]
    for answer in (
        await shop.create(photo()),
        await shop.head(location),
        await shop.patch(location, 0, photo()),
        await shop.end(location),
    ):
        assert answer.status_code == 412
        assert answer.headers["tus-version"] == "1.0.0"
        assert answer.headers["tus-resumable"] == "1.0.0"
    shop.version = {"Tus-Resumable": "1.0.0"}
    assert (await shop.head(location)).headers["upload-offset"] == "0"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_wrong_offset_is_a_conflict_and_changes_nothing(shop: Sender) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    await shop.patch(location, 0, content[:100])
    for offset in (0, 99, 101, len(content)):
        answer = await shop.patch(location, offset, b"x" * 10)
        assert (answer.status_code, answer.json()["code"], answer.json()["params"]) == (
            409,
            "upload_offset",
            {"offset": 100},
        )
    assert (await shop.head(location)).headers["upload-offset"] == "100"
    answer = await shop.patch(location, 100, content[100:])
    assert answer.headers["media-status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "one"}, 400),
        ({"Upload-Offset": ""}, 400),
        ({"Upload-Offset": "９"}, 400),
        ({"Upload-Checksum": "crc32 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 not base64!"}, 400),
        ({"Content-Encoding": "br"}, 415),
    ],
)
async def test_malformed_requests(shop: Sender, headers: dict[str, str], status: int) -> None:
    location = (await shop.create(photo())).headers["location"]
    sent = {name: value.encode("latin1", "replace").decode("latin1") for name, value in headers.items()}
    answer = await shop.patch(location, 0, b"abc", sent)
    assert answer.status_code == status, answer.text
    assert (await shop.head(location)).headers["upload-offset"] == "0"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_of_two_that_send_the_same_bytes_at_once_the_first_counts(
    shop: Sender, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that took its request for lost, and began another."""
    content = photo()
    location = (await shop.create(content)).headers["location"]
    storage = app.state.archive.storage
    put, meanwhile = storage.put, list[httpx.Response]()

    async def slowly(key: str, given: object) -> Stored:
        stored: Stored = await put(key, given)
        if not meanwhile:
            monkeypatch.undo()
            meanwhile.append(await shop.patch(location, 0, content[:200]))
        return stored

    monkeypatch.setattr(storage, "put", slowly)
    late = await shop.patch(location, 0, content[:100])
    assert meanwhile[0].headers["upload-offset"] == "200"
    assert (late.status_code, late.json()["params"]) == (409, {"offset": 200})
    assert len(await stored_keys(app)) == 1
    assert (await shop.patch(location, 200, content[200:])).headers["media-status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_file_in_too_many_pieces_is_to_be_sent_in_larger_ones(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MOST_PARTS", 2)
    content = photo()
    location = (await shop.create(content)).headers["location"]
    for offset in (0, 10):
        assert (await shop.patch(location, offset, content[offset : offset + 10])).status_code == 204
    answer = await shop.patch(location, 20, content[20:30])
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_many_parts")
    assert (await shop.head(location)).headers["upload-offset"] == "20"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_of_a_line_that_falls_silent_what_came_is_kept(shop: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_PATIENCE_SECONDS", 0.05)
    content = photo()
    location = (await shop.create(content)).headers["location"]

    async def falling_silent() -> AsyncIterator[bytes]:
        yield content[:100]
        await asyncio.Event().wait()

    headers = shop.headers({"Upload-Offset": "0", "Content-Type": OFFSET_TYPE})
    async with asyncio.timeout(20):
        answer = await shop.client.patch(location, content=falling_silent(), headers=headers)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "100")
    assert (await shop.patch(location, 100, content[100:])).headers["media-status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_parts_that_the_store_lost_are_sent_again(shop: Sender, app: Litestar) -> None:
    content, media_id = photo(), new_id()
    location = (await shop.create(content, media_id)).headers["location"]
    await shop.patch(location, 0, content[:200])
    (part,) = await stored_keys(app)
    await app.state.archive.storage.delete(part)
    answer = await shop.patch(location, 200, content[200:])
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert (await shop.head(location)).status_code == 404
    await shop.send(content, media_id)
    assert (await shop.view(media_id))["status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_more_than_was_announced_is_refused(shop: Sender) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    answer = await shop.patch(location, 0, content + b"more")
    assert (answer.status_code, answer.json()["code"]) == (413, "media_too_large")

    async def unannounced() -> object:
        yield content
        yield b"more"

    headers = {"Upload-Offset": "0", "Content-Type": OFFSET_TYPE}
    answer = await shop.client.patch(location, content=unannounced(), headers=shop.headers(headers))  # type: ignore[arg-type]  # a body in pieces
    assert (answer.status_code, answer.json()["code"]) == (413, "media_too_large")
    assert (await shop.head(location)).headers["upload-offset"] == "0"
    assert (await shop.patch(location, 0, content)).headers["media-status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_methods_may_be_overridden(shop: Sender, client: httpx.AsyncClient) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    headers = {"Upload-Offset": "0", "Content-Type": OFFSET_TYPE, "X-HTTP-Method-Override": "PATCH"}
    answer = await client.post(location, content=content[:10], headers=shop.headers(headers))
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "10")
    answer = await client.post(location, headers=shop.headers({"X-HTTP-Method-Override": "DELETE"}))
    assert answer.status_code == 204
    assert (await shop.head(location)).status_code == 404
    # Nowhere else.
    answer = await client.post("/api/session", headers=shop.headers({"X-HTTP-Method-Override": "DELETE"}))
    assert (await shop.get("/api/session")).status_code == 200


# creation


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"Upload-Length": "x"}, 400, "bad_request"),
        ({"Upload-Length": "0"}, 422, "media_empty"),
        ({"Upload-Length": str((200 << 20) + 1)}, 413, "media_too_large"),
        ({"Upload-Length": "9" * 40}, 400, "bad_request"),
        ({"Upload-Defer-Length": "1"}, 400, "bad_request"),
        ({"Upload-Length": "5", "Upload-Metadata": "id not-base-64!"}, 400, "bad_request"),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(id="../../x")}, 422, "invalid"),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(sha256="abc")}, 422, "invalid"),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(filetype="text/html; <script>\n")}, 204, ""),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(filetype="<script>")}, 422, "invalid"),
        ({"Upload-Length": "5", "Upload-Metadata": "filename /////w=="}, 400, "bad_request"),
        ({"Upload-Length": "5", "Upload-Metadata": "x " * 3000}, 400, "bad_request"),
    ],
)
async def test_announcements_that_cannot_be(shop: Sender, headers: dict[str, str], status: int, code: str) -> None:
    answer = await shop.client.post("/api/media", headers=shop.headers(headers))
    if status == 204:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["tus-resumable"] == "1.0.0"


async def test_announced_again_an_upload_goes_on(shop: Sender, rival: Sender) -> None:
    """The answer to a creation is lost."""
    content, media_id = photo(), new_id()
    first = await shop.create(content, media_id)
    await shop.patch(first.headers["location"], 0, content[:50])
    again = await shop.create(content, media_id)
    assert (again.status_code, again.headers["upload-offset"]) == (201, "50")
    assert again.headers["location"] == first.headers["location"]
    other = await shop.create(b"other bytes", media_id)
    assert (other.status_code, other.json()["code"]) == (409, "media_mismatch")
    taken = await rival.create(content, media_id)
    assert (taken.status_code, taken.json()["code"]) == (409, "media_taken")
    await shop.patch(first.headers["location"], 50, content[50:])
    done = await shop.create(content, media_id)
    assert (done.status_code, done.headers["upload-offset"]) == (201, str(len(content)))
    assert done.headers["media-status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_creation_with_upload(shop: Sender) -> None:
    content, media_id = photo(), new_id()
    about = metadata(id=media_id, sha256=hashlib.sha256(content).hexdigest(), filetype="image/jpeg")
    headers = {"Upload-Length": str(len(content)), "Upload-Metadata": about, "Content-Type": OFFSET_TYPE}
    answer = await shop.client.post("/api/media", content=content[:77], headers=shop.headers(headers))
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "77")
    # Who lost the answer begins anew; what it sends is here already.
    answer = await shop.client.post("/api/media", content=content[:77], headers=shop.headers(headers))
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "77")
    answer = await shop.patch(answer.headers["location"], 77, content[77:])
    assert answer.headers["media-status"] == "stored"
    whole = photo(seed=2)
    headers = {"Upload-Length": str(len(whole)), "Content-Type": OFFSET_TYPE}
    answer = await shop.client.post("/api/media", content=whole, headers=shop.headers(headers))
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(whole)))
    # Without an id or a hash the server makes the one and works out the other.
    made = answer.headers["location"].rpartition("/")[2]
    view = await shop.view(made)
    assert (view["status"], view["sha256"]) == ("stored", hashlib.sha256(whole).hexdigest())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_nobody_fills_the_store_with_what_no_paper_needs(
    shop: Sender, rival: Sender, papers: Slice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number or by bytes; what a paper names does not count, nor what others sent."""
    first, second = photo(seed=1), photo(seed=2)
    for most in ({"MOST_WAITING": 1}, {"MOST_WAITING_BYTES": len(first) + len(second) - 1}):
        with monkeypatch.context() as bound:
            for name, value in most.items():
                bound.setattr(uploading, name, value)
            waiting = new_id()
            assert (await shop.create(first, waiting)).status_code == 201
            refused = await shop.create(second)
            assert (refused.status_code, refused.json()["code"]) == (429, "media_too_many")
            # The same one is announced again, as who lost an answer does.
            assert (await shop.create(first, waiting)).status_code == 201
            assert (await rival.create(second)).status_code == 201
            await papers.name(ref(first, waiting))
            location = (await shop.create(second)).headers["location"]
            assert (await shop.end(location)).status_code == 204
        async with transaction(papers.sessions) as session:
            await session.execute(delete(Media))


# checksum


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
async def test_a_body_counts_whole_or_not_at_all(shop: Sender, app: Litestar, algorithm: str) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    answer = await shop.patch(location, 0, content[:200], checksum(content[:201], algorithm))
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert (await shop.head(location)).headers["upload-offset"] == "0"
    assert await stored_keys(app) == []
    answer = await shop.patch(location, 0, content[:200], checksum(content[:200], algorithm))
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "200")
    answer = await shop.patch(location, 200, content[200:], checksum(content[200:], algorithm))
    assert answer.headers["media-status"] == "stored"


async def test_a_file_that_is_not_what_was_announced(shop: Sender, app: Litestar, world: World) -> None:
    """The bytes changed on the way: none of it is kept, and the file is still expected."""
    content, media_id = photo(), new_id()
    location = (await shop.create(content, media_id)).headers["location"]
    damaged = content[:-1] + bytes([content[-1] ^ 1])
    answer = await shop.patch(location, 0, damaged)
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert (await shop.head(location)).status_code == 404
    assert await stored_keys(app) == []
    assert (await shop.view(media_id))["status"] == "expected"
    # Nothing stays in memory of an upload that came to nothing.
    assert not app.state.archive._finishing
    await shop.send(content, media_id)
    assert (await shop.view(media_id))["status"] == "stored"


# termination, expiration


async def test_giving_up(shop: Sender, rival: Sender, app: Litestar) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    await shop.patch(location, 0, content[:99])
    assert (await rival.end(location)).status_code == 404
    assert (await shop.head(location)).headers["upload-offset"] == "99"
    assert (await shop.end(location)).status_code == 204
    assert await stored_keys(app) == []
    for answer in (await shop.head(location), await shop.patch(location, 99, b"x"), await shop.end(location)):
        assert answer.status_code == 404
    # The same id may begin anew.
    media_id = location.rpartition("/")[2]
    await shop.send(content, media_id)
    assert (await shop.view(media_id))["status"] == "stored"
    # One that is here and in no paper goes too.
    assert (await shop.end(location)).status_code == 204
    assert await stored_keys(app) == []
    assert (await shop.get(f"/api/media/{media_id}/320")).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_what_was_given_up_leaves_the_books_too(shop: Sender, papers: Slice) -> None:
    media_id = await shop.send(photo())
    await shop.end(f"/api/media/uploads/{media_id}")
    assert await papers.swept() == (0, 1)
    assert await papers.row(media_id) is None


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_what_a_paper_needs_is_not_given_up(shop: Sender, papers: Slice) -> None:
    content = photo()
    media_id = await shop.send(content)
    await papers.name(ref(content, media_id))
    answer = await shop.end(f"/api/media/uploads/{media_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "media_attached")
    assert (await shop.get(f"/api/media/{media_id}/320")).status_code == 200


async def test_an_expired_upload_is_gone(shop: Sender, app: Litestar) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    await shop.patch(location, 0, content[:99])
    async with transaction(app.state.sessions) as session:
        upload = (await session.scalars(select(MediaUpload))).one()
        upload.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert (await shop.head(location)).status_code == 404
    assert (await shop.patch(location, 99, content[99:])).status_code == 404


# rights


async def test_an_upload_is_its_owners_alone(shop: Sender, rival: Sender, stranger: Sender) -> None:
    content = photo()
    location = (await shop.create(content)).headers["location"]
    for other in (rival, stranger):
        for answer in (await other.head(location), await other.patch(location, 0, content), await other.end(location)):
            assert answer.status_code == 404
    nobody = Sender(shop.client, {})
    for answer in (await nobody.head(location), await nobody.patch(location, 0, content), await nobody.create(content)):
        assert answer.status_code == 401
    assert (await shop.head(location)).headers["upload-offset"] == "0"


async def test_another_brand_may_use_the_same_id(shop: Sender, stranger: Sender, app: Litestar) -> None:
    media_id = await shop.send(photo(seed=1))
    await stranger.send(photo(seed=2), media_id)
    assert (await shop.get(f"/api/media/{media_id}/original")).content == photo(seed=1)
    assert (await stranger.get(f"/api/media/{media_id}/original")).content == photo(seed=2)
    async with transaction(app.state.sessions) as session:
        assert len((await session.scalars(select(Media))).all()) == 2
