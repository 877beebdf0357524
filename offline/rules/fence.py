"""Whether somebody stands at a shop: a position with its accuracy against the shop's fences.

Positions are WGS 84. Distances are whole metres on a sphere (haversine) of the Earth's mean radius (IUGG,
6,371,008.8 m), which differs from the ellipsoid by 0.5 % at most: nothing beside a fence. They are rounded before
anything is compared, so that the last bit of a sine never decides and every machine gives the same answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import Literal, NamedTuple, Protocol, get_args

EARTH_RADIUS = 6_371_008.8
DEFAULT_RADIUS = 200
LEAST_RADIUS, MOST_RADIUS = 20, 5_000
FRESH_SECONDS = 120
"""A position older than this at check-in says where somebody was."""
ROUGH_METRES = 1_000
"""An accuracy beyond this (a phone that knows its cell tower only) says nothing about a shop."""

Mode = Literal["off", "warn", "block"]
MODES: tuple[Mode, ...] = get_args(Mode)
Verdict = Literal["inside", "outside", "uncertain", "rough", "stale", "no_position", "no_fence"]
Step = Literal["go", "warn", "ask"]


class Place(Protocol):
    """Degrees."""

    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


class Fix(Place, Protocol):
    """``accuracy`` in metres (the circle that holds the true place in two cases of three); ``at`` aware."""

    @property
    def accuracy(self) -> float: ...
    @property
    def at(self) -> datetime: ...


class Fence(NamedTuple):
    """A circle of ``radius`` metres."""

    latitude: float
    longitude: float
    radius: int


class Reading(NamedTuple):
    """``distance`` in metres to the nearest fence's middle; None where there is nothing to measure."""

    verdict: Verdict
    distance: int | None


def distance(one: Place, other: Place) -> int:
    """Metres between two places."""
    south, north = radians(one.latitude), radians(other.latitude)
    half_north, half_east = (north - south) / 2, radians(other.longitude - one.longitude) / 2
    chord = sin(half_north) ** 2 + cos(south) * cos(north) * sin(half_east) ** 2
    return round(2 * EARTH_RADIUS * asin(min(1.0, sqrt(chord))))


def is_fence_radius(metres: int | None) -> bool:
    """Whether an address may have this; None: as its type or the brand has it."""
    return metres is None or LEAST_RADIUS <= metres <= MOST_RADIUS


def judge(fix: Fix | None, fences: Sequence[Fence], at: datetime) -> Reading:
    """Where ``fix`` lies at ``at``, by the fence it is nearest to being inside of. ``at`` is of the same clock as
    ``fix.at``, so that a phone whose clock is wrong is judged like any other.

    inside       the whole circle of accuracy lies in the fence
    outside      none of it does
    uncertain    it crosses the fence
    rough        it crosses the fence and is wider than ``ROUGH_METRES``
    stale        measured too long before (or after) ``at``
    no_position  the phone has none
    no_fence     the shop has none
    """
    if not fences:
        return Reading("no_fence", None)
    if fix is None:
        return Reading("no_position", None)
    gaps = {fence: distance(fix, fence) for fence in fences}
    nearest = min(fences, key=lambda fence: (gaps[fence] - fence.radius, fence))
    away = gaps[nearest]
    if abs((at - fix.at).total_seconds()) > FRESH_SECONDS:
        return Reading("stale", away)
    accuracy = round(fix.accuracy)
    if away + accuracy <= nearest.radius:
        return Reading("inside", away)
    if away - accuracy > nearest.radius:
        return Reading("outside", away)
    return Reading("rough" if accuracy > ROUGH_METRES else "uncertain", away)


_DOUBTFUL = frozenset({"outside", "rough", "stale", "no_position"})


def step(mode: Mode, verdict: Verdict) -> Step:
    """What checking in takes: ``go`` nothing, ``warn`` a second look, ``ask`` a reason. In doubt (``uncertain``) the
    person is believed."""
    if mode == "off" or verdict not in _DOUBTFUL:
        return "go"
    return "ask" if mode == "block" else "warn"


def nearest_setting(*from_shop_up: Mode | Literal[""] | None) -> Mode:
    """The mode that counts: the shop's own, else its type's, else the brand's; ``warn`` where nobody set one."""
    return next((mode for mode in from_shop_up if mode), "warn")


def radius_of(own: int | None, by_type: Mapping[str, int], kind: str, brand: int | None) -> int:
    """Metres: the address's own, else that of the organisation's type, else the brand's."""
    return own or by_type.get(kind) or brand or DEFAULT_RADIUS
