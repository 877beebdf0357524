"""What authors do with a notice: draft, send, correct, withdraw, remind. Head office writes, so everybody here sees all
of the tenant; a role of a partner that was given ``notice.write`` is refused all the same."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from backend.identity.service import audit, refuse_overtaken
from backend.inputs import check_distinct, check_text, check_time
from backend.media import service as media
from backend.notices import queries
from backend.notices.models import Notice
from backend.notices.planning import plan_count, plan_reminder, plan_return, plan_sending
from backend.notices.rows import AUTHORS, announce_paper, audience_of, paper_row, revision_of, views_of
from backend.sync.commands import Context, Refused
from offline.rules import notices as rules
from offline.wire.media import MediaView
from offline.wire.notices import (
    NoticeCorrect,
    NoticeDiscard,
    NoticeFile,
    NoticeRemind,
    NoticeSave,
    NoticeSend,
    NoticeUnschedule,
    NoticeWithdraw,
)

_FURTHEST = timedelta(days=366)
_MOST_LANGUAGES = 20


async def save_notice(context: Context, command: NoticeSave) -> None:
    """Refuses with ``invalid`` {field}, ``notice_status`` {status}, and what ``media.attach`` refuses with."""
    row = await _held(context, command.notice, command.NAME, new=True)
    await _refuse_overtaken(context, row, command)
    _check_texts(command.title, command.text)
    check_text("audience", *command.audience.territories, *command.audience.groups)
    _check_files(command.files)
    check_time("due_at", command.due_at)
    views = await _attach(context, command.notice, command.files)
    if row is None:
        row = _new(context, command.notice)
        context.session.add(row)
    row.title, row.text = dict(command.title), dict(command.text)
    row.audience = msgspec.to_builtins(command.audience)
    row.files = _named(command.files)
    row.confirm, row.due_at = command.confirm, command.due_at
    row.urgent, row.pinned, row.joiners = command.urgent, command.pinned, command.joiners
    row.changed_at = context.now
    announce_paper(context.changes, row, views)
    _audit(context, row, "notice.saved")


async def send_notice(context: Context, command: NoticeSend) -> None:
    """Refuses with ``notice_unknown``, ``notice_status``, ``notice_incomplete`` {fields}, ``invalid`` {field}."""
    row = await _known(context, command.notice, command.NAME)
    at = command.at
    check_time("at", at)
    if at is not None and at > context.now:
        if at > context.now + _FURTHEST:
            raise Refused("invalid", field="at")
    else:
        at = context.now
    audience = audience_of(row)
    if faults := rules.sending_faults(row.title, row.text, audience, due_at=row.due_at, at=at):
        raise Refused("notice_incomplete", fields=list(faults))
    row.status = "scheduled" if at > context.now else "sending"
    row.send_at = at
    row.changed_at = context.now
    await plan_sending(context.session, row, at)
    await _announce(context, row)
    _audit(context, row, "notice.scheduled" if row.status == "scheduled" else "notice.sent")


async def unschedule_notice(context: Context, command: NoticeUnschedule) -> None:
    row = await _known(context, command.notice, command.NAME)
    row.status, row.send_at, row.changed_at = "draft", None, context.now
    await _announce(context, row)


async def discard_notice(context: Context, command: NoticeDiscard) -> None:
    row = await _known(context, command.notice, command.NAME)
    await media.detach(context.session, row.tenant_id, entity="notice", entity_id=row.id, now=context.now)
    await context.session.delete(row)
    context.changes.delete("notice_paper", row.id)


async def correct_notice(context: Context, command: NoticeCorrect) -> None:
    """Refuses with ``notice_unknown``, ``notice_status``, ``notice_incomplete`` {fields}, ``invalid`` {field}."""
    row = await _known(context, command.notice, command.NAME)
    await _refuse_overtaken(context, row, command)
    _check_texts(command.title, command.text)
    check_text("note", command.note)
    _check_files(command.files)
    check_time("due_at", command.due_at)
    if faults := rules.text_faults(command.title, command.text):
        raise Refused("notice_incomplete", fields=list(faults))
    views = await _attach(context, row.id, command.files)
    if not command.ask_again:
        await plan_return(context.session, row, context.now)
    row.title, row.text, row.files = dict(command.title), dict(command.text), _named(command.files)
    row.confirm, row.due_at = command.confirm, command.due_at
    row.urgent, row.pinned, row.note = command.urgent, command.pinned, command.note
    row.revision += 1
    row.changed_at = row.corrected_at = context.now
    if row.sent_at is not None:
        # One that is still to be sent gets its first entry then, as it is by that time.
        context.session.add(revision_of(row, context.principal.user_id, context.now, ask_again=command.ask_again))
    if command.ask_again:
        row.asked = row.revision
        row.reminded_at = None
        await plan_sending(context.session, row, context.now)
    await plan_count(context.session, row.tenant_id, row.id, context.now)
    announce_paper(context.changes, row, views)
    _audit(context, row, "notice.corrected")


async def withdraw_notice(context: Context, command: NoticeWithdraw) -> None:
    row = await _known(context, command.notice, command.NAME)
    check_text("note", command.note)
    row.status, row.note = "withdrawn", command.note
    row.changed_at = row.withdrawn_at = context.now
    await _announce(context, row)
    _audit(context, row, "notice.withdrawn")


async def remind_readers(context: Context, command: NoticeRemind) -> None:
    """Refuses with ``notice_reminded`` {hours} when the last reminder was less than so long ago."""
    row = await _known(context, command.notice, command.NAME)
    if not rules.may_remind(row.reminded_at, context.now):
        raise Refused("notice_reminded", hours=rules.REMIND_EVERY // timedelta(hours=1))
    row.reminded_at = row.changed_at = context.now
    await plan_reminder(context.session, row, context.now)
    await _announce(context, row)
    _audit(context, row, "notice.reminded")


async def _held(context: Context, notice_id: str, command: str, *, new: bool = False) -> Notice | None:
    if context.principal.organisations is not None:
        raise Refused("forbidden", permission="notice.write")
    row = await queries.notice(context.session, context.principal.tenant_id, notice_id, lock=True)
    if row is None and not new:
        raise Refused("notice_unknown")
    if row is not None and not rules.may(command, row.status):
        raise Refused("notice_status", status=row.status)
    return row


async def _refuse_overtaken(context: Context, row: Notice | None, command: NoticeSave | NoticeCorrect) -> None:
    if command.seen:
        shown = paper_row(row, await views_of(context.session, row)) if row is not None else None
        await refuse_overtaken(context, shown, command)


async def _known(context: Context, notice_id: str, command: str) -> Notice:
    row = await _held(context, notice_id, command)
    assert row is not None
    return row


def _new(context: Context, notice_id: str) -> Notice:
    principal = context.principal
    return Notice(
        tenant_id=principal.tenant_id,
        id=notice_id,
        status="draft",
        revision=1,
        asked=1,
        author_id=principal.user_id,
        author_name=principal.name,
        created_at=context.now,
        note="",
        organisations=0,
        addressed=0,
        delivered=0,
        opened=0,
        confirmed=0,
    )


def _check_texts(title: Mapping[str, str], text: Mapping[str, str]) -> None:
    for field, texts in (("title", title), ("text", text)):
        if len(texts) > _MOST_LANGUAGES:
            raise Refused("invalid", field=field)
        check_text(field, *texts, *texts.values())
    if faults := rules.length_faults(title, text):
        raise Refused("invalid", field=faults[0])


def _check_files(files: Sequence[NoticeFile]) -> None:
    check_text("files", *(file.name for file in files))
    check_distinct("files", (file.media.id for file in files))


def _named(files: Sequence[NoticeFile]) -> list[dict[str, str]]:
    return [{"id": file.media.id, "name": file.name} for file in files]


async def _attach(context: Context, notice_id: str, files: Sequence[NoticeFile]) -> dict[str, MediaView]:
    """Who may hold the notice may see its files: readers once it is out, authors from the start."""
    tenant_id = context.principal.tenant_id
    refs = [file.media for file in files]
    found = await media.attach(
        context.session,
        tenant_id,
        refs,
        user_id=context.principal.user_id,
        entity="notice",
        entity_id=notice_id,
        now=context.now,
        scopes=(AUTHORS,),
    )
    kept = {ref.id for ref in refs}
    await media.detach(context.session, tenant_id, entity="notice", entity_id=notice_id, now=context.now, keep=kept)
    return {view.id: view for view in found}


async def _announce(context: Context, row: Notice) -> None:
    announce_paper(context.changes, row, await views_of(context.session, row))


def _audit(context: Context, row: Notice, action: str) -> None:
    detail = {"title": row.title, "revision": row.revision}
    audit(context.session, context.principal, action, row.id, detail, at=context.now)
