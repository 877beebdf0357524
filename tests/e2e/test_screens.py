"""Every phone screen with the demo's data, in both languages, light and dark, on a narrow phone: nothing that axe
calls serious, no word cut off, nothing too small for a thumb. QUDAO_PICTURES names a folder to keep a picture of each
screen in."""

import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, ViewportSize, expect

from tests.browser import browser_profile
from tests.e2e.conftest import Installed
from tests.e2e.parts import (
    at_rest,
    cut_off,
    go,
    in_colours,
    keep_picture,
    no_network,
    serious,
    sign_in,
    synced_anew,
    to_tab,
    too_small,
)
from tests.media.conftest import photo
from tests.servers import Served

pytestmark = pytest.mark.timeout(900)
PHONES = ("shop@demo", "finance@demo")
PICTURES = Path(os.environ["QUDAO_PICTURES"]) if os.environ.get("QUDAO_PICTURES") else None
NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 390, "height": 844}
LARGE = {
    "/": "repeat-card", "/order": "product-search", "/orders": "orders-search", "/tasks": "tasks-screen",
    "/counts/new": "count-search", "/notices": "notices-screen", "/learn": "learn-screen", "/sync": "sync-centre",
}  # fmt: skip
Scheme = Literal["dark", "light"]
Look = Callable[..., None]


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_screens_of_a_rep(
    locale: str, playwright: Playwright, server: Served, phone: Callable[[str], Path], tmp_path: Path
) -> None:
    # What axe looks at is the same in every language; how long words are is not.
    schemes: tuple[Scheme, ...] = () if locale == "en" else ("light", "dark")
    # One of them has never been here.
    profile = phone("phone") if locale == "en" else tmp_path / "phone"
    with still_browser(playwright, profile, locale) as (page, context):
        look = Looker(page, locale, schemes)
        page.goto(server.url)
        page.get_by_test_id("login").wait_for()
        look("sign-in")
        page.get_by_test_id("login").fill("rep@demo")
        page.get_by_test_id("login").press("Enter")
        expect(page.get_by_test_id("password")).to_be_focused()
        expect(page.locator(".form-error")).to_be_hidden()
        sign_in(page, server.url, "rep@demo")
        order_something(page, look)
        visit_a_shop(page, context, server, look)
        see_what_waits(page, context, look)
        find_a_parcel(page, look)
    assert not look.faults, "\n".join(look.faults)


def test_screens_of_a_shop(playwright: Playwright, server: Served, installed: Installed, tmp_path: Path) -> None:
    profile = shutil.copytree(installed("shop@demo"), tmp_path / "shop", symlinks=True)
    with still_browser(playwright, profile, "en") as (page, _context):
        look = Looker(page, "shop", ("light", "dark"))
        page.goto(server.url)
        synced_anew(page)
        look("home", "repeat-card")
        claim_something(page, look)
        count_something(page, look)
        read_notices(page, look)
    assert not look.faults, "\n".join(look.faults)


def test_screens_of_staff_and_of_finance(
    playwright: Playwright, server: Served, phone: Callable[[str], Path], installed: Installed, tmp_path: Path
) -> None:
    faults: list[str] = []
    with still_browser(playwright, phone("staff"), "en") as (page, _context):
        look = Looker(page, "staff", ("light", "dark"))
        sign_in(page, server.url, "staff@demo")
        look("home")
        learn_something(page, look)
        faults += look.faults
    profile = shutil.copytree(installed("finance@demo"), tmp_path / "finance", symlinks=True)
    with still_browser(playwright, profile, "zh-CN") as (page, _context):
        look = Looker(page, "finance", ("light", "dark"))
        page.goto(server.url)
        synced_anew(page)
        look("home")
        to_tab(page, "tasks")
        look("tasks", "tasks-screen")
        page.locator("[data-testid=tasks-to_approve] [data-testid^=activity-]").first.click()
        look("approve", "approve-activity")
        page.get_by_test_id("decline-activity").click()
        page.get_by_test_id("decline-yes").click()
        look("decline", "reason")
        faults += look.faults
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_screens_in_large_type(
    locale: str, playwright: Playwright, server: Served, installed: Installed, tmp_path: Path
) -> None:
    """The app's own setting, on top of the browser's: 16 px come out as 28."""
    profile = shutil.copytree(installed("shop@demo"), tmp_path / "shop", symlinks=True)
    huge = ("--blink-settings=defaultFontSize=24",)
    with still_browser(playwright, profile, locale, switches=huge) as (page, _context):
        page.goto(server.url)
        synced_anew(page)
        go(page, "/me")
        page.get_by_test_id("text-size-large").click()
        page.locator("[data-type=huge]").wait_for(state="attached")
        look = Looker(page, f"{locale}-large", ())
        for path, testid in LARGE.items():
            go(page, path)
            look(path.strip("/") or "home", testid)
    assert not look.faults, "\n".join(look.faults)


