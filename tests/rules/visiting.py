"""The rules of visits as ``run_vectors`` calls them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, get_args

import msgspec

from offline.rules.facts import Facts
from offline.rules.fence import Fence, Verdict, judge, nearest_setting, radius_of, step
from offline.rules.routes import is_due, planned_visit, stops_on
from offline.rules.visits import minutes_between, open_items, status_of

Given = dict[str, Any]
CHECKED_AT = datetime(2026, 7, 14, 2, 0, tzinfo=UTC)


class Fix(NamedTuple):
    latitude: float
    longitude: float
    accuracy: float
    at: datetime


class Item(NamedTuple):
    id: str
    required: bool


class Walk(msgspec.Struct, frozen=True):
    """A route, as far as the rules look."""

    starts_on: date
    id: str = "a"
    rep: str = "r"
    stops: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    every: int = 1
    dates: tuple[date, ...] = ()
    ends_on: date | None = None
    active: bool = True


def _fence(_facts: Facts | None, given: Given) -> Any:
    at = CHECKED_AT - timedelta(seconds=given.get("age", 0))
    latitude, longitude, accuracy = given.get("fix", (0, 0, 0))
    fix = Fix(latitude, longitude, accuracy, at) if "fix" in given else None
    return judge(fix, [Fence(*each) for each in given["fences"]], CHECKED_AT)._asdict()


def _due_days(_facts: Facts | None, given: Given) -> list[str]:
    route, first = msgspec.convert(given["route"], Walk), date.fromisoformat(given["from"])
    days = (first + timedelta(days=number) for number in range(given["days"]))
    return [day.isoformat() for day in days if is_due(route, day)]


def _stops(_facts: Facts | None, given: Given) -> list[list[str]]:
    routes = msgspec.convert(given["routes"], list[Walk])
    found = stops_on(routes, given["rep"], date.fromisoformat(given["day"]))
    return [[stop.organisation, stop.route] for stop in found]


def _status(_facts: Facts | None, given: Given) -> str:
    return status_of(
        checked_in=given.get("in", False),
        checked_out=given.get("out", False),
        cancelled=given.get("cancelled", False),
        day=date.fromisoformat(given["day"]),
        today=date.fromisoformat(given["today"]),
    )


def _minutes(_facts: Facts | None, given: Given) -> int | None:
    first, last = (datetime.fromisoformat(given[name]) if name in given else None for name in ("in", "out"))
    return minutes_between(first, last)


def _open(_facts: Facts | None, given: Given) -> tuple[str, ...]:
    items = [Item(*each) for each in given["items"]]
    return open_items(items, given["answered"], required=given.get("required", False))


VISITING: dict[str, Callable[[Facts | None, Given], Any]] = {
    "fence": _fence,
    "fence_step": lambda _, given: {verdict: step(given["mode"], verdict) for verdict in get_args(Verdict)},
    "fence_mode": lambda _, given: nearest_setting(*given["modes"]),
    "fence_radius": lambda _, given: radius_of(given["own"], given["by_type"], "shop", given["brand"]),
    "due_days": _due_days,
    "stops": _stops,
    "planned_visit": lambda _, given: planned_visit(
        given["rep"], given["organisation"], date.fromisoformat(given["day"])
    ),
    "visit_status": _status,
    "visit_minutes": _minutes,
    "visit_open": _open,
}
