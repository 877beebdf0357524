"""Placing orders: priced by the server, promised from stock, counted once, refused whole or not at all."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from backend.database import transaction
from backend.identity.models import Tenant
from offline.ids import new_id
from offline.wire.commands import OrderCancel, OrderPlace
from offline.wire.rows import Organisation, PromotionReward
from tests.people import World
from tests.shop import ADDRESS, Shop, checksums, open_shop


async def test_an_order_is_numbered_priced_reserved_and_counted(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 12, "B": 2}, note="靠后门 🚪", address=ADDRESS, wanted_on=date(2026, 7, 9))
    verdict = await shop.give("shop", command)
    assert (verdict.status, verdict.code) == ("applied", "")
    order = await shop.order(command.order)
    assert order.number == "SO-2026-07-0001"
    assert order.status == "submitted"
    assert order.totals.total == Decimal("117.00")
    assert [(line.sku, line.quantity, line.unit_price, line.net, line.reason) for line in order.lines] == [
        ("A", 12, Decimal(9), Decimal("108.00"), "contract@10"),
        ("B", 2, Decimal("4.5"), Decimal("9.00"), "base@1"),
    ]
    assert [(line.reserved, line.backordered) for line in order.lines] == [(12, 0), (2, 0)]
    assert [(event.kind, event.actor_name, event.local_at) for event in order.events] == [
        ("submitted", "Shop", shop.now)
    ]
    assert (order.note, order.address, order.wanted_on) == ("靠后门 🚪", ADDRESS, date(2026, 7, 9))
    assert await shop.available("A") == 88
    assert await shop.credit_used("SHOP") == Decimal("117.00")
    assert set(verdict.seqs) == {f"org:{shop.organisation('SHOP')}"}
    organisation, scopes = await shop.feed("organisation", shop.organisation("SHOP"), Organisation)
    assert (organisation.credit_used, organisation.last_order_at) == (Decimal("117.00"), shop.now)
    assert scopes == {"desk", f"org:{shop.organisation('SHOP')}"}


async def test_numbers_follow_by_month_of_the_brand_and_tenant(shop: Shop, world: World) -> None:
    other = await open_shop(shop.sessions, world, world.other)
    orders = [await shop.draft("SHOP", {"D": 1}) for _ in range(3)]
    await shop.done("shop", *orders)
    # In Shanghai it is August already.
    shop.now = datetime(2026, 7, 31, 16, 30, tzinfo=UTC)
    later = await shop.placed({"D": 1})
    numbers = [(await shop.order(each)).number for each in (*(order.order for order in orders), later)]
    assert numbers == ["SO-2026-07-0001", "SO-2026-07-0002", "SO-2026-07-0003", "SO-2026-08-0001"]
    assert (await other.order(await other.placed({"D": 1}))).number == "SO-2026-07-0001"


async def test_a_refused_order_takes_no_number(shop: Shop) -> None:
    good = [await shop.draft("SHOP", {"D": 1}) for _ in range(2)]
    bad = await shop.draft("SHOP", {"D": 1}, address=new_id())
    verdicts = await shop.push("shop", [good[0], bad, good[1]])
    assert [verdict.code for verdict in verdicts] == ["", "address_unknown", ""]
    assert (await shop.order(good[1].order)).number == "SO-2026-07-0002"


@pytest.mark.parametrize("one_by_one", [False, True])
async def test_a_push_taken_together_or_one_by_one_ends_the_same(shop: Shop, one_by_one: bool) -> None:
    orders = [await shop.draft("SHOP", {"A": 30, "B": 1}) for _ in range(4)]
    cancel = OrderCancel(order=orders[1].order, reason="zu viel")
    verdicts = await shop.push("shop", [*orders[:2], cancel, *orders[2:]], one_by_one=one_by_one)
    assert [verdict.status for verdict in verdicts] == ["applied"] * 5
    found = [await shop.order(each.order) for each in orders]
    assert [order.status for order in found] == ["submitted", "cancelled", "submitted", "submitted"]
    assert [order.number[-4:] for order in found] == ["0001", "0002", "0003", "0004"]
    assert [order.lines[0].reserved for order in found] == [30, 0, 30, 30]
    assert await shop.available("A") == 10
    assert await shop.credit_used("SHOP") == 3 * Decimal("274.50")
    # The verdict of each command names the row it changed.
    assert all(verdict.seqs for verdict in verdicts)


async def test_gifts_are_added_by_the_rules_and_reserved(shop: Shop) -> None:
    await shop.give_away()
    order = await shop.order(await shop.placed({"A": 20}))
    gift = order.lines[1]
    assert (gift.sku, gift.quantity, gift.net, gift.gift, gift.reserved) == ("D", 4, Decimal("0.00"), True, 4)
    assert await shop.available("D") == 96


# shortage


async def test_backorder_keeps_the_whole_order(shop: Shop) -> None:
    order = await shop.order(await shop.placed({"A": 130}, shortage="backorder"))
    assert [(line.quantity, line.reserved, line.backordered) for line in order.lines] == [(130, 100, 30)]
    assert order.totals.total == Decimal("1170.00")
    assert [event.kind for event in order.events] == ["submitted", "backordered"]
    assert await shop.available("A") == 0


async def test_partial_drops_the_rest_in_whole_multiples_and_tells(shop: Shop) -> None:
    await shop.done("hq", shop.product_save("A", minimum=24, multiple=24))
    order = await shop.order(await shop.placed({"A": 144, "B": 5}, shortage="partial"))
    assert [(line.quantity, line.reserved, line.backordered, line.net) for line in order.lines] == [
        (96, 96, 0, Decimal("864.00")),
        (5, 5, 0, Decimal("22.50")),
    ]
    assert order.totals.total == Decimal("886.50") == await shop.credit_used("SHOP")
    assert order.totals.tax == sum(line.tax for line in order.lines)
    assert [(event.kind, event.data) for event in order.events] == [("submitted", {}), ("reduced", {"A": "144 > 96"})]


async def test_partial_never_goes_below_the_minimum(shop: Shop) -> None:
    await shop.done("hq", shop.product_save("A", minimum=48, multiple=24))
    await shop.placed({"A": 72})
    # 28 are there, 24 would be a multiple.
    detail = await shop.refused("shop", await shop.draft("SHOP", {"A": 48}, shortage="partial"), "stock_short")
    assert (detail["products"], detail["available"]) == (["A"], ["28"])
    order = await shop.order(await shop.placed({"A": 72, "B": 2}, shortage="partial"))
    assert [(line.sku, line.quantity) for line in order.lines] == [("B", 2)]
    assert [(event.kind, event.data) for event in order.events] == [("submitted", {}), ("reduced", {"A": "72 > 0"})]
    assert (await shop.available("A"), order.totals.total) == (28, Decimal("9.00"))


async def test_partial_with_nothing_there_is_refused(shop: Shop) -> None:
    await shop.placed({"A": 100})
    detail = await shop.refused("shop", await shop.draft("SHOP", {"A": 3}, shortage="partial"), "stock_short")
    assert (detail["products"], detail["available"]) == (["A"], ["0"])


async def test_partial_gives_what_there_is_of_a_gift(shop: Shop) -> None:
    """It is not bought by the dozen: of the six that were earned the last four go, and not none."""
    await shop.give_away()
    await shop.done("hq", shop.product_save("D", minimum=12, multiple=12))
    await shop.placed({"D": 96}, login="rival", code="RIVAL")
    order = await shop.order(await shop.placed({"A": 30}, shortage="partial"))
    assert [(line.sku, line.quantity, line.gift) for line in order.lines] == [("A", 30, False), ("D", 4, True)]
    assert (order.events[-1].data, await shop.available("D")) == ({"D": "6 > 4"}, 0)


async def test_goods_and_a_gift_of_them_are_not_promised_twice(shop: Shop) -> None:
    reward = PromotionReward(buy=10, get=1)
    await shop.done("hq", shop.promotion_save(kind="buy_x_get_y", reward=reward, products=(shop.products["A"],)))
    order = await shop.order(await shop.placed({"A": 95}))
    assert [(line.gift, line.reserved, line.backordered) for line in order.lines] == [(False, 95, 0), (True, 5, 4)]
    assert await shop.available("A") == 0


async def test_a_gift_alone_is_no_order(shop: Shop) -> None:
    await shop.placed({"A": 100})
    await shop.give_away()
    detail = await shop.refused("shop", await shop.draft("SHOP", {"A": 10}, shortage="partial"), "stock_short")
    assert (detail["products"], detail["available"]) == (["A"], ["0"])


async def test_partial_scales_discounts_with_what_is_left(shop: Shop) -> None:
    await shop.discount("10")
    order = await shop.order(await shop.placed({"B": 150}, shortage="partial"))
    line = order.lines[0]
    assert (line.quantity, line.discount, line.net) == (100, Decimal("45.00"), Decimal("405.00"))
    assert (order.totals.goods, order.totals.discount, order.totals.total) == (
        Decimal("450.00"),
        Decimal("45.00"),
        Decimal("405.00"),
    )


async def test_full_is_all_or_nothing(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 101, "B": 3, "C": 102}, shortage="full")
    detail = await shop.refused("shop", command, "stock_short")
    assert detail == {
        "lines": [command.lines[0].id, command.lines[2].id],
        "products": ["A", "C"],
        "names": ["商品A", "商品C"],
        "available": ["100", "100"],
    }
    assert (await shop.order(await shop.placed({"A": 100}, shortage="full"))).lines[0].reserved == 100


# refusals


async def test_every_problem_is_named_at_once(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 7, "B": 1, "C": 1})
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.product_save("A", minimum=12, multiple=6), shop.product_save("C", status="withdrawn"))
    detail = await shop.refused("shop", command, "quantity_rule")
    assert detail["lines"] == [command.lines[0].id, command.lines[2].id]
    assert detail["codes"] == ["quantity_rule", "withdrawn"]
    assert detail["products"] == ["A", "C"]
    assert detail["names"] == ["商品A", "商品C"]
    assert (detail["minimum"], detail["multiple"], detail["upper"]) == (12, 6, 12)


async def test_a_withdrawal_after_the_order_was_taken_is_refused_and_says_when(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1})
    taken_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.product_save("A", status="withdrawn"))
    detail = await shop.refused("shop", command, "withdrawn", at=taken_at)
    assert detail["withdrawn_at"] == shop.now.isoformat()
    assert (detail["lines"], detail["products"]) == ([command.lines[0].id], ["A"])


async def test_a_line_dropped_mends_a_refused_order(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1, "B": 2})
    await shop.done("hq", shop.product_save("A", status="withdrawn"))
    detail = await shop.refused("shop", command, "withdrawn")
    kept = tuple(line for line in command.lines if line.id not in detail["lines"])  # type: ignore[operator]  # a list here
    mended = msgspec.structs.replace(command, lines=kept, total=sum(line.net for line in kept))
    await shop.done("shop", mended)
    assert (await shop.order(command.order)).status == "submitted"


async def test_a_blocked_customer_is_refused_with_the_reason(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1})
    saved = await shop.set_organisation("SHOP", status="blocked", blocked_reason="Unpaid since May")
    assert saved.status == "applied"
    detail = await shop.refused("shop", command, "customer_blocked")
    assert (detail["status"], detail["reason"]) == ("blocked", "Unpaid since May")


async def test_what_is_not_in_the_assortment_is_refused(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1, "B": 1})
    await shop.assort("SHOP", ["B"])
    detail = await shop.refused("shop", command, "not_authorised")
    assert detail["products"] == ["A"]


async def test_a_product_without_any_price_is_refused(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"B": 1})
    await shop.done("hq", shop.price_save("BASE", "B"))
    shop.now += timedelta(days=4)
    detail = await shop.refused("shop", command, "no_price", at=shop.now - timedelta(days=4))
    assert detail["products"] == ["B"]


async def test_other_refusals(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1})
    replace = msgspec.structs.replace
    line = command.lines[0]
    assert await shop.refused("shop", replace(command, currency="USD"), "currency") == {"currency": "CNY"}
    await shop.refused("shop", replace(command, address=new_id()), "address_unknown")
    await shop.refused("shop", replace(command, organisation=new_id()), "organisation_unknown")
    await shop.refused("hq", replace(command, organisation=shop.organisation("HQ")), "not_a_customer")
    await shop.refused("shop", replace(command, lines=(replace(line, product=new_id()),)), "unknown_product")
    await shop.refused("shop", replace(command, lines=(line, line)), "duplicate_line")
    await shop.refused("shop", replace(command, total=Decimal("NaN")), "invalid")
    await shop.refused("shop", replace(command, total=Decimal("1e99999")), "invalid")
    await shop.refused("shop", replace(command, lines=(replace(line, net=Decimal(-1)),)), "invalid")
    await shop.done("shop", command)
    await shop.refused("shop", replace(command, note="again"), "order_exists")


async def test_a_total_no_column_holds_is_refused(shop: Shop) -> None:
    await shop.done("hq", shop.price_save("BASE", "C", (1, "999999999")))
    command = await shop.draft("SHOP", {"C": 10_000_000})
    await shop.refused("shop", msgspec.structs.replace(command, total=Decimal(1)), "invalid")
    cheap = tuple(msgspec.structs.replace(line, net=Decimal(1)) for line in command.lines)
    detail = await shop.refused("shop", msgspec.structs.replace(command, total=Decimal(1), lines=cheap), "total_limit")
    assert detail == {"limit": 10**12}


async def test_a_quantity_of_1e12_is_no_order(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1})
    line = msgspec.to_builtins(command.lines[0]) | {"quantity": 10**12}
    body = msgspec.to_builtins(command) | {"lines": [line]}
    with pytest.raises(msgspec.ValidationError, match="quantity"):
        msgspec.convert(body, OrderPlace, strict=False)


# who


@pytest.mark.parametrize(
    ("login", "code", "answer"),
    [
        ("shop", "SHOP", ""),
        ("dealer", "SHOP", ""),
        ("distributor", "SHOP", ""),
        ("rep", "SHOP", ""),
        ("hq", "SHOP", ""),
        ("desk", "SHOP", ""),
        ("rival", "SHOP", "organisation_unknown"),
        ("shop", "DEAL", "organisation_unknown"),
        ("shop", "RIVAL", "organisation_unknown"),
        ("rep", "RIVAL", "organisation_unknown"),
        ("finance", "SHOP", "forbidden"),
        ("trainer", "SHOP", "forbidden"),
        ("staff", "SHOP", "forbidden"),
    ],
)
async def test_who_may_order_for_whom(shop: Shop, login: str, code: str, answer: str) -> None:
    command = await shop.draft(code, {"B": 1})
    if answer:
        await shop.refused(login, command, answer)
    else:
        await shop.done(login, command)
        assert (await shop.order(command.order)).placed_by == shop.brand.users[login].id


async def test_another_tenant_has_no_such_customer(shop: Shop, world: World) -> None:
    other = await open_shop(shop.sessions, world, world.other)
    command = await shop.draft("SHOP", {"B": 1})
    await other.refused("hq", command, "organisation_unknown")
    own = await other.draft("SHOP", {"B": 1})
    foreign = msgspec.structs.replace(own.lines[0], product=shop.products["B"])
    await other.refused("hq", msgspec.structs.replace(own, lines=(foreign,)), "unknown_product")


# holds


async def test_past_the_credit_limit_an_order_waits(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal("99.85"))
    exact = await shop.order(await shop.placed({"B": 20, "A": 1, "D": 1}))
    assert (exact.status, exact.totals.total) == ("submitted", Decimal("99.85"))
    beyond = await shop.order(await shop.placed({"D": 1}))
    assert (beyond.status, beyond.holds) == ("on_hold", ("credit",))
    assert [event.kind for event in beyond.events] == ["submitted", "credit_hold"]
    # It waits, and it counts: nobody orders past a limit by asking in small pieces.
    assert await shop.credit_used("SHOP") == Decimal("100.20")
    assert await shop.available("D") == 98


async def test_above_the_brands_limit_an_order_waits_for_approval(shop: Shop) -> None:
    async with transaction(shop.sessions) as session:
        tenant = await session.get(Tenant, shop.tenant_id)
        assert tenant is not None
        tenant.approval_above = Decimal("90.00")
    assert (await shop.order(await shop.placed({"B": 20}))).status == "submitted"
    order = await shop.order(await shop.placed({"B": 21}))
    assert (order.status, order.holds) == ("on_hold", ("approval",))
    assert [event.kind for event in order.events] == ["submitted", "approval_hold"]


async def test_a_second_order_in_one_push_sees_the_credit_the_first_used(shop: Shop) -> None:
    await shop.set_organisation("SHOP", credit_limit=Decimal("15.00"))
    orders = [await shop.draft("SHOP", {"B": 2}) for _ in range(2)]
    await shop.done("shop", *orders)
    found = [await shop.order(each.order) for each in orders]
    assert [order.holds for order in found] == [(), ("credit",)]
    assert await shop.credit_used("SHOP") == Decimal("18.00")


async def test_an_order_writes_to_these_tables_and_no_others(shop: Shop) -> None:
    before = await checksums(shop.sessions)
    good = await shop.draft("SHOP", {"B": 2})
    assert await checksums(shop.sessions) == before
    await shop.done("shop", good)
    after = await checksums(shop.sessions)
    assert {name for name in after if after[name] != before[name]} == {
        "order_counters",
        "order_lines",
        "orders",
        "organisations",
        "stock_levels",
        "stock_movements",
        "sync_counters",
        "sync_rows",
    }
