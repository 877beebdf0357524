"""What a visit is by what happened: the same for a phone's forecast and for the server.

Check-in and check-out may come from two phones, in either order, and by clocks that differ: what happened first is
the check-in, what happened last the check-out, and a visit never lasts less than nothing.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Literal, Protocol

Status = Literal["planned", "under_way", "done", "missed", "cancelled"]
STATUSES: tuple[Status, ...] = ("planned", "under_way", "done", "missed", "cancelled")


def status_of(*, checked_in: bool, checked_out: bool, cancelled: bool, day: date, today: date) -> Status:
    """Who was there has visited, whatever was cancelled meanwhile. A visit left open ends with its day."""
    if checked_in and checked_out:
        return "done"
    if checked_in or checked_out:
        return "under_way" if today <= day else "done"
    if cancelled:
        return "cancelled"
    return "planned" if today <= day else "missed"


def minutes_between(checked_in: datetime | None, checked_out: datetime | None) -> int | None:
    """Whole minutes, from 0; None while either is unknown."""
    if checked_in is None or checked_out is None:
        return None
    return max(0, int((checked_out - checked_in).total_seconds() // 60))


class Item(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def required(self) -> bool: ...


def open_items(items: Iterable[Item], answered: Collection[str], *, required: bool = False) -> tuple[str, ...]:
    """Ids of what is still to do, in the list's order; with ``required`` only what must be."""
    return tuple(item.id for item in items if item.id not in answered and (item.required or not required))
