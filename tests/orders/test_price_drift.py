"""Prices that changed between the shelf and the server: honoured when they were right, else a person decides."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from offline.ids import new_id
from offline.wire.commands import OrderConfirmPrice
from offline.wire.rows import PromotionReward
from tests.shop import Shop, price_list, revision_of


async def test_a_price_that_was_right_when_the_order_was_taken_is_honoured(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 12, "B": 2})
    taken_at = shop.now
    shop.now += timedelta(hours=5)
    await shop.done("hq", shop.price_save("DEAL", "A", (1, "11.00")), shop.price_save("BASE", "B", (1, "5.00")))
    shop.now += timedelta(hours=5)
    await shop.done("shop", command, at=taken_at)
    order = await shop.order(command.order)
    assert (order.status, order.totals.total) == ("submitted", Decimal("117.00"))
    assert [(line.unit_price, line.quoted_unit_price) for line in order.lines] == [
        (Decimal(9), None),
        (Decimal("4.5"), None),
    ]
    assert [event.kind for event in order.events] == ["submitted", "price_honoured"]
    assert order.quoted_totals is None


async def test_a_price_that_had_changed_before_the_order_was_taken_waits_for_a_person(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 12, "B": 2})
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("DEAL", "A", (1, "9.50"), (10, "9.10")))
    shop.now += timedelta(hours=1)
    await shop.done("shop", command)
    order = await shop.order(command.order)
    assert (order.status, order.holds) == ("on_hold", ("price",))
    assert order.totals.total == Decimal("118.20")
    assert order.quoted_totals is not None
    assert order.quoted_totals.total == Decimal("117.00")
    assert [(line.unit_price, line.net, line.quoted_unit_price, line.quoted_net) for line in order.lines] == [
        (Decimal("9.1"), Decimal("109.20"), Decimal(9), Decimal("108.00")),
        (Decimal("4.5"), Decimal("9.00"), Decimal("4.5"), Decimal("9.00")),
    ]
    assert order.events[-1].kind == "price_hold"
    assert order.events[-1].data == {"quoted": "117.00", "total": "118.20"}
    assert await shop.credit_used("SHOP") == Decimal("118.20")


async def test_a_lower_price_is_not_taken_in_silence_either(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "4.00")))
    await shop.done("shop", command, at=shop.now + timedelta(seconds=1))
    order = await shop.order(command.order)
    assert (order.holds, order.totals.total) == (("price",), Decimal("8.00"))


async def test_past_the_grace_a_right_quote_waits_too(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    taken_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    shop.now = taken_at + timedelta(hours=72, seconds=1)
    await shop.done("shop", command, at=taken_at)
    assert (await shop.order(command.order)).holds == ("price",)


async def test_within_the_grace_to_the_second(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    taken_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    shop.now = taken_at + timedelta(hours=72)
    await shop.done("shop", command, at=taken_at)
    assert (await shop.order(command.order)).status == "submitted"


async def test_a_revision_that_was_not_the_current_one_is_not_honoured(shop: Shop) -> None:
    """Figures of the past with a revision of another time: somebody made them up."""
    command = await shop.draft("SHOP", {"B": 2})
    taken_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    shop.now += timedelta(hours=1)
    now = await revision_of(shop, "BASE")
    forged = msgspec.structs.replace(command, price_lists={shop.lists["BASE"]: now})
    await shop.done("shop", forged, at=taken_at)
    assert (await shop.order(command.order)).holds == ("price",)


async def test_figures_nobody_ever_showed_wait(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    line = msgspec.structs.replace(command.lines[0], unit_price=Decimal("0.01"), net=Decimal("0.02"))
    await shop.done("shop", msgspec.structs.replace(command, lines=(line,), total=Decimal("0.02")))
    order = await shop.order(command.order)
    assert (order.holds, order.totals.total) == (("price",), Decimal("9.00"))


async def test_a_total_that_is_not_the_sum_of_its_lines_waits(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    await shop.done("shop", msgspec.structs.replace(command, total=Decimal("8.99")))
    assert (await shop.order(command.order)).holds == ("price",)


async def test_a_change_of_the_list_itself_is_history_too(shop: Shop) -> None:
    """The contract ended meanwhile."""
    command = await shop.draft("SHOP", {"A": 12})
    taken_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", price_list(shop, "DEAL", kind="contract", valid_until=shop.now + timedelta(minutes=1)))
    shop.now += timedelta(hours=1)
    await shop.done("shop", command, at=taken_at)
    order = await shop.order(command.order)
    assert (order.status, order.totals.total) == ("submitted", Decimal("108.00"))
    again = await shop.order(await shop.placed({"A": 12}))
    assert again.totals.total == Decimal("120.00")


async def test_a_price_taken_out_meanwhile_is_honoured(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 2})
    taken_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("BASE", "B"))
    shop.now += timedelta(hours=1)
    await shop.done("shop", command, at=taken_at)
    order = await shop.order(command.order)
    assert (order.status, order.lines[0].unit_price) == ("submitted", Decimal("4.5"))


async def test_a_promotion_that_ended_meanwhile_is_honoured(shop: Shop) -> None:
    await shop.done(
        "hq",
        shop.promotion_save(
            kind="threshold",
            reward=PromotionReward(percent=Decimal(10), quantity=1),
            valid_until=shop.now + timedelta(hours=1),
        ),
    )
    command = await shop.draft("SHOP", {"B": 2})
    assert command.total == Decimal("8.10")
    taken_at = shop.now
    shop.now += timedelta(hours=2)
    await shop.done("shop", command, at=taken_at)
    order = await shop.order(command.order)
    assert (order.status, order.totals.total) == ("submitted", Decimal("8.10"))


async def test_accepting_a_new_price_submits_the_order(shop: Shop) -> None:
    order_id = await drifted(shop)
    await shop.refused("shop", confirm(order_id, "9.00"), "total_changed")
    await shop.done("shop", confirm(order_id, "10.00"))
    order = await shop.order(order_id)
    assert (order.status, order.holds) == ("submitted", ())
    assert [event.kind for event in order.events] == ["submitted", "price_hold", "price_confirmed"]
    await shop.refused("shop", confirm(order_id, "10.00"), "price_settled")


async def test_declining_a_new_price_cancels_the_order(shop: Shop) -> None:
    order_id = await drifted(shop)
    assert await shop.available("B") == 98
    await shop.done("rep", confirm(order_id, "10.00", accept=False))
    order = await shop.order(order_id)
    assert order.status == "cancelled"
    assert [event.kind for event in order.events][-2:] == ["price_declined", "cancelled"]
    assert await shop.available("B") == 100
    assert await shop.credit_used("SHOP") == Decimal(0)


async def test_who_may_confirm_a_price(shop: Shop) -> None:
    order_id = await drifted(shop)
    for login, code in (("rival", "order_unknown"), ("finance", "forbidden"), ("staff", "forbidden")):
        await shop.refused(login, confirm(order_id, "10.00"), code)
    await shop.refused("shop", confirm(new_id(), "10.00"), "order_unknown")


async def test_with_credit_exceeded_too_the_order_waits_on(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal("9.50"))
    order_id = await drifted(shop)
    assert (await shop.order(order_id)).holds == ("price", "credit")
    await shop.done("shop", confirm(order_id, "10.00"))
    order = await shop.order(order_id)
    assert (order.status, order.holds) == ("on_hold", ("credit",))


async def drifted(shop: Shop) -> str:
    """An order of 9.00 that costs 10.00 now."""
    command = await shop.draft("SHOP", {"B": 2})
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    shop.now += timedelta(hours=1)
    await shop.done("shop", command)
    return command.order


def confirm(order_id: str, total: str, *, accept: bool = True) -> OrderConfirmPrice:
    return OrderConfirmPrice(order=order_id, accept=accept, total=Decimal(total))
