"""How long an order waits for its customer's word on new prices.

Its goods stay reserved and its credit counted meanwhile, so the brand says for how long
(``Brand.price_hold_hours``, 0: for ever). A reminder always comes first, and after it there is as much time as the
setting promises, also when the brand shortens it while the order waits. Who stopped an order by hand wants it kept:
nothing ends meanwhile, and once it goes on there is that much time again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from offline.wire.rows import PaperEvent

_LONGEST_LEAD = timedelta(hours=24)
Step = Literal["", "remind", "let_go"]


def let_go_at(holds: Collection[str], events: Sequence[PaperEvent], hours: int, now: datetime) -> datetime | None:
    """Until when the customer may still decide, as far as it is known ``now``; None for an order that waits for no
    price, or for ever, or is stopped by hand. ``holds`` and ``events`` are the order's, ``hours`` the brand's."""
    since = _last(events, "price_hold")
    by_hand = _last(events, "held", "released")
    if not hours or since is None or "price" not in holds or (by_hand is not None and by_hand.kind == "held"):
        return None
    reminded = _last(events, "price_reminder")
    # One that is late still comes first.
    told = reminded.at if reminded is not None else now
    went_on = by_hand.at if by_hand is not None else told
    return max(since.at + timedelta(hours=hours), max(told, went_on) + _lead(hours))


def next_step(holds: Collection[str], events: Sequence[PaperEvent], hours: int, now: datetime) -> Step:
    """What is due ``now``: half of the time before the end, at most a day, people are reminded."""
    end = let_go_at(holds, events, hours, now)
    if end is None:
        return ""
    if _last(events, "price_reminder") is None:
        return "remind" if end <= now + _lead(hours) else ""
    return "let_go" if end <= now else ""


def _lead(hours: int) -> timedelta:
    """From the reminder to the end."""
    return min(_LONGEST_LEAD, timedelta(hours=hours) / 2)


def _last(events: Sequence[PaperEvent], *kinds: str) -> PaperEvent | None:
    return next((event for event in reversed(events) if event.kind in kinds), None)
