"""Home of who sells: today's next stop, or the shop that waited longest; the month, the others."""

from collections.abc import Sequence

from reactpy import component, html
from reactpy.types import Component, VdomDict

from offline.rules.credit import available
from offline.wire.rows import Me, Organisation
from offline.wire.visits import Visit
from pwa.addresses import one_line
from pwa.components.basics import (
    Button,
    Card,
    Icon,
    Pieces,
    Row,
    calling,
)
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens.claims.funds import FundsCard
from pwa.screens.customers import DraftsCard, Nobody
from pwa.screens.home.attention import AttentionCard, RecentOrders
from pwa.screens.home.columns import columns
from pwa.screens.home.month import _PAGE, MonthCard, _placed
from pwa.screens.notices.cards import NoticesCard
from pwa.screens.notifications import NotificationsOffer
from pwa.screens.visits.route import UnderWayBar
from pwa.visiting import map_link, next_stop, todays_visits


@component
def RepHome() -> VdomDict:
    app = use_app()
    shops = next_shops(app)
    drafts = app.drafts.all()
    stop = next_stop(app) if app.may("visit.make") else None
    others = shops[:4] if stop is not None else shops[1:5]
    todo = (
        UnderWayBar(key="under-way"),
        NextStopCard(app, stop) if stop is not None else NextShopCard(app, shops[0]) if shops else _no_shops(app),
        AttentionCard(app),
        DraftsCard(app, drafts) if drafts else None,
        NoticesCard(),
        FundsCard(app),
        NotificationsOffer(),
    )
    known = (
        MonthCard(app.t("home.month")),
        _more_shops(app, others, "home.longest" if stop is not None else "home.then") if others else None,
        RecentOrders(app, None),
    )
    return columns(todo, known)


def next_shops(app: App) -> list[Organisation]:
    """Active customers of this person (assigned to a rep, below a dealer), the one that has not ordered for longest
    first; those with an order today are done, those that never ordered come last."""
    me = app.me
    now = app.format.local(app.server_now())
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


def NextStopCard(app: App, visit: Visit) -> VdomDict:
    """Where the route leads next, with the visit and the way there in thumb reach."""
    shop = app.organisation(visit.organisation)
    address = shop.addresses[0] if shop and shop.addresses else None
    day = [each for each in todays_visits(app) if each.status != "cancelled"]
    done = sum(each.status == "done" for each in day)
    way = map_link(app, shop) if shop else ""
    place = one_line(address) if address else visit.organisation_code
    return html.section(
        {"className": "card card-accent next-shop", "data-testid": "next-stop"},
        html.p({"className": "next-shop-over number"}, app.t("home.next_stop", done=done, all=len(day))),
        html.h2({"className": "next-shop-name", "dir": "auto"}, app.name(visit.organisation_name)),
        html.p({"className": "next-shop-place", "dir": "auto"}, place),
        html.p({"className": "next-shop-facts number"}, _facts(app, shop)) if shop else None,
        html.div(
            {"className": "next-shop-actions"},
            Button(app.t("home.visit"), calling(app.router.navigate, f"/visits/{visit.id}"), testid="start-visit"),
            html.a(
                {"className": "button call", "href": way, "target": "_blank", "rel": "noopener"},
                Icon("navigation"), app.t("home.way"),
            )
            if way
            else None,
        ),
    )  # fmt: skip


def _facts(app: App, shop: Organisation) -> VdomDict:
    left = available(shop)
    credit = app.t("customer.credit_left", amount=app.money(left, shop.currency)) if left is not None else ""
    return Pieces(_last_order(app, shop), credit)


def NextShopCard(app: App, shop: Organisation) -> VdomDict:
    address = shop.addresses[0] if shop.addresses else None
    place = " ".join(part for part in (address.city, address.line) if part) if address else shop.code
    return html.section(
        {"className": "card card-accent next-shop", "data-testid": "next-shop"},
        html.p({"className": "next-shop-over"}, app.t("home.next_shop")),
        html.h2({"className": "next-shop-name", "dir": "auto"}, app.name(shop.name)),
        html.p({"className": "next-shop-place"}, place),
        html.p({"className": "next-shop-facts number"}, _facts(app, shop)),
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


def _no_shops(app: App) -> Component | VdomDict:
    if not app.engine.replica.count_organisations(customers=True):
        return Nobody("", key="nobody")
    go = Button(app.t("home.choose_customer"), calling(app.router.navigate, "/order"), icon="shopping-cart", wide=True)
    return Card(
        html.h2({"className": "card-title"}, app.t("home.new_order")),
        html.p({"className": "muted"}, app.t("home.new_order_hint")),
        go,
    )


def _more_shops(app: App, shops: Sequence[Organisation], title: str) -> VdomDict:
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
            html.h2({"className": "card-title"}, app.t(title)),
            Button(app.t("home.all_customers"), calling(app.router.navigate, "/order"), kind="plain", small=True),
        ),
        *rows,
    )
