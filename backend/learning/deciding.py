"""What trainers decide about results: an attempt that was set aside, another try for one person, a certificate that
should not hold."""

from dataclasses import dataclass

import msgspec

from backend.db import by_key
from backend.identity.service import audit
from backend.inputs import check_text
from backend.learning import queries
from backend.learning.audience import private
from backend.learning.models import Certificate, CourseAttempt, Enrolment
from backend.learning.results import Standing, count_attempt, counted, put_attempt, put_enrolment
from backend.learning.rows import certificate_row, content_of, extra_of
from backend.learning.service import day_at
from backend.learning.taking import enrolment_id
from backend.locking import locked_by_id
from backend.push.service import notify
from backend.sync.commands import Context, Refused
from offline.rules.marking import NotNeeded, another_try, certificate_state, is_passed, period, tries_allowed
from offline.wire.learning import CertificateRevoke, CourseAttemptDecide, CourseTryGive, ExtraTry


async def decide_attempt(context: Context, command: CourseAttemptDecide) -> None:
    """Counted, it does what it would have done by itself, a certificate beginning today. Refuses with
    ``attempt_unknown`` or ``attempt_decided`` {status}: nothing is open about it."""
    check_text("note", command.note)
    session, principal = context.session, context.principal
    attempt = await session.get(CourseAttempt, (principal.tenant_id, command.attempt))
    if attempt is None:
        raise Refused("attempt_unknown")
    row_id = enrolment_id(attempt.course_id, attempt.user_id)
    enrolment = (await locked_by_id(session, Enrolment, principal.tenant_id, {row_id}))[row_id]
    # As it is now that its person's row is held.
    await session.refresh(attempt)
    if attempt.status != "set_aside":
        raise Refused("attempt_decided", status=attempt.status)
    revision = await queries.revision(session, principal.tenant_id, attempt.course_id, attempt.revision)
    assert revision is not None, "an attempt of no revision"
    attempt.status = ("passed" if attempt.passed else "failed") if command.counts else "left_out"
    attempt.note, attempt.decided_by, attempt.decided_at = command.note, principal.name, context.now
    others = await queries.attempts_of(session, principal.tenant_id, attempt.course_id, attempt.user_id)
    if command.counts:
        today = await day_at(session, principal.tenant_id, context.now)
        certificates = await queries.certificates_of(session, principal.tenant_id, attempt.user_id, {attempt.course_id})
        count_attempt(context, attempt, Standing(enrolment, revision, certificates, today))
    used = sum(counted(each) and each.period == attempt.period for each in others)
    put_attempt(context.changes, attempt, enrolment, revision, used=used)
    put_enrolment(context.changes, enrolment, content_of(revision.doc).title)
    detail = {"counts": command.counts, "reason": attempt.reason, "note": command.note}
    audit(session, principal, "attempt.decided", attempt.id, detail, at=context.now)


async def give_try(context: Context, command: CourseTryGive) -> None:
    """One more for who has used up all that count now; given twice by the same id it is one. What the server told of
    the answers when none was left goes from the phone again. Refuses with ``course_unknown``: none that can be taken,
    ``enrolment_unknown``: not somebody who began it, or ``try_not_needed`` {why}."""
    session, principal = context.session, context.principal
    course = (await queries.courses(session, principal.tenant_id, {command.course})).get(command.course)
    if course is None or course.state != "published":
        raise Refused("course_unknown")
    row_id = enrolment_id(course.id, command.person)
    enrolment = (await locked_by_id(session, Enrolment, principal.tenant_id, {row_id})).get(row_id)
    if enrolment is None:
        raise Refused("enrolment_unknown")
    if any(each.id == command.extra for each in extra_of(enrolment)):
        return
    revision = await queries.revision(session, principal.tenant_id, course.id, course.revision)
    assert revision is not None, "published without a revision"
    content = content_of(revision.doc)
    now = await _now(context, enrolment, content.attempts)
    if now.why:
        raise Refused("try_not_needed", why=now.why)
    given = ExtraTry(id=command.extra, period=now.period, at=context.now, by=principal.user_id, by_name=principal.name)
    enrolment.extra = [*enrolment.extra, msgspec.to_builtins(given)]
    put_enrolment(context.changes, enrolment, content.title)
    for attempt in now.attempts:
        taken_in = await queries.revision(session, principal.tenant_id, course.id, attempt.revision)
        assert taken_in is not None, "an attempt of no revision"
        put_attempt(context.changes, attempt, enrolment, taken_in, used=len(now.attempts))
    about, values = f"course:{course.id}", {"title": content.title}
    people, url = {command.person} - {principal.user_id}, f"/learn/{course.id}"
    await notify(session, principal.tenant_id, people, about, "push.course.another_try", values, url)
    detail = {"user": command.person, "period": now.period}
    audit(session, principal, "course.try_given", course.id, detail, at=context.now)


@dataclass(frozen=True, slots=True)
class _Now:
    """``attempts``: those that count in ``period``; ``why``: no other is needed."""

    period: int
    attempts: list[CourseAttempt]
    why: NotNeeded


async def _now(context: Context, enrolment: Enrolment, limit: int) -> _Now:
    session, tenant_id, course = context.session, context.principal.tenant_id, enrolment.course_id
    today = await day_at(session, tenant_id, context.now)
    rows = await queries.certificates_of(session, tenant_id, enrolment.user_id, {course})
    held = [certificate_row(row) for row in rows]
    now = period(held, today)
    found = await queries.attempts_of(session, tenant_id, course, enrolment.user_id)
    attempts = [each for each in found if counted(each) and each.period == now]
    allowed = tries_allowed(limit, (each.period for each in extra_of(enrolment)), now)
    passed = is_passed(enrolment.passed_at is not None, held, today)
    state = certificate_state(held[-1], today) if held else None
    return _Now(now, attempts, another_try(allowed, len(attempts), passed=passed, state=state))


async def revoke_certificate(context: Context, command: CertificateRevoke) -> None:
    """Refuses with ``certificate_unknown``, ``reason_needed`` or ``certificate_revoked``: it is already."""
    check_text("reason", command.reason)
    if not command.reason.strip():
        raise Refused("reason_needed")
    session, principal = context.session, context.principal
    row = await by_key(session, Certificate, (principal.tenant_id, command.certificate), lock=True)
    if row is None:
        raise Refused("certificate_unknown")
    if row.revoked_on is not None:
        raise Refused("certificate_revoked")
    row.revoked_on = await day_at(session, principal.tenant_id, context.now)
    row.revoked_reason = command.reason.strip()
    context.changes.put("certificate", certificate_row(row), *private(row.user_id))
    detail = {"reason": row.revoked_reason, "user": row.user_id}
    audit(session, principal, "certificate.revoked", row.id, detail, at=context.now)
