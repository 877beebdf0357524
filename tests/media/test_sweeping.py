"""What nobody needs goes from the books and from the store, whatever comes between."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from sqlalchemy import select, update

from backend.database import snapshot, transaction
from backend.media.models import Media, MediaUpload
from backend.media.service import detach
from backend.media.sweeping import sweep_files, sweep_uploads
from tests.media.conftest import Sender, photo
from tests.media.papers import Slice, ref


async def _unneeded(papers: Slice, shop: Sender) -> tuple[str, bytes]:
    """A file that is to be swept, and one on its way whose time is over."""
    content = photo(seed=5)
    media_id = await shop.send(content)
    started = photo(seed=6)
    location = (await shop.create(started)).headers["location"]
    await shop.patch(location, 0, started[:500])
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with transaction(papers.sessions) as session:
        await session.execute(update(MediaUpload).values(expires_at=past))
        await session.execute(update(Media).values(expires_at=past))
    return media_id, content


async def test_a_slow_store_keeps_nobody_from_writing_and_nothing_new_is_swept_with_the_old(
    papers: Slice, shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id, content = await _unneeded(papers, shop)
    begun, go_on = asyncio.Event(), asyncio.Event()
    kind, real = type(papers.archive.storage), type(papers.archive.storage).delete

    async def delete(self: object, key: str) -> None:
        begun.set()
        await go_on.wait()
        await real(self, key)  # type: ignore[arg-type]  # ``self`` is a store

    monkeypatch.setattr(kind, "delete", delete)
    given = papers.sessions, papers.archive, papers.tenant_id
    sweeping = asyncio.create_task(sweep_files(*given, datetime.now(UTC)))
    async with asyncio.timeout(10):
        await begun.wait()
        async with transaction(papers.sessions) as session:
            await session.execute(update(Media).values(filename="written meanwhile"))
        answer = await shop.create(content, media_id)
        assert (answer.status_code, answer.json()["code"]) == (503, "media_going")
        # A paper that names it now names what is still to come.
        _, status = await papers.name(ref(content, media_id))
        assert status == ["expected"]
        go_on.set()
        assert await sweeping == 2
    row = await papers.row(media_id)
    assert row is not None
    assert (row.status, row.expires_at, row.swept_at) == ("expected", None, None)
    await shop.send(content, media_id)
    assert (await shop.view(media_id))["status"] == "stored"
    assert await sweep_uploads(*given, datetime.now(UTC)) == 1
    assert all(key.startswith(f"media/{papers.tenant_id}/{media_id}/") for key in await papers.keys())


async def test_a_sweep_that_was_killed_is_done_again(
    papers: Slice, shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id, content = await _unneeded(papers, shop)
    kind = type(papers.archive.storage)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(kind, "delete", killed)
    for sweep in (sweep_uploads, sweep_files):
        with pytest.raises(asyncio.CancelledError):
            await sweep(papers.sessions, papers.archive, papers.tenant_id, datetime.now(UTC))
    monkeypatch.undo()
    assert await papers.keys()
    assert await papers.swept() == (1, 2)
    assert not await papers.keys()
    assert await papers.row(media_id) is None
    await shop.send(content, media_id)
    assert (await shop.view(media_id))["status"] == "stored"


async def test_an_upload_whose_time_is_over_takes_nothing_until_it_is_announced_again(
    papers: Slice, shop: Sender
) -> None:
    content = photo(seed=7)
    created = await shop.create(content)
    location = created.headers["location"]
    await shop.patch(location, 0, content[:500])
    async with transaction(papers.sessions) as session:
        await session.execute(update(MediaUpload).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert (await shop.patch(location, 500, content[500:])).status_code in (404, 409)
    media_id = location.rsplit("/", 1)[1]
    again = await shop.create(content, media_id)
    assert again.status_code == 201
    # Each piece gives it time anew.
    async with transaction(papers.sessions) as session:
        await session.execute(update(MediaUpload).values(expires_at=datetime.now(UTC) + timedelta(minutes=1)))
    answer = await shop.patch(location, 500, content[500:600])
    assert parsedate_to_datetime(answer.headers["upload-expires"]) > datetime.now(UTC) + timedelta(days=6)
    assert (await shop.patch(location, 600, content[600:])).status_code == 204
    assert (await shop.view(media_id))["status"] == "stored"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_what_is_still_being_sent_is_not_swept(papers: Slice, shop: Sender) -> None:
    content = photo(seed=8)
    location = (await shop.create(content)).headers["location"]
    await shop.patch(location, 0, content[:500])
    async with transaction(papers.sessions) as session:
        await session.execute(update(Media).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    await papers.swept()
    assert (await shop.patch(location, 500, content[500:])).headers["media-status"] == "stored"


async def test_what_no_paper_needs_goes(papers: Slice, shop: Sender) -> None:
    kept, gone, let_go, started = photo(seed=1), photo(seed=2), photo(seed=3), photo(seed=4)
    kept_id, gone_id = await shop.send(kept), await shop.send(gone)
    let_go_id = await shop.send(let_go)
    await papers.name(ref(kept, kept_id))
    paper, _ = await papers.name(ref(let_go, let_go_id))
    async with transaction(papers.sessions) as session:
        past = datetime.now(UTC) - timedelta(days=30)
        await detach(session, papers.tenant_id, entity="category", entity_id=paper, now=past)
    location = (await shop.create(started)).headers["location"]
    await shop.patch(location, 0, started[:500])
    assert await papers.swept() == (0, 1)
    assert await papers.row(let_go_id) is None
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with transaction(papers.sessions) as session:
        await session.execute(update(MediaUpload).values(expires_at=past))
        await session.execute(update(Media).where(Media.expires_at.is_not(None)).values(expires_at=past))
    assert await papers.swept() == (1, 2)
    async with snapshot(papers.sessions) as session:
        assert list(await session.scalars(select(Media.id))) == [kept_id]
    assert {key.split("/")[2] for key in await papers.keys()} == {kept_id}
    assert (await shop.get(f"/api/media/{kept_id}/320")).status_code == 200
    assert (await shop.get(f"/api/media/{gone_id}/320")).status_code == 404
