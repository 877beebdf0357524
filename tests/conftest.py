"""Fixtures every server test builds on. What takes ``database_url`` runs twice: on SQLite and on PostgreSQL.

database_url -> settings -> app -> client        world (two brands with people, signed in), shop (goods in the first)
serve (``qudao serve`` as a process)             s3 (a real S3 store)
"""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import hypothesis
import msgspec
import pytest
from litestar import Litestar

from backend.app import create_app, open_archive, open_sessions
from backend.database import Sessions, close_engine, make_engine
from backend.garbage import look_seldom, spare_what_stays
from backend.settings import Settings, load_settings
from tests.groups import ByGroup, in_order
from tests.people import World
from tests.registered import register_once
from tests.running import forget_demo
from tests.scenes import Scene, Template, Templates, scene_of
from tests.scratch import use_memory
from tests.servers import PostgreSQL, S3Server, Served, client_of, running_app, running_s3
from tests.shop import Shop
from tests.statements import share_compiled

# Whether a change passes is up to the change: its properties are tried on the same examples each time, and how long one
# takes says how much else the machine does. New ones are looked for by hand (CONTRIBUTING.md). Before any module with
# properties is read: they take it up as they are.
_CALM = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("qudao", _CALM, derandomize=True)
hypothesis.settings.register_profile("search", _CALM, max_examples=2000)
hypothesis.settings.load_profile("qudao")
# Before anything asks where temporary files go; the processes of one run share the folder of the first.
SCRATCH = use_memory()
look_seldom()  # while the tests are collected
share_compiled()
register_once()

ENGINES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    """There are more workers than processors, for the browsers wait a good part of their time. Who computes lets them
    go first."""
    if getattr(config, "workerinput", {}).get("workerid", "gw0") != "gw0":
        os.nice(5)


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


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("templates")
    names = count()

    def copy(template: str) -> str:
        path = folder / f"{next(names)}.sqlite3"
        if template:
            shutil.copyfile(template, path)
        return str(path)

    return Templates(copy, lambda path: f"sqlite:///{path}")


@pytest.fixture(scope="session")
def postgresql_templates(postgresql: PostgreSQL) -> Templates:
    return Templates(lambda template: postgresql.create(template or "template1"), postgresql.url)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which engine the test runs on; ``@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)`` narrows."""
    return str(request.param)


@pytest.fixture
def template(engine_name: str, request: pytest.FixtureRequest) -> Template:
    """What the test's database is a copy of: as much as the test asks for."""
    templates: Templates = request.getfixturevalue(f"{engine_name}_templates")
    wanted = request.fixturenames
    return templates["shop" if "opened_shop" in wanted else "world" if "world" in wanted else "tables"]


@pytest.fixture
def database_url(engine_name: str, template: Template, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own with all tables, as ``QUDAO_DATABASE_URL`` takes it."""
    if engine_name == "sqlite":
        target = tmp_path / "qudao.sqlite3"
        shutil.copyfile(template.place, target)
        yield f"sqlite:///{target}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = server.create(template.place)
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
async def bare_sessions(settings: Settings) -> AsyncIterator[Sessions]:
    """With no application around them: to put one together takes longer than most tests do."""
    engine = make_engine(settings.database_url)
    sessions, _hub = open_sessions(engine)
    archive = open_archive(settings, sessions)
    yield sessions
    archive.close()
    await close_engine(engine)


@pytest.fixture
def sessions(request: pytest.FixtureRequest, settings: Settings) -> Sessions:
    """For ``transaction`` on the test's database: the app's where the test has an app."""
    del settings  # or pytest would not know that the test has an engine
    if "app" in request.fixturenames:
        app: Litestar = request.getfixturevalue("app")
        return cast("Sessions", app.state.sessions)
    return cast("Sessions", request.getfixturevalue("bare_sessions"))


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the app in this process; faults come back as answers, as they would over the wire."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
def scene(template: Template, sessions: Sessions) -> Scene:
    return scene_of(template, sessions)


@pytest.fixture
def world(scene: Scene) -> World:
    return scene.world


@pytest.fixture
def opened_shop(scene: Scene) -> Shop:
    """In ``world.demo``."""
    assert scene.shop is not None
    return scene.shop


@pytest.fixture
def shop(opened_shop: Shop) -> Shop:
    return opened_shop


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
