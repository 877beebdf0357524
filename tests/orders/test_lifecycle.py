"""From approval to the last signature, and the ways out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import Table, event, insert, select

from backend.app import SCOPES
from backend.database import transaction
from backend.db import Base
from backend.errors import NotFound
from backend.media.models import Media
from backend.media.reading import readable
from backend.media.service import views
from backend.orders.models import Order, OrderLine
from backend.orders.service import show_signatures
from backend.stock.service import receive
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import (
    Command,
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCut,
    OrderHold,
    OrderShip,
    OrderSign,
    StockAdjust,
)
from offline.wire.files import MediaRef
from tests.people import World
from tests.shop import Shop, open_shop, writing


def parcel(order: rows.Order, *quantities: int, carrier: str = "SF") -> OrderShip:
    """A parcel with so many of the order's first, second, ... line."""
    lines = {line.id: quantity for line, quantity in zip(order.lines, quantities, strict=False) if quantity}
    return OrderShip(order=order.id, parcel=new_id(), lines=lines, carrier=carrier, tracking="SF1001")


async def approved(shop: Shop, **wanted: int) -> rows.Order:
    order_id = await shop.placed(wanted)
    await shop.done("hq", OrderApprove(order=order_id))
    return await shop.order(order_id)


async def test_who_signs_may_write_their_name(shop: Shop) -> None:
    order = await approved(shop, A=10)
    first = parcel(order, 10)
    await shop.done("hq", first)
    ref = MediaRef(id=new_id(), sha256="a" * 64, size=2000, content_type="image/png", source="file")
    paper = msgspec.structs.replace(ref, content_type="application/pdf")
    wrong = OrderSign(order=order.id, parcel=first.parcel, signature=paper)
    assert await shop.refused("shop", wrong, "invalid") == {"field": "signature"}
    assert (await shop.order(order.id)).parcels[0].signed_at is None
    await shop.done("shop", OrderSign(order=order.id, parcel=first.parcel, signature=ref))
    order = await shop.order(order.id)
    assert (order.status, order.parcels[0].signature) == ("signed", ref.id)
    office, rival = await shop.principal("hq"), await shop.principal("rival")
    async with shop.sessions() as session:
        (view,) = (await views(session, shop.tenant_id, [ref.id])).values()
        assert view.status == "expected"
        assert await readable(session, office, ref.id, SCOPES)
        with pytest.raises(NotFound):
            await readable(session, rival, ref.id, SCOPES)


async def test_a_name_that_could_not_be_read_is_written_again(shop: Shop) -> None:
    order = await approved(shop, A=10)
    first = parcel(order, 10)
    await shop.done("hq", first)
    ref = MediaRef(id=new_id(), sha256="a" * 64, size=2000, content_type="image/png", source="file")
    again = msgspec.structs.replace(ref, id=new_id(), sha256="b" * 64)
    await shop.done("shop", OrderSign(order=order.id, parcel=first.parcel, signature=ref))
    anew = OrderSign(order=order.id, parcel=first.parcel, signature=again)
    # Whatever the first one is called while nobody knows better, it stands.
    await shop.refused("shop", anew, "order_status")
    async with writing(shop) as (session, changes):
        row = await session.get_one(Media, (shop.tenant_id, ref.id))
        row.status, row.refused = "refused", "media_damaged"
        await session.flush()
        await show_signatures(session, shop.tenant_id, {ref.id}, changes)
    assert (await shop.order(order.id)).parcels[0].signature_status == "refused"
    await shop.refused("shop", OrderSign(order=order.id, parcel=first.parcel), "order_status")
    stock, signed_at = await shop.available("A"), (await shop.order(order.id)).parcels[0].signed_at
    await shop.done("shop", anew)
    order = await shop.order(order.id)
    (shown,) = order.parcels
    assert (shown.signature, shown.signature_status, shown.signed_at) == (again.id, "expected", signed_at)
    assert (order.status, order.events[-1].kind, await shop.available("A")) == ("signed", "signature_renewed", stock)


