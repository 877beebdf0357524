"""The same runs on PostgreSQL. Its sockets are real, so a seed need not run the same way twice; the invariants hold
all the same."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from backend import app as app_module
from backend.database import close_engine, make_engine, make_read_sessions, make_sessions
from backend.partners import service as partners
from backend.settings import load_settings
from tests.servers import PostgreSQL
from tests.simulation import loop
from tests.simulation.checks import Checks, Wrong
from tests.simulation.server import Host, Server, quiet_logs
from tests.simulation.slices import HANDLERS
from tests.simulation.template import Template, build


class PostgresHost(Host):
    restores = False

    def __init__(self, folder: Path, server: PostgreSQL, template_database: str) -> None:
        quiet_logs()
        self.folder = folder
        self.postgres = server
        self.base = server.create(template_database)
        self.name = self.base
        settings = load_settings({"QUDAO_DATA": str(folder), "QUDAO_DATABASE_URL": server.url(self.base)})
        self.app = app_module.create_app(settings)
        self.engine = self.app.state.engine
        self.handlers = {handler.command.NAME: handler for handler in HANDLERS}
        self.app.state.reach = partners.reach
        self.template: Template = loop.run(loop.RealIoLoop(), self._fill())

    async def _fill(self) -> Template:
        io: Any = asyncio.get_running_loop()
        io.busy += 1
        sessions, read_sessions = make_sessions(self.engine), make_read_sessions(self.engine)
        template = await build(sessions, read_sessions, self.handlers, partners.reach)
        await self.engine.dispose()
        io.busy -= 1
        return template

    def make_loop(self) -> asyncio.AbstractEventLoop:
        self.name = self.postgres.create(self.base)
        url = load_settings({"QUDAO_DATABASE_URL": self.postgres.url(self.name)}).database_url
        self.engine = make_engine(url)
        return loop.RealIoLoop()

    def make_server(self, rng: Random, pauses: float) -> Server:
        return PostgresServer(self, rng, Path(), pauses)

    def make_checks(self) -> Checks:
        return PostgresChecks(self.template, self.postgres.url(self.name))

    def done(self) -> None:
        self.postgres.drop(self.name)


class PostgresServer(Server):
    def _lay_down(self) -> None:
        pass

    def _take_over(self) -> None:
        pass

    async def kill(self) -> None:
        self.up = False
        running = list(self._requests)
        for task in running:
            task.cancel()
        io: Any = asyncio.get_running_loop()
        io.busy += 1
        await asyncio.gather(*running, return_exceptions=True)
        pool: Any = self.host.engine.pool
        await close_engine(self.host.engine)
        if pool.checkedout():
            raise Wrong("a request that was cut off keeps its connection")
        # A socket that is being closed is gone after the loop's next round.
        await asyncio.sleep(0)
        io.busy -= 1


class PostgresChecks(Checks):
    """Reads beside the server, from a thread of its own: the run's loop must not know of it."""

    def __init__(self, template: Template, url: str) -> None:
        super().__init__(template, Path())
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection: Any = None

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = self._wait(asyncpg.connect(self._url))
        first, *others = sql.split("?")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
        found = self._wait(self._connection.fetch(numbered, *values))
        return [tuple(row) for row in found]

    def close(self) -> None:
        if self._connection is not None:
            self._wait(self._connection.close())
            self._connection = None
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
