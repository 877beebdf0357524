"""Head office's home on a phone: what waits for a decision."""

from reactpy import component, html
from reactpy.types import VdomDict

from pwa.components.basics import (
    Card,
    Child,
    EmptyState,
    Icon,
    calling,
)
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens.home.attention import AttentionCard
from pwa.screens.home.month import MonthCard
from pwa.screens.notices.cards import NoticesCard
from pwa.screens.notifications import NotificationsOffer
from pwa.screens.orders import OrderRow


@component
def DeskHome() -> VdomDict:
    app = use_app()
    replica = app.engine.replica
    on_hold = replica.orders(statuses=["on_hold"], limit=500)
    held = [order for order in on_hold if not order.held]
    counts = [
        ("to_approve", replica.count_orders(statuses=["submitted"]), "/orders?filter=to_approve", "clipboard-check"),
        ("credit", sum("credit" in order.holds for order in held), "/orders?filter=on_hold", "wallet"),
        ("approval", sum("approval" in order.holds for order in held), "/orders?filter=on_hold", "stamp"),
        ("price_open", sum("price" in order.holds for order in held), "/orders?filter=on_hold", "tag"),
        ("held", len(on_hold) - len(held), "/orders?filter=on_hold", "circle-pause"),
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
        NoticesCard(),
        NotificationsOffer(),
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
    return Card(html.h2({"className": "card-title"}, app.t("home.orders_to_decide")), *rows, testid="to-decide")
