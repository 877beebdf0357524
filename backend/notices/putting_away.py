"""Old notices leave the phones, and much later the database: a job of each brand does it in parts, once an hour.

A notice is as old as the last thing that was said of it: sent, corrected, to be confirmed by, withdrawn. What is pinned
stays until it is not, or is withdrawn. At the desk a notice stays with its figures as long as the database has it.
One that is corrected after it left comes back to its readers' lists, without a message: whoever had read it has read
it, unless the correction asks again.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import read_sessions_of, snapshot, transaction
from backend.jobs.service import Chore, Job, Work
from backend.media import service as media
from backend.notices import queries
from backend.notices.models import Notice, NoticeReader
from backend.notices.planning import AWAY_AFTER, BRING_BACK
from backend.notices.rows import announce_states, notice_row, state_row, views_of
from backend.sync.changes import Changes
from backend.sync.service import flush_changes, held_ids, rows_held

PUT_AWAY = "notice.put_away"
PART = 250
AT_ONCE = 20
Part = Callable[[AsyncSession, Changes, Notice, Sequence[NoticeReader]], Awaitable[None]]


async def _with_old(session: AsyncSession, now: datetime) -> Collection[str]:
    return await queries.tenants_with_old(session, now - AWAY_AFTER)


async def put_away(work: Work) -> None:
    """At most ``AT_ONCE`` of each kind: the next hour goes on."""
    settings, now = work.around.settings, datetime.now(UTC)
    keep, show = timedelta(days=settings.notice_days), timedelta(days=settings.notice_phone_days)
    forgotten, away = (now - keep, now - keep), (now - show, now - min(show, AWAY_AFTER))
    async with snapshot(read_sessions_of(work.sessions)) as session:
        old = await queries.old_ids(session, work.tenant_id, *forgotten, AT_ONCE)
        held = held_ids(work.tenant_id, "notice")
        shown = await queries.old_ids(session, work.tenant_id, *away, AT_ONCE, among=held)
    for notice_id in old:
        await _in_parts(work, notice_id, _forget, forgotten)
    for notice_id in shown:
        await _in_parts(work, notice_id, _off_phones, away)
    async with work.finishing():
        pass


async def bring_back(work: Work) -> None:
    await _in_parts(work, work.args["notice"], _on_phones)
    async with work.finishing():
        pass


async def _in_parts(work: Work, notice_id: str, part: Part, old: tuple[datetime, datetime] | None = None) -> None:
    """``part`` gets the readers, ``PART`` at a time in a transaction each, and in the end none: the notice's turn. Done
    again from the start, it does no harm. With ``old``, it ends as soon as the notice is no longer as old as that:
    somebody said something of it meanwhile."""
    after = ""
    while True:
        async with transaction(work.sessions) as session:
            row = await queries.notice(session, work.tenant_id, notice_id, lock=True)
            if row is None or (old is not None and not await queries.is_old(session, work.tenant_id, notice_id, *old)):
                return
            readers = await queries.readers_after(session, work.tenant_id, notice_id, after, PART)
            changes = Changes()
            await part(session, changes, row, readers)
            await flush_changes(session, work.tenant_id, changes)
        if not readers:
            return
        after = readers[-1].user_id


async def _on_phones(session: AsyncSession, changes: Changes, row: Notice, readers: Sequence[NoticeReader]) -> None:
    """The states that no phone holds any more; the notice itself came with its correction."""
    if row.status not in ("sending", "sent"):
        return
    states = {state_row(reader).id: reader for reader in readers if reader.told}
    held = await rows_held(session, row.tenant_id, "notice_state", states)
    announce_states(changes, [reader for id_, reader in states.items() if id_ not in held])


async def _off_phones(session: AsyncSession, changes: Changes, row: Notice, readers: Sequence[NoticeReader]) -> None:
    """No scope holds them any more."""
    for reader in readers:
        changes.put("notice_state", state_row(reader))
    if not readers:
        changes.put("notice", notice_row(row, await views_of(session, row)))


async def _forget(session: AsyncSession, changes: Changes, row: Notice, readers: Sequence[NoticeReader]) -> None:
    for reader in readers:
        changes.delete("notice_state", state_row(reader).id)
        await session.delete(reader)
    if readers:
        return
    changes.delete("notice", row.id)
    changes.delete("notice_paper", row.id)
    await media.detach(session, row.tenant_id, entity="notice", entity_id=row.id, now=datetime.now(UTC))
    await queries.forget_revisions(session, row.tenant_id, row.id)
    await session.delete(row)


CHORES: dict[str, Chore] = {PUT_AWAY: Chore(Job(put_away), brands=_with_old)}
JOBS: dict[str, Job] = {BRING_BACK: Job(bring_back)}
