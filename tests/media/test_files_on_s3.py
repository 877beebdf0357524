"""Files on an S3 store: all that becomes of one, and how browsers get the large ones."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from backend.app import create_app
from backend.settings import load_settings
from backend.shell import POLICY, policy_for
from offline.ids import new_id
from tests.media.conftest import Sender, photo
from tests.people import World
from tests.servers import S3Server, running_app, transport_of


@pytest.fixture
async def on_s3(environ: dict[str, str], s3: S3Server) -> AsyncIterator[Litestar]:
    async with running_app(create_app(load_settings({**environ, **s3.environ}))) as app:
        yield app


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_all_of_it_on_s3(on_s3: Litestar, world: World) -> None:
    transport = transport_of(on_s3)
    async with httpx.AsyncClient(transport=transport, base_url="http://qudao.test") as client:
        shop = Sender(client, world.demo.bearer("shop"))
        content, media_id = photo(1800, 1200), new_id()

        async def kept() -> list[str]:
            """This file's objects: the store is shared with other tests."""
            everything = [stored.key async for stored in on_s3.state.archive.storage.find()]
            return [key.split("/")[-1] for key in everything if media_id in key]

        location = (await shop.create(content, media_id)).headers["location"]
        for offset in range(0, len(content), 50_000):
            answer = await shop.patch(location, offset, content[offset : offset + 50_000])
        assert answer.headers["media-status"] == "stored"
        assert (await shop.get(f"/api/media/{media_id}/original")).content == content
        part = await shop.get(f"/api/media/{media_id}/original", {"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, content[100:200])
        assert (await shop.get(f"/api/media/{media_id}/1600")).headers["content-type"] == "image/webp"
        assert await kept() == ["1600.webp", "320.webp", "original.jpg"]
        await shop.end(location)
        assert await kept() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_large_files_come_from_the_store_itself_where_browsers_reach_it(
    environ: dict[str, str], s3: S3Server, world: World
) -> None:
    settings = load_settings({**environ, **s3.environ, "QUDAO_S3_PUBLIC_ENDPOINT": s3.endpoint})
    async with (
        running_app(create_app(settings)) as app,
        httpx.AsyncClient(
            transport=transport_of(app),
            base_url="http://qudao.test",
        ) as client,
        httpx.AsyncClient() as browser,
    ):
        shop = Sender(client, world.demo.bearer("shop"))
        media_id = await shop.send(photo())
        answer = await shop.get(f"/api/media/{media_id}/original")
        assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
        address = answer.headers["location"]
        assert address.startswith(s3.endpoint)
        assert (await browser.get(address)).content == photo()
        assert (await browser.get(address.replace("original.jpg", "320.webp"))).status_code == 403
        assert (await browser.get(address[:-3] + "000")).status_code == 403
        # The small ones come from here: a page shows many, and asks for each but once.
        assert (await shop.get(f"/api/media/{media_id}/320")).status_code == 200


def test_pages_may_show_files_of_that_store() -> None:
    assert policy_for("") == POLICY
    parts = policy_for("https://files.example.com").split("; ")
    assert "img-src 'self' blob: data: https://files.example.com" in parts
    assert "media-src 'self' blob: https://files.example.com" in parts
    assert "connect-src 'self' https://files.example.com" in parts
    assert "script-src 'self' 'wasm-unsafe-eval'" in parts
