"""What came of a course: who passed, which questions are hard, attempts that wait for a decision, certificates."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from reactpy import component, html, use_memo, use_ref, use_state
from reactpy.types import VdomDict

from offline.rules.days import local_day
from offline.rules.marking import (
    CertificateState,
    another_try,
    certificate_state,
    is_passed,
    period,
    tries_allowed,
)
from offline.wire.learning import (
    Certificate,
    CertificateRevoke,
    CourseAttempt,
    CourseAttemptDecide,
    CourseDraft,
    CourseTally,
    CourseTryGive,
    Enrolment,
)
from pwa.components.basics import Badge, Button, Child, EmptyState, Icon, Progress, calling
from pwa.components.fields import TextField
from pwa.components.jotting import use_jotting
from pwa.components.overlays import Sheet
from pwa.desk.editing import fresh_id
from pwa.desk.parts import block, more_note, pair, panel, text_button
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.learning.screen import STATE_TONES

MOST_PEOPLE = 200
MOST_HARD = 5


@component
def Results(row: CourseDraft, tabs: Child, on_close: Callable[[], Any]) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    revoking, revoke = use_state("")
    giving, give = use_state("")
    replica = desk.app.engine.replica
    people = [each for each in replica.all("enrolment") if isinstance(each, Enrolment) and each.course == row.id]
    waiting = [
        each
        for each in replica.all("course_attempt")
        if isinstance(each, CourseAttempt) and each.course == row.id and each.status == "set_aside"
    ]
    held = [each for each in replica.all("certificate") if isinstance(each, Certificate) and each.course == row.id]
    nothing = EmptyState("users", words("courses.no_results"), words("courses.no_results_text"))
    return panel(
        words.name(row.title),
        tabs,
        *([_waiting(words, waiting)] if waiting else []),
        *(
            [_figures(words, people), _hardest(desk, words, row), _people(desk, row, people, held, give)]
            if people
            else [nothing]
        ),
        _certificates(desk, words, held, revoke) if held else None,
        RevokeSheet(revoking, lambda: revoke(""), key="revoke") if revoking else None,
        TrySheet(row, giving, lambda: give(""), key="try") if giving else None,
        on_close=on_close,
        wide=True,
        testid="course-results",
    )


def _figures(words: Words, people: list[Enrolment]) -> VdomDict:
    passed = [each for each in people if each.passed_at is not None]
    tries = sum(each.tries for each in people)
    share = len(passed) / len(people)
    return block(
        words("courses.figures"),
        pair(words("courses.begun"), words.number(len(people)), testid="result-begun"),
        pair(words("courses.passed"), words.number(len(passed)), testid="result-passed", strong=True),
        pair(words("courses.tries"), words.number(tries), testid="result-tries"),
        Progress(share, label=words("courses.passed")),
        key="figures",
    )


def _hardest(desk: DeskState, words: Words, row: CourseDraft) -> Child:
    tally = desk.app.engine.replica.typed(CourseTally, "course_tally", row.id)
    texts = {card.id: words.name(card.text) for card in row.cards if card.question is not None}
    asked = [(each.right / each.asked, card, each) for card, each in (tally.questions if tally else {}).items()
             if each.asked and card in texts]  # fmt: skip
    if not asked:
        return None
    lines = (
        html.li(
            {"key": card},
            html.span({"className": "hard-text"}, texts[card]),
            html.span({"className": "number"}, words("courses.right_of", right=each.right, asked=each.asked)),
            Progress(share, label=texts[card]),
        )
        for share, card, each in sorted(asked)[:MOST_HARD]
    )
    return block(words("courses.hardest"), html.ol({"className": "hard-list"}, *lines), key="hardest", testid="hardest")


def is_spent(row: CourseDraft, each: Enrolment, held: list[Certificate], today: date) -> bool:
    """Whether only a trainer can help this person on. ``held``: the person's certificates, the oldest first."""
    now = period(held, today)
    allowed = tries_allowed(row.attempts, (extra.period for extra in each.extra), now)
    passed = is_passed(each.passed_at is not None, held, today)
    state = certificate_state(held[-1], today) if held else None
    return not another_try(allowed, each.tries if each.period == now else 0, passed=passed, state=state)


