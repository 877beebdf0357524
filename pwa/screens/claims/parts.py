"""What the screens of funds, activities and claims share: finding rows, words, the balance as a bar."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from reactpy import html
from reactpy.types import VdomDict

from offline.approving import own_standing
from offline.rules.approvals import Standing
from offline.rules.days import local_day
from offline.rules.ledger import SHARED
from offline.wire.activities import Activity, Delegation, StepView
from offline.wire.claims import Claim
from offline.wire.funds import Allocation
from offline.wire.rows import PaperEvent
from offline.wire.rows import Row as Document
from pwa.components.basics import Badge, Child, Pieces, Row, Tone, attributes, calling
from pwa.components.lists import Moment, MomentTone
from pwa.context import App

R = TypeVar("R", bound=Document)
TONES: Mapping[str, Tone] = {
    "queued": "warning",
    "applied": "info",
    "approved": "accent",
    "media_pending": "warning",
    "submitted": "info",
    "blocked": "bad",
    "more_wanted": "warning",
    "refused": "neutral",
    "settled": "neutral",
}
_EVENT_TONES: Mapping[str, MomentTone] = {
    "refused": "bad",
    "cancelled": "bad",
    "expired": "warning",
    "more_wanted": "warning",
    "queued": "warning",
}


def rows_of(app: App, kind: type[R], entity: str) -> list[R]:
    return [row for row in app.engine.replica.all(entity) if isinstance(row, kind)]


def allocations(app: App) -> list[Allocation]:
    """Open ones first, then by the day they end. A fund that was given out to partners has a shared pot as well, which
    says nothing while it is empty."""
    everything = rows_of(app, Allocation, "allocation")
    given_out = {each.fund for each in everything if each.organisation != SHARED}
    found = [each for each in everything if each.organisation != SHARED or each.allocated or each.fund not in given_out]
    return sorted(found, key=lambda each: (each.status != "open", each.valid_until, each.code, each.id))


def activities(app: App) -> list[Activity]:
    """Newest first."""
    found = rows_of(app, Activity, "activity")
    return sorted(found, key=lambda each: (each.applied_at or each.local_at or app.now(), each.id), reverse=True)


def claims(app: App) -> list[Claim]:
    """Newest first."""
    found = rows_of(app, Claim, "claim")
    return sorted(found, key=lambda each: (each.filed_at or each.local_at or app.now(), each.id), reverse=True)


def claims_of(app: App, activity_id: str) -> list[Claim]:
    return [each for each in claims(app) if each.activity == activity_id]


def today(app: App) -> date:
    return local_day(app.server_now(), app.brand.time_zone if app.brand else "")


def is_mine(app: App, organisation: str) -> bool:
    """Whether this is the person's own partner, and not one looked after."""
    return app.me is not None and app.me.organisation == organisation


# approving


def my_standing(app: App, activity: Activity) -> Standing:
    """Whether the person may take the open step; the server says the same with the same rule."""
    me = app.me
    if me is None or activity.status != "applied" or not app.may("activity.approve"):
        return Standing(may=False, why="not_you")
    return own_standing(app.engine.replica, me, activity, app.now())


def sees(app: App, organisation: str) -> bool:
    """Whether the partner is among those the person sees, and not only a paper of it, for somebody who is away."""
    return app.engine.replica.one("organisation", organisation) is not None


def for_whom(app: App, activity: Activity) -> str:
    """In words, where the person would decide for somebody else; empty for themselves, or when it is not their turn."""
    away = my_standing(app, activity).on_behalf_of
    names = {each.person: each.person_name for each in rows_of(app, Delegation, "delegation")}
    return app.t("claims.for_whom", name=names[away]) if away in names else ""


def not_twice(app: App, activity: Activity) -> str:
    """Why somebody whose turn it would be may not go on, in words; empty where it is not their turn, or it is."""
    return app.t("claims.not_twice") if my_standing(app, activity).why == "twice" else ""


def to_decide(app: App) -> list[Activity]:
    return [each for each in activities(app) if each.status == "applied" and my_standing(app, each).may]


# words


def activity_status(app: App, activity: Activity) -> str:
    return app.t(f"claims.activity_status.{activity.status}")


def claim_status(app: App, claim: Claim) -> str:
    return app.t(f"claims.status.{claim.status}")


def period(app: App, since: date, until: date) -> str:
    return app.t("claims.period", since=app.format.day(since, app.now()), until=app.format.day(until, app.now()))


def step_name(app: App, step: StepView) -> str:
    """Who takes it: a person by name, a role, or anybody who may."""
    if step.person:
        return step.person_name or app.t("claims.step.person")
    return app.t(f"role.{step.role}") if step.role else app.t("claims.step.anybody")


