"""Jobs: done once where that can be, tried again, given up, decided on by a person."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update

from backend.database import Sessions, snapshot, transaction
from backend.identity.models import AuditEntry, User
from backend.jobs import running
from backend.jobs.models import QueuedJob
from backend.jobs.running import LEASE, Runner
from backend.jobs.service import MAX_DETAIL, GiveUp, Job, LeaseLost, Surroundings, TryLater, Work, enqueue
from offline.ids import new_id
from tests.people import World


@dataclass
class Bench:
    """Runners on one database whose clock is moved by hand; ``did`` is what the jobs of kind ``note`` were given."""

    sessions: Sessions
    app: Litestar
    tenant_id: str
    # Ahead of the real time, at which jobs are put in, however slow the machine is.
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))
    did: list[Any] = field(default_factory=list)
    raising: list[Exception] = field(default_factory=list)
    # Of the latest runner.
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def runner(self, handle: Callable[[Work], Awaitable[None]] | None = None, **options: Any) -> Runner:
        jobs = {"note": Job(handle or self.note, **options)}
        around = Surroundings(self.app.state.settings, self.app.state.storage)
        self.registry = CollectorRegistry()
        return Runner(self.sessions, jobs, around, self.registry, lambda: self.now)

    async def note(self, work: Work) -> None:
        self.did.append(work.args.get("n"))
        if self.raising:
            raise self.raising.pop(0)

    async def put(self, n: int = 1, **more: Any) -> None:
        async with transaction(self.sessions) as session:
            await enqueue(session, "note", {"n": n}, tenant_id=self.tenant_id, **more)

    async def rows(self) -> list[QueuedJob]:
        async with snapshot(self.sessions) as session:
            return list(await session.scalars(select(QueuedJob).order_by(QueuedJob.id)))

    async def row(self) -> QueuedJob:
        (found,) = await self.rows()
        return found


@pytest.fixture
def bench(sessions: Sessions, app: Litestar, world: World) -> Bench:
    return Bench(sessions, app, world.demo.tenant.id)


async def test_a_job_of_a_transaction_that_failed_never_runs(bench: Bench) -> None:
    async with bench.sessions() as session:
        await enqueue(session, "note", {"n": 1}, tenant_id=bench.tenant_id)
        await session.rollback()
    await bench.put(2)
    assert await bench.runner().drain() == 1
    assert bench.did == [2]
    assert await bench.rows() == []


async def test_it_waits_for_its_time(bench: Bench) -> None:
    await bench.put(1, run_at=bench.now + timedelta(hours=1))
    await bench.put(2, run_at=bench.now + timedelta(minutes=30))
    assert await bench.runner().drain() == 0
    bench.now += timedelta(hours=1, seconds=1)
    # Who has waited longest is first.
    (run,) = await bench.runner()._take(1)
    assert run.work.args == {"n": 2}
    assert await bench.runner().drain() == 1
    assert bench.did == [1]


async def test_one_waits_for_each_key(bench: Bench) -> None:
    for n in (1, 2, 3):
        await bench.put(n, key="same")
        await bench.put(n + 10)
    assert await bench.runner().drain() == 4
    assert sorted(bench.did) == [1, 11, 12, 13]
    await bench.put(4, key="same")
    assert await bench.runner().drain() == 1


async def test_one_that_runs_does_not_keep_another_with_its_key_out(bench: Bench) -> None:
    """It may have read what the second one is about before that was there."""

    async def handle(work: Work) -> None:
        await bench.note(work)
        if work.args["n"] == 1:
            await bench.put(2, key="same")
            raise TryLater("away")

    await bench.put(1, key="same")
    runner = bench.runner(handle)
    assert await runner.drain() == 2
    left = await bench.row()
    # Both had to wait with one key: the one that is tried again goes on without.
    assert (left.args, left.key, left.status) == ({"n": 1}, "", "waiting")


async def test_a_failed_run_is_put_off_longer_each_time_then_given_up(bench: Bench) -> None:
    bench.raising = [RuntimeError("password=hunter2"), TryLater("away"), TryLater("slow", seconds=500), OSError()]
    runner = bench.runner(attempts=4, first_delay=10)
    await bench.put()
    waits = []
    for _ in range(3):
        assert await runner.drain() == 1
        row = await bench.row()
        assert row.status == "waiting"
        waits.append((row.due_at - bench.now).total_seconds())
        bench.now = row.due_at
    assert 5 <= waits[0] <= 10 <= waits[1] <= 20
    assert waits[2] == 500
    assert await runner.drain() == 1
    row = await bench.row()
    assert (row.status, row.reason, row.detail, row.failures) == ("failed", "unexpected", "OSError", 4)
    bench.now += timedelta(days=30)
    assert await runner.drain() == 0
    assert runner.metrics.given_up.labels("note")._value.get() == 1


async def test_nobody_can_put_a_job_off_for_more_than_a_day(bench: Bench) -> None:
    bench.raising = [TryLater("away", seconds=10 * 86_400)]
    await bench.put()
    await bench.runner(attempts=4).drain()
    assert (await bench.row()).due_at - bench.now == timedelta(days=1)


async def test_some_failures_are_for_good_at_once(bench: Bench) -> None:
    bench.raising = [GiveUp("bad_file", "row 3 " * 99)]
    await bench.put()
    assert await bench.runner().drain() == 1
    row = await bench.row()
    # As much of it as its column takes: one that could not be written would be run for ever.
    assert (row.status, row.reason, row.detail) == ("failed", "bad_file", ("row 3 " * 99)[:MAX_DETAIL])


async def test_one_that_takes_too_long_has_failed(bench: Bench) -> None:
    async def hang(_work: Work) -> None:
        await asyncio.Event().wait()

    await bench.put()
    await bench.runner(hang, timeout=0.01, attempts=1).drain()
    assert (await bench.row()).reason == "timeout"


async def test_effect_and_end_are_one_commit(bench: Bench, world: World) -> None:
    user = world.demo.users["rep"]

    async def rename(work: Work) -> None:
        async with work.finishing() as session:
            (await session.get_one(User, (user.tenant_id, user.id))).name += "!"
            if len(bench.did) < 1:
                bench.did.append(work.attempt)
                raise RuntimeError("crash before the commit")

    await bench.put()
    runner = bench.runner(rename)
    await runner.drain()
    assert (await bench.row()).status == "waiting"
    bench.now += timedelta(hours=1)
    await runner.drain()
    async with snapshot(bench.sessions) as session:
        assert (await session.get_one(User, (user.tenant_id, user.id))).name == "Rep!"
    assert await bench.rows() == []


async def test_who_was_taken_for_dead_changes_nothing_any_more(bench: Bench, world: World) -> None:
    user = world.demo.users["rep"]
    going, stalled = asyncio.Event(), asyncio.Event()

    async def slow(work: Work) -> None:
        if work.attempt == 1:
            stalled.set()
            await going.wait()
        with pytest.raises(LeaseLost) if work.attempt == 1 else nullcontext():
            async with work.finishing() as session:
                (await session.get_one(User, (user.tenant_id, user.id))).name += "!"

    await bench.put()
    first, second = bench.runner(slow), bench.runner(slow)
    stalling = asyncio.create_task(first.drain())
    await stalled.wait()
    assert await second.drain() == 0
    bench.now += LEASE + timedelta(seconds=1)
    assert await second.drain() == 1
    going.set()
    assert await stalling == 1
    async with snapshot(bench.sessions) as session:
        assert (await session.get_one(User, (user.tenant_id, user.id))).name == "Rep!"


async def test_who_was_taken_for_dead_does_not_end_what_its_successor_is_doing(bench: Bench) -> None:
    await bench.put()
    (first,) = await bench.runner()._take(1)
    bench.now += LEASE + timedelta(seconds=1)
    (second,) = await bench.runner()._take(1)
    with pytest.raises(LeaseLost):
        async with first.work.finishing():
            pass
    async with second.work.finishing():
        pass
    assert await bench.rows() == []


async def test_a_heartbeat_keeps_a_job_and_stops_one_that_was_taken_away(bench: Bench) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def slow(_work: Work) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.set()
            raise

    await bench.put()
    runner, other = bench.runner(slow), bench.runner()
    task = asyncio.create_task(runner.run())
    await started.wait()
    bench.now += LEASE - timedelta(seconds=5)
    await runner.heartbeat()
    bench.now += timedelta(seconds=30)
    assert await other.drain() == 0
    async with transaction(bench.sessions) as session:
        await session.execute(update(QueuedJob).values(runs=7, holder="somebody else"))
    await runner.heartbeat()
    await asyncio.wait_for(stopped.wait(), 60)
    task.cancel()
    await asyncio.wait([task])
    assert (await bench.row()).status == "running"


async def test_at_its_end_a_runner_gives_back_what_it_was_doing(bench: Bench) -> None:
    started = asyncio.Event()

    async def slow(_work: Work) -> None:
        started.set()
        await asyncio.Event().wait()

    await bench.put()
    task = asyncio.create_task(bench.runner(slow).run())
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    row = await bench.row()
    assert (row.status, row.failures) == ("waiting", 0)
    assert await bench.runner().drain() == 1


async def test_a_job_that_kills_its_worker_is_given_up_in_the_end(bench: Bench) -> None:
    await bench.put()
    runner = bench.runner(attempts=2)
    for _ in range(2):
        assert await runner._take(1)  # and dies
        bench.now += LEASE + timedelta(seconds=1)
    assert await runner.drain() == 0
    row = await bench.row()
    assert (row.status, row.reason, row.failures) == ("failed", "worker_died", 2)


async def test_a_kind_nobody_knows_waits_for_who_does(bench: Bench) -> None:
    async with transaction(bench.sessions) as session:
        await enqueue(session, "of_a_newer_version", {}, tenant_id=bench.tenant_id)
    assert await bench.runner().drain() == 0
    assert (await bench.row()).status == "waiting"


async def test_runners_at_once_do_each_job_once(bench: Bench) -> None:
    for n in range(40):
        await bench.put(n)
    runners = [bench.runner() for _ in range(4)]
    assert sum(await asyncio.gather(*(runner.drain() for runner in runners))) == 40
    assert sorted(bench.did) == list(range(40))


async def test_a_commit_wakes_the_runner(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "POLL_SECONDS", 600)  # it would not look by itself
    done = asyncio.Event()

    async def handle(_work: Work) -> None:
        done.set()

    runner = bench.runner(handle)
    task = asyncio.create_task(runner.run())
    while not runner._wake._waiters:  # where asyncio keeps who waits
        await asyncio.sleep(0.01)
    await bench.put()
    await asyncio.wait_for(done.wait(), 60)
    task.cancel()
    await asyncio.wait([task])


# over HTTP


async def _fail(bench: Bench, n: int = 1) -> str:
    bench.raising = [GiveUp("bad_file", "row 3")]
    await bench.put(n)
    await bench.runner().drain()
    return next(row.id for row in await bench.rows() if row.args == {"n": n})


async def test_failed_jobs_are_listed_run_again_and_dismissed(
    bench: Bench, client: httpx.AsyncClient, world: World
) -> None:
    first, second = await _fail(bench, 1), await _fail(bench, 2)
    await bench.put(3)
    hq = world.demo.bearer("hq")
    page = (await client.get("/api/jobs?limit=1", headers=hq)).json()
    assert [job["id"] for job in page["jobs"]] == [second]
    assert page | {"jobs": []} == {
        "jobs": [], "more": True, "waiting": 1, "running": 0, "failed": 2, "trying": [],
    }  # fmt: skip
    assert page["jobs"][0] | {"reason": "bad_file", "detail": "row 3", "kind": "note", "runs": 1} == page["jobs"][0]
    page = (await client.get(f"/api/jobs?before={second}", headers=hq)).json()
    assert ([job["id"] for job in page["jobs"]], page["more"]) == ([first], False)

    assert (await client.post(f"/api/jobs/{first}/retry", headers=hq)).status_code == 204
    again = await client.post(f"/api/jobs/{first}/retry", headers=hq)
    assert (again.status_code, again.json()["code"]) == (409, "job_not_failed")
    bench.did.clear()
    await bench.runner().drain()
    assert sorted(bench.did) == [1, 3]
    gone = await client.post(f"/api/jobs/{first}/retry", headers=hq)
    assert (gone.status_code, gone.json()["code"]) == (404, "job_unknown")

    assert (await client.delete(f"/api/jobs/{second}", headers=hq)).status_code == 204
    assert (await client.get("/api/jobs", headers=hq)).json()["jobs"] == []
    async with snapshot(bench.sessions) as session:
        trail = await session.execute(select(AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id))
    assert [tuple(row) for row in trail][-2:] == [("job.run_again", first), ("job.dismissed", second)]


async def test_what_is_tried_again_is_told_and_need_not_wait(
    bench: Bench, client: httpx.AsyncClient, world: World
) -> None:
    """The store is back: nobody has to wait an hour for the next attempt."""
    bench.raising = [TryLater("storage_down", "away")]
    await bench.put(1)
    await bench.runner().drain()
    hq = world.demo.bearer("hq")
    page = (await client.get("/api/jobs", headers=hq)).json()
    (job,) = page["trying"]
    assert (page["failed"], page["waiting"], job["reason"], job["detail"]) == (0, 1, "storage_down", "away")
    assert (await client.get("/api/jobs", headers=world.other.bearer("hq"))).json()["trying"] == []
    assert (await client.post(f"/api/jobs/{job['id']}/retry", headers=world.other.bearer("hq"))).status_code == 404
    refused = await client.delete(f"/api/jobs/{job['id']}", headers=hq)
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_failed")
    bench.did.clear()
    assert (await client.post(f"/api/jobs/{job['id']}/retry", headers=hq)).status_code == 204
    await bench.runner().drain()
    assert bench.did == [1]
    assert await bench.rows() == []


async def test_other_brands_jobs_are_not_there(bench: Bench, client: httpx.AsyncClient, world: World) -> None:
    job = await _fail(bench)
    hq = world.other.bearer("hq")
    assert (await client.get("/api/jobs", headers=hq)).json()["failed"] == 0
    for method, path in (("POST", f"/api/jobs/{job}/retry"), ("DELETE", f"/api/jobs/{job}")):
        assert (await client.request(method, path, headers=hq)).status_code == 404
    assert (await bench.row()).id == job
    assert (await client.delete(f"/api/jobs/{new_id()}", headers=world.demo.bearer("hq"))).status_code == 404


def test_the_delay_grows_and_is_bounded() -> None:
    job = Job(_never, first_delay=5, longest_delay=60)
    assert [job.delay(n, lambda: 0.0) for n in (1, 2, 3, 4, 5, 500)] == [5, 10, 20, 40, 60, 60]
    assert job.delay(1, lambda: 1.0) == 2.5


async def _never(_work: Work) -> None:
    raise AssertionError


async def test_what_a_clock_put_off_by_a_year_is_done_soon(bench: Bench) -> None:
    """One that was ahead took a job, or put one in: when it is right again they must not wait for next year."""
    real = bench.now
    bench.now += timedelta(days=365)
    await bench.put(1)
    ahead = bench.runner()
    assert [run.work.args["n"] for run in await ahead._take(1)] == [1]
    bench.now = real
    await bench.put(2, run_at=real + timedelta(days=30))
    await bench.put(3, key="due")
    async with transaction(bench.sessions) as session:
        later = real + timedelta(days=365)
        await session.execute(update(QueuedJob).where(QueuedJob.key == "due").values(created_at=later, due_at=later))
    runner = bench.runner()
    assert await runner.drain() == 0
    await runner.heartbeat()
    assert await runner.drain() == 2
    # One that was meant for later waits for its day.
    assert (sorted(bench.did), (await bench.row()).args) == ([1, 3], {"n": 2})


async def test_a_server_that_does_no_jobs_tells_that_some_wait(bench: Bench) -> None:
    """Or its metrics would say that all is well while the worker is dead."""
    await bench.put()
    runner = bench.runner()
    bench.now += timedelta(minutes=10)
    await runner.count()
    assert bench.registry.get_sample_value("qudao_jobs", {"status": "waiting"}) == 1
    assert (bench.registry.get_sample_value("qudao_jobs_oldest_due_seconds") or 0) >= 600
    assert bench.did == []
