"""What is around the screens: side bar, overview, sync page, languages."""

import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from i18n.translate import CATALOGS
from offline.wire.activities import ApprovalSave
from offline.wire.commands import Command, StockAdjust
from offline.wire.funds import FundAllocate
from offline.wire.learning import CourseAttemptDecide
from offline.wire.notices import NoticeSend
from offline.wire.protocol import Del, ScopePage
from offline.wire.registry import COMMANDS
from offline.wire.rows import Totals
from offline.wire.visits import VisitShopSave
from pwa.desk import app, problems
from pwa.desk.problems import place_of
from tests.desk.conftest import Open
from tests.desk.world import NOW, OFFICE, OVERDRAWN, SHOP, SODA, uid
from tests.screens.world import D, order

DESK = Path(__file__).parents[2] / "pwa" / "desk"
SCREENS = (
    "",
    "/orders",
    "/products",
    "/price-lists",
    "/promotions",
    "/customers",
    "/stock",
    "/sync",
    "/jobs",
    "/account",
)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_every_screen_shows_words_and_never_a_key(open_desk: Open, screen: str, locale: str) -> None:
    desk = await open_desk(f"/desk{screen}", locale=locale)
    text = json.dumps(desk.port.model, ensure_ascii=False)
    assert not re.search(r"\bdesk\.[a-z_]+\.?[a-z_]*", desk.text()), desk.text()
    assert not re.search(r"\{[a-z_]+\}", desk.text())
    assert "sync-badge" in text
    if locale == "en":
        assert not re.search("[\u4e00-\u9fff]", desk.text("nav-orders") + desk.text("nav-stock"))


async def test_the_overview_counts_and_compares(open_desk: Open) -> None:
    last_month = order("june", "closed", at=NOW - timedelta(days=31))
    desk = await open_desk("/desk", more=[("order", last_month)])
    assert desk.text("tile-to_approve").startswith("3")
    assert desk.text("tile-over_credit").startswith("1")
    assert desk.text("tile-to_ship").startswith("1")
    # Six orders of today, one of two days ago; the cancelled one does not count.
    assert "今日订货¥2,3336 单" in desk.text("turnover")
    assert "本月订货¥2,722" in desk.text("turnover")
    assert "上月同期 ¥389" in desk.text("turnover")
    assert desk.text("growth") == "+600%"
    assert "好邻居便利店" in desk.text("top-shops")
    assert "净柔洗手液" in desk.text("low-stock")
    tile = desk.port.find("tile-over_credit")
    assert tile is not None
    assert tile["attributes"]["href"] == "/desk/orders?tab=over_credit"


async def test_a_month_like_the_last_is_said_to_be_level(open_desk: Open) -> None:
    last_month = order("june", "closed", at=NOW - timedelta(days=31), totals=Totals(goods=D(2724), total=D(2724)))
    desk = await open_desk("/desk", more=[("order", last_month)])
    assert desk.text("growth") == "持平"


