"""What becomes of a file that has come: its paper is told, and the right people see it."""

import asyncio
import errno
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import av
import httpx
import msgspec
import pytest
from av.error import FFmpegError
from litestar import Litestar
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from sqlalchemy import update

from backend.database import snapshot, transaction
from backend.learning.audience import AUTHORS
from backend.media.models import Media
from backend.media.service import attach, proofs
from backend.sync.changes import DESK, Changes, org_scope, user_scope
from backend.sync.service import flush_changes
from media.storage import StorageDown, Stored
from offline.ids import new_id
from offline.wire.media import Position
from offline.wire.rows import Category
from tests.films import video as film
from tests.media.conftest import Sender, photo
from tests.media.papers import Slice, ref
from tests.people import World

# picture before paper, paper before picture


async def test_paper_before_picture(papers: Slice, shop: Sender) -> None:
    content = photo()
    picture = ref(content)
    _, statuses = await papers.name(picture)
    assert statuses == ["expected"]
    await shop.send(content, picture.id)
    assert papers.heard == [(f"{picture.id} stored",)]
    row = await papers.row(picture.id)
    assert row is not None
    assert (row.status, row.announced, row.expires_at) == ("stored", True, None)


async def test_picture_before_paper(papers: Slice, shop: Sender) -> None:
    content = photo()
    media_id = await shop.send(content)
    assert papers.heard == []
    row = await papers.row(media_id)
    assert row is not None
    assert row.expires_at is not None
    _, statuses = await papers.name(ref(content, media_id))
    assert statuses == ["stored"]
    row = await papers.row(media_id)
    assert row is not None
    assert row.expires_at is None


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_papers_not_told_are_told_later(papers: Slice, shop: Sender) -> None:
    content = photo()
    picture = ref(content)
    await papers.name(picture)
    papers.faults = 1
    await shop.send(content, picture.id)
    assert papers.heard == []
    # Not while the server that took it may still be at it.
    assert await papers.told() == 0
    await _age(papers, picture.id, timedelta(minutes=2))
    assert await papers.told() == 1
    assert papers.heard == [(f"{picture.id} stored",)]
    assert await papers.told() == 0


