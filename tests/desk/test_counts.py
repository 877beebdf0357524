"""Counts at the desk: variances, decisions, how the brand counts."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from offline.rules.seen import NOTHING
from offline.store import Response
from offline.wire import counts as wire
from offline.wire import rows
from tests.desk.world import DEALER, NOW, OFFICE, SHOP, SODA, Desk, uid
from tests.screens.world import DRINKS, JUICE

LINE = wire.CountLine(
    product=SODA,
    state="recount",
    observed=30,
    expected=40,
    tolerance=2,
    counters=("rep",),
    counted_at=NOW,
    round=1,
    parts=(wire.CountedPart(packs={"": 30}, lot="A7", expires_on=date(2026, 12, 3)),),
)


def far_off(**more: object) -> list[tuple[str, wire.Count | wire.CountReview]]:
    shown = wire.CountLine(product=SODA, state="recount", counters=("rep",))
    event = wire.CountEvent(kind="counted", at=NOW, actor_name="林晓", lines=1)
    count = wire.Count(
        id=uid("count"),
        organisation=SHOP,
        organisation_name={"zh": "好邻居便利店"},
        status="recount_wanted",
        blind=True,
        lines=(shown,),
        events=(event,),
        changed_at=NOW,
    )
    return [("count", count), ("count_review", wire.CountReview(id=count.id, organisation=SHOP, lines=(LINE,)))]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    opened = Desk()
    yield await opened.start("/desk/counts", far_off())
    await opened.killed()


async def test_a_count_too_far_off_shows_its_variance_and_is_accepted(desk: Desk) -> None:
    assert "1 / 1" in desk.text(f"count-{uid('count')}")
    await desk.go(f"/desk/counts/{uid('count')}")
    said = desk.text("variance-QS-0450")
    assert "40" in said
    assert "−10 (−25%)" in said
    assert "批号 A7 × 30，12月3日到期" in said
    await desk.tap("count-accept")
    (command,) = desk.commands("count.decide")
    assert (command.count, command.decision) == (uid("count"), "accept")
    assert "已入账" in desk.text("count-panel")


async def test_asking_again_needs_a_reason(desk: Desk) -> None:
    await desk.go(f"/desk/counts/{uid('count')}")
    await desk.tap("count-again")
    assert desk.error_of("field-reason") == "请写明为什么要重盘"
    assert desk.commands("count.decide") == []
    await desk.type("field-reason", "货架重新陈列过")
    await desk.tap("count-again")
    (command,) = desk.commands("count.decide")
    assert (command.decision, command.reason) == ("again", "货架重新陈列过")


async def test_a_double_click_decides_once_and_finds_no_fault(desk: Desk) -> None:
    await desk.go(f"/desk/counts/{uid('count')}")
    await desk.type("field-reason", "货架重新陈列过")
    await desk.double_tap("count-again")
    (command,) = desk.commands("count.decide")
    assert command.reason == "货架重新陈列过"
    assert desk.asked("focus") == []


async def test_dropping_a_count_is_asked_about_first() -> None:
    wanted = wire.Count(
        id=uid("wanted"), organisation=SHOP, organisation_name={"zh": "好邻居便利店"}, status="wanted",
        lines=(wire.CountLine(product=SODA, state="wanted"),), changed_at=NOW, asked_by_name="王静",
    )  # fmt: skip
    desk = Desk()
    await desk.start(f"/desk/counts/{wanted.id}", [("count", wanted)])
    row = desk.text(f"count-{wanted.id}")
    assert "– / 1" in row, "nothing was counted, so nothing was as expected"
    assert "王静" not in row, "who asked for it has not counted"
    assert "未盘" in desk.text("variance-QS-0450")
    await desk.tap("count-drop")
    assert desk.text("count-drop-question-no") == "返回", "beside “取消盘点” a “取消” could mean either"
    await desk.tap("count-drop-question-no")
    assert desk.commands("count.decide") == []
    await desk.tap("count-drop")
    await desk.tap("count-drop-question-yes")
    assert [each.decision for each in desk.commands("count.decide")] == ["drop"]
    await desk.killed()


async def test_the_movements_are_asked_for_online(desk: Desk) -> None:
    await desk.go(f"/desk/counts/{uid('count')}")
    moved = wire.PartnerMovementView(
        id=uid("m"), seq=1, kind="delivery", delta=24, at=NOW, recorded_at=NOW, actor_name="陈美玲"
    )
    desk.answers.append(Response(200, msgspec.json.encode([moved])))
    await desk.tap("ledger-QS-0450")
    assert desk.requests[-1] == ("GET", f"/api/partner-stock/{SHOP}/{SODA}/movements?limit=30")
    said = desk.text("ledger")
    assert "到货签收" in said
    assert "+24" in said


async def test_a_double_click_asks_for_one_count(desk: Desk) -> None:
    """The way here from the stock knows where, so that the form is whole again at once."""
    await desk.go(f"/desk/counts/ask?at={SHOP}")
    await desk.choose("ask-what", "products")
    await desk.tap("ask-products-open")
    await desk.tap(f"ask-products-{SODA}")
    await desk.double_tap("ask-yes")
    assert len(desk.commands("count.ask")) == 1


async def test_a_count_is_asked_for_at_several_partners(desk: Desk) -> None:
    await desk.tap("counts-ask")
    await desk.tap("ask-yes")
    assert "请至少选一家" in desk.text("ask-panel")
    await desk.tap("ask-organisations-open")
    for partner in (SHOP, DEALER):
        await desk.tap(f"ask-organisations-{partner}")
    await desk.choose("ask-what", "categories")
    await desk.type("ask-due_on", "2026-07-01")
    await desk.tap("ask-yes")
    assert desk.error_of("ask-due_on") == "不能早于今天"
    assert "请至少选一个分类" in desk.text("ask-panel")
    await desk.tap("ask-categories-open")
    await desk.tap(f"ask-categories-{DRINKS}")
    await desk.type("ask-due_on", "2026-07-20")
    await desk.choose("ask-blind", "yes")
    await desk.type("ask-note", "月底")
    await desk.tap("ask-yes")
    first, second = desk.commands("count.ask")
    drinks = {row.id for row in desk.app.engine.replica.search_products("", DRINKS)}
    assert (first.organisation, second.organisation) == (SHOP, DEALER)
    assert set(first.products) == set(second.products) == drinks
    assert (first.due_on, first.blind, first.note, first.count_list) == (date(2026, 7, 20), True, "月底", None)
    # It stands in the list at once, and the form is empty again.
    assert desk.app.router.path == "/desk/counts"
    assert "待盘点" in desk.text(f"count-{first.count}")
    await desk.go(f"/desk/counts/{first.count}")
    assert "7月20日" in desk.text("due-on")


async def test_the_warehouse_is_counted_at_the_desk(desk: Desk) -> None:
    """Asked for from the stock's screen, typed in beside its products, and handed in."""
    await desk.go("/desk/stock")
    await desk.tap("stock-count")
    assert "总部仓库" in desk.text("ask-panel")
    await desk.choose("ask-what", "products")
    await desk.tap("ask-products-open")
    for product in (SODA, JUICE):
        await desk.tap(f"ask-products-{product}")
    await desk.tap("ask-yes")
    (asked,) = desk.commands("count.ask")
    assert (asked.organisation, asked.products) == (OFFICE, (SODA, JUICE))
    await desk.go(f"/desk/counts/{asked.count}")
    assert "还有 2 个商品没盘" in desk.text("enter-block")
    await desk.type("enter-QS-0450-case", "3")
    await desk.type("enter-QS-0450-unit", "x")
    assert "请输入整数" in desk.text("enter-block")
    assert desk.app.tallies.find(asked.count).lines == ()  # type: ignore[union-attr]  # the test fails here without it
    await desk.type("enter-QS-0450-unit", "5")
    # Kept, whatever happens to the page.
    (kept,) = desk.app.tallies.find(asked.count).lines  # type: ignore[union-attr]  # the test fails here without it
    assert kept.parts == (wire.CountedPart(packs={"case": 3, "": 5}),)
    await desk.go("/desk/counts")
    await desk.go(f"/desk/counts/{asked.count}")
    assert desk.value_of("enter-QS-0450-case") == "3"
    await desk.tap("enter-yes")
    assert "没盘的商品不会按 0 处理" in desk.text("enter-left")
    await desk.tap("enter-left-yes")
    (sent,) = desk.commands("count.submit")
    assert (sent.count, sent.organisation) == (asked.count, OFFICE)
    assert [(line.product, line.observed) for line in sent.lines] == [(SODA, 41)]
    assert "待发送" in desk.text("count-panel")
    await desk.refuse("recount_by_same", products=["QS-0450"])
    assert "初盘和复盘要由不同的人来做：QS-0450" in desk.text("refusal")


