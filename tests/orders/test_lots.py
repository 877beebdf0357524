"""Goods that are sent by lot: what a parcel says of them, and what the customer's stock knows once it is signed for."""

from datetime import date

import msgspec

from backend.stock.service import partner_stock_of
from offline.ids import new_id
from offline.wire.commands import OrderShip, OrderSign, ShippedLot
from offline.wire.counts import StockLot
from offline.wire.rows import ParcelLot
from tests.orders.test_lifecycle import approved
from tests.shop import Shop

JULY, AUGUST = date(2027, 7, 1), date(2027, 8, 1)


def lot(name: str, quantity: int, expires_on: date | None = None) -> ShippedLot:
    return ShippedLot(lot=name, quantity=quantity, expires_on=expires_on)


async def test_two_parcels_with_lots_are_in_the_customers_stock_once_signed_for(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    first, second = (line.id for line in order.lines)
    one = OrderShip(
        order=order.id, parcel=new_id(), lines={first: 6}, lots={first: (lot("L1", 4, JULY), lot("L2", 2, AUGUST))}
    )
    # Of what is not kept by lot nothing is said.
    two = OrderShip(order=order.id, parcel=new_id(), lines={first: 4, second: 4}, lots={first: (lot("L2", 4),)})
    await shop.done("hq", one)
    await shop.done("desk", two)
    order = await shop.order(order.id)
    assert order.parcels[0].lots == {
        first: (ParcelLot(lot="L1", quantity=4, expires_on=JULY), ParcelLot(lot="L2", quantity=2, expires_on=AUGUST))
    }
    await shop.done("shop", OrderSign(order=order.id))
    assert (await shop.order(order.id)).status == "signed"
    async with shop.sessions() as session:
        found = await partner_stock_of(session, shop.tenant_id, shop.organisation("SHOP"))
    held = {row.product: row for row in found}
    assert held[shop.products["A"]].on_hand == 10
    assert held[shop.products["A"]].lots == (StockLot("L1", 4, JULY), StockLot("L2", 6, AUGUST))
    assert (held[shop.products["B"]].on_hand, held[shop.products["B"]].lots) == (4, ())


async def test_lots_that_are_not_what_is_shipped_are_refused(shop: Shop) -> None:
    order = await approved(shop, A=10)
    (line,) = order.lines
    right = OrderShip(order=order.id, parcel=new_id(), lines={line.id: 6}, lots={line.id: (lot("L1", 6),)})
    for parts in ((lot("L1", 5),), (lot("L1", 3), lot("L1", 3))):
        wrong = msgspec.structs.replace(right, lots={line.id: parts})
        assert await shop.refused("hq", wrong, "lots_wrong") == {"lines": [line.id], "products": ["A"]}
    other = new_id()
    elsewhere = msgspec.structs.replace(right, lots={other: (lot("L1", 6),)})
    assert await shop.refused("hq", elsewhere, "lots_wrong") == {"lines": [other], "products": []}
    late = msgspec.structs.replace(right, lots={line.id: (lot("L1", 6, date(1, 1, 1)),)})
    assert await shop.refused("hq", late, "invalid") == {"field": "expires_on"}
    await shop.done("hq", right)


async def test_what_lacked_is_known_to_head_office_and_not_in_the_customers_stock(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    first, second = (line.id for line in order.lines)
    parts = (lot("L1", 4, JULY), lot("L2", 6, AUGUST))
    parcel = OrderShip(order=order.id, parcel=new_id(), lines={first: 10, second: 4}, lots={first: parts})
    await shop.done("hq", parcel)
    used = await shop.credit_used("SHOP")
    signed = OrderSign(order=order.id, parcel=parcel.parcel, lacking={first: 7, second: 4}, remark="压坏了")
    for wrong in ({first: 11}, {new_id(): 1}):
        refused = await shop.refused("shop", msgspec.structs.replace(signed, lacking=wrong), "lacking_wrong")
        assert refused == {"lines": list(wrong), "products": ["A"] if first in wrong else []}
    unsaid = msgspec.structs.replace(signed, parcel=None)
    assert await shop.refused("shop", unsaid, "invalid") == {"field": "parcel"}
    assert (await shop.order(order.id)).parcels[0].signed_at is None

    await shop.done("shop", signed)
    order = await shop.order(order.id)
    (shown,) = order.parcels
    assert (order.status, shown.lacking, shown.remark) == ("signed", {first: 7, second: 4}, "压坏了")
    told = next(event for event in order.events if event.kind == "parcel_lacking")
    assert (told.reason, told.data) == ("压坏了", {"parcel": parcel.parcel})
    assert await shop.credit_used("SHOP") == used, "what is owed for it is agreed by people"
    async with shop.sessions() as session:
        held = {row.product: row for row in await partner_stock_of(session, shop.tenant_id, shop.organisation("SHOP"))}
    a = held[shop.products["A"]]
    assert (a.on_hand, a.lots) == (3, (StockLot("L1", 3, JULY),))
    assert shop.products["B"] not in held


async def test_a_parcel_of_which_nothing_was_taken_leaves_the_customers_stock_alone(shop: Shop) -> None:
    order = await approved(shop, A=10)
    (line,) = order.lines
    parcel = OrderShip(order=order.id, parcel=new_id(), lines={line.id: 10})
    await shop.done("hq", parcel)
    await shop.done("shop", OrderSign(order=order.id, parcel=parcel.parcel, lacking={line.id: 10}))
    async with shop.sessions() as session:
        assert await partner_stock_of(session, shop.tenant_id, shop.organisation("SHOP")) == []
