"""When the next round is due."""

import asyncio
from datetime import UTC, datetime

import pytest

from offline.pace import MOST_NAMED_SECONDS, Pace


class Clock:
    """Its sleeps end when they are let."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.over = asyncio.Event()

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.over.wait()


async def resting(pace: Pace) -> "asyncio.Task[None]":
    task = asyncio.ensure_future(pace.rest(blocked=False))
    for _ in range(5):
        await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(("named", "least", "most"), [(40.0, 40, 50), (86400.0, 240, MOST_NAMED_SECONDS)])
@pytest.mark.parametrize("jitter", [0.0, 1.0])
async def test_a_time_the_server_names_is_kept_within_bounds(
    named: float, least: float, most: float, jitter: float
) -> None:
    clock = Clock()
    pace = Pace(clock, lambda: jitter)
    pace.failed(named)
    task = await resting(pace)
    assert least <= clock.slept[0] <= most
    # Hints and focus do not cut it short.
    pace.wake()
    await asyncio.sleep(0)
    assert not task.done()
    clock.over.set()
    await asyncio.wait_for(task, 60)


async def test_a_person_need_not_wait_for_the_time_the_server_named() -> None:
    clock = Clock()
    pace = Pace(clock, lambda: 0.5)
    pace.failed(3600.0)
    task = await resting(pace)
    pace.wake(by_person=True)
    await asyncio.wait_for(task, 60)
    # Once: the next wait is as the next round says.
    pace.begin()
    pace.failed(3600.0)
    task = await resting(pace)
    pace.wake()
    await asyncio.sleep(0)
    assert not task.done()
    # And what was asked for during a round counts after it.
    task.cancel()
    pace.begin()
    pace.wake(by_person=True)
    pace.failed(3600.0)
    await asyncio.wait_for(pace.rest(blocked=False), 60)


async def test_without_a_time_named_anything_wakes_it() -> None:
    pace = Pace(Clock(), lambda: 0.5)
    pace.failed(None)
    task = await resting(pace)
    pace.wake()
    await asyncio.wait_for(task, 60)


async def test_what_is_held_back_is_due_before_the_timer_while_nothing_fails() -> None:
    clock = Clock()
    pace = Pace(clock, lambda: 0.5)
    task = asyncio.ensure_future(pace.rest(blocked=False, due=5.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    pace.failed(None)
    for _ in range(9):
        pace.failed(None)
    task = asyncio.ensure_future(pace.rest(blocked=False, due=5.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    assert clock.slept == [5.0, 45.0]
