"""Who approves: the tenant's steps, deputies while away, and the steps of an activity as they are taken."""

from datetime import timedelta

import msgspec

from backend.claims import queries
from backend.claims.deputies import renew_at
from backend.claims.mandates import PERMISSION, Mandate, mandates_to
from backend.claims.models import Activity, ApprovalRoute, Delegation
from backend.claims.rows import delegation_row, route_row, steps_of
from backend.claims.sitting import Sitting, actor_of, add_event, held_activity
from backend.identity import service as identity
from backend.identity.service import audit, audit_change, refuse_overtaken
from backend.inputs import check_amount, check_text, check_time, local_time
from backend.push.service import notify
from backend.sync.changes import DESK, user_scope
from backend.sync.commands import Context, Refused
from offline.approving import chain_of
from offline.ids import derived_id
from offline.rules.approvals import Approver, Step, needed_steps, standing, step_faults
from offline.rules.papers import activity_may
from offline.wire.activities import ActivityDecide, ApprovalDelegate, ApprovalRecall, ApprovalSave, StepView

ROUTE_ID = derived_id("approval_route", "activity")
_LONGEST = timedelta(days=366)


async def save_route(context: Context, command: ApprovalSave) -> None:
    """Refuses with ``approval_steps`` {faults}, ``approver_unknown`` {value}: nobody who may approve,
    ``invalid`` or ``changed_meanwhile``."""
    session, principal = context.session, context.principal
    if faults := step_faults(command.steps):
        raise Refused("approval_steps", faults=faults)
    people = {user.id: user.role for user in await identity.people_who_may(session, principal.tenant_id, PERMISSION)}
    for step in command.steps:
        check_text("steps", step.role, step.person)
        check_amount("limit", step.limit)
        if (step.person and step.person not in people) or (step.role and step.role not in people.values()):
            raise Refused("approver_unknown", value=step.person or step.role)
    brand = await identity.brand_of(session, principal.tenant_id)
    row = await queries.route(session, principal.tenant_id, ROUTE_ID, lock=True)
    before = route_row(row) if row is not None else None
    await refuse_overtaken(context, before, command)
    if row is None:
        row = ApprovalRoute(tenant_id=principal.tenant_id, id=ROUTE_ID)
        session.add(row)
    row.currency, row.steps = brand.currency, msgspec.to_builtins(command.steps)
    row.changed_at, row.changed_by_name = context.now, principal.name
    context.changes.put("approval_route", route_row(row), DESK)
    # A brand older than this slice has told nobody yet who may approve.
    await identity.announce_colleagues(session, context.changes, principal.tenant_id, PERMISSION)
    audit_change(session, principal, "approval_route", before, route_row(row), at=context.now)


async def delegate(context: Context, command: ApprovalDelegate) -> None:
    """Refuses with ``invalid`` {field}, ``approver_unknown`` {value} or ``delegation_exists``."""
    session, principal = context.session, context.principal
    check_time("since", command.since)
    check_time("until", command.until)
    if command.until <= max(command.since, context.now) or command.until - command.since > _LONGEST:
        raise Refused("invalid", field="until")
    if command.deputy == principal.user_id:
        raise Refused("invalid", field="deputy")
    people = {user.id: user for user in await identity.people_who_may(session, principal.tenant_id, PERMISSION)}
    if command.deputy not in people:
        raise Refused("approver_unknown", value=command.deputy)
    if await queries.delegation(session, principal.tenant_id, command.delegation) is not None:
        raise Refused("delegation_exists")
    row = Delegation(
        tenant_id=principal.tenant_id,
        id=command.delegation,
        person_id=principal.user_id,
        person_name=principal.name,
        role=principal.role,
        deputy_id=command.deputy,
        deputy_name=people[command.deputy].name,
        since=command.since,
        until=command.until,
    )
    session.add(row)
    _tell(context, row)
    await renew_at(session, principal.tenant_id, row.since, row.until)
    values = {"name": principal.name}
    await notify(
        session, principal.tenant_id, {row.deputy_id}, f"deputy:{row.id}", "push.activity.deputy", values, "/tasks"
    )
    detail = {"deputy": command.deputy, "since": command.since.isoformat(), "until": command.until.isoformat()}
    audit(session, principal, "approval.delegated", principal.user_id, detail, at=context.now)


