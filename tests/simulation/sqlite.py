"""SQLite under SQLAlchemy's aiosqlite dialect, but in this thread: a statement is done when it is awaited, so that
the simulation alone decides what happens between two of them. A killed server is every connection cut at once."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Pause = Callable[[], Awaitable[None]]


class Killed(sqlite3.OperationalError):
    """The process this connection belonged to is gone."""


class Cursor:
    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._cursor = connection.raw.cursor()

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> "Cursor":
        await self._connection.pause(statement)
        self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Any) -> "Cursor":
        await self._connection.pause(statement)
        self._cursor.executemany(statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._cursor.lastrowid

    arraysize = 1


class Connection:
    """What the dialect uses of an ``aiosqlite.Connection``."""

    isolation_level: str | None = None

    def __init__(self, path: Path, server: "Server") -> None:
        self._connection = self
        self._tx = self
        self._conn = self.raw = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        self._server = server
        server.connections[self] = None

    def put_nowait(self, order: Any) -> None:
        """The dialect sends some calls to the driver's thread; here they are made at once."""
        future, function = order
        future.set_result(function())

    async def pause(self, statement: str) -> None:
        self._check()
        if not statement.startswith(("PRAGMA", "BEGIN")):
            await self._server.pause()
            self._check()

    def _check(self) -> None:
        if self not in self._server.connections:
            raise Killed("killed")

    def cursor(self) -> Cursor:
        return Cursor(self)

    async def execute(self, statement: str, parameters: Any = ()) -> Cursor:
        return await Cursor(self).execute(statement, parameters)

    async def executescript(self, script: str) -> Cursor:
        self._check()
        # Statement by statement: sqlite3's own would commit first.
        for statement in script.split(";"):
            if statement.strip():
                self.raw.execute(statement)
        return Cursor(self)

    async def commit(self) -> None:
        await self._server.pause()
        self._check()
        if self.raw.in_transaction:
            self.raw.execute("COMMIT")
        # Committed, and nobody knows it yet.
        await self._server.pause()

    async def rollback(self) -> None:
        if self in self._server.connections and self.raw.in_transaction:
            self.raw.execute("ROLLBACK")

    async def create_function(self, *args: Any, **kwargs: Any) -> None:
        self.raw.create_function(*args, **kwargs)

    async def close(self) -> None:
        self.cut()

    def stop(self) -> None:
        self.cut()

    def cut(self) -> None:
        if self in self._server.connections:
            del self._server.connections[self]
            self.raw.close()


class Server:
    """The database side of one server: where it lies, who is connected, and how long a statement may take."""

    def __init__(self) -> None:
        self.path = Path()
        self.connections: dict[Connection, None] = {}
        self.pause: Pause = _at_once

    async def connect(self, *_args: Any, **_kwargs: Any) -> Connection:
        return Connection(self.path, self)

    def kill(self) -> None:
        """Whatever is not committed is lost."""
        for connection in list(self.connections):
            connection.cut()


async def _at_once() -> None:
    pass
