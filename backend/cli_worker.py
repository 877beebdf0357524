"""What ``qudao worker``, ``qudao migrate``, ``qudao renew-epoch`` and ``qudao openapi`` do once they are asked."""

import asyncio
import signal
from collections.abc import Sequence

import msgspec

from backend.alive import is_healthy
from backend.app import DUTIES, JOBS, create_app, open_archive, open_sessions
from backend.background import in_background
from backend.database import close_engine, make_engine, make_sessions, transaction
from backend.housekeeping import Housekeeper
from backend.identity.upgrading import renew_roles
from backend.jobs.running import AT_ONCE, Runner
from backend.jobs.service import Surroundings
from backend.openapi import document_of
from backend.settings import Settings
from backend.sync.service import renew_epoch


async def work(settings: Settings, interval: float, *, once: bool = False) -> None:
    """Housekeeping and jobs until SIGINT or SIGTERM; ``once``: one round, and the jobs that are due."""
    engine = make_engine(settings.database_url, pool_size=AT_ONCE + 2)
    sessions, hub = open_sessions(engine)
    keeper = Housekeeper(sessions, DUTIES, settings.data)
    archive = open_archive(settings, sessions)
    runner = Runner(sessions, JOBS, Surroundings(settings, archive.storage), keeper.registry)
    try:
        if once:
            await keeper.round()
            await runner.drain()
            await hub.flush()
            return
        async with hub.running(), in_background(keeper.run(interval), runner.run()) as tasks:
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, _cancel, tasks)
            # Neither ends by itself: when one fails, the process does, and is started anew.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not task.cancelled():
                task.result()
    finally:
        archive.close()
        await close_engine(engine)


def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()


async def renew_rights(settings: Settings) -> int:
    """Bring the roles of all brands up to this version; how many people were told."""
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            return await renew_roles(session)
    finally:
        await close_engine(engine)


async def renew(settings: Settings) -> str:
    """The new epoch of all brands."""
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            return await renew_epoch(session)
    finally:
        await close_engine(engine)


def healthy(settings: Settings, interval: float) -> bool:
    return is_healthy(settings.data, 3 * interval)


def openapi_text(settings: Settings) -> str:
    return msgspec.json.format(msgspec.json.encode(document_of(create_app(settings))), indent=1).decode()
