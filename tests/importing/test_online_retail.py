"""The wholesaler's file. It is not ours to keep: without it most of this is skipped."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backend.catalog.models import Price, Product
from backend.database import Sessions, transaction
from backend.identity.models import Tenant
from backend.identity.users import create_tenant
from backend.importing.online_retail import KEPT_FOR_DESK, credit_limit, import_online_retail, read_lines
from backend.importing.report import Report
from backend.importing.retail_rows import HEADERS
from backend.importing.tables import open_table
from backend.orders.models import Order, OrderLine
from backend.partners.models import Organisation
from backend.sync.models import SyncRow
from tests.servers import ROOT
from tests.shop import checksums

FOLDER = ROOT.parent / "shared" / "data" / "online-retail"
ROWS = 370_931

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def whole_file() -> Path:
    found = sorted(FOLDER.glob("*.csv.gz"))
    if not found:
        pytest.skip(f"the Online Retail data set is not at {FOLDER}: its import is not tested")
    return found[0]


@pytest.fixture
def slice_file(whole_file: Path, tmp_path: Path) -> Path:
    """The first weeks, with the first cancellations."""
    path = tmp_path / "slice.csv"
    with gzip.open(whole_file, "rt") as source, path.open("w") as target:
        target.writelines(islice(source, 12_001))
    return path


def accounted(report: Report) -> int:
    return report.made + report.changed + report.unchanged + report.refused


def codes(report: Report) -> Counter[str]:
    return Counter(refusal.reason.partition(":")[0] for refusal in report.refusals)


def test_every_row_of_the_whole_file_gets_one_verdict(whole_file: Path) -> None:
    report = Report("online-retail")
    with open_table(whole_file) as table:
        found = read_lines(table, report)
    assert report.rows == ROWS
    rows = [sale.line.row for sale in found.sales] + list(found.cancels) + [each.row for each in report.refusals]
    assert len(rows) == len(set(rows)) == ROWS
    assert sorted(rows) == list(range(2, ROWS + 2))
    assert (len(found.sales), len(found.cancels)) == (265_391, 4_882)
    assert codes(report) == {
        "no_customer": 95_262,
        "service_code": 2_204,
        "stock_note": 1_586,
        "cancellation_unmatched": 1_203,
        "price_not_positive": 403,
    }
    refused_codes = {each.value for each in report.refusals if each.reason.startswith("service_code")}
    assert {"POST", "D", "M", "BANK CHARGES", "AMAZONFEE", "DOT", "CRUK"} <= refused_codes
    assert all(0 <= sale.taken_back <= sale.line.quantity for sale in found.sales)
    assert sum(sale.taken_back for sale in found.sales) > 100_000


async def the_brand(sessions: Sessions) -> dict[str, int]:
    async with sessions() as session:
        tenant = await session.scalar(select(Tenant).where(Tenant.code == "gifts"))
        assert tenant is not None
        own = {"products": Product.tenant_id, "partners": Organisation.tenant_id, "orders": Order.tenant_id}
        own["lines"] = OrderLine.tenant_id
        return {
            name: await session.scalar(select(func.count()).where(column == tenant.id)) or 0
            for name, column in own.items()
        }


async def test_a_slice_makes_a_working_brand_and_again_changes_nothing(sessions: Sessions, slice_file: Path) -> None:
    dry = await import_online_retail(sessions, "gifts", slice_file, dry_run=True)
    async with sessions() as session:
        assert await session.scalar(select(Tenant).where(Tenant.code == "gifts")) is None
    report = await import_online_retail(sessions, "gifts", slice_file, stock=500)
    assert (report.fatal, report.rows, accounted(report)) == ("", 12_000, 12_000)
    assert (dry.made, dry.reasons) == (report.made, report.reasons)
    brand = await the_brand(sessions)
    assert brand["products"] > 1_500
    assert brand["partners"] > 200
    assert 400 < brand["orders"] < 800
    async with sessions() as session:
        heart = await session.scalar(select(Product).where(Product.sku == "85123A"))
        assert heart is not None
        assert heart.name == {"en": "WHITE HANGING HEART T-LIGHT HOLDER"}
        price = await session.scalar(select(Price).where(Price.product_id == heart.id))
        assert price is not None
        assert [(tier["quantity"], Decimal(tier["unit_price"])) for tier in price.tiers] == [
            (1, Decimal("2.95")),
            (6, Decimal("2.55")),
        ]
        partner = await session.scalar(select(Organisation).where(Organisation.code == "17850"))
        assert partner is not None
        assert (partner.payment_days, partner.currency, partner.group) == (30, "GBP", "home")
        assert partner.credit_used == 0
        order = await session.scalar(select(Order).where(Order.number == "536365"))
        assert order is not None
        assert (order.total, order.placed_at) == (Decimal("139.12"), datetime(2010, 12, 1, 8, 26, tzinfo=UTC))
        held = await session.scalar(
            select(func.count()).select_from(SyncRow).where(SyncRow.entity == "order", SyncRow.scope == "desk")
        )
        assert held == min(KEPT_FOR_DESK, brand["orders"])
    before = await checksums(sessions)
    again = await import_online_retail(sessions, "gifts", slice_file, stock=500)
    assert (again.made, again.unchanged, again.refused) == (0, report.made, report.refused)
    after = await checksums(sessions)
    assert {name for name in before if before[name] != after[name]} <= {"audit_entries"}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_whole_file_makes_a_brand(sessions: Sessions, whole_file: Path) -> None:
    report = await import_online_retail(sessions, "gifts", whole_file)
    assert (report.fatal, report.rows, accounted(report)) == ("", ROWS, ROWS)
    assert report.made == 265_391 + 4_882
    brand = await the_brand(sessions)
    assert (brand["products"], brand["partners"], brand["orders"]) == (3_501, 3_614, 13_081)
    assert report.notes["volume breaks"] > 500
    async with sessions() as session:
        total = await session.scalar(select(func.sum(OrderLine.quantity)))
    assert total is not None
    assert total > 3_000_000


def row(
    invoice: str,
    code: str,
    quantity: object,
    price: object,
    *,
    customer: str = "1",
    day: int = 1,
    description: str = "RED CUP",
) -> tuple[object, ...]:
    return (invoice, code, description, quantity, f"2011-03-{day:02d} 10:00:00", price, customer, "France")


@pytest.fixture
async def gifts(sessions: Sessions) -> Sessions:
    async with transaction(sessions) as session:
        await create_tenant(session, "gifts", {"en": "Gifts"}, currency="EUR")
    return sessions


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_each_reason(gifts: Sessions, csv_file: Write) -> None:
    path = csv_file(
        [
            HEADERS,
            row("1", "10001", 10, "2.50"),
            row("1", "10002a", 4, "1.00", description="BLUE CUP"),
            row("1", "POST", 1, "18.00", description="POSTAGE"),
            row("1", "gift_0001_10", 1, "8.00"),
            row("1", "XYZ-9", 1, "8.00"),
            row("1", "", 1, "8.00"),
            row("2", "10001", 1, "0.0", description="damaged"),
            row("2", "10001", 1, "0.0"),
            row("2", "10001", 1, "-11062.06", description="Adjust bad debt"),
            row("2", "10001", 1, "2.50", customer=""),
            row("2", "10001", -3, "2.50"),
            row("C3", "10001", -4, "2.50", day=2),
            row("C4", "10001", -7, "2.50", day=3),
            row("C5", "10001", -6, "2.50", day=4),
            row("6", "10001", "many", "2.50"),
            row("7", "10001", 5, "2.50", day=9),
            row("C8", "10001", -5, "2.50", day=8),
            row("C9", "10001", -5, "2.50", day=10),
            row("1", "10001", 1, "2.50", customer="2"),
        ]
    )
    report = await import_online_retail(gifts, "gifts", path)
    assert (report.fatal, report.rows, accounted(report)) == ("", 19, 19)
    assert {each.row: each.reason.partition(":")[0] for each in report.refusals} == {
        4: "service_code",
        5: "service_code",
        6: "unknown_code",
        7: "code_missing",
        8: "stock_note",
        9: "price_not_positive",
        10: "stock_note",
        11: "no_customer",
        12: "quantity_not_positive",
        14: "cancellation_unmatched",
        16: "unreadable",
        18: "cancellation_unmatched",
        20: "second_customer",
    }
    async with gifts() as session:
        orders = {
            order.number: (order.status, order.total)
            for order in await session.scalars(select(Order).order_by(Order.number))
        }
    # Of the ten cups of invoice 1, four and six went back; invoice 7 went back whole.
    assert orders == {"1": ("closed", Decimal("4.00")), "7": ("cancelled", Decimal("12.50"))}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_longer_file_later(gifts: Sessions, csv_file: Write) -> None:
    first = [HEADERS, row("1", "10001", 10, "2.50")]
    await import_online_retail(gifts, "gifts", csv_file(first))
    more = [*first, row("C2", "10001", -4, "2.50", day=2), row("3", "10001", 2, "2.50", day=3)]
    report = await import_online_retail(gifts, "gifts", csv_file(more, name="more.csv"))
    assert (report.made, report.unchanged) == (1, 1)
    assert [each.reason.partition(":")[0] for each in report.refusals] == ["cancellation_late"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_another_file_takes_nothing(gifts: Sessions, csv_file: Write) -> None:
    before = await checksums(gifts)
    report = await import_online_retail(gifts, "gifts", csv_file([("a", "b"), ("1", "2")]))
    assert "no column InvoiceNo" in report.fatal
    empty = await import_online_retail(gifts, "gifts", csv_file([HEADERS, row("1", "POST", 1, "2")], name="e.csv"))
    assert "no row is a sale" in empty.fatal
    assert await checksums(gifts) == before


def test_credit_limits_go_by_the_best_thirty_days() -> None:
    start = datetime(2011, 1, 1, tzinfo=UTC)

    def spent(*pairs: tuple[int, str]) -> Iterator[tuple[datetime, Decimal]]:
        return ((start + timedelta(days=day), Decimal(amount)) for day, amount in pairs)

    assert credit_limit(list(spent((0, "100"), (10, "300"), (35, "50")))) == Decimal(600)
    assert credit_limit(
        list(
            spent(
                (0, "401"),
            )
        )
    ) == Decimal(700)
    assert credit_limit(
        list(
            spent(
                (0, "0"),
            )
        )
    ) == Decimal(100)


def test_the_slice_is_what_the_file_begins_with(slice_file: Path) -> None:
    with slice_file.open() as file:
        assert tuple(next(csv.reader(file))) == HEADERS
