"""Products, customers, stock, promotions: finding, editing, refusals that keep what was typed."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from offline.rules.seen import print_of
from offline.wire.commands import OrganisationSave, ProductSave
from offline.wire.protocol import Del, ScopePage
from offline.wire.rows import Brand, Organisation, Product, StockLevel
from pwa.desk.problems import place_of
from pwa.desk.state import decode
from tests.desk.conftest import Open
from tests.desk.world import DEALER, OFFICE, OVERDRAWN, SHOP, SODA, uid
from tests.screens.world import CONTRACT


async def test_products_are_found_and_filtered_withdrawn_ones_too(open_desk: Open) -> None:
    gone = Product(id=uid("gone"), sku="OLD-1", name={"zh": "旧货"}, unit={"zh": "个"}, status="withdrawn")
    desk = await open_desk("/desk/products", more=[("product", gone)])
    assert "6 个商品" in desk.text()
    await desk.type("desk-search", "qqsds")
    assert desk.has("product-QS-0450")
    assert not desk.has("product-OLD-1")
    await desk.type("desk-search", "")
    await desk.choose("filter-status", "withdrawn")
    assert desk.has("product-OLD-1")
    assert not desk.has("product-QS-0450")
    assert desk.app.router.path == "/desk/products?status=withdrawn"


async def test_a_row_pressed_before_the_screen_follows_a_filter_keeps_it(open_desk: Open) -> None:
    gone = Product(id=uid("gone"), sku="OLD-1", name={"zh": "旧货"}, unit={"zh": "个"}, status="withdrawn")
    desk = await open_desk("/desk/products", more=[("product", gone)])
    await desk.type_and_tap("filter-status", "withdrawn", "product-OLD-1")
    assert desk.app.router.path == f"/desk/products/{gone.id}?status=withdrawn"
    await desk.type_and_tap("filter-status", "", "panel-close")
    assert desk.app.router.path == "/desk/products"


async def test_a_product_is_edited_and_keeps_what_the_form_does_not_show(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    assert desk.port.find("save")["attributes"]["disabled"]  # type: ignore[index]  # the test fails here without it
    await desk.type("field-name_zh", "清泉苏打水 450ml")
    assert desk.has("unsaved")
    await desk.type("field-barcodes", "690 691，690")
    await desk.type("field-tax", "９％")
    await desk.type("field-available_from", "2026-09-01")
    await desk.tap("save")
    (command,) = desk.commands("product.save")
    assert command.name == {"zh": "清泉苏打水 450ml", "en": "Soda"}
    assert command.barcodes == ("690", "691")
    assert command.tax_rate == Decimal("0.09")
    assert command.available_from == date(2026, 9, 1)
    assert command.packs[0].factor == 12
    assert (command.minimum, command.multiple) == (12, 12)
    assert "清泉苏打水 450ml" in desk.text("product-QS-0450")
    assert not desk.has("unsaved")


async def test_what_cannot_be_saved_is_told_at_its_field(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.type("field-name_zh", " ")
    await desk.type("field-name_en", "")
    await desk.type("field-minimum", "0")
    await desk.type("field-available_from", "soon")
    await desk.tap("save")
    assert not desk.commands("product.save")
    assert desk.error_of("field-name_zh") == "请填写"
    assert desk.error_of("field-minimum").startswith("请填 1 到")
    assert desk.error_of("field-available_from")
    await desk.type("field-minimum", "24")
    assert desk.error_of("field-minimum") == ""


async def test_a_name_in_one_language_is_enough_and_ones_own_is_asked_for_first(open_desk: Open) -> None:
    desk = await open_desk("/desk/products/new", locale="en")
    fields = [node.get("attributes", {}).get("config", {}).get("testid") for node in desk.nodes()]
    assert fields.index("field-name_en") < fields.index("field-name_zh")
    await desk.type("field-sku", "NEW-2")
    await desk.tap("save")
    assert desk.error_of("field-name_en") == "Please fill this in"
    assert desk.error_of("field-name_zh") == ""
    await desk.type("field-name_en", "Apple juice")
    await desk.type("field-unit_en", "bottle")
    await desk.tap("save")
    (command,) = desk.commands("product.save")
    assert (command.name, command.unit) == ({"en": "Apple juice"}, {"en": "bottle"})


async def test_a_new_product_has_the_tax_that_most_have(open_desk: Open) -> None:
    reduced = [
        (
            "product",
            Product(id=uid(f"r{n}"), sku=f"R-{n}", name={"zh": "面粉"}, unit={"zh": "袋"}, tax_rate=Decimal("0.09")),
        )
        for n in range(8)
    ]
    desk = await open_desk("/desk/products/new", more=reduced)
    assert desk.value_of("field-tax") == "9"


async def test_a_brand_elsewhere_says_what_its_tax_is(open_desk: Open) -> None:
    brand = Brand(id=uid("brand"), code="demo", name={"en": "Acme"}, currency="EUR")
    desk = await open_desk(more=[("brand", brand)])
    replica = desk.app.engine.replica
    gone = tuple(Del("product", row.id, 9, "deleted") for row in replica.all("product"))
    replica.apply("all", ScopePage(dels=gone, next=replica.scopes()["all"].cursor + 1))
    desk.app.engine.show()
    await desk.go("/desk/products/new")
    assert desk.value_of("field-tax") == ""
    for name, text in (("sku", "NEW-3"), ("name_zh", "苹果汁"), ("unit_zh", "瓶")):
        await desk.type(f"field-{name}", text)
    await desk.tap("save")
    assert desk.error_of("field-tax") == "请填写"
    await desk.type("field-tax", "0")
    await desk.tap("save")
    assert desk.commands("product.save")[0].tax_rate == 0


async def test_withdrawing_asks_first(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.choose("field-status", "withdrawn")
    await desk.tap("save")
    assert not desk.commands("product.save")
    await desk.tap("withdraw-yes")
    assert desk.commands("product.save")[0].status == "withdrawn"


async def test_a_new_product_is_made_and_stays_open(open_desk: Open) -> None:
    desk = await open_desk("/desk/products/new")
    assert {"type": "focus", "selector": ".desk-panel .field .input"} in desk.port.sent
    for name, text in (("sku", "NEW-1"), ("name_zh", "新品"), ("unit_zh", "盒"), ("minimum", "6")):
        await desk.type(f"field-{name}", text)
    await desk.tap("pack-add")
    await desk.type("pack-zh-0", "箱")
    await desk.type("pack-factor-0", "24")
    await desk.tap("save")
    (command,) = desk.commands("product.save")
    assert command.packs[0].code == "pack1"
    assert desk.app.router.path == f"/desk/products/{command.product}"
    assert desk.value_of("field-sku") == "NEW-1"
    assert desk.has("product-NEW-1")


async def test_codes_in_full_width_are_kept_as_others_type_them(open_desk: Open) -> None:
    desk = await open_desk("/desk/products/new")
    await desk.type("field-sku", "ＮＥＷ－３（红）")
    await desk.type("field-name_zh", "茶")
    await desk.type("field-unit_zh", "瓶")
    await desk.type("field-barcodes", "６９０１２３４５６７８９２")
    await desk.tap("save")
    (command,) = desk.commands("product.save")
    assert isinstance(command, ProductSave)
    assert (command.sku, command.barcodes) == ("NEW-3（红）", ("6901234567892",))


async def test_a_pack_more_or_less_loses_nothing_typed_into_the_others(open_desk: Open) -> None:
    """A form is not drawn at each key: what it showed last is older than what was typed."""
    desk = await open_desk("/desk/products/new")
    await desk.tap("pack-add")
    await desk.tap("pack-add")
    packs = (("盒", "6", "6901"), ("箱", "24", "6902"))
    for place, texts in enumerate(packs):
        for name, text in zip(("zh", "factor", "barcode"), texts, strict=True):
            await desk.type(f"pack-{name}-{place}", text)
    await desk.tap("pack-add")
    assert desk.value_of("pack-barcode-1") == "6902"
    await desk.type("pack-barcode-1", "6903")
    await desk.tap_labelled("删除这个包装", 0)
    assert [desk.value_of(f"pack-{name}-0") for name in ("zh", "factor", "barcode")] == ["箱", "24", "6903"]


async def test_a_new_product_gets_its_picture_with_the_first_save(open_desk: Open) -> None:
    desk = await open_desk("/desk/products/new")
    await desk.photographs("product-photo", source="gallery")
    assert not desk.app.engine.entries()
    await desk.tap("save")
    assert not desk.commands("product.save"), "names are missing"
    for name, text in (("sku", "NEW-1"), ("name_zh", "新品"), ("unit_zh", "盒")):
        await desk.type(f"field-{name}", text)
    await desk.tap("save")
    made, pictured = desk.app.engine.entries()
    assert (made.name, pictured.name, pictured.after) == ("product.save", "product.picture", (made.id,))
    (command,) = desk.commands("product.picture")
    assert desk.app.router.path == f"/desk/products/{command.product}"
    assert desk.has("product-photo-0"), "it is shown until the server has it"


async def test_a_refusal_keeps_what_was_typed_and_is_told_at_its_field(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.type("field-sku", "MT-2001")
    await desk.tap("save")
    await desk.refuse("sku_taken", value="MT-2001")
    assert desk.has("product-QS-0450")
    assert desk.value_of("field-sku") == "MT-2001"
    assert "MT-2001" in desk.error_of("field-sku")
    assert desk.has("refusal")
    await desk.type("field-sku", "QS-0451")
    await desk.tap("save")
    (entry,) = [entry for entry in desk.app.engine.entries() if entry.name == "product.save"]
    assert entry.state == "waiting"
    assert b"QS-0451" in entry.args
    assert not desk.has("refusal")


async def test_leaving_an_unsaved_form_asks_and_going_back_loses_nothing(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.type("field-brand", "清泉")
    await desk.tap("nav-customers")
    assert desk.app.router.path == f"/desk/products/{SODA}"
    assert desk.has("leave")
    await desk.tap("leave-no")
    assert desk.value_of("field-brand") == "清泉"
    # The browser's own back button cannot be asked: the draft waits.
    await desk.go("/desk/customers")
    await desk.go(f"/desk/products/{SODA}")
    assert desk.value_of("field-brand") == "清泉"
    assert desk.has("unsaved")
    await desk.tap("nav-customers")
    await desk.tap("leave-yes")
    assert desk.app.router.path == "/desk/customers"
    await desk.go(f"/desk/products/{SODA}")
    assert desk.value_of("field-brand") == ""


async def test_zooming_into_a_form_and_out_again_loses_nothing(open_desk: Open) -> None:
    """At 150 % a window of 1,440 px is a phone's."""
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.type("field-brand", "清泉")
    for wide in (False, True):
        desk.app.set_wide(wide)
        await desk.port.settle()
        assert desk.has("product-panel") == wide
    assert desk.value_of("field-brand") == "清泉"
    assert desk.has("unsaved")


