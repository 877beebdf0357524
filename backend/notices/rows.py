"""Notices as phones and desks get them, and the scopes that hold them.

notices        the authors': every paper, drafts too
notice:<id>    its readers': what it says, once for all of them
user:<id>      each reader's own state
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.media import service as media
from backend.notices.models import Notice, NoticeReader, NoticeRevision
from backend.sync.changes import Changes, user_scope
from offline.ids import derived_id
from offline.wire import notices as wire
from offline.wire.media import MediaView

AUTHORS = "notices"
Views = Mapping[str, MediaView]


def notice_scope(notice_id: str) -> str:
    return f"notice:{notice_id}"


def _files(row: Notice, views: Views) -> tuple[wire.NoticeFileView, ...]:
    found = ((file["name"], views.get(file["id"])) for file in row.files)
    return tuple(wire.NoticeFileView(name=name, media=media) for name, media in found if media is not None)


def paper_row(row: Notice, views: Views) -> wire.NoticePaper:
    return wire.NoticePaper(
        id=row.id,
        title=row.title,
        text=row.text,
        audience=audience_of(row),
        files=_files(row, views),
        confirm=row.confirm,
        due_at=row.due_at,
        urgent=row.urgent,
        pinned=row.pinned,
        joiners=row.joiners,
        status=row.status,
        revision=row.revision,
        asked=row.asked,
        author=row.author_id,
        author_name=row.author_name,
        changed_at=row.changed_at,
        send_at=row.send_at,
        sent_at=row.sent_at,
        corrected_at=row.corrected_at,
        withdrawn_at=row.withdrawn_at,
        note=row.note,
        reminded_at=row.reminded_at,
        organisations=row.organisations,
        addressed=row.addressed,
        delivered=row.delivered,
        opened=row.opened,
        confirmed=row.confirmed,
        counted_at=row.counted_at,
    )


def notice_row(row: Notice, views: Views) -> wire.Notice:
    """Of one that is out. A withdrawn one says nothing any more but its title."""
    assert row.sent_at is not None
    withdrawn = row.withdrawn_at is not None
    return wire.Notice(
        id=row.id,
        title=row.title,
        text={} if withdrawn else row.text,
        files=() if withdrawn else _files(row, views),
        confirm=row.confirm,
        due_at=row.due_at,
        urgent=row.urgent,
        pinned=row.pinned,
        status="withdrawn" if withdrawn else "sent",
        revision=row.revision,
        asked=row.asked,
        author_name=row.author_name,
        sent_at=row.sent_at,
        corrected_at=row.corrected_at,
        note=row.note,
    )


def state_row(reader: NoticeReader) -> wire.NoticeState:
    return wire.NoticeState(
        id=derived_id("notice_state", reader.notice_id, reader.user_id),
        notice=reader.notice_id,
        addressed_at=reader.addressed_at,
        delivered=reader.delivered_at is not None,
        opened=reader.opened,
        opened_at=reader.opened_at,
        confirmed=reader.confirmed,
        confirmed_at=reader.confirmed_at,
        reminded_at=reader.reminded_at,
    )


def audience_of(row: Notice) -> wire.Audience:
    return msgspec.convert(row.audience, wire.Audience)


def revision_of(row: Notice, actor_id: str, at: datetime, *, ask_again: bool) -> NoticeRevision:
    return NoticeRevision(
        tenant_id=row.tenant_id,
        notice_id=row.id,
        revision=row.revision,
        title=row.title,
        text=row.text,
        files=row.files,
        confirm=row.confirm,
        due_at=row.due_at,
        note=row.note,
        ask_again=ask_again,
        actor_id=actor_id,
        at=at,
    )


async def views_of(session: AsyncSession, row: Notice) -> dict[str, MediaView]:
    """Of its files, by id."""
    return await media.views(session, row.tenant_id, [file["id"] for file in row.files]) if row.files else {}


def announce_figures(changes: Changes, row: Notice, views: Views) -> None:
    """Tell authors how many it reached. Readers are not shown that, and may not hold it any more."""
    changes.put("notice_paper", paper_row(row, views), AUTHORS)


def announce_paper(changes: Changes, row: Notice, views: Views) -> None:
    """Tell authors, and readers where it is out."""
    announce_figures(changes, row, views)
    if row.sent_at is not None:
        changes.put("notice", notice_row(row, views), notice_scope(row.id))


def announce_states(changes: Changes, readers: Iterable[NoticeReader]) -> None:
    for reader in readers:
        changes.put("notice_state", state_row(reader), user_scope(reader.user_id))
