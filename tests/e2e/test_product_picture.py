"""Products' pictures, in a real browser on a real server: one picked at head office's desk, and those that a phone has
before anybody looked at them."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser import DESK, browser_profile
from tests.e2e.conftest import Installed
from tests.e2e.parts import Open, badge, no_network, start_order, synced_anew
from tests.media.conftest import photo
from tests.servers import Served

pytestmark = pytest.mark.timeout(300)
PHONES = ("hq@demo", "rep@demo")
ON_A_DESK: dict[str, Any] = {"is_mobile": False, "has_touch": False, "device_scale_factor": 1, **DESK}


def test_a_product_gets_a_picture(playwright: Playwright, server: Served, installed: Installed, tmp_path: Path) -> None:
    path = tmp_path / "shelf.jpg"
    path.write_bytes(photo(1600, 1200))
    profile = shutil.copytree(installed("hq@demo"), tmp_path / "desk", symlinks=True)
    with browser_profile(playwright, profile, **ON_A_DESK) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/desk")
        synced_anew(page)
        page.get_by_test_id("nav-products").click()
        page.locator("[data-testid^=product-]:not([data-testid=product-new])").first.click()
        panel = page.get_by_test_id("product-panel")
        panel.wait_for()
        picture = panel.locator(".product-photo img").first
        before = picture.get_attribute("src")
        page.get_by_test_id("product-photo-gallery").set_input_files(path)
        expect(picture).not_to_have_attribute("src", before or "", timeout=30_000)
        after = picture.get_attribute("src")
        assert after is not None
        assert (
            page.evaluate("src => fetch(src).then(answer => answer.headers.get('content-type'))", after) == "image/webp"
        )
        # What the browser draws has the picture's own shape.
        assert page.evaluate(
            "img => img.decode().then(() => [img.naturalWidth, img.naturalHeight])", picture.element_handle()
        ) == [800, 600]
        badge(page, "synced")


_DRAWN = """(image) => image.decode().then(() => image.naturalWidth > 0)"""


def test_what_customers_buy_has_its_picture_without_a_network_before_anybody_looked(opened: Open) -> None:
    page = opened("rep@demo")
    page.get_by_test_id("sync-badge").click()
    all_here = re.compile(r"商品图片[\d,]+占用空间")  # on the way it says "103 / 234"
    expect(page.get_by_test_id("holdings")).to_contain_text(all_here, timeout=150_000)
    with no_network(page.context):
        start_order(page, "S0005")
        pictures = page.locator("[data-testid=products] .picture img")
        pictures.first.wait_for(state="attached")
        for place in range(3):
            assert page.evaluate(_DRAWN, pictures.nth(place).element_handle())
