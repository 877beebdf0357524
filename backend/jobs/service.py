"""Work for later: put in inside the transaction that needs it, done by ``backend.jobs.running`` in some process.

A job is done at least once, and once exactly for what it changes in ``Work.finishing()``: that transaction takes the
job off the queue, or holds nothing when somebody else has it by now. What leaves the database (a push, a file) must
bear being done twice: a worker may be killed between doing it and saying so.

    JobError
    ├── GiveUp     trying again cannot help: it is listed for the brand's administrators
    └── TryLater   it may help, not before ``seconds``

Anything else that a job raises is logged with its traceback and tried again too. Reasons are shown to people, so an
exception's own words, which may hold a password or an address, never become one.
"""

import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from backend.database import Sessions, read_sessions_of, snapshot, transaction
from backend.db import insert_into
from backend.jobs import queries
from backend.jobs.models import KEYED, WAITING, QueuedJob
from backend.jobs.queries import Taken
from backend.settings import Settings
from media.storage import Storage
from offline.ids import new_id

__all__ = [
    "DUE",
    "PAUSE",
    "WAKE",
    "Chore",
    "Due",
    "GiveUp",
    "Job",
    "JobError",
    "LeaseLost",
    "Surroundings",
    "TryLater",
    "Work",
    "enqueue",
    "enqueue_all",
    "enqueue_for_each",
    "found_first",
    "in_parts",
    "whole",
]

WAKE = "jobs_wake"
"""Key in ``sessions.kw["info"]``: called without arguments after a commit that put jobs in."""
DUE = "due"
"""Key of the jobs of chores."""
MAX_DETAIL = 200
PAUSE = timedelta(seconds=5)
log = structlog.get_logger("qudao.jobs")


class JobError(Exception):
    """``code`` is stable and translated as ``desk.jobs.reason.<code>``; ``detail`` is for people without secrets."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail[:MAX_DETAIL]


class GiveUp(JobError): ...


class TryLater(JobError):
    def __init__(self, code: str, detail: str = "", *, seconds: float = 0.0) -> None:
        super().__init__(code, detail)
        self.seconds = seconds


class LeaseLost(Exception):
    """Somebody else has the job by now, or a person dismissed it: this run changes nothing any more."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What jobs may use beside the database."""

    settings: Settings
    storage: Storage


@dataclass(slots=True)
class Work:
    """One run of a job. ``attempt`` counts from 1."""

    tenant_id: str
    id: str
    kind: str
    args: Mapping[str, Any]
    attempt: int
    sessions: Sessions
    around: Surroundings
    runs: int
    finished: bool = field(default=False, init=False)

    @asynccontextmanager
    async def finishing(self) -> AsyncIterator[AsyncSession]:
        """A transaction whose commit also ends the job; at most one. Raises ``LeaseLost``."""
        async with transaction(self.sessions) as session:
            if not await queries.finish(session, Taken(self.tenant_id, self.id, self.runs)):
                raise LeaseLost
            yield session
        self.finished = True


@dataclass(frozen=True, slots=True)
class Job:
    """How a kind of job is done. A failed run is tried again after ``first_delay`` seconds, then twice that, and so
    on up to ``longest_delay``, each less up to a half by chance, until ``attempts`` runs failed. A run that takes
    longer than ``timeout`` seconds has failed. ``handle`` must not block its thread for long: the lease is kept by
    the same loop."""

    handle: Callable[[Work], Awaitable[None]]
    attempts: int = 8
    first_delay: float = 5.0
    longest_delay: float = 3600.0
    timeout: float = 600.0

    def delay(self, failures: int, chance: Callable[[], float] = random.random) -> float:
        """Seconds until the next run after so many failures."""
        whole = min(self.longest_delay, self.first_delay * 2.0 ** min(failures - 1, 40))
        return whole * (1 - chance() / 2)


async def enqueue(
    session: AsyncSession,
    kind: str,
    args: Mapping[str, Any],
    *,
    tenant_id: str,
    key: str = "",
    run_at: datetime | None = None,
) -> None:
    """Put a job in, as part of the caller's transaction. ``args`` are JSON and small; ``run_at`` aware, not before.

    While a job of the kind with the same ``key`` waits, this does nothing: the one that waits runs after this
    transaction is committed, and with its own ``args``, so let a key say all that counts. One that is running does
    not count: it may have read what is changed here before it was."""
    now = datetime.now(UTC)
    await session.execute(_once(session, now), [_new(tenant_id, kind, args, now, key=key, run_at=run_at)])
    wake_after_commit(session)


