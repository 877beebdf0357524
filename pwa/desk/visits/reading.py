"""What the desk's visit screens ask of the replica."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from offline.rules.routes import stops_on
from offline.wire.rows import Row
from offline.wire.visits import Visit, VisitRoute, VisitShop
from pwa.desk.state import DeskState

R = TypeVar("R", bound=Row)


def _rows(desk: DeskState, kind: type[R], entity: str) -> list[R]:
    return desk.reads.kept(entity, lambda: [row for row in desk.reads.replica.all(entity) if isinstance(row, kind)])


def routes(desk: DeskState) -> list[VisitRoute]:
    return sorted(_rows(desk, VisitRoute, "visit_route"), key=lambda row: (not row.active, row.rep_name, row.name))


def proposals(desk: DeskState) -> list[VisitShop]:
    """Shops whose place somebody proposed on the spot."""
    return [row for row in _rows(desk, VisitShop, "visit_shop") if row.proposal is not None]


def reps(desk: DeskState) -> dict[str, str]:
    """User id -> name: whoever has routes, visits or customers."""
    found = dict(desk.reads.reps())
    named: list[VisitRoute | Visit] = [*_rows(desk, VisitRoute, "visit_route"), *_rows(desk, Visit, "visit")]
    return found | {row.rep: row.rep_name for row in named if row.rep_name}


def visits_on(desk: DeskState, day: date) -> Mapping[str, list[Visit]]:
    """By rep, in the order of the day: what is there, and what routes make due that nobody has told of yet."""

    def make() -> dict[str, list[Visit]]:
        found: dict[str, list[Visit]] = {}
        for row in _rows(desk, Visit, "visit"):
            if row.day == day:
                found.setdefault(row.rep, []).append(row)
        for rep, name in reps(desk).items():
            known = {row.id for row in found.get(rep, ())}
            for rank, stop in enumerate(stops_on(routes(desk), rep, day), 1):
                shop = desk.reads.organisation(stop.organisation)
                if stop.visit not in known and shop is not None and shop.status != "exited":
                    visit = Visit(
                        id=stop.visit, organisation=shop.id, organisation_code=shop.code, organisation_name=shop.name,
                        rep=rep, rep_name=name, day=day, status="planned", route=stop.route, rank=rank,
                    )  # fmt: skip
                    found.setdefault(rep, []).append(visit)
        return {rep: sorted(rows, key=lambda row: (row.rank, row.id)) for rep, rows in found.items()}

    return desk.reads.kept(("visits", day), make)


def is_outside(visit: Visit) -> bool:
    """Elsewhere, or nobody knows, where head office checks it."""
    mark = visit.check_in
    return mark is not None and mark.mode != "off" and mark.verdict in {"outside", "rough", "stale", "no_position"}
