"""Orders stopped by hand, and let go on."""

from decimal import Decimal

import pytest

from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import (
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCut,
    OrderHold,
    OrderRelease,
    OrderShip,
    OrderSign,
)
from tests.orders.test_lifecycle import bring_to, parcel
from tests.shop import Shop


def hold(order_id: str, reason: str = "asked us to wait") -> OrderHold:
    return OrderHold(order=order_id, reason=reason)


@pytest.mark.parametrize("status", ["submitted", "approved", "partly_shipped"])
async def test_an_order_goes_back_to_where_it_was_stopped(shop: Shop, status: str) -> None:
    order_id = await bring_to(shop, status)
    before, free, credit = await shop.order(order_id), await shop.available("A"), await shop.credit_used("SHOP")
    await shop.done("desk", hold(order_id))
    held = await shop.order(order_id)
    assert (held.status, held.held, held.holds) == ("on_hold", True, ())
    said = held.events[-1]
    assert (said.kind, said.actor_name, said.reason) == ("held", "Desk", "asked us to wait")
    # Its goods and its credit are as they were.
    assert held.lines == before.lines
    assert (await shop.available("A"), await shop.credit_used("SHOP")) == (free, credit)
    await shop.refused("hq", OrderApprove(order=order_id, reason="now"), "order_held")
    assert await shop.refused("hq", parcel(held, 1), "order_status") == {"status": "on_hold"}
    await shop.refused("hq", hold(order_id), "order_held")
    await shop.done("finance", OrderRelease(order=order_id, reason="paid"))
    after = await shop.order(order_id)
    assert (after.status, after.held) == (status, False)
    assert [(event.kind, event.actor_name, event.reason) for event in after.events[-2:]] == [
        ("held", "Desk", "asked us to wait"),
        ("released", "Finance", "paid"),
    ]
    await shop.refused("hq", OrderRelease(order=order_id), "not_held")


async def test_customer_and_rep_are_told(shop: Shop, told: list[tuple[str, set[str]]]) -> None:
    order = await shop.order(await bring_to(shop, "approved"))
    before = len(told)
    await shop.done("desk", hold(order.id))
    await shop.done("desk", OrderRelease(order=order.id))
    await shop.done("desk", OrderCut(order=order.id, keep={order.lines[0].id: 9}, total=Decimal("81.00"), reason="no"))
    users = shop.brand.users
    assert [text for text, _ in told[before:]] == ["push.order.held", "push.order.released", "push.order.cut"]
    for _, people in told[before:]:
        assert people >= {users["shop"].id, users["rep"].id}
        assert users["desk"].id not in people


async def test_a_release_leaves_the_other_holds(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal(1))
    order_id = await shop.placed({"B": 1})
    await shop.done("desk", hold(order_id))
    await shop.done("desk", OrderRelease(order=order_id))
    order = await shop.order(order_id)
    assert (order.status, order.holds, order.held) == ("on_hold", ("credit",), False)
    await shop.done("finance", OrderApprove(order=order_id, reason="pays on Friday"))
    assert (await shop.order(order_id)).status == "approved"


async def test_a_price_may_be_confirmed_meanwhile(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    await shop.done("shop", command)
    await shop.done("desk", hold(command.order))
    await shop.done("shop", OrderConfirmPrice(order=command.order, accept=True, total=Decimal("10.00")))
    order = await shop.order(command.order)
    assert (order.status, order.holds, order.held) == ("on_hold", (), True)
    await shop.done("desk", OrderRelease(order=command.order))
    assert (await shop.order(command.order)).status == "submitted"


async def test_what_was_sent_before_is_signed_for_and_nothing_else(shop: Shop) -> None:
    order_id = await bring_to(shop, "partly_shipped")
    await shop.done("desk", hold(order_id))
    # A part of it is on the way: given up it may be, once released, but not cancelled.
    assert await shop.refused("hq", OrderCancel(order=order_id, reason="no"), "order_status") == {"status": "on_hold"}
    await shop.refused("hq", OrderClose(order=order_id), "order_status")
    await shop.done("shop", OrderSign(order=order_id))
    order = await shop.order(order_id)
    assert (order.status, order.parcels[0].signed_at is not None) == ("on_hold", True)
    await shop.done("desk", OrderRelease(order=order_id))
    assert (await shop.order(order_id)).status == "partly_shipped"


async def test_a_stopped_order_may_be_cancelled(shop: Shop) -> None:
    order_id = await shop.placed({"A": 10})
    await shop.done("desk", hold(order_id))
    await shop.done("shop", OrderCancel(order=order_id, reason="not any more"))
    order = await shop.order(order_id)
    assert (order.status, order.held, await shop.available("A")) == ("cancelled", False, 100)


@pytest.mark.parametrize("status", ["shipped", "signed", "closed", "cancelled"])
async def test_what_is_on_its_way_is_not_stopped(shop: Shop, status: str) -> None:
    order_id = await bring_to(shop, status)
    assert await shop.refused("hq", hold(order_id), "order_status") == {"status": status}
    await shop.refused("hq", OrderRelease(order=order_id), "not_held")


async def test_no_order_is_stopped_without_a_reason(shop: Shop) -> None:
    order_id = await shop.placed({"A": 1})
    await shop.refused("hq", hold(order_id, "  "), "reason_needed")
    await shop.refused("hq", hold(new_id()), "order_unknown")
    assert isinstance(await shop.order(order_id), rows.Order)
    await shop.refused("hq", OrderShip(order=order_id, parcel=new_id(), lines={new_id(): 1}), "order_status")
