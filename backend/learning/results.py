"""What an attempt that counts does: the person's standing, the tally of the questions, the certificate."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.db import insert_missing
from backend.identity.service import audit
from backend.learning import queries
from backend.learning.audience import RESULTS, private
from backend.learning.models import Certificate, CourseAttempt, CourseRevision, CourseTally, Enrolment
from backend.learning.rows import (
    attempt_row,
    certificate_row,
    content_of,
    enrolment_row,
    extra_of,
    graded,
    tally_row,
)
from backend.sync.changes import Changes, user_scope
from backend.sync.commands import Context
from offline.ids import new_id
from offline.rules.marking import certificate_state, expiry, tries_allowed, tries_left

# Crockford's base 32: nothing in it is taken for something else. 80 bits of chance.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
_TALLIES = "course_tallies"


def counted(attempt: CourseAttempt) -> bool:
    return attempt.status in ("passed", "failed")


def put_enrolment(changes: Changes, row: Enrolment, title: dict[str, str]) -> None:
    changes.put("enrolment", enrolment_row(row, title), *private(row.user_id))


def put_attempt(
    changes: Changes, attempt: CourseAttempt, enrolment: Enrolment, revision: CourseRevision, *, used: int
) -> None:
    """``used``: tries that count by now. The person's own; with who sees results too while it waits for a decision.
    Where the server marks, the answers are told once no try is left that they would give away."""
    content = content_of(revision.doc)
    allowed = tries_allowed(content.attempts, (each.period for each in extra_of(enrolment)), attempt.period)
    over = attempt.status == "passed" or tries_left(allowed, used) == 0
    row = attempt_row(attempt, enrolment, revision, reveal=content.marking == "on_phone" or over)
    scopes = private(attempt.user_id) if attempt.status == "set_aside" else (user_scope(attempt.user_id),)
    changes.put("course_attempt", row, *scopes)


@dataclass(frozen=True, slots=True)
class Standing:
    """A person in a course when an attempt is counted: ``certificates`` she has of it, ``today`` the day that a new
    one begins."""

    enrolment: Enrolment
    revision: CourseRevision
    certificates: Sequence[Certificate]
    today: date


def count_attempt(context: Context, attempt: CourseAttempt, standing: Standing) -> None:
    """Into what the person has reached in the course: tries, the best result, and a certificate where one is given and
    none is valid."""
    enrolment, revision, today = standing.enrolment, standing.revision, standing.today
    percent = attempt.points * 100 // attempt.total if attempt.total else 100
    if attempt.period > enrolment.period:
        enrolment.period, enrolment.tries = attempt.period, 0
    enrolment.tries += attempt.period == enrolment.period
    enrolment.best = percent if enrolment.best is None else max(enrolment.best, percent)
    _tally(context, attempt, revision)
    if not attempt.passed:
        return
    enrolment.passed_at = attempt.finished_at
    valid = any(certificate_state(certificate_row(each), today) == "valid" for each in standing.certificates)
    if content_of(revision.doc).certificate and not valid:
        _certify(context, attempt, standing, percent)


def _certify(context: Context, attempt: CourseAttempt, standing: Standing, percent: int) -> None:
    content = content_of(standing.revision.doc)
    enrolment, today = standing.enrolment, standing.today
    row = Certificate(
        tenant_id=attempt.tenant_id,
        id=new_id(),
        code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
        course_id=attempt.course_id,
        user_id=attempt.user_id,
        user_name=enrolment.user_name,
        organisation_name=enrolment.organisation_name,
        title=content.title,
        attempt_id=attempt.id,
        percent=percent,
        issued_on=today,
        expires_on=expiry(today, content.valid_months),
        revoked_reason="",
    )
    context.session.add(row)
    context.changes.put("certificate", certificate_row(row), *private(row.user_id))
    detail = {"course": row.course_id, "user": row.user_id, "attempt": attempt.id}
    audit(context.session, context.principal, "certificate.issued", row.id, detail, at=context.now)


def _tally(context: Context, attempt: CourseAttempt, revision: CourseRevision) -> None:
    """Kept until the end of the push, which locks the tallies in one order."""
    answers = {card: tuple(answer) for card, answer in attempt.answers.items()}
    marks = graded(revision, answers).marks
    courses = context.batch.setdefault(_TALLIES, {})
    found = courses.setdefault(attempt.course_id, {})
    for card, mark in marks.items():
        asked, right = found.get(card, (0, 0))
        found[card] = (asked + 1, right + mark.ok)


async def tell_tallies(context: Context) -> None:
    """``finish`` of a push."""
    more: dict[str, dict[str, tuple[int, int]]] = context.batch.pop(_TALLIES, {})
    if not more:
        return
    tenant_id = context.principal.tenant_id
    fresh = [{"tenant_id": tenant_id, "course_id": course, "questions": {}} for course in sorted(more)]
    await insert_missing(context.session, CourseTally, fresh)
    for course, row in (await queries.locked_tallies(context.session, tenant_id, more)).items():
        questions = dict(row.questions)
        for card, (asked, right) in more[course].items():
            before = questions.get(card, (0, 0))
            questions[card] = [before[0] + asked, before[1] + right]
        row.questions = questions
        context.changes.put("course_tally", tally_row(row), RESULTS)
