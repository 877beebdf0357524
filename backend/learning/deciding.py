"""What trainers decide about results: an attempt that was set aside, a certificate that should not hold."""

from backend.db import by_key
from backend.identity.service import audit
from backend.inputs import check_text
from backend.learning import queries
from backend.learning.audience import private
from backend.learning.models import Certificate, CourseAttempt, Enrolment
from backend.learning.results import Standing, count_attempt, counted, put_attempt, put_enrolment
from backend.learning.rows import certificate_row, content_of
from backend.learning.service import day_at
from backend.learning.taking import enrolment_id
from backend.locking import locked_by_id
from backend.sync.commands import Context, Refused
from offline.wire.learning import CertificateRevoke, CourseAttemptDecide


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