async def recall(context: Context, command: ApprovalRecall) -> None:
    """By the person who is back. Refuses with ``delegation_unknown``."""
    session, principal = context.session, context.principal
    row = await queries.delegation(session, principal.tenant_id, command.delegation)
    if row is None or row.person_id != principal.user_id or row.until <= context.now:
        raise Refused("delegation_unknown")
    row.until = context.now
    await renew_at(session, principal.tenant_id, row.until)
    context.changes.delete("delegation", row.id)
    audit(session, principal, "approval.recalled", principal.user_id, {"deputy": row.deputy_id}, at=context.now)


def _tell(context: Context, row: Delegation) -> None:
    context.changes.put("delegation", delegation_row(row), user_scope(row.person_id), user_scope(row.deputy_id), DESK)


async def steps_for(context: Context, activity: Activity) -> list[StepView]:
    """The steps a new activity goes through."""
    session, tenant_id = context.session, context.principal.tenant_id
    route = await queries.route(session, tenant_id, ROUTE_ID)
    defined = msgspec.convert(route.steps, tuple[Step, ...]) if route is not None else ()
    same = route is None or route.currency == activity.currency
    needed = needed_steps(defined, activity.amount, same_currency=same)
    names = {}
    if any(step.person for step in needed):
        names = {user.id: user.name for user in await identity.people_who_may(session, tenant_id, PERMISSION)}
    return [
        StepView(
            role=step.role,
            person=step.person,
            person_name=names.get(step.person, ""),
            limit=step.limit,
            same_person=step.same_person,
        )
        for step in needed
    ]


async def decide_activity(context: Context, command: ActivityDecide) -> None:
    """Take the open step, for oneself or for somebody who is away and sees the activity. Refuses with
    ``activity_unknown``, ``activity_status`` {status}, ``step_decided`` {name}: somebody was faster,
    ``reason_needed``, or ``approval_not_yours`` {why}."""
    principal = context.principal
    sitting, activity = await held_activity(context, command.activity)
    acting = await _acting(context, activity)
    if not acting and not principal.sees(activity.organisation_id):
        raise Refused("activity_unknown")
    check_text("reason", command.reason)
    if not activity_may(activity.status, "decide"):
        raise Refused("activity_status", status=activity.status)
    steps = steps_of(activity)
    open_step = sum(1 for step in steps if step.outcome)
    if command.step != open_step:
        done = steps[command.step].decided_by_name if command.step < open_step else ""
        raise Refused("step_decided", name=done)
    if not command.accept and not command.reason.strip():
        raise Refused("reason_needed")
    sees = principal.sees(activity.organisation_id)
    approver = Approver(person=principal.user_id, role=principal.role, sees=sees)
    deputies = [each.deputy for each in acting]
    found = standing(chain_of(steps, activity.applied_by), approver, deputies, context.now)
    if not found.may:
        raise Refused("approval_not_yours", why=found.why)
    names = {each.deputy.person: each.person_name for each in acting}
    taken = _taken(context, command, steps[open_step], found.on_behalf_of, names)
    activity.steps = msgspec.to_builtins((*steps[:open_step], taken, *steps[open_step + 1 :]))
    _conclude(context, sitting, activity, taken, (open_step + 1, len(steps)))


def _taken(
    context: Context, command: ActivityDecide, step: StepView, on_behalf_of: str, names: dict[str, str]
) -> StepView:
    return msgspec.structs.replace(
        step,
        outcome="approved" if command.accept else "refused",
        decided_by=context.principal.user_id,
        decided_by_name=context.principal.name,
        on_behalf_of=on_behalf_of,
        on_behalf_of_name=names.get(on_behalf_of, ""),
        at=context.now,
        reason=command.reason,
    )


def _conclude(context: Context, sitting: Sitting, activity: Activity, taken: StepView, place: tuple[int, int]) -> None:
    """``place``: which step of how many, from 1."""
    actor, (step, of) = actor_of(context), place
    kind = "refused" if taken.outcome == "refused" else "approved" if step == of else "step_approved"
    data = {"step": str(step), "of": str(of)}
    if taken.on_behalf_of_name:
        data["on_behalf_of"] = taken.on_behalf_of_name
    add_event(activity, kind, context.now, actor, reason=taken.reason, data=data, local_at=local_time(context))
    if kind == "approved":
        activity.status = "approved"
    if kind == "refused":
        activity.status = "refused"
        sitting.release(activity, actor, taken.reason)
    sitting.touch("activity", activity.id, context.command_id)


async def _acting(context: Context, activity: Activity) -> list[Mandate]:
    """For whom the person may decide on it now, if it is their turn."""
    principal = context.principal
    found = await mandates_to(context.session, principal.tenant_id, principal.user_id, context.now)
    return [each for each in found if each.reaches(activity)]
