"""Orders taken over from another system."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from backend.orders.service import PastLine, PastOrder, import_orders
from backend.sync.commands import Refused
from offline.ids import new_id
from offline.wire.commands import MAX_QUANTITY, OrderClose
from offline.wire.rows import Organisation
from tests.shop import Shop, checksums, writing


def past(shop: Shop, **changes: Any) -> PastOrder:
    line = PastLine(
        id=new_id(),
        product=shop.products["A"],
        quantity=6,
        unit_price=Decimal("1.95"),
        discount=Decimal("0.70"),
        tax_rate=Decimal("0.13"),
    )
    settings: dict[str, Any] = {
        "id": new_id(),
        "organisation": shop.organisation("SHOP"),
        "placed_at": datetime(2025, 12, 31, 17, 0, tzinfo=UTC),
        "lines": (line,),
        "placed_by_name": "Old system",
    }
    return PastOrder(**(settings | changes))


async def take_over(shop: Shop, *orders: PastOrder) -> None:
    async with writing(shop) as (session, changes):
        await import_orders(session, shop.tenant_id, orders, now=shop.now, changes=changes)


async def test_a_past_order_stands_as_it_was(shop: Shop) -> None:
    order = past(shop, number="536365")
    await take_over(shop, order)
    row = await shop.order(order.id)
    assert (row.number, row.status, row.placed_at) == ("536365", "closed", order.placed_at)
    line = row.lines[0]
    assert (line.sku, line.quantity, line.unit_price, line.net, line.shipped) == (
        "A",
        6,
        Decimal("1.95"),
        Decimal(11),
        6,
    )
    assert (row.totals.goods, row.totals.discount, row.totals.tax, row.totals.total) == (
        Decimal("11.70"),
        Decimal("0.70"),
        Decimal("1.27"),
        Decimal("11.00"),
    )
    assert [(event.kind, event.at) for event in row.events] == [
        ("submitted", order.placed_at),
        ("closed", order.placed_at),
    ]
    # What is over takes neither stock nor credit.
    assert (await shop.available("A"), await shop.credit_used("SHOP")) == (100, Decimal(0))


async def test_our_numbers_follow_the_months_at_the_brand(shop: Shop) -> None:
    late = past(shop, placed_at=datetime(2026, 1, 5, tzinfo=UTC))
    early = past(shop)
    await take_over(shop, late, early)
    # The evening of the 31st in London is the new year in Shanghai.
    assert (await shop.order(early.id)).number == "SO-2026-01-0001"
    assert (await shop.order(late.id)).number == "SO-2026-01-0002"
    assert (await shop.order(await shop.placed({"B": 1}))).number == "SO-2026-07-0001"


async def test_a_number_like_ours_is_not_drawn_again(shop: Shop) -> None:
    assert (await shop.order(await shop.placed({"A": 1}))).number == "SO-2026-07-0001"
    numbers = ("SO-2026-07-0002", "SO-2026-07-0007", "SO-2026-07-00009", "SO-2026-06-0400", "PO-2026-07-0500")
    await take_over(shop, *(past(shop, number=number) for number in numbers), past(shop, placed_at=shop.now))
    for number in ("SO-2026-07-0009", "SO-2026-07-0010"):
        assert (await shop.order(await shop.placed({"A": 1}))).number == number
    # One from a gap does not set the counter back.
    await take_over(shop, past(shop, number="SO-2026-07-0004"))
    assert (await shop.order(await shop.placed({"A": 1}))).number == "SO-2026-07-0011"


async def test_a_number_that_leaves_no_room_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await take_over(shop, past(shop, number="SO-2026-07-2147483647"))
    assert (refused.value.code, refused.value.detail["field"]) == ("invalid", "number")
    await take_over(shop, past(shop, number="SO-2026-07-1000000000"))
    assert (await shop.order(await shop.placed({"A": 1}))).number == "SO-2026-07-1000000001"


async def test_what_is_not_over_counts_for_credit_until_it_is_closed(shop: Shop) -> None:
    open_order = past(shop, status="signed", placed_at=shop.now)
    await shop.placed({"B": 2})
    await take_over(shop, open_order, past(shop, status="cancelled"))
    assert await shop.credit_used("SHOP") == Decimal("20.00")
    await shop.done("finance", OrderClose(order=open_order.id))
    assert await shop.credit_used("SHOP") == Decimal("9.00")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organisation": new_id()}, "organisation_unknown"),
        ({"lines": ()}, "invalid"),
        ({"product": new_id()}, "product_unknown"),
        ({"quantity": 0}, "invalid"),
        ({"unit_price": Decimal(-1)}, "invalid"),
        ({"discount": Decimal(12)}, "invalid"),
        ({"placed_at": datetime(2026, 1, 1)}, "invalid"),  # noqa: DTZ001 - refused for that
        ({"note": "\0"}, "invalid"),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_nothing_is_taken_when_one_cannot_be(shop: Shop, changes: dict[str, Any], code: str) -> None:
    order = past(shop, number="7")
    of_line = {name: value for name, value in changes.items() if name in PastLine.__struct_fields__}
    if of_line:
        changes = {"lines": (msgspec.structs.replace(order.lines[0], **of_line),)}
    before = await checksums(shop.sessions)
    with pytest.raises(Refused) as refused:
        await take_over(shop, past(shop), msgspec.structs.replace(order, **changes))
    assert (refused.value.code, refused.value.detail["value"]) == (code, "7")
    assert await checksums(shop.sessions) == before


async def test_an_order_beyond_what_columns_hold_is_refused_by_itself(shop: Shop) -> None:
    """Price and quantity are each possible, their product is not: on PostgreSQL it broke the whole import."""
    order = past(shop, number="7")
    line = msgspec.structs.replace(order.lines[0], quantity=MAX_QUANTITY, unit_price=Decimal(10) ** 12)
    before = await checksums(shop.sessions)
    with pytest.raises(Refused) as refused:
        await take_over(shop, past(shop), msgspec.structs.replace(order, lines=(line,)))
    assert (refused.value.code, refused.value.detail) == ("invalid", {"field": "unit_price", "value": "7"})
    assert await checksums(shop.sessions) == before
    most = msgspec.structs.replace(order.lines[0], quantity=1, unit_price=Decimal(10) ** 12)
    await take_over(shop, msgspec.structs.replace(order, lines=(most,)))
    assert (await shop.order(order.id)).totals.goods == Decimal(10) ** 12


async def test_past_orders_beyond_what_a_customer_can_owe_are_refused_by_themselves(shop: Shop) -> None:
    """Each of them is possible, their sum is not: on PostgreSQL it broke the whole import."""
    most = past(shop, number="0")
    line = msgspec.structs.replace(most.lines[0], quantity=1, unit_price=Decimal(10) ** 12)
    orders = [
        msgspec.structs.replace(
            past(shop, number=str(number)), status="shipped", lines=(msgspec.structs.replace(line, id=new_id()),)
        )
        for number in range(1, 92)
    ]
    before = await checksums(shop.sessions)
    with pytest.raises(Refused) as refused:
        await take_over(shop, *orders)
    assert (refused.value.code, refused.value.detail["value"]) == ("total_limit", "91")
    assert await checksums(shop.sessions) == before
    await take_over(shop, *orders[:90])
    # Those that are done count for nothing.
    await take_over(shop, msgspec.structs.replace(orders[90], status="closed"))
    with pytest.raises(Refused, match="total_limit"):
        await take_over(shop, msgspec.structs.replace(orders[90], id=new_id(), number="92"))


async def test_an_order_is_taken_over_once(shop: Shop) -> None:
    order = past(shop, number="7")
    await take_over(shop, order)
    for again, code in ((order, "order_exists"), (past(shop, number="7"), "number_taken")):
        with pytest.raises(Refused) as refused:
            await take_over(shop, again)
        assert refused.value.code == code


async def test_the_last_order_is_the_latest_in_whatever_order_they_come(shop: Shop) -> None:
    days = [datetime(2025, 12, day, tzinfo=UTC) for day in (20, 28, 3)]
    await take_over(shop, *(past(shop, placed_at=day) for day in days))
    row, _ = await shop.feed("organisation", shop.organisation("SHOP"), Organisation)
    assert row.last_order_at == days[1]