def test_the_largest_type_there_is_fits_a_narrow_phone(
    playwright: Playwright, server: Served, installed: Installed, tmp_path: Path
) -> None:
    """The browser's largest and the app's: 16 px come out as 38, an order's number is wider than the screen."""
    profile = shutil.copytree(installed("shop@demo"), tmp_path / "shop", symlinks=True)
    with still_browser(playwright, profile, "zh-CN", switches=("--blink-settings=defaultFontSize=32",)) as (page, _):
        page.goto(server.url)
        synced_anew(page)
        go(page, "/me")
        page.get_by_test_id("text-size-large").click()
        page.locator("[data-type=huge]").wait_for(state="attached")
        for path, testid in (("/me", "text-size"), ("/", "repeat-card"), ("/tasks", "tasks-screen")):
            go(page, path)
            page.get_by_test_id(testid).first.wait_for()
            at_rest(page)
            assert cut_off(page) == [], path


@contextmanager
def still_browser(playwright: Playwright, profile: Path, locale: str, **more: Any) -> Any:
    """Without motion, so that what is shown is there at once."""
    more |= {"viewport": NARROW, "reduced_motion": "reduce"}
    with browser_profile(playwright, profile, locale=locale, **more) as context:
        yield context.pages[0], context


class Looker:
    def __init__(self, page: Page, name: str, schemes: tuple[Scheme, ...]) -> None:
        self.page = page
        self.name = name
        self.schemes = schemes
        self.faults: list[str] = []

    def __call__(self, screen: str, testid: str = "") -> None:
        if testid:
            self.page.get_by_test_id(testid).first.wait_for(timeout=60_000)
        at_rest(self.page)
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)
            self.faults += [f"{self.name} {screen} at {size['width']}: {fault}" for fault in cut_off(self.page)]
        if not self.schemes:
            keep_picture(self.page, PICTURES, f"{self.name}-{screen}")
        self.faults += [f"{self.name} {screen}, too small for a thumb: {fault}" for fault in too_small(self.page)]
        for scheme in self.schemes:
            in_colours(self.page, scheme)
            keep_picture(self.page, PICTURES, f"{self.name}-{scheme}-{screen}")
            # All that axe knows besides is the same in the dark.
            rules = () if scheme == self.schemes[0] else ("color-contrast",)
            self.faults += [f"{self.name} {screen} {scheme}: {fault}" for fault in serious(self.page, *rules)]


# How much of a column in the middle of the page belongs to such elements, in px.
IN_SIGHT = """(selector) => [...Array(innerHeight).keys()]
  .filter((y) => document.elementFromPoint(innerWidth / 2, y)?.closest(selector)).length"""


def order_something(page: Page, look: Look) -> None:
    look("home", "next-stop")
    to_tab(page, "order")
    look("customers", "customers-screen")
    page.get_by_test_id("customer-S0001").click()
    look("order", "ordering-screen")
    page.set_viewport_size({"width": 740, "height": 360})
    page.evaluate("scrollTo(0, 900)")
    at_rest(page)
    assert page.evaluate(IN_SIGHT, ".product-row") >= 180, "a phone on its side has no room for its products"
    page.set_viewport_size(NARROW)
    page.evaluate("scrollTo(0, 0)")
    for number in range(3):
        page.locator("[data-testid^=add-]").nth(number).click()
    page.locator("[data-testid^=line-total-]").nth(2).wait_for()
    sku = (page.locator("article.product-row").nth(1).get_attribute("data-testid") or "").removeprefix("product-")
    quantity = page.get_by_test_id(f"quantity-{sku}")
    quantity.fill("50")
    quantity.press("Tab")
    expect(quantity).not_to_have_value("50")  # whole packs
    look("typed")
    page.locator("[data-testid^=why-]").first.click()
    look("why", "why-price")
    page.keyboard.press("Escape")
    page.get_by_test_id("chip-promoted").click()
    look("promoted")
    page.get_by_test_id("product-search").fill("没有这个")
    page.locator("article.product-row").first.wait_for(state="detached")
    look("nothing-found")
    page.get_by_test_id("product-search").fill("")
    page.get_by_test_id("review-order").click()
    look("review", "review-screen")
    page.get_by_test_id("ordering-note").fill("请走后门 🚚 السلام عليكم")
    page.evaluate("scrollTo(0, 1e6)")
    look("review-end")


