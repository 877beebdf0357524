"""Head office at its desk, in a real browser on a real server: what a rep took is approved and shipped in two parcels,
a count is asked for, and both sides see every step without reloading. Narrow and wide pages, both themes.
``test_desk_keys.py`` works there without a mouse."""

import os
import shutil
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from pwa.desk import app as desk_app
from tests.browser import browser_profile
from tests.e2e.conftest import ON_A_DESK, Installed
from tests.e2e.parts import (
    Open,
    at_rest,
    cut_off,
    go,
    in_colours,
    keep_picture,
    serious,
    start_order,
    to_tab,
)
from tests.e2e.test_heart import badge, orders_of, take_order
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("hq@demo", "rep@demo")
PICTURES = Path(os.environ["QUDAO_PICTURES"]) if os.environ.get("QUDAO_PICTURES") else None
# Each screen, and what opens one of its rows.
LINE, TABLE_ROW = ".grid-line", "tbody tr[tabindex]"
SCREENS = {
    "": "",
    "/orders?tab=all": LINE,
    "/products": LINE,
    "/assortments": LINE,
    "/categories": LINE,
    "/price-lists": LINE,
    "/promotions": ".promotion",
    "/customers": LINE,
    "/stock": LINE,
    "/sync": "",
    "/claims": TABLE_ROW,
    "/claims?filter=activities": TABLE_ROW,
    "/funds": TABLE_ROW,
    "/counts?filter=all": LINE,
    "/visits": TABLE_ROW,
    "/visits?tab=routes": TABLE_ROW,
    "/visits?tab=lists": "",
    "/visits?tab=fences": "",
    "/notices": ".grid-line:has-text('已确认')",
    "/notices/new": "",
    "/courses": "[data-testid^=course-]:not([data-testid=course-new])",
    "/people": LINE,
    "/jobs": "",
    "/imports": "[data-testid=import-kind-stock]",
    "/account": "",
}
EDITORS = {"notices/new": "notice-editor"}
OPENED = (
    ".desk-panel, [data-testid=import-pick], [data-testid=desk-price-list], [data-testid=notice-funnel], "
    "[data-testid=notice-editor]"
)


def on_paper(page: Page) -> None:
    """What goes along with goods: whose order it is, without buttons and without what is owed."""
    expect(page.get_by_test_id("do-approve")).to_be_visible()
    expect(page.get_by_test_id("order-checks")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".print-only")).to_be_visible()
    expect(page.get_by_test_id("panel-total")).to_be_visible()
    for hidden in ("do-approve", "order-checks", "order-history", "desk-language"):
        expect(page.get_by_test_id(hidden)).to_be_hidden()
    page.emulate_media(media="screen")


def open_order(page: Page, server: Served, order_id: str, tab: str = "all") -> None:
    page.get_by_test_id("nav-orders").click()
    page.get_by_test_id(f"tab-{tab}").click()
    page.get_by_test_id(f"order-{order_id}").click()
    page.get_by_test_id("order-panel").wait_for()


def test_an_order_goes_from_the_rep_over_the_desk_in_two_parcels(server: Served, opened: Open, desk: Page) -> None:
    before = {order_id for order_id, _ in orders_of(server)}
    rep = opened("rep@demo")
    desk.get_by_test_id("nav-orders").click()
    desk.get_by_test_id("tab-all").click()
    take_order(rep, "S0001")
    order_id, number = arrived(rep, server, before)

    # It appears at the desk by itself.
    row = desk.get_by_test_id(f"order-{order_id}")
    expect(row).to_contain_text(number, timeout=60_000)
    rep.goto(f"{server.url}/orders/{order_id}")
    rep.evaluate("window.notReloaded = true")
    desk.evaluate("window.notReloaded = true")

    row.click()
    on_paper(desk)
    desk.get_by_test_id("do-approve").click()
    desk.locator("[data-testid=do-ship], [data-testid=order-action]").first.wait_for()
    if desk.get_by_test_id("order-action").is_visible():
        desk.get_by_test_id("reason").fill("已与客户确认")
        desk.get_by_test_id("order-action-yes").click()
    status(row, "approved")
    # The button that was pressed is gone: the focus is not.
    expect(desk.locator(".desk-panel .panel-body")).to_be_focused()
    expect_status(rep, "approved")
    stop_and_shorten(desk, rep)

    ship_first_line_only(desk)
    status(row, "partly_shipped")
    expect_status(rep, "partly_shipped")
    desk.get_by_test_id("do-ship").click()
    desk.get_by_test_id("tracking").fill("SF1400 8822")
    desk.get_by_test_id("order-action-yes").click()
    status(row, "shipped")
    expect(desk.get_by_test_id("parcel-2")).to_contain_text("SF1400 8822")
    expect_status(rep, "shipped")
    ask_for_a_count(desk, rep)
    sell_one_product_only(desk, rep)
    assert rep.evaluate("window.notReloaded") is True
    assert desk.evaluate("window.notReloaded") is True
    badge(desk, "synced")


