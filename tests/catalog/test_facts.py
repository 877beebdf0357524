"""Catalogue facts kept between pushes are never older than what was committed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backend.catalog.commands import price_save
from backend.catalog.facts import CATALOGUES, Catalogues
from backend.orders.placing import place_order
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


async def test_other_tenants_have_their_own(keeps_catalogues: Catalogues) -> None:
    one, two = keeps_catalogues.at("one", 1), keeps_catalogues.at("two", 1)
    assert one is not two
    assert keeps_catalogues.at("one", 1) is one
    assert keeps_catalogues.at("one", 2) is not one
