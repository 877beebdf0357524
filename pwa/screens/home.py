"""The first screen, by what the person does: sells to shops, buys for one, or decides at head office."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import Component, VdomDict

from offline.rules.credit import available
from offline.wire.rows import Me, Order, Organisation
from pwa.components.basics import (
    Amount,
    Badge,
    Button,
    Card,
    Child,
    EmptyState,
    Icon,
    Picture,
    Row,
    Skeleton,
    Tone,
    calling,
)
from pwa.context import App, use_app, use_engine_version, use_sync_status
from pwa.screens import words
from pwa.screens.customers import DraftsCard, buyer_of
from pwa.screens.order_detail import repeat
from pwa.screens.ordering.basket import repeat_of
from pwa.screens.orders import OrderRow
from pwa.screens.page import Page

_PAGE = 60


@component
def HomeScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    now = app.format.local(app.now())
    me = app.me
    greeting = app.t(f"home.greeting.{part_of_day(now)}", name=me.name if me else "")
    place = app.organisation(me.organisation) if me else None
    today = app.t("home.date", day=app.format.day(now.date(), app.now()), weekday=app.t(f"weekday.{now.isoweekday()}"))
    parts = [today, app.name(place.name) if place else (app.name(app.brand.name) if app.brand else "")]
    return Page(
        greeting,
        HomeBody(),
        subtitle=" · ".join(part for part in parts if part),
        large=True,
        testid="home-screen",
    )


def part_of_day(now: datetime) -> str:
    bounds = ((5, "night"), (12, "morning"), (14, "noon"), (18, "afternoon"), (24, "evening"))
    return next(name for hour, name in bounds if now.hour < hour)


@component
def HomeBody() -> Component | VdomDict:
    app = use_app()
    status = use_sync_status()
    if app.me is None:
        return Skeleton("card", 3) if status.needs == "" else _empty(app)
    own = buyer_of(app)
    if own is not None:
        return ShopHome(own)
    if app.may("order.approve"):
        return DeskHome()
    if app.may("order.place"):
        return RepHome()
    return _empty(app)


def _empty(app: App) -> VdomDict:
    return EmptyState("sprout", app.t("home.nothing"), app.t("home.nothing_hint"))


# what needs a hand


def attention(app: App) -> list[VdomDict]:
    """Refused commands, orders that wait for a decision on the price, orders on hold."""
    rows = []
    refused = [entry for entry in app.engine.entries() if entry.state in {"rejected", "blocked"}]
    if refused:
        rows.append(_attention(app, "refused", len(refused), "/sync", "bad"))
    held = app.engine.replica.orders(statuses=["on_hold"], limit=200)
    priced = [order for order in held if "price" in order.holds]
    if priced and app.may("order.place") and not app.may("order.approve"):
        path = f"/orders/{priced[0].id}" if len(priced) == 1 else "/orders?filter=on_hold"
        rows.append(_attention(app, "price", len(priced), path, "warning"))
    others = len(held) - len(priced)
    if others and not app.may("order.approve"):
        rows.append(_attention(app, "on_hold", others, "/orders?filter=on_hold", "info"))
    return rows


def _attention(app: App, name: str, count: int, path: str, tone: Tone) -> VdomDict:
    return Row(
        app.t(f"home.{name}", count=count),
        app.t(f"home.{name}_hint"),
        trailing=Badge(app.format.number(count), tone),
        on_press=calling(app.router.navigate, path),
        chevron=True,
        testid=f"attention-{name}",
        key=name,
    )


def AttentionCard(app: App) -> Child:
    rows = attention(app)
    return (
        Card(html.h2({"className": "card-title"}, app.t("home.attention")), *rows, testid="attention") if rows else None
    )


# figures


class Month(msgspec.Struct, frozen=True):
    """Orders of this month, and of last month up to the same day; cancelled ones left out."""

    total: Decimal
    count: int
    before: Decimal


async def month_figures(app: App, organisation: str | None = None) -> Month:
    """Counted from the orders this phone holds, a page at a time so that a tap never waits for it."""
    now = app.format.local(app.now())
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = (start - timedelta(days=1)).replace(day=1)
    same_day = last + (now - start)
    total, before, count, offset = Decimal(0), Decimal(0), 0, 0
    while page := app.engine.replica.orders(organisation, limit=_PAGE, offset=offset):
        for order in page:
            at = _placed(app, order)
            if at is None or order.status == "cancelled":
                continue
            if at >= start:
                total, count = total + order.totals.total, count + 1
            elif last <= at <= same_day:
                before += order.totals.total
        oldest = _placed(app, page[-1])
        if oldest is not None and oldest < last:
            break
        offset += _PAGE
        await asyncio.sleep(0)
    return Month(total, count, before)


def _placed(app: App, order: Order) -> datetime | None:
    at = order.placed_at or order.local_at
    return app.format.local(at) if at is not None else None


@component
def MonthCard(title: str, organisation: str = "") -> VdomDict:
    app = use_app()
    version = app.engine.replica.version
    status = use_sync_status()
    nothing: Month | None = None
    month, set_month = use_state(nothing)

    @use_async_effect(dependencies=[version, organisation])
    async def count() -> None:
        set_month(await month_figures(app, organisation or None))

    # Half the orders would make a wrong figure.
    if month is None or status.progress is not None:
        return Skeleton("card")
    currency = app.brand.currency if app.brand else "CNY"
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, title),
            html.span({"className": "muted small"}, app.t("home.order_count", count=month.count)),
        ),
        html.div(
            {"className": "figure"},
            Amount(app.money(month.total, currency), size="huge", testid="month-total"),
            _trend(app, month),
        ),
        html.p({"className": "muted small"}, app.t("home.same_days", amount=app.money(month.before, currency))),
        testid="month",
    )


def _trend(app: App, month: Month) -> Child:
    if not month.before:
        return None
    share = ((month.total - month.before) / month.before).quantize(Decimal("0.01"))
    if share == 0:
        return Badge(app.t("home.level"))
    percent = app.format.percent(abs(share))
    return (
        Badge(app.t("home.up", percent=percent), "accent") if share > 0 else Badge(app.t("home.down", percent=percent))
    )


# a rep


@component
def RepHome() -> VdomDict:
    app = use_app()
    shops = next_shops(app)
    drafts = app.drafts.all()
    return html.div(
        {"className": "stack-12"},
        NextShopCard(app, shops[0]) if shops else _no_shops(app),
        AttentionCard(app),
        DraftsCard(app, drafts) if drafts else None,
        MonthCard(app.t("home.month")),
        _more_shops(app, shops[1:5]) if len(shops) > 1 else None,
        RecentOrders(app, None),
    )


def next_shops(app: App) -> list[Organisation]:
    """Active customers of this person (assigned to a rep, below a dealer), the one that has not ordered for longest
    first; those with an order today are done, those that never ordered come last."""
    me = app.me
    now = app.format.local(app.now())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    done = set()
    for order in app.engine.replica.orders(limit=_PAGE):
        at = _placed(app, order)
        if at is not None and at >= midnight:
            done.add(order.organisation)
    rows = [row for row in app.engine.replica.all("organisation") if isinstance(row, Organisation)]
    mine = [row for row in rows if me and _is_customer_of(row, me) and row.status == "active" and row.id not in done]
    return sorted(mine, key=lambda row: (row.last_order_at is None, row.last_order_at, row.code))


def _is_customer_of(row: Organisation, me: Me) -> bool:
    return row.rep == me.id or (me.role != "rep" and me.organisation in row.ancestors)


def NextShopCard(app: App, shop: Organisation) -> VdomDict:
    address = shop.addresses[0] if shop.addresses else None
    facts = [_last_order(app, shop)]
    left = available(shop)
    if left is not None:
        facts.append(app.t("customer.credit_left", amount=app.money(left, shop.currency)))
    place = " ".join(part for part in (address.city, address.line) if part) if address else shop.code
    return html.section(
        {"className": "card card-accent next-shop", "data-testid": "next-shop"},
        html.p({"className": "next-shop-over"}, app.t("home.next_shop")),
        html.h2({"className": "next-shop-name", "dir": "auto"}, app.name(shop.name)),
        html.p({"className": "next-shop-place"}, place),
        html.p({"className": "next-shop-facts number"}, " · ".join(facts)),
        html.div(
            {"className": "next-shop-actions"},
            Button(app.t("home.take_order"), calling(app.router.navigate, f"/order/{shop.id}"), testid="take-order"),
            html.a({"className": "button call", "href": f"tel:{address.phone}"}, Icon("phone"), app.t("home.call"))
            if address and address.phone
            else None,
        ),
    )


def _last_order(app: App, shop: Organisation) -> str:
    if shop.last_order_at is None:
        return app.t("customer.never_ordered")
    return app.t("customer.last_order", ago=app.format.ago(shop.last_order_at, app.now()))


def _no_shops(app: App) -> VdomDict:
    go = Button(app.t("home.choose_customer"), calling(app.router.navigate, "/order"), icon="shopping-cart", wide=True)
    return Card(
        html.h2({"className": "card-title"}, app.t("home.new_order")),
        html.p({"className": "muted"}, app.t("home.new_order_hint")),
        go,
    )


def _more_shops(app: App, shops: Sequence[Organisation]) -> VdomDict:
    rows = [
        Row(
            html.span({"dir": "auto"}, app.name(shop.name)),
            _last_order(app, shop),
            leading=Icon("store", size=22),
            on_press=calling(app.router.navigate, f"/order/{shop.id}"),
            chevron=True,
            key=shop.id,
        )
        for shop in shops
    ]
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("home.then")),
            Button(app.t("home.all_customers"), calling(app.router.navigate, "/order"), kind="plain", small=True),
        ),
        *rows,
    )


def RecentOrders(app: App, organisation: str | None) -> Child:
    orders = app.engine.replica.orders(organisation, limit=3)
    if not orders:
        return None
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("home.recent")),
            Button(
                app.t("home.all_orders"),
                calling(app.router.navigate, "/orders"),
                kind="plain",
                small=True,
                testid="all-orders",
            ),
        ),
        *(OrderRow(app, order) for order in orders),
        testid="recent-orders",
    )


# a shop


@component
def ShopHome(organisation: str) -> VdomDict:
    app = use_app()
    orders = app.engine.replica.orders(organisation, limit=20)
    last = next((order for order in orders if order.status != "cancelled"), None)
    drafts = app.drafts.all()
    return html.div(
        {"className": "stack-12"},
        _repeat_card(app, last) if last else _first_order(app, organisation),
        AttentionCard(app),
        DraftsCard(app, drafts) if drafts else None,
        *_under_way(app, orders),
        _usual(app, organisation),
        MonthCard(app.t("home.month_bought"), organisation),
        RecentOrders(app, organisation),
    )


def _repeat_card(app: App, order: Order) -> VdomDict:
    """Two taps to the same order again: here, and "submit"."""
    names = [app.name(line.name) for line in order.lines if not line.gift]
    at = order.placed_at or order.local_at
    when = app.format.ago(at, app.now()) if at else ""
    listed = app.t("list.separator").join(names[:3])
    more = app.t("home.and_more", count=len(names) - 3) if len(names) > 3 else ""
    possible = len(repeat_of(app, order).lines)
    return html.section(
        {"className": "card card-accent next-shop", "data-testid": "repeat-card"},
        html.p({"className": "next-shop-over"}, app.t("home.last_order", ago=when)),
        html.h2({"className": "next-shop-name number"}, app.money(order.totals.total, order.currency)),
        html.p({"className": "next-shop-facts", "dir": "auto"}, f"{listed}{more}"),
        html.div(
            {"className": "next-shop-actions"},
            Button(
                app.t("home.repeat"),
                calling(repeat, app, order),
                icon="repeat",
                disabled=not possible,
                testid="repeat-last",
            ),
            Button(
                app.t("home.other"),
                calling(app.router.navigate, f"/order/{order.organisation}"),
                class_name="call",
                testid="new-order",
            ),
        ),
    )


def _first_order(app: App, organisation: str) -> VdomDict:
    go = calling(app.router.navigate, f"/order/{organisation}")
    return EmptyState(
        "shopping-cart", app.t("home.first_order"), app.t("home.first_order_hint"), Button(app.t("orders.start"), go)
    )


def _under_way(app: App, orders: Sequence[Order]) -> list[Child]:
    """Cards for what is on its way, with the newest step."""
    running = [order for order in orders if order.status in {"on_hold", "approved", "partly_shipped", "shipped"}]
    if not running:
        return []
    rows = []
    for order in running[:3]:
        parcel = order.parcels[-1] if order.parcels else None
        detail = " ".join(part for part in (parcel.carrier, parcel.tracking) if part) if parcel else ""
        rows.append(
            Row(
                words.order_title(app, order),
                " · ".join(part for part in (app.money(order.totals.total, order.currency), detail) if part),
                leading=Icon("truck" if order.parcels else "package", size=22),
                trailing=Badge(words.status_text(app, order), words.status_tone(order)),
                on_press=calling(app.router.navigate, f"/orders/{order.id}"),
                chevron=True,
                key=order.id,
            )
        )
    return [Card(html.h2({"className": "card-title"}, app.t("home.under_way")), *rows, testid="under-way")]


def _usual(app: App, organisation: str) -> Child:
    products = app.engine.replica.top_products(organisation, 8)
    if not products:
        return None
    tiles = (
        html.button(
            {
                "className": "tile",
                "type": "button",
                "key": product.id,
                "onClick": calling(app.router.navigate, f"/order/{organisation}"),
            },
            Picture(product.image or "", size=56),
            html.span({"className": "tile-name clamp-2", "dir": "auto"}, app.name(product.name)),
        )
        for product in products
    )
    return Card(
        html.h2({"className": "card-title"}, app.t("home.usual")),
        html.div({"className": "tiles"}, *tiles),
        testid="usual",
    )


# head office on a phone


@component
def DeskHome() -> VdomDict:
    app = use_app()
    replica = app.engine.replica
    held = replica.orders(statuses=["on_hold"], limit=500)
    counts = [
        ("to_approve", replica.count_orders(statuses=["submitted"]), "/orders?filter=to_approve", "clipboard-check"),
        ("credit", sum("credit" in order.holds for order in held), "/orders?filter=on_hold", "wallet"),
        ("approval", sum("approval" in order.holds for order in held), "/orders?filter=on_hold", "stamp"),
        ("price_open", sum("price" in order.holds for order in held), "/orders?filter=on_hold", "tag"),
        (
            "to_ship",
            replica.count_orders(statuses=["approved", "partly_shipped"]),
            "/orders?filter=on_the_way",
            "truck",
        ),
    ]
    return html.div(
        {"className": "stack-12"},
        html.div({"className": "counts"}, *(_count(app, *each) for each in counts)),
        AttentionCard(app),
        MonthCard(app.t("home.month")),
        _to_decide(app),
    )


def _count(app: App, name: str, count: int, path: str, icon: str) -> VdomDict:
    return html.button(
        {
            "className": "count-tile",
            "type": "button",
            "key": name,
            "data-testid": f"count-{name}",
            "onClick": calling(app.router.navigate, path),
        },
        html.span({"className": "count-icon"}, Icon(icon, size=20)),
        html.strong({"className": "number number-huge"}, app.format.number(count)),
        html.span({"className": "muted small"}, app.t(f"home.count.{name}")),
    )


def _to_decide(app: App) -> Child:
    orders = app.engine.replica.orders(statuses=["submitted", "on_hold"], limit=6)
    if not orders:
        return EmptyState("party-popper", app.t("home.all_decided"), app.t("home.all_decided_hint"))
    rows = (OrderRow(app, order) for order in orders)
    return Card(html.h2({"className": "card-title"}, app.t("home.to_decide")), *rows, testid="to-decide")
