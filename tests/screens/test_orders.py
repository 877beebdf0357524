"""Orders in lists and in full: statuses, both prices, repeating, cancelling."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from offline.wire import rows
from offline.wire.commands import (
    Command,
    OrderApprove,
    OrderCancel,
    OrderConfirmPrice,
    OrderHold,
    OrderRelease,
)
from offline.wire.registry import COMMANDS
from pwa.components.basics import Pieces
from tests.screens.conftest import Start
from tests.screens.test_ordering import placed
from tests.screens.world import NOW, OFFICE, SHOP, SHOPKEEPER, SODA, Phone, me, order, uid

D = Decimal


def commands(phone: Phone) -> list[Command]:
    return [msgspec.json.decode(entry.args, type=COMMANDS[entry.name]) for entry in phone.app.engine.entries()]


async def test_the_list_filters_by_status_and_says_it_in_words(start: Start) -> None:
    more = [
        ("order", order("a")),
        ("order", order("b", "cancelled")),
        ("order", order("c", "on_hold", holds=("credit",))),
    ]
    phone = await start("/orders", more=more)
    assert "待发货" in phone.text(f"order-{uid('a')}")
    assert "超信用额度" in phone.text(f"order-{uid('c')}")
    await phone.tap("filter-done")
    assert phone.has(f"order-{uid('b')}")
    assert not phone.has(f"order-{uid('a')}")
    await phone.tap("filter-all")
    await phone.type("orders-search", "so-a")
    assert phone.has(f"order-{uid('a')}")
    assert not phone.has(f"order-{uid('b')}")


async def test_what_was_delivered_is_not_to_be_sent_any_more(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    for _ in range(2):
        await phone.go(f"/order/{SHOP}")
        await phone.press("QS-0450", 1)
        await phone.tap("submit-order")
    delivered, waiting = phone.app.engine.entries()
    await phone.app.engine.outbox.write([msgspec.structs.replace(delivered, state="applied")])
    phone.app.engine.show()
    await phone.go("/orders")
    assert phone.text("filter-queued") == "待发送1"
    await phone.tap("filter-queued")
    shown = [command.order for command in placed(phone) if phone.has(f"order-{command.order}")]
    assert shown == [msgspec.json.decode(waiting.args)["order"]]
    await phone.tap("filter-all")
    assert all(phone.has(f"order-{command.order}") for command in placed(phone))


async def test_the_way_back_leads_to_the_list_as_it_was_left(start: Start) -> None:
    more = [("order", order("a")), ("order", order("b")), ("order", order("ab", "cancelled"))]
    phone = await start("/orders", more=more)
    await phone.tap("filter-open")
    await phone.type("orders-search", "so-a")
    await phone.tap(f"order-{uid('a')}")
    assert phone.has("orders-detail")
    phone.app.router.popped("/orders", phone.asked("keep")[-1]["kept"])
    await phone.port.settle()
    assert phone.field("orders-search")["attributes"]["config"]["value"] == "so-a"
    filter_open = phone.port.find("filter-open")
    assert filter_open is not None
    assert filter_open["attributes"]["aria-pressed"] == "true"
    shown = {name: phone.has(f"order-{uid(name)}") for name in ("a", "b", "ab")}
    assert shown == {"a": True, "b": False, "ab": False}
    await phone.go("/me")
    await phone.go("/orders")  # another time: a list of its own
    assert "value" not in phone.field("orders-search")["attributes"]["config"]


async def test_a_status_that_changes_shows_without_reloading(start: Start) -> None:
    phone = await start(f"/orders/{uid('a')}", more=[("order", order("a", "submitted"))])
    assert phone.text("ordered-status") == "待审核"
    phone.put([("order", order("a", "shipped"))])
    await phone.port.settle()
    assert phone.text("ordered-status") == "已发货"
    node = phone.port.find(f"order-{uid('a')}")
    assert node is not None
    assert node["attributes"]["data-status"] == "shipped"


async def test_the_timeline_tells_who_when_and_that_it_was_taken_offline(start: Start) -> None:
    taken = NOW - timedelta(hours=5)
    event = rows.OrderEvent(
        id="e", kind="submitted", at=NOW, actor_name="林晓", local_at=taken, reason="老板 \u200fעברית"
    )
    late = order("a", "submitted", events=(event,), at=NOW, local_at=taken)
    phone = await start(f"/orders/{uid('a')}", more=[("order", late)])
    timeline = phone.text("timeline")
    for said in ("已提交", "林晓 · 离线 今天 04:52 下单，09:52 送达", "签收", "עברית"):
        assert said in timeline, said


async def test_an_order_stands_where_and_when_it_was_taken_not_when_it_arrived(start: Start) -> None:
    """As at the desk. A phone whose clock is ahead has taken none after it arrived."""
    late = order("late", "submitted", at=NOW, local_at=NOW - timedelta(hours=5))
    ahead = order("ahead", "submitted", at=NOW - timedelta(hours=1), local_at=NOW + timedelta(days=3))
    phone = await start("/orders", more=[("order", late), ("order", ahead)])
    assert "今天 04:52" in phone.text(f"order-{uid('late')}")
    assert "今天 08:52" in phone.text(f"order-{uid('ahead')}")
    shown = [node["attributes"]["data-number"] for node in phone.nodes() if "data-number" in node.get("attributes", {})]
    assert shown.index("SO-ahead") < shown.index("SO-late")


def held() -> rows.Order:
    line = rows.OrderLine(
        id="l", product=SODA, sku="QS-0450", name={"zh": "清泉苏打水"}, quantity=48, unit_price=D("8.40"),
        net=D("403.20"), quoted_unit_price=D("8.10"), quoted_net=D("388.80"),
    )  # fmt: skip
    now, quoted = (rows.Totals(goods=D(amount), total=D(amount)) for amount in ("403.20", "388.80"))
    return order("held", "on_hold", holds=("price",), lines=(line,), totals=now, quoted_totals=quoted)


async def test_both_prices_are_shown_and_a_person_decides(start: Start) -> None:
    phone = await start(f"/orders/{uid('held')}", more=[("order", held())])
    assert "¥388.80" in phone.text("price-hold")
    assert "¥403.20" in phone.text("price-hold")
    await phone.tap("accept-price")
    (command,) = commands(phone)
    assert command == OrderConfirmPrice(order=uid("held"), accept=True, total=D("403.20"))
    assert not phone.has("price-hold")
    assert phone.text("ordered-status") == "待审核"


@pytest.mark.parametrize(("count", "first"), [(60, 60), (61, 40), (500, 40)])
async def test_a_long_order_shows_the_others_on_demand(start: Start, count: int, first: int) -> None:
    lines = tuple(
        rows.OrderLine(id=f"l{n}", product=SODA, sku="", name={"zh": f"第{n}行"}, quantity=1, unit_price=D(1), net=D(1))
        for n in range(count)
    )
    totals = rows.Totals(goods=D(count), total=D(count))
    phone = await start(f"/orders/{uid('a')}", more=[("order", order("a", lines=lines, totals=totals))])
    assert phone.text("ordered-lines").count("行") == first
    assert f"¥{count}.00" in phone.text("ordered-lines")
    assert phone.has("more-lines") is (first < count)
    if first < count:
        assert phone.text("more-lines") == f"还有 {count - 40} 种商品"
        await phone.tap("more-lines")
        assert phone.text("ordered-lines").count("行") == count
        assert not phone.has("more-lines")


async def test_until_when_a_person_may_decide(start: Start) -> None:
    since = NOW - timedelta(hours=2)
    event = rows.OrderEvent(id="e", kind="price_hold", at=since)
    waiting = msgspec.structs.replace(held(), events=(event,))
    phone = await start(f"/orders/{uid('held')}", more=[("order", waiting)])
    assert phone.app.format.moment(since + timedelta(hours=72), NOW) in phone.text("price-hold")
    assert "订单会自动取消" in phone.text("price-hold")


async def test_an_order_that_was_let_go_of_says_why(start: Start) -> None:
    lapsed = rows.OrderEvent(id="e", kind="price_lapsed", at=NOW, data={"hours": "72"})
    phone = await start(f"/orders/{uid('x')}", more=[("order", order("x", "cancelled", events=(lapsed,)))])
    assert "超过 72 小时没有确认" in phone.text("timeline")


async def test_declining_the_price_cancels(start: Start) -> None:
    phone = await start(f"/orders/{uid('held')}", more=[("order", held())])
    await phone.tap("decline-price")
    assert commands(phone) == []
    await phone.tap("decline-no")
    assert commands(phone) == []
    await phone.tap("decline-price")
    await phone.tap("decline-yes")
    (command,) = commands(phone)
    assert isinstance(command, OrderConfirmPrice)
    assert not command.accept
    assert phone.text("ordered-status") == "已取消"
    for name in ("price-hold", "accept-price", "decline-price"):
        assert not phone.has(name), name


async def test_cancelling_needs_a_reason(start: Start) -> None:
    phone = await start(f"/orders/{uid('a')}", more=[("order", order("a", "submitted"))])
    await phone.tap("cancel-order")
    await phone.tap("cancel-yes")
    assert commands(phone) == []
    await phone.type("reason", "客户改了主意")
    await phone.tap("cancel-yes")
    assert commands(phone) == [OrderCancel(order=uid("a"), reason="客户改了主意")]
    assert phone.text("ordered-status") == "已取消"


async def test_what_was_shipped_is_not_cancelled_any_more(start: Start) -> None:
    phone = await start(f"/orders/{uid('a')}", more=[("order", order("a", "shipped"))])
    assert not phone.has("cancel-order")


async def test_repeating_makes_a_draft_at_todays_rules(start: Start) -> None:
    gift = rows.OrderLine(id="g", product=SODA, sku="", name={}, quantity=1, unit_price=D(0), net=D(0), gift=True)
    lost = rows.OrderLine(id="x", product=uid("gone"), sku="", name={}, quantity=5, unit_price=D(1), net=D(5))
    odd = rows.OrderLine(id="o", product=SODA, sku="", name={}, quantity=50, unit_price=D(8), net=D(400))
    phone = await start(f"/orders/{uid('a')}", more=[("order", order("a", lines=(odd, gift, lost)))])
    await phone.tap("repeat-order")
    assert phone.app.router.path.startswith(f"/order/{SHOP}/review")
    (draft,) = phone.app.drafts.all()
    assert [(line.product, line.quantity) for line in draft.lines] == [(SODA, 60)]


async def test_head_office_overrules_a_credit_hold_with_a_reason(start: Start) -> None:
    boss = uid("boss")
    more = [("me", me(boss, "head_office", "王静", OFFICE)), ("order", order("a", "on_hold", holds=("credit",)))]
    phone = await start(f"/orders/{uid('a')}", more=more, user=boss)
    await phone.tap("approve-order")
    await phone.tap("approve-yes")
    assert commands(phone) == []
    await phone.type("reason", "今天已打款")
    await phone.tap("approve-yes")
    assert commands(phone) == [OrderApprove(order=uid("a"), reason="今天已打款")]


async def test_an_order_that_is_gone_says_so(start: Start) -> None:
    phone = await start(f"/orders/{uid('nowhere')}")
    assert "不在手机上" in phone.text()


def discounted() -> rows.Order:
    line = rows.OrderLine(
        id="l", product=SODA, sku="QS-0450", name={"zh": "清泉苏打水"}, quantity=24, unit_price=D("5.64"),
        discount=D("20.12"), net=D("115.24"), tax=D("13.26"), promotion=uid("deal"),
    )  # fmt: skip
    totals = rows.Totals(goods=D("135.36"), discount=D("20.12"), tax=D("13.26"), total=D("115.24"))
    return order("off", "approved", lines=(line,), totals=totals)


async def test_the_figures_of_an_order_add_up_and_name_what_was_given(start: Start) -> None:
    phone = await start(f"/orders/{uid('off')}", more=[("order", discounted())])
    said = phone.text("ordered-lines")
    for text in ("24 × ¥5.64", "¥135.36", "优惠 · 橙汁买赠", "−¥20.12", "其中税额", "¥115.24"):
        assert text in said, text
    struck = [node for node in phone.nodes() if "number-struck" in node.get("attributes", {}).get("className", "")]
    assert [phone.port.text(node) for node in struck] == ["¥135.36"]


async def test_tax_that_comes_on_top_is_not_called_included(start: Start) -> None:
    brand = rows.Brand(id=uid("brand"), code="demo", name={}, currency="CNY", prices_include_tax=False)
    phone = await start(f"/orders/{uid('off')}", more=[("order", discounted()), ("brand", brand)])
    assert "其中税额" not in phone.text("ordered-lines")
    assert "税额" in phone.text("ordered-lines")


async def test_a_promotion_that_is_gone_is_still_a_discount(start: Start) -> None:
    line = msgspec.structs.replace(discounted().lines[0], promotion=uid("nowhere"))
    phone = await start(f"/orders/{uid('off')}", more=[("order", msgspec.structs.replace(discounted(), lines=(line,)))])
    assert "优惠¥" not in phone.text("ordered-lines")
    assert "优惠−¥20.12" in phone.text("ordered-lines").replace(" ", "").replace("\n", "")


async def queued(start: Start, **options: Any) -> tuple[Phone, str]:
    """A phone that shows an order of 12 bottles, still on the phone only."""
    phone = await start(f"/order/{SHOP}", **options)
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.type("ordering-note", "早上送")
    await phone.tap("submit-order")
    (entry,) = phone.app.engine.entries()
    return phone, entry.id


async def test_an_order_on_the_phone_only_goes_back_into_a_draft(start: Start) -> None:
    phone, entry_id = await queued(start)
    await phone.go("/sync")
    await phone.tap(f"entry-{entry_id}")
    assert phone.text("ordered-status") == "待发送"
    await phone.tap("withdraw")
    assert phone.app.engine.entries() == []
    assert await phone.outbox.load() == []
    (draft,) = phone.app.drafts.all()
    assert (draft.note, [line.quantity for line in draft.lines], draft.mends) == ("早上送", [12], "")
    assert phone.app.router.path.startswith(f"/order/{SHOP}/review")
    await phone.tap("submit-order")
    assert len(commands(phone)) == 1


async def test_the_sync_centre_takes_an_order_back_too(start: Start) -> None:
    phone, entry_id = await queued(start)
    await phone.go("/sync")
    await phone.tap(f"withdraw-{entry_id}")
    assert phone.app.engine.entries() == []
    assert len(phone.app.drafts.all()) == 1


async def test_what_may_be_on_its_way_is_not_taken_back(start: Start) -> None:
    phone, entry_id = await queued(start)
    order_id = placed(phone)[0].order
    await phone.go(f"/orders/{order_id}")
    # The leader's push begins after the button was painted.
    await phone.app.engine.outbox.claim(phone.app.engine.entries())
    await phone.tap("withdraw")
    assert "可能已经发出" in phone.text("toast")
    assert [entry.id for entry in await phone.outbox.load()] == [entry_id]
    assert phone.app.drafts.all() == []
    await phone.go("/sync")
    assert not phone.has(f"withdraw-{entry_id}")
    assert "可能已发出" in phone.text(f"entry-{entry_id}")
    await phone.go(f"/orders/{order_id}")
    assert phone.has("maybe-sent")
    assert not phone.has("withdraw")


async def test_a_refused_order_stays_on_top_of_the_orders_and_opens_for_mending(start: Start) -> None:
    phone, _ = await queued(start, more=[("order", order("a"))])
    (command,) = placed(phone)
    order_id = command.order
    await phone.refuse("withdrawn", lines=[command.lines[0].id], codes=["withdrawn"], names=["苏打水"])
    await phone.go("/orders")
    listed = phone.port.find(f"order-{order_id}")
    assert listed is not None
    assert listed["attributes"]["data-status"] == "refused"
    said = phone.text(f"order-{order_id}")
    assert "未接受" in said
    assert "已停售" in said
    assert phone.text().index("未接受") < phone.text().index("SO-a")
    await phone.type("orders-search", "没有这家")
    assert not phone.has(f"order-{order_id}")
    await phone.type("orders-search", "")
    await phone.tap("filter-done")
    assert not phone.has(f"order-{order_id}")
    await phone.tap("filter-all")
    await phone.tap(f"order-{order_id}")
    assert phone.app.router.path.startswith(f"/order/{SHOP}/review")


async def test_the_address_of_a_refused_order_shows_why(start: Start) -> None:
    phone, entry_id = await queued(start)
    order_id = placed(phone)[0].order
    await phone.refuse("customer_blocked", status="blocked", reason="逾期")
    await phone.go(f"/orders/{order_id}")
    assert "逾期" in phone.text(f"refused-{entry_id}")
    await phone.tap(f"discard-{entry_id}")
    await phone.tap("discard-yes")
    assert phone.app.engine.entries() == []
    assert "不在手机上" in phone.text()


async def test_what_the_system_did_is_signed_by_nobody_and_offline_is_told_once(start: Start) -> None:
    taken = NOW - timedelta(hours=5)
    events = tuple(
        rows.OrderEvent(id=kind, kind=kind, at=NOW, actor_name="林晓", local_at=taken)
        for kind in ("submitted", "credit_hold", "backordered", "partly_shipped", "shipped")
    )
    parcels = tuple(
        rows.Parcel(id=uid(number), carrier=carrier, tracking=number, lines={}, shipped_at=NOW)
        for carrier, number in (("顺丰", "SF1"), ("京东", "JD2"))
    )
    late = order("a", "shipped", events=events, parcels=parcels, at=NOW, local_at=taken)
    phone = await start(f"/orders/{uid('a')}", more=[("order", late)])
    timeline = phone.text("timeline")
    assert timeline.count("离线") == 1
    assert timeline.count("林晓") == 3
    assert "SF1" in timeline.split("部分发货")[1].split("已发货")[0]
    assert "京东 JD2" in timeline.split("已发货")[1]


async def test_a_shop_sees_what_it_ordered_in_place_of_its_own_name(start: Start) -> None:
    line = order("a").lines[0]
    lines = tuple(
        msgspec.structs.replace(line, id=name, name={"zh": name}) for name in ("苏打水", "饼干", "果汁", "洗手液")
    )
    phone = await start("/orders", more=[("order", order("a", lines=lines))], user=SHOPKEEPER)
    said = phone.text(f"order-{uid('a')}")
    assert "苏打水、饼干 等 4 种" in said
    assert "好邻居" not in said
    rep = await start("/orders", more=[("order", order("a", lines=lines))])
    assert "好邻居" in rep.text(f"order-{uid('a')}")


def test_pieces_of_a_line_have_their_dot_before_them() -> None:
    line: Any = Pieces("Shop", "", "12", "12")
    said: Any = [[child for child in piece["children"] if child] for piece in line["children"]]
    assert [each[-1] for each in said] == ["Shop", "12", "12"]
    assert [len(each) for each in said] == [1, 2, 2]
    assert said[1][0]["children"] == [" · "]


async def test_head_office_stops_an_order_on_the_phone_and_lets_it_go_on(start: Start) -> None:
    boss = uid("boss")
    office = ("me", me(boss, "head_office", "王静", OFFICE))
    phone = await start(f"/orders/{uid('a')}", more=[office, ("order", order("a", "submitted"))], user=boss)
    await phone.tap("hold-order")
    await phone.tap("hold-yes")
    assert commands(phone) == []
    await phone.type("reason", "客户盘点，下周再发")
    await phone.double_tap("hold-yes")
    assert commands(phone) == [OrderHold(order=uid("a"), reason="客户盘点，下周再发")]
    assert "客户盘点，下周再发" in phone.text("held")
    assert not phone.has("hold-order")
    await phone.tap("release-order")
    await phone.double_tap("release-yes")  # a reason may be given, none is asked for
    assert commands(phone)[1:] == [OrderRelease(order=uid("a"))]
    assert phone.text("ordered-status") == "待审核"


async def test_who_may_not_approve_neither_holds_nor_releases(start: Start) -> None:
    more = [("order", order("a", "submitted")), ("order", order("b", "on_hold", held=True))]
    phone = await start(f"/orders/{uid('a')}", more=more)
    assert not phone.has("hold-order")
    await phone.go(f"/orders/{uid('b')}")
    assert phone.has("held")
    assert not phone.has("release-order")


async def test_a_slip_finds_the_orders_of_a_customer_nearly_so_called(start: Start) -> None:
    phone = await start("/orders", locale="en", more=[("order", order("a")), ("order", order("b", "cancelled"))])
    await phone.type("orders-search", "nieghbour")
    assert phone.text("near") == "Nothing for “nieghbour”. Near it:"
    assert phone.has(f"order-{uid('a')}")
    await phone.tap("filter-done")
    assert phone.has(f"order-{uid('b')}")
    assert not phone.has(f"order-{uid('a')}")
    await phone.type("orders-search", "SO-x")  # a number is that number
    assert not phone.has("near")
