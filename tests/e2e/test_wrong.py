"""What goes wrong between a phone and its server is told to the person, in words, and nothing is lost: a person decides
or mends it. In Chromium against the real server."""

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from offline.wire.commands import OrderApprove, OrganisationSave, PriceSave, ProductSave
from offline.wire.rows import Tier
from tests.e2e.parts import (
    Office,
    Open,
    add,
    badge,
    come_true,
    no_network,
    pending,
    room_of,
    start_order,
    status,
    submitted_id,
    synced_anew,
    to_tab,
    total,
)
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo",)

OF_A_CUSTOMER = (
    "code", "name", "type", "status", "group", "territory", "rep", "addresses", "payment_days", "price_lists",
    "assortments",
)  # fmt: skip


def order_of(office: Office, order: str) -> dict[str, Any]:
    return next(row for row in office.rows("order") if row["id"] == order)


def doubled(office: Office, sku: str) -> None:
    """Head office doubles every price of a product, in every list."""
    product = next(row["id"] for row in office.rows("product") if row["sku"] == sku)
    prices = [row for row in office.rows("price") if row["product"] == product]
    assert prices
    for row in prices:
        tiers = tuple(Tier(tier["quantity"], Decimal(tier["unit_price"]) * 2) for tier in row["tiers"])
        office.applies(PriceSave(price_list=row["price_list"], product=product, tiers=tiers))


def saved_product(office: Office, sku: str, **changed: Any) -> None:
    product = next(row for row in office.rows("product") if row["sku"] == sku)
    kept = ("sku", "name", "unit", "category", "brand", "minimum", "multiple", "tax_rate", "image")
    given = {name: product[name] for name in kept if name in product}
    office.applies(ProductSave(product=product["id"], **given | changed))


def saved_customer(office: Office, code: str, **changed: Any) -> None:
    customer = next(row for row in office.rows("organisation") if row["code"] == code)
    given = {name: customer[name] for name in OF_A_CUSTOMER if name in customer}
    office.applies(
        OrganisationSave(organisation=customer["id"], parent=customer["ancestors"][0], **given | changed)
    )  # fmt: skip


def told(page: Page, words: str) -> None:
    """The one refused command in the sync centre, with these words."""
    badge(page, "problem")
    page.get_by_test_id("sync-badge").first.click()
    card = page.locator("[data-testid^=refused-]")
    expect(card).to_have_count(1)
    expect(card).to_contain_text(words)


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "declined"])
def test_a_price_list_that_changed_meanwhile_is_put_to_a_person(opened: Open, office: Office, accepted: bool) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0011" if accepted else "S0012")
        plus = page.locator("[data-testid^=add-]").nth(3 if accepted else 4)
        doubled(office, (plus.get_attribute("data-testid") or "").removeprefix("add-"))
        add(page, 3 if accepted else 4)
        shown = total(page)
        order = submitted_id(page)
    status(page, order, "on_hold")
    page.get_by_test_id(f"order-{order}").click()
    question = page.get_by_test_id("price-hold")
    question.wait_for()
    now = Decimal(order_of(office, order)["totals"]["total"])
    assert now > shown
    expect(question).to_contain_text("价格有变化，请确认")
    expect(question).to_contain_text(f"{shown:,.2f}")
    expect(question).to_contain_text(f"{now:,.2f}")
    page.get_by_test_id("accept-price" if accepted else "decline-price").click()
    if not accepted:
        page.get_by_test_id("decline-yes").click()
    expect(question).to_have_count(0)
    badge(page, "synced")
    made = order_of(office, order)
    assert "price" not in made.get("holds", ())
    assert (made["status"] == "cancelled") is not accepted
    assert Decimal(made["totals"]["total"]) == now


def test_a_price_of_the_time_the_order_was_taken_is_honoured(opened: Open, office: Office) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0013")
        sku = add(page, 5)
        shown = total(page)
        order = submitted_id(page)
        doubled(office, sku)
    page.locator(f"[data-testid=order-{order}]:not([data-status=queued])").wait_for(timeout=60_000)
    made = order_of(office, order)
    assert Decimal(made["totals"]["total"]) == shown
    page.get_by_test_id(f"order-{order}").click()
    expect(page.get_by_test_id("timeline")).to_contain_text("按手机报价成交")


def test_an_order_for_a_customer_blocked_meanwhile_waits_and_goes_once_unblocked(opened: Open, office: Office) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0014")
        add(page, 0)
        order = submitted_id(page)
        saved_customer(office, "S0014", status="blocked", blocked_reason="货款逾期三十天")
    told(page, "客户已停用：货款逾期三十天")
    assert order not in [row["id"] for row in office.rows("order")]
    to_tab(page, "order")
    page.get_by_test_id("customer-search").fill("S0014")
    expect(page.get_by_test_id("customer-S0014")).to_contain_text("客户已停用")
    saved_customer(office, "S0014", status="active")
    page.get_by_test_id("sync-badge").first.click()
    page.locator("[data-testid^=retry-]").click()
    badge(page, "synced")
    pending(page, 0)
    assert order_of(office, order)["number"]