def stop_and_shorten(desk: Page, rep: Page) -> None:
    """The open order is put on hold, let go on, and its last line cut; the rep reads why."""
    desk.get_by_test_id("do-hold").click()
    desk.get_by_test_id("reason").fill("客户盘点，下周再发")
    desk.get_by_test_id("order-action-yes").click()
    expect(rep.get_by_test_id("held")).to_contain_text("客户盘点，下周再发", timeout=60_000)
    expect_status(rep, "on_hold")
    desk.get_by_test_id("do-release").click()
    desk.get_by_test_id("order-action-yes").click()
    expect_status(rep, "approved")
    desk.get_by_test_id("do-cut").click()
    last = desk.locator("[data-testid^=keep-]").last
    left = int(last.input_value()) - 1
    last.fill(str(left))
    desk.get_by_test_id("reason").fill("箱子压坏一个")
    then = desk.get_by_test_id("cut-total").locator(".pair-value").inner_text()
    desk.get_by_test_id("order-action-yes").click()
    expect(desk.get_by_test_id("panel-total")).to_contain_text(then)
    expect(rep.get_by_test_id("timeline")).to_contain_text("箱子压坏一个", timeout=60_000)
    expect(rep.get_by_test_id("ordered-lines")).to_contain_text(then)


def ask_for_a_count(desk: Page, rep: Page) -> None:
    """Of what the shop sells; the rep finds it among the tasks, which are open meanwhile, and can begin."""
    to_tab(rep, "tasks")
    desk.get_by_test_id("nav-counts").click()
    desk.get_by_test_id("counts-ask").click()
    desk.get_by_test_id("ask-organisations-open").click()
    desk.get_by_test_id("ask-organisations").fill("S0001")
    desk.locator("[data-testid^=ask-organisations-]").filter(has_text="S0001").first.click()
    desk.get_by_test_id("ask-note").fill("只数门口冰柜")
    desk.get_by_test_id("ask-yes").click()
    desk.get_by_test_id("ask-panel").wait_for(state="detached")
    row = rep.locator("[data-testid^=count-task-]").filter(has_text="只数门口冰柜")
    expect(row).to_contain_text("待盘点", timeout=60_000)
    row.click()
    rep.locator("[data-testid^=count-row-]").first.wait_for()


