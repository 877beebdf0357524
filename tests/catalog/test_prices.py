"""Price lists and prices: revisions, history, what phones get, what is refused."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import select

from backend.catalog.models import Price, PriceListRevision
from backend.catalog.service import price_id, priced_at
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import PriceSave
from offline.wire.rows import Tier
from tests.people import World
from tests.shop import Shop, open_shop, price_list, revision_of


async def test_every_change_is_a_revision_and_can_be_read_back(shop: Shop) -> None:
    times = [shop.now]
    for price in ("5.00", "6.00", "7.00"):
        shop.now += timedelta(hours=1)
        await shop.done("hq", shop.price_save("BASE", "B", (1, price), (10, "3.00")))
        times.append(shop.now)
    assert await revision_of(shop, "BASE") == 4
    list_id, product_id = shop.lists["BASE"], shop.products["B"]
    async with shop.sessions() as session:
        found = []
        for at in (*times, times[1] - timedelta(seconds=1), times[-1] + timedelta(days=1)):
            lists, prices = await priced_at(session, shop.tenant_id, {list_id}, {product_id}, at)
            found.append((lists[list_id].revision, prices[list_id, product_id].tiers[0].unit_price))
        kept = select(Price).where(Price.price_list_id == list_id, Price.product_id == product_id)
        history = (await session.scalars(kept.order_by(Price.from_revision))).all()
    now = [Decimal("4.50"), Decimal(5), Decimal(6), Decimal(7)]
    assert found == [*zip([1, 2, 3, 4], now, strict=True), (1, now[0]), (4, now[3])]
    assert [(row.from_revision, row.until_revision) for row in history] == [(1, 2), (2, 3), (3, 4), (4, None)]
    # One ends where the next begins.
    assert [row.until for row in history[:-1]] == [row.since for row in history[1:]]


async def test_revisions_leave_no_gap_even_when_a_clock_is_behind(shop: Shop) -> None:
    for step in (timedelta(hours=1), timedelta(hours=-3), timedelta(0)):
        shop.now += step
        await shop.done("hq", shop.price_save("BASE", "B", (1, str(5 + step.total_seconds() / 36000))))
    async with shop.sessions() as session:
        statement = (
            select(PriceListRevision)
            .where(PriceListRevision.price_list_id == shop.lists["BASE"])
            .order_by(PriceListRevision.revision)
        )
        revisions = (await session.scalars(statement)).all()
    assert [row.revision for row in revisions] == [1, 2, 3, 4]
    assert [row.until for row in revisions[:-1]] == [row.since for row in revisions[1:]]
    assert all(row.until is None or row.since <= row.until for row in revisions)


async def test_one_push_makes_one_revision_of_a_list(shop: Shop) -> None:
    before = await revision_of(shop, "BASE")
    shop.now += timedelta(hours=1)
    await shop.done(
        "hq",
        shop.price_save("BASE", "A", (1, "11")),
        shop.price_save("BASE", "B", (1, "12")),
        shop.price_save("BASE", "A", (1, "13")),
        price_list(shop, "BASE", name={"en": "Everybody"}),
    )
    assert await revision_of(shop, "BASE") == before + 1
    row, scopes = await shop.feed("price_list", shop.lists["BASE"], rows.PriceList)
    assert (row.revision, row.name, scopes) == (before + 1, {"en": "Everybody"}, {f"list:{shop.lists['BASE']}"})
    async with shop.sessions() as session:
        lists, prices = await priced_at(session, shop.tenant_id, {shop.lists["BASE"]}, {shop.products["A"]}, shop.now)
    assert lists[shop.lists["BASE"]].name == {"en": "Everybody"}
    assert prices[shop.lists["BASE"], shop.products["A"]].tiers == (Tier(1, Decimal(13)),)


async def test_saving_what_is_there_already_is_no_change(shop: Shop) -> None:
    before = await revision_of(shop, "BASE")
    await shop.done("hq", shop.price_save("BASE", "B", (1, "4.50")), price_list(shop, "BASE"))
    await shop.done("hq", PriceSave(price_list=shop.lists["DEAL"], product=shop.products["B"]))
    assert await revision_of(shop, "BASE") == before


async def test_phones_get_the_price_with_its_tiers_in_order(shop: Shop) -> None:
    await shop.done("hq", shop.price_save("BASE", "B", (48, "3.10"), (1, "4.40")))
    row_id = price_id(shop.lists["BASE"], shop.products["B"])
    row, scopes = await shop.feed("price", row_id, rows.Price)
    assert row.tiers == (Tier(1, Decimal("4.40")), Tier(48, Decimal("3.10")))
    assert scopes == {f"list:{shop.lists['BASE']}"}
    await shop.done("hq", shop.price_save("BASE", "B"))
    assert await shop.feed("price", row_id, rows.Price) == (None, set())
    # And in again.
    await shop.done("hq", shop.price_save("BASE", "B", (1, "4.40")))
    row, _ = await shop.feed("price", row_id, rows.Price)
    assert row.tiers == (Tier(1, Decimal("4.40")),)


async def test_a_price_saved_before_an_order_in_one_push_counts_for_it(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    await shop.done("hq", shop.price_save("BASE", "B", (1, "6.00")), command)
    order = await shop.order(command.order)
    assert (order.holds, order.totals.total) == (("price",), Decimal("12.00"))


@pytest.mark.parametrize(
    "tiers",
    [
        (Tier(0, Decimal(1)),),
        (Tier(10_000_001, Decimal(1)),),
        (Tier(1, Decimal(1)), Tier(1, Decimal(2))),
        (Tier(1, Decimal(-1)),),
        (Tier(1, Decimal("NaN")),),
        (Tier(1, Decimal("Infinity")),),
        (Tier(1, Decimal("0.0000001")),),
        (Tier(1, Decimal("1e-999999")),),
        (Tier(1, Decimal("1e10")),),
    ],
)
async def test_tiers_that_are_no_tiers(shop: Shop, tiers: tuple[Tier, ...]) -> None:
    command = PriceSave(price_list=shop.lists["BASE"], product=shop.products["B"], tiers=tiers)
    assert await shop.refused("hq", command, "invalid") == {"field": "tiers"}


async def test_what_price_commands_are_refused_for(shop: Shop, world: World) -> None:
    save = shop.price_save("BASE", "B", (1, "1"))
    replace = msgspec.structs.replace
    await shop.refused("hq", replace(save, product=new_id()), "product_unknown")
    await shop.refused("hq", replace(save, price_list=new_id()), "price_list_unknown")
    assert await shop.refused("hq", price_list(shop, "NEW", code="BASE"), "code_taken") == {"value": "BASE"}
    assert await shop.refused("hq", price_list(shop, "BASE", currency="USD"), "currency_fixed") == {"currency": "CNY"}
    backwards = price_list(shop, "BASE", valid_from=shop.now, valid_until=shop.now)
    assert await shop.refused("hq", backwards, "invalid") == {"field": "valid_until"}
    zoneless = price_list(shop, "BASE", valid_from=shop.now.replace(tzinfo=None))
    assert await shop.refused("hq", zoneless, "invalid") == {"field": "valid_from"}
    assert await shop.refused("hq", price_list(shop, "BASE", name={"en": " "}), "invalid") == {"field": "name"}
    other = await open_shop(shop.sessions, world, world.other)
    await other.refused("hq", save, "product_unknown")
    await other.refused("hq", replace(save, product=other.products["B"]), "price_list_unknown")


async def test_who_may_change_prices(shop: Shop) -> None:
    for login in shop.brand.users:
        for command in (shop.price_save("BASE", "B", (1, "1")), price_list(shop, "BASE", priority=3)):
            if login == "hq":
                await shop.done(login, command)
            else:
                await shop.refused(login, command, "forbidden")


async def test_a_list_of_another_tenant_is_left_alone(shop: Shop, world: World) -> None:
    """Saving under an id another tenant uses makes a list of one's own."""
    other = await open_shop(shop.sessions, world, world.other)
    before, _ = await shop.feed("price_list", shop.lists["BASE"], rows.PriceList)
    await other.done("hq", price_list(other, "MINE", price_list=shop.lists["BASE"]))
    after, _ = await shop.feed("price_list", shop.lists["BASE"], rows.PriceList)
    assert before == after
    theirs, _ = await other.feed("price_list", shop.lists["BASE"], rows.PriceList)
    assert (theirs.code, theirs.revision) == ("MINE", 1)
