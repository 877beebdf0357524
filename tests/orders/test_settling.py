"""What lacked of a parcel: sent again, or not charged. Each once, and every figure follows."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from backend.orders import telling
from backend.stock.service import partner_stock_of
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import (
    OrderCancel,
    OrderClose,
    OrderCredit,
    OrderCut,
    OrderHold,
    OrderResend,
    OrderShip,
    OrderSign,
    StockAdjust,
)
from tests.orders.test_invariants import check
from tests.orders.test_lifecycle import approved
from tests.shop import Shop


async def incomplete(shop: Shop, lacking: dict[str, int], **wanted: int) -> tuple[rows.Order, str]:
    """An order sent whole in one parcel, of which these goods (by SKU) lacked; the parcel's id."""
    order = await approved(shop, **wanted)
    parcel = OrderShip(order=order.id, parcel=new_id(), lines={line.id: line.quantity for line in order.lines})
    await shop.done("hq", parcel)
    ids = {line.sku: line.id for line in order.lines}
    said = {ids[sku]: count for sku, count in lacking.items()}
    await shop.done("shop", OrderSign(order=order.id, parcel=parcel.parcel, lacking=said, remark="压坏了"))
    return await shop.order(order.id), parcel.parcel


def line_of(order: rows.Order, sku: str) -> rows.OrderLine:
    return next(line for line in order.lines if line.sku == sku)


def credit(order: rows.Order, parcel: str, total: str, reason: str = "压坏了") -> OrderCredit:
    return OrderCredit(order=order.id, parcel=parcel, total=Decimal(total), reason=reason)


async def test_the_rest_is_sent_again(shop: Shop) -> None:
    order, parcel = await incomplete(shop, {"A": 3}, A=10, B=4)
    total, used, there = order.totals, await shop.credit_used("SHOP"), await shop.available("A")
    await shop.done("desk", OrderResend(order=order.id, parcel=parcel, reason="运输破损"))
    order = await shop.order(order.id)
    line = line_of(order, "A")
    assert (order.status, line.shipped, line.reserved, line.backordered) == ("partly_shipped", 7, 3, 0)
    assert (order.totals, await shop.credit_used("SHOP"), await shop.available("A")) == (total, used, there - 3)
    event = order.events[-1]
    assert (event.kind, event.actor_name, event.reason) == ("resent", "Desk", "运输破损")
    assert event.data == {"parcel": parcel, line.id: "3"}
    await check(shop)
    # It goes on as any order does, into the customer's stock as well.
    again = OrderShip(order=order.id, parcel=new_id(), lines={line.id: 3})
    await shop.done("hq", again)
    assert (await shop.order(order.id)).status == "shipped"
    await shop.done("shop", OrderSign(order=order.id, parcel=again.parcel))
    order = await shop.order(order.id)
    assert (order.status, [each.settled for each in order.parcels]) == ("signed", ["resent", ""])
    async with shop.sessions() as session:
        held = {row.product: row for row in await partner_stock_of(session, shop.tenant_id, shop.organisation("SHOP"))}
    assert held[shop.products["A"]].on_hand == 10
    await check(shop)


async def test_what_is_not_in_stock_waits_and_gets_what_comes(shop: Shop) -> None:
    order, parcel = await incomplete(shop, {"A": 3}, A=99)
    await shop.done("desk", OrderResend(order=order.id, parcel=parcel))
    line = (await shop.order(order.id)).lines[0]
    assert (line.shipped, line.reserved, line.backordered) == (96, 1, 2)
    await shop.done("hq", StockAdjust(movement=new_id(), product=shop.products["A"], delta=50))
    order = await shop.order(order.id)
    assert (order.lines[0].reserved, order.lines[0].backordered) == (3, 0)
    await check(shop)


async def test_of_a_parcel_of_which_all_lacked_the_order_is_where_it_was_before_it(shop: Shop) -> None:
    order, parcel = await incomplete(shop, {"A": 10}, A=10)
    await shop.done("desk", OrderResend(order=order.id, parcel=parcel))
    assert (await shop.order(order.id)).status == "approved"
    # What the brand cannot send again after all is cut, or let go of altogether.
    await shop.done("desk", OrderCancel(order=order.id, reason="停产"))
    assert await shop.credit_used("SHOP") == 0
    await check(shop)


async def test_what_is_not_charged_comes_off_the_sum_and_the_credit_used(shop: Shop) -> None:
    order, parcel = await incomplete(shop, {"A": 3, "B": 4}, A=10, B=4)
    assert order.totals.total == Decimal("108.00")
    before = order.totals
    await shop.done("finance", credit(order, parcel, "63.00"))
    order = await shop.order(order.id)
    (given,) = order.credits
    assert (given.parcel, given.net) == (parcel, Decimal("45.00"))
    assert given.lines == {line_of(order, "A").id: 3, line_of(order, "B").id: 4}
    assert order.totals == msgspec.structs.replace(before, total=Decimal("63.00"), tax=before.tax - given.tax)
    # What remains is taxed as if no more had been sold: of 63.00 there is 7.25 tax, where 90.00 had 10.35.
    assert order.totals.tax == Decimal("7.25")
    assert await shop.credit_used("SHOP") == Decimal("63.00")
    event = order.events[-1]
    assert (event.kind, event.actor_name, event.reason, event.data["off"]) == (
        "credited", "Finance", "压坏了", "45.00",
    )  # fmt: skip
    assert (order.status, order.parcels[0].settled) == ("signed", "credited")
    await check(shop)
    await shop.done("desk", OrderClose(order=order.id))
    assert await shop.credit_used("SHOP") == 0