def _once(session: AsyncSession, now: datetime) -> postgresql.Insert:
    # Not DO NOTHING: the row that waits must be locked until this transaction ends, so that it is not taken before.
    return insert_into(session, QueuedJob).on_conflict_do_update(
        index_elements=[QueuedJob.tenant_id, QueuedJob.kind, QueuedJob.key],
        index_where=KEYED,
        set_={"changed_at": now},
    )


async def enqueue_for_each(session: AsyncSession, kind: str, tenant_ids: Sequence[str], *, key: str) -> None:
    """``enqueue`` without arguments for each of the brands, in one statement."""
    if tenant_ids:
        now = datetime.now(UTC)
        rows = [_new(tenant_id, kind, {}, now, key=key) for tenant_id in tenant_ids]
        await session.execute(_once(session, now), rows)
        wake_after_commit(session)


async def enqueue_all(session: AsyncSession, kind: str, many: Sequence[Mapping[str, Any]], *, tenant_id: str) -> None:
    """One job for each of ``many`` arguments, in one statement."""
    if many:
        now = datetime.now(UTC)
        rows = [_new(tenant_id, kind, args, now) for args in many]
        await session.execute(plain_insert(QueuedJob), rows)
        wake_after_commit(session)


def _new(
    tenant_id: str, kind: str, args: Mapping[str, Any], now: datetime, *, key: str = "", run_at: datetime | None = None
) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "kind": kind,
        "args": dict(args),
        "key": key,
        "status": WAITING,
        "due_at": max(now, run_at) if run_at else now,
        "runs": 0,
        "failures": 0,
        "holder": "",
        "reason": "",
        "detail": "",
        "created_at": now,
        "changed_at": now,
    }


# (session, tenant_id, now) -> how many things it did.
Do = Callable[[AsyncSession, str, datetime], Awaitable[int]]
# What is due: by id, when it was last changed.
Due = Mapping[str, datetime]
Find = Callable[[AsyncSession, str, datetime], Awaitable[Due]]
DoThese = Callable[[AsyncSession, str, Due, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Chore:
    """What brands need now and then: ``job`` for each of ``brands(session, now)`` (default: all), ``every`` so
    often. ``backend.jobs.chores`` asks for it."""

    job: Job
    every: timedelta = timedelta(hours=1)
    brands: Callable[[AsyncSession, datetime], Awaitable[Collection[str]]] | None = None


def whole(do: Do) -> Job:
    """The job of a chore that is ``do`` in one transaction."""
    return in_parts(do, sys.maxsize)


def in_parts(do: Do, at_once: int) -> Job:
    """The same where ``do`` does about ``at_once`` things at most. When it did as many, the next part comes ``PAUSE``
    later: others want to write too."""

    async def handle(work: Work) -> None:
        now = datetime.now(UTC)
        async with work.finishing() as session:
            done = await do(session, work.tenant_id, now)
            if done >= at_once:
                await enqueue(session, work.kind, {}, tenant_id=work.tenant_id, key=DUE, run_at=now + PAUSE)
        if done:
            log.info("chore done", tenant=work.tenant_id, rows=done)

    return Job(handle)


def found_first(find: Find, do: DoThese, at_once: int = sys.maxsize) -> Job:
    """``in_parts`` for what takes long to find: ``find`` reads while others write, which they could not on SQLite, and
    ``do`` looks again at what was found, as it may have changed since."""

    async def handle(work: Work) -> None:
        now = datetime.now(UTC)
        async with snapshot(read_sessions_of(work.sessions)) as session:
            found = await find(session, work.tenant_id, now)

        async def finish(session: AsyncSession, tenant_id: str, at: datetime) -> int:
            return await do(session, tenant_id, found, at) if found else 0

        await in_parts(finish, at_once).handle(work)

    return Job(handle)


def wake_after_commit(session: AsyncSession) -> None:
    """Let this process's runner look at once; others look within a second."""
    wake = session.info.get(WAKE)
    if wake is None:
        return

    def tell(_session: Session) -> None:
        wake()

    event.listen(session.sync_session, "after_commit", tell, once=True)
