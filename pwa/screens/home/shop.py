"""Home of who buys: the last order once more, what is on its way, what is bought usually."""

from collections.abc import Sequence

from reactpy import component, html
from reactpy.types import VdomDict

from offline.rules.authorisation import Authorisation
from offline.rules.statuses import taken_at
from offline.wire.rows import Order, Product
from pwa.components.basics import (
    Badge,
    Button,
    Card,
    Child,
    EmptyState,
    Picture,
    Pieces,
    Row,
    calling,
)
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens import words
from pwa.screens.claims.funds import FundsCard
from pwa.screens.customers import DraftsCard
from pwa.screens.home.attention import AttentionCard, RecentOrders
from pwa.screens.home.columns import columns
from pwa.screens.home.month import MonthCard
from pwa.screens.notices.cards import NoticesCard
from pwa.screens.notifications import NotificationsOffer
from pwa.screens.order_detail import repeat
from pwa.screens.ordering.papers import repeat_of


@component
def ShopHome(organisation: str) -> VdomDict:
    app = use_app()
    orders = app.engine.replica.orders(organisation, limit=20)
    last = next((order for order in orders if order.status != "cancelled"), None)
    drafts = app.drafts.all()
    todo = (
        _repeat_card(app, last) if last else _first_order(app, organisation),
        AttentionCard(app),
        DraftsCard(app, drafts) if drafts else None,
        NoticesCard(),
        FundsCard(app),
        NotificationsOffer(),
    )
    known = (
        *_under_way(app, orders),
        _usual(app, organisation),
        MonthCard(app.t("home.month_bought"), organisation),
        RecentOrders(app, organisation),
    )
    return columns(todo, known)


def _repeat_card(app: App, order: Order) -> VdomDict:
    """Two taps to the same order again: here, and "submit"."""
    names = [app.name(line.name) for line in order.lines if not line.gift]
    at = taken_at(order)
    when = app.format.ago(at, app.now()) if at else ""
    listed = app.t("list.separator").join(names[:3])
    more = app.t("home.and_more", count=len(names)) if len(names) > 3 else ""
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
                html.span({"className": "number"}, words.order_title(app, order)),
                Pieces(app.money(order.totals.total, order.currency), detail),
                trailing=Badge(words.status_text(app, order), words.status_tone(order)),
                on_press=calling(app.router.navigate, f"/orders/{order.id}"),
                chevron=True,
                key=order.id,
            )
        )
    return [Card(html.h2({"className": "card-title"}, app.t("home.under_way")), *rows, testid="under-way")]


def _may_buy(app: App, organisation: str, products: list[Product]) -> list[Product]:
    facts = app.engine.replica.facts(organisation)
    authorisation = Authorisation(facts, app.server_now()) if facts is not None else None
    return [product for product in products if authorisation is None or authorisation.allows(product)]


def _usual(app: App, organisation: str) -> Child:
    products = _may_buy(app, organisation, app.engine.replica.top_products(organisation, 24))[:8]
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
