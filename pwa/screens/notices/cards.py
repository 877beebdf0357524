"""Notices on other screens: on home what is unread, urgent ones on top; in tasks what waits to be confirmed."""

from collections.abc import Sequence

from reactpy import component, html
from reactpy.types import Component, VdomDict

from pwa.components.basics import Button, Card, Child, Icon, Pieces, Row, calling
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.notices.inbox import Letter, due_text, glance, letters, marks, title, waiting, when
from pwa.screens.sections import Section

MOST_ON_HOME = 3


def LetterRow(app: App, letter: Letter) -> VdomDict:
    """One line of a list; a dot says that it was not read."""
    notice = letter.notice
    dot = html.span({"className": "letter-dot"}, html.span({"className": "visually-hidden"}, app.t("notices.unread")))
    reminded = letter.waits and letter.state.reminded_at is not None
    note = app.t("notices.reminded") if reminded else ""
    return Row(
        html.span({"className": "letter-title", "dir": "auto"}, title(app, notice)),
        html.span(
            {"className": "letter-detail"},
            html.span({"className": "letter-glance", "dir": "auto"}, glance(app, notice)),
            html.span(
                {"className": "letter-facts"},
                *marks(app, letter),
                Pieces(note, due_text(app, letter) or when(app, notice)),
            ),
        ),
        leading=html.span(
            {"className": "letter-mark"}, dot if letter.unread else Icon(_icon(letter), size=20, class_name="faint")
        ),
        on_press=calling(app.router.navigate, f"/notices/{notice.id}"),
        chevron=True,
        testid=f"letter-{notice.id}",
        key=notice.id,
        data={"unread": "true" if letter.unread else "false"},
        class_name="letter-unread" if letter.unread else "",
    )


def _icon(letter: Letter) -> str:
    if letter.notice.status == "withdrawn":
        return "mail-x"
    return "mail-check" if letter.confirmed else "mail-open"


@component
def UrgentNotices() -> VdomDict:
    """What head office marked urgent and this person has not dealt with."""
    app = use_app()
    use_engine_version()
    urgent = [letter for letter in waiting(app) if letter.notice.urgent]
    if not urgent:
        return html.div({"hidden": True})
    return html.section(
        {"className": "card letter-urgent", "data-testid": "urgent-notices"},
        html.h2(
            {"className": "card-title letter-urgent-title"},
            Icon("megaphone", size=20),
            app.t("notices.urgent_title", count=len(urgent)),
        ),
        *(LetterRow(app, letter) for letter in urgent[:MOST_ON_HOME]),
    )


@component
def NoticesCard() -> VdomDict:
    """The others with something to be done; without any, nothing."""
    app = use_app()
    use_engine_version()
    found = [letter for letter in waiting(app) if not letter.notice.urgent]
    if not found:
        return html.div({"hidden": True})
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("notices.new", count=len(found))),
            _all(app),
        ),
        *(LetterRow(app, letter) for letter in found[:MOST_ON_HOME]),
        testid="home-notices",
    )


def _all(app: App) -> VdomDict:
    go = calling(app.router.navigate, "/notices")
    return Button(app.t("notices.all"), go, kind="plain", small=True, testid="all-notices")


# tasks


def confirms_ever(app: App) -> bool:
    return any(letter.notice.confirm for letter in letters(app))


def to_confirm(app: App) -> Sequence[Letter]:
    return [letter for letter in letters(app) if letter.to_confirm]


def count_to_confirm(app: App) -> int:
    return len(to_confirm(app))


def confirm_card() -> Component:
    return ConfirmCard()


@component
def ConfirmCard() -> VdomDict:
    app = use_app()
    use_engine_version()
    found = to_confirm(app)
    rows: list[Child] = [LetterRow(app, letter) for letter in found]
    nothing = html.p({"className": "muted"}, app.t("notices.nothing_to_confirm"))
    return Card(
        html.div({"className": "spread"}, html.h2({"className": "card-title"}, app.t("notices.tasks")), _all(app)),
        *(rows or [nothing]),
        testid="confirm-notices",
    )


NOTICE_SECTIONS = (Section(confirms_ever, count_to_confirm, confirm_card),)
