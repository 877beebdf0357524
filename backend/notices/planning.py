"""What is to be done about a notice outside the request: the kinds of jobs, and asking for them."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.jobs.service import enqueue
from backend.notices.models import Notice

SEND = "notice.send"
REMIND = "notice.remind"
COUNT = "notice.count"
BRING_BACK = "notice.bring_back"
AWAY_AFTER = timedelta(days=30)
"""No notice leaves the phones sooner, whatever is set; so long readers see that one was withdrawn, and why."""
# Figures follow what readers do this far behind: a thousand confirmations in that time are counted once.
COUNT_AFTER = timedelta(seconds=2)


async def plan_sending(session: AsyncSession, row: Notice, at: datetime) -> None:
    """Send it, or tell the readers of a revision that asks them again."""
    key = f"{row.id}/{row.revision}/{at.timestamp()}"
    await enqueue(session, SEND, {"notice": row.id}, tenant_id=row.tenant_id, key=key, run_at=at)


async def plan_reminder(session: AsyncSession, row: Notice, at: datetime) -> None:
    args = {"notice": row.id, "at": at.isoformat()}
    await enqueue(session, REMIND, args, tenant_id=row.tenant_id, key=row.id)


async def plan_count(session: AsyncSession, tenant_id: str, notice_id: str, now: datetime) -> None:
    args = {"notice": notice_id}
    await enqueue(session, COUNT, args, tenant_id=tenant_id, key=notice_id, run_at=now + COUNT_AFTER)


async def plan_return(session: AsyncSession, row: Notice, now: datetime) -> None:
    """If it may have left the phones by now: back to its readers' lists. Asked before it is changed."""
    said = [at for at in (row.sent_at, row.corrected_at, row.due_at) if at is not None]
    if row.sent_at is not None and max(said) < now - AWAY_AFTER:
        await enqueue(session, BRING_BACK, {"notice": row.id}, tenant_id=row.tenant_id, key=row.id)
