"""Learning: courses to do, begun and done, and the person's certificates. All of it works without a network."""

from collections.abc import Sequence

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.learning import Certificate
from pwa.components.basics import Badge, Card, Child, EmptyState, Icon, Picture, Progress, Row, Tone, calling
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.learning.reading import Standing, certificates, courses, standing
from pwa.screens.page import Page

STATE_TONES: dict[str, Tone] = {"valid": "accent", "expiring": "warning", "expired": "neutral", "revoked": "bad"}


def has_courses(app: App) -> bool:
    return app.may("course.take") and bool(app.engine.replica.all("course") or certificates(app))


def open_courses(app: App) -> int:
    """Courses that wait: neither passed nor locked."""
    held = certificates(app)
    found = (standing(app, course, held) for course in courses(app))
    return sum(not each.passed and each.may_try for each in found)


@component
def LearnScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    held = certificates(app)
    found = [standing(app, course, held) for course in courses(app)]
    begun = [each for each in found if each.begun and not each.passed]
    open_ = [each for each in found if not each.begun and not each.passed]
    done = [each for each in found if each.passed]
    gone = [each for each in held if all(each.course != one.course.id for one in found)]
    nothing = EmptyState("graduation-cap", app.t("learn.none"), app.t("learn.none_hint"), testid="no-courses")
    return Page(
        app.t("learn.title"),
        *([] if found or gone else [nothing]),
        _group(app, "begun", begun),
        _group(app, "open", open_),
        _group(app, "done", done),
        _others(app, gone),
        large=True,
        testid="learn-screen",
    )


@component
def CoursesToDo() -> Child:
    """Courses begun and to do, for a home that has little else."""
    app = use_app()
    use_engine_version()
    held = certificates(app)
    found = [each for each in (standing(app, course, held) for course in courses(app)) if not each.passed]
    begun, others = ([each for each in found if each.begun is wanted] for wanted in (True, False))
    return html.div({"className": "stack-12"}, _group(app, "begun", begun), _group(app, "open", others))


def _group(app: App, name: str, found: Sequence[Standing]) -> Child:
    if not found:
        return None
    return Card(
        html.h2({"className": "card-title"}, app.t(f"learn.group.{name}")),
        *(_row(app, each) for each in found),
        testid=f"courses-{name}",
        key=name,
    )


def _row(app: App, found: Standing) -> VdomDict:
    course = found.course
    return Row(
        html.span({"dir": "auto"}, app.name(course.title)),
        html.span({"className": "course-detail"}, _detail(app, found), _bar(app, found)),
        leading=Picture(course.image, fallback="graduation-cap", size=64),
        trailing=_badge(app, found),
        on_press=calling(app.router.navigate, f"/learn/{course.id}"),
        testid=f"course-{course.id}",
        key=course.id,
        class_name="course-row",
    )


def _detail(app: App, found: Standing) -> str:
    if found.missing:
        return app.t("learn.locked")
    if found.passed and found.certificate is not None and found.certificate.expires_on is not None:
        return app.t("learn.valid_until", day=app.format.day(found.certificate.expires_on, app.now()))
    if found.begun and not found.passed and found.read >= found.cards > 0 and found.may_try:
        return app.t("learn.quiz_left")
    if found.is_spent:
        return app.t("learn.spent")
    if found.begun and not found.passed:
        return app.t("learn.read", read=found.read, cards=found.cards)
    return app.t("learn.minutes", count=found.course.minutes)


def _bar(app: App, found: Standing) -> Child:
    if found.passed or found.is_spent or not found.begun or not found.cards:
        return None
    return Progress(found.read / found.cards, label=app.t("learn.progress"))


def _badge(app: App, found: Standing) -> Child:
    if found.state in ("expiring", "expired", "revoked"):
        return Badge(app.t(f"certificate.state.{found.state}"), STATE_TONES[found.state])
    if found.passed:
        return Badge(app.t("learn.passed"), "accent")
    if found.attempts and found.attempts[0].status in ("waiting", "set_aside"):
        return Badge(app.t(f"learn.status.{found.attempts[0].status}"), "warning")
    return Icon("lock", size=18) if found.missing else Icon("chevron-right", size=18, class_name="row-chevron")


def _others(app: App, found: Sequence[Certificate]) -> Child:
    """Certificates of courses that are not offered any more."""
    if not found:
        return None
    rows = (
        Row(
            app.name(each.title),
            app.t("learn.issued", day=app.format.day(each.issued_on, app.now())),
            leading=Icon("award", size=24),
            on_press=calling(app.router.navigate, f"/learn/{each.course}"),
            chevron=True,
            key=each.id,
        )
        for each in found
    )
    return Card(html.h2({"className": "card-title"}, app.t("learn.certificates")), *rows, key="others")
