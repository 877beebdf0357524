"""What came of an attempt, at once where the phone marks."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.learning import Card, Course, CourseAttempt, MarkedAnswer
from pwa.components.basics import Button, Child, Icon, calling
from pwa.components.basics import Card as Surface
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.learning.course import CertificateCard, ask_whom
from pwa.screens.learning.questions import points_text
from pwa.screens.learning.reading import Standing, certificates, standing
from pwa.screens.page import Page
from pwa.studies import Study

_ICONS = {"passed": "party-popper", "failed": "rotate-ccw", "waiting": "cloud-upload", "set_aside": "hourglass"}


@component
def ResultScreen(course: Course, study: Study, on_again: Callable[[], Any]) -> VdomDict:
    app = use_app()
    use_engine_version()
    attempt = app.engine.replica.typed(CourseAttempt, "course_attempt", study.attempt)
    held = certificates(app)
    found = standing(app, course, held)
    # Another phone's attempt may have passed.
    fresh = found.certificate if found.passed and attempt is not None and attempt.status != "failed" else None
    return Page(
        app.name(course.title),
        html.div(
            {"className": "stack-12"},
            _verdict(app, course, attempt, found),
            CertificateCard(app, fresh) if fresh is not None else None,
            _answers(app, course, attempt) if attempt is not None else None,
        ),
        back=f"/learn/{course.id}",
        actions=_actions(app, found, attempt, on_again),
        testid="result-screen",
    )


def _verdict(app: App, course: Course, attempt: CourseAttempt | None, found: Standing) -> VdomDict:
    status = attempt.status if attempt is not None else "waiting"
    share = Decimal(attempt.points * 100 // attempt.total if attempt and attempt.total else 100) / 100
    score: Child = None
    if attempt is not None and status != "waiting" and attempt.total:
        score = html.p({"className": "result-score number", "data-testid": "score"}, app.format.percent(share))
    elsewhere = status == "set_aside" and found.passed
    hint = app.t(f"learn.hint.{status}", mark=course.pass_mark)
    if status == "failed" and found.left is not None:
        hint = app.t("learn.hint.again", mark=course.pass_mark, left=found.left)
        if not found.left:
            hint = app.t("learn.hint.spent", mark=course.pass_mark, ask=ask_whom(app, course))
    if attempt is not None and status == "set_aside":
        hint = app.t(f"learn.reason.{attempt.reason}")
    if status == "passed" and course.certificate and not _certified(app, course):
        hint = app.t("learn.hint.certificate_soon")
    return html.section(
        {"className": f"card result result-{status}", "data-testid": "result", "data-status": status},
        html.span({"className": "result-icon"}, Icon(_ICONS.get(status, "circle-check"), size=32)),
        html.h2({"className": "result-title"}, app.t(f"learn.result_title.{status}")),
        score,
        html.p({"className": "muted"}, hint),
        html.p({"className": "muted"}, app.t("learn.passed_anyway")) if elsewhere else None,
    )


def _certified(app: App, course: Course) -> bool:
    return any(each.course == course.id for each in certificates(app))


def _answers(app: App, course: Course, attempt: CourseAttempt) -> Child:
    """Question by question, as far as it is told."""
    asked = [card for card in course.cards if card.question is not None and card.id in attempt.marks]
    if not asked or attempt.status == "waiting":
        return None
    rows = (_answer(app, number, card, attempt.marks[card.id]) for number, card in enumerate(asked, 1))
    return Surface(
        html.h2({"className": "card-title"}, app.t("learn.answers")), html.ol({"className": "answers"}, *rows)
    )


def _answer(app: App, number: int, card: Card, given: MarkedAnswer) -> VdomDict:
    kind = "right" if given.ok else "part" if given.points else "wrong"
    icon = "circle-check" if given.ok else "circle-x"
    names = {option.id: app.name(option.text) for option in card.question.options} if card.question else {}
    told = [names.get(one, one) for one in given.right if card.question and card.question.kind != "true_false"]
    right = app.t("learn.right_is", answer=app.t("list.separator").join(told)) if told and not given.ok else ""
    why = app.name(given.explanation)
    points = points_text(app, given.points, given.of)
    return html.li(
        {"className": f"answer answer-{kind}", "key": card.id},
        Icon(icon, size=20, label=app.t(f"learn.feedback.{kind}")),
        html.div(
            html.p({"dir": "auto"}, f"{number}. {app.name(card.text)}"),
            html.p({"className": "muted small"}, points) if points else None,
            html.p({"className": "small", "dir": "auto"}, right) if right else None,
            html.p({"className": "small", "dir": "auto"}, why) if why else None,
        ),
    )


def _actions(app: App, found: Standing, attempt: CourseAttempt | None, on_again: Callable[[], Any]) -> VdomDict:
    done = Button(app.t("learn.done"), calling(_to_courses, app), wide=True, testid="result-done")
    if attempt is None or attempt.status != "failed" or not found.may_try:
        return done
    again = Button(app.t("learn.again"), calling(on_again), wide=True, testid="retake")
    return html.div({"className": "button-stack"}, again, _plain(app))


def _plain(app: App) -> VdomDict:
    return Button(app.t("learn.later"), calling(_to_courses, app), kind="plain", wide=True, testid="result-done")


def _to_courses(app: App) -> None:
    """In place of the result: back from there would begin the course anew."""
    app.router.navigate("/learn", replace=True)
