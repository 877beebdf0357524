"""The desk without a mouse, in a real browser: its keys, and where the focus goes on."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.parts import come_true, go
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("hq@demo",)


def test_the_keys_go_on_in_a_line_that_was_added(server: Served, desk: Page) -> None:
    for screen, button, field in (
        ("products", "pack-add", "pack-zh-0"),
        ("customers", "address-add", "address-region-0"),
    ):
        desk.goto(f"{server.url}/desk/{screen}/new")
        # A new form leads into its first field once it stands.
        expect(desk.locator(".desk-panel .field .input").first).to_be_focused()
        desk.get_by_test_id(button).focus()
        desk.keyboard.press("Enter")
        expect(desk.get_by_test_id(field)).to_be_focused()


def test_the_desk_works_by_keys(desk: Page) -> None:
    desk.get_by_test_id("nav-orders").click()
    desk.get_by_test_id("tab-to_approve").click()
    rows = desk.locator(".grid-line")
    rows.first.wait_for()
    desk.locator("body").press("/")
    search = desk.get_by_test_id("desk-search")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    search.press("ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    desk.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    desk.keyboard.press(" ")
    expect(desk.get_by_test_id("batch-approve")).to_contain_text("1")
    desk.keyboard.press("Enter")
    desk.get_by_test_id("order-panel").wait_for()
    # J opens the order below, K the one above; A asks, with the answer under the Enter key.
    desk.keyboard.press("j")
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("k")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("a")
    desk.get_by_test_id("order-action").wait_for()
    expect(desk.get_by_test_id("order-action-yes").or_(desk.get_by_test_id("reason"))).to_be_focused()
    desk.keyboard.press("Escape")
    desk.get_by_test_id("order-action").wait_for(state="detached")
    desk.get_by_test_id("order-panel").wait_for()
    desk.keyboard.press("Escape")
    desk.get_by_test_id("order-panel").wait_for(state="detached")
    desk.keyboard.press("Control+k")
    expect(search).to_be_focused()


def test_the_focus_is_never_lost(server: Served, desk: Page) -> None:
    """A sheet gives it back to what opened it; what is closed, saved or chosen leaves it where one goes on."""
    go(desk, "/desk/orders?tab=to_ship")
    row = desk.locator(".grid-line").first
    row.focus()
    desk.keyboard.press("Enter")
    ship = desk.get_by_test_id("do-ship")
    ship.focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-testid^=ship-]").first).to_be_focused()
    desk.keyboard.press("Escape")
    expect(ship).to_be_focused()

    # A picker goes on in its field, a form that is saved in its panel, a table in the row that was open.
    go(desk, "/desk/customers?q=S0002")
    desk.get_by_test_id("customer-S0002").click()
    desk.get_by_test_id("field-assortments-open").focus()
    desk.keyboard.press("Enter")
    field = desk.locator("input[data-testid=field-assortments]")
    expect(field).to_be_focused()
    desk.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_test_id("unsaved")).to_be_visible()
    expect(field).to_be_focused()
    desk.get_by_test_id("unsaved-reset").click()
    go(desk, "/desk/products")
    desk.get_by_test_id("product-QW-0550-PU").click()
    desk.get_by_test_id("field-brand").press_sequentially("?")
    expect(desk.get_by_test_id("unsaved")).to_be_visible()
    desk.get_by_test_id("save").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator(".desk-panel .panel-body")).to_be_focused()
    go(desk, "/desk/claims")
    paper = desk.locator("tbody tr[tabindex]").first
    paper.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_test_id("desk-review").locator(".panel-body")).to_be_focused()
    desk.keyboard.press("z")
    picture = desk.get_by_test_id("review-picture").locator(".review-picture")
    expect(picture).to_be_focused()
    desk.locator(".review-zoomed").wait_for()
    # Once the picture is there: until then there is nothing to be moved.
    come_true(desk, "() => document.activeElement.scrollWidth > document.activeElement.clientWidth", seconds=60)
    desk.keyboard.press("ArrowRight")
    come_true(desk, "() => document.activeElement.scrollLeft > 0", seconds=20)
    desk.keyboard.press("Escape")  # out of the closer look, then of the claim
    expect(picture).to_be_visible()
    desk.keyboard.press("Escape")
    expect(paper).to_be_focused()

    # Where there is no panel it stays where it was on the page.
    go(desk, "/desk/price-lists")
    row.focus()
    desk.keyboard.press("Enter")
    price = desk.locator(".price-press").nth(3)
    price.focus()
    desk.keyboard.press("Enter")
    desk.get_by_test_id("tier-cancel").focus()
    desk.keyboard.press("Enter")
    expect(price).to_be_focused()
