"""What waits for the person, and the latest orders."""

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.basics import (
    Badge,
    Button,
    Card,
    Child,
    Row,
    Tone,
    calling,
)
from pwa.context import App
from pwa.screens.orders import OrderRow


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