async def test_before_the_first_rows_bones_are_shown_and_no_zeros(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    await desk.killed()
    await desk.values.save(f"sync.last_synced_at.{desk.user}", None)
    await super(type(desk), desk).start("/desk")
    assert not desk.has("tile-to_approve")
    assert "aria-busy" in json.dumps(desk.port.model)


async def test_the_badge_follows_the_outbox(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0001')}?tab=all")
    badge = desk.port.find("sync-badge")
    assert badge is not None
    assert (badge["attributes"]["data-state"], badge["attributes"]["data-pending"]) == ("synced", "0")
    await desk.tap("do-approve")
    badge = desk.port.find("sync-badge")
    assert badge is not None
    assert badge["attributes"]["data-pending"] == "1"
    await desk.refuse("order_status", status="cancelled")
    badge = desk.port.find("sync-badge")
    assert badge is not None
    assert badge["attributes"]["data-state"] == "problem"
    assert desk.text("nav-sync").endswith("1")


async def test_a_refused_command_is_listed_mended_retried_or_thrown_away(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/stock/{SODA}")
    await desk.type("field-delta", "-9999")
    await desk.type("field-reason", "盘点")
    await desk.tap("save")
    entry = await desk.refuse("stock_negative", on_hand=1204)
    await desk.go("/desk/sync")
    assert "调整库存 · 清泉苏打水" in desk.text(f"refused-{entry.id}")
    await desk.tap("export-outbox")
    assert desk.asked("download")[0]["name"].endswith(".json")
    await desk.tap("retry")
    assert [each.state for each in desk.app.engine.entries()] == ["waiting"]
    assert "等待发送 1" in desk.text("waiting")
    await desk.refuse("stock_negative", on_hand=1204)
    await desk.tap("discard")
    assert len(desk.app.engine.entries()) == 1
    await desk.tap("confirm-yes")
    assert not desk.app.engine.entries()
    assert "没有需要处理的问题" in desk.text()


async def test_the_page_is_told_its_title(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders")
    assert desk.asked("title")[-1]["text"].startswith("订单")
    await desk.go("/desk/customers")
    assert desk.asked("title")[-1]["text"].startswith("客户")


@pytest.mark.parametrize("screen", ["products", "customers", "price-lists"])
async def test_how_many_were_found_is_told_to_who_hears_the_page(open_desk: Open, screen: str) -> None:
    desk = await open_desk(f"/desk/{screen}")
    told = [node for node in desk.nodes() if node.get("attributes", {}).get("className") == "desk-count"]
    assert [node["attributes"].get("role") for node in told] == ["status"]


def test_both_languages_have_every_message() -> None:
    chinese = {key for key in CATALOGS["zh-CN"] if key.startswith("desk.")}
    english = {key for key in CATALOGS["en"] if key.startswith("desk.")}
    assert chinese == english


def test_every_message_the_desk_names_is_there() -> None:
    named = set()
    for file in DESK.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        named |= set(re.findall(r'words\(\s*"([^"{}]+)"', source))
    missing = sorted(key for key in named if f"desk.{key}" not in CATALOGS["zh-CN"])
    assert missing == []
    assert len(named) > 150


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (StockAdjust(movement=uid("m"), product=SODA, delta=1, reason="盘点"), f"/desk/stock/{SODA}"),
        (
            FundAllocate(fund=uid("fund"), entry=uid("entry"), organisation=SHOP, amount=D(1)),
            f"/desk/funds/{uid('fund')}",
        ),
        (VisitShopSave(organisation=SHOP), f"/desk/visits/{SHOP}?tab=fences"),
        (NoticeSend(notice=uid("notice")), f"/desk/notices/{uid('notice')}"),
        (ApprovalSave(steps=()), "/desk/funds/approvals"),
        (CourseAttemptDecide(attempt=uid("attempt"), counts=True), ""),
        (None, ""),
    ],
)
def test_a_refused_command_is_mended_where_its_thing_is_looked_after(command: Command | None, place: str) -> None:
    """A share of a fund names a partner too, and is not mended on the partner's page."""
    assert place_of(command) == place


def test_each_place_to_mend_at_is_a_screen() -> None:
    for name, path in problems._PLACES.items():
        assert app.place_of(path).section in app.SCREENS, name
        assert any(command.partition(".")[0] == name.partition(".")[0] for command in COMMANDS), name


async def test_what_is_looked_for_is_there_again_on_the_way_back(open_desk: Open) -> None:
    """From the address: a paper opened from the list, another screen, a reload all come back to the same rows."""
    desk = await open_desk("/desk/customers")
    await desk.type("desk-search", "阳光")
    assert desk.app.router.path == "/desk/customers?" + urlencode({"q": "阳光"})
    await desk.tap("customer-S0009")
    assert not desk.has("customer-S0001")
    back = desk.app.router.path
    await desk.go(f"/desk/orders/{uid('0003')}")
    await desk.go(back)
    assert desk.value_of("desk-search") == "阳光"
    assert desk.has("customer-panel")
    assert not desk.has("customer-S0001")
    await desk.type("desk-search", "")
    assert desk.app.router.path == f"/desk/customers/{OVERDRAWN}", "what is open stays open"
    assert desk.has("customer-S0001")


async def test_a_brand_that_has_nothing_yet_is_told_how_to_begin(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    assert not desk.has("first-steps")
    replica = desk.app.engine.replica
    rows = {(entity, row.id) for entity in ("product", "price", "organisation", "order", "stock", "visit_rep")
            for row in replica.all(entity) if row.id != OFFICE}  # fmt: skip
    cursor = replica.scopes()["all"].cursor
    replica.apply("all", ScopePage(dels=tuple(Del(*row, cursor + 1, "deleted") for row in rows), next=cursor + 1))
    desk.app.engine.show()
    await desk.port.settle()
    assert desk.has("first-steps")
    assert desk.has("step-stock")
    await desk.tap("begin-import")
    assert desk.app.router.path == "/desk/imports/products"
    await desk.go("/desk")
    await desk.tap("step-products")
    assert desk.app.router.path == "/desk/products/new"
    for screen, to in (("customers", "customers"), ("products", "products"), ("stock", "products")):
        await desk.go(f"/desk/{screen}")
        await desk.tap("begin")
        assert desk.app.router.path == f"/desk/{to}/new"
        await desk.go(f"/desk/{screen}")
        await desk.tap("begin-import")
        assert desk.app.router.path == f"/desk/imports/{'partners' if to == 'customers' else to}"


async def test_an_order_that_is_not_here_says_so(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('years-ago')}")
    assert "可能已归档" in desk.text("order-panel")


async def test_the_first_press_changes_what_is_seen(open_desk: Open) -> None:
    """Where the system is dark and nothing was chosen, it asked for dark."""
    desk = await open_desk("/desk")
    desk.app.set_dark_system(True)
    await desk.port.settle()
    await desk.tap("desk-theme")
    assert desk.app.theme == "light"
    await desk.tap("desk-theme")
    assert desk.app.theme == "dark"