async def test_what_is_sold_there_is_asked_for_at_the_server(desk: Desk) -> None:
    await desk.go("/desk/counts/ask")
    await desk.tap("ask-organisations-open")
    await desk.tap(f"ask-organisations-{DEALER}")
    await desk.tap("ask-yes")
    # No network, no orders: nothing is known to be there.
    assert "没有可盘的商品" in desk.text("ask-panel")
    assert desk.commands("count.ask") == []
    held = wire.PartnerStock(id=uid("held"), organisation=DEALER, product=SODA, on_hand=9, seq=1, as_of=NOW)
    desk.answers.append(Response(200, msgspec.json.encode([held])))
    await desk.tap("ask-yes")
    assert desk.requests[-1] == ("GET", f"/api/partner-stock/{DEALER}")
    (command,) = desk.commands("count.ask")
    assert (command.organisation, command.products, command.blind) == (DEALER, (SODA,), None)


async def test_tolerance_and_blindness_are_set(desk: Desk) -> None:
    await desk.tap("counts-setup")
    await desk.type("field-units", "some")
    await desk.tap("save")
    assert desk.error_of("field-units")
    await desk.type("field-units", "3")
    await desk.type("field-percent", "2.5")
    await desk.tap("field-blind")
    await desk.tap("save")
    (command,) = desk.commands("count.configure")
    assert command == wire.CountConfigure(units=3, percent=Decimal("2.5"), blind=True, seen=NOTHING)


