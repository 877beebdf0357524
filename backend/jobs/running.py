"""The runner: takes jobs that are due and does a few at a time, in ``qudao worker`` and inside ``qudao serve``.

Any number of processes may run one. What a process took is its own for ``LEASE``, which it keeps moving on; when it
dies, the lease runs out and another takes the job. Times are the processes' own clocks: machines that share a
database must agree on the time within a few seconds.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from backend.background import in_background
from backend.database import DATABASE_FAULTS, Sessions, database_reason, read_sessions_of, snapshot, transaction
from backend.housekeeping import CLOCKS_APART, own_name
from backend.jobs import queries
from backend.jobs.models import FAILED, RUNNING, WAITING, QueuedJob
from backend.jobs.queries import Taken
from backend.jobs.service import WAKE, GiveUp, Job, JobError, LeaseLost, Surroundings, TryLater, Work
from offline.ids import new_id

log = structlog.get_logger("qudao.jobs")
LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 1.0
AT_ONCE = 4
_LONGEST_WAIT = timedelta(days=1)
_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)


class JobMetrics:
    """By kind what was done; the queue as a whole is counted at each heartbeat."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.done = Counter("qudao_jobs_done", "Jobs done", ("kind",), registry=registry)
        self.failures = Counter("qudao_jobs_failures", "Runs that failed or died", ("kind",), registry=registry)
        self.given_up = Counter("qudao_jobs_given_up", "Jobs that failed for good", ("kind",), registry=registry)
        self.seconds = Histogram("qudao_job_seconds", "Time of a run", ("kind",), buckets=_BUCKETS, registry=registry)
        self.queue = Gauge(
            "qudao_jobs", "Jobs in the queue", ("status",), registry=registry, multiprocess_mode="mostrecent"
        )
        self.oldest = Gauge(
            "qudao_jobs_oldest_due_seconds",
            "How long the first in line could have been running",
            registry=registry,
            multiprocess_mode="mostrecent",
        )


@dataclass(frozen=True, slots=True)
class _Run:
    taken: Taken
    kind: str
    job: Job
    work: Work


