"""Notices as pending commands make them look, for their authors and their readers."""

from collections.abc import Callable
from typing import Any

import msgspec

from offline.ids import derived_id
from offline.projection import View
from offline.rules.notices import may
from offline.wire import notices as n
from offline.wire.media import MediaRef, MediaView
from offline.wire.rows import Me

replace = msgspec.structs.replace
AUTHORS = "notices"


def state_id(notice: str, user: str) -> str:
    return derived_id("notice_state", notice, user)


def _save(view: View, command: n.NoticeSave) -> None:
    old = _paper(view, command.notice, command.NAME)
    me = view.row(Me, "me", view.user)
    if view.reached(AUTHORS) or (old is None and view.row(n.NoticePaper, "notice_paper", command.notice) is not None):
        return
    values = {
        name: value
        for name, value in msgspec.structs.asdict(command).items()
        if name not in ("notice", "files", "seen")
    }
    kept: dict[str, Any] = {"author": view.user, "author_name": me.name if me else ""}
    if old is not None:
        kept = {"author": old.author, "author_name": old.author_name, "status": old.status, "send_at": old.send_at}
    files = tuple(n.NoticeFileView(name=each.name, media=_expected(each.media)) for each in command.files)
    at = view.entry.local_at
    view.put("notice_paper", n.NoticePaper(id=command.notice, files=files, changed_at=at, **kept, **values))


def _expected(ref: MediaRef) -> MediaView:
    return MediaView(id=ref.id, content_type=ref.content_type, size=ref.size, sha256=ref.sha256)


def _send(view: View, command: n.NoticeSend) -> None:
    paper = _paper(view, command.notice, command.NAME)
    if paper is not None:
        later = command.at is not None and command.at > view.entry.local_at
        _put(view, replace(paper, status="scheduled" if later else "sending", send_at=command.at))


def _unschedule(view: View, command: n.NoticeUnschedule) -> None:
    paper = _paper(view, command.notice, command.NAME)
    if paper is not None:
        _put(view, replace(paper, status="draft", send_at=None))


def _discard(view: View, command: n.NoticeDiscard) -> None:
    if _paper(view, command.notice, command.NAME) is not None:
        view.hide("notice_paper", command.notice)


def _correct(view: View, command: n.NoticeCorrect) -> None:
    paper = _paper(view, command.notice, command.NAME)
    if paper is None or view.reached(AUTHORS):
        return
    revision = paper.revision + 1
    files = tuple(n.NoticeFileView(name=each.name, media=_expected(each.media)) for each in command.files)
    names = ("title", "text", "confirm", "due_at", "urgent", "pinned", "note")
    values = {name: getattr(command, name) for name in names}
    asked = revision if command.ask_again else paper.asked
    at = view.entry.local_at
    _put(view, replace(paper, revision=revision, asked=asked, corrected_at=at, files=files, **values))


def _withdraw(view: View, command: n.NoticeWithdraw) -> None:
    paper = _paper(view, command.notice, command.NAME)
    if paper is not None:
        _put(view, replace(paper, status="withdrawn", note=command.note, withdrawn_at=view.entry.local_at))


def _remind(view: View, command: n.NoticeRemind) -> None:
    paper = _paper(view, command.notice, command.NAME)
    if paper is not None and not view.reached(AUTHORS):
        _put(view, replace(paper, reminded_at=view.entry.local_at))


def _paper(view: View, notice: str, command: str) -> n.NoticePaper | None:
    """The paper, while the command may still be given: a status that it leads to shows that it is done."""
    paper = view.row(n.NoticePaper, "notice_paper", notice)
    return paper if paper is not None and may(command, paper.status) else None


def _put(view: View, paper: n.NoticePaper) -> None:
    view.put("notice_paper", replace(paper, changed_at=view.entry.local_at))


def _delivered(view: View, command: n.NoticeDelivered) -> None:
    for notice in command.notices:
        state = _state(view, notice)
        if state is not None and not state.delivered:
            view.put("notice_state", replace(state, delivered=True))


def _read(view: View, command: n.NoticeRead) -> None:
    state = _state(view, command.notice)
    if state is not None and state.opened < command.revision:
        at = view.entry.local_at
        view.put("notice_state", replace(state, delivered=True, opened=command.revision, opened_at=at))


def _confirm(view: View, command: n.NoticeConfirm) -> None:
    state = _state(view, command.notice)
    if state is None or state.confirmed >= command.revision:
        return
    at = view.entry.local_at
    if state.opened < command.revision:
        state = replace(state, opened=command.revision, opened_at=at)
    view.put("notice_state", replace(state, delivered=True, confirmed=command.revision, confirmed_at=at))


def _state(view: View, notice: str) -> n.NoticeState | None:
    return view.row(n.NoticeState, "notice_state", state_id(notice, view.user))


NOTICE_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    n.NoticeSave.NAME: _save,
    n.NoticeSend.NAME: _send,
    n.NoticeUnschedule.NAME: _unschedule,
    n.NoticeDiscard.NAME: _discard,
    n.NoticeCorrect.NAME: _correct,
    n.NoticeWithdraw.NAME: _withdraw,
    n.NoticeRemind.NAME: _remind,
    n.NoticeDelivered.NAME: _delivered,
    n.NoticeRead.NAME: _read,
    n.NoticeConfirm.NAME: _confirm,
}