async def test_two_parcels_two_signatures_then_closed(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    assert order.status == "approved"
    first, second = parcel(order, 6), parcel(order, 4, 4)
    await shop.done("hq", first)
    order = await shop.order(order.id)
    assert (order.status, order.lines[0].shipped, order.lines[0].reserved) == ("partly_shipped", 6, 4)
    await shop.done("desk", second)
    order = await shop.order(order.id)
    assert (order.status, [line.reserved for line in order.lines]) == ("shipped", [0, 0])
    assert [(each.id, each.carrier, each.tracking) for each in order.parcels] == [
        (first.parcel, "SF", "SF1001"),
        (second.parcel, "SF", "SF1001"),
    ]
    await shop.done("shop", OrderSign(order=order.id, parcel=first.parcel))
    order = await shop.order(order.id)
    assert (order.status, [each.signed_at is not None for each in order.parcels]) == ("shipped", [True, False])
    await shop.done("shop", OrderSign(order=order.id))
    assert (await shop.order(order.id)).status == "signed"
    assert await shop.credit_used("SHOP") == Decimal("108.00")
    await shop.done("finance", OrderClose(order=order.id, reason="paid"))
    order = await shop.order(order.id)
    assert order.status == "closed"
    assert [(event.kind, event.actor_name) for event in order.events] == [
        ("submitted", "Shop"),
        ("approved", "Hq"),
        ("partly_shipped", "Hq"),
        ("shipped", "Desk"),
        ("parcel_signed", "Shop"),
        ("parcel_signed", "Shop"),
        ("signed", "Shop"),
        ("closed", "Finance"),
    ]
    assert order.events[-1].reason == "paid"
    assert await shop.credit_used("SHOP") == Decimal(0)
    assert await shop.available("A") == 90


async def test_a_parcel_may_be_signed_while_others_are_to_come(shop: Shop) -> None:
    order = await approved(shop, A=10)
    await shop.done("hq", parcel(order, 6))
    await shop.done("shop", OrderSign(order=order.id))
    assert (await shop.order(order.id)).status == "partly_shipped"
    await shop.refused("shop", OrderSign(order=order.id), "nothing_to_sign")
    await shop.done("hq", parcel(order, 4))
    await shop.done("shop", OrderSign(order=order.id))
    assert (await shop.order(order.id)).status == "signed"


async def test_not_more_than_is_reserved_is_shipped(shop: Shop) -> None:
    order_id = await shop.placed({"A": 130})
    await shop.done("hq", OrderApprove(order=order_id))
    order = await shop.order(order_id)
    detail = await shop.refused("hq", parcel(order, 101), "not_reserved")
    assert detail == {"lines": [order.lines[0].id], "products": ["A"], "available": ["100"]}
    await shop.refused("hq", OrderShip(order=order_id, parcel=new_id(), lines={new_id(): 1}), "line_unknown")


async def test_what_came_in_is_shipped_on_a_backorder(shop: Shop) -> None:
    order_id = await shop.placed({"A": 130})
    await shop.done("hq", OrderApprove(order=order_id))
    order = await shop.order(order_id)
    await shop.done("hq", parcel(order, 100))
    async with writing(shop) as (session, changes):
        await receive(session, shop.tenant_id, {shop.products["A"]: 20}, now=shop.now, changes=changes)
    await shop.refused("hq", parcel(order, 21), "not_reserved")
    await shop.done("hq", parcel(order, 20))
    order = await shop.order(order_id)
    line = order.lines[0]
    assert (line.shipped, line.reserved, line.backordered, order.status) == (120, 0, 10, "partly_shipped")
    assert await shop.available("A") == 0


async def with_gift(shop: Shop, wanted: int) -> rows.Order:
    """An approved order of A, with a tenth as many of A for nothing."""
    reward = rows.PromotionReward(buy=10, get=1)
    await shop.done("hq", shop.promotion_save(kind="buy_x_get_y", reward=reward, products=(shop.products["A"],)))
    return await approved(shop, A=wanted)


async def test_what_is_not_there_any_more_is_not_shipped(shop: Shop) -> None:
    """Reserved before somebody counted less: by one line, and by two of the same goods."""
    order = await with_gift(shop, 20)
    less = StockAdjust(movement=new_id(), product=shop.products["A"], delta=-79, reason="broken")
    await shop.done("desk", less)
    detail = await shop.refused("desk", parcel(order, 20, 2), "not_reserved")
    assert (detail["lines"], detail["available"]) == ([order.lines[1].id], ["1"])
    await shop.done("desk", StockAdjust(movement=new_id(), product=shop.products["A"], delta=-10, reason="broken"))
    detail = await shop.refused("desk", parcel(order, 20), "not_reserved")
    assert (detail["lines"], detail["available"]) == ([order.lines[0].id], ["11"])
    await shop.done("desk", parcel(order, 9, 2))


async def test_what_came_in_is_not_shipped_twice(shop: Shop) -> None:
    """Two lines of an order wait for the same goods, while more lies there for somebody else."""
    await shop.placed({"A": 50}, login="rival", code="RIVAL")
    order = await with_gift(shop, 95)
    assert [(line.reserved, line.backordered) for line in order.lines] == [(50, 45), (0, 9)]
    async with writing(shop) as (session, changes):
        await receive(session, shop.tenant_id, {shop.products["A"]: 50}, now=shop.now, changes=changes)
    await shop.refused("desk", parcel(order, 95, 9), "not_reserved")
    await shop.done("desk", parcel(order, 95, 5))


async def test_closing_a_partly_shipped_order_gives_up_its_rest(shop: Shop) -> None:
    order = await approved(shop, A=10, B=4)
    await shop.done("hq", parcel(order, 6))
    await shop.done("hq", OrderClose(order=order.id, reason="rest not needed"))
    order = await shop.order(order.id)
    assert (order.status, [line.reserved for line in order.lines]) == ("closed", [0, 0])
    assert (await shop.available("A"), await shop.available("B")) == (94, 100)
    assert await shop.credit_used("SHOP") == Decimal(0)


async def test_cancelling_releases_stock_and_credit(shop: Shop) -> None:
    order_id = await shop.placed({"A": 10})
    await shop.done("shop", OrderCancel(order=order_id, reason="typed twice"))
    order = await shop.order(order_id)
    assert (order.status, order.events[-1].reason, order.lines[0].reserved) == ("cancelled", "typed twice", 0)
    assert (await shop.available("A"), await shop.credit_used("SHOP")) == (100, Decimal(0))


async def test_credit_is_overruled_with_a_reason_only(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal(1))
    order_id = await shop.placed({"B": 1})
    for reason in ("", "   "):
        await shop.refused("hq", OrderApprove(order=order_id, reason=reason), "reason_needed")
    await shop.done("finance", OrderApprove(order=order_id, reason="pays on Friday"))
    order = await shop.order(order_id)
    assert (order.status, order.holds) == ("approved", ())
    assert (order.events[-1].reason, order.events[-1].data) == ("pays on Friday", {"holds": "credit"})


async def test_an_approval_does_not_accept_a_price_for_the_customer(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal(1))
    command = await shop.draft("SHOP", {"B": 2})
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    await shop.done("shop", command)
    await shop.done("hq", OrderApprove(order=command.order, reason="good customer"))
    order = await shop.order(command.order)
    assert (order.status, order.holds, order.events[-1].kind) == ("on_hold", ("price",), "holds_released")
    await shop.refused("hq", OrderApprove(order=command.order, reason="now"), "price_unconfirmed")
    await shop.done("shop", OrderConfirmPrice(order=command.order, accept=True, total=Decimal("10.00")))
    assert (await shop.order(command.order)).status == "submitted"


OTHERS: dict[str, Callable[[rows.Order], Command]] = {
    "approve": lambda order: OrderApprove(order=order.id, reason="because"),
    "cancel": lambda order: OrderCancel(order=order.id),
    "ship": lambda order: parcel(order, 1),
    "sign": lambda order: OrderSign(order=order.id),
    "close": lambda order: OrderClose(order=order.id),
    "hold": lambda order: OrderHold(order=order.id, reason="wait"),
    "cut": lambda order: OrderCut(
        order=order.id, keep={order.lines[0].id: 9}, total=Decimal("81.00"), reason="recalled"
    ),
}


@pytest.mark.parametrize(
    ("status", "possible"),
    [
        ("submitted", {"approve", "cancel", "hold", "cut"}),
        ("approved", {"cancel", "ship", "hold", "cut"}),
        ("partly_shipped", {"ship", "sign", "close", "hold", "cut"}),
        ("shipped", {"sign", "close"}),
        ("signed", {"close"}),
        ("closed", set()),
        ("cancelled", set()),
    ],
)
async def test_what_a_status_does_not_allow_is_refused(shop: Shop, status: str, possible: set[str]) -> None:
    order = await shop.order(await bring_to(shop, status))
    assert order.status == status
    for name, command in OTHERS.items():
        if name not in possible:
            assert await shop.refused("hq", command(order), "order_status") == {"status": status}


async def bring_to(shop: Shop, status: str) -> str:
    order_id = await shop.placed({"A": 10})
    order = await shop.order(order_id)
    steps: dict[str, list[Command]] = {
        "submitted": [],
        "cancelled": [OrderCancel(order=order_id)],
        "approved": [OrderApprove(order=order_id)],
        "partly_shipped": [OrderApprove(order=order_id), parcel(order, 3)],
        "shipped": [OrderApprove(order=order_id), parcel(order, 10)],
        "signed": [OrderApprove(order=order_id), parcel(order, 10), OrderSign(order=order_id)],
        "closed": [OrderApprove(order=order_id), parcel(order, 10), OrderClose(order=order_id)],
    }
    if steps[status]:
        await shop.done("hq", *steps[status])
    return order_id


MAY = {
    "approve": {"hq", "desk", "finance"},
    "cancel": {"hq", "desk", "finance", "rep", "distributor", "dealer", "shop"},
    "ship": {"hq", "desk"},
    "sign": {"hq", "distributor", "dealer", "shop"},
    "close": {"hq", "desk", "finance"},
    "hold": {"hq", "desk", "finance"},
    "cut": {"hq", "desk", "finance"},
}
BEFORE = {
    "approve": "submitted",
    "cancel": "submitted",
    "ship": "approved",
    "sign": "shipped",
    "close": "signed",
    "hold": "approved",
    "cut": "approved",
}
# Sees other orders, but not this one.
STRANGERS = {"rival"}


@pytest.mark.parametrize("name", list(OTHERS))
async def test_who_may_do_what_with_an_order(shop: Shop, world: World, name: str) -> None:
    order = await shop.order(await bring_to(shop, BEFORE[name]))
    command = OTHERS[name](order)
    other = await open_shop(shop.sessions, world, world.other)
    await other.refused("hq", command, "order_unknown")
    for login in shop.brand.users:
        if login not in MAY[name]:
            allowed = login in STRANGERS and name in {"cancel", "sign"}
            await shop.refused(login, command, "order_unknown" if allowed else "forbidden")
    for login in sorted(MAY[name]):
        again = await shop.order(await bring_to(shop, BEFORE[name]))
        await shop.done(login, OTHERS[name](again))


async def test_unknown_orders_and_parcels(shop: Shop) -> None:
    order = await approved(shop, A=2)
    for command in OTHERS.values():
        ghost = rows.Order(
            id=new_id(), organisation="", status="draft", lines=order.lines, totals=order.totals, currency="CNY"
        )
        await shop.refused("hq", command(ghost), "order_unknown")
    sent = parcel(order, 1)
    await shop.done("hq", sent)
    await shop.refused("hq", OrderShip(order=order.id, parcel=sent.parcel, lines=sent.lines), "parcel_exists")
    await shop.refused("shop", OrderSign(order=order.id, parcel=new_id()), "parcel_unknown")


def shares(orders: Mapping[str, rows.Order]) -> dict[str, tuple[int, int]]:
    """Reserved and waited for, of the first lines."""
    return {name: (order.lines[0].reserved, order.lines[0].backordered) for name, order in orders.items()}


async def test_goods_that_come_in_go_to_who_waited_longest(shop: Shop) -> None:
    await shop.placed({"A": 100, "B": 1})
    shop.now += timedelta(minutes=1)
    second = await shop.placed({"A": 30})
    shop.now += timedelta(minutes=1)
    third = await shop.placed({"A": 20}, login="rival", code="RIVAL")
    shop.now += timedelta(minutes=1)
    await shop.done("desk", StockAdjust(movement=new_id(), product=shop.products["A"], delta=35, reason="delivery"))
    waiting = {name: await shop.order(each) for name, each in (("second", second), ("third", third))}
    assert shares(waiting) == {"second": (30, 0), "third": (5, 15)}
    last = waiting["third"].events[-1]
    assert (last.kind, last.actor_name, last.data) == ("restocked", "Desk", {"A": "5"})
    assert await shop.available("A") == 0


@pytest.mark.parametrize("how", ["cancelled", "price declined", "closed"])
async def test_goods_an_order_gives_back_go_to_who_waited_longest(shop: Shop, how: str) -> None:
    first = await shop.draft("SHOP", {"A": 100})
    if how == "price declined":
        first = msgspec.structs.replace(first, total=Decimal(1))
    await shop.done("shop", first)
    shop.now += timedelta(minutes=1)
    second = await shop.placed({"A": 30}, login="rival", code="RIVAL")
    shop.now += timedelta(minutes=1)
    third = await shop.placed({"A": 80})
    if how == "closed":
        await shop.done("hq", OrderApprove(order=first.order))
        await shop.done("hq", parcel(await shop.order(first.order), 10))
    ways: dict[str, Command] = {
        "cancelled": OrderCancel(order=first.order),
        "price declined": OrderConfirmPrice(order=first.order, accept=False, total=Decimal("900.00")),
        "closed": OrderClose(order=first.order),
    }
    await shop.done("hq" if how == "closed" else "shop", ways[how])
    waiting = {name: await shop.order(each) for name, each in (("second", second), ("third", third))}
    assert shares(waiting) == {"second": (30, 0), "third": (60, 20) if how == "closed" else (70, 10)}
    last = waiting["second"].events[-1]
    # What a customer gave back comes from nobody, in the eyes of another.
    assert (last.kind, last.data) == ("restocked", {"A": "30"})
    assert (last.actor_name, bool(last.actor)) == (("Hq", True) if how == "closed" else ("", False))
    assert await shop.available("A") == 0
    newer = await shop.order(await shop.placed({"A": 5}))
    assert newer.lines[0].reserved == 0


@pytest.mark.parametrize("one_by_one", [False, True])
async def test_an_order_behind_a_cancelled_one_does_not_jump_the_queue(shop: Shop, one_by_one: bool) -> None:
    first = await shop.placed({"A": 100})
    waiting = await shop.placed({"A": 60}, login="rival", code="RIVAL")
    shop.now += timedelta(minutes=1)
    newer = await shop.draft("SHOP", {"A": 70})
    verdicts = await shop.push("shop", [OrderCancel(order=first), newer], one_by_one=one_by_one)
    assert [(each.status, bool(each.seqs)) for each in verdicts] == [("applied", True)] * 2
    orders = {name: await shop.order(each) for name, each in (("waiting", waiting), ("newer", newer.order))}
    assert shares(orders) == {"waiting": (60, 0), "newer": (40, 30)}
    assert await shop.available("A") == 0


async def test_who_waits_is_read_no_further_than_the_goods_go(shop: Shop) -> None:
    await shop.placed({"A": 100})
    first = await shop.placed({"A": 10})
    ids = sorted(new_id() for _ in range(249))
    await copy_order(shop, first, ids)
    with loaded(Order) as orders:
        await shop.done("hq", StockAdjust(movement=new_id(), product=shop.products["A"], delta=1))
    assert orders == [first]
    # More than are read at once, and the last gets a part.
    await shop.done("hq", StockAdjust(movement=new_id(), product=shop.products["A"], delta=1234))
    async with shop.sessions() as session:
        statement = select(OrderLine.order_id, OrderLine.reserved).where(OrderLine.backordered > 0)
        waiting = {row.order_id: row.reserved for row in await session.execute(statement)}
    assert waiting == {id_: 5 if id_ == ids[122] else 0 for id_ in ids[122:]}


@contextmanager
def loaded(kind: type[Order]) -> Iterator[list[str]]:
    """Ids of the rows that are read meanwhile."""
    found: list[str] = []

    def note(row: Order, _context: object) -> None:
        found.append(row.id)

    event.listen(kind, "load", note)
    try:
        yield found
    finally:
        event.remove(kind, "load", note)


async def copy_order(shop: Shop, order_id: str, ids: Sequence[str]) -> None:
    """The same order again under these ids, one without a number."""
    async with transaction(shop.sessions) as session:
        for name, key in (("orders", "id"), ("order_lines", "order_id")):
            table: Table = Base.metadata.tables[name]
            row = (await session.execute(select(table).where(table.c[key] == order_id))).mappings().one()
            fresh = {"number": None} if name == "orders" else {}
            await session.execute(insert(table), [{**row, **fresh, key: id_} for id_ in ids])


async def test_an_order_and_the_goods_for_it_in_one_push(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 130})
    receipt = StockAdjust(movement=new_id(), product=shop.products["A"], delta=40)
    verdicts = await shop.push("hq", [command, receipt])
    assert [verdict.status for verdict in verdicts] == ["applied", "applied"]
    order = await shop.order(command.order)
    assert (order.lines[0].reserved, order.lines[0].backordered, order.number) == (130, 0, "SO-2026-07-0001")
    assert await shop.available("A") == 10


async def test_taking_goods_away_fills_nothing(shop: Shop) -> None:
    order_id = await shop.placed({"A": 130})
    await shop.done("hq", StockAdjust(movement=new_id(), product=shop.products["A"], delta=-5))
    assert (await shop.order(order_id)).lines[0].backordered == 30
