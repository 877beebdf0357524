"""What people see and do about jobs that failed, for good or so far."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Conflict, NotFound
from backend.identity.service import audit
from backend.jobs import queries
from backend.jobs.models import FAILED, RUNNING, WAITING, QueuedJob
from backend.jobs.schemas import FailedJob, JobPage, TryingJob
from backend.jobs.service import wake_after_commit
from backend.sync.commands import Principal

_TRYING = 20


async def failed_jobs(session: AsyncSession, principal: Principal, before: str, limit: int) -> JobPage:
    """A page of those that failed for good, the newest first; ``before``: the id the last page ended with."""
    found = await queries.failed(session, principal.tenant_id, before, limit + 1)
    counts = await queries.counts(session, principal.tenant_id)
    return JobPage(
        jobs=tuple(map(_view, found[:limit])),
        more=len(found) > limit,
        waiting=counts.get(WAITING, 0),
        running=counts.get(RUNNING, 0),
        failed=counts.get(FAILED, 0),
        trying=tuple(map(_trying, await queries.trying(session, principal.tenant_id, _TRYING))),
    )


def _view(row: QueuedJob) -> FailedJob:
    return FailedJob(**_shared(row), failed_at=row.changed_at)


def _trying(row: QueuedJob) -> TryingJob:
    return TryingJob(**_shared(row), due_at=row.due_at)


def _shared(row: QueuedJob) -> dict[str, Any]:
    """What there is to say of any that failed."""
    return {name: getattr(row, name) for name in ("id", "kind", "reason", "detail", "runs", "created_at")}


async def run_again(session: AsyncSession, principal: Principal, job_id: str) -> None:
    """At once, with as many attempts as a new one has: one that failed for good, or that would wait for its next run.
    Raises ``NotFound``, ``Conflict`` ``job_not_failed``."""
    row = await _known(session, principal, job_id)
    if row.status != FAILED and not (row.status == WAITING and row.failures):
        raise _not_failed()
    detail = {"kind": row.kind, "reason": row.reason}
    row.failures, row.changed_at = 0, datetime.now(UTC)
    await queries.wait_again(session, row, row.changed_at)
    audit(session, principal, "job.run_again", job_id, detail)
    wake_after_commit(session)


async def dismiss(session: AsyncSession, principal: Principal, job_id: str) -> None:
    """It is not done. Raises ``NotFound``, ``Conflict`` ``job_not_failed``."""
    row = await _known(session, principal, job_id)
    if row.status != FAILED:
        raise _not_failed()
    audit(session, principal, "job.dismissed", job_id, {"kind": row.kind, "reason": row.reason, "args": row.args})
    await session.delete(row)


async def _known(session: AsyncSession, principal: Principal, job_id: str) -> QueuedJob:
    row = await queries.job_to_decide(session, principal.tenant_id, job_id)
    if row is None:
        raise NotFound("job_unknown", "There is no such job (any more).")
    return row


def _not_failed() -> Conflict:
    return Conflict("job_not_failed", "It waits or runs already.")
