"""``qudao serve``: uvicorn around the application, with a line that says when it answers."""

import asyncio
import contextlib
import fcntl
import importlib
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import click
import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from sqlalchemy.engine import make_url
from uvicorn.supervisors import Multiprocess

from backend.alive import server_fault
from backend.migrations import running
from backend.observability.logs import configure_logs
from backend.settings import VARIABLES, Settings, SettingsError, load_settings

# What open answers (live hints never end by themselves) get before they are cut off.
_GRACE_SECONDS = 3
_APP = "backend.served:create_served_app"


class AnnouncingServer(uvicorn.Server):
    """Says ``ready`` on standard output when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and sockets:
            announce(sockets[0])


def announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    click.echo(f"ready http://{'127.0.0.1' if host in ('0.0.0.0', '127.0.0.1') else host}:{port}")  # noqa: S104 - told, not bound
    sys.stdout.flush()


def listen(settings: Settings) -> socket.socket:
    """The bound socket; a taken port is a setting that is wrong."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError([f"PORT: cannot listen on {settings.host}:{settings.port}: {error.strerror}"]) from None
    listener.set_inheritable(True)
    return listener


def _variables() -> str:
    """For the help: what the environment may say. Backspace keeps click from filling the lines."""
    width = max(map(len, VARIABLES))
    lines = [f"{name:<{width}}  {variable.help}" for name, variable in VARIABLES.items()]
    secrets = "Secrets (passwords, keys, tokens, the database URL) may be files: NAME_FILE=PATH."
    return "\b\nSettings from the environment:\n" + "\n".join([*lines, secrets])


def _config(settings: Settings, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        _APP,
        factory=True,
        workers=workers,
        loop="auto",
        http="auto",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=30,
        # A worker that still imports on a busy machine is not dead.
        timeout_worker_healthcheck=60,
    )


def _check_schema(settings: Settings) -> None:
    found, needed = asyncio.run(running.current(settings.database_url)), running.head()
    if found != needed:
        raise click.ClickException(
            f"the database is at {found or 'nothing'}, this version needs {needed}: run `qudao migrate` first"
        )


def bring_up_to_date(settings: Settings) -> None:
    """The database, and with it the roles of the brands that were there before."""
    before, after = asyncio.run(running.upgrade(settings.database_url))
    if before not in ("", after):
        # Late: it imports every slice.
        cli_worker = importlib.import_module("backend.cli_worker")
        told = asyncio.run(cli_worker.renew_rights(settings))
        click.echo(f"roles brought up to date, {told} people told")
    click.echo(f"database up to date at {after}" if before == after else f"migrated {before or 'empty'} -> {after}")


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One server to a SQLite file: writers queue within a process, and hints for open apps stay in it."""
    if not settings.on_sqlite:
        yield
        return
    database = make_url(settings.database_url).database
    with open(f"{database}.serving", "a") as held:
        try:
            # Of this process alone: what it starts and leaves behind when killed keeps nobody out.
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise click.ClickException(
                f"another server works with {database}: stop it first, or choose another folder with QUDAO_DATA"
            ) from None
        yield


@click.command(epilog=_variables())
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
@click.option("--migrate", "migrate_first", is_flag=True, help="Bring the database up to date first.")
def serve(workers: int, migrate_first: bool) -> None:
    """Serve the API and the phone app on PORT until Ctrl-C."""
    settings = load_settings()
    if workers > 1 and settings.on_sqlite:
        # Writers queue within a process, and hints for open apps stay in it.
        raise click.UsageError("--workers above 1 needs PostgreSQL: set QUDAO_DATABASE_URL, or serve with one worker")
    configure_logs(settings.log_level, settings.log_format)
    if migrate_first:
        bring_up_to_date(settings)
    _check_schema(settings)
    config = _config(settings, workers)
    with listen(settings) as listener, _alone(settings), contextlib.suppress(KeyboardInterrupt):
        if workers == 1:
            AnnouncingServer(config).run(sockets=[listener])
        else:
            _serve_with_workers(config, listener)


class _Workers(Multiprocess):
    """Whose numbers of the moment, such as connections to the database, end with the worker."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._known: set[int | None] = set()

    def keep_subprocess_alive(self) -> None:
        # Also those that die before they were ever asked after.
        known = self._known | {each.pid for each in self.processes}
        super().keep_subprocess_alive()
        running = {each.pid for each in self.processes}
        for pid in known - running:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # the library has no types there
        self._known = running


def _serve_with_workers(config: uvicorn.Config, listener: socket.socket) -> None:
    with tempfile.TemporaryDirectory(prefix="qudao-metrics-") as folder:
        # The workers inherit it and share their metrics there.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        threading.Thread(target=_announce_when_healthy, args=(listener,), daemon=True).start()
        _Workers(config, [listener]).run()


def _announce_when_healthy(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    while server_fault(port):
        time.sleep(0.1)
    announce(listener)


@click.command()
def health() -> None:
    """Exit 0 when the server on PORT of this machine can serve."""
    if fault := server_fault(load_settings().port):
        raise click.ClickException(fault)
