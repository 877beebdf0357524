"""Bringing a database up to the models, from empty or from any older revision.

Safe when several processes start at once: one migrates, the others wait for it and find nothing to do. The whole
upgrade is one transaction on both engines, so that a failed one leaves the database as it was.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.database import close_engine, make_engine
from backend.db import Amount, UtcDateTime
from backend.schema import metadata

# Any number will do, as long as nothing else in the database locks on it.
_LOCK = 7_364_523


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _options() -> dict[str, Any]:
    return {
        "target_metadata": metadata(),
        "compare_type": _types_differ,
    }


def run_in_context(context: Any) -> None:
    """What ``env.py`` does."""
    context.configure(connection=context.config.attributes["connection"], **_options())
    context.run_migrations()


def _types_differ(_context: Any, _inspected: Any, _metadata_column: Any, found: Any, wanted: Any) -> bool | None:
    """Our own column types are compared by what they become on the engine at hand."""
    if isinstance(wanted, Amount | UtcDateTime):
        return None if _context.dialect.name == "postgresql" else False
    return None


@asynccontextmanager
async def migrating(url: str) -> AsyncIterator[AsyncConnection]:
    """One transaction that holds the migration lock."""
    engine = make_engine(url, pool_size=1)
    if engine.dialect.name == "sqlite":
        # Tables are rebuilt by copying, which foreign keys would forbid; inside a transaction it cannot be said.
        event.listen(engine.sync_engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
    try:
        async with _file_lock(engine), engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SET LOCAL lock_timeout = 0"))
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
    finally:
        await close_engine(engine)


@asynccontextmanager
async def _file_lock(engine: AsyncEngine) -> AsyncIterator[None]:
    """On SQLite a lock file beside the database: its own lock gives up after the busy time-out."""
    if engine.dialect.name != "sqlite":
        yield
        return
    handle = await asyncio.to_thread(_locked, Path(f"{engine.url.database}.migrating"))
    try:
        yield
    finally:
        handle.close()


def _locked(path: Path) -> IO[str]:
    handle = path.open("w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


async def upgrade(url: str, revision: str = "head") -> tuple[str, str]:
    """Migrate; returns the revision before and after ("" = an empty database)."""
    async with migrating(url) as connection:
        before = await connection.run_sync(_current)
        await connection.run_sync(lambda raw: command.upgrade(_config(raw), revision))
        return before, await connection.run_sync(_current)


async def stamp(url: str) -> None:
    """Say that a database whose tables were made from the models is up to date."""
    async with migrating(url) as connection:
        await connection.run_sync(lambda raw: command.stamp(_config(raw), "head"))


async def downgrade(url: str, revision: str) -> None:
    async with migrating(url) as connection:
        await connection.run_sync(lambda raw: command.downgrade(_config(raw), revision))


async def current(url: str) -> str:
    """The database's revision; empty when it has none."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_current)
    finally:
        await close_engine(engine)


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


async def differences(url: str) -> list[Any]:
    """What still sets the database apart from the models; empty when migrations and models agree."""
    async with migrating(url) as connection:
        return await connection.run_sync(_differences)


def _differences(connection: Connection) -> list[Any]:
    options = {name: value for name, value in _options().items() if name != "target_metadata"}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata()))