async def _age(papers: Slice, media_id: str, by: timedelta) -> None:
    async with transaction(papers.sessions) as session:
        row = await session.get_one(Media, (papers.tenant_id, media_id))
        row.stored_at = datetime.now(UTC) - by


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_store_that_is_down_loses_nothing(papers: Slice, shop: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """All bytes are here, the store goes away: asked again, the same upload is finished."""
    content = photo()
    picture = ref(content)
    await papers.name(picture)
    location = (await shop.create(content, picture.id)).headers["location"]
    kind, real = type(papers.archive.storage), type(papers.archive.storage).put

    async def put(self: object, key: str, given: bytes | AsyncIterator[bytes]) -> Stored:
        if key.startswith("media/"):
            raise StorageDown("disk full")
        return await real(self, key, given)  # type: ignore[arg-type]  # ``self`` is a store

    monkeypatch.setattr(kind, "put", put)
    answer = await shop.patch(location, 0, content)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_down")
    assert "retry-after" in answer.headers
    # Not before it is verified does an answer say that all of it is here.
    assert (await shop.head(location)).status_code == 503
    monkeypatch.undo()
    asked = await shop.head(location)
    assert (asked.headers["upload-offset"], asked.headers["media-status"]) == (str(len(content)), "stored")
    assert papers.heard == [(f"{picture.id} stored",)]


# who may see it


async def test_whoever_may_hold_the_paper_sees_its_files(
    papers: Slice, shop: Sender, world: World, client: httpx.AsyncClient
) -> None:
    content = photo()
    media_id = await shop.send(content)
    path = f"/api/media/{media_id}/320"
    people = {login: Sender(client, world.demo.bearer(login)) for login in world.demo.users}
    stranger = Sender(client, world.other.bearer("hq"))

    async def readers() -> set[str]:
        return {login for login, sender in people.items() if (await sender.get(path)).status_code == 200}

    assert await readers() == {"shop"}
    paper, _ = await papers.name(ref(content, media_id), scopes=(org_scope(world.demo.organisations["SHOP"]), DESK))
    seen = {"shop", "dealer", "distributor", "rep", "hq", "desk", "finance"}
    assert await readers() == seen
    other, _ = await papers.name(ref(content, media_id), scopes=(user_scope(world.demo.users["staff"].id),))
    assert await readers() == seen | {"staff"}
    assert (await stranger.get(path)).status_code == 404
    assert (await Sender(client, {}).get(path)).status_code == 401
    # The paper moves, and its readers with it.
    async with transaction(papers.sessions) as session:
        changes = Changes()
        changes.put("category", Category(id=paper, name={}), org_scope(world.demo.organisations["RIVAL"]))
        changes.delete("category", other)
        await flush_changes(session, papers.tenant_id, changes)
    assert await readers() == {"shop", "rival"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_authors_see_the_files_of_what_is_not_out_yet(
    papers: Slice, shop: Sender, client: httpx.AsyncClient, world: World
) -> None:
    """No feed has the row of it: the file itself says who."""
    content = photo()
    media_id = await shop.send(content)
    async with transaction(papers.sessions) as session:
        await attach(
            session, papers.tenant_id, [ref(content, media_id)], user_id=world.demo.users["shop"].id,
            entity="course", entity_id=new_id(), now=datetime.now(UTC), scopes=(AUTHORS,),
        )  # fmt: skip
    path = f"/api/media/{media_id}/320"
    seen = [
        login for login in world.demo.users if (await client.get(path, headers=world.demo.bearer(login))).is_success
    ]
    assert sorted(seen) == ["hq", "shop", "trainer"]


async def test_where_and_when_is_the_owners_alone(
    papers: Slice, shop: Sender, client: httpx.AsyncClient, world: World
) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    exif.get_ifd(0x8769)[0x9003] = "2026:06:30 18:01:02"
    exif.get_ifd(0x8769)[0x9011] = "+08:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 6.0), 3: "E", 4: (121.0, 29.0, 24.0)})
    output = io.BytesIO()
    Image.open(io.BytesIO(photo())).save(output, "JPEG", exif=exif)
    content = output.getvalue()
    media_id = await shop.send(content)
    await papers.name(ref(content, media_id), scopes=(DESK,))
    async with snapshot(papers.sessions) as session:
        proof = (await proofs(session, papers.tenant_id, [media_id]))[media_id]
    assert proof.exif == {
        "taken_at": "2026-06-30T18:01:02+08:00",
        "latitude": 31.235,
        "longitude": 121.49,
        "accuracy": None,
        "camera": "Maker",
        "software": "",
    }
    assert len(proof.look) == 640
    # Turned upright: the EXIF says that the camera was held sideways.
    assert [(await shop.view(media_id))[side] for side in ("width", "height")] == [360, 480]
    hq = Sender(client, world.demo.bearer("hq"))
    assert (await shop.get(f"/api/media/{media_id}/original")).content == content
    for sender, variant in ((hq, "original"), (hq, "1600"), (hq, "320"), (shop, "1600")):
        answer = await sender.get(f"/api/media/{media_id}/{variant}")
        assert answer.headers["content-type"] == "image/webp"
        shown = Image.open(io.BytesIO(answer.content))
        assert dict(shown.getexif()) == {}
        assert b"2026:06" not in answer.content
        assert shown.size == ((240, 320) if variant == "320" else (360, 480))


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 7, 6, 2, tzinfo=UTC).replace(tzinfo=None),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=9))),
    ],
)
async def test_of_a_phone_that_tells_no_time_the_picture_is_kept(papers: Slice, shop: Sender, at: datetime) -> None:
    content = photo()
    place = Position(latitude=31.2, longitude=121.5, accuracy=10, at=at)
    picture = msgspec.structs.replace(ref(content), taken_at=at, position=place)
    _, statuses = await papers.name(picture)
    assert statuses == ["expected"]
    await shop.send(content, picture.id)
    row = await papers.row(picture.id)
    assert row is not None
    assert (row.status, row.taken_at, row.position) == ("stored", None, None)


