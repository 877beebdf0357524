"""Courses as a phone holds them: sealed by the rule the server seals them by."""

from datetime import timedelta
from typing import Any

from offline.rules.marking import seals_of, veil
from offline.wire.learning import AuthoredQuestion, Card, Course, Option, Question
from tests.screens.world import NOW, uid

STAFF = uid("staff")
CARD_1, CARD_2, ONE, MANY, ORDER, SHORT, TRUTH = (
    uid(name) for name in ("card-1", "card-2", "q-one", "q-many", "q-order", "q-short", "q-truth")
)
SALT = "salt"


def options(*names: str) -> tuple[Option, ...]:
    return tuple(Option(name, {"zh": f"选项{name}", "en": f"Option {name}"}) for name in names)


def ask(card: str, explanation: str = "", *, sealed: bool = True, **question: Any) -> Card:
    made = AuthoredQuestion(**question)
    return Card(
        id=card,
        kind="question",
        text={"zh": f"问题{question['kind']}"},
        question=Question(
            kind=made.kind,
            options=made.options,
            points=made.points,
            partial=made.partial,
            seals=seals_of(SALT, card, made) if sealed else (),
            veiled={"zh": veil(SALT, card, explanation)} if explanation and sealed else {},
        ),
    )


def readings() -> tuple[Card, ...]:
    return (
        Card(id=CARD_1, kind="text", title={"zh": "先进先出"}, text={"zh": "第一段\n第二段"}),
        Card(id=CARD_2, kind="picture", text={"zh": "货架"}, image="/images/a.webp"),
    )


def questions(*, sealed: bool = True) -> tuple[Card, ...]:
    return (
        ask(ONE, "因为保质期", sealed=sealed, kind="single", options=options("a", "b"), right=("b",)),
        ask(MANY, sealed=sealed, kind="multiple", options=options("a", "b", "c"), right=("a", "c")),
    )


def course(name: str = "course", **changes: Any) -> tuple[str, Course]:
    """For ``more`` of a phone."""
    given: dict[str, Any] = {
        "id": uid(name), "title": {"zh": "陈列标准"}, "summary": {"zh": "摆好每一层"}, "revision": 1,
        "cards": (*readings(), *questions()), "salt": SALT, "attempts": 2, "certificate": True, "valid_months": 12,
        "published_at": NOW - timedelta(days=3),
    }  # fmt: skip
    return "course", Course(**(given | changes))
