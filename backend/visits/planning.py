"""What is due: routes, visits added and called off."""

from backend.identity import service as identity
from backend.inputs import check_distinct, check_text, is_day
from backend.partners import service as partners
from backend.sync.commands import Context, Refused
from backend.visits import queries
from backend.visits.days import Day
from backend.visits.holding import check_day, held_visit, make_visit, organisation_to_visit, settle, tell, today
from backend.visits.models import VisitRoute
from backend.visits.rows import announce_route, route_row
from offline.rules.routes import planned_visit
from offline.wire import visits as wire


async def save_route(context: Context, command: wire.VisitRouteSave) -> None:
    """Refuses with ``rep_unknown`` {value}, ``organisation_unknown``, ``invalid`` {field} or ``changed_meanwhile``."""
    _check_route(command)
    session, tenant_id = context.session, context.principal.tenant_id
    known = await partners.existing_ids(session, tenant_id, command.stops)
    if not known.issuperset(command.stops) or not all(map(context.principal.sees, command.stops)):
        raise Refused("organisation_unknown")
    name = await identity.name_of(session, tenant_id, command.rep)
    if name is None:
        raise Refused("rep_unknown", value=command.name)
    route = await queries.route(session, tenant_id, command.route)
    before = route_row(route) if route is not None else None
    await identity.refuse_overtaken(context, before, command)

    if route is None:
        route = VisitRoute(tenant_id=tenant_id, id=command.route)
        session.add(route)
    route.name, route.rep_id, route.rep_name = command.name, command.rep, name
    route.stops, route.weekdays, route.every = list(command.stops), sorted(command.weekdays), command.every
    route.dates = [day.isoformat() for day in sorted(command.dates)]
    route.starts_on, route.ends_on, route.active = command.starts_on, command.ends_on, command.active
    route.changed_at = context.now
    await session.flush()
    announce_route(context.changes, route)
    reps = {command.rep, before.rep} if before is not None else {command.rep}
    await Day(session, tenant_id, await today(context), context.now, context.changes).plan(reps)
    identity.audit_change(session, context.principal, "visit_route", before, route_row(route), at=context.now)


def _check_route(command: wire.VisitRouteSave) -> None:
    check_text("name", command.name)
    if not command.name.strip():
        raise Refused("invalid", field="name")
    check_distinct("stops", command.stops)
    check_distinct("weekdays", command.weekdays)
    check_distinct("dates", command.dates)
    days = (command.starts_on, *command.dates, *([command.ends_on] if command.ends_on else []))
    if not all(map(is_day, days)):
        raise Refused("invalid", field="starts_on")
    if command.ends_on is not None and command.ends_on < command.starts_on:
        raise Refused("invalid", field="ends_on")
    if not command.weekdays and not command.dates:
        raise Refused("invalid", field="weekdays")


async def add_visit(context: Context, command: wire.VisitAdd) -> None:
    """Refuses with ``organisation_unknown``, ``rep_unknown`` {value}, ``forbidden``, ``visit_exists`` or ``invalid``
    {field}. One that has begun already stays as it is: another phone was faster."""
    check_text("note", command.note)
    principal = context.principal
    rep = command.rep or principal.user_id
    if rep != principal.user_id and not principal.may("visit.plan"):
        raise Refused("forbidden", permission="visit.plan")
    organisation = await organisation_to_visit(context, command.organisation)
    day = await check_day(context, command.day)
    name = await identity.name_of(context.session, principal.tenant_id, rep)
    if name is None:
        raise Refused("rep_unknown", value=organisation.code)
    visit = await held_visit(context, command.visit)
    if visit is not None and (visit.rep_id, visit.organisation_id) != (rep, organisation.id):
        raise Refused("visit_exists")

    if visit is None:
        visit = make_visit(context, command.visit, organisation, day, (rep, name))
        # Behind what the routes have for the day.
        visit.planned, visit.rank = True, 1000
    tell(context, visit, "added", {"note": command.note} if command.note else {})
    await settle(context, visit)


async def cancel_visit(context: Context, command: wire.VisitCancel) -> None:
    """Refuses with ``organisation_unknown``, ``forbidden``, ``visit_unknown``, ``visit_begun`` or ``invalid``
    {field}."""
    check_text("reason", command.reason)
    if not command.reason.strip():
        raise Refused("invalid", field="reason")
    principal = context.principal
    visit = await held_visit(context, command.visit)
    rep = visit.rep_id if visit is not None else command.rep or principal.user_id
    if rep != principal.user_id and not principal.may("visit.plan"):
        raise Refused("visit_of_another")
    organisation = await organisation_to_visit(context, command.organisation)
    name = visit.rep_name if visit is not None else await identity.name_of(context.session, principal.tenant_id, rep)
    if visit is None:
        day = await check_day(context, command.day)
        if name is None or command.visit != planned_visit(rep, organisation.id, day):
            raise Refused("visit_unknown")
    elif visit.check_in is not None or visit.check_out is not None:
        raise Refused("visit_begun")

    if visit is None:
        visit = make_visit(context, command.visit, organisation, command.day, (rep, name or ""))
    visit.cancelled_for = command.reason
    tell(context, visit, "cancelled", {"reason": command.reason})
    await settle(context, visit)
