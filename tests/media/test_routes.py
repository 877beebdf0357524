"""Pictures over HTTP."""

import httpx
import pytest
from litestar import Litestar

from backend.media_routes import store_picture

PICTURE = b"RIFF\x00\x00\x00\x00WEBP-not-really"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_picture_is_public_and_kept_for_good(app: Litestar, client: httpx.AsyncClient) -> None:
    path = await store_picture(app.state.storage, PICTURE)
    assert await store_picture(app.state.storage, PICTURE) == path
    answer = await client.get(path)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name",
    [
        "00000000000000000000000000000000.webp",
        "..%2f..%2fqudao.sqlite3",
        "..%2F00000000000000000000000000000000.webp",
        "%2e%2e",
        "x.webp",
        "0000000000000000000000000000000g.webp",
        "00000000000000000000000000000000.png",
        "00000000000000000000000000000000.webp%00",
        "０" * 32 + ".webp",
    ],
)
async def test_any_other_name_is_a_problem(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/images/{name}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]
