"""Workers as processes, killed in the middle of jobs: nothing is lost, and nothing is done twice."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from backend.database import Sessions, snapshot, transaction
from backend.identity.models import SignInAttempt
from backend.jobs.models import QueuedJob
from backend.jobs.service import enqueue
from tests.people import World
from tests.servers import ROOT, clean_environ


@dataclass
class Workers:
    """Processes of ``hasty_worker``."""

    environ: dict[str, str]
    folder: Path
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.hasty_worker"],
                cwd=ROOT,
                env=clean_environ() | self.environ | {"COUNT_FOLDER": str(self.folder)},
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def progress(self) -> list[list[str]]:
        """Process id, counter, place."""
        path = self.folder / "progress"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def workers(environ: dict[str, str], tmp_path: Path) -> Iterator[Workers]:
    folder = tmp_path / "workers"
    folder.mkdir()
    made = Workers(environ, folder)
    yield made
    for process in made.running:
        process.kill()
        process.wait()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.02)


async def put(sessions: Sessions, world: World, name: str, stop: str = "") -> None:
    async with transaction(sessions) as session:
        await enqueue(session, "count", {"name": name, "stop": stop}, tenant_id=world.demo.tenant.id)


async def counted(sessions: Sessions) -> dict[str, int]:
    async with snapshot(sessions) as session:
        found = await session.scalars(select(SignInAttempt))
        return {attempt.key: attempt.count for attempt in found}


async def left(sessions: Sessions) -> int:
    async with snapshot(sessions) as session:
        return await session.scalar(select(func.count()).select_from(QueuedJob)) or 0


@pytest.mark.parametrize("place", ["before", "within"])
async def test_another_finishes_what_a_killed_worker_began(
    workers: Workers, sessions: Sessions, world: World, place: str
) -> None:
    (workers.folder / "hold").touch()
    await put(sessions, world, "one", place)
    first = workers.start()

    async def is_there() -> bool:
        return any(line[2] == place for line in workers.progress())

    await until(is_there)
    first.kill()
    first.wait()
    assert await counted(sessions) == {}
    (workers.folder / "hold").unlink()
    second = workers.start()

    async def is_done() -> bool:
        return await left(sessions) == 0

    await until(is_done)
    assert await counted(sessions) == {"one": 1}
    assert {line[0] for line in workers.progress()} == {str(first.pid), str(second.pid)}
    second.terminate()
    assert second.wait(60) == 0


async def test_kills_at_any_moment_lose_and_double_nothing(workers: Workers, sessions: Sessions, world: World) -> None:
    rng = Random(7)
    names = {f"job {number}" for number in range(60)}
    for name in sorted(names):
        await put(sessions, world, name)
    for _ in range(3):
        workers.start()
        process = workers.start()
        seen = len(workers.progress())

        async def goes_on(seen: int = seen) -> bool:
            return len(workers.progress()) > seen + rng.randrange(8) or await left(sessions) == 0

        await until(goes_on)
        process.kill()

    async def is_done() -> bool:
        return await left(sessions) == 0

    await until(is_done)
    assert await counted(sessions) == dict.fromkeys(names, 1)
