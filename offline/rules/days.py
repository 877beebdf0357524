"""Which calendar day it is at a brand, the same on every machine.

Phones carry no time zone database (Pyodide has none) and servers may lack one, so the days of date windows come from
this table of standard offsets. Where clocks are put forward in summer a window opens at 01:00 local time: an hour
nobody orders in, for an answer that never differs between phone and server.
"""

from datetime import UTC, date, datetime, timedelta

_MINUTES = {
    "Asia/Shanghai": 480,
    "Asia/Chongqing": 480,
    "Asia/Urumqi": 360,
    "Asia/Hong_Kong": 480,
    "Asia/Macau": 480,
    "Asia/Taipei": 480,
    "Asia/Singapore": 480,
    "Asia/Kuala_Lumpur": 480,
    "Asia/Manila": 480,
    "Australia/Perth": 480,
    "Asia/Tokyo": 540,
    "Asia/Seoul": 540,
    "Australia/Brisbane": 600,
    "Australia/Melbourne": 600,
    "Australia/Sydney": 600,
    "Pacific/Auckland": 720,
    "Asia/Bangkok": 420,
    "Asia/Ho_Chi_Minh": 420,
    "Asia/Jakarta": 420,
    "Asia/Yangon": 390,
    "Asia/Dhaka": 360,
    "Asia/Almaty": 300,
    "Asia/Kathmandu": 345,
    "Asia/Kolkata": 330,
    "Asia/Karachi": 300,
    "Asia/Tashkent": 300,
    "Asia/Dubai": 240,
    "Asia/Riyadh": 180,
    "Asia/Kuwait": 180,
    "Europe/Istanbul": 180,
    "Europe/Moscow": 180,
    "Africa/Nairobi": 180,
    "Africa/Cairo": 120,
    "Africa/Johannesburg": 120,
    "Asia/Jerusalem": 120,
    "Europe/Athens": 120,
    "Europe/Kyiv": 120,
    "Africa/Lagos": 60,
    **dict.fromkeys(("Europe/Amsterdam", "Europe/Berlin", "Europe/Brussels", "Europe/Copenhagen"), 60),
    **dict.fromkeys(("Europe/Madrid", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome"), 60),
    **dict.fromkeys(("Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich"), 60),
    "Europe/Dublin": 0,
    "Europe/Lisbon": 0,
    "Europe/London": 0,
    "America/Sao_Paulo": -180,
    "America/Argentina/Buenos_Aires": -180,
    "America/Halifax": -240,
    "America/New_York": -300,
    "America/Toronto": -300,
    "America/Bogota": -300,
    "America/Lima": -300,
    "America/Chicago": -360,
    "America/Mexico_City": -360,
    "America/Denver": -420,
    "America/Los_Angeles": -480,
    "America/Vancouver": -480,
}


def local_day(at: datetime, time_zone: str) -> date:
    """The day at ``at`` (aware) in ``time_zone`` (IANA name); the UTC day for a zone that is not in the table."""
    offset = at.utcoffset() or timedelta()
    return (at - offset + timedelta(minutes=_MINUTES.get(time_zone, 0))).date()


def moment_of_clock(at: datetime, time_zone: str) -> datetime:
    """When a clock on a wall in ``time_zone`` shows ``at``, UTC; an aware ``at`` is what it is."""
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    return at.replace(tzinfo=UTC) - timedelta(minutes=_MINUTES.get(time_zone, 0))