def _people(
    desk: DeskState, row: CourseDraft, people: list[Enrolment], held: list[Certificate], give: Callable[[str], Any]
) -> VdomDict:
    """Those with no try left first: they wait for the trainer."""
    words = desk.words()
    today = _today(desk, words)
    owned: dict[str, list[Certificate]] = {}
    for certificate in sorted(held, key=lambda each: each.issued_on):
        owned.setdefault(certificate.user, []).append(certificate)
    states = {user: certificate_state(found[-1], today) for user, found in owned.items()}
    spent = {each.user for each in people if is_spent(row, each, owned.get(each.user, []), today)}
    may = desk.reads.may("course.edit") and row.state == "published"
    order = sorted(people, key=lambda each: (each.user not in spent, each.passed_at is None, each.user_name))
    lines = (
        html.tr(
            {"key": each.id, "data-testid": f"person-{each.user}"},
            html.td(
                html.strong(each.user_name),
                html.div({"className": "faint small"}, words.name(each.organisation_name)),
                *_extra(words, each),
            ),
            html.td({"className": "number"}, str(each.tries)),
            html.td({"className": "number"}, f"{each.best}%" if each.best is not None else ""),
            html.td(
                _person_state(words, each, states.get(each.user), is_spent=each.user in spent),
                text_button(words("courses.give_try"), partial(give, each.id), testid=f"give-try-{each.user}")
                if may and each.user in spent
                else None,
            ),
        )
        for each in order[:MOST_PEOPLE]
    )
    names = ("person", "tries", "best", "state")
    head = html.tr(*(html.th({"key": name, "scope": "col"}, words(f"courses.column_{name}")) for name in names))
    return block(
        words("courses.people"),
        html.table({"className": "course-people"}, html.thead(head), html.tbody(*lines)),
        more_note(words, len(order), MOST_PEOPLE),
        key="people",
    )


def _extra(words: Words, each: Enrolment) -> list[VdomDict]:
    """What was given, by whom and when."""
    return [
        html.div(
            {"className": "faint small", "key": extra.id},
            words("courses.try_given", name=extra.by_name, at=words.format.moment(extra.at, words.now)),
        )
        for extra in each.extra
    ]


def _person_state(words: Words, each: Enrolment, state: CertificateState | None, *, is_spent: bool) -> VdomDict:
    """A pass holds as long as its certificate; who used up all tries waits for the trainer."""
    if is_spent:
        return Badge(words("courses.person_spent"), "warning")
    if state is not None and state != "valid":
        return Badge(words(f"courses.certificate_{state}"), STATE_TONES[state])
    if each.passed_at is not None:
        return Badge(words("courses.passed"), "accent")
    return Badge(words("courses.person_failed" if each.tries else "courses.person_begun"))


def _waiting(words: Words, found: list[CourseAttempt]) -> VdomDict:
    rows = (AsideRow(each, key=each.id) for each in found)
    hint = html.p({"className": "block-note"}, words("courses.aside_hint"))
    return block(words("courses.aside"), hint, *rows, key="aside", testid="set-aside")


@component
def AsideRow(attempt: CourseAttempt) -> VdomDict:
    """One attempt that was set aside, and the decision about it."""
    desk = use_desk()
    words = desk.words()
    note = use_ref("")

    def write(text: str) -> None:
        note.current = text

    async def decide(counts: bool) -> None:
        command = CourseAttemptDecide(attempt=attempt.id, counts=counts, note=note.current.strip())
        await desk.submit(command, said=words("courses.said_decided"))

    percent = attempt.points * 100 // attempt.total if attempt.total else 100
    verdict = words("courses.would_pass" if attempt.passed else "courses.would_fail", percent=percent)
    at = words.format.moment(attempt.finished_at, words.now) if attempt.finished_at else ""
    return html.div(
        {"className": "aside-row", "data-testid": f"aside-{attempt.id}"},
        html.p(html.strong(attempt.user_name), " ", words.name(attempt.organisation_name)),
        html.p(
            {"className": "faint small"},
            words("middle_dot").join((words(f"courses.why_{attempt.reason}"), at, verdict)),
        ),
        TextField(words("courses.note"), on_change=write, max_length=200, testid="aside-note", key="note"),
        html.div(
            {"className": "aside-buttons"},
            Button(words("courses.count"), calling(decide, True), small=True, testid="aside-count"),
            Button(
                words("courses.leave_out"), calling(decide, False), kind="secondary", small=True, testid="aside-leave"
            ),
        ),
    )


