"""The first screen: what waits, how the month goes, what runs out. Every number leads to the list behind it."""

from collections.abc import Sequence
from decimal import Decimal

from reactpy import component, html
from reactpy.types import VdomDict

from pwa.components.basics import Badge, Child, Icon, Skeleton, attributes, classes
from pwa.desk.beginning import first_steps
from pwa.desk.chart import Bar, bar_chart
from pwa.desk.figures import Figures, LowStock, Turnover, figures
from pwa.desk.orders.tabs import counts
from pwa.desk.parts import Nothing, link, page
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import never_synced, use_engine_version, use_sync

MOST_SHOPS = 6
MOST_LOW = 6
_TILES = (
    ("to_approve", "clipboard-check", "warning"),
    ("over_credit", "octagon-alert", "bad"),
    ("price_pending", "tag", "info"),
    ("to_ship", "truck", "accent"),
)
_HELD = ("held", "circle-pause", "info")
"""Shown where there are some: who stopped an order may forget it."""


@component
def OverviewScreen() -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    if use_sync(lambda status: never_synced(status) and status.state != "problem"):
        return page(_greeting(desk, words), Skeleton("card", 3), testid="desk-overview")
    now = figures(desk.reads, words.now)
    return page(
        _greeting(desk, words),
        html.p({"className": "desk-lead"}, words.day(now.days[-1][0])),
        first_steps(desk, words),
        html.div({"className": "desk-tiles"}, *_tiles(desk, words)),
        html.div(
            {"className": "overview"},
            html.div(
                {"className": "overview-main"},
                _turnover(words, now),
                _shops(desk, words, now),
            ),
            html.div({"className": "overview-side"}, _low_stock(desk, words, now.low_stock)),
        ),
        testid="desk-overview",
    )


def _greeting(desk: DeskState, words: Words) -> str:
    hour = words.format.local(words.now).hour
    part = "morning" if 5 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return words(f"overview.{part}", name=desk.reads.me.name if desk.reads.me else "")


def _tiles(desk: DeskState, words: Words) -> list[VdomDict]:
    how_many = counts(desk.reads)
    shown = (*_TILES[:3], _HELD, *_TILES[3:]) if how_many["held"] else _TILES
    return [
        link(
            desk,
            f"/desk/orders?tab={tab}",
            html.span({"className": "desk-tile-icon"}, Icon(icon, size=20)),
            html.span({"className": "desk-tile-number number"}, words.number(how_many[tab])),
            html.span({"className": "desk-tile-label"}, words(f"orders.tab.{tab}")),
            class_name=classes("desk-tile", f"desk-tile-{tone}" if how_many[tab] else "desk-tile-quiet"),
            testid=f"tile-{tab}",
        )
        for tab, icon, tone in shown
    ]


def _turnover(words: Words, now: Figures) -> VdomDict:
    trend: Child = None
    if now.growth is not None:
        sign = "+" if now.growth >= 0 else "−"
        text = words("overview.growth", percent=f"{sign}{abs(now.growth)}") if now.growth else words("overview.level")
        trend = Badge(text, "accent" if now.growth >= 0 else "bad", testid="growth")
    bars = [
        Bar(
            words.format.day(day, words.now),
            words(
                "overview.bar", day=words.format.day(day, words.now), count=sold.orders, amount=words.money(sold.amount)
            ),
            sold.amount,
            current=day == now.days[-1][0],
        )
        for day, sold in now.days
    ]
    return html.section(
        attributes("block block-large", "turnover"),
        html.div(
            {"className": "turnover"},
            _figure(
                words,
                "overview.today",
                now.today,
                words("overview.yesterday", amount=words.round_money(now.yesterday.amount)),
            ),
            _figure(
                words,
                "overview.month",
                now.month,
                words("overview.last_month", amount=words.round_money(now.last_month.amount)),
                trend,
            ),
        ),
        bar_chart(bars, label=words("overview.chart", total=words.money(sum((bar.value for bar in bars), Decimal(0))))),
    )


def _figure(words: Words, key: str, turnover: Turnover, compared: str, trend: Child = None) -> VdomDict:
    return html.div(
        {"className": "sum"},
        html.span({"className": "sum-label"}, words(key)),
        html.span(
            {"className": "sum-line"},
            html.span({"className": "sum-number number"}, words.round_money(turnover.amount)),
            trend,
        ),
        html.span({"className": "sum-note number"}, words("overview.orders", count=turnover.orders), " · ", compared),
    )


def _shops(desk: DeskState, words: Words, now: Figures) -> VdomDict:
    best = now.shops[:MOST_SHOPS]
    top = best[0][2].amount if best else Decimal(1)
    rows = [
        link(
            desk,
            f"/desk/customers/{shop}",
            html.span({"className": "shop-name"}, words.name(name)),
            html.span(
                {"className": "shop-bar"},
                html.span({"className": "shop-fill", "style": {"width": f"{_share(turnover.amount, top)}%"}}),
            ),
            html.span({"className": "shop-orders number faint"}, words("overview.orders", count=turnover.orders)),
            html.span({"className": "shop-amount number"}, words.round_money(turnover.amount)),
            class_name="shop",
            key=shop,
        )
        for shop, name, turnover in best
    ]
    content: Sequence[Child] = rows or (html.p({"className": "block-note"}, words("overview.no_orders")),)
    return html.section(
        attributes("block block-large", "top-shops"),
        html.h2({"className": "block-title"}, words("overview.top_shops")),
        html.div({"className": "shops"}, *content),
    )


def _share(amount: Decimal, top: Decimal) -> int:
    return int(amount * 100 / top) if top else 0


def _low_stock(desk: DeskState, words: Words, low: Sequence[LowStock]) -> VdomDict:
    rows = [
        link(
            desk,
            f"/desk/stock/{each.product.id}",
            html.span({"className": "low-name"}, words.name(each.product.name)),
            html.span({"className": "low-detail number"}, each.product.sku),
            html.span({"className": "low-badge"}, _days_left(words, each)),
            class_name="low",
            key=each.product.id,
        )
        for each in low[:MOST_LOW]
    ]
    more = (
        link(desk, "/desk/stock?filter=low", words("overview.all_low", count=len(low)), class_name="block-more")
        if low
        else None
    )
    return html.section(
        attributes("block block-large", "low-stock"),
        html.h2({"className": "block-title"}, words("overview.low_stock")),
        html.div({"className": "lows"}, *rows)
        if rows
        else Nothing("package-check", words("overview.stock_fine" if desk.reads.stock() else "overview.no_stock")),
        more,
    )


def _days_left(words: Words, each: LowStock) -> VdomDict:
    if each.level.available <= 0:
        return Badge(words("stock.out"), "bad")
    return Badge(words("stock.days_left", count=each.days) if each.days else words("stock.last_day"), "warning")
