"""Which products' pictures a phone fetches ahead, in which order, and when it stops."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from offline.wire import rows
from pwa.pictures import Line, Pictures
from tests.screens.conftest import Start
from tests.screens.world import NOW, Phone, order, product, uid


def pictured(name: str, sort: int, image: str | None, status: Any = "active") -> tuple[str, rows.Row]:
    return "product", product(name, name.upper(), name, name, sort=sort, image=image, status=status)


def bought(name: str, *products: str, days: int = 1) -> tuple[str, rows.Row]:
    lines = tuple(
        rows.OrderLine(
            id=uid(name, each), product=uid(each), sku="", name={}, quantity=1, unit_price=Decimal(1), net=Decimal(1)
        )
        for each in products
    )
    return "order", order(name, lines=lines, at=NOW - timedelta(days=days))


class Album:
    """``took``: seconds each picture takes; ``gone``: those the server has not."""

    def __init__(self, phone: Phone, took: float = 0, held: Sequence[str] = (), gone: Sequence[str] = ()) -> None:
        self.phone, self.took, self.gone = phone, took, gone
        self.held = set(held)
        self.asked: list[str] = []
        self.line: Line = ""

    async def keep_pictures(self, urls: Sequence[str]) -> bool:
        (url,) = urls
        self.asked.append(url)
        self.phone.clock.at += timedelta(seconds=self.took)
        if url in self.gone:
            return False
        self.held.add(url)
        return True

    async def held_pictures(self, urls: Sequence[str]) -> frozenset[str]:
        return frozenset(self.held.intersection(urls))


GOODS = [
    pictured("a", 1, "/images/a"),
    pictured("b", 2, "/images/b"),
    pictured("c", 3, None),
    pictured("d", 4, "/images/d"),
    pictured("old", 5, "/images/old", "withdrawn"),
    pictured("e", 6, "/images/b"),  # the same picture
    bought("one", "d", "c"),
    bought("two", "d", "b"),
]


def pictures_of(phone: Phone, album: Album) -> Pictures:
    # As after a round that reached the server.
    phone.app.engine._offline = False
    return Pictures(album, phone.app.engine, phone.clock)


async def test_what_customers_buy_comes_first_and_what_is_here_is_not_fetched_again(start: Start) -> None:
    phone = await start("/", more=GOODS)
    album = Album(phone, held=["/images/b"])
    pictures = pictures_of(phone, album)
    told: list[tuple[int, int]] = []
    pictures.subscribe(lambda: told.append((pictures.here, pictures.wanted)))
    assert await pictures.fetch()
    assert album.asked == ["/images/d", "/images/a"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert await pictures.fetch()
    assert len(album.asked) == 2


async def test_a_line_that_takes_seconds_for_one_carries_what_is_usual_only(start: Start) -> None:
    phone = await start("/", more=GOODS)
    album = Album(phone, took=3)
    assert not await pictures_of(phone, album).fetch()
    assert album.asked == ["/images/d", "/images/b", "/images/a"]  # after the first that was slow and not usual, none
    phone.put([pictured("f", 0, "/images/f")])
    assert not await pictures_of(phone, album).fetch()
    assert album.asked[3:] == ["/images/f"]


async def test_none_is_begun_while_a_new_version_takes_over(start: Start) -> None:
    phone = await start("/", more=GOODS)
    phone.app.pictures = pictures = pictures_of(phone, album := Album(phone))
    phone.app.take_update()
    assert not await pictures.fetch()
    assert album.asked == []
    phone.app.update_failed()
    assert await pictures.fetch()
    assert len(album.asked) == 3


@pytest.mark.parametrize(("says", "asked"), [("saver", []), ("slow", []), ("metered", ["/images/d", "/images/b"])])
async def test_a_line_that_is_to_be_spared_is_unless_the_person_asks(
    start: Start, says: Line, asked: list[str]
) -> None:
    phone = await start("/", more=GOODS)
    album = Album(phone)
    album.line = says
    pictures = pictures_of(phone, album)
    assert not await pictures.fetch()
    assert album.asked == asked
    assert pictures.spared == says
    pictures.ask()
    assert await pictures.fetch()
    assert album.asked == ["/images/d", "/images/b", "/images/a"]
    assert not pictures.spared
    # For once: pictures that come later are not asked for.
    phone.put([pictured("f", 0, "/images/f")])
    assert not await pictures.fetch()
    assert "/images/f" not in album.asked


async def test_who_wants_all_of_them_ahead_has_them_on_any_line_and_who_wants_none_on_no_line(start: Start) -> None:
    phone = await start("/", more=GOODS)
    album = Album(phone, took=3)
    pictures = pictures_of(phone, album)
    pictures.choose("never")
    assert not await pictures.fetch()
    assert (album.asked, pictures.spared) == ([], "never")
    album.line = "saver"
    pictures.choose("always")
    assert await pictures.fetch()
    assert len(album.asked) == 3


async def test_what_was_chosen_is_kept_and_what_is_spared_is_told_with_a_way_to_have_it(start: Start) -> None:
    phone = await start("/me", more=GOODS)
    assert "用流量时只下常订的" in phone.text()
    await phone.tap("pictures-never")
    assert "断网时看不到" in phone.text()
    await phone.killed()
    await phone.start("/sync")
    pictures = phone.app.pictures
    assert pictures.choice == "never"
    album = Album(phone)
    pictures._album = album
    phone.app.engine._offline = False
    await pictures.fetch()
    await phone.port.settle()
    assert "按您的设置，图片看到时再下" in phone.text("pictures-spared")
    assert "约 21 KB" in phone.text("pictures-get")
    await phone.tap("pictures-get")
    assert await pictures.fetch()
    await phone.port.settle()
    assert not phone.has("pictures-spared")


async def test_a_picture_that_is_gone_keeps_no_other_away(start: Start) -> None:
    phone = await start("/", more=GOODS)
    album = Album(phone, gone=["/images/d"])
    pictures = pictures_of(phone, album)
    assert not await pictures.fetch()
    assert album.asked == ["/images/d", "/images/b", "/images/a"]
    assert (pictures.here, pictures.wanted) == (2, 3)


async def test_without_a_network_nothing_is_asked_for(start: Start) -> None:
    phone = await start("/", more=GOODS)
    album = Album(phone)
    assert not await phone.app.engine.sync()
    assert not await Pictures(album, phone.app.engine, phone.clock).fetch()
    assert album.asked == []


@pytest.mark.parametrize(("locale", "said"), [("en", "2 of 3"), ("zh-CN", "2 / 3")])
async def test_the_sync_centre_says_how_many_are_here(start: Start, locale: str, said: str) -> None:
    phone = await start("/sync", locale=locale, more=GOODS)
    assert "/ 3" not in phone.text("holdings")
    album = Album(phone, gone=["/images/d"])
    phone.app.pictures._album = album
    await phone.app.pictures.fetch()
    await phone.port.settle()
    assert said in phone.text("holdings")
