"""What the desk asks about notices online, and the answers."""

from datetime import datetime

import msgspec

from offline.rules.notices import Stage
from offline.wire.notices import Audience
from offline.wire.rows import Names


class ReachAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    audience: Audience


class ReachFound(msgspec.Struct, frozen=True):
    """``silent``: of the organisations addressed, those in which nobody gets it."""

    people: int
    organisations: int
    silent: int


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody a notice is for, and how far with what is asked now. ``confirmed`` is the revision last confirmed, 0 =
    none."""

    id: str
    name: str
    organisation: str
    organisation_code: str
    organisation_name: Names
    territory: str
    rep_name: str
    stage: Stage
    delivered_at: datetime | None
    opened_at: datetime | None
    confirmed_at: datetime | None
    confirmed: int
    reminded_at: datetime | None


class ReaderPage(msgspec.Struct, frozen=True, kw_only=True):
    """``cursor``: for the next page; empty = this is the last."""

    readers: tuple[Reader, ...]
    cursor: str = ""