def sell_one_product_only(desk: Page, rep: Page) -> None:
    """To the shop, by an assortment of its own in place of its chain's: the order that is open on the phone shows this
    product alone."""
    start_order(rep, "S0001")
    rep.get_by_test_id("chip-all").click()
    rows = rep.locator(".product-row")
    expect(rows.nth(1)).to_be_visible()
    sku = (rows.nth(1).get_attribute("data-testid") or "").removeprefix("product-")

    desk.get_by_test_id("nav-products").click()
    desk.get_by_test_id("goods-tab-assortments").click()
    desk.get_by_test_id("assortment-new").click()
    desk.get_by_test_id("field-name_zh").fill("只卖一种")
    desk.get_by_test_id("field-code").fill("ONLY-ONE")
    desk.get_by_test_id("pasted_products-open").click()
    desk.get_by_test_id("pasted_products").fill(sku)
    desk.get_by_test_id("pasted_products-add").click()
    expect(desk.get_by_test_id("range-size")).to_contain_text("共 1 个")
    desk.get_by_test_id("save").click()
    desk.wait_for_url(lambda url: not url.endswith("/new"))

    desk.get_by_test_id("nav-customers").click()
    desk.get_by_test_id("desk-search").fill("S0001")
    desk.get_by_test_id("customer-S0001").click()
    held = desk.get_by_role("group", name="授权范围")
    held.get_by_role("button", name="移除").first.click()
    desk.get_by_test_id("field-assortments-open").click()
    desk.locator("[data-testid^=field-assortments-]").filter(has_text="只卖一种").click()
    # The phone has a scope more, and asks to be told what moves there too.
    with rep.expect_request("**/api/sync/live", timeout=60_000):
        desk.get_by_test_id("save").click()
        expect(rows).to_have_count(1, timeout=60_000)
    expect(rows).to_have_attribute("data-testid", f"product-{sku}")


def arrived(rep: Page, server: Served, before: set[str]) -> tuple[str, str]:
    """The one new order, as soon as the server has it."""
    for _ in range(120):
        new = [order for order in orders_of(server) if order[0] not in before]
        if new:
            assert len(new) == 1
            return new[0]
        rep.wait_for_timeout(500)
    raise AssertionError("the order did not arrive within a minute")


def ship_first_line_only(desk: Page) -> None:
    desk.get_by_test_id("do-ship").click()
    quantities = desk.get_by_test_id("order-action").locator("[data-testid^=ship-]")
    expect(quantities).to_have_count(2)
    for place in range(1, quantities.count()):
        quantities.nth(place).fill("0")
    desk.get_by_test_id("carrier").fill("顺丰")
    desk.get_by_test_id("tracking").fill("SF1400 8821")
    desk.get_by_test_id("order-action-yes").click()
    expect(desk.get_by_test_id("parcel-1")).to_contain_text("SF1400 8821")


def status(row: Locator, wanted: str) -> None:
    expect(row).to_have_attribute("data-status", wanted, timeout=30_000)


def expect_status(rep: Page, status: str) -> None:
    rep.locator(f"[data-status={status}]").first.wait_for(timeout=60_000)


def test_a_form_keeps_its_text_while_rows_change_and_asks_before_it_is_left(desk: Page) -> None:
    desk.get_by_test_id("nav-products").click()
    desk.get_by_test_id("desk-search").fill("苏打")
    expect(desk.locator(".grid-line").first).to_contain_text("苏打")
    desk.locator(".grid-line").first.click()
    brand = desk.get_by_test_id("field-brand")
    brand.press("End")
    brand.press_sequentially("清泉 product 123", delay=15)
    expect(desk.get_by_test_id("unsaved")).to_be_visible()
    assert brand.input_value().endswith("清泉 product 123")
    desk.get_by_test_id("nav-stock").click()
    desk.get_by_test_id("leave-no").click()
    assert brand.input_value().endswith("清泉 product 123")
    desk.get_by_test_id("nav-stock").click()
    desk.get_by_test_id("leave-yes").click()
    desk.get_by_test_id("desk-stock").wait_for()


def test_thousands_of_products_scroll(desk: Page) -> None:
    desk.get_by_test_id("nav-products").click()
    desk.locator(".grid-line").first.wait_for()
    desk.evaluate("window.scrollTo(0, 48 * 1500)")
    desk.locator(".grid-line[aria-rowindex='1505']").wait_for()
    assert desk.locator(".grid-line").count() < 80
    first = desk.evaluate("document.querySelector('.grid-head').getBoundingClientRect().top")
    assert first == 0


