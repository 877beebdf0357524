"""Every phone screen with the demo's data, in both languages, light and dark, on a narrow phone: nothing that axe
calls serious, no word cut off. QUDAO_PICTURES names a folder to keep a picture of each screen in."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

from tests.browser import browser_profile
from tests.e2e.parts import cut_off, keep_picture, no_network, serious, sign_in
from tests.servers import Served

pytestmark = pytest.mark.timeout(900)
PICTURES = Path(os.environ["QUDAO_PICTURES"]) if os.environ.get("QUDAO_PICTURES") else None
NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 390, "height": 844}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_screens_of_a_rep(locale: str, server: Served, tmp_path: Path) -> None:
    with (
        sync_playwright() as playwright,
        browser_profile(playwright, tmp_path / "phone", locale=locale, viewport=NARROW) as context,
    ):
        page = context.pages[0]
        look = looker(page, locale)
        page.goto(server.url)
        page.get_by_test_id("login").wait_for()
        look("sign-in")
        sign_in(page, server.url, "rep@demo")
        faults = [*walk_of_a_rep(page, context, look), *look.faults]
    assert not faults, "\n".join(faults)


def test_screens_of_a_shop_and_of_head_office(server: Served, tmp_path: Path) -> None:
    faults: list[str] = []
    with sync_playwright() as playwright:
        for login in ("shop@demo", "hq@demo", "staff@demo"):
            profile = tmp_path / login
            with browser_profile(playwright, profile, viewport=NARROW) as context:
                page = context.pages[0]
                look = looker(page, login.split("@")[0])
                sign_in(page, server.url, login)
                look("home")
                page.get_by_test_id("tab-me").click()
                look("me", "me-screen")
                faults += look.faults
    assert not faults, "\n".join(faults)


class Looker:
    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.faults: list[str] = []

    def __call__(self, screen: str, testid: str = "") -> None:
        if testid:
            self.page.get_by_test_id(testid).first.wait_for()
        self.page.wait_for_timeout(400)
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)
            self.faults += [f"{self.name} {screen} at {size['width']}: {fault}" for fault in cut_off(self.page)]
        # Colours are the same in every language.
        schemes: tuple[Literal["dark", "light"], ...] = ("light",) if self.name == "en" else ("dark", "light")
        for scheme in schemes:
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_timeout(400)  # colours fade over
            keep_picture(self.page, PICTURES, f"{self.name}-{scheme}-{screen}")
            self.faults += [f"{self.name} {screen} {scheme}: {fault}" for fault in serious(self.page)]


def looker(page: Page, name: str) -> Looker:
    return Looker(page, name)


def walk_of_a_rep(page: Page, context: BrowserContext, look: Callable[..., None]) -> list[str]:
    """Through every screen, an order on the way."""
    look("home", "next-stop")
    page.get_by_test_id("tab-order").click()
    look("customers", "customer-screen")
    page.get_by_test_id("customer-S0001").click()
    look("order", "order-screen")
    for number in range(3):
        page.locator("[data-testid^=add-]").nth(number).click()
    page.locator("[data-testid^=line-total-]").nth(2).wait_for()
    sku = (page.locator("article.product-row").nth(1).get_attribute("data-testid") or "").removeprefix("product-")
    quantity = page.get_by_test_id(f"quantity-{sku}")
    quantity.fill("50")
    quantity.press("Tab")
    look("typed")
    page.locator("[data-testid^=why-]").first.click()
    look("why", "why-price")
    page.keyboard.press("Escape")
    page.get_by_test_id("chip-promoted").click()
    look("promoted")
    page.get_by_test_id("product-search").fill("没有这个")
    look("nothing-found")
    page.get_by_test_id("product-search").fill("")
    page.get_by_test_id("review-order").click()
    look("review", "review-screen")
    page.get_by_test_id("order-note").fill("请走后门 🚚 السلام عليكم")
    page.evaluate("scrollTo(0, 1e6)")
    look("review-end")
    with no_network(context):
        page.get_by_test_id("submit-order").click()
        look("orders", "orders-screen")
        page.locator("[data-testid^=order-][data-status=queued]").first.click()
        look("detail-queued", "order-detail")
        page.get_by_test_id("sync-badge").click()
        look("sync-offline", "sync-centre")
        page.get_by_test_id("tab-me").click()
        look("me", "me-screen")
        page.get_by_test_id("sign_out").click()
        look("sign-out", "sign-out-question")
        page.keyboard.press("Escape")
    page.get_by_test_id("tab-order").click()
    page.get_by_test_id("order-tabs-list").click()
    page.get_by_test_id("filter-on_the_way").click()
    shipped = page.locator("[data-status=partly_shipped], [data-status=shipped]").first
    for _ in range(40):  # the newest come first, and these are the older ones
        if shipped.count():
            break
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(200)
    shipped.click()
    look("detail", "order-detail")
    return []
