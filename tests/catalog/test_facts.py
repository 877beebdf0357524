"""Catalogue facts kept between pushes are never older than what was committed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.catalog import queries
from backend.catalog.commands import price_save
from backend.catalog.facts import CATALOGUES, Catalogues
from backend.orders.placing import place_order
from offline.ids import new_id
from tests.shop import Shop


@pytest.fixture(autouse=True)
def keeps_catalogues(shop: Shop) -> Catalogues:
    """The app shares them between pushes."""
    kept = shop.sessions.kw["info"][CATALOGUES]
    assert isinstance(kept, Catalogues)
    return kept


async def test_a_committed_change_is_seen_by_the_next_push(shop: Shop) -> None:
    for price in ("5.00", "6.00"):
        await shop.placed({"B": 1})
        shop.now += timedelta(hours=1)
        await shop.done("hq", shop.price_save("BASE", "B", (1, price)))
        order = await shop.order(await shop.placed({"B": 1}))
        assert (order.status, order.totals.total) == ("submitted", Decimal(price))


async def test_what_was_rolled_back_was_never_seen(shop: Shop) -> None:
    """A transaction that changed a price, priced an order by it and then broke leaves nothing behind for others."""
    command = await shop.draft("SHOP", {"B": 2})
    head_office = await shop.principal("hq")
    async with shop.sessions() as session:
        context = shop.context(session, head_office)
        await price_save(context, shop.price_save("BASE", "B", (1, "1.00")))
        await place_order(context, command)
        assert context.batch["orders"].orders[command.order].total == Decimal("2.00")
        await session.rollback()
    await shop.done("shop", command)
    assert (await shop.order(command.order)).totals.total == Decimal("9.00")


@pytest.mark.parametrize("what", ["products", "prices"])
async def test_nothing_is_said_before_it_was_read(
    what: str, shop: Shop, keeps_catalogues: Catalogues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pushes share a catalogue: while one waits for the database, another must not take a gap for a product or a
    price that does not exist."""
    catalogue = keeps_catalogues.at(shop.tenant_id, 1)
    product, pair = shop.products["A"], (shop.lists["BASE"], shop.products["A"])
    meanwhile: list[bool] = []
    found: tuple[object, object]

    def watched(read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def reading(*given: Any) -> Any:
            found = await read(*given)
            meanwhile.append(product in catalogue.products or pair in catalogue.prices)
            return found

        return reading

    for name in ("plain_products", "current_tiers"):
        monkeypatch.setattr(queries, name, watched(getattr(queries, name)))
    nowhere, unpriced = new_id(), (shop.lists["DEAL"], shop.products["B"])
    async with shop.sessions() as session:
        if what == "products":
            await catalogue.load_products(session, [product, nowhere])
            found = catalogue.products[product], catalogue.products[nowhere]
        else:
            await catalogue.load_prices(session, [pair, unpriced])
            found = catalogue.prices[pair], catalogue.prices[unpriced]
    assert meanwhile == [False]
    assert found[0] is not None
    assert found[1] is None


async def test_other_tenants_have_their_own(keeps_catalogues: Catalogues) -> None:
    one, two = keeps_catalogues.at("one", 1), keeps_catalogues.at("two", 1)
    assert one is not two
    assert keeps_catalogues.at("one", 1) is one
    assert keeps_catalogues.at("one", 2) is not one
