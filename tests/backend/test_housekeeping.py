"""Housekeeping: one process at a time, every duty by itself, health that can be asked."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alive import is_healthy
from backend.app import DUTIES
from backend.database import Sessions, snapshot, transaction
from backend.housekeeping import Housekeeper, Lease, renew_statistics, take_lease
from backend.identity.models import UserSession
from backend.media.models import MediaLink
from offline.ids import new_id
from tests.people import World

NOW = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)


async def test_one_holder_at_a_time(sessions: Sessions) -> None:
    async def take(holder: str, now: datetime) -> bool:
        async with transaction(sessions) as session:
            return await take_lease(session, "job", holder, now)

    assert await take("one", NOW)
    assert not await take("two", NOW + timedelta(minutes=4))
    assert await take("one", NOW + timedelta(minutes=4))  # renewed
    assert not await take("two", NOW + timedelta(minutes=8))
    assert await take("two", NOW + timedelta(minutes=9))  # the first died, its lease ran out
    assert not await take("one", NOW + timedelta(minutes=10))


async def test_a_lease_of_a_clock_that_was_a_year_ahead_holds_nobody_up(sessions: Sessions) -> None:
    async def take(holder: str, now: datetime) -> bool:
        async with transaction(sessions) as session:
            return await take_lease(session, "job", holder, now)

    assert await take("one", NOW + timedelta(days=365))
    assert await take("two", NOW)
    # Clocks that are a little apart change nothing.
    assert not await take("one", NOW - timedelta(minutes=2))


async def test_a_full_disk_ends_no_housekeeping(sessions: Sessions, tmp_path: Path) -> None:
    keeper = Housekeeper(sessions, (), tmp_path / "file" / "data")
    (tmp_path / "file").write_text("no folder")
    assert await keeper.round() == {}
    assert not is_healthy(tmp_path / "file" / "data", 60)


async def test_one_of_many_at_once_gets_the_lease(sessions: Sessions) -> None:
    async def take(holder: str) -> bool:
        async with transaction(sessions) as session:
            return await take_lease(session, "job", holder, NOW)

    assert sum(await asyncio.gather(*(take(f"process {number}") for number in range(8)))) == 1


async def test_a_round_removes_what_is_due(sessions: Sessions, world: World, tmp_path: Path) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            update(UserSession)
            .where(UserSession.tenant_id == world.other.tenant.id)
            .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
    keeper = Housekeeper(sessions, DUTIES, tmp_path)
    assert await keeper.round() == {**{name: 0 for name, _ in DUTIES}, "expired_sessions": 10}
    async with snapshot(sessions) as session:
        left = set(await session.scalars(select(UserSession.tenant_id)))
    assert left == {world.demo.tenant.id}
    metrics = (tmp_path / "worker.prom").read_text()
    assert 'qudao_housekeeping_rows_total{duty="expired_sessions"} 10.0' in metrics


async def test_a_second_process_stands_by(sessions: Sessions) -> None:
    first, second = Housekeeper(sessions, DUTIES), Housekeeper(sessions, DUTIES)
    second.holder = "another host:1"
    assert await first.round() is not None
    assert await second.round() is None


async def test_a_failing_duty_does_not_keep_others_from_running(sessions: Sessions, world: World) -> None:
    async def fail(session: AsyncSession, _now: datetime) -> int:
        await session.execute(update(UserSession).values(agent="half done"))
        raise RuntimeError("no")

    async def succeed(_session: AsyncSession, _now: datetime) -> int:
        return 3

    keeper = Housekeeper(sessions, (("first", fail), ("second", succeed)))
    assert await keeper.round() == {"first": 0, "second": 3}
    assert keeper.registry.get_sample_value("qudao_housekeeping_failures_total", {"duty": "first"}) == 1
    async with snapshot(sessions) as session:
        assert set(await session.scalars(select(UserSession.agent))) == {""}
    assert world


async def test_the_loop_gives_its_lease_back(sessions: Sessions) -> None:
    keeper = Housekeeper(sessions, ())
    task = asyncio.create_task(keeper.run(0.01))
    while keeper.registry.get_sample_value("qudao_housekeeping_round_seconds") == 0:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with snapshot(sessions) as session:
        lease = (await session.scalars(select(Lease))).one()
    assert lease.until <= datetime.now(UTC)


def test_health_is_a_recent_round(tmp_path: Path) -> None:
    assert not is_healthy(tmp_path, 60)
    (tmp_path / "worker.health").touch()
    assert is_healthy(tmp_path, 60)
    os.utime(tmp_path / "worker.health", (time.time() - 61, time.time() - 61))
    assert not is_healthy(tmp_path, 60)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_sqlite_learns_what_a_brand_has(sessions: Sessions, world: World) -> None:
    """And so do connections that were open before."""
    tenant_id = world.demo.tenant.id
    links = [
        {"tenant_id": tenant_id, "media_id": new_id(), "entity": "claim", "entity_id": new_id(), "scopes": [],
         "attached_at": NOW}
        for _ in range(1200)
    ]  # fmt: skip
    async with transaction(sessions) as session:
        await session.execute(insert(MediaLink), links)
    of_a_paper = "SELECT media_id FROM media_links WHERE tenant_id = :brand AND entity = 'claim' AND entity_id = :paper"
    given = {"brand": tenant_id, "paper": links[0]["entity_id"]}

    async def plan(number: int) -> str:
        """A text of its own: one that was planned is not planned again before it runs."""
        await other.execute(text(of_a_paper), given)
        found = await other.execute(text(f"EXPLAIN QUERY PLAN {of_a_paper} -- {number}"), given)
        await other.rollback()
        return str(found.all()[0][-1])

    async with sessions() as other:
        assert "(tenant_id=?)" in await plan(1)
        for _ in range(2):
            async with transaction(sessions) as session:
                assert await renew_statistics(session, datetime.now(UTC)) == 0
        assert "(tenant_id=? AND entity=? AND entity_id=?)" in await plan(2)
        # Of what there is little it learns nothing: that may be much before it looks again.
        known = set(await other.scalars(text("SELECT tbl FROM sqlite_stat1")))
        assert known == {"media_links"}