def visit_a_shop(page: Page, context: BrowserContext, server: Served, look: Look) -> None:
    """From the review of an order, which is sent without a network; a visit far from the shop, with photos."""
    context.grant_permissions(["geolocation"], origin=server.url)
    context.set_geolocation({"latitude": 31.2, "longitude": 121.4, "accuracy": 15})
    with no_network(context):
        page.get_by_test_id("submit-order").click()
        look("orders", "orders-screen")
        page.locator("[data-testid^=order-][data-status=queued]").first.click()
        look("detail-queued", "orders-detail")
        to_tab(page, "tasks")
        page.get_by_test_id("locate").click()
        look("tasks", "tasks-screen")
        page.get_by_test_id("visit-add").click()
        look("visit-add", "visit-customers")
        go(page, "/tasks")
        page.locator("[data-testid^=visit-S][data-status=planned]").first.click()
        look("visit", "check-in")
        page.get_by_test_id("check-in").click()
        page.get_by_test_id("check-in-anyway").click()
        look("fence", "fence-sheet")
        page.get_by_test_id("fence-reason").fill("门店在装修，在对面见的老板 Renovation, met across the street")
        page.get_by_test_id("check-in-anyway").click()
        look("under-way", "check-out")
        for item, answer in (("fridge", "answer-yes-yes"), ("rival", "answer-choice-gift")):
            page.get_by_test_id(f"item-{item}").click()
            page.get_by_test_id("item-save").click()
            look(f"item-{item}", "item-sheet")
            page.get_by_test_id(answer).click()
            page.get_by_test_id("item-save").click()
        page.get_by_test_id("item-shelf").click()
        files: Any = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo(400, 300, n)} for n in (1, 2)]
        page.get_by_test_id("visit-photos-gallery").set_input_files(files)
        look("item-photos", "visit-photos-1")
        page.get_by_test_id("visit-photos-0").click()
        look("photo", "photo-sheet")
        page.keyboard.press("Escape")
        page.get_by_test_id("item-save").click()
        page.get_by_test_id("check-out").click()
        look("check-out", "check-out-sheet")
        page.get_by_test_id("left-reason").fill("老板不在")
        page.get_by_test_id("check-out-yes").click()
        look("visited", "next-stop")
        page.get_by_test_id("sync-badge").first.click()
        look("sync-offline", "uploads")
        to_tab(page, "me")
        look("me", "me-screen")
        page.get_by_test_id("change_password").click()
        look("password", "password-sheet")
        page.keyboard.press("Escape")
        page.get_by_test_id("devices").click()
        look("devices-away", "devices-away")
        page.get_by_test_id("back").click()
        page.get_by_test_id("sign_out").click()
        look("sign-out", "sign-out-question")
        page.keyboard.press("Escape")


def see_what_waits(page: Page, context: BrowserContext, look: Look) -> None:
    """A count that was asked for, and the camera that is not there."""
    del context
    to_tab(page, "tasks")
    page.locator("[data-testid^=count-task-]").first.click()
    look("count", "count-rows")
    page.locator("[data-testid^=count-row-]").first.click()
    page.get_by_test_id("count-keep").click()
    look("count-entry", "count-entry")
    page.keyboard.press("Escape")
    page.locator(".search-scan").click()
    look("scanner", "lens-trouble")
    page.keyboard.press("Escape")
    page.get_by_test_id("scanner").wait_for(state="detached")
    go(page, "/claims")
    look("funds", "funds-screen")
    go(page, "/notices")
    look("notices", "notices-screen")


