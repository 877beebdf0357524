"""A price nobody confirms is not waited for without end: a reminder, then the order is let go of."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from backend.database import transaction
from backend.orders import price_holds
from backend.orders.price_holds import let_go_of_price_holds
from offline.wire.commands import BrandConfigure, OrderApprove, OrderHold, OrderRelease
from tests.orders.test_price_drift import confirm, drifted
from tests.shop import Shop

HOUR = timedelta(hours=1)


async def look(shop: Shop, now: datetime) -> int:
    shop.now = now
    async with transaction(shop.sessions) as session:
        return await let_go_of_price_holds(session, shop.tenant_id, now)


async def kinds(shop: Shop, order_id: str) -> list[str]:
    return [event.kind for event in (await shop.order(order_id)).events]


async def test_an_order_nobody_decides_about_is_let_go_of_after_a_reminder(
    shop: Shop, told: list[tuple[str, set[str]]]
) -> None:
    order_id = await drifted(shop)
    held_at = shop.now
    assert (await shop.available("B"), await shop.credit_used("SHOP")) == (98, Decimal("10.00"))
    assert await look(shop, held_at + 47 * HOUR) == 0

    assert await look(shop, held_at + 48 * HOUR) == 1
    assert await kinds(shop, order_id) == ["submitted", "price_hold", "price_reminder"]
    users = shop.brand.users
    concerned = {users["shop"].id, users["rep"].id}
    assert told[-1][0] == "push.order.price_reminder"
    assert told[-1][1] >= concerned
    assert await look(shop, held_at + 71 * HOUR) == 0
    assert (await shop.order(order_id)).status == "on_hold"

    assert await look(shop, held_at + 73 * HOUR) == 1
    order = await shop.order(order_id)
    assert (order.status, order.holds) == ("cancelled", ())
    lapsed, cancelled = order.events[-2:]
    assert (lapsed.kind, lapsed.data, lapsed.actor_name) == ("price_lapsed", {"hours": "72"}, "")
    assert (cancelled.kind, cancelled.actor) == ("cancelled", "")
    assert (await shop.available("B"), await shop.credit_used("SHOP")) == (100, Decimal(0))
    assert told[-1][0] == "push.order.price_lapsed"
    assert told[-1][1] >= concerned
    await shop.refused("shop", confirm(order_id, "10.00"), "price_settled")


async def test_who_decides_in_time_keeps_the_order(shop: Shop) -> None:
    order_id = await drifted(shop)
    held_at = shop.now
    await look(shop, held_at + 50 * HOUR)
    await shop.done("shop", confirm(order_id, "10.00"))
    assert await look(shop, held_at + 500 * HOUR) == 0
    assert (await shop.order(order_id)).status == "submitted"


async def test_what_waits_for_something_else_is_left_alone(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal("5.00"))
    order_id = await shop.placed({"B": 2})
    assert (await shop.order(order_id)).holds == ("credit",)
    assert await look(shop, shop.now + 500 * HOUR) == 0


async def test_a_shorter_time_still_leaves_its_own_between_reminder_and_end(shop: Shop) -> None:
    """Nobody's order goes the moment head office changes its mind."""
    order_id = await drifted(shop)
    await shop.done("hq", rules(price_hold_hours=6))
    late = shop.now + 30 * HOUR
    assert await look(shop, late) == 1
    assert await kinds(shop, order_id) == ["submitted", "price_hold", "price_reminder"]
    assert await look(shop, late + 2 * HOUR) == 0
    assert await look(shop, late + 3 * HOUR) == 1
    assert (await shop.order(order_id)).status == "cancelled"


async def test_for_ever_is_for_ever(shop: Shop) -> None:
    order_id = await drifted(shop)
    await shop.done("hq", rules(price_hold_hours=0))
    assert await look(shop, shop.now + 5000 * HOUR) == 0
    assert (await shop.order(order_id)).status == "on_hold"


async def test_what_head_office_stopped_is_kept_until_it_goes_on(shop: Shop) -> None:
    order_id = await drifted(shop)
    held_at = shop.now
    await look(shop, held_at + 50 * HOUR)
    await shop.done("desk", OrderHold(order=order_id, reason="keep it for us"))
    assert await look(shop, held_at + 500 * HOUR) == 0
    assert (await shop.order(order_id)).status == "on_hold"

    await shop.done("desk", OrderRelease(order=order_id))
    assert await look(shop, shop.now + 23 * HOUR) == 0
    assert await look(shop, shop.now + 2 * HOUR) == 1
    assert (await shop.order(order_id)).status == "cancelled"


async def test_freed_goods_go_to_who_waits(shop: Shop) -> None:
    lapsing = await drifted(shop)
    held_at = shop.now
    waiting = await shop.placed({"B": 99}, "dealer", "DEAL")
    assert sum(line.backordered for line in (await shop.order(waiting)).lines) == 1
    await look(shop, held_at + 48 * HOUR)
    await look(shop, held_at + 73 * HOUR)
    assert (await shop.order(lapsing)).status == "cancelled"
    order = await shop.order(waiting)
    assert sum(line.backordered for line in order.lines) == 0
    assert order.events[-1].kind == "restocked"


async def test_a_second_hold_does_not_keep_it(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal("9.50"))
    order_id = await drifted(shop)
    held_at = shop.now
    await shop.done("hq", OrderApprove(order=order_id, reason="known"))
    assert (await shop.order(order_id)).holds == ("price",)
    await look(shop, held_at + 48 * HOUR)
    await look(shop, held_at + 73 * HOUR)
    assert (await shop.order(order_id)).status == "cancelled"


async def test_more_than_a_round_takes_go_in_the_next(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_holds, "AT_ONCE", 1)
    first = await drifted(shop)
    command = msgspec.structs.replace(await shop.draft("SHOP", {"C": 1}), total=Decimal("0.01"))
    await shop.done("shop", command)
    late = shop.now + 48 * HOUR
    assert [await look(shop, late + timedelta(minutes=minute)) for minute in range(3)] == [1, 1, 0]
    assert [(await kinds(shop, id_))[-1] for id_ in (first, command.order)] == ["price_reminder"] * 2


async def test_head_office_says_how_orders_are_taken(shop: Shop) -> None:
    await shop.done("hq", rules(approval_above=Decimal("8.00"), price_grace_hours=0))
    assert (await shop.order(await shop.placed({"B": 2}))).holds == ("approval",)
    await shop.done("hq", rules())
    assert (await shop.order(await shop.placed({"B": 2}))).holds == ()
    await shop.refused("hq", rules(approval_above=Decimal("NaN")), "invalid")
    await shop.refused("finance", rules(), "forbidden")


def rules(**changed: Any) -> BrandConfigure:
    settings: dict[str, Any] = {"approval_above": None, "price_grace_hours": 72, "price_hold_hours": 72}
    return BrandConfigure(**settings | changed)
