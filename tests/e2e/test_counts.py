"""Counting in Chromium against the real server: offline by search in cartons and pieces while a delivery is signed for,
then too far off, so that the shop counts again and head office sees what came of it."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from offline.ids import new_id
from offline.wire.commands import OrderSign
from offline.wire.counts import CountConfigure, CountedLine, CountedPart, CountSubmit
from tests.e2e.parts import Office, Open, badge, cut_off, no_network, serious, to_tab
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo", "shop@demo")


def on_its_way(office: Office) -> tuple[str, str, dict[str, Any], int]:
    """An order of the story's shop with a parcel that nobody signed for: its id, the shop's, a product in it that comes
    in packs, and how much of that is in its open parcels."""
    products = {row["id"]: row for row in office.rows("product")}
    for order in office.rows("order"):
        parcels = [each for each in order.get("parcels", ()) if not each.get("signed_at")]
        if order["organisation_code"] != "S0001" or not parcels or order["status"] not in {"shipped", "partly_shipped"}:
            continue
        for line in order["lines"]:
            product = products[line["product"]]
            same = {each["id"] for each in order["lines"] if each["product"] == product["id"]}
            quantity = sum(count for parcel in parcels for id_, count in parcel["lines"].items() if id_ in same)
            if quantity and product.get("packs") and not product.get("lot_tracked"):
                return order["id"], order["organisation"], product, quantity
    raise AssertionError("the demo has no parcel on its way to S0001")


def stock_of(client: httpx.Client, shop: str, product: str) -> int:
    held = {row["product"]: row for row in client.get(f"/api/partner-stock/{shop}").json()}
    return int(held[product]["on_hand"])


def type_figures(page: Page, product: dict[str, Any], cases: int, pieces: int) -> None:
    page.get_by_test_id("count-search").fill(product["sku"])
    page.get_by_test_id(f"count-row-{product['sku']}").click()
    page.get_by_test_id(f"count-{product['packs'][0]['code']}").fill(str(cases))
    page.get_by_test_id("count-unit").fill(str(pieces))
    page.get_by_test_id("count-keep").click()
    page.get_by_test_id("count-search").fill("")
    expect(page.get_by_test_id(f"counted-{product['sku']}")).to_be_visible()


def hand_in(page: Page) -> str:
    page.get_by_test_id("count-hand-in").click()
    page.get_by_test_id("count-left-yes").click()
    page.get_by_test_id("count-detail").wait_for()
    return page.url.rsplit("/", 1)[1]


def test_a_count_offline_a_delivery_meanwhile_and_a_second_count(opened: Open, office: Office, server: Served) -> None:
    order, shop_id, product, coming = on_its_way(office)
    size = product["packs"][0]["factor"]
    there = 3 * size + 5
    rep = opened("rep@demo")
    with Office(server, "shop@demo") as owner:
        # The book says two more than the rep will find.
        office.applies(CountConfigure(units=100_000))
        line = CountedLine(product=product["id"], parts=(CountedPart(packs={"": there + 2}),), observed=there + 2)
        owner.applies(CountSubmit(count=new_id(), organisation=shop_id, lines=(line,)))
        assert stock_of(office.client, shop_id, product["id"]) == there + 2
        office.applies(CountConfigure(units=3))
        badge(rep, "synced")
        with no_network(rep.context):
            to_tab(rep, "tasks")
            rep.get_by_test_id("count-start").click()
            rep.get_by_test_id("count-partner-search").fill("S0001")
            rep.get_by_test_id("count-at-S0001").click()
            # What was pressed has gone with its screen: the focus is where one has come to, and the page says so.
            expect(rep.get_by_role("heading", level=1)).to_be_focused()
            expect(rep).to_have_title(re.compile(r"^好邻居.* · Qudao$"))
            type_figures(rep, product, 3, 5)
            assert serious(rep) == []
            assert cut_off(rep) == []
            _in_contrast(rep)
            count = hand_in(rep)
            expect(rep.get_by_test_id("count-status")).to_have_text("待发送")
            owner.applies(OrderSign(order=order))
        expect(rep.get_by_test_id("count-status")).to_have_text("已入账", timeout=60_000)
        settled = next(row for row in office.rows("count") if row["id"] == count)["lines"][0]
        assert (settled["expected"], settled["observed"], settled["adjustment"]) == (there + 2, there, -2)
        assert stock_of(office.client, shop_id, product["id"]) == there + coming

    _second_count(opened, office, rep, shop_id, product, there + coming)
    _by_the_arrows(rep)


def _second_count(opened: Open, office: Office, rep: Page, shop_id: str, product: dict[str, Any], book: int) -> None:
    to_tab(rep, "tasks")
    rep.get_by_test_id("count-start").click()
    rep.get_by_test_id("count-partner-search").fill("S0001")
    rep.get_by_test_id("count-at-S0001").click()
    type_figures(rep, product, 0, book + 20)
    count = hand_in(rep)
    expect(rep.get_by_test_id("count-status")).to_have_text("待复盘", timeout=60_000)
    assert stock_of(office.client, shop_id, product["id"]) == book

    shop = opened("shop@demo")
    to_tab(shop, "tasks")
    shop.get_by_test_id(f"count-task-{count}").click(timeout=60_000)
    type_figures(shop, product, 0, book + 18)
    shop.get_by_test_id("count-hand-in").click()
    expect(shop.get_by_test_id("count-status")).to_have_text("已入账", timeout=60_000)
    assert stock_of(office.client, shop_id, product["id"]) == book + 18
    review = next(row for row in office.rows("count_review") if row["id"] == count)
    assert [each["actor_name"] for each in review["rounds"]] == ["林晓", "陈美玲"]


# What a colour or a shadow says is gone in a contrast theme: how what is there stands out from the page then.
_STANDS_OUT = """() => [...document.querySelectorAll('.button, .chip, .card, .tab-count')]
  .filter((each) => each.getBoundingClientRect().width && !each.matches('.button-plain'))
  .filter((each) => parseFloat(getComputedStyle(each).borderTopWidth) < 1)
  .map((each) => `${each.className}: ${each.textContent.slice(0, 30)}`)"""


def _by_the_arrows(page: Page) -> None:
    """Of a group of radio buttons the arrow keys choose the next."""
    to_tab(page, "me")
    page.get_by_test_id("text-size-").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("text-size-large")).to_be_focused()
    expect(page.get_by_test_id("text-size-large")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("text-size-")).to_have_attribute("aria-checked", "true")


def _in_contrast(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    assert page.evaluate(_STANDS_OUT) == []
    page.emulate_media(forced_colors="none")
