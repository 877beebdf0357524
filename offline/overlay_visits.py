"""Visits as pending commands make them look: the same settling as at the server, by what this phone knows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from offline.projection import View
from offline.rules.days import local_day
from offline.rules.fence import step
from offline.rules.routes import planned_visit
from offline.rules.visiting import FENCE_ID, judge_at, mode_of, template_id
from offline.rules.visits import minutes_between, status_of
from offline.wire import visits as wire
from offline.wire.media import MediaView, Position
from offline.wire.rows import Me, Organisation

replace = msgspec.structs.replace


def _is_there(view: View, *reps: str) -> bool:
    return view.reached("visits", *(f"user:{rep}" for rep in (view.user, *reps)))


def _today(view: View, organisation: str) -> date:
    """The day at the brand when the person gave the command."""
    facts = view.rows.facts(organisation)
    return local_day(view.entry.local_at, facts.brand.time_zone if facts else "")


def _begun(view: View, command: wire.VisitCheckIn | wire.VisitRecord | wire.VisitCheckOut) -> wire.Visit:
    found = view.row(wire.Visit, "visit", command.visit)
    if found is not None:
        return found
    return _fresh(view, command.visit, command.organisation, command.day or _today(view, command.organisation))


def _fresh(view: View, visit_id: str, organisation_id: str, day: date, rep: str | None = None) -> wire.Visit:
    organisation = view.row(Organisation, "organisation", organisation_id)
    me = view.row(Me, "me", view.user)
    rep = rep or view.user
    return wire.Visit(
        id=visit_id,
        organisation=organisation_id,
        organisation_code=organisation.code if organisation else "",
        organisation_name=organisation.name if organisation else {},
        rep=rep,
        rep_name=me.name if me and rep == view.user else "",
        day=day,
        status="planned",
        planned=visit_id == planned_visit(rep, organisation_id, day),
    )


def _settled(view: View, visit: wire.Visit) -> None:
    status = status_of(
        checked_in=visit.check_in is not None,
        checked_out=visit.check_out is not None,
        cancelled=bool(visit.cancelled_for),
        day=visit.day,
        today=min(visit.day, _today(view, visit.organisation)),
    )
    minutes = minutes_between(
        visit.check_in.at if visit.check_in else None, visit.check_out.at if visit.check_out else None
    )
    view.put("visit", replace(visit, status=status, minutes=minutes, changed_at=view.entry.local_at))


def _mark(view: View, organisation_id: str, position: Position | None, reason: str) -> wire.VisitMark:
    at = view.entry.local_at
    organisation = view.row(Organisation, "organisation", organisation_id)
    if organisation is None:
        return wire.VisitMark(at=at, verdict="no_fence", position=position, reason=reason, local_at=at)
    settings = view.row(wire.VisitFence, "visit_fence", FENCE_ID)
    mode = mode_of(organisation, settings, view.row(wire.VisitShop, "visit_shop", organisation_id))
    verdict, distance = judge_at(organisation, settings, position, at)
    return wire.VisitMark(
        at=at,
        verdict=verdict,
        mode=mode,
        position=position,
        distance=distance,
        reason=reason,
        excused=step(mode, verdict) != "ask" or bool(reason.strip()),
        local_at=at,
    )


def _check_in(view: View, command: wire.VisitCheckIn) -> None:
    if _is_there(view):
        return
    visit = _begun(view, command)
    mark = _mark(view, command.organisation, command.position, command.reason)
    if visit.check_in is None or mark.at < visit.check_in.at:
        visit = replace(visit, check_in=mark)
    if not visit.items:
        organisation = view.row(Organisation, "organisation", command.organisation)
        row_id = template_id(organisation.type if organisation else "")
        template = view.row(wire.VisitTemplate, "visit_template", row_id)
        visit = replace(visit, items=template.items if template else ())
    _settled(view, visit)


def _check_out(view: View, command: wire.VisitCheckOut) -> None:
    if _is_there(view):
        return
    visit = _begun(view, command)
    mark = replace(_mark(view, command.organisation, command.position, ""), excused=True)
    if visit.check_out is None or mark.at >= visit.check_out.at:
        visit = replace(
            visit,
            check_out=mark,
            note=command.note or visit.note,
            left_open=command.left_open or visit.left_open,
        )
    papers = {"orders": visit.orders + command.orders, "counts": visit.counts + command.counts}
    _settled(view, replace(visit, **{name: tuple(dict.fromkeys(ids)) for name, ids in papers.items()}))


def _record(view: View, command: wire.VisitRecord) -> None:
    if _is_there(view):
        return
    visit = _begun(view, command)
    photos = tuple(
        MediaView(id=ref.id, content_type=ref.content_type, size=ref.size, sha256=ref.sha256) for ref in command.photos
    )
    result = wire.VisitResult(
        item=command.item,
        at=view.entry.local_at,
        yes=command.yes,
        number=command.number,
        text=command.text,
        choice=command.choice,
        photos=photos,
        skipped=command.skipped,
    )
    before = visit.results.get(command.item.id)
    if before is None or before.at <= result.at:
        visit = replace(visit, results={**visit.results, command.item.id: result})
    _settled(view, visit)


def _explain(view: View, command: wire.VisitExplain) -> None:
    visit = view.row(wire.Visit, "visit", command.visit)
    if visit is not None and visit.check_in is not None and not _is_there(view):
        mark = replace(visit.check_in, reason=command.reason, excused=True)
        _settled(view, replace(visit, check_in=mark))


def _add(view: View, command: wire.VisitAdd) -> None:
    rep = command.rep or view.user
    if view.row(wire.Visit, "visit", command.visit) is None and not _is_there(view, rep):
        visit = _fresh(view, command.visit, command.organisation, command.day, rep)
        view.put("visit", replace(visit, planned=True, rank=1000))


def _cancel(view: View, command: wire.VisitCancel) -> None:
    rep = command.rep or view.user
    if _is_there(view, rep):
        return
    visit = view.row(wire.Visit, "visit", command.visit)
    if visit is None:
        visit = _fresh(view, command.visit, command.organisation, command.day, rep)
    if visit.status in {"planned", "missed"}:
        _settled(view, replace(visit, cancelled_for=command.reason))


def _save_route(view: View, command: wire.VisitRouteSave) -> None:
    if _is_there(view, command.rep):
        return
    old = view.row(wire.VisitRoute, "visit_route", command.route)
    fields = msgspec.structs.asdict(command)
    row_id, _seen = fields.pop("route"), fields.pop("seen")
    # As the server keeps them.
    fields |= {name: tuple(sorted(fields[name])) for name in ("weekdays", "dates")}
    name = old.rep_name if old and old.rep == command.rep else ""
    view.put("visit_route", wire.VisitRoute(id=row_id, rep_name=name, **fields))


def _save_template(view: View, command: wire.VisitTemplateSave) -> None:
    if not view.reached("visit_rules"):
        row = wire.VisitTemplate(id=template_id(command.type), type=command.type, items=command.items)
        view.put("visit_template", row)


def _save_fence(view: View, command: wire.VisitFenceSave) -> None:
    if not view.reached("visit_rules"):
        by_type = {str(kind): rule for kind, rule in command.by_type.items()}
        view.put("visit_fence", wire.VisitFence(id=FENCE_ID, mode=command.mode, radius=command.radius, by_type=by_type))


def _save_shop(view: View, command: wire.VisitShopSave) -> None:
    if view.reached("visit_rules"):
        return
    view.put("visit_shop", wire.VisitShop(id=command.organisation, mode=command.mode))
    organisation = view.row(Organisation, "organisation", command.organisation)
    if organisation is not None and organisation.addresses:
        first, *others = organisation.addresses
        placed = replace(first, latitude=command.latitude, longitude=command.longitude, fence_radius=command.radius)
        view.put("organisation", replace(organisation, addresses=(placed, *others)))


VISIT_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    wire.VisitCheckIn.NAME: _check_in,
    wire.VisitRecord.NAME: _record,
    wire.VisitCheckOut.NAME: _check_out,
    wire.VisitExplain.NAME: _explain,
    wire.VisitAdd.NAME: _add,
    wire.VisitCancel.NAME: _cancel,
    wire.VisitRouteSave.NAME: _save_route,
    wire.VisitTemplateSave.NAME: _save_template,
    wire.VisitFenceSave.NAME: _save_fence,
    wire.VisitShopSave.NAME: _save_shop,
}
