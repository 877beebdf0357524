"""What brands need done now and then: each in a transaction of its own, whatever becomes of the others."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Litestar
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app import CHORES, DUTIES
from backend.database import Sessions, snapshot, transaction
from backend.housekeeping import Housekeeper, Lease
from backend.identity.models import User
from backend.jobs.chores import duties_of, jobs_of
from backend.jobs.models import FAILED, WAITING, QueuedJob
from backend.jobs.running import Runner
from backend.jobs.service import PAUSE, Chore, Surroundings, in_parts
from offline.ids import new_id
from tests.people import World


@dataclass
class Round:
    """A chore that writes a person's name at each brand, ``each_time`` of ``left`` things, and fails at ``broken``."""

    app: Litestar
    world: World
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))
    broken: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @property
    def sessions(self) -> Sessions:
        found: Sessions = self.app.state.sessions
        return found

    async def do(self, session: AsyncSession, tenant_id: str, _now: datetime) -> int:
        await session.execute(update(User).where(User.tenant_id == tenant_id).values(name="tidied"))
        if tenant_id in self.broken:
            raise RuntimeError("no")
        self.done.append(tenant_id)
        count = min(self.left.get(tenant_id, 0), 3)
        self.left[tenant_id] = self.left.get(tenant_id, 0) - count
        return count

    @property
    def chores(self) -> dict[str, Chore]:
        return {"note": Chore(in_parts(self.do, 3))}

    async def ask(self) -> None:
        keeper = Housekeeper(self.sessions, duties_of(self.chores))
        for name, duty in keeper.duties:
            async with transaction(self.sessions) as session:
                assert await duty(session, self.now) == 0, name

    def runner(self) -> Runner:
        around = Surroundings(self.app.state.settings, self.app.state.storage)
        return Runner(self.sessions, jobs_of(self.chores), around, CollectorRegistry(), lambda: self.now)

    async def work(self) -> int:
        """Until nothing is left to do but what has failed for good; returns how many runs."""
        runner, runs = self.runner(), 0
        while found := await runner.drain():
            runs += found
            self.now += timedelta(hours=2)
        return runs

    async def names(self, tenant_id: str) -> set[str]:
        async with snapshot(self.sessions) as session:
            return set(await session.scalars(select(User.name).where(User.tenant_id == tenant_id)))

    async def rows(self) -> list[QueuedJob]:
        async with snapshot(self.sessions) as session:
            return list(await session.scalars(select(QueuedJob).order_by(QueuedJob.id)))


@pytest.fixture
def round_of_brands(app: Litestar, world: World) -> Round:
    return Round(app, world)


async def test_a_brand_where_it_fails_stops_no_other_and_is_listed(
    round_of_brands: Round, client: httpx.AsyncClient
) -> None:
    it, demo, other = round_of_brands, round_of_brands.world.demo, round_of_brands.world.other
    # The one that comes first by its id.
    first, second = sorted((demo, other), key=lambda brand: brand.tenant.id)
    it.broken = {first.tenant.id}
    await it.ask()
    assert await it.work() == 1 + 8
    assert it.done == [second.tenant.id]
    assert await it.names(second.tenant.id) == {"tidied"}
    # Refused means nothing changed.
    assert "tidied" not in await it.names(first.tenant.id)
    answer = await client.get("/api/jobs", headers=first.bearer("hq"))
    (failed,) = answer.json()["jobs"]
    assert (failed["kind"], failed["reason"], failed["detail"]) == ("note", "unexpected", "RuntimeError")
    assert (await client.get("/api/jobs", headers=second.bearer("hq"))).json()["jobs"] == []


async def test_one_that_failed_is_tried_each_time_it_is_due_and_listed_once(round_of_brands: Round) -> None:
    it = round_of_brands
    broken = it.world.demo.tenant.id
    it.broken = {broken}
    await it.ask()
    await it.work()
    (row,) = await it.rows()
    for times in (1, 2):
        it.now += timedelta(hours=2)
        await it.ask()
        # The brand that is well, and one more try.
        assert await it.work() == 2
        (again,) = await it.rows()
        assert (again.id, again.status, again.runs) == (row.id, FAILED, 8 + times)
    it.broken.clear()
    it.now += timedelta(hours=2)
    await it.ask()
    await it.work()
    assert await it.rows() == []
    assert await it.names(broken) == {"tidied"}


async def test_of_two_that_failed_at_a_brand_one_is_tried(round_of_brands: Round) -> None:
    """The second was asked for while the first ran. Two that wait are one too many: no brand would be asked for."""
    it = round_of_brands
    it.broken = {it.world.demo.tenant.id}
    await it.ask()
    await it.work()
    (row,) = await it.rows()
    columns = {each.key: getattr(row, each.key) for each in QueuedJob.__table__.columns}
    async with transaction(it.sessions) as session:
        session.add(QueuedJob(**{**columns, "id": new_id()}))
    it.now += timedelta(hours=2)
    await it.ask()
    assert sorted(each.status for each in await it.rows() if each.tenant_id == row.tenant_id) == [FAILED, WAITING]


async def test_it_is_asked_for_once_in_its_time(round_of_brands: Round) -> None:
    it = round_of_brands
    await it.ask()
    await it.ask()
    assert [row.status for row in await it.rows()] == [WAITING, WAITING]
    await it.work()
    it.now -= timedelta(hours=2)
    it.now += timedelta(minutes=59)
    await it.ask()
    assert await it.rows() == []
    it.now += timedelta(minutes=2)
    await it.ask()
    assert len(await it.rows()) == 2


async def test_what_is_much_is_done_in_parts(round_of_brands: Round) -> None:
    it = round_of_brands
    much, little = it.world.demo.tenant.id, it.world.other.tenant.id
    it.left = {much: 7, little: 2}
    await it.ask()
    it.now = datetime.now(UTC) + PAUSE / 2
    await it.runner().drain()
    # Others want to write in between.
    (row,) = await it.rows()
    assert row.due_at > it.now
    it.now += timedelta(hours=1)
    await it.work()
    assert (it.done.count(much), it.done.count(little)) == (3, 1)
    assert it.left == {much: 0, little: 0}


async def test_all_there_are_run_at_every_brand(app: Litestar, world: World) -> None:
    """By the server's own wiring; those that ask where they may be needed find nobody here."""
    sessions: Sessions = app.state.sessions
    assert await Housekeeper(sessions, DUTIES).round() is not None
    async with snapshot(sessions) as session:
        asked = [(row.kind, row.tenant_id) for row in await session.scalars(select(QueuedJob))]
        assert set(CHORES) <= set(await session.scalars(select(Lease.name)))
    brands = {world.demo.tenant.id, world.other.tenant.id}
    everywhere = {"sync.tombstones", "order.desk", "order.price_holds", "order.shelve", "activity.expire", "visit.days"}
    assert everywhere <= {kind for kind, _ in asked}
    assert sorted(asked) == sorted((kind, brand) for kind in {kind for kind, _ in asked} for brand in brands)
    assert await app.state.runner.drain() == len(asked)
    async with snapshot(sessions) as session:
        assert list(await session.scalars(select(QueuedJob.kind))) == []
