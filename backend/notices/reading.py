"""What readers' phones say: it is here, it was opened, it was confirmed. The first time with a revision counts; said
again, nothing changes. Times are the phone's, corrected, and never before the notice was addressed."""

from collections.abc import Collection
from datetime import datetime

from backend.notices import queries
from backend.notices.models import NoticeReader
from backend.notices.planning import plan_count
from backend.notices.rows import announce_states
from backend.sync.commands import Context, Refused
from offline.wire.notices import NoticeConfirm, NoticeDelivered, NoticeRead

_TOUCHED = "notices"
"""Key in ``Context.batch``: ids of notices whose figures a push changed."""


async def deliver_notices(context: Context, command: NoticeDelivered) -> None:
    """Refuses with ``notice_unknown`` when none of them is for this person."""
    for reader in (await _readers(context, command.notices)).values():
        if reader.delivered_at is None:
            _changed(context, reader, delivered_at=_moment(context, reader))


async def read_notice(context: Context, command: NoticeRead) -> None:
    reader = (await _readers(context, {command.notice}))[command.notice]
    revision = await _revision(context, command.notice, command.revision)
    if revision > reader.opened:
        at = _moment(context, reader)
        _changed(context, reader, delivered_at=reader.delivered_at or at, opened=revision, opened_at=at)


async def confirm_notice(context: Context, command: NoticeConfirm) -> None:
    """Also of one that was corrected or withdrawn meanwhile: the person did confirm what that revision says, and it
    is kept as that. Whether it is enough follows from the revision asked for."""
    reader = (await _readers(context, {command.notice}))[command.notice]
    revision = await _revision(context, command.notice, command.revision)
    if revision <= reader.confirmed:
        return
    at = _moment(context, reader)
    values: dict[str, object] = {"confirmed": revision, "confirmed_at": at}
    values["delivered_at"] = reader.delivered_at or at
    if revision > reader.opened:
        values |= {"opened": revision, "opened_at": at}
    _changed(context, reader, **values)


async def _readers(context: Context, notice_ids: Collection[str]) -> dict[str, NoticeReader]:
    principal = context.principal
    found = await queries.readers_of(context.session, principal.tenant_id, principal.user_id, notice_ids)
    if not found:
        raise Refused("notice_unknown")
    return found


async def _revision(context: Context, notice_id: str, claimed: int) -> int:
    """What the phone can have seen: no revision that is not there yet."""
    row = await queries.notice(context.session, context.principal.tenant_id, notice_id)
    if row is None:
        raise Refused("notice_unknown")
    return min(claimed, row.revision)


def _moment(context: Context, reader: NoticeReader) -> datetime:
    return max(context.happened_at, reader.addressed_at)


def _changed(context: Context, reader: NoticeReader, **values: object) -> None:
    for name, value in values.items():
        setattr(reader, name, value)
    announce_states(context.changes, [reader])
    context.batch.setdefault(_TOUCHED, set()).add(reader.notice_id)


async def count_later(context: Context) -> None:
    """Once a push: the figures of all it touched, in one order, because asking for them locks."""
    for notice_id in sorted(context.batch.pop(_TOUCHED, ())):
        await plan_count(context.session, context.principal.tenant_id, notice_id, context.now)
