"""The calendar day at a brand, held against the time zone database that phones do not have."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.days import _ZONES, local_day, moment_of_clock

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
# Their summers follow rules of their own; for them a day is UTC's.
_OWN_RULES = {
    *("Africa/Casablanca", "Africa/El_Aaiun", "America/Havana", "America/Santiago", "Antarctica/Troll", "Asia/Beirut"),
    *("Asia/Gaza", "Asia/Hebron", "Australia/LHI", "Australia/Lord_Howe", "Chile/Continental", "Chile/EasterIsland"),
    *("Cuba", "Europe/Chisinau", "Europe/Tiraspol", "Pacific/Easter"),
}
# What a brand's setting does not take.
_NO_ZONES = {"localtime", "Factory"}


@given(MOMENTS, st.sampled_from(sorted(_ZONES)))
def test_the_day_is_that_of_the_clocks_there(at: datetime, zone: str) -> None:
    assert local_day(at, zone) == at.astimezone(ZoneInfo(zone)).date()


def test_clocks_change_at_the_right_hour() -> None:
    """By the clock on the wall of one zone of each kind: what a camera writes is read back as the moment it was."""
    zones = {way: zone for zone, way in sorted(_ZONES.items())}.values()
    for zone in zones:
        there, at = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)
        while at.year < 2028:
            wall = at.astimezone(there)
            # Of an hour that comes twice nobody can say which it was.
            expected = wall.replace(fold=0).astimezone(UTC)
            assert moment_of_clock(wall.replace(tzinfo=None), zone) == expected, (zone, wall)
            changing = wall.utcoffset() != (at + timedelta(hours=12)).astimezone(there).utcoffset()
            at += timedelta(minutes=15) if changing or at.hour % 12 else timedelta(hours=12)


def test_a_clock_that_is_put_forward_has_no_hour_that_fails() -> None:
    for minutes in range(0, 60, 5):
        told = datetime(2026, 3, 29, 2, minutes, tzinfo=UTC)
        assert moment_of_clock(told.replace(tzinfo=None), "Europe/Berlin") == told - timedelta(hours=1)


def test_a_summer_day_begins_at_midnight() -> None:
    """By standard time the desk's "today" began at 01:00."""
    assert local_day(datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "Europe/Berlin") == date(2026, 7, 2)
    assert local_day(datetime(2026, 7, 1, 21, 59, tzinfo=UTC), "Europe/Berlin") == date(2026, 7, 1)
    assert local_day(datetime(2026, 12, 1, 22, 0, tzinfo=UTC), "Europe/Berlin") == date(2026, 12, 1)


def test_every_zone_that_a_brand_may_choose_has_its_days() -> None:
    assert available_timezones() - _NO_ZONES - _ZONES.keys() == _OWN_RULES
    assert local_day(datetime(2026, 7, 1, 23, 59, tzinfo=UTC), "Cuba") == date(2026, 7, 1)
