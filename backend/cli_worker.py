"""What ``qudao worker``, ``qudao renew-epoch`` and ``qudao openapi`` do once they are asked."""

import asyncio
import signal

import msgspec

from backend.app import DUTIES, create_app
from backend.database import make_engine, make_sessions, transaction
from backend.housekeeping import Housekeeper, is_healthy
from backend.openapi import document_of
from backend.settings import Settings
from backend.sync.service import renew_epoch


async def work(settings: Settings, interval: float, *, once: bool = False) -> None:
    """The housekeeping loop until SIGINT or SIGTERM."""
    engine = make_engine(settings.database_url, pool_size=2)
    keeper = Housekeeper(make_sessions(engine), DUTIES, settings.data)
    try:
        if once:
            await keeper.round()
            return
        task = asyncio.create_task(keeper.run(interval))
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)
        await asyncio.wait([task])
    finally:
        await engine.dispose()


async def renew(settings: Settings) -> str:
    """The new epoch of all brands."""
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            return await renew_epoch(session)
    finally:
        await engine.dispose()


def healthy(settings: Settings, interval: float) -> bool:
    return is_healthy(settings.data, 3 * interval)


def openapi_text(settings: Settings) -> str:
    return msgspec.json.format(msgspec.json.encode(document_of(create_app(settings))), indent=1).decode()
