"""SQLite statements in one visit to the driver's thread.

SQLAlchemy's adapter makes a cursor, runs it, fetches and closes it: four visits, each of which wakes two threads. A
push runs some thirty statements and a pull ten, so the visits cost more than the statements.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiosqlite
from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only


@dataclass(frozen=True, slots=True)
class _Done:
    """What is left of a cursor of the driver's once it is closed."""

    description: Any
    rows: Sequence[Any]
    rowcount: int
    lastrowid: int | None


_NOTHING = _Done(None, (), -1, None)


def _run(connection: sqlite3.Connection, many: bool, operation: str, parameters: Any) -> _Done:
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(operation, parameters)
        rows = cursor.fetchall() if cursor.description else ()
        return _Done(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class OnceCursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ("_done", "arraysize")

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._done = _NOTHING
        self.arraysize = 1

    @property
    def description(self) -> Any:
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._done.lastrowid

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        return self._visit(False, operation, () if parameters is None else parameters)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        return self._visit(True, operation, seq_of_parameters)

    def _visit(self, many: bool, operation: Any, parameters: Any) -> Any:
        try:
            self._done = await_only(self._queued(many, operation, parameters))
        except Exception as error:  # noqa: BLE001 -- as the adapter does: it raises what fits
            self._adapt_connection._handle_exception(error)
        self._rows = deque(self._done.rows)
        return self

    async def _queued(self, many: bool, operation: Any, parameters: Any) -> _Done:
        driver: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            found: _Done = await driver._execute(_run, driver._conn, many, operation, parameters)
            return found

    async def _async_soft_close(self) -> None:
        """It is closed already."""

    def close(self) -> None:
        self._rows.clear()


class OnceConnection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = OnceCursor


def connect_once(dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, options: Any) -> DBAPIConnection:
    """For the engine's ``do_connect`` event."""
    adapted: Any = dialect.connect(*arguments, **{"async_creator_fn": _open, **options})
    once: Any = OnceConnection(adapted.dbapi, adapted._connection)
    connection: DBAPIConnection = once
    return connection


async def _open(*arguments: Any, **options: Any) -> aiosqlite.Connection:
    """To its end, also when who asked is cancelled meanwhile: the driver would leave its thread to open the file
    whenever it came to it, also after the server had gone, and nobody to close it."""
    driver = aiosqlite.connect(*arguments, **options)
    driver._thread.daemon = True
    opening = asyncio.ensure_future(driver)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(sqlite3.Error):
            await (await opening).close()
        raise
