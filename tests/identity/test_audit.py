"""Who changed what the brand sells, at which price and to whom: every such command leaves its entry."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select

from backend.identity.models import AuditEntry
from offline.ids import new_id
from offline.wire.commands import Command, OrderApprove, StockAdjust
from offline.wire.rows import PromotionReward
from tests.shop import Shop, price_list


async def trail(shop: Shop) -> list[AuditEntry]:
    """Newest last; sign-ins are not looked at."""
    async with shop.sessions() as session:
        statement = select(AuditEntry).where(AuditEntry.tenant_id == shop.tenant_id, ~AuditEntry.action.like("s%ion.%"))
        return list(await session.scalars(statement.order_by(AuditEntry.id)))


async def entry_of(shop: Shop, login: str, command: Command) -> AuditEntry:
    """The one entry that a command leaves, by its author."""
    before = len(await trail(shop))
    await shop.done(login, command)
    entry = (await trail(shop))[before:]
    assert [(each.actor_id, each.actor) for each in entry] == [(shop.brand.users[login].id, f"{login}@demo")]
    return entry[0]


def told(entry: AuditEntry) -> tuple[str, str, Any, Any]:
    return entry.action, entry.subject, entry.detail.get("before"), entry.detail.get("after")


async def test_a_price_with_its_tiers(shop: Shop) -> None:
    product = shop.products["A"]
    entry = await entry_of(shop, "hq", shop.price_save("BASE", "A", (1, "8.00"), (48, "7.50")))
    assert told(entry) == (
        "price.changed",
        product,
        {"tiers": [{"quantity": 1, "unit_price": "10.00"}]},
        {"tiers": [{"quantity": 1, "unit_price": "8.00"}, {"quantity": 48, "unit_price": "7.50"}]},
    )
    entry = await entry_of(shop, "hq", shop.price_save("BASE", "A"))
    assert (entry.action, entry.detail["before"]["price_list"]) == ("price.removed", shop.lists["BASE"])
    assert len(entry.detail["before"]["tiers"]) == 2
    entry = await entry_of(shop, "hq", shop.price_save("BASE", "A", (1, "9.00")))
    assert (entry.action, entry.detail["after"]["product"]) == ("price.created", product)
    # Saved again as it is: nothing was done that anybody could ask about.
    count = len(await trail(shop))
    await shop.done("hq", shop.price_save("BASE", "A", (1, "9.00")))
    assert len(await trail(shop)) == count


async def test_a_partner_and_what_it_may_owe(shop: Shop) -> None:
    save = shop.organisation_save("SHOP", credit_limit=Decimal(999999))
    id_ = shop.organisation("SHOP")
    entry = await entry_of(shop, "hq", save)
    assert told(entry) == ("organisation.changed", id_, {"credit_limit": None}, {"credit_limit": "999999.00"})
    entry = await entry_of(shop, "hq", msgspec.structs.replace(save, status="blocked", blocked_reason="unpaid"))
    assert told(entry) == (
        "organisation.changed",
        id_,
        {"status": "active", "blocked_reason": ""},
        {"status": "blocked", "blocked_reason": "unpaid"},
    )


async def test_products_lists_promotions_and_stock(shop: Shop) -> None:
    entry = await entry_of(shop, "hq", shop.product_save("A", minimum=6, status="withdrawn"))
    action, subject, before, after = told(entry)
    assert (action, subject) == ("product.changed", shop.products["A"])
    assert (before["minimum"], before["status"]) == (1, "active")
    assert (after["minimum"], after["status"]) == (6, "withdrawn")
    assert "name" not in before
    entry = await entry_of(shop, "hq", shop.product_save("E"))
    assert (entry.action, entry.detail["before"], entry.detail["after"]["sku"]) == ("product.created", {}, "E")
    entry = await entry_of(shop, "hq", price_list(shop, "BASE", priority=3))
    assert told(entry) == ("price_list.changed", shop.lists["BASE"], {"priority": 0}, {"priority": 3})
    offer = shop.promotion_save(kind="threshold", reward=PromotionReward(percent=Decimal(5), quantity=1))
    entry = await entry_of(shop, "hq", offer)
    assert (entry.action, entry.subject) == ("promotion.created", offer.promotion)
    entry = await entry_of(shop, "hq", msgspec.structs.replace(offer, active=False))
    assert told(entry) == ("promotion.changed", offer.promotion, {"active": True}, {"active": False})
    adjusted = StockAdjust(movement=new_id(), product=shop.products["A"], delta=-7, reason="broken")
    entry = await entry_of(shop, "desk", adjusted)
    assert (entry.action, entry.subject) == ("stock.adjusted", shop.products["A"])
    assert entry.detail == {"movement": adjusted.movement, "before": 100, "after": 93, "reason": "broken"}


async def test_credit_that_was_overruled(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal(50))
    order = await shop.placed({"A": 10})
    entry = await entry_of(shop, "hq", OrderApprove(order=order, reason="paid by phone"))
    assert (entry.action, entry.subject) == ("credit.overruled", order)
    assert entry.detail == {
        "number": "SO-2026-07-0001",
        "organisation": shop.organisation("SHOP"),
        "total": "90.00",
        "credit_used": "90.00",
        "credit_limit": "50.00",
        "reason": "paid by phone",
    }
    # An approval that overrules nothing is in the order's own history.
    count = len(await trail(shop))
    shop.now += timedelta(minutes=1)
    await shop.set_organisation("SHOP", credit_limit=None)
    await shop.done("hq", OrderApprove(order=await shop.placed({"B": 1})))
    assert [each.action for each in (await trail(shop))[count:]] == ["organisation.changed"]


async def test_what_is_refused_leaves_no_entry(shop: Shop) -> None:
    count = len(await trail(shop))
    await shop.refused("hq", shop.organisation_save("SHOP", parent=new_id()), "parent_unknown")
    await shop.refused("shop", shop.price_save("BASE", "A", (1, "0.01")), "forbidden")
    assert len(await trail(shop)) == count