# how it is sent


async def test_ranges_and_caching(shop: Sender) -> None:
    content = photo()
    media_id = await shop.send(content, filename='../a "b"\n收据.jpg')
    path = f"/api/media/{media_id}/original"
    answer = await shop.get(path)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, max-age=86400"
    assert set(answer.headers["vary"].split(", ")) == {"Cookie", "Authorization"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == ("inline; filename*=UTF-8''a%20%22b%22%E6%94%B6%E6%8D%AE.jpg")
    etag = answer.headers["etag"]
    assert (await shop.get(path, {"If-None-Match": etag})).status_code == 304
    size = len(content)
    for asked, part in {
        "bytes=0-9": content[:10],
        "bytes=10-": content[10:],
        "bytes=-5": content[-5:],
        f"bytes=-{size + 99}": content,
        f"bytes={size - 1}-{size + 99}": content[-1:],
    }.items():
        answer = await shop.get(path, {"Range": asked})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{size}")
    assert (await shop.get(path, {"Range": "bytes=0-9", "If-Range": etag})).status_code == 206
    assert (await shop.get(path, {"Range": "bytes=0-9", "If-Range": '"other"'})).status_code == 200
    for asked in ("bytes=0-1,4-5", "bytes=-", "lines=1-2", "bytes=9-3"):
        assert (await shop.get(path, {"Range": asked})).content == content
    answer = await shop.get(path, {"Range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")
    head = await shop.head(path)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_what_is_not_there(shop: Sender, rival: Sender) -> None:
    content = photo()
    media_id = new_id()
    await shop.create(content, media_id)
    for path, code in {
        f"/api/media/{media_id}/320": "media_not_here",
        f"/api/media/{new_id()}/320": "media_unknown",
        f"/api/media/{new_id()}": "media_unknown",
        f"/api/media/{media_id}/..%2f..%2fqudao.sqlite3": "not_found",
    }.items():
        answer = await shop.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    await shop.send(content, media_id)
    assert (await shop.get(f"/api/media/{media_id}/poster")).json()["code"] == "media_unknown"
    assert (await rival.get(f"/api/media/{media_id}")).status_code == 404


# what is no good


def _bomb() -> bytes:
    """A PNG of 100 megapixels in 12 kB."""
    output = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(output, "PNG")
    return output.getvalue()


def _png() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(output, "PNG")
    return output.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a page": (lambda: b"<html><script>alert(1)</script></html>", "application/octet-stream", "media_type"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "application/octet-stream", "media_type"),
    "a program": (lambda: b"\x7fELF" + bytes(200), "application/octet-stream", "media_type"),
    "an archive": (lambda: b"PK\x03\x04" + bytes(200), "application/octet-stream", "media_type"),
    "a truncated jpeg": (lambda: photo()[:2000], "image/jpeg", "media_damaged"),
    "a jpeg's head": (lambda: photo()[:24], "image/jpeg", "media_damaged"),
    "three bytes of jpeg": (lambda: b"\xff\xd8\xff", "image/jpeg", "media_damaged"),
    "a truncated png": (lambda: _png()[:-40], "image/png", "media_damaged"),
    "a png of nothing": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png", "media_damaged"),
    "a bomb": (_bomb, "image/png", "media_too_many_pixels"),
    "heic of nothing": (
        lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64),
        "image/heic",
        "media_damaged",
    ),
    "webp of nothing": (lambda: b"RIFF\x40\x00\x00\x00WEBPVP8 " + bytes(60), "image/webp", "media_damaged"),
    "gif of nothing": (lambda: b"GIF89a" + bytes(20), "image/gif", "media_damaged"),
    "a cut pdf": (lambda: b"%PDF-1.7\n1 0 obj\n", "application/pdf", "media_damaged"),
    "mp4 of nothing": (
        lambda: b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42" + bytes(64),
        "video/mp4",
        "media_damaged",
    ),
}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_what_is_no_good_is_refused_with_a_reason_and_shown_to_nobody(papers: Slice, shop: Sender) -> None:
    sent = {}
    for what, (make, content_type, reason) in BAD.items():
        content = make()
        picture = ref(content)
        await papers.name(picture)
        location = (await shop.create(content, picture.id)).headers["location"]
        answer = await shop.patch(location, 0, content)
        assert answer.status_code == 204, (what, answer.text)
        assert (answer.headers["media-status"], answer.headers["media-refused"]) == ("refused", reason), what
        view = await shop.view(picture.id)
        assert (view["status"], view["refused"], view["content_type"]) == ("refused", reason, content_type), what
        for variant in ("original", "1600", "320", "poster"):
            shown = await shop.get(f"/api/media/{picture.id}/{variant}")
            assert (shown.status_code, shown.json()["code"]) == (404, "media_refused")
        assert papers.heard[-1] == (f"{picture.id} refused",)
        row = await papers.row(picture.id)
        assert row is not None
        assert row.expires_at is not None
        assert timedelta(days=29) < row.expires_at - datetime.now(UTC) <= timedelta(days=30)
        sent[picture.id] = content
    # Named once more it is no better.
    await papers.name(picture)
    # In quarantine for a while, for an operator to look at; then gone, while the papers keep the reason.
    assert {key.split("/")[0] for key in await papers.keys()} == {"quarantine"}
    assert len(await papers.keys()) == len(sent)
    async with transaction(papers.sessions) as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(Media).where(Media.expires_at.is_not(None)).values(expires_at=past))
    assert await papers.swept() == (0, len(sent))
    assert await papers.keys() == []
    assert (await shop.view(next(iter(sent))))["status"] == "refused"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_papers_of_office_and_plain_text_are_taken_as_they_are(shop: Sender) -> None:
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    for content, content_type in ((pdf, "application/pdf"), ("门店,数量\n甲,3\n".encode(), "text/plain")):
        media_id = await shop.send(content, filetype="application/pdf", filename="表.pdf")
        answer = await shop.get(f"/api/media/{media_id}/original")
        assert answer.content == content
        assert answer.headers["content-type"].startswith(content_type)
        assert answer.headers["content-disposition"].startswith("attachment; ")