def _today(desk: DeskState, words: Words) -> date:
    brand = desk.reads.brand
    return local_day(words.now, brand.time_zone if brand else "Asia/Shanghai")


def _certificates(desk: DeskState, words: Words, held: list[Certificate], revoke: Callable[[str], Any]) -> VdomDict:
    today = _today(desk, words)
    may = desk.reads.may("course.edit")

    def line(each: Certificate) -> VdomDict:
        state = certificate_state(each, today)
        pdf = f"/api/certificates/{each.id}/certificate.pdf"
        return html.div(
            {"className": "certificate-line", "key": each.id},
            html.span(
                html.strong(each.user_name),
                html.span({"className": "faint small number"}, f" {each.issued_on} → {each.expires_on or '∞'}"),
            ),
            Badge(words(f"courses.certificate_{state}"), STATE_TONES[state]),
            html.a(
                {"href": pdf, "target": "_blank", "rel": "noopener", "className": "text-button"},
                Icon("file-text", size=16),
                "PDF",
            ),
            text_button(words("courses.revoke"), lambda: revoke(each.id), testid=f"revoke-{each.id}")
            if may and each.revoked_on is None
            else None,
        )

    newest = sorted(held, key=lambda each: each.issued_on, reverse=True)[:MOST_PEOPLE]
    more = more_note(words, len(held), MOST_PEOPLE)
    return block(words("courses.certificates"), *map(line, newest), more, key="certificates", testid="certificates")


@component
def TrySheet(row: CourseDraft, enrolment_id: str, on_close: Callable[[], Any]) -> VdomDict | None:
    """Before one person gets one more."""
    desk = use_desk()
    words = desk.words()
    extra = use_memo(fresh_id, dependencies=[enrolment_id])
    each = desk.app.engine.replica.typed(Enrolment, "enrolment", enrolment_id)
    if each is None:
        return None

    async def do() -> None:
        command = CourseTryGive(extra=extra, course=row.id, person=each.user)
        await desk.submit(command, said=words("courses.said_try", name=each.user_name))
        on_close()

    told = html.p({"className": "sheet-text"}, words("courses.try_told")) if row.marking == "on_server" else None
    return Sheet(
        words("courses.try_title", name=each.user_name),
        html.p({"className": "sheet-text"}, words("courses.try_text")),
        told,
        on_close=on_close,
        testid="try-sheet",
        actions=Button(words("courses.give_try"), calling(do), wide=True, testid="try-yes"),
    )


@component
def RevokeSheet(certificate_id: str, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    values, put, drop = use_jotting(f"revoke.{certificate_id}")
    reason = values.get("reason", "")
    empty, set_empty = use_state(False)

    async def do() -> None:
        said = values.get("reason", "").strip()
        if not said:
            set_empty(True)
            return
        command = CertificateRevoke(certificate=certificate_id, reason=said)
        await desk.submit(command, said=words("courses.said_revoked"))
        drop()
        on_close()

    return Sheet(
        words("courses.revoke_title"),
        html.p({"className": "sheet-text"}, words("courses.revoke_text")),
        TextField(
            words("courses.revoke_reason"), value=reason, on_change=partial(put, "reason"), max_length=200,
            required=True, error=words("fault.required") if empty else "", testid="revoke-reason",
        ),
        on_close=on_close,
        testid="revoke-sheet",
        actions=Button(words("courses.revoke"), calling(do), kind="danger", wide=True, testid="revoke-yes"),
    )  # fmt: skip
