"""Assortments and categories at the desk: what is ticked, pasted and given, what is asked first, what others show."""

from datetime import date

import msgspec
import pytest

from offline.rules.seen import print_of
from offline.wire import rows
from offline.wire.ranges import AssortmentAssign, AssortmentSave, CategorySave
from pwa.desk.pasting import Pasted, read_codes
from tests.desk.conftest import Open
from tests.desk.world import DEALER, SHOP, SODA, Desk, uid
from tests.screens.world import BISCUIT, JUICE, SECRET, catalogue

DRINKS, SNACKS, WATER = (
    rows.Category(id=uid(name), name={"zh": zh}, sort=sort, parent=parent)
    for name, zh, sort, parent in (
        ("drinks", "饮料", 10, None), ("c-snacks", "零食", 20, None), ("c-water", "水", 10, uid("drinks")),
    )
)  # fmt: skip
CORE = rows.Assortment(id=uid("core"), code="CORE", name={"zh": "核心"}, categories=(DRINKS.id,), excluded=(JUICE,))
CATEGORY_OF = {SODA: WATER.id, JUICE: DRINKS.id, BISCUIT: SNACKS.id}


def goods() -> list[tuple[str, rows.Row]]:
    """Three categories with a product each, and an assortment of the drinks but one."""
    products = [row for _, row in catalogue() if isinstance(row, rows.Product)]
    placed = [msgspec.structs.replace(row, category=CATEGORY_OF.get(row.id)) for row in products]
    found: list[rows.Row] = [DRINKS, SNACKS, WATER, CORE, *placed]
    return [(type(row).__name__.lower(), row) for row in found]


def saved(desk: Desk) -> AssortmentSave:
    command: AssortmentSave = desk.commands("assortment.save")[-1]
    return command


async def test_the_list_says_what_is_in_who_has_it_and_until_when(open_desk: Open) -> None:
    ended = rows.Assortment(id=uid("old"), code="OLD", name={"zh": "旧款"}, valid_until=date(2026, 6, 30))
    desk = await open_desk("/desk/assortments", more=[*goods(), ("assortment", ended)])
    row = desk.text("assortment-CORE")
    for said in ("核心", "1 个分类、不含 1 个", "长期", "有效"):
        assert said in row, said
    assert "已到期" in desk.text("assortment-OLD")
    assert "3 个授权范围" in desk.text()
    await desk.type("desk-search", "旧")
    assert not desk.has("assortment-CORE")
    await desk.tap("assortment-OLD")
    assert desk.app.router.path == f"/desk/assortments/{ended.id}?q=%E6%97%A7"
    await desk.key("Escape")
    assert desk.has("assortment-OLD")


