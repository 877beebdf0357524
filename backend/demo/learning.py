"""The demo's courses, published, and what its people have learned so far."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from backend.demo.lesson_pictures import LESSON_PICTURES, draw_lesson
from backend.demo.lessons import make_lessons
from backend.demo.people import principal_of
from backend.identity.models import User
from backend.learning.authoring import publish_course, save_course
from backend.learning.results import tell_tallies
from backend.learning.taking import finish_attempt, study_course
from backend.media_routes import store_picture
from backend.sync.changes import Changes
from backend.sync.commands import Context
from media.storage import Storage
from offline.ids import derived_id
from offline.wire.learning import (
    Answer,
    AuthoredQuestion,
    CourseAttemptFinish,
    CoursePublish,
    CourseSave,
    CourseStudy,
)


class _Try(NamedTuple):
    """Who took which course, how many days ago, with how many questions wrong, as which try."""

    login: str
    course: str
    days: int
    wrong: int
    number: int


_ATTEMPTS = (
    _Try("rep", "products", 40, 0, 1),
    _Try("rep", "display", 33, 1, 1),
    _Try("zhaomin", "products", 38, 3, 1),
    _Try("zhaomin", "products", 37, 1, 2),
    _Try("sunwei", "products", 30, 1, 1),
    _Try("sunwei", "display", 21, 4, 1),
    _Try("sunwei", "display", 20, 3, 2),
    # Two phones: both took it for the second try.
    _Try("sunwei", "display", 19, 0, 2),
    _Try("shop", "products", 12, 1, 1),
    _Try("staff", "products", 9, 0, 1),
    _Try("dealer", "ordering", 25, 1, 1),
    _Try("rep", "ordering", 41, 0, 1),
    _Try("desk", "ordering", 41, 0, 1),
)
# Who is in the middle of what: person, course, days ago, cards read.
_READING = (("staff", "display", 1, 2), ("wuhao", "products", 3, 1), ("shop", "display", 5, 3))


async def draw_lessons(storage: Storage) -> dict[str, str]:
    """The path of every picture, by its name."""
    drawn = await asyncio.gather(*(asyncio.to_thread(draw_lesson, name) for name in LESSON_PICTURES))
    return {name: await store_picture(storage, content) for name, content in zip(LESSON_PICTURES, drawn, strict=True)}


async def make_courses(
    session: AsyncSession,
    tenant_id: str,
    *,
    pictures: Mapping[str, str],
    people: Mapping[str, User],
    now: datetime,
    changes: Changes,
) -> int:
    """Returns how many courses there are."""
    lessons = make_lessons(tenant_id, pictures)
    trainer = _context(session, people["trainer"], changes, now - timedelta(days=45))
    for lesson in lessons.values():
        await save_course(trainer, lesson)
        await session.flush()
        await publish_course(trainer, CoursePublish(course=lesson.course))
        await session.flush()
    for tried in _ATTEMPTS:
        at = now - timedelta(days=tried.days, minutes=tried.days * 7 % 60)
        context = _context(session, people[tried.login], changes, at)
        await finish_attempt(context, _attempt(lessons[tried.course], tried, at))
        await tell_tallies(context)
        await session.flush()
    for login, name, days, read in _READING:
        lesson = lessons[name]
        context = _context(session, people[login], changes, now - timedelta(days=days))
        cards = [card.id for card in lesson.cards if card.question is None][:read]
        await study_course(context, CourseStudy(course=lesson.course, revision=1, cards=tuple(cards)))
    return len(lessons)


def _context(session: AsyncSession, user: User, changes: Changes, at: datetime) -> Context:
    principal = principal_of(user)
    return Context(
        session=session,
        principal=principal,
        changes=changes,
        now=at,
        happened_at=at,
        local_at=at,
        command_id="",
        device="demo",
        batch={},
    )


def _attempt(lesson: CourseSave, tried: _Try, at: datetime) -> CourseAttemptFinish:
    """All right but the last ``wrong`` questions, which are left open."""
    asked = [(card.id, card.question) for card in lesson.cards if card.question is not None]
    answers = {card: _right(question) for card, question in asked[: len(asked) - tried.wrong]}
    return CourseAttemptFinish(
        attempt=derived_id(lesson.course, "attempt", tried.login, str(tried.days)),
        course=lesson.course,
        revision=1,
        number=tried.number,
        answers=answers,
        started_at=at - timedelta(minutes=lesson.minutes),
    )


def _right(question: AuthoredQuestion) -> Answer:
    return question.accepted[:1] if question.kind == "short" else question.right
