"""A product's picture, from a file that head office sent to what every phone shows."""

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Litestar
from PIL import Image
from sqlalchemy import update

from backend.database import snapshot, transaction
from backend.errors import Unavailable
from backend.jobs.service import TryLater
from backend.learning.models import Course
from backend.media.archive import Archive
from backend.media.models import Media, ReleasedPicture
from backend.media.service import exchange_public
from backend.media.sweeping import sweep_pictures, tell_papers
from backend.objects import open_storage
from backend.settings import load_settings
from media.storage import StorageDown
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


# sweeping


@dataclass
class Shelf:
    """Pictures of products by the sizes they are made from, and the store they lie in."""

    shop: Shop
    hq: Sender
    archive: Archive

    async def show(self, product: str, size: tuple[int, int]) -> str:
        """Give a product a picture; returns its address."""
        content = photo(*size, seed=size[0])
        picture = ref(content)
        await self.hq.send(content, picture.id)
        await self.shop.done("hq", ProductPicture(product=self.shop.products[product], picture=picture))
        row, _ = await self.shop.feed("product", self.shop.products[product], Product)
        assert row.image
        return str(row.image)

    async def sweep(self, days: int, tenant_id: str = "") -> int:
        now = datetime.now(UTC) + timedelta(days=days)
        return await sweep_pictures(self.shop.sessions, self.archive, tenant_id or self.shop.tenant_id, now)

    async def is_there(self, address: str) -> bool:
        return await self.archive.storage.stat(address.removeprefix("/")) is not None


@pytest.fixture(params=["folder", "s3"])
def shelf(
    request: pytest.FixtureRequest,
    app: Litestar,
    client: httpx.AsyncClient,
    world: World,
    shop: Shop,
    environ: dict[str, str],
) -> Shelf:
    archive: Archive = app.state.archive
    # Files come at the server's own time.
    shop.now = datetime.now(UTC)
    if request.param == "s3":
        archive.storage = open_storage(load_settings({**environ, **request.getfixturevalue("s3").environ}))
    return Shelf(shop, Sender(client, world.demo.bearer("hq")), archive)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_picture_nothing_shows_goes_in_time(shelf: Shelf) -> None:
    first, second = await shelf.show("A", (310, 200)), await shelf.show("A", (320, 200))
    assert await shelf.sweep(89) == 0
    assert await shelf.is_there(first)
    assert await shelf.sweep(91) == 1
    assert (await shelf.is_there(first), await shelf.is_there(second)) == (False, True)
    assert await shelf.sweep(1000) == 0
    # Removed, not replaced; and what was swept can be shown again.
    await shelf.shop.done("hq", shelf.shop.product_save("A", image=None))
    assert await shelf.show("B", (310, 200)) == first
    assert await shelf.sweep(91) == 1
    assert (await shelf.is_there(first), await shelf.is_there(second)) == (True, False)


