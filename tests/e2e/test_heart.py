"""The main job in a real browser on a real server: an order taken with no signal arrives once, at the price the
phone showed. The server is stopped, not merely hidden, and the browser is killed, not closed."""

import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser import browser_profile, kill_browser
from tests.e2e.conftest import Installed
from tests.e2e.parts import pending, to_tab
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo",)


def badge(page: Page, state: str, timeout: float = 30_000) -> None:
    page.locator(f"[data-testid=sync-badge][data-state={state}]").first.wait_for(timeout=timeout)


def amount(text: str) -> Decimal:
    return Decimal("".join(letter for letter in text if letter.isdigit() or letter == "."))


def take_order(page: Page, customer: str) -> Decimal:
    """Choose the customer, add two products, submit; returns the total the phone showed."""
    to_tab(page, "order")
    page.get_by_test_id("customer-search").fill(customer)
    page.get_by_test_id(f"customer-{customer}").click()
    for number in range(2):
        page.locator("[data-testid^=add-]").nth(number).click()
        expect(page.locator("[data-testid^=line-total-]")).to_have_count(number + 1)
    page.get_by_test_id("review-order").click()
    page.get_by_test_id("review-screen").wait_for()
    shown = amount(page.get_by_test_id("order-total").first.inner_text())
    page.get_by_test_id("submit-order").click()
    return shown


def orders_of(server: Served) -> list[tuple[str, str]]:
    """(id, number) of every order in the server's own database."""
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    try:
        return list(database.execute("SELECT id, number FROM orders"))
    finally:
        database.close()


def test_an_order_without_signal_arrives_once(
    playwright: Playwright, server: Served, installed: Installed, tmp_path: Path
) -> None:
    profile = shutil.copytree(installed("rep@demo"), tmp_path / "phone", symlinks=True)
    before = {order_id for order_id, _ in orders_of(server)}
    server.stop()

    with browser_profile(playwright, profile, whole=True) as context:
        page = context.pages[0]
        page.goto(server.url)
        shown = take_order(page, "S0001")
        queued = page.locator("[data-testid^=order-][data-status=queued]").first
        queued.wait_for()
        pending(page, 1)
        assert kill_browser(profile) > 0

    with browser_profile(playwright, profile, whole=True) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/orders")
        page.locator("[data-testid^=order-][data-status=queued]").first.wait_for()
        pending(page, 1)
        tabs = [context.new_page() for _ in range(2)]
        for tab in tabs:
            tab.goto(f"{server.url}/orders")
        server.start()
        badge(page, "synced", 90_000)
        pending(page, 0)
        made = [order for order in orders_of(server) if order[0] not in before]
        assert len(made) == 1
        order_id, number = made[0]
        assert number.startswith("SO-")
        for tab in (page, *tabs):
            row = tab.get_by_test_id(f"order-{order_id}")
            expect(row).to_contain_text(number, timeout=60_000)
            assert row.get_attribute("data-status") in ("submitted", "on_hold")
            assert amount(row.locator(".number").first.inner_text()) == shown
