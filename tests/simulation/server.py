"""The real server in this process: the whole application called through ASGI, on a database of the run's own."""

import asyncio
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import structlog
from litestar import Litestar
from sqlalchemy.ext.asyncio import create_async_engine

from backend import app as app_module
from backend.database import make_read_sessions, make_sessions
from backend.partners import service as partners
from backend.schema import metadata
from backend.settings import load_settings
from backend.sync.live import Hub
from backend.sync.pull import Reader
from backend.sync.push import Taker
from backend.sync.routes import Sync
from backend.sync.watching import Watch
from offline.store import Response, Unreachable
from offline.wire.protocol import SchemaRange
from tests.simulation import loop, sqlite
from tests.simulation.checks import Checks
from tests.simulation.slices import HANDLERS, SCOPES
from tests.simulation.strikes import Strike
from tests.simulation.template import START, Template, build


class Host:
    """What all runs share: the application, and a template of the database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = sqlite.Server()
        self.database.path = folder / "template.sqlite3"
        quiet_logs()
        creator = partial(create_async_engine, async_creator=self.database.connect)
        with mock.patch("backend.database.create_async_engine", creator):
            settings = load_settings({"QUDAO_DATA": str(folder), "QUDAO_DATABASE_URL": f"sqlite:///{folder}/unused"})
            self.app: Litestar = app_module.create_app(settings)
        self.engine = self.app.state.engine
        self.handlers = {handler.command.NAME: handler for handler in HANDLERS}
        self.app.state.reach = partners.reach
        self.template: Template = loop.run(loop.VirtualLoop(), self._build())

    # A run's parts; those on PostgreSQL are others.

    restores = True

    def make_loop(self) -> asyncio.AbstractEventLoop:
        return loop.VirtualLoop()

    def make_server(self, rng: Random, pauses: float) -> "Server":
        return Server(self, rng, self.folder / "run.sqlite3", pauses)

    def make_checks(self) -> Checks:
        return Checks(self.template, self.folder / "run.sqlite3")

    def done(self) -> None:
        """A run is over."""

    async def _build(self) -> Template:
        async with self.engine.begin() as connection:
            await connection.run_sync(metadata().create_all)
        sessions, read_sessions = make_sessions(self.engine), make_read_sessions(self.engine)
        template = await build(sessions, read_sessions, self.handlers, partners.reach)
        await self.engine.dispose()
        return template


def quiet_logs() -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(50), logger_factory=structlog.ReturnLoggerFactory()
    )


class Server:
    """One run's server. ``kill`` at any moment; ``start`` again on what was committed. ``pauses``: how many of the
    statements take a while."""

    def __init__(self, host: Host, rng: Random, path: Path, pauses: float) -> None:
        self.host = host
        self.template = host.template
        self.path = path
        self.up = False
        self.schema = SchemaRange(1, 1)
        self._rng = rng
        self.pauses = pauses
        self._requests: dict[asyncio.Task[Response], None] = {}
        self.handled = 0
        self.strike: Strike | None = None
        self._lay_down()

    def _lay_down(self) -> None:
        shutil.copyfile(self.host.folder / "template.sqlite3", self.path)

    def _take_over(self) -> None:
        """The database is this run's, with no connection of one that was killed."""
        self.host.database.path = self.path
        self.host.database.pause = self._pause
        self.host.engine.sync_engine.dispose(close=False)

    def now(self) -> datetime:
        return START + timedelta(days=1, seconds=asyncio.get_running_loop().time())

    def start(self) -> None:
        host = self.host
        self._take_over()
        state = host.app.state
        sessions = make_sessions(host.engine)
        hub = Hub()
        state.sessions = sessions
        state.read_sessions = make_read_sessions(host.engine)
        state.hub = hub
        reader = Reader(SCOPES, self.now, schema=self.schema)
        watch = Watch(state.read_sessions, state.still_in)
        state.sync = Sync(Taker(sessions, host.handlers, self.now), reader, hub, watch)
        self.up = True

    async def _pause(self) -> None:
        if self.strike is not None:
            self.strike.moment()
        if not self.up:
            # Those that were cancelled learn it here.
            await asyncio.sleep(0)
        if self._rng.random() < self.pauses:
            await asyncio.sleep(self._rng.random() * 0.1)

    @property
    def busy(self) -> bool:
        return bool(self._requests)

    async def kill(self) -> None:
        """As kill -9: nothing that is not committed stays, nobody gets an answer any more."""
        await asyncio.gather(*self.die(), return_exceptions=True)

    def die(self) -> list[asyncio.Task[Response]]:
        """The requests that were running."""
        self.up = False
        self.host.database.kill()
        running = list(self._requests)
        for task in running:
            task.cancel()
        return running

    async def handle(
        self,
        method: str,
        path: str,
        body: bytes | None,
        token: str,
        headers: Mapping[str, str] | None = None,
        *,
        cut: int | None = None,
    ) -> Response:
        """One request, wholly arrived, or ``cut`` after so many bytes of its body. Raises ``Unreachable`` when the
        server is down or dies meanwhile."""
        if not self.up:
            raise Unreachable("down")
        task = asyncio.ensure_future(call(self.host.app, (method, path, body), token, headers or {}, cut))
        self._requests[task] = None
        running: Any = asyncio.get_running_loop()
        if isinstance(running, loop.RealIoLoop):
            running.busy += 1
            task.add_done_callback(lambda _task: running.rest())
        try:
            response = await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise Unreachable("the server died") from None
            raise
        finally:
            if task.done():
                self._requests.pop(task, None)
        self.handled += 1
        if not self.up:
            raise Unreachable("the server died")
        return response


async def call(
    app: Any, asked: tuple[str, str, bytes | None], token: str, more: Mapping[str, str], cut: int | None
) -> Response:
    """A request to an ASGI application. ``cut``: the line breaks after so many bytes of the body."""
    method, path, body = asked
    headers = [(b"authorization", b"Bearer " + token.encode()), (b"host", b"qudao.test")]
    if body is not None:
        given_type = {} if "Content-Type" in more else {"Content-Type": "application/json"}
        more = {**more, **given_type, "Content-Length": str(len(body))}
    headers += [(name.lower().encode(), value.encode()) for name, value in more.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("qudao.test", 80),
        "state": {},
    }
    given: list[dict[str, Any]] = [{"type": "http.request", "body": body or b"", "more_body": False}]
    if cut is not None:
        given = [{"type": "http.disconnect"}, {"type": "http.request", "body": (body or b"")[:cut], "more_body": True}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if given:
            return given.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    headers_out = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], b"".join(message.get("body", b"") for message in sent[1:]), headers_out)
