"""What of funds and claims waits for a person: applications to approve, claims that need something, activities that
can be claimed for."""

from collections.abc import Sequence

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.activities import Activity
from offline.wire.claims import Claim
from pwa.components.basics import Button, Card, Child, calling
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims import parts
from pwa.screens.claims.activity import may_claim
from pwa.screens.sections import Section


def wanting(app: App) -> list[Claim]:
    """Claims whose partner has to do something."""
    return [each for each in parts.claims(app) if each.status in ("more_wanted", "blocked")]


def claimable(app: App) -> list[Activity]:
    return [each for each in parts.activities(app) if may_claim(app, each)]


@component
def ApproveCard() -> VdomDict:
    app = use_app()
    use_engine_version()
    rows: Sequence[Child] = [parts.ActivityRow(app, each) for each in parts.to_decide(app)]
    return _card(app, "to_approve", rows)


@component
def ClaimCard() -> VdomDict:
    app = use_app()
    use_engine_version()
    rows = [parts.ClaimRow(app, each) for each in wanting(app)]
    rows += [parts.ActivityRow(app, each) for each in claimable(app)]
    return _card(app, "to_claim", rows)


def _card(app: App, name: str, rows: Sequence[Child]) -> VdomDict:
    go = calling(app.router.navigate, "/claims")
    see = Button(app.t("claims.all"), go, kind="plain", small=True, testid="all-claims")
    none = html.p({"className": "muted small"}, app.t(f"claims.{name}_none"))
    return Card(
        html.div({"className": "spread"}, html.h2({"className": "card-title"}, app.t(f"claims.{name}")), see),
        *(rows or [none]),
        testid=f"tasks-{name}",
    )


def files_claims(app: App) -> bool:
    """Head office people review at the desk; a partner and its rep claim."""
    return app.may("claim.file") and not app.may("order.see_all")


CLAIM_SECTIONS: tuple[Section, ...] = (
    Section(lambda app: app.may("activity.approve"), lambda app: len(parts.to_decide(app)), ApproveCard),
    Section(files_claims, lambda app: len(wanting(app)) + len(claimable(app)), ClaimCard),
)
