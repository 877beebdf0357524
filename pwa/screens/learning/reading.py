"""What the learning screens read: the person's courses, how far each is, what may be done next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from offline.ids import derived_id
from offline.rules.days import local_day
from offline.rules.marking import (
    CertificateState,
    cards_left,
    certificate_state,
    is_passed,
    period,
    shuffled,
    tries_allowed,
    tries_left,
    unmet,
)
from offline.wire.learning import Card, Certificate, Course, CourseAttempt, Enrolment, ExtraTry, Option
from pwa.context import App
from pwa.studies import Study


@dataclass(frozen=True)
class Standing:
    """A course and the person in it. ``missing``: required courses not passed yet. ``allowed``: tries, ``extra`` of
    them given by a trainer; ``left``: of these, None = any number.
    ``certificate``: the latest one, ``state`` how it stands."""

    course: Course
    read: int
    cards: int
    passed: bool
    begun: bool
    used: int
    allowed: int
    extra: tuple[ExtraTry, ...]
    left: int | None
    missing: tuple[str, ...]
    best: int | None
    certificate: Certificate | None
    state: CertificateState | None
    attempts: Sequence[CourseAttempt]

    @property
    def may_try(self) -> bool:
        return not self.missing and self.left != 0

    @property
    def is_spent(self) -> bool:
        """Every try was one that failed: only a trainer can help on. One that waits may have passed."""
        latest = self.attempts[0].status if self.attempts else ""
        return not self.passed and self.left == 0 and latest not in ("waiting", "set_aside")


def today(app: App) -> date:
    return local_day(app.server_now(), app.brand.time_zone if app.brand else "Asia/Shanghai")


def courses(app: App) -> list[Course]:
    """Those meant for the person; what is required stands last."""
    rows = [row for row in app.engine.replica.all("course") if isinstance(row, Course)]
    return sorted(rows, key=lambda row: (len(row.requires), row.published_at is None, row.published_at, row.id))


def certificates(app: App) -> list[Certificate]:
    """The person's own, the newest first."""
    rows = (row for row in app.engine.replica.all("certificate") if isinstance(row, Certificate))
    return sorted((row for row in rows if row.user == app.engine.user), key=lambda row: row.issued_on, reverse=True)


def enrolment(app: App, course_id: str) -> Enrolment | None:
    return app.engine.replica.typed(Enrolment, "enrolment", derived_id("enrolment", course_id, app.engine.user))


def attempts(app: App, course_id: str) -> list[CourseAttempt]:
    """The person's own, the newest first."""
    rows = (row for row in app.engine.replica.all("course_attempt") if isinstance(row, CourseAttempt))
    own = [row for row in rows if row.user == app.engine.user and row.course == course_id]
    return sorted(own, key=lambda row: (row.finished_at is None, row.finished_at), reverse=True)


def has_passed(app: App, course_id: str, held: Sequence[Certificate]) -> bool:
    row = enrolment(app, course_id)
    own = [each for each in held if each.course == course_id]
    return is_passed(row is not None and row.passed_at is not None, own, today(app))


def standing(app: App, course: Course, held: Sequence[Certificate]) -> Standing:
    """``held``: all the person's certificates."""
    row, day = enrolment(app, course.id), today(app)
    own = [each for each in held if each.course == course.id]
    tried = attempts(app, course.id)
    now = period(own, day)
    # What waits to be marked is a try too.
    used = sum(each.status in ("passed", "failed", "waiting") and each.period == now for each in tried)
    extra = tuple(each for each in row.extra if each.period == now) if row else ()
    allowed = tries_allowed(course.attempts, (each.period for each in extra), now)
    study = app.studies.find(course.id)
    done = {*(row.cards if row else ()), *(study.read if study else ())}
    required = [each.course for each in course.requires]
    readable = [card for card in course.cards if card.kind != "question"]
    return Standing(
        course=course,
        read=len(readable) - len(cards_left(course.cards, done)),
        cards=len(readable),
        passed=has_passed(app, course.id, held),
        begun=bool(done or tried or (study and study.place)),
        used=used,
        allowed=allowed,
        extra=extra,
        left=tries_left(allowed, used),
        missing=tuple(unmet(required, [one for one in required if has_passed(app, one, held)])),
        best=row.best if row else None,
        certificate=own[0] if own else None,
        state=certificate_state(own[0], day) if own else None,
        attempts=tried,
    )


def next_number(app: App, course: Course, held: Sequence[Certificate]) -> int:
    """Which try the next one is, as far as this phone knows."""
    now = period([each for each in held if each.course == course.id], today(app))
    # One that was set aside may have been past the limit: the next, when a trainer allowed one more, is not.
    found = [each for each in attempts(app, course.id) if each.status not in ("left_out", "set_aside")]
    taken = [each.number for each in found if each.period == now]
    return max(taken, default=0) + 1


def steps(course: Course, study: Study) -> list[Card]:
    """The cards to read, then the questions, in the order of this attempt."""
    readable = [card for card in course.cards if card.kind != "question"]
    asked = [card for card in course.cards if card.kind == "question"]
    if course.shuffle:
        by_id = {card.id: card for card in asked}
        asked = [by_id[one] for one in shuffled(by_id, study.attempt)]
    return [*readable, *asked]


def options(course: Course, study: Study, card: Card) -> list[Option]:
    """As they are offered in this attempt; what is to be put in order is always shuffled."""
    question = card.question
    if question is None:
        return []
    if not course.shuffle and question.kind != "order":
        return list(question.options)
    by_id = {option.id: option for option in question.options}
    return [by_id[one] for one in shuffled(by_id, study.attempt, card.id)]