async def test_a_product_and_a_category_have_tolerances_of_their_own(desk: Desk) -> None:
    await desk.tap("counts-setup")
    await desk.tap("rule-category-open")
    await desk.tap(f"rule-category-{DRINKS}")
    await desk.tap("rule-product-open")
    await desk.type("rule-product", "QS-0450")
    await desk.tap(f"rule-product-{SODA}")
    drinks, soda = f"category:{DRINKS}", f"product:{SODA}"
    await desk.type(f"field-units.{soda}", "-1")
    await desk.type(f"field-percent.{soda}", "1001")
    await desk.tap("save")
    assert desk.error_of(f"field-units.{drinks}") == "请填件数或百分比；不允许差异就填 0"
    assert desk.error_of(f"field-units.{soda}") == "请输入整数"
    assert desk.error_of(f"field-percent.{soda}") == "请输入 0 到 1000 的数"
    assert desk.commands("count.configure") == []
    await desk.type(f"field-percent.{drinks}", "１０")
    await desk.type(f"field-units.{soda}", "6")
    await desk.type(f"field-percent.{soda}", "")
    await desk.tap("save")
    (command,) = desk.commands("count.configure")
    rules = wire.ToleranceRule(category=DRINKS, percent=Decimal(10)), wire.ToleranceRule(product=SODA, units=6)
    assert command == wire.CountConfigure(rules=rules, seen=NOTHING)

    # Refused: what was typed stands there still, with the reason, and is mended in its place.
    await desk.refuse("category_unknown")
    assert "没有" in desk.text("refusal")
    assert desk.value_of(f"field-units.{soda}") == "6"
    await desk.tap(f"rule-remove-{DRINKS}")
    await desk.tap("save")
    (command,) = desk.commands("count.configure")
    assert command.rules == rules[1:]


async def test_a_list_is_made(desk: Desk) -> None:
    await desk.tap("counts-setup")
    await desk.tap("list-new")
    await desk.tap("list-save")
    assert desk.error_of("field-name_zh") == "请填写名称"
    await desk.type("field-name_zh", "冰柜")
    await desk.tap("list-save")
    (command,) = desk.commands("count_list.save")
    assert (command.name, command.sold, command.active) == ({"zh": "冰柜"}, True, True)


async def test_a_list_takes_any_category_of_the_tree() -> None:
    water, fizzy, lost = uid("water"), uid("fizzy"), uid("lost")
    tree = [
        rows.Category(id=water, name={"zh": "水"}, parent=DRINKS, sort=1),
        rows.Category(id=fizzy, name={"zh": "汽水"}, parent=water),
        rows.Category(id=lost, name={"zh": "无处"}, parent=uid("gone"), sort=9),
    ]
    desk = Desk()
    await desk.start("/desk/counts/setup", [("category", row) for row in tree])
    await desk.tap("list-new")
    await desk.type("field-name_zh", "冰柜")
    await desk.tap("list-sold")
    await desk.tap("list-save")
    assert "请选择在售商品或至少一个分类" in desk.text("setup-panel")
    await desk.tap("list-categories-open")
    offered = {one: desk.text(f"list-categories-{one}") for one in (DRINKS, water, fizzy, lost)}
    assert offered == {DRINKS: "饮料", water: "\u3000水", fizzy: "\u3000\u3000汽水", lost: "无处"}
    # Found by its own words or by those above it.
    await desk.type("list-categories", "饮料 汽")
    assert desk.text(f"list-categories-{fizzy}") == "饮料 / 水 / 汽水"
    assert not desk.has(f"list-categories-{water}")
    await desk.tap(f"list-categories-{fizzy}")
    await desk.tap("list-save")
    (command,) = desk.commands("count_list.save")
    assert (command.sold, command.categories) == (False, (fizzy,))
    await desk.killed()