# All that axe knows besides is the same in the dark.
THEMES: dict[Literal["light", "dark"], tuple[str, ...]] = {"light": (), "dark": ("color-contrast",)}
SIZES = ((1024, 768), (1920, 1080), (1280, 800))
# Pixels by which the page is wider than its window; cells that stand beyond the page's edge; tools that lie over the
# side bar; pixels of the side bar that do not fit, from 800 px on.
TOO_WIDE = """() => {
  const {scrollWidth, clientWidth} = document.documentElement;
  const end = (element) => element.getBoundingClientRect().right;
  const edge = end(document.querySelector('.desk-main'));
  const beyond = [...document.querySelectorAll('.grid-cell')].filter((cell) => end(cell) > edge);
  const start = document.querySelector('.desk-main').getBoundingClientRect().left;
  const tools = [...document.querySelectorAll('.desk-tools > *')];
  const over = tools.filter((tool) => tool.checkVisibility() && tool.getBoundingClientRect().left < start);
  const side = document.querySelector('.side-items');
  const below = innerHeight < 800 ? 0 : side.scrollHeight - side.clientHeight;
  return [Math.max(0, scrollWidth - clientWidth), beyond.length, over.length, below];
}"""


# Headings that stand more than one level below the one before them, or before the first.
SKIPPED = """() => {
  const all = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter((each) => each.checkVisibility());
  const level = (place) => place < 0 ? 0 : Number(all[place].tagName[1]);
  return all.filter((_, place) => level(place) > level(place - 1) + 1).map((each) => each.textContent);
}"""


def test_every_screen_fits_its_window_and_axe_finds_nothing_serious(desk: Page) -> None:
    assert {screen.strip("/").partition("?")[0] for screen in SCREENS} >= set(desk_app.SCREENS)
    found: list[str] = []
    desk.emulate_media(reduced_motion="reduce")
    for screen, opener in SCREENS.items():
        go(desk, f"/desk{screen}")
        section = screen.partition("?")[0].strip("/") or "overview"
        desk.get_by_test_id(EDITORS.get(section, f"desk-{section}")).wait_for()
        at_rest(desk)
        if opener:
            desk.locator(opener).first.click()
            desk.locator(OPENED).first.wait_for()
            at_rest(desk)
        for width, height in SIZES:
            desk.set_viewport_size({"width": width, "height": height})
            at_rest(desk, 60)
            if (wide := desk.evaluate(TOO_WIDE)) != [0, 0, 0, 0]:
                found.append(f"{screen} at {width}: {wide}")
        found += [f"{screen}: {fault}" for fault in cut_off(desk)]
        found += [f"{screen}: a level is skipped before {heading!r}" for heading in desk.evaluate(SKIPPED)]
        for scheme, rules in THEMES.items():
            in_colours(desk, scheme)
            keep_picture(desk, PICTURES, f"desk-{scheme}{screen.replace('/', '-').replace('?', '-')}")
            found += [f"{screen} {scheme}: {fault}" for fault in serious(desk, *rules)]
    assert found == [], "\n".join(found)


# Of the largest type a browser has: cut words, and the sizes of names, of what is said small, and of a button.
SIZES_OF_TYPE = """() => ['.grid-line .order-number', '.desk-panel .order-line-detail', '.desk-panel .button'].map(
  (each) => parseFloat(getComputedStyle(document.querySelector(each)).fontSize))"""
CUT_CELLS = """() => [...document.querySelectorAll('.grid-line :is(.order-number, .grid-number)')]
  .filter((each) => each.closest('.grid-cell').scrollWidth > each.closest('.grid-cell').clientWidth)
  .map((each) => each.textContent)"""


def test_in_large_type_names_stay_larger_than_what_is_said_beside_them(
    playwright: Playwright, server: Served, installed: Installed, tmp_path: Path
) -> None:
    profile = shutil.copytree(installed("hq@demo"), tmp_path / "large", symlinks=True)
    huge = ("--blink-settings=defaultFontSize=32",)
    with browser_profile(playwright, profile, switches=huge, reduced_motion="reduce", **ON_A_DESK) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/desk/orders?tab=all")
        page.locator(LINE).first.click()
        page.get_by_test_id("order-panel").wait_for()
        at_rest(page)
        name, small, button = page.evaluate(SIZES_OF_TYPE)
        assert small < name > 14
        assert button == name
        assert page.evaluate(CUT_CELLS) == []
        assert page.evaluate(TOO_WIDE)[:3] == [0, 0, 0]
        assert cut_off(page) == []


