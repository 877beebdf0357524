"""What is exported is imported again: into the same brand it changes nothing, in an empty one it makes the same."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries as catalog
from backend.catalog.service import PriceBook, save_assortments, save_categories, save_products
from backend.database import transaction
from backend.identity import queries as identity
from backend.identity.users import create_tenant, create_user
from backend.importing.exporting import export_table
from backend.importing.headings import readable
from backend.importing.mapping import KINDS, Kind, load_mapping
from backend.importing.running import FIELDS, run_import
from backend.importing.writing import save_table
from backend.partners.saving import save_organisations
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from i18n.translate import translate
from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderCredit, OrderShip, OrderSign, ProductSave
from offline.wire.rows import Address, Assortment, Category, Pack, Tier
from tests.shop import Shop, checksums, writing

FORMS = ("csv", "xlsx")


@pytest.fixture
async def stocked(shop: Shop) -> Shop:
    """A shop with what is hard to write down: formulas, commas, two addresses, three languages, tiers, orders."""
    async with writing(shop) as (session, changes):
        await _make_hard_things(session, shop, changes)
    order = await shop.draft("SHOP", {"A": 12, "B": 3})
    await shop.done("shop", order)
    await shop.placed({"C": 2})
    await shop.done("hq", OrderApprove(order=order.order))
    await shop.done("hq", OrderShip(order=order.order, parcel=new_id(), lines={order.lines[0].id: 5}))
    return shop


async def _make_hard_things(session: AsyncSession, shop: Shop, changes: Changes) -> None:
    category = Category(id=new_id(), name={"zh": "饮料, 茶", "en": "=Drinks"}, sort=10)
    await save_categories(session, shop.tenant_id, [category], changes)
    hard = ProductSave(
        product=new_id(),
        sku="00-=1+1",
        name={"zh": "换\n行“引号”", "en": '-5% "off", really', "fr": "Thé glacé"},
        unit={"zh": "瓶", "en": "bottle"},
        category=category.id,
        brand="@Brand",
        packs=(Pack("CASE", {"zh": "12 瓶/箱"}, 12, "2100000000012"), Pack("PALLET", {}, 1440)),
        barcodes=("0012345678905", "2000000000015"),
        minimum=24,
        multiple=12,
        tax_rate=Decimal("0.135"),
        status="withdrawn",
        image="/images/none.webp",
        lot_tracked=True,
        sort=-3,
        available_from=date(2026, 9, 1),
    )
    await save_products(session, shop.tenant_id, [hard], shop.now, changes)
    book = PriceBook(session, shop.tenant_id, shop.now, changes)
    tiers = (Tier(1, Decimal("9.000001")), Tier(48, Decimal(8)), Tier(1440, Decimal("7.5")))
    await book.save_prices({(shop.lists["DEAL"], hard.product): tiers})
    bought = Assortment(
        id=new_id(),
        code="=NOT-WITHDRAWN",
        name={"zh": "全部，除了", "en": "All but"},
        everything=True,
        categories=(category.id,),
        excluded=(hard.product,),
        valid_from=date(2026, 7, 1),
    )
    await save_assortments(session, shop.tenant_id, [bought], changes)
    addresses = (
        Address(
            id=new_id(),
            line="+1 人民路",
            city="上海",
            phone="154 0000 0001",
            latitude=31.2304,
            longitude=-121.5,
            fence_radius=150,
        ),
        Address(id=new_id(), line="Back door; ring twice", contact="'quoted", fence_radius=80),
    )
    partner = shop.organisation_save("RIVAL", addresses=addresses, credit_limit=Decimal("1234567.89"), payment_days=45)
    holder = shop.organisation_save("SHOP", assortments=(bought.id,))
    await save_organisations(session, shop.tenant_id, [partner, holder], shop.now, changes)


async def export(shop: Shop, code: str, kind: Kind, path: Path) -> Path:
    async with shop.sessions() as session:
        tenant = await identity.tenant_by_code(session, code)
        assert tenant is not None
        table = await export_table(session, tenant.id, kind)
        await save_table(path, table.headers, table.rows, kind)
    return path


@pytest.mark.parametrize("form", FORMS)
async def test_into_the_same_brand_it_changes_nothing(stocked: Shop, tmp_path: Path, form: str) -> None:
    before = await checksums(stocked.sessions)
    for kind in KINDS:
        path = await export(stocked, "demo", kind, tmp_path / f"{kind}.{form}")
        report = await run_import(stocked.sessions, "demo", kind, path)
        assert (report.fatal, report.refusals, report.made, report.changed) == ("", [], 0, 0), kind
        assert report.unchanged == report.rows > 0
    after = await checksums(stocked.sessions)
    assert {name for name in before if before[name] != after[name]} <= {"audit_entries"}


async def test_tax_rates_are_written_as_percentages(stocked: Shop) -> None:
    """Of products, and of what was ordered: 0.13 was written, and 0.5 %, written as 0.005, is nobody's 0.5."""
    expected: dict[Kind, set[str]] = {"products": {"13%", "13.5%"}, "orders": {"13%"}}
    for kind, rates in expected.items():
        async with stocked.sessions() as session:
            table = await export_table(session, stocked.tenant_id, kind)
            place = list(table.headers).index("tax_rate")
            assert {row[place] async for row in table.rows} == rates, kind