def find_a_parcel(page: Page, look: Look) -> None:
    to_tab(page, "order")
    page.get_by_test_id("ordering-tabs-list").click()
    page.get_by_test_id("filter-on_the_way").click()
    shipped = page.locator("[data-status=partly_shipped], [data-status=shipped]").first
    for _ in range(40):  # the newest come first, and these are the older ones
        if shipped.count():
            break
        page.mouse.wheel(0, 500)
        at_rest(page)
    shipped.click()
    look("detail", "orders-detail")


def claim_something(page: Page, look: Look) -> None:
    """Everything that can be wrong in the forms is."""
    page.get_by_test_id("see-funds").click()
    look("funds", "funds-screen")
    page.locator("[data-testid^=apply-]").first.click()
    page.get_by_test_id("apply-submit").click()
    look("apply", "apply-screen")
    go(page, "/claims")
    page.locator("[data-testid^=activity-][data-status=approved]").first.click()
    look("activity", "file-claim")
    page.get_by_test_id("file-claim").click()
    page.get_by_test_id("claim-submit").click()
    same: Any = {"name": "twice.jpg", "mimeType": "image/jpeg", "buffer": photo(400, 300, 5)}
    for place in ("receipt-0-photos", "display-photos"):
        page.get_by_test_id(f"{place}-gallery").set_input_files(same)
        page.get_by_test_id(f"{place}-0").wait_for()
    look("claim-form", "claim-form")
    page.get_by_test_id("receipt-0-seller").fill("美陈广告")
    page.get_by_test_id("receipt-0-on").fill("2020-01-02")
    page.get_by_test_id("receipt-0-total").fill("88000")
    page.get_by_test_id("claim-submit").click()
    look("look-again", "look-again")
    page.get_by_test_id("look-again-back").click()
    go(page, "/claims")
    page.locator("[data-testid^=claim-][data-status=settled]").first.click()
    look("claim", "claim-screen")


def count_something(page: Page, look: Look) -> None:
    to_tab(page, "tasks")
    look("tasks", "tasks-screen")
    page.get_by_test_id("count-start").click()
    page.locator("[data-testid^=count-row-]").first.click()
    page.get_by_test_id("count-none").click()
    page.locator("[data-testid^=counted-]").wait_for()
    at_rest(page)  # the next one's sheet
    page.keyboard.press("Escape")
    page.get_by_test_id("count-entry").wait_for(state="detached")
    page.get_by_test_id("count-hand-in").click()
    look("count-left", "count-left")
    page.get_by_test_id("count-left-yes").click()
    look("counted", "count-detail")


def read_notices(page: Page, look: Look) -> None:
    go(page, "/notices?filter=to_confirm")
    page.locator("[data-testid^=letter-]").first.click()
    look("notice", "notice-text")
    to_tab(page, "me")
    look("me", "me-screen")


def learn_something(page: Page, look: Look) -> None:
    """A course that is passed, with its certificate; one that is taken, all wrong."""
    to_tab(page, "learn")
    look("learn", "learn-screen")
    page.locator("[data-testid=courses-done] [data-testid^=course-]").first.click()
    look("course", "certificate")
    to_tab(page, "learn")
    page.locator("[data-testid=courses-begun] [data-testid^=course-]").first.click()
    page.get_by_test_id("course-start").click()
    page.get_by_test_id("player").wait_for()
    seen: set[str] = set()
    for place in range(20):
        page.locator(f"[data-testid=player][data-place='{place}'], [data-testid=result-screen]").first.wait_for()
        if page.get_by_test_id("result-screen").count():
            break
        kind = answer_anything(page)
        if kind not in seen:
            seen.add(kind)
            look(f"player-{kind}")
        page.get_by_test_id("next").click()
    look("result", "result-screen")


def answer_anything(page: Page) -> str:
    """What the player shows: a card that is read, or the kind of question, answered and marked."""
    page.locator("[data-testid=next], [data-testid=answer]").first.wait_for()
    if page.get_by_test_id("next").count():
        return "card"
    option = page.locator("[data-testid^=option-]").first
    kind = option.get_attribute("role") or "option" if option.count() else "order"
    if option.count():
        option.click()
    elif page.get_by_test_id("short-answer").count():
        kind = "short"
        page.get_by_test_id("short-answer").fill("?")
    page.get_by_test_id("answer").click()
    page.get_by_test_id("feedback").wait_for()
    return kind
