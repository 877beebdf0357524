"""A tus client by hand, and files to send."""

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import httpx
import pytest
from litestar import Litestar
from PIL import Image

from offline.ids import new_id
from tests.media.papers import Slice
from tests.people import World

OFFSET_TYPE = "application/offset+octet-stream"


@cache
def photo(width: int = 480, height: int = 360, seed: int = 1) -> bytes:
    """A JPEG that looks like nothing else."""
    noise = Image.effect_noise((24, 18), 90 + seed).resize((width, height), Image.Resampling.BICUBIC)
    stripes = Image.linear_gradient("L").rotate(seed * 37).resize((width, height))
    output = io.BytesIO()
    Image.merge("RGB", (noise, stripes, noise.rotate(180))).save(output, "JPEG", quality=85)
    return output.getvalue()


def metadata(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


@dataclass
class Sender:
    """Somebody's phone."""

    client: httpx.AsyncClient
    bearer: Mapping[str, str]
    version: Mapping[str, str] = field(default_factory=lambda: {"Tus-Resumable": "1.0.0"})

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**self.bearer, **self.version, **(more or {})}

    async def create(self, content: bytes, media_id: str = "", **more: str) -> httpx.Response:
        about = {"id": media_id or new_id(), "sha256": hashlib.sha256(content).hexdigest(), "filetype": "image/jpeg"}
        headers = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata(**{**about, **more})}
        return await self.client.post("/api/media", headers=self.headers(headers))

    async def patch(
        self, location: str, offset: int, content: bytes, more: Mapping[str, str] | None = None
    ) -> httpx.Response:
        headers = {"Upload-Offset": str(offset), "Content-Type": OFFSET_TYPE, **(more or {})}
        return await self.client.patch(location, content=content, headers=self.headers(headers))

    async def head(self, location: str) -> httpx.Response:
        return await self.client.head(location, headers=self.headers())

    async def end(self, location: str) -> httpx.Response:
        return await self.client.delete(location, headers=self.headers())

    async def get(self, path: str, more: Mapping[str, str] | None = None) -> httpx.Response:
        return await self.client.get(path, headers=self.headers(more))

    async def send(self, content: bytes, media_id: str = "", **more: str) -> str:
        """All at once; returns the file's id."""
        media_id = media_id or new_id()
        created = await self.create(content, media_id, **more)
        assert created.status_code == 201, created.text
        done = await self.patch(created.headers["location"], 0, content)
        assert done.status_code == 204, done.text
        return media_id

    async def view(self, media_id: str) -> dict[str, object]:
        answer = await self.get(f"/api/media/{media_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


@pytest.fixture
def shop(client: httpx.AsyncClient, world: World, app: Litestar) -> Sender:
    return Sender(client, world.demo.bearer("shop"))


@pytest.fixture
def rival(client: httpx.AsyncClient, world: World) -> Sender:
    return Sender(client, world.demo.bearer("rival"))


@pytest.fixture
def stranger(client: httpx.AsyncClient, world: World) -> Sender:
    """The other brand's head office, who may do everything there."""
    return Sender(client, world.other.bearer("hq"))


@pytest.fixture
def papers(app: Litestar, world: World) -> Slice:
    return Slice(app, world)