async def test_products_are_ticked_in_and_out_whatever_brought_them(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/assortments/{CORE.id}", more=goods())
    assert "分类“饮料”" in desk.text("good-QS-0450")
    assert "共 1 个" in desk.text("range-size")
    assert not desk.has("good-MT-2001")
    await desk.tap("show-all")
    await desk.tap(f"mark-{BISCUIT}")
    await desk.tap(f"mark-{JUICE}")
    await desk.tap(f"mark-{SODA}")
    assert "共 2 个" in desk.text("range-size")
    # What was just taken out stays in sight until it is saved.
    await desk.tap("show-in")
    assert desk.has("good-QS-0450")
    await desk.tap("save")
    command = saved(desk)
    assert (command.products, command.categories, command.excluded) == ((BISCUIT,), (DRINKS.id,), (SODA,))
    assert command.seen == print_of(CORE, AssortmentSave)
    assert not desk.has("unsaved")


async def test_all_that_was_found_is_ticked_at_once(open_desk: Open) -> None:
    desk = await open_desk("/desk/assortments/new", more=goods())
    await desk.choose("filter-category", DRINKS.id)
    await desk.tap("mark-all")
    assert "共 2 个" in desk.text("range-size")
    await desk.tap("mark-all")
    assert "共 0 个" in desk.text("range-size")
    await desk.tap("mark-all")
    for name, text in (("name_zh", "饮料专供"), ("code", "DRINKS"), ("valid_until", "2026-12-31")):
        await desk.type(f"field-{name}", text)
    await desk.tap("save")
    command = saved(desk)
    assert set(command.products) == {SODA, JUICE}
    assert command.valid_until == date(2026, 12, 31)
    assert desk.app.router.path == f"/desk/assortments/{command.assortment}"
    assert "还没有分给客户" in desk.text("range-holders")


async def test_pasted_codes_are_added_and_those_not_found_stay_in_the_field(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/assortments/{CORE.id}", more=goods())
    await desk.tap("pasted_products-open")
    await desk.type("pasted_products", "ＭＴ－2001\nqs-0450 LT-0505, 6901234567892\tNONE-1；没有")
    await desk.tap("pasted_products-add")
    said = desk.text("pasted_products-said")
    assert "加入 3 个，另有 1 个原来就在" in said
    assert "2 个没找到，留在框里：NONE-1、没有" in said
    assert desk.value_of("pasted_products") == "NONE-1\n没有"
    await desk.tap("save")
    assert "框里还有" in desk.error_of("pasted_products")
    assert not desk.commands("assortment.save")
    await desk.type("pasted_products", "")
    await desk.tap("save")
    assert set(saved(desk).products) == {BISCUIT, SECRET}
    assert saved(desk).excluded == ()


def test_a_code_may_have_blanks_in_it() -> None:
    known = {"ab 1": "1", "ab": "2", "c": "3"}
    assert read_codes("AB 1\nab c x\n", known) == Pasted(("1", "2", "3"), ("x",))
    assert read_codes(" \n,, ", known) == Pasted((), ())


async def test_giving_it_asks_first_where_somebody_may_order_less_or_more_then(open_desk: Open) -> None:
    free = rows.Organisation(id=uid("free"), code="S0100", name={"zh": "新店"}, type="shop", group="VIP")
    held = rows.Organisation(
        id=uid("held"), code="S0101", name={"zh": "老店"}, type="shop", assortments=(CORE.id,), group="VIP"
    )
    more = [*goods(), ("organisation", free), ("organisation", held)]
    desk = await open_desk(f"/desk/assortments/{CORE.id}", more=more)
    assert "分给 1 家" in desk.text("range-holders")
    await desk.choose("add-many", "group:VIP")
    await desk.tap("pasted_customers-open")
    await desk.type("pasted_customers", "s0101 D0001")
    await desk.tap("pasted_customers-add")
    await desk.tap_labelled("移除 老店")
    await desk.tap("save")
    question = desk.text("range-sure")
    assert "1 家客户现在可订全部商品，保存后只能订这里的 1 个商品" in question
    assert "1 家客户取消后没有任何授权范围" in question
    assert not desk.commands("assortment.assign")
    await desk.tap("range-sure-yes")
    # Nothing but its customers was changed.
    assert not desk.commands("assortment.save")
    given, taken = desk.commands("assortment.assign")
    assert given == AssortmentAssign(assortment=CORE.id, give=(free.id, DEALER))
    assert taken == AssortmentAssign(assortment=CORE.id, take=(held.id,))
    assert "分给 2 家" in desk.text("range-holders")
    assert not desk.has("unsaved")
    await desk.refuse("organisation_unknown")
    assert "分给 3 家" in desk.text("range-holders")
    assert desk.has("refusal")


async def test_an_end_and_goods_that_leave_are_asked_about(open_desk: Open) -> None:
    held = rows.Organisation(id=uid("held"), code="S0101", name={"zh": "老店"}, type="shop", assortments=(CORE.id,))
    desk = await open_desk(f"/desk/assortments/{CORE.id}", more=[*goods(), ("organisation", held)])
    assert not desk.has("remove")
    await desk.tap(f"mark-{SODA}")
    await desk.tap("save")
    assert "移出 1 个在售商品，涉及 1 家客户" in desk.text("range-sure")
    await desk.tap("range-sure-no")
    await desk.tap(f"mark-{SODA}")
    await desk.type("field-valid_until", "2026-07-01")
    await desk.tap("save")
    assert "1 家客户不能再凭它订货" in desk.text("range-sure")
    await desk.tap("range-sure-yes")
    assert saved(desk).valid_until == date(2026, 7, 1)
    assert "已到期" in desk.text("assortment-panel")


async def test_one_that_nobody_holds_is_removed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/assortments/{CORE.id}", more=goods())
    await desk.tap("remove")
    assert not desk.commands("assortment.remove")
    await desk.tap("range-remove-yes")
    assert desk.commands("assortment.remove")[0].assortment == CORE.id
    assert desk.app.router.path == "/desk/assortments"
    assert not desk.has("assortment-CORE")


async def test_a_refused_assortment_comes_back_as_it_was_typed(open_desk: Open) -> None:
    desk = await open_desk("/desk/assortments/new", more=goods())
    await desk.type("field-name_zh", "核心二")
    await desk.type("field-code", "CORE")
    await desk.tap("save")
    await desk.refuse("code_taken", value="CORE")
    assert desk.value_of("field-name_zh") == "核心二"
    assert "CORE" in desk.error_of("field-code")


async def test_a_customer_and_a_product_show_what_may_be_ordered_by_whom(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/customers/{SHOP}", more=goods())
    assert "可订 4 个，在售共 5 个" in desk.text("may-order")
    await desk.tap("field-assortments-open")
    await desk.tap(f"field-assortments-{CORE.id}")
    await desk.tap_labelled("移除 便利")
    assert desk.text("may-order") == "保存后：可订 1 个，在售共 5 个"
    assert not desk.has("see-goods")
    await desk.tap("unsaved-reset")
    await desk.tap("see-goods")
    assert desk.app.router.path == f"/desk/products?customer={SHOP}"
    assert "只看“好邻居便利店”" in desk.text("for-customer")
    assert not desk.has("product-LT-0505")
    assert "4 个商品" in desk.text()
    await desk.tap("all-again")
    assert desk.has("product-LT-0505")
    await desk.tap("product-QS-0450")
    assert "核心" in desk.text("ranges-of-product")
    await desk.tap("range-CORE")
    assert desk.has("desk-assortment")


async def test_the_customers_of_an_assortment_are_listed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/assortments/{uid('assortment')}", more=goods())
    await desk.tap("see-customers")
    assert "只看分到“便利”的客户" in desk.text("of-assortment")
    assert desk.has("customer-S0001")
    assert not desk.has("customer-HQ")


async def test_categories_are_listed_as_a_tree_and_made_below_one(open_desk: Open) -> None:
    desk = await open_desk("/desk/categories", more=goods())
    assert "3 个分类" in desk.text()
    await desk.tap("category-饮料")
    await desk.tap("new-below")
    await desk.type("field-name_zh", "茶")
    await desk.tap("save")
    (command,) = desk.commands("category.save")
    assert (command.name, command.parent, command.sort) == ({"zh": "茶"}, DRINKS.id, 20)
    assert desk.app.router.path.startswith(f"/desk/categories/{command.category}")
    await desk.tap("panel-close")
    await desk.type("desk-search", "饮料 茶")
    assert desk.text("category-茶").startswith("饮料 / 茶")


async def test_a_category_moves_among_its_siblings_and_below_another(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/categories/{SNACKS.id}", more=goods())
    await desk.choose("field-after", "")
    await desk.tap("save")
    (command,) = desk.commands("category.save")
    assert (command.parent, command.sort) == (None, 0)
    await desk.choose("field-parent", DRINKS.id)
    await desk.tap("save")
    assert (desk.commands("category.save")[-1].parent, desk.commands("category.save")[-1].sort) == (DRINKS.id, 20)
    # Below itself, or what is below it, is not offered.
    await desk.go(f"/desk/categories/{DRINKS.id}")
    offered = [value for value, _ in desk.field("field-parent")["attributes"]["config"]["options"]]
    assert offered == [""]


async def test_siblings_make_room_for_one(open_desk: Open) -> None:
    close = rows.Category(id=uid("c-close"), name={"zh": "紧挨"}, sort=11)
    desk = await open_desk("/desk/categories/new", more=[*goods(), ("category", close)])
    await desk.type("field-name_zh", "夹在中间")
    await desk.choose("field-after", DRINKS.id)
    await desk.tap("save")
    made, *moved = desk.commands("category.save")
    assert made.sort == 20
    assert {each.category: each.sort for each in moved} == {close.id: 30, SNACKS.id: 40}
    assert all(each.seen for each in moved)
    assert isinstance(moved[0], CategorySave)


async def test_removing_a_category_says_what_becomes_of_its_goods(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/categories/{WATER.id}", more=goods())
    await desk.tap("remove")
    assert "1 个在售商品归到上级“饮料”" in desk.text("category-remove")
    await desk.tap("category-remove-yes")
    assert desk.commands("category.remove")[0].category == WATER.id
    assert not desk.has("category-水")
    await desk.refuse("category_in_use", promotions=0, assortments=1)
    await desk.go(f"/desk/categories/{WATER.id}")
    assert "有 0 个促销、1 个授权范围" in desk.text("refusal")


@pytest.mark.parametrize("path", ["/desk/assortments", "/desk/categories"])
async def test_who_may_not_edit_only_looks(open_desk: Open, path: str) -> None:
    desk = await open_desk(path, more=goods(), user=uid("clerk"))
    assert not desk.has("assortment-new")
    assert not desk.has("category-new")
    await desk.go(f"/desk/assortments/{CORE.id}")
    assert not desk.has("save")
    assert not desk.has(f"mark-{SODA}")
