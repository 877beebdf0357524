"""Sending: fix the audience at one moment, then tell it in parts, each part in a transaction of its own.

The request that sends only asks for this. A worker that is killed between two parts loses nothing: who is told is
written with the telling, and the next one goes on with the rest.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.service import active_people
from backend.notices import queries
from backend.notices.models import Notice
from backend.notices.planning import plan_sending
from backend.notices.rows import announce_figures, announce_paper, announce_states, audience_of, revision_of, views_of
from backend.partners.service import standings
from backend.sync.changes import Changes
from offline.rules.audiences import Reach, reach
from offline.wire.notices import Audience

PART = 250
# A notice takes in people who join for so long.
JOINING = timedelta(days=90)


async def reach_of(session: AsyncSession, tenant_id: str, audience: Audience) -> Reach:
    """Who gets it now."""
    return reach(audience, await standings(session, tenant_id), await active_people(session, tenant_id))


async def begin(session: AsyncSession, changes: Changes, tenant_id: str, notice_id: str, now: datetime) -> bool:
    """Fix the audience of a notice that is due. Whether there may be somebody to tell: of one that was withdrawn, or
    is a draft again, there is not."""
    row = await queries.notice(session, tenant_id, notice_id, lock=True)
    if row is None:
        return False
    if row.status == "scheduled" and row.send_at is not None and row.send_at <= now:
        row.status = "sending"
    if row.status == "sending" and row.sent_at is None:
        found = await reach_of(session, tenant_id, audience_of(row))
        row.sent_at = row.changed_at = now
        row.organisations, row.addressed = len(found.organisations - found.silent), len(found.people)
        row.counted_at = now
        session.add(revision_of(row, row.author_id, now, ask_again=False))
        await queries.add_readers(session, tenant_id, row.id, found.people, now)
        announce_paper(changes, row, await views_of(session, row))
    return row.status in ("sending", "sent")


async def tell_part(
    session: AsyncSession, changes: Changes, tenant_id: str, notice_id: str, now: datetime
) -> tuple[Notice | None, list[str]]:
    """Give the next ``PART`` readers their rows, and say who they are. With nobody left, the notice is sent; a notice
    of None: there is nothing to tell any more."""
    row = await queries.notice(session, tenant_id, notice_id, lock=True)
    if row is None or row.status not in ("sending", "sent"):
        return None, []
    readers = await queries.untold(session, tenant_id, notice_id, row.asked, PART)
    if readers:
        announce_states(changes, readers)
        ids = [reader.user_id for reader in readers]
        await queries.mark_told(session, tenant_id, notice_id, ids, row.asked)
        return row, ids
    if row.status == "sending":
        row.status, row.changed_at = "sent", now
        announce_paper(changes, row, await views_of(session, row))
    return None, []


async def remind_part(
    session: AsyncSession, changes: Changes, tenant_id: str, notice_id: str, at: datetime
) -> tuple[Notice | None, list[str]]:
    """The next readers who still owe something, of the reminder of ``at``."""
    row = await queries.notice(session, tenant_id, notice_id)
    if row is None or row.status != "sent" or row.reminded_at != at:
        return None, []
    readers = await queries.lacking(session, tenant_id, row, at, PART)
    for reader in readers:
        reader.reminded_at = at
    announce_states(changes, readers)
    return (row, [reader.user_id for reader in readers]) if readers else (None, [])


async def count(session: AsyncSession, changes: Changes, tenant_id: str, notice_id: str, now: datetime) -> None:
    """Bring the author's figures up to date."""
    row = await queries.notice(session, tenant_id, notice_id, lock=True)
    if row is None or row.sent_at is None:
        return
    row.addressed, row.delivered, row.opened, row.confirmed = await queries.figures(
        session, tenant_id, notice_id, row.asked
    )
    row.counted_at = now
    announce_figures(changes, row, await views_of(session, row))


async def awaiting_joiners(session: AsyncSession, tenant_id: str, now: datetime) -> dict[str, datetime]:
    """Notices that are out, wait for people who join, and have some to take in: by id, when they were changed last.
    Compares whole audiences with whole lists of readers, so it is asked in a snapshot."""
    found = [
        row
        for row in await queries.notices(session, tenant_id, {"sent"})
        if row.joiners and row.sent_at is not None and row.sent_at > now - JOINING
    ]
    if not found:
        return {}
    organisations = await standings(session, tenant_id)
    people = await active_people(session, tenant_id)
    due: dict[str, datetime] = {}
    for row in found:
        addressed = reach(audience_of(row), organisations, people).people
        if not addressed.keys() <= await queries.reader_ids(session, tenant_id, row.id):
            due[row.id] = row.changed_at
    return due


async def take_in_joiners(
    session: AsyncSession, changes: Changes, tenant_id: str, notice_ids: Collection[str], now: datetime
) -> int:
    """Address those who have come into the audience of these notices. Nobody is taken out again: what was sent was
    sent. Returns how many."""
    organisations = await standings(session, tenant_id)
    people = await active_people(session, tenant_id)
    joined = 0
    for notice_id in sorted(notice_ids):
        row = await queries.notice(session, tenant_id, notice_id, lock=True)
        if row is None or row.status != "sent" or not row.joiners:
            continue
        found = reach(audience_of(row), organisations, people).people
        known = await queries.reader_ids(session, tenant_id, row.id)
        fresh = {user_id: organisation for user_id, organisation in found.items() if user_id not in known}
        if fresh:
            await queries.add_readers(session, tenant_id, row.id, fresh, now)
            row.addressed += len(fresh)
            announce_figures(changes, row, await views_of(session, row))
            await plan_sending(session, row, now)
            joined += len(fresh)
    return joined
