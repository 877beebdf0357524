"""What a visit is by what happened: the same for a phone's forecast and for the server.

Check-in and check-out may come from two phones, in either order, and by clocks that differ: what happened first is
the check-in, what happened last the check-out, and a visit never lasts less than nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
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


class Asked(Item, Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def choices(self) -> Sequence["Choosable"]: ...


class Choosable(Protocol):
    @property
    def id(self) -> str: ...


class Said(Protocol):
    @property
    def yes(self) -> bool | None: ...
    @property
    def number(self) -> Decimal | None: ...
    @property
    def text(self) -> str: ...
    @property
    def choice(self) -> str: ...
    @property
    def photos(self) -> Sequence[object]: ...
    @property
    def skipped(self) -> str: ...


_LARGEST = Decimal(10) ** 12
_TAKES = {
    "count": (), "order": (), "photo": ("photos",), "talk": ("text",),
    "yes_no": ("yes",), "number": ("number",), "text": ("text",), "choice": ("choice",),
}  # fmt: skip


def answer_fault(item: Asked, said: Said) -> str:
    """The field of an answer that is missing, or set where the item does not ask for it; "" for a sound one. What is
    skipped has a reason and no answer; a photo may come with words, and so may every question."""
    given = {
        "yes": said.yes is not None,
        "number": said.number is not None,
        "text": bool(said.text.strip()),
        "choice": bool(said.choice),
        "photos": bool(said.photos),
    }
    if said.skipped.strip():
        return next((name for name, there in given.items() if there), "")
    needed = _TAKES[item.answer if item.kind == "question" else item.kind]
    for name, there in given.items():
        if (name in needed) != there and not (there and name == "text"):
            return name
    if said.number is not None and not _is_figure(said.number):
        return "number"
    if said.choice and said.choice not in {each.id for each in item.choices}:
        return "choice"
    return ""


def _is_figure(number: Decimal) -> bool:
    """At most 10^12 either way, with six digits after the point."""
    return number.is_finite() and abs(number) <= _LARGEST and number == round(number, 6)
