"""Courses and results as the rows phones hold."""

from collections.abc import Mapping

import msgspec

from backend.learning import models
from offline.rules.marking import Grade, grade, seals_of, veil
from offline.wire import learning as wire
from offline.wire.media import MediaView

Views = Mapping[str, MediaView]


def content_of(doc: dict[str, object]) -> wire.CourseSave:
    """What ``Course.doc`` or ``CourseRevision.doc`` says."""
    return msgspec.convert({**doc, "course": "00000000-0000-0000-0000-000000000000"}, wire.CourseSave)


def doc_of(command: wire.CourseSave) -> dict[str, object]:
    # As the database gives it back, to be compared with that.
    doc: dict[str, object] = msgspec.json.decode(msgspec.json.encode(command))
    del doc["course"]
    doc.pop("seen", None)
    return doc


def draft_row(row: models.Course) -> wire.CourseDraft:
    return msgspec.convert(
        {
            **row.doc,
            "id": row.id,
            "state": row.state,
            "revision": row.revision,
            "changed": row.changed,
            "changed_at": row.changed_at,
            "published_at": row.published_at,
        },
        wire.CourseDraft,
    )


def course_row(
    revision: models.CourseRevision, titles: Mapping[str, dict[str, str]], views: Views, trainer: str
) -> wire.Course:
    """``titles``: of the courses it requires; ``trainer``: the name of who published it, if that is known."""
    content = content_of(revision.doc)
    return wire.Course(
        id=revision.course_id,
        title=content.title,
        summary=content.summary,
        image=content.image,
        minutes=content.minutes,
        revision=revision.revision,
        cards=cards_of(revision, views, public=True),
        pass_mark=content.pass_mark,
        attempts=content.attempts,
        shuffle=content.shuffle,
        marking=content.marking,
        salt=revision.salt if content.marking == "on_phone" else "",
        requires=tuple(wire.Requirement(one, titles.get(one, {})) for one in content.prerequisites),
        certificate=content.certificate,
        valid_months=content.valid_months,
        published_at=revision.published_at,
        trainer=trainer,
    )


def cards_of(revision: models.CourseRevision, views: Views, *, public: bool) -> tuple[wire.Card, ...]:
    """``public``: without seals and explanations where the server marks."""
    content = content_of(revision.doc)
    sealed = not public or content.marking == "on_phone"
    return tuple(
        wire.Card(
            id=card.id,
            kind=card.kind,
            title=card.title,
            text=card.text,
            image=card.image,
            media=views.get(card.media.id) if card.media is not None else None,
            question=_question(revision.salt, card.id, card.question, sealed=sealed) if card.question else None,
        )
        for card in content.cards
    )


def _question(salt: str, card: str, question: wire.AuthoredQuestion, *, sealed: bool) -> wire.Question:
    options = question.options
    if question.kind == "order":
        # Typed in in the right order; their ids are drawn at random and say nothing.
        options = tuple(sorted(options, key=lambda option: option.id))
    return wire.Question(
        kind=question.kind,
        options=options,
        points=question.points,
        partial=question.partial,
        seals=seals_of(salt, card, question) if sealed else (),
        veiled={tag: veil(salt, card, text) for tag, text in question.explanation.items() if text} if sealed else {},
    )


def graded(revision: models.CourseRevision, answers: Mapping[str, tuple[str, ...]]) -> Grade:
    """By the same rule, over the same sealed questions, as the phone's."""
    content = content_of(revision.doc)
    return grade(revision.salt, cards_of(revision, {}, public=False), answers, content.pass_mark)


def marks_of(
    revision: models.CourseRevision, attempt: models.CourseAttempt, *, reveal: bool
) -> dict[str, wire.MarkedAnswer]:
    """``reveal``: with the right answers and why, by question."""
    answers = {card: tuple(answer) for card, answer in attempt.answers.items()}
    found = graded(revision, answers).marks
    questions = {card.id: card.question for card in content_of(revision.doc).cards if card.question is not None}
    return {
        card: wire.MarkedAnswer(
            points=mark.points,
            of=mark.of,
            ok=mark.ok,
            answer=answers.get(card, ()),
            right=(questions[card].accepted or questions[card].right) if reveal else (),
            explanation=questions[card].explanation if reveal else {},
        )
        for card, mark in found.items()
    }


def attempt_row(
    attempt: models.CourseAttempt,
    enrolment: models.Enrolment,
    revision: models.CourseRevision,
    *,
    reveal: bool,
) -> wire.CourseAttempt:
    return wire.CourseAttempt(
        id=attempt.id,
        user=attempt.user_id,
        user_name=enrolment.user_name,
        organisation_name=enrolment.organisation_name,
        course=attempt.course_id,
        title=content_of(revision.doc).title,
        revision=attempt.revision,
        number=attempt.number,
        period=attempt.period,
        status=attempt.status,
        reason=attempt.reason,
        points=attempt.points,
        total=attempt.total,
        passed=attempt.passed,
        marks=marks_of(revision, attempt, reveal=reveal),
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        note=attempt.note,
        decided_by=attempt.decided_by,
    )


def enrolment_row(row: models.Enrolment, title: dict[str, str]) -> wire.Enrolment:
    return wire.Enrolment(
        id=row.id,
        user=row.user_id,
        user_name=row.user_name,
        organisation=row.organisation_id,
        organisation_name=row.organisation_name,
        course=row.course_id,
        title=title,
        revision=row.revision,
        cards=tuple(row.cards),
        tries=row.tries,
        period=row.period,
        extra=extra_of(row),
        best=row.best,
        passed_at=row.passed_at,
        last_at=row.last_at,
    )


def extra_of(row: models.Enrolment) -> tuple[wire.ExtraTry, ...]:
    return msgspec.convert(row.extra, tuple[wire.ExtraTry, ...])


def certificate_row(row: models.Certificate) -> wire.Certificate:
    return wire.Certificate(
        id=row.id,
        code=row.code,
        user=row.user_id,
        user_name=row.user_name,
        organisation_name=row.organisation_name,
        course=row.course_id,
        title=row.title,
        percent=row.percent,
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        revoked_on=row.revoked_on,
        revoked_reason=row.revoked_reason,
    )


def tally_row(row: models.CourseTally) -> wire.CourseTally:
    questions = {card: wire.QuestionTally(asked, right) for card, (asked, right) in row.questions.items()}
    return wire.CourseTally(id=row.course_id, questions=questions)
