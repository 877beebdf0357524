"""What a phone knows of a person's visits: rows, and what its routes make due although nobody has told of it yet."""

from collections.abc import Iterable
from datetime import date

from offline.rules.days import local_day
from offline.rules.fence import Step, distance, step
from offline.rules.routes import stops_on
from offline.rules.visiting import FENCE_ID, fences_of, judge_at, mode_of, template_id
from offline.rules.visits import open_items
from offline.wire.media import Position
from offline.wire.rows import Order, Organisation
from offline.wire.visits import Visit, VisitFence, VisitItem, VisitMark, VisitRoute, VisitShop, VisitTemplate
from pwa.context import App

LOCATED_KEY = "visits.located"
"""Set once this phone has told where it is: from then on it may be asked without a tap."""
_LATEST_ORDERS = 30


def today(app: App) -> date:
    """The day at the brand."""
    return local_day(app.server_now(), app.brand.time_zone if app.brand else "")


def todays_visits(app: App) -> list[Visit]:
    """The person's own, in the order of the day; what is under way since another day comes first."""
    day, me = today(app), app.engine.user
    rows = [row for row in app.engine.replica.all("visit") if isinstance(row, Visit) and row.rep == me]
    found = {row.id: row for row in rows if row.day == day or row.status == "under_way"}
    known = {row.id for row in rows}
    for visit in _due(app, day):
        if visit.id not in known:
            found[visit.id] = visit
    return sorted(found.values(), key=lambda each: (each.day == day, each.rank, each.id))


def _due(app: App, day: date) -> Iterable[Visit]:
    routes = [row for row in app.engine.replica.all("visit_route") if isinstance(row, VisitRoute)]
    me = app.me
    for rank, stop in enumerate(stops_on(routes, app.engine.user, day), 1):
        organisation = app.organisation(stop.organisation)
        # Not on this phone: it left, or is somebody else's by now.
        if organisation is not None and organisation.status != "exited":
            yield Visit(
                id=stop.visit,
                organisation=organisation.id,
                organisation_code=organisation.code,
                organisation_name=organisation.name,
                rep=stop.rep,
                rep_name=me.name if me else "",
                day=day,
                status="planned",
                route=stop.route,
                rank=rank,
            )


def find_visit(app: App, visit_id: str) -> Visit | None:
    row = app.engine.replica.typed(Visit, "visit", visit_id)
    return row or next((visit for visit in _due(app, today(app)) if visit.id == visit_id), None)


def awaited(app: App, visit: Visit) -> tuple[VisitItem, ...]:
    """What there will be to do: the visit's own list, before the check-in the one it will get."""
    if visit.items or visit.status != "planned":
        return visit.items
    organisation = app.organisation(visit.organisation)
    row_id = template_id(organisation.type if organisation else "")
    template = app.engine.replica.typed(VisitTemplate, "visit_template", row_id)
    return template.items if template else ()


def last_visit(app: App, visit: Visit) -> Visit | None:
    """The person's own last one at the same place that said something."""
    rows = [row for row in app.engine.replica.all("visit") if isinstance(row, Visit) and row.rep == app.engine.user]
    told = [row for row in rows if row.organisation == visit.organisation and row.day < visit.day and said(row)]
    return max(told, key=lambda row: row.day, default=None)


def said(visit: Visit) -> str:
    """What was noted when it ended, else what was talked about."""
    talks = (result.text for result in visit.results.values() if result.item.kind == "talk" and result.text)
    return visit.note or next(talks, "")


def next_stop(app: App) -> Visit | None:
    """The first of today's that nobody was at yet."""
    return next((visit for visit in todays_visits(app) if visit.status == "planned"), None)


def under_way(app: App) -> Visit | None:
    """The visit the person is on; the latest where one was left open."""
    rows = [row for row in app.engine.replica.all("visit") if isinstance(row, Visit) and row.rep == app.engine.user]
    here = [(row.check_in.at, row) for row in rows if row.status == "under_way" and row.check_in]
    return max(here, key=lambda each: each[0])[1] if here else None


def fence_settings(app: App) -> VisitFence | None:
    return app.engine.replica.typed(VisitFence, "visit_fence", FENCE_ID)


def judged(app: App, organisation: Organisation, position: Position | None) -> tuple[VisitMark, Step]:
    """What a check-in from here and now would be, and what it takes."""
    settings, now = fence_settings(app), app.now()
    mode = mode_of(organisation, settings, app.engine.replica.typed(VisitShop, "visit_shop", organisation.id))
    verdict, metres = judge_at(organisation, settings, position, now)
    mark = VisitMark(at=now, verdict=verdict, mode=mode, position=position, distance=metres)
    return mark, step(mode, verdict)


def metres_to(app: App, organisation: Organisation, position: Position) -> int | None:
    """To the nearest of its addresses that is on the map."""
    return min((distance(position, fence) for fence in fences_of(organisation, fence_settings(app))), default=None)


def map_link(app: App, organisation: Organisation) -> str:
    """Where a map app shows the way; "" while nobody knows where the shop is. Positions are WGS 84, which is what
    these addresses say: maps in mainland China show them shifted otherwise."""
    places = [each for each in organisation.addresses if each.latitude is not None and each.longitude is not None]
    if not places:
        return ""
    to = places[0]
    if app.brand is not None and app.brand.time_zone in {"Asia/Shanghai", "Asia/Chongqing", "Asia/Urumqi"}:
        return (
            f"https://uri.amap.com/marker?position={to.longitude},{to.latitude}"
            f"&name={organisation.code}&coordinate=wgs84&callnative=1"
        )
    return f"https://www.google.com/maps/dir/?api=1&destination={to.latitude},{to.longitude}"


def orders_of(app: App, visit: Visit) -> list[Order]:
    """Orders taken here: those the visit names, and the person's own since the check-in."""
    since, until = visit.check_in, visit.check_out
    found = []
    for order in app.engine.replica.orders(visit.organisation, limit=_LATEST_ORDERS):
        at = order.local_at or order.placed_at
        during = (
            at is not None
            and since is not None
            and order.placed_by == visit.rep
            and at >= (since.local_at or since.at)
            and (until is None or at <= (until.local_at or until.at))
        )
        if order.id in visit.orders or (during and order.status != "cancelled"):
            found.append(order)
    return found


def counts_of(app: App, visit: Visit) -> list[str]:
    """Ids of the counts made here."""
    rows = (row for row in app.engine.replica.all("count") if getattr(row, "visit", None) == visit.id)
    return list(dict.fromkeys((*visit.counts, *(row.id for row in rows))))


def answered(app: App, visit: Visit) -> set[str]:
    """Ids of the items that are done: answered, or their paper is there."""
    done = set(visit.results)
    papers = {"order": bool(orders_of(app, visit)), "count": bool(counts_of(app, visit))}
    return done | {item.id for item in visit.items if papers.get(item.kind)}


def still_open(app: App, visit: Visit) -> list[VisitItem]:
    """What must be done and is not."""
    ids = open_items(visit.items, answered(app, visit), required=True)
    return [item for item in visit.items if item.id in ids]