def test_choices_and_heads_of_a_list_do_what_they_say(desk: Page) -> None:
    """A product is withdrawn by its drop-down, found by the filter and put back; a list is sorted by its head."""
    desk.get_by_test_id("nav-products").click()
    desk.get_by_test_id("desk-search").fill("QW-0550-PU")
    desk.get_by_test_id("product-QW-0550-PU").click()
    desk.get_by_test_id("field-status").select_option("withdrawn")
    expect(desk.get_by_test_id("unsaved")).to_be_visible()
    desk.get_by_test_id("save").click()
    desk.get_by_test_id("withdraw-yes").click()
    expect(desk.get_by_test_id("unsaved")).to_be_hidden()
    desk.get_by_test_id("panel-close").click()
    expect(desk.get_by_test_id("product-QW-0550-PU")).to_be_focused()
    desk.get_by_test_id("filter-status").select_option("withdrawn")
    desk.get_by_test_id("product-QW-0550-PU").click()
    expect(desk.get_by_test_id("field-status")).to_have_value("withdrawn")
    desk.get_by_test_id("field-status").select_option("active")
    desk.get_by_test_id("save").click()
    expect(desk.get_by_test_id("product-QW-0550-PU")).to_have_count(0)

    desk.get_by_test_id("nav-orders").click()
    desk.get_by_test_id("tab-all").click()
    amounts = desk.locator(".grid-line .grid-number")
    desk.locator(".grid-head .grid-sort").last.click()
    expect(desk.locator("[aria-sort=ascending]")).to_have_count(1)
    rising = figures(amounts)
    assert rising == sorted(rising)
    desk.locator(".grid-head .grid-sort").last.click()
    expect(desk.locator("[aria-sort=descending]")).to_have_count(1)
    falling = figures(amounts)
    assert falling == sorted(falling, reverse=True)
    assert falling[0] > rising[0]


def figures(cells: Locator) -> list[float]:
    return [float("".join(letter for letter in text if letter in "0123456789.")) for text in cells.all_inner_texts()]


DROP = """([name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  for (const type of ['dragenter', 'dragover', 'drop'])
    document.querySelector('.desk-title').dispatchEvent(
      new DragEvent(type, {dataTransfer: files, bubbles: true, cancelable: true}));
}"""


def test_a_file_with_headings_of_its_own_becomes_products(desk: Page, tmp_path: Path) -> None:
    file = tmp_path / "春季新品.csv"
    file.write_bytes("Ref,叫什么,起订量\nE2E-1,山楂汁 250ml,12\nE2E-2,山楂汁 1L,一打\n".encode("gb18030"))
    desk.get_by_test_id("nav-products").click()
    desk.get_by_test_id("import-products").click()
    desk.get_by_test_id("import-file").set_input_files(file)
    expect(desk.get_by_test_id("import-fault")).to_contain_text("商品编码")
    desk.get_by_test_id("import-column-0").select_option("sku")
    desk.get_by_test_id("import-column-1").select_option("name_zh")
    desk.get_by_test_id("import-again").click()
    expect(desk.get_by_test_id("import-count-made")).to_contain_text("1")
    expect(desk.get_by_test_id("import-refused")).to_contain_text("不是数字")
    desk.get_by_test_id("import-take").click()
    desk.get_by_test_id("import-done").wait_for()
    desk.get_by_test_id("import-look").click()
    desk.get_by_test_id("desk-search").fill("E2E-1")
    expect(desk.get_by_test_id("product-E2E-1")).to_contain_text("山楂汁 250ml")

    # Dropped beside the mark it is taken as well: the browser would leave the app for it.
    desk.get_by_test_id("import-products").click()
    desk.get_by_test_id("import-file").wait_for()
    desk.evaluate(DROP, ["again.csv", "sku,name_zh\nE2E-1,山楂汁 250ml\n"])
    expect(desk.get_by_test_id("import-count-unchanged")).to_contain_text("1")
    assert desk.get_by_test_id("import-take").is_disabled()
