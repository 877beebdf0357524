"""The notices this phone holds for the person, with what is still to be done."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from offline.overlay_notices import state_id
from offline.rules.notices import duty, is_overdue, is_unread, rank
from offline.rules.prose import plain
from offline.wire.notices import Notice, NoticeConfirm, NoticeRead, NoticeState
from pwa.components.basics import Badge, Child, Tone
from pwa.context import App

# A Chinese character takes the room of two Latin letters.
_MOST_LETTERS = 72


@dataclass(frozen=True)
class Letter:
    """A notice as its reader has it."""

    notice: Notice
    state: NoticeState

    @property
    def unread(self) -> bool:
        return is_unread(self.notice, self.state)

    @property
    def to_confirm(self) -> bool:
        return duty(self.notice, self.state) == "confirm"

    @property
    def confirmed(self) -> bool:
        return self.notice.confirm and self.state.confirmed >= self.notice.asked

    @property
    def waits(self) -> bool:
        return duty(self.notice, self.state) != "none"


def letters(app: App) -> list[Letter]:
    """All of them, what matters most first."""
    states = [row for row in app.engine.replica.all("notice_state") if isinstance(row, NoticeState)]
    pairs = ((app.engine.replica.typed(Notice, "notice", state.notice), state) for state in states)
    found = [Letter(notice, state) for notice, state in pairs if notice is not None]
    now = app.now()
    return sorted(found, key=lambda letter: rank(letter.notice, letter.state, now))


def letter_of(app: App, notice_id: str) -> Letter | None:
    notice = app.engine.replica.typed(Notice, "notice", notice_id)
    state = app.engine.replica.typed(NoticeState, "notice_state", state_id(notice_id, app.engine.user))
    return Letter(notice, state) if notice is not None and state is not None else None


def waiting(app: App) -> list[Letter]:
    """Those with something to be done, the withdrawn left out."""
    return [letter for letter in letters(app) if letter.waits]


def unread_text(app: App) -> str:
    """How many were not read; empty when all were."""
    unread = sum(letter.unread for letter in letters(app))
    return app.t("notices.unread_count", count=unread) if unread else ""


async def open_letter(app: App, letter: Letter) -> None:
    """The person has it before their eyes: told once a revision that counts."""
    current = letter_of(app, letter.notice.id)
    if current is not None and current.unread:
        await app.engine.submit(NoticeRead(notice=letter.notice.id, revision=current.notice.revision))
        app.sync_now()


async def confirm_letter(app: App, letter: Letter) -> None:
    """What was shown is confirmed: if a correction came in this very moment, it is asked for again."""
    current = letter_of(app, letter.notice.id)
    if current is None or current.state.confirmed >= letter.notice.revision:
        return
    await app.engine.submit(NoticeConfirm(notice=letter.notice.id, revision=letter.notice.revision))
    app.sync_now()
    app.toasts.show(app.t("notices.confirmed_toast"), icon="circle-check")


# how a notice is told in a line or two


def marks(app: App, letter: Letter) -> list[Child]:
    """Badges, the most pressing first."""
    notice = letter.notice
    found: list[tuple[str, Tone]] = []
    if notice.status == "withdrawn":
        found.append((app.t("notices.withdrawn"), "neutral"))
    elif letter.to_confirm:
        overdue = is_overdue(notice, letter.state, app.now())
        found.append((app.t("notices.overdue" if overdue else "notices.to_confirm"), "bad" if overdue else "info"))
    elif letter.confirmed:
        found.append((app.t("notices.confirmed"), "accent"))
    if notice.urgent and letter.waits:
        found.append((app.t("notices.urgent"), "bad"))
    if notice.pinned and notice.status == "sent":
        found.append((app.t("notices.pinned"), "neutral"))
    return [Badge(text, tone, key=text) for text, tone in found]


def title(app: App, notice: Notice) -> str:
    return app.name(notice.title)


def glance(app: App, notice: Notice) -> str:
    """The beginning of its text, some two lines of a phone."""
    text = notice.note if notice.status == "withdrawn" else plain(app.name(notice.text))
    most = _MOST_LETTERS if text.isascii() else _MOST_LETTERS // 2
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def due_text(app: App, letter: Letter) -> str:
    due = letter.notice.due_at
    if due is None or not letter.to_confirm:
        return ""
    key = "notices.was_due" if is_overdue(letter.notice, letter.state, app.now()) else "notices.due"
    return app.t(key, at=_until(app, due))


def _until(app: App, at: datetime) -> str:
    """Midnight belongs to the day that ends with it: nobody reads "by November 29, 00:00" as the 28th."""
    if app.format.local(at).time() == time():
        return app.t("notices.end_of", day=app.format.day(at - timedelta(seconds=1), app.now()))
    return app.format.moment(at, app.now())


def when(app: App, notice: Notice) -> str:
    if notice.corrected_at is not None:
        return app.t("notices.corrected", ago=app.format.ago(notice.corrected_at, app.now()))
    return app.format.ago(notice.sent_at, app.now())
