"""Hours in which nobody is to be disturbed: ``22:00-07:30`` at the brand's place, or ``none``."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NONE = "none"
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def are_quiet_hours(text: str) -> bool:
    """``22:00-07:30``, or ``none``. From a time to the same would be the whole day."""
    found = _HOURS.fullmatch(text)
    return text == NONE or (found is not None and text[:5] != text[6:])


def quiet_until(hours: str, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours end in which ``now`` falls at the brand's place; None outside of them."""
    found = _HOURS.fullmatch(hours)
    if found is None:
        return None
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    local = now.astimezone(ZoneInfo(zone))
    at = local.time()
    quiet = begin <= at < end if begin < end else at >= begin or at < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if begin > end and at >= begin else 0)
    return datetime.combine(day, end, local.tzinfo).astimezone(now.tzinfo)