# a store that is slow, a disk that is full


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_who_waits_for_the_store_holds_no_connection(
    app: Litestar, shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen pictures that a store is asked for would otherwise be all the server can serve."""
    media_id = await shop.send(photo())
    storage = app.state.archive.storage
    asked, answering, stat = asyncio.Event(), asyncio.Event(), storage.stat

    async def slow(key: str) -> Stored | None:
        asked.set()
        await answering.wait()
        found: Stored | None = await stat(key)
        return found

    monkeypatch.setattr(storage, "stat", slow)
    picture = asyncio.create_task(shop.get(f"/api/media/{media_id}/320"))
    await asked.wait()
    assert app.state.engine.pool.checkedout() == 0
    answering.set()
    assert (await picture).status_code == 200


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_full_disk_is_no_fault_of_the_file(
    papers: Slice, shop: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made of a film goes to disk: it is tried again, not taken for a broken one."""
    content = film(tmp_path / "film.mp4", "mp4", "mpeg4")
    picture = ref(content)
    await papers.name(picture)
    location = (await shop.create(content, picture.id)).headers["location"]
    real: Any = av.open

    def full(file: str, mode: str = "r", *more: Any, **options: Any) -> Any:
        if mode == "w":
            raise FFmpegError(errno.ENOSPC, "No space left on device", file)
        return real(file, mode, *more, **options)

    monkeypatch.setattr(av, "open", full)
    answer = await shop.patch(location, 0, content)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_down")
    assert (await shop.view(picture.id))["status"] == "expected"
    monkeypatch.undo()
    answer = await shop.head(location)
    assert (answer.status_code, answer.headers["media-status"]) == (200, "stored")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_whatever_a_decoder_does_a_file_ends_in_a_verdict(shop: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a decoder's own words")

    monkeypatch.setattr(Image.Image, "load", break_down)
    monkeypatch.setattr(JpegImageFile, "load", break_down)
    media_id = await shop.send(photo())
    view = await shop.view(media_id)
    assert (view["status"], view["refused"]) == ("refused", "media_damaged")
