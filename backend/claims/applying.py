"""Activities: applied for, which reserves the budget; called off or expired, which gives it back."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries
from backend.claims.approving import steps_for
from backend.claims.funding import check_days, check_money
from backend.claims.models import Activity, Fund
from backend.claims.sitting import (
    Actor,
    Booking,
    Sitting,
    activity_to_change,
    actor_of,
    add_event,
    open_sitting,
    sitting_of,
)
from backend.inputs import check_text, local_time
from backend.jobs.service import Chore, in_parts
from backend.partners import service as partners
from backend.partners.service import Organisation
from backend.sync.changes import Changes
from backend.sync.commands import Context, Refused
from backend.sync.service import flush_changes
from offline.money import quantise
from offline.rules import ledger
from offline.rules.papers import OPEN_CLAIMS, activity_may
from offline.wire.activities import ActivityApply, ActivityCancel, ActivityStatus

AT_ONCE = 200


async def apply_for_activity(context: Context, command: ActivityApply) -> None:
    """Refuses with ``invalid`` {field}, ``fund_unknown``, ``fund_closed``, ``fund_period`` {since, until},
    ``fund_short`` {left}, ``organisation_unknown``, ``organisation_blocked`` {status} or ``activity_exists``."""
    sitting = await sitting_of(context)
    await sitting.hold(funds={command.fund}, activities={command.activity})
    organisation = await _organisation(context, command)
    fund = sitting.funds[command.fund]
    if fund is None or command.organisation not in fund.organisations:
        raise Refused("fund_unknown")
    if sitting.activities[command.activity] is not None:
        raise Refused("activity_exists")
    _check(command, fund)
    await _check_place(context, command)
    purse = ledger.SHARED if fund.shared else command.organisation
    activity = _activity(context, command, fund, organisation, purse)
    booking = Booking("reserve", purse, command.amount, activity)
    try:
        sitting.check(fund, booking)
    except ledger.Overdrawn as error:
        raise Refused("fund_short", left=str(quantise(error.left, fund.currency))) from None
    activity.steps = msgspec.to_builtins(await steps_for(context, activity))
    context.session.add(activity)
    sitting.activities[activity.id] = activity
    add_event(activity, "applied", context.now, actor_of(context), local_at=activity.local_at)
    sitting.book(fund, booking, actor_of(context))
    sitting.touch("activity", activity.id, context.command_id)


async def _organisation(context: Context, command: ActivityApply) -> Organisation:
    found = await partners.organisations(context.session, context.principal.tenant_id, {command.organisation})
    organisation = found.get(command.organisation)
    if organisation is None or not context.principal.sees(organisation.id):
        raise Refused("organisation_unknown")
    if organisation.status not in ("active", "prospect"):
        raise Refused("organisation_blocked", status=organisation.status)
    return organisation


def _check(command: ActivityApply, fund: Fund) -> None:
    check_text("title", command.title, command.shows, command.place.name)
    if not command.title.strip():
        raise Refused("invalid", field="title")
    check_money("amount", command.amount, fund.currency)
    check_days(command.starts_on, command.ends_on)
    if fund.status != "open":
        raise Refused("fund_closed")
    if command.starts_on < fund.valid_from or command.ends_on > fund.valid_until:
        raise Refused("fund_period", since=fund.valid_from.isoformat(), until=fund.valid_until.isoformat())


async def _check_place(context: Context, command: ActivityApply) -> None:
    place = command.place
    if (place.latitude is None) != (place.longitude is None):
        raise Refused("invalid", field="place")
    if place.organisation is not None:
        known = await partners.existing_ids(context.session, context.principal.tenant_id, {place.organisation})
        if not known or not context.principal.sees(place.organisation):
            raise Refused("organisation_unknown")


def _activity(context: Context, command: ActivityApply, fund: Fund, organisation: Organisation, purse: str) -> Activity:
    return Activity(
        tenant_id=context.principal.tenant_id,
        id=command.activity,
        number=None,
        fund_id=fund.id,
        fund_code=fund.code,
        fund_name=fund.name,
        purse=purse,
        organisation_id=organisation.id,
        organisation_code=organisation.code,
        organisation_name=organisation.name,
        kind=command.kind,
        title=command.title,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        claim_until=command.ends_on + timedelta(days=fund.claim_days),
        amount=command.amount,
        currency=fund.currency,
        left=command.amount,
        spent=command.amount * 0,
        status="applied",
        place=msgspec.to_builtins(command.place),
        shows=command.shows,
        needs=list(fund.needs),
        steps=[],
        events=[],
        applied_by=context.principal.user_id,
        applied_by_name=context.principal.name,
        local_at=local_time(context),
        applied_at=context.now,
        changed_at=context.now,
    )


async def cancel_activity(context: Context, command: ActivityCancel) -> None:
    """What was approved in claims stays; the rest goes back. Refuses with ``activity_unknown``, ``activity_status``
    {status} or ``claim_open`` {number}."""
    sitting, activity = await activity_to_change(context, command.activity)
    check_text("reason", command.reason)
    if not activity_may(activity.status, "cancel"):
        raise Refused("activity_status", status=activity.status)
    await check_no_open_claim(context, activity)
    end_activity(sitting, activity, "cancelled", actor_of(context), command.reason)


async def check_no_open_claim(context: Context, activity: Activity) -> None:
    claim = await queries.open_claim(context.session, context.principal.tenant_id, activity.id, OPEN_CLAIMS)
    if claim is not None:
        raise Refused("claim_open", number=claim.number or "")


def end_activity(sitting: Sitting, activity: Activity, how: ActivityStatus, actor: Actor, reason: str = "") -> None:
    """One that something was spent on is closed, however it ends."""
    sitting.release(activity, actor, reason)
    activity.status = "closed" if activity.spent > 0 else how
    add_event(activity, activity.status, sitting.now, actor, reason=reason)
    sitting.touch("activity", activity.id, actor.command)


async def expire_activities(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore. Returns how many activities gave back what nobody can claim any more, at most ``AT_ONCE``."""
    sitting = await open_sitting(session, tenant_id, now)
    due = await queries.overdue_activities(session, tenant_id, sitting.today(), OPEN_CLAIMS, AT_ONCE)
    await sitting.hold(activities={id_ for id_, _ in due})
    done = 0
    for id_, _ in due:
        activity = sitting.activity(id_)
        # It may have changed before it was locked.
        still_open = activity.status in ("applied", "approved") and activity.claim_until < sitting.today()
        if still_open and await queries.open_claim(session, tenant_id, id_, OPEN_CLAIMS) is None:
            end_activity(sitting, activity, "expired", Actor())
            done += 1
    changes = Changes()
    await sitting.tell(changes)
    await flush_changes(session, tenant_id, changes, now)
    return done


CHORES: dict[str, Chore] = {"activity.expire": Chore(in_parts(expire_activities, AT_ONCE))}
