"""Health, metrics, request ids and what is logged."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
import structlog
from litestar import Litestar
from sqlalchemy import text

from backend.app import create_app
from backend.observability.logs import configure_logs
from backend.settings import VERSION, Settings, load_settings
from offline.ids import new_id
from tests.backend.test_errors import problem
from tests.people import PASSWORD, World
from tests.servers import client_of, running_app


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged while the test runs, as it would be written."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("info", stream=stream)
    # The client in the tests logs too, and what it asks for.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines_of(logged: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


async def test_health(client: httpx.AsyncClient, engine_name: str) -> None:
    answer = await client.get("/api/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": engine_name, "version": VERSION}


def test_version_is_the_package_s() -> None:
    assert f'version = "{VERSION}"' in Path(__file__).parents[2].joinpath("pyproject.toml").read_text()


async def test_metrics_label_routes_not_paths(client: httpx.AsyncClient, world: World) -> None:
    for user_id in ("alpha-id", "beta-id"):
        await client.patch(f"/api/users/{user_id}", json={}, headers=world.demo.bearer("hq"))
    await client.get("/api/random/path")
    await client.request("BREW", "/api/health")
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'qudao_http_requests_total{method="PATCH",route="/api/users/{user_id}",status="404"} 2.0' in lines
    assert 'qudao_http_requests_total{method="GET",route="(none)",status="404"} 1.0' in lines
    assert 'qudao_http_requests_total{method="(other)",route="(none)",status="405"} 1.0' in lines
    assert not any("alpha-id" in line or "random" in line for line in lines if line.startswith("qudao_http"))


async def test_metrics_may_ask_for_a_token(environ: dict[str, str], client: httpx.AsyncClient, app: Litestar) -> None:
    app.state.settings = load_settings({**environ, "QUDAO_METRICS_TOKEN": "let-me-see"})
    problem(await client.get("/metrics"), 401, "unauthenticated")
    problem(await client.get("/metrics", headers={"Authorization": "Bearer other"}), 401, "unauthenticated")
    answer = await client.get("/metrics", headers={"Authorization": "Bearer let-me-see"})
    assert answer.status_code == 200


async def test_request_ids_come_back(client: httpx.AsyncClient) -> None:
    given = await client.get("/api/health", headers={"X-Request-Id": "trace-0123456789"})
    assert given.headers["x-request-id"] == "trace-0123456789"
    made = {(await client.get("/api/health")).headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    for odd in ("short", "x" * 65, 'with "quotes" and spaces', "new\tline--"):
        answer = await client.get("/api/health", headers={"X-Request-Id": odd})
        assert answer.headers["x-request-id"] != odd


async def test_logs_hold_no_secret(
    client: httpx.AsyncClient, world: World, logged: io.StringIO, settings: Settings
) -> None:
    signed = await client.post("/api/session?note=query-secret", json={"login": "rep@demo", "password": PASSWORD})
    await client.post("/api/session", json={"login": "rep@demo", "password": "wrong-password"})
    await client.get("/api/session", headers=world.demo.bearer("hq") | {"X-Request-Id": "the-one-to-find"})
    written, lines = logged.getvalue(), lines_of(logged)
    for secret in (
        PASSWORD,
        "wrong-password",
        "query-secret",
        signed.json()["token"],
        world.demo.tokens["hq"],
        str(settings.database_url),
    ):
        assert secret not in written
    found = [line for line in lines if line.get("request_id") == "the-one-to-find"]
    assert [(line["method"], line["route"], line["status"]) for line in found] == [("GET", "/api/session", 200)]
    assert found[0]["user"] == world.demo.users["hq"].id
    assert found[0]["level"] == "info"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_tells_where_and_never_with_what(logged: io.StringIO, form: Literal["json", "console"]) -> None:
    configure_logs("info", form, logged)

    def verify(password: str) -> None:
        raise RuntimeError(f"a word of {len(password)} letters")

    try:
        verify("-".join(("open", "sesame")))
    except RuntimeError:
        structlog.get_logger("qudao.test").exception("it failed")
    assert "in verify" in logged.getvalue()
    assert "a word of 11 letters" in logged.getvalue()
    assert "open-sesame" not in logged.getvalue()


async def test_a_fault_is_logged_once_with_its_traceback(
    app: Litestar, client: httpx.AsyncClient, logged: io.StringIO
) -> None:
    async with app.state.engine.begin() as connection:
        await connection.execute(text("DROP TABLE user_sessions"))
    answer = await client.get("/api/session", headers={"Authorization": "Bearer x", "X-Request-Id": "look-for-me"})
    assert answer.status_code == 500
    lines = lines_of(logged)
    faults = [line for line in lines if line["event"] == "request failed"]
    assert len(faults) == 1
    assert faults[0]["request_id"] == "look-for-me"
    assert "user_sessions" in str(faults[0]["exception"])


async def test_metrics_tell_what_became_of_commands(client: httpx.AsyncClient, world: World) -> None:
    args = {"locale": "en"}
    mutation = {"id": new_id(), "n": 1, "name": "me.locale", "args": args}
    odd = {"id": new_id(), "n": 2, "name": "made.up", "args": {}}
    body = {"device": "phone", "mutations": [mutation, odd]}
    for _ in range(2):
        assert (await client.post("/api/sync/push", json=body, headers=world.demo.bearer("rep"))).status_code == 200
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'qudao_commands_total{name="me.locale",outcome="applied"} 1.0' in lines
    assert 'qudao_commands_total{name="me.locale",outcome="replayed"} 1.0' in lines
    assert 'qudao_commands_total{name="(other)",outcome="rejected"} 1.0' in lines
    assert "qudao_database_connections 0.0" in lines
    assert not any("made.up" in line for line in lines)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_metrics_tell_of_housekeeping_where_the_server_does_it(settings: Settings) -> None:
    async with running_app(create_app(settings)) as app, client_of(app) as client:
        assert "qudao_housekeeping_round_seconds 0.0" in (await client.get("/metrics")).text
