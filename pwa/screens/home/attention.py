"""What waits for the person, and the latest orders."""

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.basics import (
    Button,
    Card,
    Child,
    Icon,
    Pieces,
    Row,
    Tone,
    calling,
)
from pwa.context import App
from pwa.screens.claims.parts import to_decide
from pwa.screens.claims.tasks import claimable, files_claims, wanting
from pwa.screens.counts.taking import place_name, waiting_counts
from pwa.screens.counts.tasks import makes_counts
from pwa.screens.customers import buyer_of
from pwa.screens.orders import OrderRow


def attention(app: App) -> list[VdomDict]:
    """Refused commands, orders that wait for a decision on the price, work that is asked for, orders on hold."""
    rows = []
    refused = [entry for entry in app.engine.entries() if entry.state in {"rejected", "blocked"}]
    if refused:
        rows.append(_attention(app, "refused", len(refused), "/sync", "bad", told=app.t("home.refused_hint")))
    held = app.engine.replica.orders(statuses=["on_hold"], limit=200)
    priced = [order for order in held if "price" in order.holds]
    if priced and app.may("order.place") and not app.may("order.approve"):
        path = f"/orders/{priced[0].id}" if len(priced) == 1 else "/orders?filter=on_hold"
        rows.append(_attention(app, "price", len(priced), path, "warning", told=app.t("home.price_hint")))
    rows += [*_counts(app), *_claims(app)]
    others = len(held) - len(priced)
    if others and not app.may("order.approve"):
        rows.append(
            _attention(app, "on_hold", others, "/orders?filter=on_hold", "info", told=app.t("home.on_hold_hint"))
        )
    return rows


def _counts(app: App) -> list[VdomDict]:
    """Of the tasks those that a day's visits would push out of sight."""
    waiting = waiting_counts(app) if makes_counts(app) else []
    if not waiting:
        return []
    first = waiting[0]
    partner = app.organisation(first.organisation)
    own = first.organisation == buyer_of(app)
    place = place_name(app, partner) if partner and not own and len(waiting) == 1 else ""
    due = app.t("count.due", day=app.format.day(first.due_on, app.now())) if first.due_on else ""
    told = Pieces(place, due) if place or due else None
    path = f"/counts/{first.id}" if len(waiting) == 1 else "/tasks"
    return [_attention(app, "counts", len(waiting), path, "info", told=told)]


def _claims(app: App) -> list[VdomDict]:
    decide = to_decide(app) if app.may("activity.approve") else []
    wanted, ready = (wanting(app), claimable(app)) if files_claims(app) else ([], [])
    found: list[tuple[str, Tone, list[tuple[str, str]]]] = [
        ("more_wanted", "warning", [(f"/claims/{each.id}", each.activity_title) for each in wanted]),
        ("to_decide", "info", [(f"/activities/{each.id}", each.title) for each in decide]),
        ("to_claim", "info", [(f"/activities/{each.id}", each.title) for each in ready]),
    ]
    rows = []
    for name, tone, papers in found:
        if papers:
            path, title = papers[0] if len(papers) == 1 else ("/tasks", "")
            told = html.span({"dir": "auto"}, title) if title else None
            rows.append(_attention(app, name, len(papers), path, tone, told=told))
    return rows


_ICONS = {
    "refused": "circle-alert",
    "price": "tag",
    "on_hold": "circle-pause",
    "counts": "clipboard-list",
    "more_wanted": "file-pen-line",
    "to_decide": "stamp",
    "to_claim": "receipt-text",
}


def _attention(app: App, name: str, count: int, path: str, tone: Tone, *, told: Child) -> VdomDict:
    return Row(
        app.t(f"home.{name}", count=count),
        told,
        leading=Icon(_ICONS[name], size=22, class_name=f"attention-{tone}"),
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
