"""How the vectors of notices are run: no more than putting their JSON into the rules' own types."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from offline.rules import notices, prose
from offline.rules.audiences import Person, is_empty, reach
from offline.wire.notices import COMMANDS, Audience, Notice, NoticeState
from offline.wire.rows import Organisation
from tests.rules.worlds import NOON

Given = dict[str, Any]

_FIELDS = ("type", "territory", "group", "ancestors", "rep", "status")
_PARTNERS = (
    ("hq", "head_office", "", "", (), None, "active"),
    ("east", "distributor", "East", "", ("hq",), None, "active"),
    ("d1", "dealer", "East", "", ("east", "hq"), "rae", "active"),
    ("s1", "shop", "East", "", ("d1", "east", "hq"), "rae", "active"),
    ("s2", "shop", "West", "KA", ("hq",), "ray", "blocked"),
    ("s3", "shop", "North", "KA", ("hq",), None, "active"),
    ("gone", "shop", "East", "KA", ("d1", "east", "hq"), "rae", "exited"),
)
PARTNERS = [
    msgspec.convert(
        {"id": row[0], "code": row[0], "name": {}, **dict(zip(_FIELDS, row[1:], strict=True))}, Organisation
    )
    for row in _PARTNERS
]
PEOPLE = [
    Person("anna", "hq", "head_office"),
    Person("rae", "hq", "rep"),
    Person("ray", "hq", "rep"),
    Person("dora", "d1", "dealer"),
    Person("sam", "s1", "shop"),
    Person("sue", "s1", "staff"),
    Person("tom", "s2", "shop"),
    Person("left", "gone", "shop"),
]


def _at(given: Given) -> datetime:
    return datetime.fromisoformat(given["at"]) if "at" in given else NOON


def _audience(given: Given) -> Audience:
    """Not converted: readable names stand where the wire wants ids."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return Audience(**values)


def audience(given: Given) -> Any:
    wanted = _audience(given["audience"])
    found = reach(wanted, PARTNERS, PEOPLE)
    return {
        "empty": is_empty(wanted),
        "organisations": sorted(found.organisations),
        "people": dict(found.people),
        "count": len(found.people),
        "silent": sorted(found.silent),
    }


def notice_of(given: Given) -> Notice:
    whole = {"id": "n", "title": {"zh": "通知"}, "text": {"zh": "内容"}, "sent_at": "2026-04-01T00:00:00Z"} | given
    return msgspec.convert(whole, Notice)


def state_of(given: Given) -> NoticeState:
    return msgspec.convert({"id": "s", "notice": "n", "addressed_at": "2026-04-01T00:00:00Z"} | given, NoticeState)


def notice(given: Given) -> Any:
    row, state = notice_of(given["notice"]), state_of(given["state"])
    return {
        "duty": notices.duty(row, state),
        "unread": notices.is_unread(row, state),
        "overdue": notices.is_overdue(row, state, _at(given)),
        "stage": notices.stage(row.asked, state),
    }


def order(given: Given) -> list[str]:
    rows = [(notice_of(each), state_of({"opened": each.get("opened", 0)})) for each in given["notices"]]
    return [row.id for row, state in sorted(rows, key=lambda pair: notices.rank(pair[0], pair[1], NOON))]


def faults(given: Given) -> tuple[str, ...]:
    due = datetime.fromisoformat(given["due_at"]) if "due_at" in given else None
    wanted = _audience(given["audience"])
    return notices.sending_faults(given["title"], given["text"], wanted, due_at=due, at=_at(given))


def allowed(given: Given) -> list[str]:
    authors = [name for name in COMMANDS if name not in ("notice.delivered", "notice.read", "notice.confirm")]
    return [name for name in authors if notices.may(name, given["status"])]


def remind(given: Given) -> bool:
    last = given["reminded_at"]
    return notices.may_remind(datetime.fromisoformat(last) if last else None, _at(given))


def shown(given: Given) -> Any:
    return [
        [block.kind, [[[span.text, span.bold, span.href] for span in line] for line in block.lines]]
        for block in prose.parse(given["text"])
    ]


NOTICES: dict[str, Callable[[Any, Given], Any]] = {
    "audience": lambda _, given: audience(given),
    "notice": lambda _, given: notice(given),
    "notice_may": lambda _, given: allowed(given),
    "notice_faults": lambda _, given: faults(given),
    "notice_order": lambda _, given: order(given),
    "may_remind": lambda _, given: remind(given),
    "prose": lambda _, given: shown(given),
}
