"""The order desk: what waits, the open order, and what is done to it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from offline.wire.rows import OrderEvent, Parcel, StockLevel
from tests.desk.conftest import Open
from tests.desk.world import DESK_CLERK, HQ, NOW, OVERDRAWN, SODA, line, uid
from tests.screens.world import D, order, organisation, product

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("to_approve", {"0001", "0002", "0005"}),
        ("over_credit", {"0003"}),
        ("price_pending", {"0004"}),
        ("to_ship", {"0006"}),
        ("all", {f"000{number}" for number in range(1, 9)}),
    ],
)
async def test_each_tab_shows_its_orders_and_counts_them(open_desk: Open, tab: str, names: set[str]) -> None:
    desk = await open_desk(f"/desk/orders?tab={tab}")
    assert set(desk.listed()) == names
    if tab != "all":
        assert desk.text(f"tab-{tab}").endswith(str(len(names)))
    assert desk.text("nav-orders").endswith("4")


async def test_orders_are_found_by_number_customer_and_product(open_desk: Open) -> None:
    biscuit = line("b", sku="MT-2001", name={"zh": "麦田饼干"}, product=uid("biscuit"))
    more = [("order", order("0009", "closed", lines=(biscuit,), at=NOW - timedelta(days=40)))]
    desk = await open_desk("/desk/orders?tab=all", more=more)
    for words, names in (
        ("so-0003", ["0003"]),
        ("阳光", ["0003"]),
        ("饼干", ["0009"]),
        ("mt2001", ["0009"]),
        ("so0003", ["0003"]),
    ):
        await desk.type("desk-search", words)
        assert desk.listed() == names, words
    await desk.type("desk-search", "没有的东西")
    assert "没有找到“没有的东西”" in desk.text()


async def test_orders_are_found_by_the_pinyin_of_their_customer_and_not_by_his_telephone(open_desk: Open) -> None:
    partner = organisation(
        OVERDRAWN, "S0009", "阳光小卖部", search="阳光小卖部 yangguangxiaomaibu ygxmb s0009 13800000003"
    )
    desk = await open_desk("/desk/orders?tab=over_credit", more=[("organisation", partner)])
    await desk.type("desk-search", "ygx")
    assert desk.listed() == ["0003"]
    await desk.type("desk-search", "138000")
    assert desk.listed() == []


async def test_an_offline_order_is_marked_and_tells_both_times(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=to_approve")
    assert "07:52" not in desk.text(f"order-{uid('0002')}")
    marks = [node for node in desk.nodes() if node.get("attributes", {}).get("className") == "offline-mark"]
    assert len(marks) == 1
    assert "放后门 🚪" in desk.text("order-panel")


async def test_approving_a_sound_order_is_one_press_and_shows_at_once(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=to_approve")
    assert desk.text("check-credit").endswith("审核后剩 ¥12,650")
    assert desk.text("check-stock").endswith("可全部发货")
    await desk.tap("do-approve")
    assert [command.order for command in desk.commands("order.approve")] == [uid("0001")]
    assert desk.text("panel-status") == "待发货"
    assert desk.has("do-ship")
    assert set(desk.listed()) == {"0002", "0005"}
    assert "待发送" in desk.text("order-panel")


async def test_the_key_a_asks_before_it_approves(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=to_approve")
    await desk.key("a")
    assert not desk.commands("order.approve")
    await desk.tap("order-action-yes")
    assert len(desk.commands("order.approve")) == 1


async def test_overruling_credit_needs_a_reason(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0003')}?tab=over_credit")
    assert "超额度 ¥2,141" in desk.text(f"order-{uid('0003')}").replace("¥2,140", "¥2,141")
    assert desk.text("check-credit").endswith("超出 ¥2,140.50")
    await desk.tap("do-approve")
    assert "超出信用额度 ¥2,140.50" in desk.text("order-action")
    await desk.tap("order-action-yes")
    assert not desk.commands("order.approve")
    assert desk.error_of("reason") == "请写明原因"
    await desk.type("reason", "  已付定金 ", leave=False)
    await desk.tap("order-action-yes")
    (command,) = desk.commands("order.approve")
    assert command.reason == "已付定金"
    assert "已付定金" in desk.text("event-approved")


async def test_a_price_hold_shows_both_prices_and_is_not_approved(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0004')}?tab=price_pending")
    hold = desk.text("price-hold")
    assert "¥7.90" in hold
    assert "¥8.10" in hold
    assert desk.text("quoted-total").endswith("¥379.20")
    assert desk.text("panel-total").endswith("¥388.80")
    assert not desk.has("do-approve")
    assert "A 审核" not in desk.text("order-panel")
    await desk.tap("accept-price")
    await desk.tap("order-action-yes")
    (command,) = desk.commands("order.confirm_price")
    assert command.accept
    assert command.total == D("388.80")


async def test_sending_back_needs_a_reason(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0002')}?tab=to_approve")
    await desk.tap("do-cancel")
    await desk.tap("order-action-yes")
    assert not desk.commands("order.cancel")
    await desk.type("reason", "地址不对", leave=False)
    await desk.tap("order-action-yes")
    assert desk.commands("order.cancel")[0].reason == "地址不对"
    assert desk.order("0002").status == "cancelled"


async def test_several_are_approved_at_once_after_a_question(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders?tab=to_approve")
    assert desk.port.find("batch-approve")["attributes"]["disabled"]  # type: ignore[index]  # the test fails here without it
    mark = desk.port.find(f"mark-{uid('0005')}")
    assert mark is not None
    assert mark["attributes"]["aria-label"].startswith("选择订单 SO-")
    await desk.tap("mark-all")
    assert desk.text("batch-approve") == "批量审核 3"
    await desk.tap(f"mark-{uid('0005')}")
    await desk.tap("batch-approve")
    assert "2 张，共 ¥777.60" in desk.text("order-action")
    assert not desk.commands("order.approve")
    await desk.tap("order-action-yes")
    assert {command.order for command in desk.commands("order.approve")} == {uid("0001"), uid("0002")}
    assert desk.text("batch-approve") == "批量审核"


async def test_shipping_in_two_parcels_takes_what_is_there_and_then_the_rest(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0006')}?tab=to_ship", more=[("stock", stock(10))])
    await desk.tap("do-ship")
    quantities = [
        node for node in desk.nodes() if node.get("tagName") == "q-field" and config(node, "testid") == "ship-QS-0450"
    ]
    # 36 are reserved; of the 24 on back order 10 have come in.
    assert [config(node, "value") for node in quantities] == ["48", "46"]
    await desk._event(quantities[1]["eventHandlers"]["report"]["target"], "61")
    await desk.tap("order-action-yes")
    assert not desk.commands("order.ship")
    await desk._event(quantities[1]["eventHandlers"]["report"]["target"], "0")
    await desk.type("carrier", "顺丰")
    await desk.type("tracking", "SF1400 8821")
    await desk.tap("order-action-yes")
    (first,) = desk.commands("order.ship")
    assert first.lines == {uid("ship-a"): 48}
    assert (first.carrier, first.tracking) == ("顺丰", "SF1400 8821")
    assert desk.order("0006").status == "partly_shipped"
    assert "顺丰 SF1400 8821" in desk.text("parcel-1")
    await desk.tap("do-ship")
    await desk.type("ship-QS-0450", "20")
    await desk.tap("order-action-yes")
    second = desk.commands("order.ship")[1]
    assert second.lines == {uid("short-line"): 20}
    assert second.parcel != first.parcel


async def test_goods_kept_by_lot_are_shipped_lot_by_lot(open_desk: Open) -> None:
    soda = product("soda", "QS-0450", "清泉苏打水", "Soda", lot_tracked=True)
    paper = order("0009", "approved", lines=(line("by-lot"),))
    more = [("product", soda), ("order", paper)]
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=to_ship", more=more)
    await desk.tap("do-ship")
    await desk.type("lot-QS-0450-0", "L2407A", leave=False)
    await desk.type("lot-quantity-QS-0450-0", "24", leave=False)
    await desk.type("lot-expires-QS-0450-0", "2027-07-01", leave=False)
    await desk.tap("order-action-yes")
    assert "批号合计 24，本次发 48" in desk.text("order-action")
    await desk.tap("lot-more-QS-0450")
    await desk.type("lot-QS-0450-1", "L2408B", leave=False)
    await desk.type("lot-quantity-QS-0450-1", "24", leave=False)
    await desk.tap("order-action-yes")
    (command,) = desk.commands("order.ship")
    parts = command.lots[uid("by-lot")]
    assert [(part.lot, part.quantity, part.expires_on) for part in parts] == [
        ("L2407A", 24, date(2027, 7, 1)),
        ("L2408B", 24, None),
    ]
    assert "L2407A × 24（2027年7月1日到期）、L2408B × 24" in desk.text("parcel-1")


async def test_one_lot_need_not_repeat_its_quantity_and_none_need_be_said(open_desk: Open) -> None:
    soda = product("soda", "QS-0450", "清泉苏打水", "Soda", lot_tracked=True)
    lines = (line("by-lot", quantity=48), line("short-line", quantity=60, reserved=36, backordered=24))
    desk = await open_desk(
        f"/desk/orders/{uid('0009')}?tab=to_ship",
        more=[("product", soda), ("order", order("0009", "approved", lines=lines))],
    )
    await desk.tap("do-ship")
    await desk.type("lot-QS-0450-0", "L2407A", leave=False)
    await desk.tap("order-action-yes")
    (command,) = desk.commands("order.ship")
    assert {line_id: [(part.lot, part.quantity) for part in parts] for line_id, parts in command.lots.items()} == {
        uid("by-lot"): [("L2407A", 48)]
    }


async def test_the_name_of_who_signed_is_shown_with_the_parcel(open_desk: Open) -> None:
    parcel = Parcel(
        id=uid("p"), carrier="顺丰", tracking="SF1", lines={}, shipped_at=NOW, signed_at=NOW, signature=uid("name")
    )
    more = [("order", order("0009", "signed", parcels=(parcel,)))]
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=all", more=more)
    pictures = [node for node in desk.nodes() if config(node, "part") == "photo" and config(node, "id") == uid("name")]
    assert [config(node, "label") for node in pictures] == ["收货人签名"]
    await desk.tap(f"signature-open-{uid('p')}")
    large = [node for node in desk.nodes() if config(node, "part") == "photo" and config(node, "variant") == "1600"]
    assert [config(node, "id") for node in large] == [uid("name")]
    unreadable = msgspec.structs.replace(parcel, signature_status="refused")
    desk.put([("order", msgspec.structs.replace(desk.order("0009"), parcels=(unreadable,)))])
    await desk.port.settle()
    assert "签名图片打不开" in desk.text("parcel-1")


async def test_an_empty_parcel_is_refused_here(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0006')}?tab=to_ship")
    await desk.tap("do-ship")
    for node in [node for node in desk.nodes() if config(node, "testid") == "ship-QS-0450"]:
        await desk._event(node["eventHandlers"]["report"]["target"], "")
    await desk.tap("order-action-yes")
    assert "至少要有一件商品" in desk.text("order-action")
    assert not desk.commands("order.ship")


async def test_a_change_from_the_server_shows_in_the_open_panel(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0007')}?tab=all")
    row = desk.order("0007")
    signed = OrderEvent(id=uid("signed"), kind="signed", at=NOW, actor_name="陈美玲")
    desk.put([("order", msgspec.structs.replace(row, status="signed", events=(*row.events, signed)))])
    await desk.port.settle()
    assert desk.text("panel-status") == "已签收"
    assert "陈美玲" in desk.text("event-signed")


async def test_a_refused_deed_says_why_beside_its_order(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=all")
    await desk.tap("do-approve")
    await desk.refuse("order_status", status="cancelled")
    assert desk.order("0001").status == "submitted"
    assert "“审核订单”未被接受" in desk.text("refusal")
    assert "订单目前是“已取消”" in desk.text("refusal")
    await desk.tap("refusal-discard")
    assert not desk.has("refusal")
    assert not desk.commands("order.approve")


async def test_who_may_not_approve_is_not_offered_it(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0002')}?tab=to_approve")
    row = desk.app.me
    assert row is not None
    fewer = tuple(permission for permission in row.permissions if permission not in ("order.approve", "order.cancel"))
    desk.put([("me", msgspec.structs.replace(row, permissions=fewer))])
    await desk.port.settle()
    for testid in ("do-approve", "do-cancel", "batch-approve", "mark-all"):
        assert not desk.has(testid), testid
    await desk.key("a")
    assert not desk.has("order-action")


async def test_escape_closes_the_panel_and_keeps_the_tab(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0003')}?tab=over_credit")
    await desk.key("Escape")
    assert desk.app.router.path == "/desk/orders?tab=over_credit"
    assert not desk.has("order-panel")


async def test_the_order_desk_clerk_has_the_desk_too(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders", user=DESK_CLERK)
    assert desk.has("orders-grid")
    assert desk.has("sync-badge")


async def test_thousands_of_orders_show_a_screenful(open_desk: Open) -> None:
    more = [("order", order(f"many-{number}", "closed", at=NOW - timedelta(minutes=number))) for number in range(1500)]
    desk = await open_desk("/desk/orders?tab=all", more=more)
    shown = [node for node in desk.nodes() if "grid-line" in str(node.get("attributes", {}).get("className", ""))]
    assert len(shown) <= 40
    await desk.tap(shown[11]["attributes"]["data-testid"])
    (window,) = [node for node in desk.nodes() if node.get("tagName") == "q-window"]
    assert window["attributes"]["config"]["count"] == 1508
    await desk._event(window["eventHandlers"]["report"]["target"], 700, 730)
    shown = [node for node in desk.nodes() if "grid-line" in str(node.get("attributes", {}).get("className", ""))]
    # The keys lead from the open row to the ones beside it, however far that is.
    indices = [node["attributes"]["aria-rowindex"] for node in shown]
    assert indices == [12, 13, 14, *range(702, 732)]
    assert [node["attributes"]["aria-selected"] for node in shown[:4]] == ["false", "true", "false", "false"]
    spaces = [node for node in desk.nodes() if node.get("attributes", {}).get("className") == "windowed-space"]
    assert [node["attributes"]["style"]["height"] for node in spaces] == [
        f"{rows * 48}px" for rows in (10, 700 - 13, 1508 - 730)
    ]


def stock(available: int) -> StockLevel:
    return StockLevel(id=SODA, available=available, as_of=NOW)


def config(node: Mapping[str, Any], name: str) -> object:
    return node.get("attributes", {}).get("config", {}).get(name)


async def test_a_double_click_approves_once(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=to_approve")
    button = desk.port.find("do-approve")
    assert button is not None
    for _ in range(2):
        desk.port.post({"type": "layout-event", "target": button["eventHandlers"]["onClick"]["target"], "data": [{}]})
    await desk.port.settle()
    assert len(desk.commands("order.approve")) == 1
    assert not desk.has("order-action")


async def test_a_button_pressed_right_after_typing_takes_what_was_typed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0006')}?tab=to_ship")
    await desk.tap("do-ship")
    first = next(node for node in desk.nodes() if config(node, "testid") == "ship-QS-0450")
    button = desk.port.find("order-action-yes")
    assert button is not None
    typed = {"target": first["eventHandlers"]["report"]["target"], "data": ["12"]}
    pressed = {"target": button["eventHandlers"]["onClick"]["target"], "data": [{}]}
    for happened in (typed, pressed, pressed):
        desk.port.post({"type": "layout-event", **happened})
    await desk.port.settle()
    (command,) = desk.commands("order.ship")
    assert command.lines[uid("ship-a")] == 12


async def test_a_reason_is_there_again_when_its_question_was_closed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0002')}?tab=to_approve")
    await desk.tap("do-cancel")
    await desk.type("reason", "地址不", leave=False)
    await desk.tap("order-action-no")
    await desk.tap("do-cancel")
    assert desk.value_of("reason") == "地址不"
    # Another order's question is another's; and what was said is not said twice.
    await desk.go(f"/desk/orders/{uid('0001')}?tab=to_approve")
    await desk.tap("do-cancel")
    assert desk.value_of("reason") == ""
    await desk.type("reason", "客户撤单", leave=False)
    await desk.tap("order-action-yes")
    assert [command.reason for command in desk.commands("order.cancel")] == ["客户撤单"]
    assert desk.app.jottings.values(f"cancel.{uid('0001')}") == {}
    await desk.app.jottings.settled()
    kept = await desk.values.load(f"jotting.{HQ}.cancel.{uid('0002')}")
    assert kept
    assert "地址不" in kept.decode()


async def test_a_tracking_number_is_not_copied_twice(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0006')}?tab=to_ship")
    await desk.tap("do-ship")
    await desk.type("carrier", "顺丰", leave=False)
    await desk.type("tracking", "SF1234567890", leave=False)
    await desk.tap("order-action-no")
    await desk.tap("do-ship")
    assert (desk.value_of("carrier"), desk.value_of("tracking")) == ("顺丰", "SF1234567890")
    await desk.tap("order-action-yes")
    (command,) = desk.commands("order.ship")
    assert (command.carrier, command.tracking) == ("顺丰", "SF1234567890")


async def test_a_price_hold_says_until_when(open_desk: Open) -> None:
    held = order(
        "0004", "on_hold", holds=("price",), events=(OrderEvent(id="e", kind="price_hold", at=NOW - 2 * HOUR),)
    )
    desk = await open_desk(f"/desk/orders/{uid('0004')}?tab=price_pending", more=[("order", held)])
    until = desk.app.format.moment(NOW + 70 * HOUR, NOW)
    assert until in desk.text("price-hold-until")


async def test_head_office_sets_how_orders_are_taken(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders")
    await desk.tap("order-rules")
    assert desk.value_of("field-price_hold_hours") == "72"
    await desk.type("field-price_hold_hours", "", leave=False)
    await desk.type("field-approval_above", "5,000", leave=False)
    await desk.tap("save")
    assert desk.error_of("field-price_hold_hours") == "请填写"
    assert not desk.commands("brand.configure")
    await desk.type("field-price_hold_hours", "48", leave=False)
    await desk.tap("save")
    (command,) = desk.commands("brand.configure")
    assert (command.approval_above, command.price_grace_hours, command.price_hold_hours) == (D(5000), 72, 48)
    assert desk.app.brand
    assert desk.app.brand.price_hold_hours == 48


async def test_who_may_not_set_them_is_not_offered_to(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders/rules", user=DESK_CLERK)
    assert not desk.has("order-rules")
    assert not desk.has("rules-panel")


async def test_what_was_ticked_in_one_tab_is_not_approved_from_another(open_desk: Open) -> None:
    """The tabs are addresses: the back button and the overview lead to them too."""
    desk = await open_desk("/desk/orders?tab=to_approve")
    await desk.tap(f"mark-{uid('0001')}")
    assert not desk.disabled("batch-approve")
    await desk.go("/desk/orders?tab=over_credit")
    assert desk.disabled("batch-approve")


async def test_the_same_is_told_of_two_orders_that_have_no_number_yet(open_desk: Open) -> None:
    changed = line("pricey", quoted_unit_price=D("7.90"), quoted_net=D("379.20"))
    twins = [
        ("order", order(name, "on_hold", holds=("price", "approval"), at=NOW, lines=(changed,), number=""))
        for name in ("0009", "0010")
    ]
    desk = await open_desk("/desk/orders?tab=price_pending", more=twins)
    for name in ("0009", "0010"):
        await desk.tap(f"mark-{uid(name)}")
    await desk.tap("batch-approve")
    assert desk.text("order-action").count("好邻居便利店：") == 2


async def test_of_hundreds_of_lines_the_first_are_told_and_how_many_there_are(open_desk: Open) -> None:
    lines = tuple(
        line(f"many-{number}", name={"zh": f"商品{number}"}, quoted_unit_price=D("7.90"), backordered=24, reserved=24)
        for number in range(200)
    )
    many = order("many", "on_hold", holds=("price",), lines=lines)
    desk = await open_desk(f"/desk/orders/{many.id}?tab=all", more=[("order", many)])
    assert desk.text("check-stock").endswith("商品5 24 等 200 项")
    assert "商品7" in desk.text("price-hold")
    assert "商品8" not in desk.text("price-hold")
    await desk.tap("price-all")
    assert "商品199" in desk.text("price-hold")
    assert not desk.has("price-all")
