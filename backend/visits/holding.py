"""The visits of a push: locked together, made with the first command that names them, settled after each."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from backend.identity import service as identity
from backend.inputs import local_time
from backend.locking import locked_by_id
from backend.partners import service as partners
from backend.partners.service import Organisation
from backend.sync.commands import Context, Refused
from backend.visits.models import Visit
from backend.visits.rows import announce_visit, mark_of
from offline.rules.days import local_day
from offline.rules.routes import planned_visit
from offline.rules.visits import minutes_between, status_of
from offline.wire import rows
from offline.wire import visits as wire
from offline.wire.commands import Command

_VISITS, _BRAND = "visits", "visits_brand"
FARTHEST = timedelta(days=400)
"""How far from today a visit may lie, either way."""

Making = wire.VisitCheckIn | wire.VisitRecord | wire.VisitCheckOut


async def prepare(context: Context, commands: Sequence[Command]) -> None:
    """Lock the visits of all ``commands``, in the order of their ids."""
    held: dict[str, Visit | None] = context.batch.setdefault(_VISITS, {})
    missing = {str(getattr(command, "visit")) for command in commands}.difference(held)  # noqa: B009  Command has none
    if missing:
        found = await locked_by_id(context.session, Visit, context.principal.tenant_id, missing)
        held.update((visit_id, found.get(visit_id)) for visit_id in missing)


async def held_visit(context: Context, visit_id: str) -> Visit | None:
    held: dict[str, Visit | None] = context.batch.setdefault(_VISITS, {})
    if visit_id not in held:
        found = await locked_by_id(context.session, Visit, context.principal.tenant_id, {visit_id})
        held[visit_id] = found.get(visit_id)
    return held[visit_id]


async def brand_of(context: Context) -> rows.Brand:
    known = context.batch.get(_BRAND)
    if not isinstance(known, rows.Brand):
        known = context.batch[_BRAND] = await identity.brand_of(context.session, context.principal.tenant_id)
    return known


async def today(context: Context) -> date:
    return local_day(context.now, (await brand_of(context)).time_zone)


async def organisation_to_visit(context: Context, organisation_id: str) -> Organisation:
    """Refuses with ``organisation_unknown``, also for one that is not the person's to see, and the head office."""
    found = await partners.organisations(context.session, context.principal.tenant_id, {organisation_id})
    organisation = found.get(organisation_id)
    if organisation is None or not context.principal.sees(organisation_id) or organisation.type == "head_office":
        raise Refused("organisation_unknown")
    return organisation


async def check_visit(context: Context, visit_id: str, organisation_id: str) -> tuple[Visit | None, Organisation]:
    """One's own visit at this organisation, None when nobody has told of it yet. Refuses with
    ``organisation_unknown``, ``visit_of_another`` or ``invalid`` {field}."""
    visit = await held_visit(context, visit_id)
    if visit is not None and visit.rep_id != context.principal.user_id:
        raise Refused("visit_of_another")
    if visit is not None and visit.organisation_id != organisation_id:
        raise Refused("invalid", field="organisation")
    return visit, await organisation_to_visit(context, organisation_id)


async def check_day(context: Context, day: date | None) -> date:
    """``day``, or the day at the brand on which this happened. Refuses with ``invalid`` {field}."""
    if day is None:
        return local_day(context.happened_at, (await brand_of(context)).time_zone)
    if abs(day - await today(context)) > FARTHEST:
        raise Refused("invalid", field="day")
    return day


def make_visit(context: Context, visit_id: str, organisation: Organisation, day: date, rep: tuple[str, str]) -> Visit:
    """``rep``: id and name. Whether it was due by a route its id tells."""
    visit = new_visit(context.principal.tenant_id, visit_id, organisation, day, rep)
    visit.planned = visit_id == planned_visit(rep[0], organisation.id, day)
    visit.changed_at = context.now
    context.session.add(visit)
    context.batch.setdefault(_VISITS, {})[visit_id] = visit
    return visit


def new_visit(tenant_id: str, visit_id: str, organisation: Organisation, day: date, rep: tuple[str, str]) -> Visit:
    """Planned, and nothing done yet. ``rep``: id and name."""
    return Visit(
        tenant_id=tenant_id,
        id=visit_id,
        organisation_id=organisation.id,
        organisation_code=organisation.code,
        organisation_name=organisation.name,
        rep_id=rep[0],
        rep_name=rep[1],
        day=day,
        status="planned",
        planned=True,
        rank=0,
        check_in=None,
        check_out=None,
        items=[],
        results={},
        orders=[],
        counts=[],
        note="",
        left_open="",
        events=[],
    )


async def own_visit(context: Context, command: Making) -> "OwnVisit":
    """Everything is checked; nothing is made before ``open``."""
    visit, organisation = await check_visit(context, command.visit, command.organisation)
    day = visit.day if visit is not None else await check_day(context, command.day)
    return OwnVisit(visit, organisation, day, command.visit)


class OwnVisit(msgspec.Struct, frozen=True):
    visit: Visit | None
    organisation: Organisation
    day: date
    visit_id: str

    def open(self, context: Context) -> Visit:
        if self.visit is not None:
            return self.visit
        principal = context.principal
        return make_visit(context, self.visit_id, self.organisation, self.day, (principal.user_id, principal.name))


async def settle(context: Context, visit: Visit) -> None:
    """Status and duration follow from what happened; tells phones."""
    settle_on(visit, await today(context), context.now)
    announce_visit(context.changes, visit)


def settle_on(visit: Visit, day: date, now: datetime) -> None:
    """Work out status and minutes anew. ``day``: what day it is at the brand."""
    check_in, check_out = mark_of(visit.check_in), mark_of(visit.check_out)
    visit.status = status_of(
        checked_in=check_in is not None,
        checked_out=check_out is not None,
        cancelled=visit.cancelled_for is not None,
        day=visit.day,
        today=day,
    )
    visit.minutes = minutes_between(check_in.at if check_in else None, check_out.at if check_out else None)
    visit.changed_at = now


def tell(context: Context, visit: Visit, kind: str, data: dict[str, str] | None = None) -> None:
    """Add an event by the person who gave the command."""
    event = wire.VisitEvent(
        kind=kind,
        at=context.happened_at,
        actor=context.principal.user_id,
        actor_name=context.principal.name,
        local_at=local_time(context),
        data=data or {},
    )
    add_event(visit, event)


def add_event(visit: Visit, event: wire.VisitEvent) -> None:
    # A new list each time: changes inside a JSON value are not seen.
    visit.events = [*visit.events, msgspec.to_builtins(event)]
