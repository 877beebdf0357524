"""What a notice may become, what it asks of a reader, and how far the reader is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

from offline.rules.audiences import is_empty
from offline.wire.notices import MAX_BODY, MAX_TITLE, Audience, Notice, NoticeState, NoticeStatus

REMIND_EVERY = timedelta(hours=12)
Duty = Literal["none", "read", "confirm"]
Stage = Literal["addressed", "delivered", "opened", "confirmed"]

# command -> the statuses in which it may be given
_ALLOWED: Mapping[str, frozenset[NoticeStatus]] = {
    "notice.save": frozenset({"draft", "scheduled"}),
    "notice.send": frozenset({"draft", "scheduled"}),
    "notice.unschedule": frozenset({"scheduled"}),
    "notice.discard": frozenset({"draft"}),
    "notice.correct": frozenset({"sending", "sent"}),
    "notice.withdraw": frozenset({"sending", "sent"}),
    "notice.remind": frozenset({"sent"}),
}


class Progress(Protocol):
    """How far one reader is, on either side. ``opened`` and ``confirmed``: the latest revision, 0 = never."""

    @property
    def delivered(self) -> bool: ...
    @property
    def opened(self) -> int: ...
    @property
    def confirmed(self) -> int: ...


def may(command: str, status: str) -> bool:
    """Whether a command about a notice may be given while it is in ``status``."""
    return status in _ALLOWED[command]


def text_faults(title: Mapping[str, str], text: Mapping[str, str]) -> tuple[str, ...]:
    """What keeps a notice from being sent, as ``field`` or ``field.language``: at least one language must be whole,
    and none may have a title without a text or the other way round. Empty = fine."""
    languages = [tag for tag in {**title, **text} if title.get(tag, "").strip() or text.get(tag, "").strip()]
    if not languages:
        return ("title", "text")
    faults: list[str] = []
    for tag in sorted(languages):
        faults += [
            f"{name}.{tag}" for name, texts in (("title", title), ("text", text)) if not texts.get(tag, "").strip()
        ]
    return (*faults, *length_faults(title, text))


def length_faults(title: Mapping[str, str], text: Mapping[str, str]) -> tuple[str, ...]:
    """What is too long even for a draft, as ``field.language``."""
    return (
        *(f"title.{tag}" for tag, value in sorted(title.items()) if len(value) > MAX_TITLE),
        *(f"text.{tag}" for tag, value in sorted(text.items()) if len(value) > MAX_BODY),
    )


def sending_faults(
    title: Mapping[str, str], text: Mapping[str, str], audience: Audience, *, due_at: datetime | None, at: datetime
) -> tuple[str, ...]:
    """What keeps a notice from going out at ``at``; empty = it may."""
    faults = list(text_faults(title, text))
    if is_empty(audience):
        faults.append("audience")
    if due_at is not None and due_at <= at:
        faults.append("due_at")
    return tuple(faults)


def duty(notice: Notice, state: Progress) -> Duty:
    """What the reader still has to do."""
    if notice.status == "withdrawn":
        return "none"
    if notice.confirm and state.confirmed < notice.asked:
        return "confirm"
    return "read" if state.opened < notice.asked else "none"


def is_unread(notice: Notice, state: Progress) -> bool:
    """Whether the reader has not seen what counts. Withdrawn ones are not unread: there is nothing to read."""
    return notice.status != "withdrawn" and state.opened < notice.asked


def is_overdue(notice: Notice, state: Progress, now: datetime) -> bool:
    return notice.due_at is not None and notice.due_at <= now and duty(notice, state) == "confirm"


def stage(asked: int, state: Progress) -> Stage:
    """The furthest a reader has come with what is asked now. Each stage holds those after it: who confirmed has
    opened, who opened has it."""
    if state.confirmed >= asked:
        return "confirmed"
    if state.opened >= asked:
        return "opened"
    return "delivered" if state.delivered or state.opened or state.confirmed else "addressed"


def rank(notice: Notice, state: NoticeState, now: datetime) -> tuple[bool, bool, bool, bool, float]:
    """What a list of notices is sorted by, ascending: what is urgent and still to be done, what is overdue, pinned
    ones, other work, the newest."""
    waiting = duty(notice, state) != "none"
    pinned = notice.pinned and notice.status == "sent"
    latest = max(notice.sent_at, notice.corrected_at or notice.sent_at)
    return (
        not (waiting and notice.urgent),
        not is_overdue(notice, state, now),
        not pinned,
        not waiting,
        -latest.timestamp(),
    )


def may_remind(reminded_at: datetime | None, now: datetime) -> bool:
    """Nobody is reminded of the same notice more often than every 12 hours."""
    return reminded_at is None or now - reminded_at >= REMIND_EVERY


def next_reminder(reminded_at: datetime) -> datetime:
    return reminded_at + REMIND_EVERY
