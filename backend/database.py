"""Engines and transactions, the same on SQLite and PostgreSQL.

A request has one transaction (``transaction`` or ``snapshot``); services never commit. Writes on SQLite begin
``IMMEDIATE`` and queue in the process first, because SQLite's own waiting is a sleep that is neither fair nor
fast. Reads see one snapshot and cannot write, on either engine.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, cast

import asyncpg
import msgspec
from sqlalchemy import Connection, Dialect, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import AdaptedConnection, DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from backend.aiosqlite_once import connect_once

Sessions = async_sessionmaker[AsyncSession]

_SQLITE_WAIT_MS = 10_000
_GIVEN_BACK_SECONDS = 2.0
GOODBYE_SECONDS = 3.0
_READ_ONLY = "qudao_read_only"
_POSTGRESQL_SETTINGS = {
    "application_name": "qudao",
    "timezone": "UTC",
    "jit": "off",
    # As on an SSD, or in memory. By the default, which is of discs that turn, to look up hundreds of scopes would cost
    # more than to go through those of all brands, with every round of a phone that holds so many.
    "random_page_cost": "1.1",
    "lock_timeout": "5s",
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "120s",
}
# Serialization, deadlock, lock not available, statement cancelled, shutting down, starting.
_BUSY_STATES = {"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03"}
# The connection; a disc, memory or connections used up; the machine below.
_BUSY_CLASSES = ("08", "53", "58")
_ONLY_READS = "25006"
# Busy, locked, I/O error, full.
_SQLITE_BUSY = {5, 6, 10, 13}


class DatabaseAway(Exception):
    """The database does not answer, for now."""


# What a transaction may end with that is no fault of its own code. The driver's own errors come through bare when the
# server has closed the connection.
DATABASE_FAULTS = (
    SQLAlchemyError,
    DatabaseAway,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresError,
    ConnectionError,
)


_encode = msgspec.json.Encoder().encode


def to_json(value: Any) -> str:
    """As JSON columns are stored: by msgspec, in a tenth of the time of the standard library."""
    return _encode(value).decode()


def make_engine(url: str, *, pool_size: int = 8) -> AsyncEngine:
    """An engine for ``sqlite+aiosqlite:///FILE`` or ``postgresql+asyncpg://...``; nothing is opened yet but the
    folder of an SQLite file, which is made."""
    if url.startswith("sqlite"):
        return _sqlite_engine(url, pool_size)
    engine = create_async_engine(
        url,
        **_options(pool_size),
        connect_args={"server_settings": _POSTGRESQL_SETTINGS, "timeout": 10},
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    return engine


async def close_engine(engine: AsyncEngine) -> None:
    """Close all connections. Who is cancelled in the middle of a transaction gives its connection back in a task of its
    own; the pool closes only what is back. A server that takes no leave is not waited for: asyncpg would, for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GIVEN_BACK_SECONDS):
            while connections_in_use(engine):  # noqa: ASYNC110 - the pool tells nobody
                await asyncio.sleep(0.01)
    while True:
        # The driver drops a connection that is given up; each time there is one less.
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                return await engine.dispose()


def connections_in_use(engine: AsyncEngine) -> int:
    pool = engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def _options(pool_size: int) -> dict[str, Any]:
    return {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        # The connection used last has its pages and statements at hand; in turn, each would have to learn them all.
        "pool_use_lifo": True,
        "pool_timeout": 10,
        "hide_parameters": True,
        "json_serializer": to_json,
        "json_deserializer": msgspec.json.decode,
    }


def _connect(dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, options: Any) -> DBAPIConnection:
    """The driver reports a server that is not there as any of the socket's own errors."""
    try:
        return dialect.connect(*arguments, **options)
    except (OSError, TimeoutError) as error:
        raise DatabaseAway(str(error)) from error


def _replace_closed(connection: Any, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """After a restart of the server the driver knows that its sockets are closed: the pool then connects anew.
    SQLAlchemy's own ``pool_pre_ping`` asks the server each time, in three round trips."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _sqlite_engine(url: str, pool_size: int) -> AsyncEngine:
    if database := make_url(url).database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        **_options(pool_size),
        connect_args={"timeout": _SQLITE_WAIT_MS / 1000},
    )
    event.listen(engine.sync_engine, "do_connect", connect_once)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does, in the right mode.
    connection.isolation_level = None
    pragmas = (
        f"busy_timeout={_SQLITE_WAIT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        # A push of a hundred orders writes some 2,000 pages: by the default of 1,000 every one would also copy them
        # all to the database before it answers. 32 MB at most wait in the log instead.
        "wal_autocheckpoint=8000",
        "cache_size=-16000",
    )
    script = "; ".join(f"PRAGMA {pragma}" for pragma in pragmas)
    # One visit to the driver's thread.
    cast("AdaptedConnection", connection).run_async(lambda driver: driver.executescript(script))


def _begin_sqlite(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get(_READ_ONLY))
    script = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    before = connection.info.pop(_READ_ONLY, None)
    if before != read_only:
        # Only where it changes: SQLite then prepares every statement of the connection anew.
        script = f"PRAGMA query_only={int(read_only)}; {script}"
    adapted = cast("AdaptedConnection", connection.connection.dbapi_connection)
    try:
        # One visit to the driver's thread; as two statements of SQLAlchemy's it would be eight.
        adapted.run_async(lambda driver: driver.executescript(script))
    except sqlite3.OperationalError as error:
        raise OperationalError(script, None, error) from error
    connection.info[_READ_ONLY] = read_only


def make_sessions(engine: AsyncEngine) -> Sessions:
    """For ``transaction``: sessions that may write."""
    info: dict[str, Any] = {"write_lock": asyncio.Lock()} if engine.dialect.name == "sqlite" else {}
    return async_sessionmaker(engine, expire_on_commit=False, info=info)


def make_read_sessions(engine: AsyncEngine) -> Sessions:
    """For ``snapshot``: sessions that see one state of the database and cannot write."""
    if engine.dialect.name == "sqlite":
        reader = engine.execution_options(**{_READ_ONLY: True})
    else:
        reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return async_sessionmaker(reader, expire_on_commit=False)


def read_sessions_of(sessions: Sessions) -> Sessions:
    """``make_read_sessions`` of the same engine."""
    return make_read_sessions(sessions.kw["bind"])


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session whose work is committed at the end, or rolled back when the block raises. A failed commit raises
    here, so that it can never pass for a success."""
    lock = sessions.kw.get("info", {}).get("write_lock") or nullcontext()
    async with lock, sessions() as session, session.begin():
        yield session


@asynccontextmanager
async def snapshot(read_sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session for reading, rolled back at the end."""
    async with read_sessions() as session:
        yield session


def is_contention(error: BaseException) -> bool:
    """Whether trying again may help: the database is busy, starting, gone for a moment, has no room on its disc, or two
    transactions met. Broken rules (``IntegrityError``) are not contention."""
    if isinstance(error, PoolTimeout | DatabaseAway | ConnectionError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_BUSY
    state = getattr(error.orig, "sqlstate", None) or ""
    return state in _BUSY_STATES or state.startswith(_BUSY_CLASSES)


def only_reads(error: BaseException) -> bool:
    """Whether the server takes no writes at all for now, as one that another takes over from. Of a session for reading
    it is a fault of ours that this speaks of."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _ONLY_READS


def database_reason(error: BaseException) -> str:
    """In a line, without the statement."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(cause).strip().partition("\n")[0] or type(cause).__name__
