"""Which visits are due on a day: routes of a person, by weekday, every so many weeks, or on listed days."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from offline.ids import derived_id


class Route(Protocol):
    """``weekdays`` 1 = Monday .. 7 = Sunday; ``every`` 2 = every other week, counted from the week (Monday to Sunday)
    of ``starts_on``. ``dates`` come on top, whatever the weeks."""

    @property
    def id(self) -> str: ...
    @property
    def rep(self) -> str: ...
    @property
    def stops(self) -> tuple[str, ...]: ...
    @property
    def weekdays(self) -> tuple[int, ...]: ...
    @property
    def every(self) -> int: ...
    @property
    def dates(self) -> tuple[date, ...]: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def active(self) -> bool: ...


class Stop(NamedTuple):
    """One visit that is due, in the order of the day."""

    visit: str
    rep: str
    organisation: str
    day: date
    route: str


def is_due(route: Route, day: date) -> bool:
    """Whether ``route`` is walked on ``day``, a day at the brand."""
    if not route.active or day < route.starts_on or (route.ends_on is not None and day > route.ends_on):
        return False
    if day in route.dates:
        return True
    weeks = (_monday(day) - _monday(route.starts_on)).days // 7
    return day.isoweekday() in route.weekdays and weeks % max(1, route.every) == 0


def _monday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() - 1)


def stops_on(routes: Iterable[Route], rep: str, day: date) -> tuple[Stop, ...]:
    """What ``rep`` has to visit on ``day``: each organisation once, by the first route (by id) that names it."""
    found: dict[str, Stop] = {}
    for route in sorted(routes, key=lambda each: each.id):
        if route.rep == rep and is_due(route, day):
            for organisation in route.stops:
                visit = planned_visit(rep, organisation, day)
                found.setdefault(organisation, Stop(visit, rep, organisation, day, route.id))
    return tuple(found.values())


def planned_visit(rep: str, organisation: str, day: date) -> str:
    """The id of the visit that is due: the same on every phone and on the server, which need not talk about it."""
    return derived_id("visit", rep, organisation, day.isoformat())
