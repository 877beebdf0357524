"""Orders stopped by hand, lines taken off an order, and what is told of a deed done to many."""

from decimal import Decimal

import msgspec

from offline.wire import rows
from tests.desk.conftest import Open
from tests.desk.world import NOW, OVERDRAWN, Desk, line, uid
from tests.screens.world import D, order


async def test_an_order_is_stopped_with_a_reason_and_let_go_on(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0006')}?tab=to_ship")
    await desk.tap("do-hold")
    await desk.tap("order-action-yes")
    assert not desk.commands("order.hold")
    await desk.type("reason", "客户盘点，下周再发", leave=False)
    await desk.tap("order-action-yes")
    assert [(each.order, each.reason) for each in desk.commands("order.hold")] == [(uid("0006"), "客户盘点，下周再发")]
    assert desk.text("panel-status") == "已暂停"
    assert "客户盘点，下周再发" in desk.text("held")
    assert not desk.has("do-ship")
    assert not desk.has("do-approve")
    assert desk.listed() == []
    assert desk.text("tab-held").endswith("1")
    await desk.tap("do-release")
    await desk.tap("order-action-yes")
    assert len(desk.commands("order.release")) == 1
    # Back to where it was stopped. It was approved before there were events of it here.
    assert desk.order("0006").status == "submitted"
    assert not desk.has("held")


async def test_a_stopped_order_is_not_among_those_to_approve(open_desk: Open) -> None:
    held = rows.OrderEvent(id=uid("held"), kind="held", at=NOW, actor_name="周婷", reason="等客户回复")
    stopped = order("0009", "on_hold", holds=("credit",), held=True, events=(held,))
    desk = await open_desk("/desk/orders?tab=over_credit", more=[("order", stopped)])
    assert desk.listed() == ["0003"]
    await desk.tap("tab-held")
    assert desk.listed() == ["0009"]
    assert "已暂停" in desk.text(f"order-{uid('0009')}")
    await desk.tap("mark-all")
    assert desk.disabled("batch-approve")
    await desk.tap("batch-release")
    await desk.tap("order-action-yes")
    assert [each.order for each in desk.commands("order.release")] == [uid("0009")]
    # What else was in its way still is.
    assert (desk.order("0009").status, desk.order("0009").holds) == ("on_hold", ("credit",))


async def test_who_stopped_an_order_is_reminded_of_it(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    assert not desk.has("tile-held")
    desk.put([("order", order("0009", "on_hold", held=True))])
    await desk.go("/desk/orders")
    await desk.go("/desk")
    assert desk.text("tile-held").startswith("1")


async def test_before_a_line_is_shortened_the_new_total_is_shown(open_desk: Open) -> None:
    gift = line(
        "free",
        product=uid("biscuit"),
        sku="MT-2001",
        name={"zh": "麦田饼干"},
        quantity=4,
        unit_price=D(0),
        net=D(0),
        gift=True,
    )
    deal = line("deal", discount=D("38.88"), net=D("349.92"))
    totals = rows.Totals(goods=D("388.80"), discount=D("38.88"), total=D("349.92"))
    paper = order("0009", "approved", lines=(deal, gift), totals=totals)
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=to_ship", more=[("order", paper)])
    await desk.tap("do-cut")
    assert not desk.has("cut-outcome")
    await desk.type("keep-QS-0450", "60", leave=False)
    assert "只能比现在的 48 少" in desk.error_of("keep-QS-0450")
    await desk.type("keep-QS-0450", "24", leave=False)
    assert desk.text("cut-total").endswith("¥174.96")
    assert "单价不变" in desk.text("cut-outcome")
    assert "麦田饼干 现在 4，按比例是 2" in desk.text("cut-gifts")
    await desk.tap("order-action-yes")
    assert not desk.commands("order.cut")
    assert desk.error_of("reason") == "请写明原因"
    await desk.tap("cut-gifts-too")
    assert not desk.has("cut-gifts")
    await desk.type("reason", "这批召回", leave=False)
    await desk.tap("order-action-yes")
    (command,) = desk.commands("order.cut")
    assert command.keep == {deal.id: 24, gift.id: 2}
    assert (command.total, command.reason) == (Decimal("174.96"), "这批召回")
    after = desk.order("0009")
    assert [(each.quantity, each.cut) for each in after.lines] == [(24, 24), (2, 2)]
    assert "原 48，删减 24" in desk.text("line-QS-0450")
    assert desk.text("panel-total").endswith("¥174.96")
    assert "清泉苏打水 48 → 24" in desk.text("event-cut")


async def test_not_everything_is_cut_away_and_nothing_is_cut_unseen(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=to_approve")
    await desk.tap("do-cut")
    await desk.type("reason", "没货", leave=False)
    await desk.tap("order-action-yes")
    assert "还没有删减任何商品" in desk.text("order-action")
    await desk.tap("none-QS-0450")
    await desk.tap("order-action-yes")
    assert "都不要了请取消订单" in desk.text("order-action")
    assert not desk.commands("order.cut")


async def test_an_order_cut_to_its_limit_waits_no_longer(open_desk: Open) -> None:
    """3,140.50 are used of 1,000, with this order's 2,400."""
    big = line("big", quantity=300, unit_price=D("8"), net=D("2400.00"))
    totals = rows.Totals(goods=D("2400.00"), total=D("2400.00"))
    name = {"organisation": OVERDRAWN, "organisation_name": {"zh": "阳光小卖部"}}
    paper = order("0009", "on_hold", holds=("credit",), lines=(big,), totals=totals, **name)
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=over_credit", more=[("order", paper)])
    await desk.tap("do-cut")
    await desk.type("keep-QS-0450", "33", leave=False)
    assert "不再因" not in desk.text("cut-outcome")
    await desk.type("keep-QS-0450", "32", leave=False)
    assert "不再因超额度暂停" in desk.text("cut-outcome")
    await desk.type("reason", "先发这些", leave=False)
    await desk.tap("order-action-yes")
    assert (desk.order("0009").status, desk.order("0009").holds) == ("submitted", ())


async def test_of_many_it_is_told_how_far_they_got_and_which_were_refused(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders?tab=to_approve")
    await desk.tap("mark-all")
    await desk.tap("batch-approve")
    await desk.tap("order-action-yes")
    assert desk.text("batch-text") == "审核：已处理 0 / 3"
    await decide(desk, "0001", "applied")
    assert desk.text("batch-text") == "审核：已处理 1 / 3"
    await decide(desk, "0002", "rejected", "order_held")
    await decide(desk, "0005", "applied")
    assert desk.text("batch-text") == "审核：2 张已处理，1 张未被接受"
    told = desk.text(f"batch-refused-{uid('0002')}")
    assert "SO-0002" in told
    assert "订单已被暂停" in told
    await desk.tap("batch-discard")
    assert not desk.has("batch")
    assert desk.app.engine.status.problems == 0


async def decide(desk: Desk, name: str, state: str, code: str = "") -> None:
    """The server's verdict on what was done to an order."""
    outbox = desk.app.engine.outbox
    (entry,) = [each for each in outbox.entries() if uid(name).encode() in each.args]
    await outbox.write([msgspec.structs.replace(entry, state=state, code=code)])
    desk.app.engine.show()
    await desk.port.settle()
