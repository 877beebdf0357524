"""Goods scanned by a camera one after the other, as on a shelf: cartons and pieces, dim, blurred, turned, a code that
no product has, several in sight. In Chromium, with a film for a camera, against the real server."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter
from playwright.sync_api import Page, Playwright, expect

from tests.browser import browser_profile
from tests.e2e.conftest import Installed
from tests.e2e.parts import Office, cut_off, serious, start_order, synced_anew, to_tab
from tests.pwa.barcodes import ean13_modules, film_of_pictures, label, nothing, picture
from tests.servers import Served

pytestmark = pytest.mark.timeout(400)
PHONES = ("rep@demo",)
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
UNKNOWN = "6901234567892"
LONG = 60  # frames: two seconds


@contextmanager
def looking_at(
    playwright: Playwright, phone: Path, url: str, film: Sequence[tuple[Image.Image, int]], folder: Path, **more: Any
) -> Iterator[Page]:
    film_of_pictures(film, folder / "film.mjpeg")
    profile = shutil.copytree(phone, folder / "phone", symlinks=True)
    switches = (*CAMERA, f"--use-file-for-fake-video-capture={folder / 'film.mjpeg'}")
    with browser_profile(playwright, profile, switches=switches, permissions=["camera"], **more) as context:
        page = context.pages[0]
        page.goto(url)
        synced_anew(page)
        yield page


def carried(office: Office) -> list[dict[str, Any]]:
    """Products with a code of their own and one on their carton."""
    rows = [row for row in office.rows("product") if row.get("status", "active") == "active" and row.get("barcodes")]
    return [row for row in rows if any(pack.get("barcode") for pack in row.get("packs", ()))]


def carton(product: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(pack for pack in product["packs"] if pack.get("barcode"))
    return found


def open_scanner(page: Page) -> None:
    page.locator(".search-scan").click()
    page.get_by_test_id("scanner").wait_for()


def test_cartons_and_pieces_are_scanned_in_a_row_in_poor_light_and_the_last_is_taken_back(
    playwright: Playwright, installed: Installed, office: Office, server: Served, tmp_path: Path
) -> None:
    one, two = carried(office)[:2]
    case = picture(ean13_modules(carton(one)["barcode"]))
    dim = ImageEnhance.Brightness(picture(ean13_modules(two["barcodes"][0])).rotate(12, fillcolor="#555")).enhance(0.35)
    film = [
        (nothing(), LONG),
        (case.filter(ImageFilter.GaussianBlur(1.5)), 30),
        (nothing(), LONG),
        (dim, 30),
        (nothing(), LONG),
        (picture(ean13_modules(UNKNOWN)), 30),
    ]
    with looking_at(playwright, installed("rep@demo"), server.url, film, tmp_path) as page:
        start_order(page, "S0020")
        open_scanner(page)
        page.get_by_test_id("scan-in-a-row").click()
        told = page.get_by_test_id("scanner-told")
        expect(told).to_contain_text(one["name"]["zh"], timeout=40_000)
        expect(page.get_by_test_id("sheet-toast")).to_contain_text(UNKNOWN, timeout=40_000)
        expect(told).to_contain_text(two["name"]["zh"])
        assert serious(page) == []
        assert cut_off(page) == []
        newest = told.locator(".scan-newest")
        before = newest.inner_text()
        page.get_by_test_id("scan-undo").click()
        expect(newest).not_to_have_text(before)
        page.get_by_test_id("scan-done").click()
        expect(page.get_by_test_id(f"quantity-{one['sku']}")).to_be_visible()
        assert int(page.get_by_test_id(f"quantity-{one['sku']}").input_value()) % carton(one)["factor"] == 0


def test_of_two_codes_in_sight_neither_is_counted_again_and_again(
    playwright: Playwright, installed: Installed, office: Office, server: Served, tmp_path: Path
) -> None:
    """Held over a shelf, now the one is readable and now the other."""
    one, two = (ean13_modules(row["barcodes"][0]) for row in carried(office)[:2])
    upper, lower = nothing(), nothing()
    label(upper, one, 30, 220)
    label(lower, two, 260, 450)
    # Time to say that many are taken; then the two in turn for longer than the test looks.
    film = [(nothing(), 90), *[(upper, 10), (lower, 10)] * 30]
    with looking_at(playwright, installed("rep@demo"), server.url, film, tmp_path) as page:
        start_order(page, "S0020")
        open_scanner(page)
        page.get_by_test_id("scan-in-a-row").click()
        done = page.get_by_test_id("scan-done")
        expect(done).to_have_text("完成（已扫 2 次）", timeout=40_000)
        page.wait_for_timeout(3000)
        expect(done).to_have_text("完成（已扫 2 次）")


def test_in_a_count_a_carton_leads_to_its_field_and_what_stays_in_sight_is_not_asked_for_again(
    playwright: Playwright, installed: Installed, office: Office, server: Served, tmp_path: Path
) -> None:
    product = carried(office)[0]
    film = [(picture(ean13_modules(carton(product)["barcode"])), 20)]
    with looking_at(playwright, installed("rep@demo"), server.url, film, tmp_path) as page:
        to_tab(page, "tasks")
        page.get_by_test_id("count-start").click()
        page.get_by_test_id("count-partner-search").fill("S0001")
        page.get_by_test_id("count-at-S0001").click()
        page.get_by_test_id("count-screen").wait_for()
        open_scanner(page)
        page.get_by_test_id("count-entry").wait_for(timeout=40_000)
        field = page.get_by_test_id(f"count-{carton(product)['code']}")
        expect(field).to_be_focused()
        page.keyboard.type("3")
        page.get_by_test_id("count-keep").click()
        expect(page.get_by_test_id("scanner-told")).to_contain_text("扫下一个")
        page.locator(".lens-scanner[data-ready=true]").wait_for()
        page.wait_for_timeout(3000)
        expect(page.get_by_test_id("count-entry")).to_have_count(0)


# As a browser answers whose person said no; in its shell without a head there is nobody to ask.
REFUSED = """(() => {
  const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) =>
    globalThis.allowed ? own(wanted) : Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
})()"""


def test_a_camera_that_is_refused_says_what_to_do_and_is_asked_for_again(
    playwright: Playwright, installed: Installed, server: Served, tmp_path: Path
) -> None:
    profile = shutil.copytree(installed("rep@demo"), tmp_path / "phone", symlinks=True)
    with browser_profile(playwright, profile, switches=CAMERA, permissions=["camera"]) as context:
        page = context.pages[0]
        page.add_init_script(REFUSED)
        page.goto(server.url)
        synced_anew(page)
        start_order(page, "S0020")
        open_scanner(page)
        trouble = page.get_by_test_id("lens-trouble")
        expect(trouble).to_contain_text("没有相机权限")
        assert serious(page) == []
        assert cut_off(page) == []
        page.evaluate("globalThis.allowed = true")
        page.get_by_test_id("scan-again").click()
        expect(trouble).to_have_count(0)
        page.locator(".lens-scanner[data-ready=true]").wait_for()
