"""Price lists: what is in them, editing tiers in place, what a customer pays and why."""

from decimal import Decimal

import pytest

from offline.wire import rows
from offline.wire.ranges import PriceListAssign
from offline.wire.rows import Tier
from pwa.desk.price_lists.tiers import Fault, TypedTier, read, rising_prices
from tests.desk.conftest import Open
from tests.desk.world import OFFICE, SHOP, SODA, uid
from tests.screens.world import BASE, CONTRACT, price_list


async def test_lists_are_shown_with_their_terms_and_numbers(open_desk: Open) -> None:
    desk = await open_desk("/desk/price-lists")
    row = desk.text("price-list-HL-018")
    for said in ("合同价", "10", "可合并", "长期有效", "14"):
        assert said in row, said
    await desk.tap("price-list-HL-018")
    assert desk.app.router.path == f"/desk/price-lists/{CONTRACT}"
    tiers = desk.text("price-QS-0450")
    for said in ("¥8.50", "满 48", "¥8.10", "满 96", "¥7.80"):
        assert said in tiers, said


async def test_tiers_are_edited_in_place(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("price-QS-0450")
    await desk.type("tier-price-1", "８。０５")
    await desk.tap("tier-add")
    await desk.type("tier-quantity-3", "96")
    await desk.type("tier-price-3", "7.5")
    await desk.tap("tier-save")
    assert desk.error_of("tier-quantity-3") == "起订数量须逐行递增"
    assert not desk.commands("price.save")
    await desk.type("tier-quantity-3", "192")
    assert desk.error_of("tier-quantity-3") == ""
    await desk.tap("tier-save")
    (command,) = desk.commands("price.save")
    assert command.tiers == (
        Tier(1, Decimal("8.50")),
        Tier(48, Decimal("8.05")),
        Tier(96, Decimal("7.80")),
        Tier(192, Decimal("7.5")),
    )
    assert "¥8.05" in desk.text("price-QS-0450")


async def test_escape_closes_the_tiers_and_then_the_list(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("price-QS-0450")
    await desk.type("tier-price-0", "8.88")
    await desk.key("Escape")
    assert desk.value_of("tier-price-0") == "8.88"  # what was typed is not thrown away by a key
    await desk.tap("tier-cancel")
    await desk.tap("price-QS-0450")
    desk.put([])  # draws the screen about the tiers anew
    await desk.port.settle()
    await desk.key("Escape")
    assert not desk.has("tier-editor")
    assert desk.app.router.path == f"/desk/price-lists/{CONTRACT}"
    await desk.key("Escape")
    assert desk.app.router.path == "/desk/price-lists"


async def test_a_price_that_rises_and_one_that_goes_are_asked_about(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("price-QS-0450")
    await desk.type("tier-price-1", "9")
    await desk.tap("tier-save")
    assert desk.has("tier-confirm")
    assert not desk.commands("price.save")
    await desk.tap("tier-confirm-no")
    for place in range(3):
        await desk.type(f"tier-quantity-{place}", "")
        await desk.type(f"tier-price-{place}", "")
    await desk.tap("tier-save")
    await desk.tap("tier-confirm-yes")
    assert desk.commands("price.save")[0].tiers == ()


async def test_a_tier_less_loses_nothing_typed_into_the_others(open_desk: Open) -> None:
    """A form is not drawn at each key: what it showed last is older than what was typed."""
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("price-QS-0450")
    await desk.type("tier-price-0", "8")
    await desk.type("tier-price-0", "8.88")
    await desk.tap_labelled("删除这一档", 1)
    assert desk.value_of("tier-price-0") == "8.88"


async def test_a_refused_price_comes_back_with_what_was_typed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("price-QS-0450")
    await desk.type("tier-price-0", "8.88")
    await desk.tap("tier-save")
    await desk.refuse("forbidden", permission="price.edit")
    assert "未接受" in desk.text("price-QS-0450")
    assert "¥8.50" in desk.text("price-QS-0450")
    await desk.tap("price-QS-0450")
    assert desk.value_of("tier-price-0") == "8.88"
    assert desk.has("refusal")


async def test_a_product_without_a_price_is_found_and_priced(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    assert not desk.has("price-MT-2001")
    await desk.type("desk-search", "饼干")
    assert "未定价" in desk.text("price-MT-2001")
    await desk.tap("price-MT-2001")
    await desk.type("tier-price-0", "5.2")
    await desk.tap("tier-save")
    assert desk.commands("price.save")[0].tiers == (Tier(1, Decimal("5.2")),)


async def test_a_list_is_made_with_its_validity(open_desk: Open) -> None:
    desk = await open_desk("/desk/price-lists?edit=new")
    await desk.type("field-name_zh", "夏季价")
    await desk.type("field-code", "SUMMER")
    await desk.type("field-valid_from", "2026-08-01")
    await desk.type("field-valid_until", "2026-07-01")
    await desk.tap("save")
    assert desk.error_of("field-valid_until") == "结束须晚于开始"
    await desk.type("field-valid_until", "2026-08-31")
    await desk.tap("save")
    (command,) = desk.commands("price_list.save")
    assert command.valid_from.isoformat() == "2026-07-31T16:00:00+00:00"
    assert command.valid_until.isoformat() == "2026-08-31T16:00:00+00:00"
    assert command.currency == "CNY"
    assert desk.app.router.path == f"/desk/price-lists/{command.price_list}"
    assert "8月1日 – 8月31日" in desk.text()


async def test_editing_terms_keeps_hours_nobody_touched(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{BASE}?edit=terms")
    await desk.type("field-priority", "5")
    await desk.tap("save")
    (command,) = desk.commands("price_list.save")
    assert (command.priority, command.valid_from, command.valid_until) == (5, None, None)


async def test_the_preview_tells_price_reason_and_next_break(open_desk: Open) -> None:
    desk = await open_desk("/desk/price-lists")
    await desk.tap("open-preview")
    await desk.tap("preview-customer-open")
    await desk.tap(f"preview-customer-{SHOP}")
    await desk.tap("preview-product-open")
    await desk.tap(f"preview-product-{SODA}")
    await desk.type("preview-quantity", "48")
    answer = desk.text("preview-answer")
    assert desk.text("preview-price") == "¥8.10"
    for said in ("合同价“HL-018 价目表”第 14 版", "客户自己", "标准价¥9.00", "满 96 再降到¥7.80", "合计 ¥388.80"):
        assert said in answer, said
    await desk.type("preview-quantity", "50")
    assert "可订 48 或 60" in desk.text("preview-answer")


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([("1", "9"), ("48", "8.1")], ()),
        ([("1", "9"), ("", ""), ("48", "8.1")], ()),
        ([("0", "9")], (Fault(0, "quantity", "quantity"),)),
        ([("1", "")], (Fault(0, "unit_price", "unit_price"),)),
        ([("1", "-1")], (Fault(0, "unit_price", "unit_price"),)),
        ([("1", "1.1234567891")], (Fault(0, "unit_price", "unit_price"),)),
        ([("48", "9"), ("48", "8")], (Fault(1, "quantity", "ascending"),)),
        ([("48", "9"), ("12", "8")], (Fault(1, "quantity", "ascending"),)),
        ([("1.5", "9")], (Fault(0, "quantity", "quantity"),)),
    ],
)
def test_typed_tiers_are_judged_row_by_row(rows: list[tuple[str, str]], faults: tuple[Fault, ...]) -> None:
    assert read([TypedTier(*row) for row in rows])[1] == faults


def test_rising_prices_are_seen() -> None:
    assert rising_prices([Tier(1, Decimal(8)), Tier(10, Decimal(9))])
    assert not rising_prices([Tier(1, Decimal(9)), Tier(10, Decimal(9))])


async def test_a_search_that_finds_nothing_does_not_say_that_the_list_has_no_prices(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.type("desk-search", "没有的东西")
    assert "没有找到“没有的东西”" in desk.text()
    assert "还没有价格" not in desk.text()


async def test_a_list_is_given_to_all_customers_and_taken_back_only_when_that_was_asked(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}?edit=terms")
    await desk.tap("field-everybody")
    await desk.tap("save")
    # Nothing of the list itself was changed: it gets no new revision.
    assert not desk.commands("price_list.save")
    assert desk.commands("price_list.assign") == [PriceListAssign(price_list=CONTRACT, give=(OFFICE,))]
    assert "所有客户都用" in desk.text()
    await desk.go("/desk/price-lists")
    assert "全部" in desk.text("price-list-HL-018")
    only = rows.Organisation(
        id=uid("only"), code="S0200", name={"zh": "新店"}, type="shop", applicable=(rows.AssignedList(CONTRACT, 1),)
    )
    desk.put([("organisation", only)])
    await desk.go(f"/desk/price-lists/{CONTRACT}?edit=terms")
    await desk.tap("field-everybody")
    await desk.tap("save")
    assert "1 家客户没有别的价目表" in desk.text("everybody-sure")
    await desk.tap("everybody-sure-yes")
    assert desk.commands("price_list.assign")[-1] == PriceListAssign(price_list=CONTRACT, take=(OFFICE,))


async def test_the_first_list_of_a_brand_is_for_everybody(open_desk: Open) -> None:
    desk = await open_desk("/desk/price-lists?edit=new", more=[("price_list", price_list(BASE, "BASE", "group", 0))])
    await desk.type("field-name_zh", "基础价")
    await desk.type("field-code", "FIRST")
    await desk.tap("save")
    (saved,), (given,) = desk.commands("price_list.save"), desk.commands("price_list.assign")
    assert saved.kind == "base"
    assert given == PriceListAssign(price_list=saved.price_list, give=(OFFICE,))


async def test_what_has_no_price_yet_is_listed_and_leaves_once_it_has_one(open_desk: Open) -> None:
    empty = price_list(uid("empty"), "EMPTY", "group", 0)
    desk = await open_desk(f"/desk/price-lists/{empty.id}", more=[("price_list", empty)])
    assert "已定价 0" in desk.text("show-priced")
    assert "未定价 5" in desk.text("show-bare")
    await desk.tap("price-QS-0450")
    await desk.type("tier-price-0", "5")
    await desk.tap("tier-save")
    assert not desk.has("price-QS-0450")
    assert "未定价 4" in desk.text("show-bare")
    await desk.tap("show-priced")
    assert "¥5.00" in desk.text("price-QS-0450")


async def test_enter_saves_a_price_and_goes_on_to_the_next_without_one(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("show-bare")
    await desk.tap("price-MT-2001")
    await desk.enter("tier-price-0", "6.4")
    assert [(command.product, command.tiers) for command in desk.commands("price.save")] == [
        (uid("biscuit"), (Tier(1, Decimal("6.4")),))
    ]
    assert "tier-price-0" in desk.fields()
    assert not desk.has("price-MT-2001")
    await desk.enter("tier-price-0", "nothing")
    assert desk.error_of("tier-price-0")
    assert len(desk.commands("price.save")) == 1


async def test_enter_where_nothing_was_changed_saves_nothing(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/price-lists/{CONTRACT}")
    await desk.tap("price-QS-0450")
    await desk.enter("tier-price-0", desk.value_of("tier-price-0"))
    assert desk.has("tier-editor")
    assert not desk.commands("price.save")
