"""What commands that change a brand's data share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.database import Sessions, close_engine, make_engine, make_sessions
from backend.settings import load_settings
from backend.sync.live import make_hub
from backend.sync.service import HUB


@asynccontextmanager
async def command_sessions(pool_size: int = 1) -> AsyncIterator[Sessions]:
    """Sessions on the database of the settings. On PostgreSQL open apps hear of a change at its commit, on SQLite
    within their timer's time."""
    engine = make_engine(load_settings().database_url, pool_size=pool_size)
    sessions, hub = make_sessions(engine), make_hub(engine)
    sessions.kw["info"][HUB] = hub
    try:
        yield sessions
        await hub.flush()
    finally:
        await close_engine(engine)
