"""One activity: where its approval stands, what may be done next, its claims."""

from collections.abc import Callable
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import Component, VdomDict

from offline.rules.papers import OPEN_CLAIMS, activity_may
from offline.wire.activities import Activity, ActivityCancel, ActivityDecide
from pwa.components.basics import Badge, Button, Card, Child, EmptyState, calling
from pwa.components.lists import Facts, Timeline
from pwa.components.reason import ReasonSheet, Why
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims import parts
from pwa.screens.page import Page


@component
def ActivityScreen(activity_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    asking, ask = use_state("")
    row = app.engine.replica.typed(Activity, "activity", activity_id)
    if row is None:
        gone = EmptyState("file-question-mark", app.t("claims.gone"), app.t("claims.gone_hint"))
        return Page(app.t("claims.activity"), gone, back="/claims")
    twice, behalf = parts.not_twice(app, row), parts.for_whom(app, row)
    return Page(
        row.number or app.t("claims.no_number"),
        html.div(
            {"className": "stack", "data-testid": f"activity-{row.id}", "data-status": row.status},
            _head(app, row),
            Card(
                html.h2({"className": "card-title"}, app.t("claims.approval")),
                Timeline(parts.approval_moments(app, row), testid="timeline"),
                html.p({"className": "muted small", "data-testid": "not-twice"}, twice) if twice else None,
                html.p({"className": "muted small", "data-testid": "for-whom"}, behalf) if behalf else None,
            ),
            Card(Facts(facts_of(app, row)), class_name="facts-card"),
            _claims(app, row),
            _cancel(app, row, ask),
        ),
        why_sheet(app, row, asking, lambda: ask("")) if asking else None,
        actions=_actions(app, row, ask),
        subtitle="" if parts.is_mine(app, row.organisation) else app.name(row.organisation_name),
        back="/claims",
        testid="activity-screen",
    )


def _head(app: App, row: Activity) -> VdomDict:
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "paper-title", "dir": "auto"}, row.title),
            Badge(parts.activity_status(app, row), parts.TONES.get(row.status, "neutral"), testid="activity-status"),
        ),
        html.p({"className": "number number-huge"}, app.money(row.amount, row.currency)),
        html.p({"className": "muted small"}, parts.period(app, row.starts_on, row.ends_on)),
    )


def facts_of(app: App, row: Activity) -> list[tuple[str, Child]]:
    facts: list[tuple[str, Child]] = [
        (app.t("claims.field.kind"), app.t(f"claims.kind.{row.kind}")),
        (app.t("claims.fund"), app.name(row.fund_name)),
    ]
    if row.place.name:
        facts.append((app.t("claims.field.place"), html.span({"dir": "auto"}, row.place.name)))
    if row.shows:
        facts.append((app.t("claims.field.shows"), html.span({"dir": "auto", "className": "note-text"}, row.shows)))
    if row.spent:
        facts.append((app.t("claims.spent"), app.money(row.spent, row.currency)))
    if row.left and row.status in ("applied", "approved"):
        facts.append((app.t("claims.reserved"), app.money(row.left, row.currency)))
    if row.status == "approved":
        facts.append((app.t("claims.claim_until"), app.format.day(row.claim_until, app.now())))
    return facts


def _claims(app: App, row: Activity) -> Child:
    found = parts.claims_of(app, row.id)
    if not found:
        return None
    rows = [parts.ClaimRow(app, each) for each in found]
    return Card(html.h2({"className": "card-title"}, app.t("claims.claims")), *rows, testid="activity-claims")


def may_claim(app: App, row: Activity) -> bool:
    """Whether a claim for it can be filed now: approved, begun, not over, and none open."""
    if not (app.may("claim.file") and activity_may(row.status, "claim") and parts.sees(app, row.organisation)):
        return False
    none_open = all(each.status not in OPEN_CLAIMS for each in parts.claims_of(app, row.id))
    return none_open and row.starts_on <= parts.today(app) <= row.claim_until


def _actions(app: App, row: Activity, ask: Callable[[str], Any]) -> Child:
    if parts.my_standing(app, row).may:
        return html.div(
            {"className": "button-row"},
            Button(app.t("claims.decline"), calling(ask, "decline"), kind="danger", testid="decline-activity"),
            Button(app.t("claims.approve"), calling(decide, app, row, True, ""), testid="approve-activity"),
        )
    if may_claim(app, row):
        go = calling(app.router.navigate, f"/activities/{row.id}/claim")
        return Button(app.t("claims.file"), go, icon="receipt-text", wide=True, testid="file-claim")
    return None


def _cancel(app: App, row: Activity, ask: Callable[[str], Any]) -> Child:
    open_claim = any(each.status in OPEN_CLAIMS for each in parts.claims_of(app, row.id))
    may = app.may("activity.apply") and parts.sees(app, row.organisation)
    if not may or not activity_may(row.status, "cancel") or open_claim:
        return None
    return Button(app.t("claims.cancel"), calling(ask, "cancel"), kind="plain", wide=True, testid="cancel-activity")


async def decide(app: App, row: Activity, accept: bool, reason: str) -> None:
    shown = app.engine.replica.typed(Activity, "activity", row.id) or row
    # A second tap on the same button must not send the same again.
    if not parts.my_standing(app, shown).may:
        return
    step = sum(1 for each in shown.steps if each.outcome)
    await app.engine.submit(ActivityDecide(activity=row.id, step=step, accept=accept, reason=reason))
    app.sync_now()
    app.toasts.show(app.t("claims.approved_toast" if accept else "claims.declined_toast"), icon="check")


async def cancel(app: App, row: Activity, reason: str) -> None:
    shown = app.engine.replica.typed(Activity, "activity", row.id) or row
    if activity_may(shown.status, "cancel"):
        await app.engine.submit(ActivityCancel(activity=row.id, reason=reason))
        app.sync_now()
        app.toasts.show(app.t("claims.cancelled_toast"))


def why_sheet(app: App, row: Activity, deed: str, close: Callable[[], Any]) -> Component:
    """Before an activity is declined or called off."""
    do = partial(cancel, app, row) if deed == "cancel" else partial(decide, app, row, False)
    why = Why(
        app.t(f"claims.{deed}_title"),
        app.t(f"claims.{deed}_text"),
        app.t("claims.reason"),
        app.t("error.reason_needed"),
        app.t(f"claims.{deed}"),
    )
    return ReasonSheet(deed, row.id, why, do, close, key=deed)
