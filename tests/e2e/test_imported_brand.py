"""The whole story on a brand imported from a real wholesaler's file: thousands of products, real volume breaks, real
orders of the past. Without the file this is skipped."""

import gzip
import shutil
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from offline.wire.commands import OrganisationSave
from tests.browser import browser_profile, kill_browser
from tests.e2e.conftest import Installed
from tests.e2e.parts import PASSWORD, Office, Open, badge, no_network, pending, status, submitted_id, to_tab, total
from tests.running import demo_server, qudao
from tests.servers import ROOT, Served

pytestmark = pytest.mark.timeout(900)
FOLDER = ROOT.parent / "shared" / "data" / "online-retail"
LINES = 20_000  # the first weeks: some two thousand products and hundreds of customers
CUSTOMER = "17850"
HEART = "85123A"
PEOPLE = {"hq@gifts": ("head_office", "HQ"), "rep@gifts": ("rep", "HQ"), "shop@gifts": ("shop", CUSTOMER)}


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the brand "gifts" and its people."""
    found = sorted(FOLDER.glob("*.csv.gz"))
    if not found:
        pytest.skip(f"the Online Retail data set is not at {FOLDER}: the story was not told on a real brand")
    folder = tmp_path_factory.mktemp("gifts")
    file, data = folder / "invoices.csv", folder / "data"
    with gzip.open(found[0], "rt") as source, file.open("w") as target:
        target.writelines(islice(source, LINES + 1))
    qudao("migrate", data=data)
    qudao("import", "online-retail", str(file), "--tenant", "gifts", "--stock", "5000", data=data)
    for login, (role, organisation) in PEOPLE.items():
        who = ("--name", login, "--role", role, "--organisation", organisation)
        qudao("user", "create", login, *who, data=data, QUDAO_NEW_PASSWORD=PASSWORD)
    return data


@pytest.fixture(scope="module")
def server(brand: Path) -> Iterator[Served]:
    with demo_server(brand) as served:
        yield served


@pytest.fixture(scope="module")
def office(server: Served) -> Iterator[Office]:
    """Head office, which gave the rep some customers."""
    with Office(server, "hq@gifts") as made, Office(server, "rep@gifts") as rep:
        me = rep.rows("me")[0]["id"]
        customers = [row for row in made.rows("organisation") if row["type"] != "head_office"]
        assert len(customers) > 200
        kept = ("code", "name", "type", "group", "territory", "payment_days", "price_lists", "assortments")
        for row in [row for row in customers if row["code"] == CUSTOMER or row["code"].startswith("178")]:
            given = {name: row[name] for name in kept if name in row} | {"credit_limit": Decimal(row["credit_limit"])}
            made.applies(OrganisationSave(organisation=row["id"], parent=row["ancestors"][0], rep=me, **given))
        yield made


def tiers_of(office: Office, sku: str) -> list[tuple[int, Decimal]]:
    product = next(row["id"] for row in office.rows("product") if row["sku"] == sku)
    price = next(row for row in office.rows("price") if row["product"] == product)
    return [(tier["quantity"], Decimal(tier["unit_price"])) for tier in price["tiers"]]


def take_hearts(page: Page, quantity: int) -> Decimal:
    """Find the customer and the product, type a quantity; the line's amount."""
    to_tab(page, "order")
    page.get_by_test_id("customer-search").fill(CUSTOMER)
    page.get_by_test_id(f"customer-{CUSTOMER}").click()
    page.get_by_test_id("product-search").fill("hanging heart")
    field = page.get_by_test_id(f"quantity-{HEART}")
    field.fill(str(quantity))
    field.press("Tab")
    line = page.get_by_test_id(f"line-total-{HEART}")
    line.wait_for()
    return Decimal(line.get_attribute("data-value") or "0")


def test_a_rep_orders_offline_at_the_volume_break(
    playwright: Playwright, office: Office, server: Served, installed: Installed, tmp_path: Path
) -> None:
    tiers = tiers_of(office, HEART)
    assert len(tiers) > 1
    least, price = tiers[1]
    assert price < tiers[0][1]
    profile = shutil.copytree(installed("rep@gifts"), tmp_path / "phone", symlinks=True)
    before = {row["id"] for row in office.rows("order")}
    server.stop()
    with browser_profile(playwright, profile) as context:
        page = context.pages[0]
        page.goto(server.url)
        assert take_hearts(page, least) == least * price
        shown = total(page)
        order = submitted_id(page)
        status(page, order, "queued")
        assert kill_browser(profile) > 0
    with browser_profile(playwright, profile) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/orders")
        status(page, order, "queued")
        pending(page, 1)
        server.start()
        badge(page, "synced", 120_000)
        made = [row for row in office.rows("order") if row["id"] not in before]
        assert [row["id"] for row in made] == [order]
        assert Decimal(made[0]["totals"]["total"]) == shown
        expect(page.get_by_test_id(f"order-{order}")).to_contain_text(made[0]["number"])


def test_a_shop_repeats_its_last_order(opened: Open, office: Office) -> None:
    page = opened("shop@gifts")
    with no_network(page.context):
        page.get_by_test_id("repeat-last").click()
        page.get_by_test_id("submit-order").wait_for()
        shown = total(page)
        assert shown > 0
        order = submitted_id(page)
        status(page, order, "queued")
    page.get_by_test_id("all-orders").or_(page.get_by_test_id(f"order-{order}")).first.wait_for()
    page.locator(f"[data-testid=order-{order}]:not([data-status=queued])").wait_for(timeout=60_000)
    made = next(row for row in office.rows("order") if row["id"] == order)
    assert Decimal(made["totals"]["total"]) == shown