def approval_moments(app: App, activity: Activity) -> list[Moment]:
    """The application, the steps taken and those to come."""
    at = activity.applied_at or activity.local_at
    first = Pieces(activity.applied_by_name, app.format.moment(at, app.now()) if at else "")
    waits = activity.status == "queued"
    moments = [Moment(app.t("claims.event.applied"), first, tone="warning" if waits else "accent")]
    for number, step in enumerate(activity.steps):
        who = step_name(app, step)
        title = app.t(f"claims.step.{step.outcome or 'waiting'}", who=who)
        detail: Child = ""
        if step.outcome and step.at:
            name = step.decided_by_name
            if step.on_behalf_of_name:
                name = app.t("claims.step.on_behalf", name=name, of=step.on_behalf_of_name)
            detail = Pieces(name, app.format.moment(step.at, app.now()))
        extra = html.span({"className": "timeline-reason", "dir": "auto"}, step.reason) if step.reason else None
        tone: MomentTone = "bad" if step.outcome == "refused" else "accent"
        over = activity.status not in ("applied", "queued") and not step.outcome
        if not over:
            moments.append(Moment(title, detail, bool(step.outcome), tone, extra, f"step-{number}"))
    later = [each for each in activity.events if each.kind in ("cancelled", "expired", "closed")]
    return [*moments, *event_moments(app, later)]


def event_moments(app: App, events: Sequence[PaperEvent]) -> list[Moment]:
    found = []
    for event in events:
        title = app.t(f"claims.event.{event.kind}", **event.data)
        parts = [event.actor_name, app.format.moment(event.at, app.now())]
        extra = html.span({"className": "timeline-reason", "dir": "auto"}, event.reason) if event.reason else None
        tone = _EVENT_TONES.get(event.kind, "accent")
        found.append(Moment(title, Pieces(*parts), tone=tone, extra=extra))
    return found


# pieces


def BalanceBar(app: App, row: Allocation) -> VdomDict:
    """Used, reserved and free of what was allocated: one calm bar with its three figures."""
    used = row.payable + row.settled
    whole = max(row.allocated, Decimal(1))
    parts = (("used", used), ("reserved", row.reserved), ("free", row.available))

    def piece(name: str, amount: Decimal) -> VdomDict:
        share = max(Decimal(0), min(Decimal(1), amount / whole)) * 100
        return html.span({"className": f"purse-part purse-{name}", "style": {"width": f"{share:.2f}%"}, "key": name})

    def figure(name: str, amount: Decimal) -> VdomDict:
        return html.span(
            {"className": f"purse-figure purse-figure-{name}", "key": name},
            html.span({"className": "purse-label"}, app.t(f"claims.{name}")),
            html.span({"className": "number", "data-testid": f"purse-{name}"}, app.money(amount, row.currency)),
        )

    spoken = app.t("claims.balance_spoken", free=app.money(row.available, row.currency))
    return html.div(
        attributes("purse", more={"data-fund": row.fund}),
        html.div(
            {"className": "purse-bar", "role": "img", "aria-label": spoken},
            *(piece(name, amount) for name, amount in parts[:2]),
        ),
        html.div({"className": "purse-figures"}, *(figure(name, amount) for name, amount in parts)),
    )


def ActivityRow(app: App, row: Activity) -> VdomDict:
    named = "" if is_mine(app, row.organisation) else app.name(row.organisation_name)
    return Row(
        html.span({"dir": "auto"}, row.title),
        Pieces(named, period(app, row.starts_on, row.ends_on), for_whom(app, row)),
        trailing=html.span(
            {"className": "row-figures"},
            html.strong({"className": "number"}, app.money(row.amount, row.currency)),
            Badge(activity_status(app, row), TONES.get(row.status, "neutral")),
        ),
        on_press=calling(app.router.navigate, f"/activities/{row.id}"),
        testid=f"activity-{row.id}",
        key=row.id,
        data={"status": row.status, "number": row.number},
    )


def ClaimRow(app: App, row: Claim) -> VdomDict:
    named = "" if is_mine(app, row.organisation) else app.name(row.organisation_name)
    at = row.filed_at or row.local_at
    return Row(
        html.span({"dir": "auto"}, row.activity_title),
        Pieces(named, row.number, app.format.moment(at, app.now()) if at else ""),
        trailing=html.span(
            {"className": "row-figures"},
            html.strong({"className": "number"}, app.money(row.total, row.currency)),
            Badge(claim_status(app, row), TONES.get(row.status, "neutral")),
        ),
        on_press=calling(app.router.navigate, f"/claims/{row.id}"),
        testid=f"claim-{row.id}",
        key=row.id,
        data={"status": row.status, "number": row.number},
    )
