"""Lines of an order that was agreed on, shortened or let go of by head office."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest

from offline.ids import new_id
from offline.rules import cutting
from offline.wire import rows
from offline.wire.commands import OrderApprove, OrderCut, OrderHold, OrderShip, OrderSign, StockAdjust
from tests.orders.test_invariants import check
from tests.orders.test_lifecycle import approved, bring_to, parcel
from tests.shop import Shop


def cut(order: rows.Order, keep: Mapping[int, int], reason: str = "recalled") -> OrderCut:
    """What is to be left of the lines at these places, at what the desk shows then."""
    wanted = {order.lines[place].id: quantity for place, quantity in keep.items()}
    total = cutting.cut(order, wanted, included=True).totals.total
    return OrderCut(order=order.id, keep=wanted, total=total, reason=reason)


async def test_a_line_shortened_frees_its_goods_and_its_credit_at_once(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    assert (await shop.credit_used("SHOP"), await shop.available("A")) == (Decimal("108.00"), 90)
    await shop.done("desk", cut(order, {0: 4}))
    after = await shop.order(order.id)
    first = after.lines[0]
    # The price of ten: what was agreed stands.
    assert (first.quantity, first.cut, first.reserved, first.unit_price) == (4, 6, 4, Decimal("9.00"))
    assert (after.status, after.totals.total) == ("approved", Decimal("54.00"))
    assert (await shop.credit_used("SHOP"), await shop.available("A")) == (Decimal("54.00"), 96)
    said = after.events[-1]
    assert (said.kind, said.actor_name, said.reason) == ("cut", "Desk", "recalled")
    assert said.data == {first.id: "10 > 4", "total": "108.00 > 54.00"}
    await check(shop)


async def test_what_is_freed_goes_to_who_waits(shop: Shop) -> None:
    first = await approved(shop, A=100)
    shop.now += timedelta(minutes=1)
    second = await shop.placed({"A": 30}, login="rival", code="RIVAL")
    await shop.done("desk", cut(first, {0: 80}))
    waiting = await shop.order(second)
    assert (waiting.lines[0].reserved, waiting.lines[0].backordered) == (20, 10)
    assert waiting.events[-1].kind == "restocked"
    await check(shop)


async def test_what_was_shipped_is_no_reason_to_keep_the_rest(shop: Shop) -> None:
    order = await approved(shop, A=10)
    await shop.done("hq", parcel(order, 4))
    await shop.done("desk", cut(await shop.order(order.id), {0: 6}))
    line = (await shop.order(order.id)).lines[0]
    assert (line.quantity, line.shipped, line.reserved, await shop.available("A")) == (6, 4, 2, 94)
    await check(shop)


async def test_a_cut_counts_with_what_the_same_push_ordered(shop: Shop) -> None:
    """Otherwise two orders would go on for credit that is there once."""
    await shop.set_organisation("SHOP", credit_limit=Decimal(110))
    await approved(shop, A=6)
    second = await shop.order(await shop.placed({"A": 6}))
    assert (second.holds, second.totals.total) == (("credit",), Decimal("57.00"))
    more = await shop.draft("SHOP", {"B": 2})
    # 57 and 9 of other orders, and 47.50: less would be left of it, had the second not been ordered.
    verdicts = await shop.push("hq", [more, cut(second, {0: 5})])
    assert [verdict.status for verdict in verdicts] == ["applied"] * 2
    assert (await shop.order(second.id)).holds == ("credit",)
    await check(shop)


async def test_what_is_owed_goes_before_what_is_there(shop: Shop) -> None:
    order = await approved(shop, A=130)
    await shop.done("desk", cut(order, {0: 110}))
    line = (await shop.order(order.id)).lines[0]
    assert (line.quantity, line.reserved, line.backordered) == (110, 100, 10)
    # And is not owed any more when goods come in.
    await shop.done("desk", StockAdjust(movement=new_id(), product=shop.products["A"], delta=50, reason="delivery"))
    assert await shop.available("A") == 40


async def test_discounts_and_gifts_stay_as_agreed(shop: Shop) -> None:
    """The threshold is not reached any more, and a gift goes when it is named."""
    await shop.give_away()
    reward = rows.PromotionReward(percent=Decimal(10), quantity=14)
    await shop.done("hq", shop.promotion_save(code="P2", kind="threshold", reward=reward))
    order = await approved(shop, A=10, B=4)
    gift = order.lines[-1]
    assert (gift.gift, gift.quantity) == (True, 2)
    await shop.done("desk", cut(order, {0: 5}))
    after = await shop.order(order.id)
    assert (after.lines[0].discount, after.lines[0].net, after.lines[-1].quantity) == (
        Decimal("4.50"),
        Decimal("40.50"),
        2,
    )
    await shop.done("desk", cut(after, {2: 1, 1: 0}))
    last = await shop.order(order.id)
    assert [(line.quantity, line.cut) for line in last.lines] == [(5, 5), (0, 4), (1, 1)]
    assert (last.totals.total, await shop.available("D")) == (Decimal("40.50"), 99)
    await check(shop)


async def test_a_cut_that_leaves_nothing_to_ship_ends_the_shipping(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    await shop.done("hq", parcel(order, 6))
    order = await shop.order(order.id)
    await shop.done("desk", OrderHold(order=order.id, reason="wait"))
    order = await shop.order(order.id)
    assert await shop.refused("desk", cut(order, {0: 5}), "cut_shipped") == {
        "lines": [order.lines[0].id],
        "products": ["A"],
    }
    await shop.done("desk", cut(order, {0: 6, 1: 0}))
    after = await shop.order(order.id)
    assert (after.status, after.held, [event.kind for event in after.events[-2:]]) == (
        "shipped",
        False,
        ["cut", "shipped"],
    )
    await shop.done("shop", OrderSign(order=order.id))
    assert (await shop.order(order.id)).status == "signed"
    assert await shop.credit_used("SHOP") == Decimal("54.00")


async def test_a_cut_that_leaves_only_what_was_signed_for_signs_the_order(shop: Shop) -> None:
    order = await approved(shop, A=10)
    await shop.done("hq", parcel(order, 6))
    await shop.done("shop", OrderSign(order=order.id))
    await shop.done("desk", cut(await shop.order(order.id), {0: 6}))
    assert (await shop.order(order.id)).status == "signed"


async def test_within_the_limit_again_it_waits_no_longer(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal(50))
    order = await shop.order(await shop.placed({"A": 10}))
    assert order.holds == ("credit",)
    await shop.done("desk", cut(order, {0: 6}))
    assert (await shop.order(order.id)).holds == ("credit",)
    await shop.done("desk", cut(await shop.order(order.id), {0: 5}))
    after = await shop.order(order.id)
    assert (after.status, after.holds, after.totals.total) == ("submitted", (), Decimal("45.00"))
    assert [event.kind for event in after.events[-2:]] == ["within_limits", "cut"]
    await shop.done("desk", OrderApprove(order=order.id))


async def test_what_cannot_be_cut(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    detail = {"lines": [order.lines[0].id], "products": ["A"]}
    assert await shop.refused("hq", cut(order, {0: 10}), "cut_nothing") == detail
    assert await shop.refused("hq", cut(order, {0: 0, 1: 0}), "nothing_left") == {"lines": [], "products": []}
    await shop.refused("hq", cut(order, {0: 1}, reason=" "), "reason_needed")
    unknown = OrderCut(order=order.id, keep={new_id(): 1}, total=Decimal(1), reason="no")
    await shop.refused("hq", unknown, "line_unknown")
    for total, code in ((Decimal(1), "total_changed"), (Decimal("NaN"), "invalid"), (Decimal(-1), "invalid")):
        command = OrderCut(order=order.id, keep={order.lines[0].id: 1}, total=total, reason="no")
        await shop.refused("hq", command, code)
    # Somebody else was first: what the person saw is not what it would come to.
    stale = cut(order, {1: 2})
    await shop.done("desk", cut(order, {0: 4}))
    assert await shop.refused("hq", stale, "total_changed") == {"total": "45.00"}
    # The same again is no second cut.
    assert (await shop.refused("desk", cut(order, {0: 4}), "cut_nothing"))["products"] == ["A"]


async def test_a_price_that_is_open_comes_first(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    await shop.done("shop", command)
    await shop.refused("desk", cut(await shop.order(command.order), {0: 1}), "price_unconfirmed")


@pytest.mark.parametrize("status", ["shipped", "signed", "closed", "cancelled"])
async def test_what_went_its_way_is_not_cut(shop: Shop, status: str) -> None:
    order = await shop.order(await bring_to(shop, status))
    command = OrderCut(order=order.id, keep={order.lines[0].id: 3}, total=Decimal(27), reason="no")
    assert await shop.refused("hq", command, "order_status") == {"status": status}


async def test_not_more_than_is_left_is_shipped(shop: Shop) -> None:
    order = await approved(shop, A=10)
    await shop.done("desk", cut(order, {0: 4}))
    await shop.refused("hq", parcel(order, 5), "not_reserved")
    await shop.done("hq", OrderShip(order=order.id, parcel=new_id(), lines={order.lines[0].id: 4}))
    assert (await shop.order(order.id)).status == "shipped"
