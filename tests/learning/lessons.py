"""A course of two cards and three questions, and attempts at it."""

from typing import Any

from offline.ids import derived_id, new_id
from offline.wire.learning import (
    Audience,
    AuthoredCard,
    AuthoredQuestion,
    CourseAttemptFinish,
    CoursePublish,
    CourseSave,
    Option,
)
from tests.shop import Shop


def uid(*names: str) -> str:
    return derived_id("lessons", *names)


TEXT, PICTURE, ONE, MANY, SHORT = (uid(name) for name in ("text", "picture", "one", "many", "short"))
IMAGE = f"/images/{'0a' * 16}.webp"


def options(*names: str) -> tuple[Option, ...]:
    return tuple(Option(name, {"zh": f"选项{name}", "en": f"Option {name}"}) for name in names)


def ask(card: str, **question: Any) -> AuthoredCard:
    text = {"zh": "问题？", "en": "Question?"}
    return AuthoredCard(id=card, kind="question", text=text, question=AuthoredQuestion(**question))


CARDS = (
    AuthoredCard(
        id=TEXT, kind="text", title={"zh": "先进先出"}, text={"zh": "先到的货先卖", "en": "First in, first out"}
    ),
    AuthoredCard(id=PICTURE, kind="picture", text={"zh": "货架"}, image=IMAGE),
    ask(ONE, kind="single", options=options("a", "b", "c"), right=("b",), points=2, explanation={"zh": "因为保质期"}),
    ask(MANY, kind="multiple", options=options("a", "b", "c", "d"), right=("a", "c"), points=2, partial=True),
    ask(SHORT, kind="short", accepted=("12 箱", "一打")),
)
RIGHT = {ONE: ("b",), MANY: ("c", "a"), SHORT: ("１２箱",)}
WRONG = {ONE: ("a",), MANY: (), SHORT: ("?",)}


def course(name: str = "course", **changes: Any) -> CourseSave:
    given: dict[str, Any] = {
        "course": uid(name),
        "title": {"zh": "陈列标准", "en": "Display standards"},
        "cards": CARDS,
        "pass_mark": 80,
        "attempts": 2,
        "certificate": True,
        "valid_months": 12,
        "audience": Audience(roles=("staff",), types=("shop",)),
    }
    return CourseSave(**(given | changes))


async def published(shop: Shop, name: str = "course", **changes: Any) -> str:
    """A course that people may take; its id."""
    saved = course(name, **changes)
    await shop.done("trainer", saved, CoursePublish(course=saved.course))
    return saved.course


def finish(course_id: str, answers: Any = RIGHT, **changes: Any) -> CourseAttemptFinish:
    given = {"attempt": new_id(), "course": course_id, "revision": 1, "answers": answers}
    return CourseAttemptFinish(**(given | changes))
