"""One course before and after it is taken: what it is, what one may do, the results so far, the certificate."""

from decimal import Decimal
from functools import partial

from reactpy import component, html
from reactpy.types import VdomDict

from offline.rules.marking import CertificateState, certificate_state
from offline.wire.learning import Certificate, Course, CourseAttempt
from pwa.components.basics import (
    Badge,
    Button,
    Card,
    Child,
    EmptyState,
    ErrorBox,
    Icon,
    Kind,
    Progress,
    Row,
    Tone,
    calling,
)
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.learning.keeping import KeepOffline
from pwa.screens.learning.reading import Standing, certificates, standing, today
from pwa.screens.learning.screen import STATE_TONES
from pwa.screens.page import Page

ATTEMPT_TONES: dict[str, Tone] = {
    "passed": "accent",
    "failed": "neutral",
    "waiting": "info",
    "set_aside": "warning",
    "left_out": "neutral",
}


@component
def CourseScreen(course_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    course = app.engine.replica.typed(Course, "course", course_id)
    held = certificates(app)
    if course is None:
        own = [each for each in held if each.course == course_id]
        gone = EmptyState("graduation-cap", app.t("learn.gone"), app.t("learn.gone_hint"))
        cards = [CertificateCard(app, each) for each in own] or [gone]
        return Page(app.t("learn.title"), *cards, back="/learn", testid="course-screen")
    found = standing(app, course, held)
    return Page(
        app.name(course.title),
        html.div(
            {"className": "stack-12"},
            _about(app, found),
            CertificateCard(app, found.certificate) if found.certificate is not None else None,
            _attempts(app, found),
            KeepOffline(course.id, key="keep"),
        ),
        back="/learn",
        actions=_action(app, found),
        testid="course-screen",
    )


def _about(app: App, found: Standing) -> VdomDict:
    course = found.course
    questions = sum(card.question is not None for card in course.cards)
    facts = [
        ("clock", app.t("learn.minutes", count=course.minutes)),
        ("layers", app.t("learn.cards", count=found.cards)),
    ]
    if questions:
        facts.append(("list-checks", app.t("learn.questions", count=questions, mark=course.pass_mark)))
        facts.append(("repeat", _tries(app, found)))
    if course.certificate:
        months = course.valid_months
        facts.append(("award", app.t("learn.certified", months=months) if months else app.t("learn.certified_always")))
    picture = html.img({"className": "course-picture", "src": course.image, "alt": ""}) if course.image else None
    return Card(
        picture,
        html.p({"className": "note-text"}, app.name(course.summary)) if course.summary else None,
        html.ul(
            {"className": "course-facts"},
            *(html.li({"key": icon}, Icon(icon, size=18), html.span(text)) for icon, text in facts),
        ),
        Progress(found.read / found.cards, label=app.t("learn.progress"))
        if found.begun and found.cards and not found.passed and not found.is_spent
        else None,
        _missing(app, found),
        _renewal(app, found),
        ErrorBox(app.t("learn.spent"), ask_whom(app, course), tone="warning", testid="spent")
        if found.is_spent
        else None,
        *_extra(app, found),
        class_name="course-about",
    )


def _tries(app: App, found: Standing) -> str:
    if found.left is None:
        return app.t("learn.tries_free")
    return app.t("learn.tries_left", left=found.left, count=found.allowed)


def ask_whom(app: App, course: Course) -> str:
    """For who has no try left."""
    return app.t("learn.spent_ask", name=course.trainer) if course.trainer else app.t("learn.spent_hint")


def _extra(app: App, found: Standing) -> list[VdomDict]:
    """Tries that a trainer gave, by whom and when."""
    return [
        html.p(
            {"className": "muted small", "data-testid": "extra-try", "key": each.id},
            app.t("learn.try_given", name=each.by_name, at=app.format.moment(each.at, app.now())),
        )
        for each in found.extra
    ]


def _missing(app: App, found: Standing) -> Child:
    if not found.missing:
        return None
    wanted = [each for each in found.course.requires if each.course in found.missing]
    first = app.t("list.separator").join(app.name(each.title) for each in wanted)
    # What is not on the phone (not meant for this person, or withdrawn) is named only.
    ways = [
        Button(
            app.t("learn.to_course", course=app.name(each.title)),
            calling(app.router.navigate, f"/learn/{each.course}"),
            kind="secondary",
            small=True,
            testid=f"first-{each.course}",
            key=each.course,
        )
        for each in wanted
        if app.engine.replica.typed(Course, "course", each.course) is not None
    ]
    told = app.t("learn.locked_hint", courses=first)
    return ErrorBox(app.t("learn.locked"), told, *ways, tone="warning", testid="locked")


def _may_renew(found: Standing) -> bool:
    runs_out = found.state in ("expiring", "expired")
    return runs_out and found.course.certificate and not found.missing and found.left != 0


def _renewal(app: App, found: Standing) -> Child:
    """A certificate that runs out, and what brings a new one."""
    if not _may_renew(found) or found.certificate is None or found.certificate.expires_on is None:
        return None
    title = app.t(f"learn.{found.state}", day=app.format.day(found.certificate.expires_on, app.now()))
    return ErrorBox(title, app.t("learn.renew_hint"), tone="warning", testid="renewal")


def _action(app: App, found: Standing) -> Child:
    """The one thing to do next."""
    if found.missing:
        return None
    study = app.studies.find(found.course.id)
    running = study is not None and not study.done and study.revision == found.course.revision and study.place > 0
    key = (
        "resume" if running or (found.begun and not found.used) else "again" if found.used or found.passed else "start"
    )
    if _may_renew(found) and not running:
        key = "renew"
    go = calling(app.router.navigate, f"/learn/{found.course.id}/take")
    if found.left == 0:
        return Button(app.t("learn.read_again"), go, kind="secondary", wide=True, testid="course-start")
    kind: Kind = "secondary" if found.passed and found.state == "valid" else "primary"
    return Button(app.t(f"learn.{key}"), go, kind=kind, wide=True, testid="course-start")


def _attempts(app: App, found: Standing) -> Child:
    if not found.attempts:
        return None
    rows = [_attempt(app, each) for each in found.attempts]
    return Card(html.h2({"className": "card-title"}, app.t("learn.attempts")), *rows, testid="attempts")


def _attempt(app: App, attempt: CourseAttempt) -> VdomDict:
    at = app.format.moment(attempt.finished_at, app.now()) if attempt.finished_at else ""
    return Row(
        score_text(app, attempt),
        app.t(f"learn.reason.{attempt.reason}") if attempt.status == "set_aside" else attempt.note or at,
        trailing=Badge(app.t(f"learn.status.{attempt.status}"), ATTEMPT_TONES[attempt.status]),
        testid=f"attempt-{attempt.id}",
        data={"status": attempt.status},
        key=attempt.id,
    )


def score_text(app: App, attempt: CourseAttempt) -> str:
    if attempt.status == "waiting":
        return app.t("learn.score_waiting")
    share = Decimal(attempt.points * 100 // attempt.total if attempt.total else 100) / 100
    return app.t("learn.score", points=attempt.points, total=attempt.total, percent=app.format.percent(share))


def CertificateCard(app: App, certificate: Certificate) -> VdomDict:
    """The certificate as it is held; its PDF and the page that verifies it need a network."""
    from_state = standing_of(app, certificate)
    day = partial(app.format.day, now=app.now(), with_year=True)
    until = day(certificate.expires_on) if certificate.expires_on else app.t("certificate.for_good")
    return html.section(
        {
            "className": f"card certificate certificate-{from_state}",
            "data-testid": "certificate",
            "key": certificate.id,
        },
        html.div(
            {"className": "certificate-head"},
            Icon("award", size=28),
            html.div(
                html.h2({"className": "card-title"}, app.t("certificate.heading")),
                html.p({"className": "muted small"}, app.name(certificate.title)),
            ),
            Badge(app.t(f"certificate.state.{from_state}"), STATE_TONES[from_state], testid="certificate-state"),
        ),
        html.dl(
            {"className": "facts"},
            _fact(app.t("certificate.holder"), certificate.user_name),
            _fact(app.t("certificate.issued"), day(certificate.issued_on)),
            _fact(app.t("certificate.valid_until"), until),
            _fact(app.t("certificate.number"), in_fours(certificate.code)),
            _fact(app.t("learn.revoked_why"), certificate.revoked_reason) if certificate.revoked_on else None,
        ),
        html.div(
            {"className": "certificate-links"},
            _link(app.t("certificate.pdf"), "file-text", pdf_address(certificate), "certificate-pdf"),
            _link(app.t("certificate.verify"), "shield-check", f"/verify/{certificate.code}", "certificate-verify"),
        ),
    )


def pdf_address(certificate: Certificate) -> str:
    return f"/api/certificates/{certificate.id}/certificate.pdf"


def in_fours(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def standing_of(app: App, certificate: Certificate) -> CertificateState:
    return certificate_state(certificate, today(app))


def _fact(label: str, value: str) -> VdomDict:
    return html.div({"className": "fact", "key": label}, html.dt(label), html.dd({"dir": "auto"}, value))


def _link(label: str, icon: str, to: str, testid: str) -> VdomDict:
    look = {"className": "button button-secondary button-small", "href": to, "target": "_blank", "rel": "noopener"}
    return html.a({**look, "data-testid": testid, "key": testid}, Icon(icon, size=18), html.span(label))