@pytest.mark.parametrize("words", ["zh-CN", "en"])
async def test_in_the_words_of_people_it_is_read_as_well(stocked: Shop, tmp_path: Path, words: str) -> None:
    for kind in KINDS:
        path = tmp_path / f"{kind}.csv"
        async with stocked.sessions() as session:
            table = readable(await export_table(session, stocked.tenant_id, kind), kind, words)
            await save_table(path, table.headers, table.rows, kind)
        report = await run_import(stocked.sessions, "demo", kind, path)
        assert (report.fatal, report.refusals, report.made, report.changed) == ("", [], 0, 0), kind
        assert report.unchanged == report.rows > 0
        if words == "zh-CN":
            third_language = {"name_fr", "unit_fr", "spec_fr", "category_fr"}
            assert {each for each in table.headers if each.isascii()} <= third_language, kind


@pytest.mark.parametrize("shown", ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"])
async def test_a_list_is_valid_from_when_it_was_though_a_spreadsheet_shows_less(
    stocked: Shop, tmp_path: Path, shown: str
) -> None:
    since = datetime(2026, 7, 1, 1, 2, 3, 456789, tzinfo=UTC)
    async with writing(stocked) as (session, _changes):
        (row,) = [
            each for each in (await catalog.price_lists(session, stocked.tenant_id)).values() if each.code == "DEAL"
        ]
        row.valid_from = since
    path = tmp_path / "prices.csv"
    told = since.astimezone(ZoneInfo("Asia/Shanghai")).strftime(shown)
    path.write_text(f"price_list,valid_from,sku,from_quantity,unit_price\nDEAL,{told},A,1,9\n")
    report = await run_import(stocked.sessions, "demo", "price-lists", path)
    assert (report.fatal, report.refusals, report.notes) == ("", [], {})


def test_types_of_partners_are_called_as_on_the_screens() -> None:
    mapping = load_mapping("", "partners", [field.name for field in FIELDS["partners"]])
    for word, code in mapping.columns["type"].values.items():
        assert word == translate("zh-CN", f"role.{code}")


@pytest.mark.parametrize("form", FORMS)
async def test_in_an_empty_brand_it_makes_the_same(stocked: Shop, tmp_path: Path, form: str) -> None:
    await _make_empty(stocked)
    for kind in ("products", "price-lists", "assortments", "partners", "stock"):
        path = await export(stocked, "demo", kind, tmp_path / f"{kind}.{form}")
        report = await run_import(stocked.sessions, "empty", kind, path)
        assert (report.fatal, report.refusals) == ("", []), kind
        assert report.made == report.rows > 0
        there = await export(stocked, "empty", kind, tmp_path / f"{kind}-again.csv")
        here = await export(stocked, "demo", kind, tmp_path / f"{kind}-here.csv")
        assert read(there) == read(here)


async def test_closed_orders_come_along_open_ones_are_told(stocked: Shop, tmp_path: Path) -> None:
    await _make_empty(stocked)
    for kind in ("products", "price-lists", "assortments", "partners"):
        await run_import(stocked.sessions, "empty", kind, await export(stocked, "demo", kind, tmp_path / f"{kind}.csv"))
    path = await export(stocked, "demo", "orders", tmp_path / "orders.csv")
    report = await run_import(stocked.sessions, "empty", "orders", path)
    assert report.made == 0
    assert report.refused == report.rows == 3
    assert {each.reason for each in report.refusals} == {"still open: only shipped, signed, closed, cancelled are past"}
    text = path.read_text("utf-8-sig").replace("submitted", "closed").replace("partly_shipped", "closed")
    path.write_text(text)
    assert (await run_import(stocked.sessions, "empty", "orders", path)).made == 3
    there = await export(stocked, "empty", "orders", tmp_path / "again.csv")
    assert read(there) == read(path)


async def test_what_was_not_charged_of_an_order_is_not_there_to_be_charged_again(stocked: Shop, tmp_path: Path) -> None:
    await stocked.discount("10")
    order_id = await stocked.placed({"A": 12, "B": 3}, note="credited")
    order = await stocked.order(order_id)
    await stocked.done("hq", OrderApprove(order=order_id))
    first, second = (line.id for line in order.lines)
    parcel = OrderShip(order=order_id, parcel=new_id(), lines={first: 12, second: 3})
    await stocked.done("hq", parcel)
    await stocked.done("shop", OrderSign(order=order_id, parcel=parcel.parcel, lacking={first: 5, second: 3}))
    left = Decimal("56.70")  # seven at 9.00, less a tenth
    await stocked.done("desk", OrderCredit(order=order_id, parcel=parcel.parcel, total=left, reason="crushed"))
    path = await export(stocked, "demo", "orders", tmp_path / "orders.csv")
    headers, *rows = read(path)
    number = (await stocked.order(order_id)).number
    (row,) = (dict(zip(headers, each, strict=True)) for each in rows if number in each)
    assert (row["sku"], row["quantity"], Decimal(row["unit_price"]), Decimal(row["discount"])) == (
        "A", "7", Decimal(9), Decimal("6.30"),
    )  # fmt: skip


async def _make_empty(shop: Shop) -> None:
    async with transaction(shop.sessions) as session:
        tenant = await create_tenant(session, "empty", {"en": "Empty"}, currency="CNY")
        changes = Changes()
        await create_user(
            session,
            changes,
            tenant,
            login="rep",
            name="Rep",
            role="rep",
            organisation_id=new_id(),
            password="a-long-password",
        )
        await flush_changes(session, tenant.id, changes)


def read(path: Path) -> list[list[str]]:
    """Without the ids that a brand gives itself."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    hidden = {place for place, header in enumerate(rows[0]) if header == "more_addresses"}
    return [[("" if place in hidden else cell) for place, cell in enumerate(row)] for row in rows]