async def test_a_row_that_changes_meanwhile_does_not_touch_what_is_being_typed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.type("field-brand", "清泉")
    row = desk.app.engine.replica.typed(Product, "product", SODA)
    assert row is not None
    theirs = Product(id=SODA, sku="QS-0450", name={"zh": "改了"}, unit=row.unit, minimum=6)
    desk.put([("product", theirs)])
    await desk.port.settle()
    assert desk.value_of("field-brand") == "清泉"
    assert not desk.has("meanwhile")
    # Nor does saving take back what somebody else has changed.
    assert desk.value_of("field-minimum") == "6"
    await desk.tap("save")
    (command,) = desk.commands("product.save")
    assert (command.brand, command.minimum, command.name) == ("清泉", 6, {"zh": "改了"})
    assert command.seen == print_of(theirs, ProductSave)


async def test_two_who_change_the_same_field_are_told(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/customers/{SHOP}")
    await desk.type("field-credit_limit", "30,000")
    row = desk.app.engine.replica.typed(Organisation, "organisation", SHOP)
    assert row is not None
    theirs = msgspec.structs.replace(row, credit_limit=Decimal(80000))
    desk.put([("organisation", theirs)])
    await desk.port.settle()
    assert desk.value_of("field-credit_limit") == "30,000"
    assert "信用额度：现在是 ¥80,000" in desk.text("meanwhile")
    await desk.tap("unsaved-reset")
    assert desk.value_of("field-credit_limit") == "80000"
    assert not desk.has("meanwhile")


async def test_who_was_overtaken_sees_what_saving_again_would_change(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/customers/{SHOP}")
    row = desk.app.engine.replica.typed(Organisation, "organisation", SHOP)
    assert row is not None
    await desk.type("field-credit_limit", "30000")
    await desk.tap("save")
    theirs = msgspec.structs.replace(row, credit_limit=Decimal(80000))
    desk.put([("organisation", theirs)])
    await desk.refuse("changed_meanwhile")
    assert "¥80,000" in desk.text("meanwhile-would")
    assert "¥30,000" in desk.text("meanwhile-would")
    assert desk.value_of("field-credit_limit") == "30000"
    await desk.go("/desk/sync")
    assert not desk.has("retry"), "the same would be refused again"
    await desk.go(f"/desk/customers/{SHOP}")
    await desk.tap("save")
    (command,) = desk.commands("organisation.save")
    assert (command.credit_limit, command.seen) == (Decimal(30000), print_of(theirs, OrganisationSave))
    assert not desk.has("refusal")


async def test_customers_are_filtered_by_status_region_and_rep(open_desk: Open) -> None:
    desk = await open_desk("/desk/customers")
    assert "5 家客户" in desk.text()
    await desk.choose("filter-status", "blocked")
    assert desk.has("customer-S0002")
    assert not desk.has("customer-S0001")
    await desk.choose("filter-status", "")
    await desk.choose("filter-territory", "华东")
    assert desk.has("customer-D0001")
    assert not desk.has("customer-S0001")
    await desk.go(f"/desk/customers?rep={uid('rep')}")
    assert desk.has("customer-S0001")
    assert not desk.has("customer-D0001")


async def test_a_customer_shows_credit_and_orders(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/customers/{OVERDRAWN}")
    assert "已用 ¥3,140，额度 ¥1,000" in desk.text("credit").replace("¥3,141", "¥3,140")
    assert "超出" in desk.text("credit")
    assert "SO-0003" in desk.text("customer-orders")


async def test_a_customer_is_edited_blocked_with_a_reason(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/customers/{SHOP}")
    await desk.type("field-credit_limit", "30,000")
    await desk.tap("field-price_lists-open")
    await desk.tap(f"field-price_lists-{CONTRACT}")
    await desk.choose("field-status", "blocked")
    await desk.tap("save")
    assert desk.error_of("field-blocked_reason") == "请填写"
    await desk.type("field-blocked_reason", "逾期")
    await desk.tap("save")
    assert not desk.commands("organisation.save")
    await desk.tap("block-yes")
    (command,) = desk.commands("organisation.save")
    assert (command.status, command.blocked_reason) == ("blocked", "逾期")
    assert command.credit_limit == Decimal(30000)
    assert command.price_lists == (CONTRACT,)
    assert command.parent == OFFICE
    assert command.addresses[0].contact == "陈"


async def test_a_new_customer_stands_below_the_head_office(open_desk: Open) -> None:
    desk = await open_desk("/desk/customers/new")
    await desk.type("field-code", "S0100")
    await desk.type("field-name_zh", "新店")
    await desk.tap("field-parent-open")
    await desk.tap(f"field-parent-{DEALER}")
    await desk.tap("address-add")
    await desk.type("address-line-0", "中山路 1 号")
    await desk.tap("save")
    (command,) = desk.commands("organisation.save")
    assert command.parent == DEALER
    assert command.addresses[0].line == "中山路 1 号"
    assert command.credit_limit is None
    assert desk.has("customer-S0100")


async def test_stock_is_moved_by_a_difference_with_a_reason(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/stock/{SODA}")
    assert desk.text("available").endswith("1,204 瓶")
    await desk.type("field-delta", "-4")
    await desk.tap("save")
    assert desk.error_of("field-reason") == "请写明原因"
    await desk.type("field-reason", "破损")
    await desk.tap("save")
    (command,) = desk.commands("stock.adjust")
    assert (command.delta, command.reason) == (-4, "破损")
    assert desk.text("available").endswith("1,200 瓶")
    assert desk.value_of("field-delta") == ""
    await desk.type("field-delta", "１２")
    await desk.type("field-reason", "到货")
    await desk.tap("save")
    first, second = desk.commands("stock.adjust")
    assert second.delta == 12
    assert second.movement != first.movement


async def test_stock_that_is_out_is_listed_first(open_desk: Open) -> None:
    desk = await open_desk("/desk/stock?filter=out")
    assert desk.has("stock-JR-0500")
    assert not desk.has("stock-QS-0450")
    assert "7月18日" in desk.text("stock-JR-0500")


async def test_a_promotion_says_what_it_does_as_it_is_typed(open_desk: Open) -> None:
    desk = await open_desk("/desk/promotions/new")
    await desk.type("field-name_zh", "夏季满减")
    await desk.type("field-code", "SUMMER")
    await desk.type("field-threshold", "500")
    await desk.type("field-percent", "10")
    assert "全部商品满 ¥500，减 10%。" in desk.text("promotion-summary")
    await desk.type("field-amount", "20")
    await desk.tap("save")
    assert not desk.commands("promotion.save")
    await desk.type("field-amount", "")
    await desk.type("field-valid_until", "2026-07-31")
    await desk.tap("save")
    (command,) = desk.commands("promotion.save")
    assert command.reward.percent == Decimal(10)
    assert command.reward.amount is None
    assert command.valid_until is not None
    assert command.valid_until.isoformat() == "2026-07-31T16:00:00+00:00"
    assert "7月31日 结束" in desk.text("promotion-SUMMER")


async def test_each_kind_of_promotion_can_be_made(open_desk: Open) -> None:
    desk = await open_desk("/desk/promotions/new")
    for name, text in (("name_zh", "组合"), ("code", "B-1")):
        await desk.type(f"field-{name}", text)
    await desk.choose("field-kind", "bundle")
    await desk.tap("save")
    assert "请填写这一项" in desk.text() + desk.error_of("field-bundle_price")
    await desk.tap("field-items-open")
    await desk.tap(f"field-items-{SODA}")
    await desk.type(f"item-{SODA}", "6")
    await desk.type("field-bundle_price", "48")
    assert "清泉苏打水 × 6，合计只需 ¥48。" in desk.text("promotion-summary")
    await desk.tap("save")
    assert desk.commands("promotion.save")[0].reward.items == {SODA: 6}


async def test_an_unknown_stock_is_told_as_unknown(open_desk: Open) -> None:
    desk = await open_desk("/desk/stock")
    assert "未知" in desk.text("stock-MT-2001")
    assert "充足" in desk.text("stock-QS-0450")
    desk.put([("stock", StockLevel(id=SODA, available=-3, as_of=desk.clock.at))])
    await desk.port.settle()
    assert "缺货" in desk.text("stock-QS-0450")


async def test_a_picture_is_sent_at_once_and_leaves_the_form_as_it_is(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/products/{SODA}")
    await desk.type("field-name_zh", "另一个名字")
    await desk.photographs("product-photo", source="gallery")
    (command,) = desk.commands("product.picture")
    assert (command.product, command.picture.source, command.picture.size) == (SODA, "gallery", 9)
    assert not desk.commands("product.save")
    assert desk.has("unsaved")


async def test_a_double_click_adjusts_stock_once_and_finds_no_fault(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/stock/{SODA}")
    await desk.type("field-delta", "-3")
    await desk.type("field-reason", "破损")
    await desk.double_tap("save")
    assert len(desk.commands("stock.adjust")) == 1
    assert desk.error_of("field-delta") == ""


@pytest.mark.parametrize(
    ("path", "typed", "button"),
    [
        ("/desk/funds/new", {"field-name_zh": "新品基金", "field-code": "F2"}, "save"),
        ("/desk/courses/new", {"field-title_zh": "新人入门"}, "save"),
        ("/desk/notices/new", {"field-title_zh": "放假安排"}, "notice-save"),
        ("/desk/price-lists?edit=new", {"field-name_zh": "夏季价", "field-code": "SUMMER"}, "save"),
        ("/desk/customers/new", {"field-name_zh": "新店", "field-code": "S-9"}, "save"),
    ],
)
async def test_what_was_made_and_refused_is_there_to_be_mended(
    open_desk: Open, path: str, typed: dict[str, str], button: str
) -> None:
    """The server has no row of it: it is shown by what was typed."""
    desk = await open_desk(path)
    for testid, text in typed.items():
        await desk.type(testid, text)
    if path == "/desk/funds/new":
        await desk.tap("field-organisations-open")
        await desk.tap(f"field-organisations-{SHOP}")
    await desk.tap(button)
    entry = await desk.refuse("forbidden")
    await desk.go(place_of(decode(entry)))
    assert {testid: desk.value_of(testid) for testid in typed} == typed
    assert desk.has("refusal")
    testid, _ = next(iter(typed.items()))
    await desk.type(testid, "改过")
    await desk.tap(button)
    (again,) = [each for each in desk.app.engine.entries() if each.name == entry.name]
    assert again.state == "waiting"
    assert "改过".encode() in again.args