@pytest.mark.parametrize("shelf", ["folder"], indirect=True)
async def test_a_picture_that_is_just_being_deleted_is_not_shown_anew(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes would be there when looked for, and gone a moment later."""
    first = await shelf.show("A", (310, 200))
    await shelf.show("A", (320, 200))
    refused: list[str] = []
    kind, real = type(shelf.archive.storage), type(shelf.archive.storage).delete

    async def delete(self: object, key: str) -> None:
        try:
            await shelf.shop.push("hq", [shelf.shop.product_save("B", image=first)])
        except Unavailable as error:
            refused.append(error.code)
        await real(self, key)  # type: ignore[arg-type]  # ``self`` is a store

    monkeypatch.setattr(kind, "delete", delete)
    assert await shelf.sweep(91) == 1
    assert refused == ["picture_going"]
    assert not await shelf.is_there(first)
    monkeypatch.undo()
    # What is left of a sweep that was killed is no obstacle for ever.
    async with transaction(shelf.shop.sessions) as session:
        await exchange_public(session, shelf.shop.tenant_id, {first}, {None}, datetime.now(UTC))
        await session.execute(update(ReleasedPicture).values(swept_at=datetime.now(UTC) - timedelta(minutes=12)))
    assert await shelf.show("B", (310, 200)) == first
    assert await shelf.is_there(first)


@pytest.mark.parametrize("shelf", ["folder"], indirect=True)
async def test_a_picture_that_something_shows_stays(shelf: Shelf, world: World) -> None:
    """Another product, one that got it back, another brand, a course: published once, or only begun."""
    shop, other = shelf.shop, world.other.tenant.id
    shared = await shelf.show("A", (303, 200))
    await shop.done("hq", shop.product_save("B", image=shared))
    back, brand, course = [await shelf.show("A", (300 + number, 200)) for number in range(3)]
    await shop.done("hq", shop.product_save("C", image=back))
    await shop.done("hq", shop.product_save("C", image=None))
    async with transaction(shop.sessions) as session:
        now, later = datetime.now(UTC), datetime.now(UTC) + timedelta(days=5)
        await exchange_public(session, other, {brand}, {None}, later)
        doc = {"cards": [{"image": course}]}
        session.add(Course(tenant_id=other, id=new_id(), doc=doc, changed_at=now))
    await shelf.show("A", (299, 200))
    assert await shelf.sweep(80) == 0
    await shop.done("hq", shop.product_save("C", image=back))
    assert await shelf.sweep(91) == 3
    assert [await shelf.is_there(each) for each in (shared, back, brand, course)] == [True] * 4
    # The other brand's time comes later, and then it is nobody's.
    assert await shelf.sweep(96, other) == 1
    assert [await shelf.is_there(each) for each in (shared, back, brand, course)] == [True, True, False, True]


async def test_a_store_that_is_away_refuses_no_picture(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone is told to send the command again, and does not hear of a fault of ours."""
    content = photo(1200, 900)
    picture = ref(content)
    await Sender(client, world.demo.bearer("hq")).send(content, picture.id)
    command = ProductPicture(product=shop.products["A"], picture=picture)
    monkeypatch.setattr(app.state.storage, "stat", _away)
    shop.sessions = app.state.sessions
    for one_by_one in (False, True):
        with pytest.raises(Unavailable):
            await shop.push("hq", [command], one_by_one=one_by_one)
    monkeypatch.undo()
    await shop.done("hq", command)
    assert await shown(shop, client) == (800, 600)


async def _away(_key: str) -> None:
    raise StorageDown("away")


async def test_a_store_that_is_away_is_told_of_later(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is here, and its sender need not send it again; its product hears of it later."""
    content = photo(1200, 900)
    picture = ref(content)
    await shop.done("hq", ProductPicture(product=shop.products["A"], picture=picture))
    monkeypatch.setattr(app.state.storage, "stat", _away)
    await Sender(client, world.demo.bearer("hq")).send(content, picture.id)
    assert await shown(shop, client) is None
    later = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(TryLater, match="storage_down"):
        async with transaction(app.state.sessions) as session:
            await tell_papers(session, shop.tenant_id, later)
    monkeypatch.undo()
    async with transaction(app.state.sessions) as session:
        assert await tell_papers(session, shop.tenant_id, later) == 1
    assert await shown(shop, client) == (800, 600)


async def test_a_picture_that_the_store_lost_keeps_no_other_from_being_told(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = photo(1200, 900)
    picture = ref(content)
    await shop.done("hq", ProductPicture(product=shop.products["A"], picture=picture))
    monkeypatch.setattr(app.state.archive, "listeners", ())
    await Sender(client, world.demo.bearer("hq")).send(content, picture.id)
    monkeypatch.undo()
    async for stored in app.state.storage.find("media/"):
        await app.state.storage.delete(stored.key)
    async with transaction(app.state.sessions) as session:
        await session.execute(update(Media).values(announced=False))
    async with transaction(app.state.sessions) as session:
        assert await tell_papers(session, shop.tenant_id, datetime.now(UTC) + timedelta(hours=1)) == 1
    assert await shown(shop, client) is None
