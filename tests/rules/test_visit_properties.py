"""What holds for every position, fence and route."""

import json
from datetime import date, timedelta
from math import acos, cos, pi, radians, sin
from typing import get_args

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from offline.rules.fence import EARTH_RADIUS, MODES, Fence, Verdict, distance, judge, step
from offline.rules.routes import is_due, stops_on
from offline.rules.visits import STATUSES, open_items, status_of
from offline.wire.files import Position
from tests.rules.visiting import CHECKED_AT, Fix, Item, Walk

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
FIXES = st.builds(Fix, LATITUDES, LONGITUDES, st.floats(0, 5000), st.just(CHECKED_AT))
FENCES = st.lists(st.builds(Fence, LATITUDES, LONGITUDES, st.integers(20, 5000)), min_size=1, max_size=4)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
WALKS = st.builds(
    Walk,
    id=st.uuids().map(str),
    rep=st.sampled_from(("r", "q")),
    stops=st.lists(st.sampled_from("abcdef"), unique=True, max_size=6).map(tuple),
    weekdays=st.lists(st.integers(1, 7), unique=True).map(tuple),
    every=st.integers(1, 8),
    dates=st.lists(DAYS, max_size=5).map(tuple),
    starts_on=DAYS,
    ends_on=st.none() | DAYS,
    active=st.booleans(),
)


@given(FIXES, FIXES)
def test_a_distance_is_one_both_ways_and_never_more_than_half_around(one: Fix, other: Fix) -> None:
    away = distance(one, other)
    assert away == distance(other, one)
    assert 0 <= away <= round(pi * EARTH_RADIUS)
    assert distance(one, one) == 0


@given(FIXES, FIXES)
def test_it_agrees_with_the_law_of_cosines(one: Fix, other: Fix) -> None:
    south, north = radians(one.latitude), radians(other.latitude)
    turn = cos(radians(one.longitude - other.longitude))
    angle = sin(south) * sin(north) + cos(south) * cos(north) * turn
    # Near 1 and -1 that formula loses its digits; that is why it is not the one in use.
    assume(abs(angle) < 0.9999)
    assert abs(distance(one, other) - acos(angle) * EARTH_RADIUS) <= 1


@given(FIXES, FENCES)
def test_inside_and_outside_leave_no_doubt(fix: Fix, fences: list[Fence]) -> None:
    verdict, away = judge(fix, fences, CHECKED_AT)
    assert away is not None
    gaps = [(distance(fix, fence), fence.radius) for fence in fences]
    fits = any(gap + round(fix.accuracy) <= radius for gap, radius in gaps)
    misses = all(gap - round(fix.accuracy) > radius for gap, radius in gaps)
    assert (verdict == "inside", verdict == "outside") == (fits, misses)
    assert away in {gap for gap, _ in gaps}


@given(FIXES, FENCES, st.floats(0, 5000))
def test_a_better_accuracy_never_loses_an_inside(fix: Fix, fences: list[Fence], accuracy: float) -> None:
    assume(accuracy <= fix.accuracy)
    if judge(fix, fences, CHECKED_AT).verdict == "inside":
        assert judge(fix._replace(accuracy=accuracy), fences, CHECKED_AT).verdict == "inside"


@given(FIXES, FENCES, st.integers(-1000, 1000))
def test_only_the_age_makes_a_position_stale(fix: Fix, fences: list[Fence], age: int) -> None:
    old = fix._replace(at=CHECKED_AT - timedelta(seconds=age))
    assert (judge(old, fences, CHECKED_AT).verdict == "stale") == (abs(age) > 120)


@given(st.floats(), st.floats(), st.floats())
def test_what_is_no_place_on_earth_does_not_get_in_and_any_other_is_judged(
    latitude: float, longitude: float, accuracy: float
) -> None:
    place = {"latitude": latitude, "longitude": longitude, "accuracy": accuracy, "at": CHECKED_AT.isoformat()}
    on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and 0 <= accuracy <= 1e7
    try:
        fix = msgspec.json.decode(json.dumps(place), type=Position)
    except msgspec.DecodeError:
        assert not on_earth
    else:
        assert on_earth
        judge(fix, [Fence(0, 0, 100)], CHECKED_AT)


def test_a_stricter_mode_never_asks_less() -> None:
    strength = ("go", "warn", "ask")
    for verdict in get_args(Verdict):
        asked = [strength.index(step(mode, verdict)) for mode in MODES]
        assert asked == sorted(asked)


@given(WALKS, DAYS)
def test_a_route_comes_again_after_its_weeks(route: Walk, day: date) -> None:
    later = day + timedelta(weeks=route.every)
    assume(day not in route.dates and later not in route.dates)
    assume(route.ends_on is None or later <= route.ends_on)
    if is_due(route, day):
        assert is_due(route, later)
        between = (day + timedelta(weeks=number) for number in range(1, route.every))
        assert not any(is_due(route, each) for each in between if each not in route.dates)


@given(st.lists(WALKS, max_size=5), DAYS)
def test_a_shop_is_due_once_and_only_by_a_route_that_names_it(routes: list[Walk], day: date) -> None:
    stops = stops_on(routes, "r", day)
    due = [route for route in routes if route.rep == "r" and is_due(route, day)]
    assert {stop.organisation for stop in stops} == {each for route in due for each in route.stops}
    assert len({stop.visit for stop in stops}) == len(stops)
    assert stops_on(routes[::-1], "r", day) == stops


@given(st.booleans(), st.booleans(), st.booleans(), DAYS, DAYS)
def test_a_visit_has_one_status_and_ends_with_its_day(
    checked_in: bool, checked_out: bool, cancelled: bool, day: date, today: date
) -> None:
    found = status_of(checked_in=checked_in, checked_out=checked_out, cancelled=cancelled, day=day, today=today)
    assert found in STATUSES
    assert (found in {"done", "under_way"}) == (checked_in or checked_out)
    assert found not in {"planned", "under_way"} or today <= day


@given(st.lists(st.builds(Item, st.sampled_from("abcd"), st.booleans())), st.sets(st.sampled_from("abcde")))
def test_what_must_be_done_is_part_of_what_is_open(items: list[Item], answered: set[str]) -> None:
    still = open_items(items, answered)
    assert set(open_items(items, answered, required=True)) <= set(still)
    assert not set(still) & answered
