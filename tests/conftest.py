"""Fixtures every server test builds on. What takes ``database_url`` runs twice: on SQLite and on PostgreSQL.

database_url -> settings -> app -> client        world (two brands with people, signed in)
serve (``qudao serve`` as a process)             s3 (a real S3 store)
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from backend.app import create_app
from backend.database import Sessions, make_engine
from backend.migrations import running
from backend.schema import metadata
from backend.served import spare_what_stays
from backend.settings import Settings, load_settings
from tests.groups import ByGroup, in_order
from tests.people import World, make_world
from tests.running import forget_demo
from tests.scratch import use_memory
from tests.servers import PostgreSQL, S3Server, Served, running_app, running_s3

# Before anything asks where temporary files go; the processes of one run share the folder of the first.
SCRATCH = use_memory()

ENGINES = ("sqlite", "postgresql")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    by_id = {item.nodeid: item for item in items}
    items[:] = [by_id[nodeid] for nodeid in in_order(list(by_id))]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


def pytest_collection_finish() -> None:
    spare_what_stays()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # of several processes the one that outlives the others
        forget_demo()


def pytest_unconfigure() -> None:
    if SCRATCH is not None:
        shutil.rmtree(SCRATCH, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for the whole run."""
    server = PostgreSQL()
    yield server
    server.stop()


def _build(url: str) -> None:
    """All tables, made once; each test gets a copy."""

    async def build() -> None:
        settings = load_settings({"QUDAO_DATABASE_URL": url})
        engine = make_engine(settings.database_url)
        async with engine.begin() as connection:
            await connection.run_sync(metadata().create_all)
        await engine.dispose()
        await running.stamp(settings.database_url)

    asyncio.run(build())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _build(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL) -> str:
    name = postgresql.create()
    _build(postgresql.url(name))
    return name


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which engine the test runs on; ``@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)`` narrows."""
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own with all tables, as ``QUDAO_DATABASE_URL`` takes it."""
    if engine_name == "sqlite":
        target = tmp_path / "qudao.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), target)
        yield f"sqlite:///{target}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = server.create(request.getfixturevalue("postgresql_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a server for this test."""
    return {
        "QUDAO_DATA": str(tmp_path / "data"),
        "QUDAO_DATABASE_URL": database_url,
        "QUDAO_SHELL": str(tmp_path / "no-shell"),
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return load_settings(environ)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """The server, its lifespan running. Jobs are done when a test says ``await app.state.runner.drain()``."""
    async with running_app(create_app(msgspec.structs.replace(settings, housekeeping=False))) as app:
        yield app


@pytest.fixture
def sessions(app: Litestar) -> Sessions:
    """For ``transaction(sessions)`` on the app's database."""
    found: Sessions = app.state.sessions
    return found


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the app in this process; faults come back as answers, as they would over the wire."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://qudao.test") as client:
        yield client


@pytest.fixture
async def world(sessions: Sessions) -> World:
    return await make_world(sessions)


@pytest.fixture
def serve(environ: dict[str, str]) -> Iterator[Callable[..., Served]]:
    """``serve(**more_environment)`` starts ``qudao serve`` on the test's database; it ends with the test."""
    running: list[Served] = []

    def start(more: Mapping[str, str] | None = None, *options: str) -> Served:
        served = Served(environ | dict(more or {}), options=options)
        running.append(served)
        served.start()
        return served

    yield start
    for served in running:
        served.kill()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with running_s3(tmp_path_factory.mktemp("s3") / "objects") as server:
        yield server
