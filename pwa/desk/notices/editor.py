"""Writing a notice, or correcting one that is out: the form, and the phone beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from reactpy import component, html, use_memo, use_ref, use_state
from reactpy.types import VdomDict

from offline.store import Entry
from offline.wire.commands import Command
from offline.wire.notices import (
    MAX_BODY,
    MAX_TITLE,
    NoticeCorrect,
    NoticeDiscard,
    NoticePaper,
    NoticeSave,
    NoticeSend,
    NoticeUnschedule,
)
from pwa.components.basics import Button, Child, calling
from pwa.components.fields import SegmentedFilter, TextField
from pwa.components.overlays import Sheet
from pwa.desk.editing import Reader, as_seen, refused_errors, use_first_field
from pwa.desk.fields import Fields
from pwa.desk.meanwhile import told
from pwa.desk.notices.attachments import FileFields
from pwa.desk.notices.audience import AudienceFields, Count, summary
from pwa.desk.notices.form import FIELDS, audience_of, check_sending, command_of, correction_of, start_of
from pwa.desk.notices.preview import PhonePreview, Typing, preview_panel
from pwa.desk.parts import UnsavedBar, block, columns, last_question, link, page, select
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words

_HOURS = [f"{hour:02}:{minute:02}" for hour in range(7, 22) for minute in (0, 30)]


@dataclass(frozen=True)
class Editing:
    """What is being written. ``paper`` None: a new one; ``entry``: its refused command, which saving replaces."""

    desk: DeskState
    words: Words
    form: Form
    notice_id: str
    paper: NoticePaper | None
    entry: Entry | None
    correcting: bool

    def read(self, *, sending: bool = False) -> NoticeSave | None:
        """The draft as it stands; None after its faults are shown."""
        reader = Reader(self.form, self.desk)
        made = command_of(self.desk, reader, self.notice_id)
        if made is not None and sending:
            check_sending(self.desk, reader, made)
        if reader.errors:
            self.form.refuse(reader.errors)
            self.desk.app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return None
        return made

    async def submit(self, command: Command) -> Entry:
        self.form.saved()
        command = as_seen(command, self.paper)
        engine = self.desk.app.engine
        return await (engine.replace(self.entry.id, command) if self.entry is not None else engine.submit(command))


@component
def Editor(notice_id: str, paper: NoticePaper | None, correcting: bool = False) -> VdomDict:
    """``paper`` None: a new one."""
    desk = use_desk()
    words = desk.words()
    asking, ask = use_state("")
    typing = use_memo(Typing, dependencies=[notice_id])
    name = "notice.correct" if correcting else "notice.save"
    entry, command = next(iter(desk.refused("notice", notice_id, name)), (None, None))
    base = command if isinstance(command, NoticeSave | NoticeCorrect) else paper
    form = use_form(f"notice:{notice_id}:{name}", start_of(desk, base))
    use_first_field(base is None, ".notice-form")
    if entry is not None and not form.draft.errors:
        form.draft.errors = refused_errors(desk, entry, FIELDS)
    editing = Editing(desk, words, form, notice_id, paper, entry, correcting)
    return page(
        words("notices.correcting" if correcting else "notices.new" if paper is None else "notices.edit"),
        html.p({"className": "crumbs"}, link(desk, "/desk/notices", words("notices.title"))),
        told(desk, form, "notice", entry, paper),
        UnsavedBar(form.dirty, form.reset, key="unsaved"),
        html.div({"className": "notice-form", "data-testid": "notice-form"}, *_blocks(editing, typing)),
        _question(editing, asking, lambda: ask("")),
        tools=_correct_tools(editing) if correcting else _tools(editing, ask),
        panel=preview_panel(words, PhonePreview(form.draft.values, typing, key="preview")),
        testid="notice-editor",
    )


def _blocks(editing: Editing, typing: Typing) -> list[Child]:
    """A correction says what changed, and goes to whom the notice went."""
    desk, words, form = editing.desk, editing.words, editing.form
    fields = Fields(words, form, "notices.field", tell=typing.tell)
    what = _what(desk, fields, typing)
    how = block(
        words("notices.how"),
        fields.switch("confirm"),
        fields.text("due", kind="date", hint=words("notices.due_hint")) if form["confirm"] else None,
        fields.switch("urgent"),
        fields.switch("pinned"),
        fields.switch("joiners") if not editing.correcting else None,
        key="how",
        on_page=True,
    )
    if editing.correcting:
        note = fields.text("note", rows=2, max_length=2000, hint=words("notices.note_hint"))
        return [block(words("notices.change"), note, fields.switch("ask_again"), key="change", on_page=True), what, how]
    audience = AudienceFields(desk, words, form)
    whom = block(words("notices.to"), *audience, key="to", testid="notice-audience", on_page=True)
    return [what, whom, how]


def _what(desk: DeskState, fields: Fields, typing: Typing) -> VdomDict:
    words = fields.words
    own, other = words.languages
    return block(
        words("notices.what"),
        columns(*fields.names("title", max_length=MAX_TITLE)),
        columns(
            fields.text(f"text_{own}", rows=10, max_length=MAX_BODY, hint=words("notices.markup")),
            fields.text(f"text_{other}", rows=10, max_length=MAX_BODY, hint=words("notices.one_language")),
        ),
        FileFields(desk, words, fields.form, typing.tell),
        key="what",
        on_page=True,
    )


def _correct_tools(editing: Editing) -> Sequence[Child]:
    desk, words = editing.desk, editing.words

    async def correct() -> None:
        reader = Reader(editing.form, desk)
        made = correction_of(desk, reader, editing.notice_id)
        if made is None:
            editing.form.refuse(reader.errors)
            return
        await editing.submit(made)
        desk.toast(words("notices.corrected"))
        desk.leave(f"/desk/notices/{editing.notice_id}")

    return (Button(words("notices.correct"), calling(correct), icon="check", testid="notice-correct", key="correct"),)


def _tools(editing: Editing, ask: Callable[[str], Any]) -> Sequence[Child]:
    desk, words, paper, notice_id = editing.desk, editing.words, editing.paper, editing.notice_id

    async def save() -> None:
        made = editing.read()
        if made is not None:
            await editing.submit(made)
            desk.toast(words("notices.saved"))
            if paper is None:
                desk.leave(f"/desk/notices/{notice_id}")

    def check() -> None:
        if editing.read(sending=True) is not None:
            ask("send")

    async def unschedule() -> None:
        await desk.submit(NoticeUnschedule(notice=notice_id), said=words("notices.unscheduled"))

    first: Child = None
    if paper is not None and paper.status == "scheduled":
        first = Button(
            words("notices.unschedule"), calling(unschedule), kind="secondary", testid="notice-unschedule", key="hold"
        )
    elif paper is not None:
        first = Button(
            words("notices.discard"), calling(ask, "discard"), kind="plain", testid="notice-discard", key="discard"
        )
    return (
        first,
        Button(words("notices.save"), calling(save), kind="secondary", testid="notice-save", key="save"),
        Button(words("notices.send"), calling(check), icon="send", testid="notice-send", key="send"),
    )


def _question(editing: Editing, asking: str, close: Callable[[], Any]) -> Child:
    desk, words = editing.desk, editing.words
    if asking == "send":
        return SendSheet(editing, close, key="send")
    if asking != "discard":
        return None

    async def discard() -> None:
        close()
        await desk.submit(NoticeDiscard(notice=editing.notice_id), said=words("notices.discarded"))
        desk.leave("/desk/notices")

    return last_question(words, "notices.discard", discard, close, testid="discard")


@component
def SendSheet(editing: Editing, close: Callable[[], Any]) -> VdomDict:
    """The last look before it goes out: to whom, how many, when."""
    desk, words = editing.desk, editing.words
    when, set_when = use_state("now")
    day, set_day = use_state(desk.today().isoformat())
    hour, set_hour = use_state("09:00")
    error, set_error = use_state("")
    audience = audience_of(editing.form)
    sent = use_ref(False)

    async def send() -> None:
        if sent.current:
            return  # the second press of a double click
        at = _moment(day, hour, desk) if when == "later" else None
        made = editing.read(sending=True)
        if made is None:
            close()
        elif when == "later" and (at is None or at <= desk.app.server_now()):
            set_error(words("notices.in_the_past"))
        else:
            sent.current = True
            await _send(editing, made, at)
            close()
            desk.leave("/desk/notices?filter=scheduled" if at else f"/desk/notices/{editing.notice_id}")

    choices = [(name, words(f"notices.send_{name}")) for name in ("now", "later")]
    return Sheet(
        words("notices.send_title"),
        html.p({"className": "sheet-text"}, summary(audience, words, desk.reads)),
        Count(audience, key="count"),
        SegmentedFilter(choices, when, set_when, label=words("notices.send_when"), testid="send-when"),
        columns(
            TextField(
                words("notices.send_day"), value=day, on_change=set_day, kind="date", error=error, testid="send-day"
            ),
            select(words("notices.send_hour"), [(each, each) for each in _HOURS], hour, set_hour, testid="send-hour"),
        )
        if when == "later"
        else None,
        html.p({"className": "field-hint", "key": "clock"}, words("clock.brand", zone=desk.elsewhere))
        if when == "later" and desk.elsewhere
        else None,
        on_close=close,
        actions=Button(
            words("notices.send_do" if when == "now" else "notices.schedule_do"),
            calling(send),
            wide=True,
            icon="send",
            testid="send-do",
        ),
        testid="send-sheet",
    )


async def _send(editing: Editing, made: NoticeSave, at: datetime | None) -> None:
    """At once, or ``at``; not before it is saved as it stands."""
    saved = await editing.submit(made)
    await editing.desk.app.engine.submit(NoticeSend(notice=editing.notice_id, at=at), [saved.id])
    editing.desk.toast(editing.words("notices.scheduled_toast" if at else "notices.sent_toast"))


def _moment(day: str, hour: str, desk: DeskState) -> datetime | None:
    """A day and an hour at the brand."""
    try:
        return datetime.combine(
            datetime.fromisoformat(day).date(), time.fromisoformat(hour), desk.format.zone
        ).astimezone(UTC)
    except ValueError:
        return None
