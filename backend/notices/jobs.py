"""What a worker does for notices."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import transaction
from backend.jobs.service import Chore, Job, Work, found_first
from backend.notices import sending
from backend.notices.models import Notice
from backend.notices.planning import COUNT, REMIND, SEND
from backend.notices.service import address_joiners, with_joiners
from backend.push.service import notify
from backend.sync.changes import Changes
from backend.sync.service import flush_changes

Part = Callable[[AsyncSession, Changes], Awaitable[tuple[Notice | None, list[str]]]]


async def send_notice(work: Work) -> None:
    """Fix the audience, tell it in parts."""
    notice_id = work.args["notice"]
    now = datetime.now(UTC)
    async with transaction(work.sessions) as session:
        changes = Changes()
        due = await sending.begin(session, changes, work.tenant_id, notice_id, now)
        await flush_changes(session, work.tenant_id, changes, now)
    if due:
        await _in_parts(
            work, lambda session, changes: sending.tell_part(session, changes, work.tenant_id, notice_id, now), _news
        )
    async with work.finishing():
        pass


async def remind_readers(work: Work) -> None:
    notice_id, at = work.args["notice"], datetime.fromisoformat(work.args["at"])
    await _in_parts(
        work,
        lambda session, changes: sending.remind_part(session, changes, work.tenant_id, notice_id, at),
        _reminder,
    )
    async with work.finishing():
        pass


def _news(notice: Notice) -> str:
    if notice.asked > 1:
        return "corrected"
    return "urgent" if notice.urgent else "new"


def _reminder(_notice: Notice) -> str:
    return "reminder"


async def _in_parts(work: Work, part: Part, words: Callable[[Notice], str]) -> None:
    """Each in a transaction of its own, so that nobody waits for all of them: rows on the phones, and a message to
    the devices, which names the title and no more, because it stands on locked screens."""
    told = True
    while told:
        async with transaction(work.sessions) as session:
            changes = Changes()
            notice, people = await part(session, changes)
            if notice is not None:
                await notify(
                    session,
                    work.tenant_id,
                    people,
                    f"notice:{notice.id}",
                    f"push.notice.{words(notice)}",
                    {"title": notice.title},
                    f"/notices/{notice.id}",
                    urgent=notice.urgent,
                )
            await flush_changes(session, work.tenant_id, changes)
        told = notice is not None and bool(people)


async def count_readers(work: Work) -> None:
    now = datetime.now(UTC)
    async with work.finishing() as session:
        changes = Changes()
        await sending.count(session, changes, work.tenant_id, work.args["notice"], now)
        await flush_changes(session, work.tenant_id, changes, now)


CHORES: dict[str, Chore] = {
    "notice.joiners": Chore(found_first(sending.awaiting_joiners, address_joiners), timedelta(minutes=1), with_joiners),
}
JOBS: dict[str, Job] = {SEND: Job(send_notice), REMIND: Job(remind_readers), COUNT: Job(count_readers)}
