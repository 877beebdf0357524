"""A partner's money for the market: what is left, what is under way, what was claimed."""

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.funds import Allocation
from pwa.components.basics import Button, Card, Child, EmptyState, Pieces, calling
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims import parts
from pwa.screens.page import Page

SHOWN = 30
MOST_AT_HOME = 3


@component
def FundsScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    purses = [each for each in parts.allocations(app) if each.status == "open" or each.reserved or each.payable]
    activities, claims = parts.activities(app)[:SHOWN], parts.claims(app)[:SHOWN]
    if not (purses or activities or claims):
        nothing = EmptyState("hand-coins", app.t("claims.none"), app.t("claims.none_hint"), testid="no-funds")
        return Page(app.t("claims.title"), nothing, back="/", testid="funds-screen")
    return Page(
        app.t("claims.title"),
        html.div(
            {"className": "stack"},
            *(_purse(app, each) for each in purses),
            _list(app, "activities", [parts.ActivityRow(app, each) for each in activities]),
            _list(app, "claims", [parts.ClaimRow(app, each) for each in claims]),
        ),
        back="/",
        testid="funds-screen",
    )


def _list(app: App, name: str, rows: list[VdomDict]) -> Child:
    if not rows:
        return None
    return Card(html.h2({"className": "card-title"}, app.t(f"claims.{name}")), *rows, testid=f"list-{name}")


def _purse(app: App, row: Allocation) -> VdomDict:
    owner = app.organisation(row.organisation) if row.organisation else None
    whose = app.t("claims.shared") if not row.organisation else ""
    if owner is not None and not parts.is_mine(app, owner.id):
        whose = app.name(owner.name)
    may_apply = app.may("activity.apply") and row.status == "open" and parts.today(app) <= row.valid_until
    apply = Button(
        app.t("claims.apply"),
        calling(app.router.navigate, f"/claims/apply/{row.id}"),
        kind="secondary",
        icon="plus",
        small=True,
        testid=f"apply-{row.code}",
    )
    until = app.t("claims.valid_until", day=app.format.day(row.valid_until, app.now()))
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title", "dir": "auto"}, app.name(row.name)),
            apply if may_apply else None,
        ),
        html.p({"className": "muted small"}, Pieces(whose, until)),
        parts.BalanceBar(app, row),
        testid=f"purse-{row.code}",
        key=row.id,
    )


def FundsCard(app: App) -> Child:
    """On the home screen of a partner that has a fund of its own: what is left, and the way there."""
    own = app.me.organisation if app.me else ""
    purses = [
        each
        for each in parts.allocations(app)
        if each.status == "open" and own in (each.organisation, *each.organisations)
    ]
    if not purses:
        return None
    see = Button(
        app.t("claims.all"), calling(app.router.navigate, "/claims"), kind="plain", small=True, testid="see-funds"
    )
    bars: list[Child] = [
        html.div(
            {"className": "purse-named", "key": each.id},
            # One fund's figures must not pass for all there is.
            html.p({"className": "small", "dir": "auto"}, app.name(each.name)) if len(purses) > 1 else None,
            parts.BalanceBar(app, each),
        )
        for each in purses[:MOST_AT_HOME]
    ]
    more = len(purses) - MOST_AT_HOME
    return Card(
        html.div({"className": "spread"}, html.h2({"className": "card-title"}, app.t("claims.title")), see),
        *bars,
        html.p({"className": "muted small", "key": "more"}, app.t("claims.more_funds", count=more))
        if more > 0
        else None,
        testid="funds-card",
    )
