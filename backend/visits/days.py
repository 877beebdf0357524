"""The rows of a day: made as it begins at the brand, closed when it is over, put away when it is long past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity import service as identity
from backend.jobs.service import Chore, in_parts
from backend.partners import service as partners
from backend.partners.service import Organisation
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids
from backend.visits import queries
from backend.visits.holding import add_event, new_visit, settle_on
from backend.visits.models import Visit
from backend.visits.rows import announce_visit, route_row, visit_row
from offline.rules.days import local_day
from offline.rules.routes import Stop, stops_on
from offline.wire import visits as wire

DAYS_KEPT = 70
"""How long a visit stays on phones and at the desk."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Day:
    """``day`` is the brand's, ``now`` within it or later."""

    session: AsyncSession
    tenant_id: str
    day: date
    now: datetime
    changes: Changes

    async def plan(self, reps: set[str] | None = None) -> int:
        """Bring the rows in line with the routes: make those that are due, take back those that are no longer and
        that nobody has touched. ``reps`` None: everybody's. Returns how many came or went."""
        routes = [route_row(route) for route in await queries.routes(self.session, self.tenant_id)]
        count = 0
        for rep in sorted({route.rep for route in routes} if reps is None else reps):
            name = await identity.name_of(self.session, self.tenant_id, rep)
            stops = stops_on(routes, rep, self.day) if name is not None else ()
            known = await queries.visits_on(self.session, self.tenant_id, rep, self.day)
            shops = await self._shops(rep, stops)
            due = {stop.visit: (rank, stop) for rank, stop in enumerate(stops, 1) if stop.organisation in shops}
            for visit_id in sorted(known.keys() - due.keys()):
                count += await self._take_back(known[visit_id])
            for visit_id, (rank, stop) in due.items():
                visit = known.get(visit_id) or self._make(stop, name or "", shops[stop.organisation])
                count += self._place(visit, stop, rank)
        await self.session.flush()
        return count

    async def _shops(self, rep: str, stops: tuple[Stop, ...]) -> Mapping[str, Organisation]:
        """Those of the stops that the person may visit now: who left, or is another's by now, is not due."""
        user = await identity.user_of(self.session, self.tenant_id, rep) if stops else None
        if user is None:
            return {}
        seen = await partners.reach(self.session, user)
        found = await partners.organisations(self.session, self.tenant_id, {stop.organisation for stop in stops})
        return {id_: row for id_, row in found.items() if row.status != "exited" and (seen is None or id_ in seen)}

    async def _take_back(self, visit: Visit) -> int:
        if visit.status != "planned" or visit.route_id is None or len(visit.events) > 1:
            return 0
        await self.session.delete(visit)
        self.changes.delete("visit", visit.id)
        return 1

    def _make(self, stop: Stop, rep_name: str, organisation: Organisation) -> Visit:
        visit = new_visit(self.tenant_id, stop.visit, organisation, stop.day, (stop.rep, rep_name))
        add_event(visit, wire.VisitEvent(kind="planned", at=self.now))
        self.session.add(visit)
        return visit

    def _place(self, visit: Visit, stop: Stop, rank: int) -> int:
        if (visit.route_id, visit.rank) == (stop.route, rank):
            return 0
        visit.route_id, visit.rank, visit.changed_at = stop.route, rank, self.now
        announce_visit(self.changes, visit)
        return 1

    async def close_earlier(self) -> int:
        """What was open before this day is missed, or done without a check-out. Returns how many."""
        found = await queries.unfinished_before(self.session, self.tenant_id, self.day, _AT_ONCE)
        for visit in found:
            settle_on(visit, self.day, self.now)
            kind = "missed" if visit.status == "missed" else "left_open"
            add_event(visit, wire.VisitEvent(kind=kind, at=self.now))
            announce_visit(self.changes, visit)
        await self.session.flush()
        return len(found)

    async def shelve_old(self) -> int:
        """Old visits leave phones and the desk; on the server they stay. Returns how many."""
        held, before = held_ids(self.tenant_id, "visit"), self.day - timedelta(days=DAYS_KEPT)
        found = await queries.held_before(self.session, self.tenant_id, held, before, _AT_ONCE)
        for visit in found:
            # No scope holds it any more.
            self.changes.put("visit", visit_row(visit))
        return len(found)


async def keep_visits(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore, so often that a day's rows are there soon after it begins at the brand. Returns how many rows
    came, went or were closed."""
    today = local_day(now, (await identity.brand_of(session, tenant_id)).time_zone)
    day = Day(session, tenant_id, today, now, Changes())
    done = await day.plan() + await day.close_earlier() + await day.shelve_old()
    await flush_changes(session, tenant_id, day.changes, now)
    return done


CHORES: dict[str, Chore] = {"visit.days": Chore(in_parts(keep_visits, _AT_ONCE), every=timedelta(minutes=10))}