class Runner:
    """``jobs`` by kind; other kinds are left for a newer version. ``clock`` is for tests."""

    def __init__(
        self,
        sessions: Sessions,
        jobs: Mapping[str, Job],
        around: Surroundings,
        registry: CollectorRegistry,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.sessions = sessions
        self.jobs = jobs
        self.around = around
        self.metrics = JobMetrics(registry)
        self.clock = clock
        self.holder = f"{own_name()}:{new_id()[-12:]}"
        self._read_sessions = read_sessions_of(sessions)
        self._running: dict[Taken, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        sessions.kw["info"][WAKE] = self._wake.set

    async def run(self) -> None:
        """Until cancelled; what is running then is given back."""
        try:
            async with in_background(self._beat()):
                while True:
                    self._wake.clear()
                    await _to_its_end(self._start_due())
                    # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await self._wake.wait()
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running)

    async def drain(self) -> int:
        """Do what is due, and what becomes due by it, until there is nothing more. Returns how many runs."""
        runs = 0
        async with in_background(self._beat()):
            while found := await self._take(AT_ONCE):
                runs += len(found)
                await asyncio.wait(list(map(self._begin, found)))
        return runs

    # taking

    async def _start_due(self) -> None:
        try:
            free = AT_ONCE - len(self._running)
            found = await self._take(free) if free > 0 else []
        except DATABASE_FAULTS as error:
            log.warning("no jobs taken", reason=database_reason(error))
            return
        except Exception:
            # The loop must outlive whatever it meets.
            log.exception("no jobs taken")
            return
        for run in found:
            self._begin(run)

    def _begin(self, run: _Run) -> asyncio.Task[None]:
        def forget(_task: object) -> None:
            self._running.pop(run.taken, None)
            self._wake.set()

        task = asyncio.create_task(self._do(run))
        self._running[run.taken] = task
        task.add_done_callback(forget)
        return task

    async def _take(self, most: int) -> list[_Run]:
        now = self.clock()
        # Looking needs no lock, and mostly there is nothing.
        async with snapshot(self._read_sessions) as session:
            if not await queries.any_due(session, self.jobs, now):
                return []
        async with transaction(self.sessions) as session:
            rows = await queries.due(session, self.jobs, now, most)
            return [run for row in rows if (run := self._took(row, now))]

    def _took(self, row: QueuedJob, now: datetime) -> _Run | None:
        job = self.jobs[row.kind]
        row.changed_at = now
        if row.status == RUNNING:
            # Its worker died. So that a job that kills its worker does not do so for ever, that is a failure too.
            row.failures += 1
            self.metrics.failures.labels(row.kind).inc()
            if row.failures >= job.attempts:
                self._give_up(row, "worker_died", "")
                return None
        row.status, row.holder, row.due_at = RUNNING, self.holder, now + LEASE
        row.runs += 1
        work = Work(
            tenant_id=row.tenant_id,
            id=row.id,
            kind=row.kind,
            args=row.args,
            attempt=row.failures + 1,
            sessions=self.sessions,
            around=self.around,
            runs=row.runs,
        )
        return _Run(Taken(row.tenant_id, row.id, row.runs), row.kind, job, work)

    # doing

    async def _do(self, run: _Run) -> None:
        try:
            with structlog.contextvars.bound_contextvars(job=run.taken.id, kind=run.kind):
                await self._run(run)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(run))
            raise

    async def _run(self, run: _Run) -> None:
        try:
            with self.metrics.seconds.labels(run.kind).time():
                async with asyncio.timeout(run.job.timeout):
                    await run.job.handle(run.work)
                if not run.work.finished:
                    # What is done is not to be done again because the process ends just now.
                    await _to_its_end(_finish(run.work))
        except LeaseLost:
            log.warning("job was taken by somebody else")
        except JobError as error:
            await self._failed(run, error)
        except TimeoutError:
            log.warning("job took too long", exc_info=True)
            await self._failed(run, TryLater("timeout"))
        except Exception as error:
            log.exception("job failed")
            await self._failed(run, TryLater("unexpected", type(error).__name__))
        else:
            self.metrics.done.labels(run.kind).inc()

    async def _failed(self, run: _Run, error: JobError) -> None:
        """Put off, or failed for good. When that can't be written either, the lease runs out."""
        self.metrics.failures.labels(run.kind).inc()
        try:
            async with transaction(self.sessions) as session:
                row = await queries.to_settle(session, run.taken)
                if row is None:
                    return
                row.failures += 1
                row.reason, row.detail, row.changed_at = error.code, error.detail, self.clock()
                if isinstance(error, GiveUp) or row.failures >= run.job.attempts:
                    self._give_up(row, error.code, error.detail)
                    return
                wait = max(run.job.delay(row.failures), getattr(error, "seconds", 0.0))
                until = self.clock() + min(timedelta(seconds=wait), _LONGEST_WAIT)
                await queries.wait_again(session, row, until)
        except DATABASE_FAULTS as fault:
            log.warning("failure not written", reason=database_reason(fault))

    def _give_up(self, row: QueuedJob, code: str, detail: str) -> None:
        row.status, row.holder, row.reason, row.detail = FAILED, "", code, detail
        self.metrics.given_up.labels(row.kind).inc()
        log.error("job failed for good", job=row.id, kind=row.kind, reason=code, detail=detail)

    async def _give_back(self, run: _Run) -> None:
        """At the process's end: no failure of the job."""
        try:
            async with transaction(self.sessions) as session:
                row = await queries.to_settle(session, run.taken)
                if row is not None:
                    await queries.wait_again(session, row, self.clock())
        except DATABASE_FAULTS as fault:
            log.warning("job not given back", reason=database_reason(fault))

    # staying alive

    async def _beat(self) -> None:
        await _now_and_then(self.heartbeat, "leases not extended")

    async def watch(self) -> None:
        """Until cancelled, for a process that runs no jobs: its metrics must not say that nothing waits."""
        await _now_and_then(self.count, "jobs not counted")

    async def heartbeat(self) -> None:
        """Keep what is running, stop what somebody else has by now, and count the queue."""
        now = self.clock()
        if running := set(self._running):
            async with transaction(self.sessions) as session:
                mine = await queries.extend(session, self.holder, now + LEASE)
            for taken in running - mine:
                if task := self._running.get(taken):
                    task.cancel()
        if await self.count():
            await self._take_back(now)

    async def _take_back(self, now: datetime) -> None:
        """What a clock that was wrong put off, perhaps for a year."""
        async with transaction(self.sessions) as session:
            found = await queries.take_back(session, self.jobs, now, now + LEASE + CLOCKS_APART)
        log.warning("jobs of a clock that was ahead taken back", jobs=found)

    async def count(self) -> bool:
        """The queue, for the metrics; whether some of it was put off by a clock that was wrong."""
        now = self.clock()
        async with snapshot(self._read_sessions) as session:
            counts = await queries.counts(session)
            oldest = await queries.oldest_due(session, now)
            ahead = await queries.any_ahead(session, self.jobs, now + LEASE + CLOCKS_APART)
        for status in (WAITING, RUNNING, FAILED):
            self.metrics.queue.labels(status).set(counts.get(status, 0))
        self.metrics.oldest.set((now - oldest).total_seconds() if oldest else 0)
        return ahead


async def _finish(work: Work) -> None:
    async with work.finishing():
        pass


async def _now_and_then(do: Callable[[], Coroutine[Any, Any, Any]], failed: str) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            # A connection whose work is cancelled half-way may stay open behind the pool's back.
            await _to_its_end(do())
        except DATABASE_FAULTS as fault:
            log.warning(failed, reason=database_reason(fault))
        except Exception:
            log.exception(failed)


async def _to_its_end(starting: Coroutine[Any, Any, Any]) -> None:
    """Also when cancelled meanwhile: what was taken must be known, to be given back."""
    task = asyncio.ensure_future(starting)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
