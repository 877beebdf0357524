"""The person's notices: the list, and one to be read and confirmed, with or without a network."""

from typing import Any

from reactpy import component, html, use_async_effect
from reactpy.types import VdomDict

from offline.rules.notices import is_overdue
from pwa.components.basics import Button, Card, Child, Chip, ChipRow, EmptyState, ErrorBox, Icon, Pieces, calling
from pwa.components.prose import Prose
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.router import use_kept
from pwa.screens.notices.cards import LetterRow
from pwa.screens.notices.files import Files
from pwa.screens.notices.inbox import Letter, confirm_letter, due_text, letter_of, letters, marks, open_letter, title
from pwa.screens.page import Page

FILTERS = ("all", "unread", "to_confirm")
_PAGE = 30


@component
def NoticesScreen(filter: str = "all") -> VdomDict:  # noqa: A002 - it is the query's name
    app = use_app()
    use_engine_version()
    text, set_text, _ = use_kept("shown", str(_PAGE))
    shown = int(text)
    found = letters(app)
    chosen = filter if filter in FILTERS else "all"
    counts = {"unread": sum(each.unread for each in found), "to_confirm": sum(each.to_confirm for each in found)}
    listed = [each for each in found if chosen == "all" or getattr(each, chosen)]
    chips = [
        Chip(
            app.t(f"notices.filter.{name}"),
            calling(_choose, app, name),
            selected=name == chosen,
            count=counts.get(name) or None,
            testid=f"filter-{name}",
            key=name,
        )
        for name in FILTERS
    ]
    return Page(
        app.t("notices.title"),
        ChipRow(*chips, label=app.t("notices.filters")) if found else None,
        _list(app, listed[:shown], chosen),
        Button(
            app.t("notices.more"),
            calling(set_text, str(shown + _PAGE)),
            kind="secondary",
            wide=True,
            testid="more-notices",
        )
        if len(listed) > shown
        else None,
        back="/",
        testid="notices-screen",
    )


def _choose(app: App, name: str) -> None:
    """In the address, so that "back" from a notice leads to the same list; no step of its own in the history."""
    app.router.navigate("/notices" if name == "all" else f"/notices?filter={name}", replace=True)


def _list(app: App, listed: list[Letter], chosen: str) -> VdomDict:
    if not listed:
        hint = app.t("notices.none_hint") if chosen == "all" else ""
        return EmptyState("mail-open", app.t(f"notices.none.{chosen}"), hint, testid="no-notices")
    return Card(*(LetterRow(app, letter) for letter in listed), class_name="letters", testid="letters")


@component
def NoticeScreen(notice_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    letter = letter_of(app, notice_id)
    unread = letter is not None and letter.unread

    @use_async_effect(dependencies=[notice_id, unread])
    async def opened() -> None:
        if letter is not None and unread:
            await open_letter(app, letter)

    if letter is None:
        return Page(app.t("notices.one"), _missing(app), back="/notices", testid="notice-screen")
    return Page(
        app.t("notices.one"),
        Whole(app, letter),
        back="/notices",
        actions=confirm_action(app, letter),
        testid="notice-screen",
    )


def _missing(app: App) -> VdomDict:
    """Opened from a push message before the rows are here, or not one's own."""
    go = Button(app.t("notices.all"), calling(app.router.navigate, "/notices"), kind="secondary")
    return EmptyState("mail-question-mark", app.t("notices.missing"), app.t("notices.missing_hint"), go)


def Whole(app: App, letter: Letter) -> VdomDict:
    notice = letter.notice
    sent = Pieces(notice.author_name, app.format.moment(notice.sent_at, app.now()))
    return html.article(
        {"className": "letter stack", "data-testid": f"notice-{notice.id}", "data-revision": str(notice.revision)},
        Card(
            html.div({"className": "cluster"}, *marks(app, letter)) if marks(app, letter) else None,
            html.h2({"className": "letter-heading", "dir": "auto"}, title(app, notice)),
            html.p({"className": "letter-from"}, sent),
            _correction(app, letter),
            Prose(app.name(notice.text), testid="notice-text") if notice.status == "sent" else None,
        ),
        Files(app, notice.id, notice.files) if notice.files else None,
    )


def _correction(app: App, letter: Letter) -> Child:
    notice = letter.notice
    if notice.status == "withdrawn":
        why = notice.note or app.t("notices.withdrawn_hint")
        return ErrorBox(app.t("notices.withdrawn_title"), why, tone="warning", testid="notice-withdrawn")
    if notice.corrected_at is None:
        return None
    at = app.format.moment(notice.corrected_at, app.now())
    return ErrorBox(app.t("notices.corrected_at", at=at), notice.note, tone="info", testid="notice-corrected")


def confirm_action(app: App, letter: Letter) -> Any:
    """The button in the thumb's reach, or that it was done and when."""
    notice, state = letter.notice, letter.state
    if not notice.confirm or notice.status == "withdrawn":
        return None
    if letter.to_confirm:
        due = due_text(app, letter)
        tone = "note-bad" if is_overdue(notice, state, app.now()) else "muted"
        return html.div(
            {"className": "letter-action"},
            html.p({"className": f"letter-due {tone}"}, due) if due else None,
            Button(
                app.t("notices.confirm"),
                calling(confirm_letter, app, letter),
                icon="check",
                wide=True,
                testid="confirm-notice",
            ),
        )
    at = app.format.moment(state.confirmed_at, app.now()) if state.confirmed_at else ""
    return html.p(
        {"className": "letter-done", "data-testid": "notice-confirmed"},
        Icon("circle-check", size=20),
        app.t("notices.confirmed_at", at=at),
    )