async def test_of_a_discount_its_share_is_not_charged_either(shop: Shop) -> None:
    await shop.discount("10")
    order, parcel = await incomplete(shop, {"A": 5}, A=10)
    assert order.totals.total == Decimal("81.00")
    await shop.done("desk", credit(order, parcel, "40.50"))
    await check(shop)


async def test_two_parcels_take_off_what_the_line_came_to_and_not_a_cent_more(shop: Shop) -> None:
    await shop.discount("7")
    order = await approved(shop, D=3)
    (line,) = order.lines
    parcels = []
    for count in (1, 2):
        parcel = OrderShip(order=order.id, parcel=new_id(), lines={line.id: count})
        await shop.done("hq", parcel)
        await shop.done("shop", OrderSign(order=order.id, parcel=parcel.parcel, lacking={line.id: count}))
        parcels.append(parcel.parcel)
    order = await shop.order(order.id)
    verdict = await shop.give("desk", credit(order, parcels[0], "9.99"))
    assert verdict.code == "total_changed"
    await shop.done("desk", credit(order, parcels[0], str(verdict.detail["total"])))
    await shop.done("desk", credit(order, parcels[1], "0.00"))
    order = await shop.order(order.id)
    assert (order.totals.total, order.totals.tax) == (Decimal(0), Decimal(0))
    assert sum(each.net for each in order.credits) == line.net
    await check(shop)


async def test_a_cut_after_it_leaves_what_is_not_charged(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    first, second = order.lines
    parcel = OrderShip(order=order.id, parcel=new_id(), lines={first.id: 6})
    await shop.done("hq", parcel)
    await shop.done("shop", OrderSign(order=order.id, parcel=parcel.parcel, lacking={first.id: 2}))
    await shop.done("desk", credit(order, parcel.parcel, "90.00"))
    await shop.done("desk", OrderCut(order=order.id, keep={second.id: 0}, total=Decimal("72.00"), reason="停产"))
    assert (await shop.order(order.id)).totals.total == Decimal("72.00")
    await check(shop)


async def test_what_settling_is_refused_for(shop: Shop) -> None:
    order, parcel = await incomplete(shop, {"A": 3}, A=10)
    for command in (OrderResend(order=order.id, parcel=new_id()), credit(order, new_id(), "63.00")):
        await shop.refused("desk", command, "parcel_unknown")
    assert await shop.refused("desk", credit(order, parcel, "62.99"), "total_changed") == {"total": "63.00"}
    await shop.refused("desk", credit(order, parcel, "63.00", " "), "reason_needed")
    await shop.done("desk", credit(order, parcel, "63.00"))
    for again in (OrderResend(order=order.id, parcel=parcel), credit(order, parcel, "36.00")):
        assert await shop.refused("desk", again, "lacking_settled") == {"how": "credited"}
    whole, fine = await incomplete(shop, {}, A=10)
    await shop.refused("desk", OrderResend(order=whole.id, parcel=fine), "nothing_lacks")
    over, late = await incomplete(shop, {"A": 1}, A=10)
    await shop.done("desk", OrderClose(order=over.id))
    for command in (OrderResend(order=over.id, parcel=late), credit(over, late, "81.00")):
        assert await shop.refused("desk", command, "order_status") == {"status": "closed"}


async def test_two_who_settle_at_the_same_moment_settle_it_once(shop: Shop) -> None:
    order, parcel = await incomplete(shop, {"A": 3}, A=10)
    first, second = await asyncio.gather(
        shop.give("hq", OrderResend(order=order.id, parcel=parcel)), shop.give("desk", credit(order, parcel, "63.00"))
    )
    assert sorted([first.code, second.code]) == ["", "lacking_settled"]
    await check(shop)


async def test_an_order_stopped_by_hand_stays_so(shop: Shop) -> None:
    order = await approved(shop, A=10)
    (line,) = order.lines
    parcel = OrderShip(order=order.id, parcel=new_id(), lines={line.id: 6})
    await shop.done("hq", parcel)
    await shop.done("shop", OrderSign(order=order.id, parcel=parcel.parcel, lacking={line.id: 2}))
    await shop.done("hq", OrderHold(order=order.id, reason="等等"))
    await shop.done("desk", OrderResend(order=order.id, parcel=parcel.parcel))
    order = await shop.order(order.id)
    assert (order.status, order.held, order.lines[0].shipped, order.lines[0].reserved) == ("on_hold", True, 4, 6)
    await check(shop)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_buyer_and_rep_are_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, parcel = await incomplete(shop, {"A": 3}, A=10)
    second, other = await incomplete(shop, {"A": 3}, A=10)
    told: list[Any] = []
    logins = {user.id: login for login, user in shop.brand.users.items()}

    async def notify(_session: Any, _tenant: str, people: set[str], _subject: str, text: str, *_rest: Any) -> None:
        told.append((text, {logins[id_] for id_ in people} & {"shop", "rep"}))

    monkeypatch.setattr(telling, "notify", notify)
    shop.now += timedelta(minutes=1)
    await shop.done("desk", OrderResend(order=first.id, parcel=parcel))
    await shop.done("desk", credit(second, other, "63.00"))
    assert told == [("push.order.resent", {"shop", "rep"}), ("push.order.credited", {"shop", "rep"})]
