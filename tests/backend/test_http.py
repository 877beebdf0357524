"""The layers around the application: compression both ways, cross-origin refusals, security headers."""

import gzip
import zlib
from typing import Any

import httpx
import pytest
from litestar import Litestar, get, post
from litestar.params import JSONBody
from litestar.response import Stream

from backend.http.asgi import Message, Receive, Scope, Send
from backend.http.compression import MAX_BODY, BodyReader
from tests.backend.test_errors import problem
from tests.people import PASSWORD, World
from tests.servers import transport_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
JSON = {"Content-Type": "application/json"}
GZIP = {**JSON, "Content-Encoding": "gzip"}


@post("/api/echo", opt={"public": True})
async def echo(data: JSONBody[list[str]]) -> list[str]:
    return data


@get("/api/rows", opt={"public": True})
async def rows() -> list[str]:
    return ["a row that repeats"] * 2000


@get("/api/stream", opt={"public": True})
async def stream() -> Stream:
    return Stream(iter([b"data: " + b"x" * 2000 + b"\n\n"]), media_type="text/event-stream")


@pytest.fixture
def client_app(app: Litestar) -> Litestar:
    for handler in (echo, rows, stream):
        app.register(handler)
    return app


@pytest.mark.usefixtures("client_app")
async def test_gzip_bodies_are_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/echo", content=gzip.compress(b'["a", "b"]'), headers=GZIP)
    assert (answer.status_code, answer.json()) == (201, ["a", "b"])
    # Two members one after the other are one body to some, an attack to others.
    double = gzip.compress(b'["a"]') + gzip.compress(b" ")
    problem(await client.post("/api/echo", content=double, headers=GZIP), 400, "bad_encoding")


# A stream that unpacks to nothing, however long it is: empty stored blocks.
_EMPTY_BLOCKS = zlib.compressobj(wbits=31).flush(zlib.Z_FULL_FLUSH)[:10] + b"\0\0\0\xff\xff" * (1 << 16)


@pytest.mark.usefixtures("engine_name")
@pytest.mark.parametrize(
    ("first", "then", "status", "most"),
    [(gzip.compress(b"{}"), b"x" * (1 << 20), 400, 2), (_EMPTY_BLOCKS, b"\0\0\0\xff\xff" * (1 << 18), 413, 9)],
    ids=["behind the end", "nothing inside"],
)
async def test_an_endless_gzip_body_is_not_read_on(first: bytes, then: bytes, status: int, most: int) -> None:
    """``most``: parts read before it is refused."""
    sent: list[Message] = []
    reads = 0

    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("the body was let through")

    async def receive() -> Message:
        nonlocal reads
        reads += 1
        assert reads < 100, "still reading"
        return {"type": "http.request", "body": first if reads == 1 else then, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-encoding", b"gzip")]}
    await BodyReader(never)(scope, receive, send)
    assert sent[0]["status"] == status
    assert reads <= most


@pytest.mark.usefixtures("client_app")
@pytest.mark.parametrize(
    "content",
    [b"", b"plain", gzip.compress(b'["a"]')[:-5], zlib.compress(b'["a"]')],
    ids=["empty", "plain", "cut off", "zlib"],
)
async def test_what_is_no_gzip_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    problem(await client.post("/api/echo", content=content, headers=GZIP), 400, "bad_encoding")


@pytest.mark.usefixtures("client_app")
async def test_a_bomb_is_refused_early(client: httpx.AsyncClient) -> None:
    """64 MiB in 65 KiB: nobody unpacks it whole."""
    bomb = gzip.compress(b" " * (64 << 20))
    assert len(bomb) < 100_000
    answer = await client.post("/api/echo", content=bomb, headers=GZIP)
    assert problem(answer, 413, "too_large")["params"] == {"limit": MAX_BODY}


@pytest.mark.usefixtures("client_app")
async def test_other_encodings_are_refused(client: httpx.AsyncClient) -> None:
    for encoding in ("br", "deflate", "gzip, gzip"):
        answer = await client.post("/api/echo", content=b"[]", headers={**JSON, "Content-Encoding": encoding})
        problem(answer, 415, "unsupported_encoding")


@pytest.mark.usefixtures("client_app")
@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
async def test_answers_are_compressed_as_asked(client: httpx.AsyncClient, accept: str, encoding: str | None) -> None:
    answer = await client.get("/api/rows", headers={"Accept-Encoding": accept})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.json() == ["a row that repeats"] * 2000
    if encoding:
        assert int(answer.headers["content-length"]) < 1000
        assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("client_app")
async def test_small_answers_and_streams_stay_plain(client: httpx.AsyncClient) -> None:
    for path in ("/api/health", "/api/stream"):
        answer = await client.get(path, headers={"Accept-Encoding": "br, gzip"})
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers


async def test_another_site_cannot_use_the_cookie(client: httpx.AsyncClient, world: World) -> None:
    body = {"login": "rep@demo", "password": PASSWORD}
    assert (await client.post("/api/session", json=body)).status_code == 201
    foreign: dict[str, Any] = {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}}
    problem(await client.delete("/api/session", **foreign), 403, "cross_origin")
    problem(await client.post("/api/session", json=body, **foreign), 403, "cross_origin")
    # Still signed in: nothing happened. Reading is for CORS to forbid, and we allow no origin.
    answer = await client.get("/api/session", **foreign)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert (await client.delete("/api/session", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 204
    # A bearer token is not sent by a browser on its own.
    foreign["headers"] |= world.demo.bearer("shop")
    assert (await client.delete("/api/session", **foreign)).status_code == 204


async def test_every_answer_carries_security_headers(client: httpx.AsyncClient) -> None:
    for answer in (await client.get("/api/health"), await client.get("/api/nothing"), await client.put("/api/session")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers


async def test_nothing_keeps_what_a_person_was_told(client: httpx.AsyncClient, world: World) -> None:
    for path in ("/api/session", "/api/sessions", "/api/users", "/api/audit", "/api/orders", "/api/sync/scopes"):
        answer = await client.get(path, headers=world.demo.bearer("hq"))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), path
    answer = await client.post("/api/sync/pull", json={"scopes": {"desk": 0}}, headers=world.demo.bearer("hq"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


async def test_https_is_asked_to_stay(app: Litestar) -> None:
    transport = transport_of(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://qudao.test") as client:
        answer = await client.get("/api/health")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
