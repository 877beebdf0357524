"""One snapshot a request, and no connection left out, however a request ends."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from tests.people import World


def connections_out(app: Litestar) -> int:
    pool = app.state.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


async def test_who_asks_and_what_is_read_are_one_snapshot(
    app: Litestar, client: httpx.AsyncClient, world: World
) -> None:
    begun: list[Any] = []
    event.listen(app.state.engine.sync_engine, "begin", begun.append)
    headers = world.demo.bearer("rep")
    for method, path, body in (
        ("POST", "/api/sync/pull", {"scopes": {"brand": 0}}),
        ("GET", "/api/sync/scopes", None),
        ("GET", "/api/orders", None),
    ):
        begun.clear()
        answer = await client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200
        assert len(begun) == 1, path
        assert connections_out(app) == 0


@pytest.mark.parametrize(
    ("login", "method", "path", "body", "status"),
    [
        ("rep", "POST", "/api/sync/pull", b"no JSON", 400),
        ("rep", "POST", "/api/sync/pull", b'{"scopes": []}', 422),
        ("rep", "POST", "/api/notices/reach", b"{}", 403),
        ("rep", "GET", "/api/orders/nonsense", b"", 404),
        ("nobody", "POST", "/api/sync/pull", b"{}", 401),
    ],
)
async def test_a_request_that_fails_leaves_no_connection_out(
    app: Litestar, client: httpx.AsyncClient, world: World, login: str, method: str, path: str, body: bytes, status: int
) -> None:
    headers = world.demo.bearer(login) if login != "nobody" else {"Authorization": "Bearer nobody"}
    headers = {**headers, "Content-Type": "application/json"}
    answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert connections_out(app) == 0


async def test_a_body_on_a_thin_line_holds_no_connection(app: Litestar, world: World) -> None:
    """Sixteen phones that begin a pull and go out of reach would otherwise be all the server can serve."""
    asked, line = asyncio.Event(), asyncio.Event()
    body = b'{"scopes": {"brand": 0}}'
    answer: list[Any] = []

    async def receive() -> Any:
        asked.set()
        await line.wait()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        answer.append(message)

    token = world.demo.bearer("rep")["Authorization"].encode()
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/sync/pull",
        "raw_path": b"/api/sync/pull",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"authorization", token), (b"host", b"qudao.test"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("qudao.test", 80),
        "state": {},
    }
    request = asyncio.create_task(app(scope, receive, send))
    await asked.wait()
    assert connections_out(app) == 0
    line.set()
    await request
    assert answer[0]["status"] == 200
    assert connections_out(app) == 0


@pytest.mark.parametrize(
    ("login", "method", "path", "body"),
    [
        ("rep", "POST", "/api/sync/pull", b'{"scopes": {"brand": 0}}'),
        ("rep", "POST", "/api/sync/pull", b"no JSON"),
        ("rep", "GET", "/api/orders", b""),
        ("rep", "DELETE", "/api/sessions/none", b""),
    ],
)
async def test_a_request_cancelled_at_any_moment_leaves_no_connection_out(
    app: Litestar, client: httpx.AsyncClient, world: World, login: str, method: str, path: str, body: bytes
) -> None:
    """As when the server is told to stop: the connection must not stay out until the collector finds it."""
    headers = {**world.demo.bearer(login), "Content-Type": "application/json"}
    # Kept, so that nothing they hold is let go by chance.
    requests: list[asyncio.Task[httpx.Response]] = []
    rounds = 0
    while not requests or requests[-1].cancelled():
        request = asyncio.create_task(client.request(method, path, content=body, headers=headers))
        requests.append(request)
        for _ in range(rounds):
            await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])
        async with asyncio.timeout(60):
            while connections_out(app):
                await asyncio.sleep(0.001)
        # Each moment of the first, where the dependencies are; a socket's answer is waited for in many.
        rounds += 1 + rounds // 40
    assert requests[-1].result().status_code < 500
    assert rounds > 5
