"""This month's orders beside last month's."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.rules.statuses import taken_at
from offline.wire.rows import Order
from pwa.components.basics import (
    Amount,
    Badge,
    Card,
    Child,
    Skeleton,
)
from pwa.context import App
from pwa.hooks import use_app, use_sync

_PAGE = 60


class Month(msgspec.Struct, frozen=True):
    """Orders of this month, and of last month up to the same day; cancelled ones left out."""

    total: Decimal
    count: int
    before: Decimal


async def month_figures(app: App, organisation: str | None = None) -> Month:
    """Counted from the orders this phone holds, a page at a time so that a tap never waits for it."""
    now = app.format.local(app.server_now())
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
    at = taken_at(order)
    return app.format.local(at) if at is not None else None


@component
def MonthCard(title: str, organisation: str = "") -> VdomDict:
    app = use_app()
    version = app.engine.replica.version
    arriving = use_sync(lambda status: status.progress is not None)
    nothing: Month | None = None
    month, set_month = use_state(nothing)

    @use_async_effect(dependencies=[version, organisation])
    async def count() -> None:
        set_month(await month_figures(app, organisation or None))

    # Half the orders would make a wrong figure.
    if month is None or arriving:
        return _coming(title)
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


def _coming(title: str) -> VdomDict:
    """As high as the card with its figures, so that nothing below it moves when they are there."""
    return Card(
        html.h2({"className": "card-title"}, title),
        html.div({"className": "figure number-huge"}, Skeleton("figure")),
        html.div({"className": "muted small"}, Skeleton("words")),
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
