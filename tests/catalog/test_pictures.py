"""A product's picture, from a file that head office sent to what every phone shows."""

import hashlib
import io

import httpx
import pytest
from litestar import Litestar
from PIL import Image

from backend.database import snapshot
from backend.media.models import Media
from offline.ids import new_id
from offline.wire.media import MediaRef, ProductPicture
from offline.wire.rows import Product
from tests.media.conftest import Sender, photo
from tests.people import World
from tests.shop import Shop


def ref(content: bytes, content_type: str = "image/jpeg") -> MediaRef:
    sha256 = hashlib.sha256(content).hexdigest()
    return MediaRef(id=new_id(), sha256=sha256, size=len(content), content_type=content_type, source="gallery")


async def shown(shop: Shop, client: httpx.AsyncClient) -> tuple[int, int] | None:
    """The size of the picture that phones show for product A; None without one."""
    row, _ = await shop.feed("product", shop.products["A"], Product)
    if row.image is None:
        return None
    answer = await client.get(row.image)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    return Image.open(io.BytesIO(answer.content)).size


@pytest.mark.parametrize("before", [True, False])
async def test_a_picture_comes_before_or_after_its_command(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop, before: bool
) -> None:
    hq = Sender(client, world.demo.bearer("hq"))
    content = photo(1200, 900)
    picture = ref(content)
    assert await shown(shop, client) is None
    if before:
        await hq.send(content, picture.id)
    await shop.done("hq", ProductPicture(product=shop.products["A"], picture=picture))
    if not before:
        assert await shown(shop, client) is None
        await hq.send(content, picture.id)
    assert await shown(shop, client) == (800, 600)


async def test_another_picture_takes_its_place(client: httpx.AsyncClient, world: World, shop: Shop) -> None:
    hq = Sender(client, world.demo.bearer("hq"))
    refs = []
    for number, size in enumerate([(300, 200), (200, 300)]):
        content = photo(*size, seed=number + 1)
        refs.append(ref(content))
        await hq.send(content, refs[-1].id)
        await shop.done("hq", ProductPicture(product=shop.products["A"], picture=refs[-1]))
        assert await shown(shop, client) == size
    async with snapshot(shop.sessions) as session:
        kept = [(await session.get_one(Media, (shop.tenant_id, each.id))).expires_at is None for each in refs]
    # The first is swept in time.
    assert kept == [False, True]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_refusals(client: httpx.AsyncClient, world: World, shop: Shop) -> None:
    picture = ref(photo())
    await shop.refused("hq", ProductPicture(product=new_id(), picture=picture), "product_unknown")
    paper = ref(b"%PDF-", "application/pdf")
    await shop.refused("hq", ProductPicture(product=shop.products["A"], picture=paper), "media_type")
    # What says that it is a picture and is none changes nothing.
    hq = Sender(client, world.demo.bearer("hq"))
    page = b"<html></html>"
    await shop.done("hq", ProductPicture(product=shop.products["A"], picture=(wrong := ref(page))))
    await hq.send(page, wrong.id)
    assert (await hq.view(wrong.id))["status"] == "refused"
    assert await shown(shop, client) is None
