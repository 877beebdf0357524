"""Courses and results as pending commands make them look. The phone marks by the server's own rule; what the server
alone can know (another phone's attempt) shows once it is told."""

from collections.abc import Callable
from typing import Any

import msgspec

from offline.ids import derived_id
from offline.projection import View
from offline.rules.marking import grade
from offline.wire import learning as wire
from offline.wire.rows import Me, Organisation

AUTHORS, RESULTS = "learn:authors", "learn:results"
replace = msgspec.structs.replace


def _enrolment(view: View, course_id: str) -> wire.Enrolment:
    row_id = derived_id("enrolment", course_id, view.user)
    found = view.row(wire.Enrolment, "enrolment", row_id)
    if found is not None:
        return found
    me = view.row(Me, "me", view.user)
    own = view.row(Organisation, "organisation", me.organisation) if me else None
    return wire.Enrolment(
        id=row_id,
        user=view.user,
        user_name=me.name if me else "",
        organisation=me.organisation if me else "",
        organisation_name=own.name if own else {},
        course=course_id,
    )


def _study(view: View, command: wire.CourseStudy) -> None:
    if view.reached(f"user:{view.user}", RESULTS):
        return
    row = _enrolment(view, command.course)
    cards = tuple(dict.fromkeys((*row.cards, *command.cards)))
    view.put("enrolment", replace(row, cards=cards, revision=command.revision, last_at=view.entry.local_at))


def _finish(view: View, command: wire.CourseAttemptFinish) -> None:
    if view.reached(f"user:{view.user}", RESULTS):
        return
    course = view.row(wire.Course, "course", command.course)
    row = _enrolment(view, command.course)
    attempt = wire.CourseAttempt(
        id=command.attempt,
        user=view.user,
        user_name=row.user_name,
        course=command.course,
        title=course.title if course else row.title,
        revision=command.revision,
        number=command.number,
        status="waiting",
        started_at=command.started_at,
        finished_at=view.entry.local_at,
    )
    if course is not None and course.revision == command.revision and course.marking == "on_phone":
        found = grade(course.salt, course.cards, command.answers, course.pass_mark)
        marks = {
            card: wire.MarkedAnswer(points=mark.points, of=mark.of, ok=mark.ok, answer=command.answers.get(card, ()))
            for card, mark in found.marks.items()
        }
        attempt = replace(
            attempt,
            status="passed" if found.passed else "failed",
            points=found.points,
            total=found.total,
            passed=found.passed,
            marks=marks,
        )
        best = found.percent if row.best is None else max(row.best, found.percent)
        passed_at = view.entry.local_at if found.passed else row.passed_at
        view.put("enrolment", replace(row, tries=row.tries + 1, best=best, passed_at=passed_at))
    if view.row(wire.CourseAttempt, "course_attempt", command.attempt) is None:
        view.put("course_attempt", attempt)


def _save(view: View, command: wire.CourseSave) -> None:
    if view.reached(AUTHORS):
        return
    old = view.row(wire.CourseDraft, "course_draft", command.course)
    fields = {name: value for name, value in msgspec.structs.asdict(command).items() if name not in ("course", "seen")}
    kept = {name: getattr(old, name) for name in ("state", "revision", "published_at")} if old else {}
    row = wire.CourseDraft(id=command.course, changed=True, changed_at=view.entry.local_at, **fields, **kept)
    view.put("course_draft", row)


def _publish(view: View, command: wire.CoursePublish) -> None:
    old = view.row(wire.CourseDraft, "course_draft", command.course)
    if old is not None and not view.reached(AUTHORS):
        view.put("course_draft", replace(old, state="published", changed=False, revision=old.revision + old.changed))


def _withdraw(view: View, command: wire.CourseWithdraw) -> None:
    old = view.row(wire.CourseDraft, "course_draft", command.course)
    if old is not None and not view.reached(AUTHORS):
        view.put("course_draft", replace(old, state="withdrawn"))


def _decide(view: View, command: wire.CourseAttemptDecide) -> None:
    old = view.row(wire.CourseAttempt, "course_attempt", command.attempt)
    if old is not None and old.status == "set_aside" and not view.reached(RESULTS):
        counted: wire.AttemptStatus = "passed" if old.passed else "failed"
        view.put("course_attempt", replace(old, status=counted if command.counts else "left_out", note=command.note))


def _give_try(view: View, command: wire.CourseTryGive) -> None:
    row = view.row(wire.Enrolment, "enrolment", derived_id("enrolment", command.course, command.person))
    if row is None or any(each.id == command.extra for each in row.extra) or view.reached(RESULTS):
        return
    me = view.row(Me, "me", view.user)
    given = wire.ExtraTry(
        id=command.extra, period=row.period, at=view.entry.local_at, by=view.user, by_name=me.name if me else ""
    )
    view.put("enrolment", replace(row, extra=(*row.extra, given)))


def _revoke(view: View, command: wire.CertificateRevoke) -> None:
    old = view.row(wire.Certificate, "certificate", command.certificate)
    if old is not None and old.revoked_on is None:
        today = view.entry.local_at.date()
        view.put("certificate", replace(old, revoked_on=today, revoked_reason=command.reason))


LEARNING_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    wire.CourseStudy.NAME: _study,
    wire.CourseAttemptFinish.NAME: _finish,
    wire.CourseSave.NAME: _save,
    wire.CoursePublish.NAME: _publish,
    wire.CourseWithdraw.NAME: _withdraw,
    wire.CourseAttemptDecide.NAME: _decide,
    wire.CourseTryGive.NAME: _give_try,
    wire.CertificateRevoke.NAME: _revoke,
}