def test_exhausted_credit_holds_the_order_and_says_so(opened: Open, office: Office) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0015")
        add(page, 0)
        order = submitted_id(page)
        saved_customer(office, "S0015", credit_limit=Decimal("0.01"))
    status(page, order, "on_hold")
    page.get_by_test_id(f"order-{order}").click()
    expect(page.get_by_test_id("orders-detail")).to_contain_text("超信用额度，暂停")
    assert order_of(office, order)["holds"][0] == "credit"
    office.applies(OrderApprove(order=order, reason="已收到货款"))
    status(page, order, "approved")
    expect(page.get_by_test_id("timeline")).to_contain_text("已收到货款")


def test_a_refused_order_is_mended_and_sent_again(opened: Open, office: Office) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0016")
        sku = add(page, 6)
        order = submitted_id(page)
        saved_product(office, sku, minimum=4800, multiple=2400)
    told(page, "4,800")
    page.locator("[data-testid^=edit-]").click()
    page.get_by_test_id("review-screen").wait_for()
    quantity = page.get_by_test_id(f"quantity-{sku}")
    quantity.fill("4900")
    quantity.press("Tab")
    expect(quantity).to_have_value("7200")
    page.get_by_test_id("submit-order").click()
    badge(page, "synced")
    pending(page, 0)
    assert [line["quantity"] for line in order_of(office, order)["lines"] if not line.get("gift")] == [7200]


# Whether the browser refuses to store so many bytes beside what the app has. It asks for the quota only where there is
# more to store than it found room for when it asked last, at most 30 s ago.
REFUSED = """async (size) => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("probe", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kv");
    asked.onsuccess = () => done(asked.result);
  });
  const refused = await new Promise((done) => {
    const writing = db.transaction("kv", "readwrite");
    writing.objectStore("kv").put("x".repeat(size), "x");
    writing.oncomplete = () => done(false);
    writing.onabort = () => done(true);
  });
  db.close();
  return refused;
}"""
ROOM = 20_000_000  # bytes for what the app stores meanwhile
NOTE = "السلام عليكم 👨‍👩‍👧‍👦🚚 请走后门 שלום \u202e123\u202c"


def test_a_note_with_emoji_and_right_to_left_text_arrives_as_typed(
    opened: Open, office: Office, server: Served
) -> None:
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0017")
        add(page, 0)
        page.get_by_test_id("review-order").click()
        page.get_by_test_id("ordering-note").fill(NOTE)
        page.get_by_test_id("ordering-note").press("Tab")
        order = submitted_id(page)
    page.locator(f"[data-testid=order-{order}]:not([data-status=queued])").wait_for(timeout=60_000)
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    with database:
        kept = database.execute("SELECT CAST(note AS BLOB) FROM orders WHERE id = ?", (order,)).fetchone()[0]
    database.close()
    assert kept == NOTE.encode()
    assert order_of(office, order)["note"] == NOTE
    page.get_by_test_id(f"order-{order}").click()
    note = page.locator(".note-text")
    expect(note).to_have_text(NOTE)
    assert note.evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_full_phone_says_so_keeps_what_it_had_and_goes_on_once_there_is_room(
    blank: Open, office: Office, server: Served
) -> None:
    page = blank("rep@demo")
    used, allow = room_of(page, server.url)
    allow(used + ROOM)
    page.goto(server.url)
    synced_anew(page)
    with no_network(page.context):
        start_order(page, "S0018")
        add(page, 0)
        page.get_by_test_id("review-order").click()
        page.get_by_test_id("review-screen").wait_for()
        allow(used // 2)
        come_true(page, REFUSED, ROOM)
        page.get_by_test_id("ordering-note").fill("放得下吗")
        expect(page.get_by_test_id("notice")).to_contain_text("手机存储已满")
        page.get_by_test_id("submit-order").click()
        page.get_by_test_id("toast").wait_for()
        expect(page.get_by_test_id("ordering-note")).to_have_value("放得下吗")
        pending(page, 0)
        allow(used + ROOM)
        come_true(page, f"async (size) => !await ({REFUSED})(size)", 1000)
        order = submitted_id(page)
        status(page, order, "queued")
        expect(page.get_by_test_id("notice")).to_contain_text("手机空间快满了")
        page.get_by_test_id("notice-action").click()
        expect(page.get_by_test_id("storage-warning")).to_contain_text("手机空间快满了")
    badge(page, "synced")
    assert order_of(office, order)["note"] == "放得下吗"
