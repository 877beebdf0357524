"""What people do with a course: read its cards, finish attempts. Nothing that arrives is thrown away: an attempt that
does not count by itself is set aside for a trainer."""

from collections.abc import Sequence
from datetime import date

from backend.db import insert_missing
from backend.inputs import check_text, check_time
from backend.learning import queries
from backend.learning.audience import is_meant
from backend.learning.models import CourseAttempt, CourseRevision, Enrolment
from backend.learning.results import Standing, count_attempt, counted, put_attempt, put_enrolment
from backend.learning.rows import certificate_row, content_of, extra_of, graded
from backend.learning.service import day_at
from backend.locking import locked_by_id
from backend.partners import service as partners
from backend.sync.commands import Context, Refused
from offline.ids import derived_id
from offline.rules.marking import is_passed, period, set_aside, tries_allowed, unmet
from offline.wire.commands import Command
from offline.wire.learning import CourseAttemptFinish, CourseSave, CourseStudy, SetAsideReason

_HELD = "enrolments"
Taken = CourseStudy | CourseAttemptFinish


def enrolment_id(course: str, user_id: str) -> str:
    return derived_id("enrolment", course, user_id)


async def prepare(context: Context, commands: Sequence[Command]) -> None:
    """Lock what the person has of the push's courses, in the order of the ids: two phones of hers never wait for each
    other in a circle."""
    principal = context.principal
    ids = {enrolment_id(each.course, principal.user_id) for each in commands if isinstance(each, Taken)}
    context.batch[_HELD] = await locked_by_id(context.session, Enrolment, principal.tenant_id, ids)


async def _revision(context: Context, command: Taken) -> CourseRevision:
    """Refuses with ``course_unknown``."""
    found = await queries.revision(context.session, context.principal.tenant_id, command.course, command.revision)
    if found is None:
        raise Refused("course_unknown")
    return found


async def _enrolled(context: Context, course_id: str) -> Enrolment:
    """The person's row in a course, locked; made if this is the first of it."""
    session, principal = context.session, context.principal
    held: dict[str, Enrolment] = context.batch.setdefault(_HELD, {})
    row_id = enrolment_id(course_id, principal.user_id)
    if row_id not in held:
        found = await partners.organisations(session, principal.tenant_id, {principal.organisation_id})
        fresh = {
            "tenant_id": principal.tenant_id,
            "id": row_id,
            "course_id": course_id,
            "user_id": principal.user_id,
            "organisation_id": principal.organisation_id,
            "organisation_name": found[principal.organisation_id].name if found else {},
            "cards": [],
            "extra": [],
        }
        await insert_missing(session, Enrolment, [fresh])
        held |= await locked_by_id(session, Enrolment, principal.tenant_id, {row_id})
    return held[row_id]


async def study_course(context: Context, command: CourseStudy) -> None:
    """Cards read, added to those read before; of a newer revision, those it still has. Refuses with
    ``course_unknown``."""
    revision = await _revision(context, command)
    enrolment = await _enrolled(context, command.course)
    content = content_of(revision.doc)
    _study(context, enrolment, revision, content, command.cards)
    put_enrolment(context.changes, enrolment, content.title)


def _study(
    context: Context, enrolment: Enrolment, revision: CourseRevision, content: CourseSave, cards: Sequence[str]
) -> None:
    read = {*enrolment.cards, *cards}
    if revision.revision >= enrolment.revision:
        enrolment.revision = revision.revision
        enrolment.cards = [card.id for card in content.cards if card.kind != "question" and card.id in read]
    enrolment.user_name = context.principal.name
    last, now = enrolment.last_at, context.happened_at
    enrolment.last_at = now if last is None else max(last, now)


async def finish_attempt(context: Context, command: CourseAttemptFinish) -> None:
    """Marked by the revision it was taken in. Set aside when its number was used up by another phone or is past the
    limit, or when the course was not this person's to take. Refuses with ``course_unknown``, ``attempt_exists`` (as
    somebody else's) or ``invalid`` {field}."""
    _check(command)
    session, principal = context.session, context.principal
    revision = await _revision(context, command)
    known = await session.get(CourseAttempt, (principal.tenant_id, command.attempt))
    if known is not None and (known.user_id, known.course_id) != (principal.user_id, command.course):
        raise Refused("attempt_exists")
    attempt = _attempt(context, command, revision)
    if known is not None:
        if known.answers == attempt.answers:
            return
        # Two windows finished the same attempt with different answers: neither is lost.
        attempt.id = derived_id("attempt", attempt.id, context.command_id)
    enrolment = await _enrolled(context, command.course)
    content = content_of(revision.doc)
    today = await day_at(session, principal.tenant_id, context.happened_at)
    certificates = await queries.certificates_of(session, principal.tenant_id, principal.user_id, {command.course})
    attempt.period = period((certificate_row(row) for row in certificates if row.issued_on <= today), today)
    others = await queries.attempts_of(session, principal.tenant_id, command.course, principal.user_id)
    taken = [each.number for each in others if counted(each) and each.period == attempt.period]
    allowed = tries_allowed(content.attempts, (each.period for each in extra_of(enrolment)), attempt.period)
    reason = await _not_hers(context, content, today) or set_aside(command.number, taken, allowed)
    attempt.reason = "twice" if known is not None else reason
    attempt.status = "set_aside" if attempt.reason else "passed" if attempt.passed else "failed"
    session.add(attempt)
    _study(context, enrolment, revision, content, ())
    if counted(attempt):
        count_attempt(context, attempt, Standing(enrolment, revision, certificates, today))
    put_attempt(context.changes, attempt, enrolment, revision, used=len(taken) + counted(attempt))
    put_enrolment(context.changes, enrolment, content.title)


def _check(command: CourseAttemptFinish) -> None:
    for answer in command.answers.values():
        check_text("answers", *answer)
    check_time("started_at", command.started_at)


def _attempt(context: Context, command: CourseAttemptFinish, revision: CourseRevision) -> CourseAttempt:
    found = graded(revision, command.answers)
    return CourseAttempt(
        tenant_id=context.principal.tenant_id,
        id=command.attempt,
        course_id=command.course,
        revision=command.revision,
        user_id=context.principal.user_id,
        number=command.number,
        points=found.points,
        total=found.total,
        passed=found.passed,
        answers={card: list(answer) for card, answer in command.answers.items()},
        device=context.device,
        started_at=command.started_at,
        finished_at=context.happened_at,
        received_at=context.now,
        note="",
        decided_by="",
    )


async def _not_hers(context: Context, content: CourseSave, today: date) -> SetAsideReason:
    """Whether the course was not this person's to take, as the server knows it now: a phone may have been away."""
    session, principal = context.session, context.principal
    type_ = await partners.type_of(session, principal.tenant_id, principal.organisation_id)
    if not is_meant(content.audience, principal, type_):
        return "audience"
    required = content.prerequisites
    rows = await queries.enrolments_of(session, principal.tenant_id, principal.user_id, required)
    certificates = await queries.certificates_of(session, principal.tenant_id, principal.user_id, required)
    passed = set()
    for row in rows:
        held = [certificate_row(each) for each in certificates if each.course_id == row.course_id]
        if is_passed(row.passed_at is not None, held, today):
            passed.add(row.course_id)
    return "prerequisite" if unmet(required, passed) else ""
