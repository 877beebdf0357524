"""The phone's story in Chromium against the real server: what each person sees when the other acts, what is refused
and mended, signing out with orders waiting, Chinese by IME, Android's back button."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderShip, ProductSave
from tests.e2e.conftest import Installed
from tests.e2e.parts import (
    PASSWORD,
    Office,
    Open,
    add,
    badge,
    compose,
    cut_off,
    keeps,
    no_network,
    pending,
    serious,
    sign_in,
    start_order,
    status,
    submitted_id,
    to_tab,
    total,
)
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo", "shop@demo")


def test_approval_and_two_parcels_reach_rep_and_shop_without_reloading(opened: Open, office: Office) -> None:
    rep, shop = opened("rep@demo"), opened("shop@demo")
    with no_network(rep.context):
        start_order(rep, "S0001")
        add(rep, 0)
        add(rep, 1)
        order = submitted_id(rep)
        status(rep, order, "queued")
        pending(rep, 1)
    rep.locator(f"[data-testid=order-{order}]:not([data-status=queued])").wait_for(timeout=60_000)
    rep.get_by_test_id(f"order-{order}").click()
    shop.get_by_test_id("all-orders").click()
    shop.get_by_test_id(f"order-{order}").wait_for(timeout=60_000)
    made = next(row for row in office.rows("order") if row["id"] == order)
    assert made["number"]
    office.applies(OrderApprove(order=order, reason="story"))
    status(rep, order, "approved")
    status(shop, order, "approved")
    lines = [(line["id"], line["quantity"]) for line in made["lines"]]
    for (line, quantity), wanted in zip(lines, ("partly_shipped", "shipped"), strict=True):
        parcel = OrderShip(order=order, parcel=new_id(), lines={line: quantity}, carrier="顺丰", tracking="SF1400")
        office.applies(parcel)
        status(rep, order, wanted)
        status(shop, order, wanted)
    expect(rep.locator("[data-testid^=parcel-]")).to_have_count(2)
    shop.get_by_test_id(f"order-{order}").click()
    signing = shop.locator("[data-testid^=parcel-] [data-testid^=sign-]")
    for left in (2, 1):
        expect(signing).to_have_count(left, timeout=30_000)
        signing.first.click()
        shop.get_by_test_id("signing-confirm").click()
    expect(signing).to_have_count(0, timeout=30_000)
    status(rep, order, "signed")


def test_a_shop_repeats_its_last_order_offline_with_one_quantity_changed(opened: Open, office: Office) -> None:
    page = opened("shop@demo")
    with no_network(page.context):
        page.get_by_test_id("repeat-last").click()
        page.get_by_test_id("submit-order").wait_for()
        before = total(page)
        page.locator("[data-testid^=add-]").first.click()
        expect(page.get_by_test_id("order-total").first).not_to_have_attribute("data-value", str(before))
        shown = total(page)
        order = submitted_id(page, unread=True)
        status(page, order, "queued")
        to_tab(page, "home")
        page.get_by_test_id("repeat-card").wait_for()
    page.get_by_test_id("all-orders").click()
    page.locator(f"[data-testid=order-{order}]:not([data-status=queued])").wait_for(timeout=60_000)
    made = next(row for row in office.rows("order") if row["id"] == order)
    assert Decimal(made["totals"]["total"]) == shown


def test_a_withdrawn_product_is_told_and_the_order_goes_without_it(opened: Open, office: Office) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0002")
        first, second = add(page, 0), add(page, 1)
        order = submitted_id(page)
        product = next(row for row in office.rows("product") if row["sku"] == second)
        kept = ("sku", "name", "unit", "category", "brand", "minimum", "multiple", "tax_rate")
        office.applies(
            ProductSave(
                product=product["id"], status="withdrawn", **{name: product[name] for name in kept if name in product}
            )
        )
    badge(page, "problem")
    page.get_by_test_id("sync-badge").click()
    card = page.locator("[data-testid^=refused-]")
    card.wait_for()
    expect(card).to_contain_text("停售")
    assert serious(page) == []
    assert cut_off(page) == []
    page.locator("[data-testid^=mend-]").click()
    badge(page, "synced")
    pending(page, 0)
    made = [row for row in office.rows("order") if row["id"] == order]
    assert [line["sku"] for line in made[0]["lines"] if not line.get("gift")] == [first]


def test_signed_out_by_the_server_loses_nothing(
    opened: Open, installed: Installed, office: Office, server: Served
) -> None:
    page = opened("rep@demo")
    installed.forget("rep@demo")
    with no_network(page.context):
        start_order(page, "S0003")
        add(page, 0)
        order = submitted_id(page)
        with Office(server, "rep@demo") as elsewhere:
            elsewhere.client.delete("/api/sessions").raise_for_status()
    badge(page, "problem")
    page.get_by_test_id("notice").wait_for()
    pending(page, 1)
    page.get_by_test_id("notice-action").click()
    expect(page.get_by_test_id("login")).to_have_value("rep@demo")
    expect(page.get_by_test_id("password")).to_be_focused()
    sign_in(page, server.url, "rep@demo")
    assert [row["id"] for row in office.rows("order") if row["id"] == order] == [order]


def test_signing_out_keeps_the_queue_for_the_next_time(
    opened: Open, installed: Installed, office: Office, server: Served
) -> None:
    page = opened("rep@demo")
    installed.forget("rep@demo")
    with no_network(page.context):
        start_order(page, "S0004")
        add(page, 0)
        order = submitted_id(page)
        to_tab(page, "me")
        page.get_by_test_id("sign_out").click()
        expect(page.get_by_test_id("sign-out-question")).to_contain_text("1")
        page.get_by_test_id("sign-out-question-yes").click()
        page.get_by_test_id("login").wait_for()
    sign_in(page, server.url, "rep@demo")
    assert [row["id"] for row in office.rows("order") if row["id"] == order] == [order]


def test_chinese_by_ime_and_full_width_figures(opened: Open) -> None:
    page = opened("rep@demo")
    to_tab(page, "order")
    page.get_by_test_id("customer-search").click()
    compose(page, ["h", "hao", "hao lin ju"], "好邻居")
    expect(page.get_by_test_id("customer-search")).to_have_value("好邻居")
    page.get_by_test_id("customer-S0001").click()
    page.get_by_test_id("product-search").click()
    compose(page, ["s", "su", "su da"], "苏打")
    expect(page.locator("article.product-row").first).to_contain_text("苏打")
    sku = (page.locator("[data-testid^=add-]").first.get_attribute("data-testid") or "").removeprefix("add-")
    quantity = page.get_by_test_id(f"quantity-{sku}")
    quantity.click()
    quantity.fill("")
    compose(page, ["２", "２４"], "２４")
    quantity.press("Tab")
    expect(quantity).to_have_value("24")
    page.get_by_test_id("review-order").click()
    note = page.get_by_test_id("ordering-note")
    note.click()
    compose(page, ["n", "ni", "ni hao"], "你好")
    page.keyboard.type(" 123 fast typing")
    expect(note).to_have_value("你好 123 fast typing")
    page.wait_for_timeout(400)
    expect(note).to_have_value("你好 123 fast typing")


def test_back_closes_what_is_open_and_then_goes_back(opened: Open) -> None:
    page = opened("rep@demo")
    start_order(page, "S0001")
    add(page, 0)
    page.get_by_test_id("review-order").click()
    page.get_by_test_id("review-screen").wait_for()
    page.go_back()
    page.get_by_test_id("ordering-screen").wait_for()
    page.locator("[data-testid^=why-]").first.click()
    page.get_by_test_id("why-price").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("why-price")).to_have_count(0)
    page.get_by_test_id("back").click()
    # What was looked for may be there again, and its field is emptied to see the rest.
    page.get_by_test_id("customer-search").fill("")
    page.locator("[data-testid^=draft-]").first.wait_for()
    page.go_back()
    page.get_by_test_id("home-screen").wait_for()


@pytest.mark.parametrize("unread", [False, True])
def test_back_from_what_was_submitted_leads_to_before_its_order(opened: Open, unread: bool) -> None:
    page = opened("rep@demo")
    start_order(page, "S0003")
    add(page, 0)
    order = submitted_id(page, unread=unread)
    # On the way back there is no order begun anew for the same customer.
    page.go_back()
    expect(page.get_by_test_id("customer-search")).to_have_value("S0003")
    page.go_forward()
    page.get_by_test_id(f"order-{order}").wait_for()
    page.go_back()
    page.get_by_test_id("customer-search").wait_for()
    page.go_back()
    page.get_by_test_id("home-screen").wait_for()


def test_draft_and_screen_outlive_a_reload_and_the_lock_follows_the_password_without_network(
    opened: Open, server: Served
) -> None:
    page, other = opened("rep@demo"), "another password"
    to_tab(page, "me")
    change_password(page, PASSWORD, other)
    start_order(page, "S0005")
    sku = add(page, 0)
    shown = total(page)
    keeps(page, f'"quantity":{page.get_by_test_id(f"quantity-{sku}").input_value()}')
    with no_network(page.context):
        page.reload()
        page.get_by_test_id(f"line-total-{sku}").wait_for(timeout=30_000)
        assert total(page) == shown
        page.goto(f"{server.url}/order")
        page.locator("[data-testid^=draft-]").first.wait_for()
        to_tab(page, "me")
        page.get_by_test_id("lock").click()
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        expect(page.locator(".form-error")).to_be_visible()
        # What is typed next takes the wrong one's place.
        expect(page.get_by_test_id("password")).to_be_focused()
        page.keyboard.type(other)
        page.keyboard.press("Enter")
        page.locator("[data-testid=tab-me]").wait_for()
    # Others of this file sign in with the first one.
    back = {"current": other, "new": PASSWORD}
    assert page.request.post(f"{server.url}/api/session/password", data=back).status == 204


def change_password(page: Page, current: str, new: str) -> None:
    page.get_by_test_id("change_password").click()
    page.get_by_test_id("current-password").fill(current)
    page.get_by_test_id("new-password").fill(new)
    page.get_by_test_id("new-password-show").click()
    expect(page.get_by_test_id("new-password")).to_have_attribute("type", "text")
    page.get_by_test_id("new-password").press("Enter")
    page.get_by_test_id("toast").wait_for()
    expect(page.get_by_test_id("password-sheet")).to_have_count(0)


def test_a_trillion_is_refused_in_words(opened: Open) -> None:
    page = opened("rep@demo")
    start_order(page, "S0006")
    plus = page.locator("[data-testid^=add-]").first
    sku = (plus.get_attribute("data-testid") or "").removeprefix("add-")
    quantity = page.get_by_test_id(f"quantity-{sku}")
    quantity.fill("1000000000000")
    quantity.press("Tab")
    expect(page.get_by_test_id(f"note-{sku}")).to_contain_text("10,000,000")
    page.get_by_test_id("submit-order").click()
    page.get_by_test_id("review-screen").wait_for()
    expect(page.get_by_test_id("submit-order")).to_be_disabled()
    pending(page, 0)
