"""Which calendar day it is at a brand, the same on every machine.

Phones carry no time zone database (Pyodide has none) and servers may lack one, so a day comes from ``time_zones`` and
from the rules by which clocks are put forward in summer today; years that had others are not told apart. The few zones
with a rule of their own (Cuba, Chile, Lebanon, Moldova, Morocco, Palestine, Lord Howe) are not in it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from offline.rules.time_zones import ZONES

Summer = tuple[datetime, datetime, bool]
"""Of a year: two changes, UTC, and whether it is summer between them or outside."""

_HOUR = timedelta(hours=1)
_THURSDAY, _FRIDAY, _SUNDAY = 3, 4, 6


def _nth(year: int, month: int, weekday: int, nth: int) -> datetime:
    """The ``nth`` such day of the month (from 1), at 00:00; 0: the last one."""
    if nth == 0:
        return _nth(year + month // 12, month % 12 + 1, weekday, 1) - timedelta(days=7)
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _europe(year: int, _standard: timedelta) -> Summer:
    """Everywhere at 01:00 UTC."""
    return _nth(year, 3, _SUNDAY, 0) + _HOUR, _nth(year, 10, _SUNDAY, 0) + _HOUR, True


def _north_america(year: int, standard: timedelta) -> Summer:
    return _nth(year, 3, _SUNDAY, 2) + 2 * _HOUR - standard, _nth(year, 11, _SUNDAY, 1) + _HOUR - standard, True


def _israel(year: int, standard: timedelta) -> Summer:
    friday = _nth(year, 3, _SUNDAY, 0) - timedelta(days=2)
    return friday + 2 * _HOUR - standard, _nth(year, 10, _SUNDAY, 0) + _HOUR - standard, True


def _egypt(year: int, standard: timedelta) -> Summer:
    """From the last Friday of April to the end of the last Thursday of October."""
    return _nth(year, 4, _FRIDAY, 0) - standard, _nth(year, 10, _THURSDAY, 0) + 23 * _HOUR - standard, True


def _australia(year: int, standard: timedelta) -> Summer:
    return _nth(year, 4, _SUNDAY, 1) + 2 * _HOUR - standard, _nth(year, 10, _SUNDAY, 1) + 2 * _HOUR - standard, False


def _new_zealand(year: int, _standard: timedelta) -> Summer:
    """Everywhere at 14:00 UTC, which is 02:00 in Auckland."""
    return _nth(year, 4, _SUNDAY, 1) - 10 * _HOUR, _nth(year, 9, _SUNDAY, 0) - 10 * _HOUR, False


_RULES: dict[str, Callable[[int, timedelta], Summer]] = {
    "europe": _europe,
    "north_america": _north_america,
    "israel": _israel,
    "egypt": _egypt,
    "australia": _australia,
    "new_zealand": _new_zealand,
}


def _read(table: str) -> dict[str, tuple[timedelta, str]]:
    """Standard time and the name of the rule, by zone."""
    found = {}
    for line in table.strip().replace("\n  ", " ").splitlines():
        minutes, rule, *zones = line.split()
        found.update(dict.fromkeys(zones, (timedelta(minutes=int(minutes)), rule)))
    return found


_ZONES = _read(ZONES)
_UTC = timedelta(), "-"


@lru_cache(maxsize=256)
def _summer(rule: str, year: int, standard: timedelta) -> Summer:
    return _RULES[rule](year, standard)


def _offset(at: datetime, time_zone: str) -> timedelta:
    """How far clocks in ``time_zone`` are ahead of UTC at ``at`` (in UTC)."""
    standard, rule = _ZONES.get(time_zone, _UTC)
    if rule == "-":
        return standard
    first, second, between = _summer(rule, at.year, standard)
    return standard + _HOUR if (first <= at < second) == between else standard


def local_day(at: datetime, time_zone: str) -> date:
    """The day at ``at`` (aware) in ``time_zone`` (IANA name); the UTC day for a zone that is not in the table."""
    at = at.astimezone(UTC)
    return (at + _offset(at, time_zone)).date()


def moment_of_clock(at: datetime, time_zone: str) -> datetime:
    """When a clock on a wall in ``time_zone`` shows ``at``, UTC; an aware ``at`` is what it is. Of an hour that comes
    twice the first; one that is left out is read as if the clock had not been put forward yet."""
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    standard, _ = _ZONES.get(time_zone, _UTC)
    late = at.replace(tzinfo=UTC) - standard
    early = late - _HOUR
    return early if _offset(early, time_zone) > standard else late
