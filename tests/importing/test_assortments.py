"""Assortments from a file: what they hold, who gets them, and what a phone then may order."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from backend.catalog.models import Assortment
from backend.catalog.queries import assortments
from backend.catalog.rows import assortment_row
from backend.catalog.service import save_categories
from backend.importing.exporting import export_table
from backend.importing.report import Report
from backend.importing.running import run_import
from backend.importing.tables import Cell
from offline.ids import new_id
from offline.wire import rows
from tests.shop import Shop, checksums, writing

Write = Callable[..., Path]


async def by_code(shop: Shop) -> dict[str, rows.Assortment]:
    async with shop.sessions() as session:
        return {row.code: assortment_row(row) for row in (await assortments(session, shop.tenant_id)).values()}


def refusals(report: Report) -> set[tuple[int, str, str]]:
    return {(each.row, each.column, each.reason) for each in report.refusals}


async def test_an_assortment_says_what_its_customers_may_order(shop: Shop, csv_file: Write) -> None:
    await shop.set_organisation("RIVAL", group="cafés")
    drink = rows.Category(id=new_id(), name={"zh": "饮料", "en": "Drinks"})
    async with writing(shop) as (session, changes):
        await save_categories(session, shop.tenant_id, [drink], changes)
    await shop.done("hq", shop.product_save("D", category=drink.id))
    path = csv_file(
        [
            ("授权编码", "授权名称", "Name", "货号", "分类", "除外商品", "失效日期", "客户编码", "客户组"),
            ("SMALL", "小店", "Small shops", "A; B", "drinks", "", "2026-12-31", "SHOP", "cafés"),
            ("SMALL", "", "", "C", "", "", "", "", ""),
            ("NOT-C", "除了C", "", "", "", "C", "", "", ""),
        ]
    )
    report = await run_import(shop.sessions, "demo", "assortments", path)
    assert (report.fatal, report.refusals, report.rows, report.made) == ("", [], 3, 3)
    small = (await by_code(shop))["SMALL"]
    assert small.name == {"zh": "小店", "en": "Small shops"}
    assert small.products == tuple(shop.products[sku] for sku in "ABC")
    assert (small.categories, small.valid_until) == ((drink.id,), date(2026, 12, 31))
    row, scopes = await shop.feed("assortment", small.id, rows.Assortment)
    assert row == small
    assert scopes == {"desk", f"range:{small.id}"}
    for login, holds in (("shop", True), ("rival", True), ("dealer", True), ("staff", False)):
        assert (f"range:{small.id}" in await shop.may_hold(login)) is holds, login
    await shop.placed({"A": 1, "D": 1})
    again = await run_import(shop.sessions, "demo", "assortments", path)
    assert (again.unchanged, again.changed) == (3, 0)
    narrower = csv_file([("code", "products", "categories"), ("SMALL", "B", "")])
    draft = await shop.draft("SHOP", {"A": 1})
    assert (await run_import(shop.sessions, "demo", "assortments", narrower)).changed == 1
    await shop.refused("shop", draft, "not_authorised")
    assert (await by_code(shop))["SMALL"] == rows.Assortment(
        id=small.id,
        code="SMALL",
        name=small.name,
        products=(shop.products["B"],),
        categories=(drink.id,),
        valid_until=small.valid_until,
    )


async def test_what_is_wrong_is_told_and_takes_its_whole_assortment_along(shop: Shop, csv_file: Write) -> None:
    path = csv_file(
        [
            (
                "code",
                "name_en",
                "everything",
                "products",
                "excluded",
                "valid_from",
                "valid_until",
                "customers",
                "groups",
            ),
            ("A1", "One", "", "A", "", "", "", "", ""),
            ("A1", "", "", "", "GHOST", "", "", "", ""),
            ("A2", "Two", "", "", "", "2026-08-02", "2026-08-01", "", ""),
            ("A3", "Three", "", "", "", "", "", "NOBODY", ""),
            ("A4", "Four", "", "", "", "", "", "", "no such group"),
            ("A5", "", "", "A", "", "", "", "", ""),
            ("A6", "Six", "perhaps", "", "", "", "", "", ""),
            ("A7", "Seven", "", "", "", "", "", "HQ", ""),
            ("A" * 65, "Eight", "", "", "", "", "", "", ""),
        ]
    )
    before = await checksums(shop.sessions)
    report = await run_import(shop.sessions, "demo", "assortments", path)
    assert refusals(report) == {
        (2, "", "row 3 of this assortment was not imported"),
        (3, "excluded", "unknown: GHOST"),
        (4, "valid_until", "before the first day"),
        (5, "customers", "unknown: NOBODY"),
        (6, "groups", "nobody is in the group no such group"),
        (7, "", "no name"),
        (8, "everything", "neither yes nor no"),
        (9, "customers", "unknown: HQ"),
        (10, "code", "longer than 64 characters"),
    }
    assert (report.made, report.refused, report.rows) == (0, 9, 9)
    after = await checksums(shop.sessions)
    assert {name for name in before if before[name] != after[name]} == {"audit_entries"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_list_too_long_for_a_cell_comes_back(shop: Shop, csv_file: Write, tmp_path: Path) -> None:
    skus = [f"LONG-STOCK-KEEPING-UNIT-{number:04}" for number in range(400)]
    await shop.done("hq", *(shop.product_save(sku) for sku in skus))
    ids = tuple(shop.products[sku] for sku in skus)
    async with writing(shop) as (session, _changes):
        session.add(
            Assortment(tenant_id=shop.tenant_id, id=new_id(), code="MANY", name={"en": "Many"}, products=list(ids))
        )
    written: list[tuple[Cell, ...]] = []
    async with shop.sessions() as session:
        table = await export_table(session, shop.tenant_id, "assortments")
        written = [tuple(row) async for row in table.rows]
    assert len(written) == 4
    report = await run_import(shop.sessions, "demo", "assortments", csv_file([table.headers, *written]))
    assert (report.refusals, report.unchanged) == ([], 4)
    fresh = csv_file([table.headers, *(("COPY", *row[1:]) for row in written)], name="copy.csv")
    assert (await run_import(shop.sessions, "demo", "assortments", fresh)).made == 4
    assert (await by_code(shop))["COPY"].products == ids
