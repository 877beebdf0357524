"""Imports into a real database: what is taken, what is refused and why, and that nothing is half-imported."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from backend.catalog.models import Category, Price, PriceList, Product
from backend.database import transaction
from backend.errors import NotFound
from backend.identity.models import User
from backend.importing.report import Report
from backend.importing.running import run_import
from backend.partners.models import Organisation
from backend.stock.models import StockLevel
from backend.stock.queries import ledger_sums
from backend.sync.models import SyncRow
from offline.ids import new_id
from tests.shop import Shop, checksums

Write = Callable[..., Path]
Refusals = set[tuple[int, str, str, str]]


def refusals(report: Report) -> Refusals:
    return {(each.row, each.column, each.value, each.reason) for each in report.refusals}


def accounted(report: Report) -> bool:
    return report.rows == report.made + report.changed + report.unchanged + report.refused


async def product(shop: Shop, sku: str) -> Product:
    async with shop.sessions() as session:
        found = await session.scalar(select(Product).where(Product.tenant_id == shop.tenant_id, Product.sku == sku))
    assert found is not None
    return found


async def test_products_are_made_changed_left_and_refused(shop: Shop, csv_file: Write) -> None:
    path = csv_file(
        [
            ("货号", "品名", "Name", "类别", "箱规", "起订量", "税率", "状态"),
            ("N-1", "清泉苏打水", "Soda Water", "饮料", "12", "２４", "13%", "在售"),
            ("A", "新名字", "", "", "", "", "", ""),
            ("N-2", "没有数量", "", "", "十二", "", "", ""),
            ("", "没有编码", "", "", "", "", "", ""),
            ("N-1", "重复", "", "", "", "", "", ""),
            ("N-3", "", "", "饮料", "", "", "", ""),
            ("N-4", "状态不对", "", "", "", "", "", "maybe"),
            ("N-5", "最小量太大", "", "", "", "99999999999", "", ""),
            ("N-6", "好的", "Fine", "饮料", "", "", "0.09", "停售"),
        ],
        encoding="gbk",
    )
    report = await run_import(shop.sessions, "demo", "products", path)
    assert (report.fatal, report.rows, report.made, report.changed) == ("", 9, 2, 1)
    assert accounted(report)
    assert refusals(report) == {
        (4, "箱规", "十二", "not a number"),
        (5, "货号", "", "empty, but required"),
        (6, "货号", "N-1", "the same as in row 2"),
        (7, "", "", "no name"),
        (8, "状态", "maybe", "none of active, withdrawn"),
        (9, "起订量", "99999999999", "not from 1 to 10000000"),
    }
    made = await product(shop, "N-1")
    assert made.name == {"zh": "清泉苏打水", "en": "Soda Water"}
    assert (made.minimum, made.tax_rate, made.packs[0]["factor"]) == (24, Decimal("0.13"), 12)
    assert "qqsds" in made.search
    assert (await product(shop, "N-6")).status == "withdrawn"
    async with shop.sessions() as session:
        categories = (await session.scalars(select(Category).where(Category.tenant_id == shop.tenant_id))).all()
        fed = await session.scalar(
            select(SyncRow.doc).where(SyncRow.entity == "product", SyncRow.id == made.id, SyncRow.scope == "brand")
        )
    assert [category.name["zh"] for category in categories] == ["饮料"]
    assert fed is not None
    assert "清泉苏打水" in fed


async def test_new_products_without_a_tax_rate_are_told(shop: Shop, csv_file: Write) -> None:
    path = csv_file([("sku", "name_en", "tax_rate"), ("N-1", "Soda", ""), ("N-2", "Milk", "7%"), ("A", "Water", "")])
    report = await run_import(shop.sessions, "demo", "products", path)
    assert (report.made, report.changed) == (2, 1)
    assert report.notes["new without a tax rate: 0 %"] == 1


async def test_an_empty_cell_and_a_missing_column_leave_what_is_there(shop: Shop, csv_file: Write) -> None:
    before = await product(shop, "A")
    report = await run_import(
        shop.sessions, "demo", "products", csv_file([("sku", "name_en", "brand"), ("A", "", "Acme")])
    )
    after = await product(shop, "A")
    assert (report.changed, report.refused) == (1, 0)
    assert after.brand == "Acme"
    assert (after.id, after.name, after.minimum, after.packs) == (
        before.id,
        before.name,
        before.minimum,
        before.packs,
    )


async def test_again_changes_nothing(shop: Shop, csv_file: Write) -> None:
    path = csv_file([("sku", "name_en", "tax_rate"), ("N-1", "One", "0.13"), ("N-2", "Two", "9%")])
    first = await run_import(shop.sessions, "demo", "products", path)
    before = await checksums(shop.sessions)
    again = await run_import(shop.sessions, "demo", "products", path)
    after = await checksums(shop.sessions)
    assert (first.made, again.made, again.changed, again.unchanged) == (2, 0, 0, 2)
    assert {name for name in before if before[name] != after[name]} <= {"audit_entries"}


async def test_a_dry_run_says_the_same_and_keeps_nothing(shop: Shop, csv_file: Write) -> None:
    path = csv_file([("sku", "name_en", "minimum"), ("N-1", "One", "1"), ("N-2", "Two", "x"), ("A", "Other", "")])
    before = await checksums(shop.sessions)
    dry = await run_import(shop.sessions, "demo", "products", path, dry_run=True)
    assert await checksums(shop.sessions) == before
    real = await run_import(shop.sessions, "demo", "products", path)
    assert (dry.made, dry.changed, refusals(dry)) == (real.made, real.changed, refusals(real)) == (1, 1, refusals(dry))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("name_en", "unit_en"), ("A", "B")], "no column for sku"),
        ([("sku", "sku"), ("A", "B")], "appear twice"),
    ],
)
async def test_a_fatal_problem_takes_nothing(shop: Shop, csv_file: Write, rows: list[tuple[str]], reason: str) -> None:
    before = await checksums(shop.sessions)
    report = await run_import(shop.sessions, "demo", "products", csv_file(rows))
    assert reason in report.fatal
    assert (report.made, report.changed) == (0, 0)
    assert await checksums(shop.sessions) == before


async def test_a_file_that_breaks_off_takes_nothing(shop: Shop, tmp_path: Path) -> None:
    """The first rows could be read: they must not stay."""
    path = tmp_path / "f.csv"
    path.write_text('sku,name_en\nN-1,One\nN-2,"never closed\n')
    before = await checksums(shop.sessions)
    report = await run_import(shop.sessions, "demo", "products", path)
    assert "line" in report.fatal
    assert await checksums(shop.sessions) == before


async def test_an_unknown_tenant(shop: Shop, csv_file: Write) -> None:
    with pytest.raises(NotFound):
        await run_import(shop.sessions, "nobody", "products", csv_file([("sku",), ("A",)]))


async def test_a_mapping_of_ones_own(shop: Shop, xlsx_file: Write, tmp_path: Path) -> None:
    mapping = tmp_path / "mine.toml"
    mapping.write_text(
        """
        kind = "products"
        decimal_point = ","
        [columns]
        sku = "Artikel"
        name_en = "Bezeichnung"
        tax_rate = "MwSt"
        [columns.status]
        from = "Aktiv"
        upper = true
        values = { J = "active", N = "withdrawn" }
        default = "active"
        [constants]
        unit_en = "Stück"
        """
    )
    path = xlsx_file(
        [("Artikel", "Bezeichnung", "MwSt", "Aktiv"), (4711.0, "Tasse", "19,0%", "n"), ("12", "Teller", 19, None)]
    )
    report = await run_import(shop.sessions, "demo", "products", path, mapping=str(mapping))
    assert (report.fatal, report.made) == ("", 2)
    cup, plate = await product(shop, "4711"), await product(shop, "12")
    assert (cup.status, cup.tax_rate, cup.unit) == ("withdrawn", Decimal("0.19"), {"en": "Stück"})
    assert (plate.status, plate.tax_rate) == ("active", Decimal("0.19"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('kind = "stock"\n[columns]\nsku = "a"', "is for stock"),
        ('kind = "products"\n[columns]\nskuu = "a"', "no field 'skuu'"),
        ("kind = 1", "mapping"),
        ("not toml at all [", "mapping"),
    ],
)
async def test_wrong_mappings_are_told(shop: Shop, csv_file: Write, tmp_path: Path, content: str, reason: str) -> None:
    mapping = tmp_path / "wrong.toml"
    mapping.write_text(content)
    report = await run_import(shop.sessions, "demo", "products", csv_file([("a",), ("b",)]), mapping=str(mapping))
    assert reason in report.fatal
    missing = await run_import(shop.sessions, "demo", "products", csv_file([("a",), ("b",)]), mapping="none-such")
    assert "one of assortments, orders, partners, price-lists, products, stock" in missing.fatal


async def test_partners_come_as_a_tree_in_any_order(shop: Shop, csv_file: Write) -> None:
    path = csv_file(
        [
            (
                "编码",
                "客户名称",
                "类型",
                "上级",
                "业务员",
                "账期",
                "信用额度",
                "价目表",
                "地址",
                "电话",
                "纬度",
            ),
            (
                "N-SHOP",
                "小店",
                "门店",
                "N-DEAL",
                "rep",
                "15",
                "￥12,000.00",
                "BASE",
                "人民路 1 号",
                "154 0000 0001",
                "31.2",
            ),
            ("N-DEAL", "某商行", "分销商", "HQ", "", "", "", "", "", "", ""),
            ("N-3", "没有上级", "门店", "NOBODY", "", "", "", "", "", "", ""),
            ("N-4", "不存在的业务员", "门店", "", "ghost", "", "", "", "", "", ""),
            ("N-5", "不存在的价目表", "门店", "", "", "", "", "NONE; BASE", "", "", ""),
            ("N-6", "账期太长", "门店", "", "", "4000", "", "", "", "", ""),
            ("N-7", "店下开店", "门店", "SHOP", "", "", "", "", "", "", ""),
            ("N-8", "天上", "门店", "", "", "", "", "", "", "", "231.2"),
            ("SHOP", "改名", "", "", "", "", "", "", "", "", ""),
        ]
    )
    report = await run_import(shop.sessions, "demo", "partners", path)
    assert (report.fatal, report.rows, report.made, report.changed) == ("", 9, 2, 1)
    assert accounted(report)
    found = {each.row: (each.column, each.reason) for each in report.refusals}
    assert found[4] == ("上级", "no partner has this code")
    assert found[5] == ("业务员", "nobody has this account")
    assert found[6] == ("价目表", "unknown: NONE")
    assert found[7] == ("账期", "must be at most 365")
    assert found[8] == ("", "That kind of company cannot be the parent")
    assert found[9] == ("纬度", "no such place on earth")
    async with shop.sessions() as session:
        rows = {
            row.code: row
            for row in await session.scalars(select(Organisation).where(Organisation.tenant_id == shop.tenant_id))
        }
    made = rows["N-SHOP"]
    assert made.ancestors == [rows["N-DEAL"].id, rows["HQ"].id]
    assert (made.credit_limit, made.payment_days) == (Decimal(12000), 15)
    assert made.addresses[0]["phone"] == "154 0000 0001"
    assert rows["SHOP"].name["zh"] == "改名"


async def test_a_rep_who_left_is_not_named_again(shop: Shop, csv_file: Write) -> None:
    async with transaction(shop.sessions) as session:
        rep = await session.get_one(User, (shop.tenant_id, shop.brand.users["rep"].id))
        rep.active = False
    path = csv_file([("code", "name_en", "rep"), ("SHOP", "Still theirs", "rep"), ("DEAL", "Not theirs", "rep")])
    report = await run_import(shop.sessions, "demo", "partners", path)
    assert report.changed == 1
    assert refusals(report) == {(3, "rep", "rep", "this person is not active any more")}


async def test_a_second_head_office_is_refused(shop: Shop, csv_file: Write) -> None:
    path = csv_file([("code", "name_en", "type"), ("HQ2", "Other", "head_office")])
    report = await run_import(shop.sessions, "demo", "partners", path)
    assert [each.reason for each in report.refusals] == ["there is a head office already"]


async def test_price_lists_take_all_tiers_of_a_product(shop: Shop, csv_file: Write) -> None:
    path = csv_file(
        [
            ("价目表", "类型", "优先级", "生效日期", "sku", "起订量", "单价"),
            ("N-1", "合同", "5", "2026-01-01", "A", "1", "9.00"),
            ("N-1", "", "", "", "A", "48", "8.10"),
            ("N-1", "", "", "", "A", "48", "8.00"),
            ("N-1", "", "", "", "NONE", "1", "8.00"),
            ("N-1", "", "", "", "B", "0", "8.00"),
            ("N-1", "", "", "", "B", "1", "-8.00"),
            ("BASE", "", "", "", "A", "1", "10"),
        ]
    )
    report = await run_import(shop.sessions, "demo", "price-lists", path)
    assert (report.fatal, report.rows, report.made) == ("", 7, 2)
    assert accounted(report)
    assert {(each.row, each.column, each.reason) for each in report.refusals} == {
        (4, "起订量", "a second price from the same quantity"),
        (5, "sku", "no product has this SKU"),
        (6, "起订量", "no such quantity or price"),
        (7, "单价", "no such quantity or price"),
    }
    async with shop.sessions() as session:
        made = await session.scalar(select(PriceList).where(PriceList.code == "N-1"))
        assert made is not None
        price = await session.scalar(select(Price).where(Price.price_list_id == made.id))
    assert (made.kind, made.priority, made.revision) == ("contract", 5, 1)
    assert made.valid_from == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert price is not None
    assert [(tier["quantity"], Decimal(tier["unit_price"])) for tier in price.tiers] == [
        (1, Decimal("9.00")),
        (48, Decimal("8.10")),
    ]


async def _lists_of_all(shop: Shop) -> list[str]:
    """Codes of the lists that every organisation of the brand has."""
    async with shop.sessions() as session:
        codes = {row.id: row.code for row in await session.scalars(select(PriceList))}
        rows = (await session.scalars(select(Organisation).where(Organisation.tenant_id == shop.tenant_id))).all()
    held = [{codes[list_id] for list_id, _ in row.applicable} for row in rows]
    return sorted(set.intersection(*held))


async def test_the_first_base_list_counts_for_all_customers(shop: Shop, csv_file: Write) -> None:
    """Nobody could have ordered with it otherwise, and nothing said so."""
    async with transaction(shop.sessions) as session:
        for row in await session.scalars(select(Organisation).where(Organisation.tenant_id == shop.tenant_id)):
            row.price_lists, row.applicable = [], []
    first = csv_file([("price_list", "sku", "unit_price"), ("FIRST", "A", "2.50")])
    report = await run_import(shop.sessions, "demo", "price-lists", first)
    assert report.notes["list FIRST applies to all customers"] == 1
    assert await _lists_of_all(shop) == ["FIRST"]
    second = csv_file([("price_list", "sku", "unit_price"), ("SECOND", "A", "2.00")])
    await run_import(shop.sessions, "demo", "price-lists", second)
    assert await _lists_of_all(shop) == ["FIRST"], "of a second one nobody can tell whom it is for"


async def test_stock_is_counted(shop: Shop, xlsx_file: Write) -> None:
    path = xlsx_file(
        [
            ("sku", "库存", "预计到货"),
            ("A", 250, datetime(2026, 12, 1)),  # noqa: DTZ001 - a cell has no zone
            ("B", 100, None),
            ("NONE", 1, None),
            ("C", -4, None),
            ("D", 2.5, None),
            ("A", 1, None),
        ]
    )
    report = await run_import(shop.sessions, "demo", "stock", path)
    assert (report.rows, report.made, report.changed, report.unchanged) == (6, 0, 1, 1)
    assert accounted(report)
    assert {(each.row, each.reason) for each in report.refusals} == {
        (4, "no product has this SKU"),
        (5, "not from 0 to 10000000"),
        (6, "not a whole number"),
        (7, "the same as in row 2"),
    }
    async with shop.sessions() as session:
        level = await session.scalar(select(StockLevel).where(StockLevel.product_id == shop.products["A"]))
    assert level is not None
    assert (level.on_hand, level.expected_at) == (250, date(2026, 12, 1))


async def test_goods_that_were_counted_go_to_who_waits_for_them(shop: Shop, csv_file: Write) -> None:
    await shop.placed({"A": 95})
    waiting = await shop.placed({"A": 30})
    path = csv_file([("sku", "on_hand"), ("A", 110)])
    await run_import(shop.sessions, "demo", "stock", path, dry_run=True)
    assert (await shop.order(waiting)).lines[0].reserved == 5
    await run_import(shop.sessions, "demo", "stock", path)
    order = await shop.order(waiting)
    assert (order.lines[0].reserved, order.lines[0].backordered) == (15, 15)
    assert (order.events[-1].kind, order.events[-1].actor_name, order.events[-1].data) == ("restocked", "", {"A": "10"})
    assert await shop.available("A") == 0
    async with shop.sessions() as session:
        sums = {product: levels for product, *levels in await ledger_sums(session, shop.tenant_id)}
    assert sums[shop.products["A"]] == [110, 110]


ORDER_HEADERS = ("number", "customer", "date", "status", "sku", "quantity", "price")


async def test_orders_of_the_past(shop: Shop, csv_file: Write) -> None:
    path = csv_file(
        [
            ORDER_HEADERS,
            ("X-1", "SHOP", "2026-03-01 10:00", "", "A", "12", "9.50"),
            ("X-2", "SHOP", "2026-03-02", "已签收", "A", "1", "9.50"),
            ("X-1", "SHOP", "2026-03-01 10:00", "", "B", "2", "20"),
            ("X-3", "SHOP", "2026-03-03", "", "A", "1", "9.50"),
            ("X-3", "SHOP", "2026-03-03", "", "NONE", "1", "9.50"),
            ("X-4", "SHOP", "2026-03-03", "approved", "A", "1", "9.50"),
            ("X-5", "GHOST", "2026-03-03", "", "A", "1", "9.50"),
        ]
    )
    report = await run_import(shop.sessions, "demo", "orders", path)
    assert (report.fatal, report.rows, report.made) == ("", 7, 3)
    assert accounted(report)
    assert {(each.row, each.reason) for each in report.refusals} == {
        (5, "another row of its order was not imported"),
        (6, "no product has this SKU"),
        (7, "still open: only shipped, signed, closed, cancelled are past"),
        (8, "no partner has this code"),
    }
    async with shop.sessions() as session:
        row = await session.get(Organisation, (shop.tenant_id, shop.brand.organisations["SHOP"]))
    assert row is not None
    # The signed one is still owed; the closed one is not.
    assert row.credit_used == Decimal("9.50")
    again = await run_import(shop.sessions, "demo", "orders", path)
    assert (again.made, again.unchanged) == (0, 3)
    changed = csv_file([ORDER_HEADERS, ("X-1", "SHOP", "2026-03-01 10:00", "", "A", "13", "9.50")], name="g.csv")
    other = await run_import(shop.sessions, "demo", "orders", changed)
    assert [each.reason for each in other.refusals] == ["an order of this number is there with other content"]


async def test_the_report_is_a_table_too(shop: Shop, csv_file: Write, tmp_path: Path) -> None:
    path = csv_file([("sku", "name_en", "minimum"), ("N-1", "One", "=1+1")])
    report = await run_import(shop.sessions, "demo", "products", path)
    report.write_csv(tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_text("utf-8-sig")
    assert text.splitlines() == ["row,column,value,reason", "2,minimum,'=1+1,not a number"]


async def test_a_file_that_tells_no_fence_leaves_the_one_that_is_there(shop: Shop, csv_file: Write) -> None:
    back = {"id": new_id(), "line": "Back door"}
    rows = [
        ("code", "address_line", "fence_radius", "more_addresses"),
        ("SHOP", "1 Main Street", "150", msgspec.json.encode([back | {"fence_radius": 80}]).decode()),
        ("DEAL", "2 Main Street", "19", ""),
    ]
    report = await run_import(shop.sessions, "demo", "partners", csv_file(rows))
    assert refusals(report) == {(3, "fence_radius", "19", "from 20 to 5000 metres")}
    older = [
        ("code", "address_line", "more_addresses"),
        ("SHOP", "3 Main Street", msgspec.json.encode([back]).decode()),
    ]
    assert (await run_import(shop.sessions, "demo", "partners", csv_file(older))).changed == 1
    async with shop.sessions() as session:
        row = await session.get_one(Organisation, (shop.tenant_id, shop.organisation("SHOP")))
    assert [(each["line"], each["fence_radius"]) for each in row.addresses] == [
        ("3 Main Street", 150),
        ("Back door", 80),
    ]
