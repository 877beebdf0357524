"""When quiet hours end in which a moment falls: at the brand's place, over midnight, over a change of the clocks."""

from datetime import UTC, datetime

import pytest

from backend.quiet_hours import are_quiet_hours, quiet_until

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


@pytest.mark.parametrize(
    ("hours", "zone", "now", "until"),
    [
        # 22:00 to 07:30 in Shanghai is 14:00 to 23:30 UTC.
        ("22:00-07:30", SHANGHAI, "2026-03-01T13:59", ""),
        ("22:00-07:30", SHANGHAI, "2026-03-01T14:00", "2026-03-01T23:30"),
        ("22:00-07:30", SHANGHAI, "2026-03-01T18:00", "2026-03-01T23:30"),  # two o'clock of the day on which they end
        ("22:00-07:30", SHANGHAI, "2026-03-01T23:30", ""),
        ("12:00-14:00", SHANGHAI, "2026-03-01T03:59", ""),
        ("12:00-14:00", SHANGHAI, "2026-03-01T04:00", "2026-03-01T06:00"),
        ("12:00-14:00", SHANGHAI, "2026-03-01T06:00", ""),
        # The night in which the clocks go forward is an hour shorter.
        ("22:00-07:30", BERLIN, "2026-03-28T22:00", "2026-03-29T05:30"),
        ("none", SHANGHAI, "2026-03-01T18:00", ""),
    ],
)
def test_when_quiet_hours_end(hours: str, zone: str, now: str, until: str) -> None:
    found = quiet_until(hours, zone, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


def test_what_are_quiet_hours() -> None:
    right = ["none", "22:00-07:30", "00:00-23:59"]
    wrong = ["", "22-7", "24:00-07:30", "22:00-22:00", "22:00-07:60", "22:00-07:30 ", "２２:00-07:30"]
    assert [text for text in right + wrong if are_quiet_hours(text)] == right
