"""Courses: what a trainer puts together, what people take, and what comes of it.

A question exists in two shapes. ``AuthoredQuestion`` knows its answer and stays with trainers; ``Question`` is what
goes to the phones of the audience: where the phone marks, with the answers sealed (``offline/rules/marking.py`` says
what that keeps and what it does not), where the server marks, with nothing of them at all.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.wire.commands import Command, Id, Note, Seen
from offline.wire.kinds import OrganisationType
from offline.wire.media import MediaRef, MediaView
from offline.wire.rows import Names, Row

CardKind = Literal["text", "picture", "video", "question"]
QuestionKind = Literal["single", "multiple", "true_false", "order", "short"]
Marking = Literal["on_phone", "on_server"]
AttemptStatus = Literal["waiting", "passed", "failed", "set_aside", "left_out"]
SetAsideReason = Literal["", "twice", "over_limit", "prerequisite", "audience"]
CourseState = Literal["draft", "published", "withdrawn"]

# Drawn at random, not by the clock: ids that grow would tell the right order of what was typed in it.
OptionId = Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}$(?!\n)")]
Answer = Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=12)]
Points = Annotated[int, Meta(ge=1, le=100)]
TRUE, FALSE = "true", "false"
MAX_REVISION = 1_000_000


class Option(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    id: OptionId
    text: Names


class AuthoredQuestion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``right``: ids of the right options, for ``order`` all of them in the right order, for ``true_false`` one of
    ``TRUE`` and ``FALSE``. ``accepted``: what is taken as right for ``short``. ``partial``: a part of the points for
    a part of the answer (``multiple`` and ``order``)."""

    kind: QuestionKind
    options: Annotated[tuple[Option, ...], Meta(max_length=12)] = ()
    right: Annotated[tuple[OptionId, ...], Meta(max_length=12)] = ()
    accepted: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=20)] = ()
    points: Points = 1
    partial: bool = False
    explanation: Names = {}


class AuthoredCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``text`` is a card's text, a picture's caption or the question itself. ``media``: its picture or video;
    ``image``: in its place the address of a public picture, as products have."""

    id: Id
    kind: CardKind
    title: Names = {}
    text: Names = {}
    image: Annotated[str, Meta(max_length=200)] = ""
    media: MediaRef | None = None
    question: AuthoredQuestion | None = None


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """People with one of ``roles`` who belong to an organisation of one of ``types``; none named = any."""

    roles: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=32)], ...], Meta(max_length=30)] = ()
    types: Annotated[tuple[OrganisationType, ...], Meta(max_length=4)] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``seals``: what the right answer's parts hash to; none when the server marks. ``veiled``: the explanations,
    by language, not in clear."""

    kind: QuestionKind
    options: tuple[Option, ...] = ()
    points: int = 1
    partial: bool = False
    seals: tuple[str, ...] = ()
    veiled: Names = {}


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    kind: CardKind
    title: Names = {}
    text: Names = {}
    image: str = ""
    media: MediaView | None = None
    question: Question | None = None


class Requirement(msgspec.Struct, frozen=True, omit_defaults=True):
    """A course that must be passed first; its title stands here because its own row may be for others."""

    course: str
    title: Names


class Course(Row, frozen=True, kw_only=True, omit_defaults=True):
    """A published revision, as its audience holds it. ``attempts``: tries allowed, 0 = as many as one likes.
    ``valid_months``: how long a certificate lasts, 0 = for good. ``salt`` goes into every seal. ``trainer``: who
    published it, and may be asked."""

    title: Names
    summary: Names = {}
    image: str = ""
    minutes: int = 5
    revision: int
    cards: tuple[Card, ...] = ()
    pass_mark: int = 80
    attempts: int = 0
    shuffle: bool = False
    marking: Marking = "on_phone"
    salt: str = ""
    requires: tuple[Requirement, ...] = ()
    certificate: bool = False
    valid_months: int = 0
    published_at: datetime | None = None
    trainer: str = ""


class CourseDraft(Row, frozen=True, kw_only=True, omit_defaults=True):
    """A course as its trainers see it, answers and all. ``revision``: the latest published one, 0 = none yet.
    ``changed``: there is more than what is published."""

    title: Names
    summary: Names = {}
    image: str = ""
    minutes: int = 5
    cards: tuple[AuthoredCard, ...] = ()
    pass_mark: int = 80
    attempts: int = 0
    shuffle: bool = False
    marking: Marking = "on_phone"
    prerequisites: tuple[str, ...] = ()
    certificate: bool = False
    valid_months: int = 0
    audience: Audience = Audience()
    state: CourseState = "draft"
    revision: int = 0
    changed: bool = True
    changed_at: datetime | None = None
    published_at: datetime | None = None


class MarkedAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``right`` and ``explanation`` are told where nothing is given away by it any more."""

    points: int = 0
    of: int = 1
    ok: bool = False
    answer: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    explanation: Names = {}


class CourseAttempt(Row, frozen=True, kw_only=True, omit_defaults=True):
    """One finished try. ``waiting`` exists on the phone only: sent to be marked. ``number``: which try it is, as the
    phone that took it counted; ``period``: how many certificates had to be renewed before it."""

    user: str
    user_name: str = ""
    organisation_name: Names = {}
    course: str
    title: Names = {}
    revision: int
    number: int = 1
    period: int = 0
    status: AttemptStatus
    reason: SetAsideReason = ""
    points: int = 0
    total: int = 0
    passed: bool = False
    marks: dict[str, MarkedAnswer] = {}
    started_at: datetime | None = None
    finished_at: datetime | None = None
    note: str = ""
    decided_by: str = ""


class ExtraTry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One more than the course allows, given to one person by a trainer, for the ``period`` it was given in."""

    id: str
    period: int = 0
    at: datetime
    by: str = ""
    by_name: str = ""


class Enrolment(Row, frozen=True, kw_only=True, omit_defaults=True):
    """How far a person is with a course. ``cards``: those read; ``tries``: attempts that count in ``period``, the
    latest in which there was one; ``best``: percent."""

    user: str
    user_name: str = ""
    organisation: str = ""
    organisation_name: Names = {}
    course: str
    title: Names = {}
    revision: int = 0
    cards: tuple[str, ...] = ()
    tries: int = 0
    period: int = 0
    extra: tuple[ExtraTry, ...] = ()
    best: int | None = None
    passed_at: datetime | None = None
    last_at: datetime | None = None


class Certificate(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``expires_on``: the last day it is valid at the brand, None = for good. ``code`` is what the link that verifies
    it carries."""

    code: str
    user: str
    user_name: str
    organisation_name: Names = {}
    course: str
    title: Names
    percent: int = 0
    issued_on: date
    expires_on: date | None = None
    revoked_on: date | None = None
    revoked_reason: str = ""


class QuestionTally(msgspec.Struct, frozen=True, omit_defaults=True):
    asked: int = 0
    right: int = 0


class CourseTally(Row, frozen=True, kw_only=True, omit_defaults=True):
    """How often each question (by its card's id) was asked and answered right, in attempts that count."""

    questions: dict[str, QuestionTally] = {}


class CourseSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Makes or replaces what is not published yet; nobody but trainers sees it before ``course.publish``."""

    NAME: ClassVar[str] = "course.save"
    course: Id
    title: Names
    summary: Names = {}
    image: Annotated[str, Meta(max_length=200)] = ""
    minutes: Annotated[int, Meta(ge=1, le=240)] = 5
    cards: Annotated[tuple[AuthoredCard, ...], Meta(max_length=100)] = ()
    pass_mark: Annotated[int, Meta(ge=1, le=100)] = 80
    attempts: Annotated[int, Meta(ge=0, le=20)] = 0
    shuffle: bool = False
    marking: Marking = "on_phone"
    prerequisites: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()
    certificate: bool = False
    valid_months: Annotated[int, Meta(ge=0, le=120)] = 0
    audience: Audience = Audience()
    seen: Seen = ""


class CoursePublish(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was saved becomes the next revision, for its audience."""

    NAME: ClassVar[str] = "course.publish"
    course: Id


class CourseWithdraw(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Off the phones; results and certificates stay, and attempts that are under way still arrive."""

    NAME: ClassVar[str] = "course.withdraw"
    course: Id


class CourseStudy(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Cards read so far; they add up over a person's phones."""

    NAME: ClassVar[str] = "course.study"
    course: Id
    revision: Annotated[int, Meta(ge=1, le=MAX_REVISION)]
    cards: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()


class CourseAttemptFinish(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A finished try: ``answers`` by the question's card. ``number``: which try it is as far as this phone knows."""

    NAME: ClassVar[str] = "course.finish"
    attempt: Id
    course: Id
    revision: Annotated[int, Meta(ge=1, le=MAX_REVISION)]
    number: Annotated[int, Meta(ge=1, le=1000)] = 1
    answers: Annotated[dict[Id, Answer], Meta(max_length=100)] = {}
    started_at: datetime | None = None


class CourseAttemptDecide(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A trainer counts an attempt that was set aside, or leaves it out."""

    NAME: ClassVar[str] = "course.decide"
    attempt: Id
    counts: bool
    note: Note = ""


class CourseTryGive(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A trainer gives one person one more try than the course allows."""

    NAME: ClassVar[str] = "course.give_try"
    extra: Id
    course: Id
    person: Id


class CertificateRevoke(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "certificate.revoke"
    certificate: Id
    reason: Note


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (
        CourseSave,
        CoursePublish,
        CourseWithdraw,
        CourseStudy,
        CourseAttemptFinish,
        CourseAttemptDecide,
        CourseTryGive,
        CertificateRevoke,
    )
}
ENTITIES: dict[str, type[Row]] = {
    "course": Course,
    "course_draft": CourseDraft,
    "course_attempt": CourseAttempt,
    "course_tally": CourseTally,
    "enrolment": Enrolment,
    "certificate": Certificate,
}
