"""Visits as phones get them, and which scopes hold them."""

from datetime import date
from typing import Any

import msgspec

from backend.sync.changes import VISIT_RULES, VISITS, Changes, user_scope
from backend.visits import models
from offline.rules.visiting import FENCE_ID, template_id
from offline.wire import visits as wire
from offline.wire.media import Position


def visit_row(visit: models.Visit) -> wire.Visit:
    return wire.Visit(
        id=visit.id,
        organisation=visit.organisation_id,
        organisation_code=visit.organisation_code,
        organisation_name=visit.organisation_name,
        rep=visit.rep_id,
        rep_name=visit.rep_name,
        day=visit.day,
        status=visit.status,
        planned=visit.planned,
        route=visit.route_id,
        rank=visit.rank,
        check_in=mark_of(visit.check_in),
        check_out=mark_of(visit.check_out),
        minutes=visit.minutes,
        items=msgspec.convert(visit.items, tuple[wire.VisitItem, ...]),
        results=msgspec.convert(visit.results, dict[str, wire.VisitResult]),
        orders=tuple(visit.orders),
        counts=tuple(visit.counts),
        note=visit.note,
        left_open=visit.left_open,
        cancelled_for=visit.cancelled_for or "",
        events=msgspec.convert(visit.events, tuple[wire.VisitEvent, ...]),
        changed_at=visit.changed_at,
    )


def mark_of(document: dict[str, Any] | None) -> wire.VisitMark | None:
    return None if document is None else msgspec.convert(document, wire.VisitMark)


def announce_visit(changes: Changes, visit: models.Visit) -> None:
    changes.put("visit", visit_row(visit), user_scope(visit.rep_id), VISITS)


def route_row(route: models.VisitRoute) -> wire.VisitRoute:
    return wire.VisitRoute(
        id=route.id,
        name=route.name,
        rep=route.rep_id,
        rep_name=route.rep_name,
        stops=tuple(route.stops),
        starts_on=route.starts_on,
        weekdays=tuple(route.weekdays),
        every=route.every,
        dates=tuple(map(date.fromisoformat, route.dates)),
        ends_on=route.ends_on,
        active=route.active,
    )


def announce_route(changes: Changes, route: models.VisitRoute) -> None:
    changes.put("visit_route", route_row(route), user_scope(route.rep_id), VISITS)


def template_row(template: models.VisitTemplate) -> wire.VisitTemplate:
    return wire.VisitTemplate(
        id=template_id(template.type),
        type=template.type,
        items=msgspec.convert(template.items, tuple[wire.VisitItem, ...]),
    )


def fence_row(fence: models.VisitFence) -> wire.VisitFence:
    return wire.VisitFence(
        id=FENCE_ID,
        mode=fence.mode,
        radius=fence.radius,
        by_type=msgspec.convert(fence.by_type, dict[str, wire.TypeFence]),
    )


def shop_row(shop: models.VisitShop) -> wire.VisitShop:
    return wire.VisitShop(
        id=shop.organisation_id,
        mode=shop.mode,
        proposal=None if shop.proposal is None else msgspec.convert(shop.proposal, Position),
        proposed_by=shop.proposed_by,
    )


def announce_rule(changes: Changes, row: models.VisitTemplate | models.VisitFence | models.VisitShop) -> None:
    """What everybody who visits or plans may read."""
    match row:
        case models.VisitTemplate():
            changes.put("visit_template", template_row(row), VISIT_RULES)
        case models.VisitFence():
            changes.put("visit_fence", fence_row(row), VISIT_RULES)
        case models.VisitShop():
            changes.put("visit_shop", shop_row(row), VISIT_RULES)
