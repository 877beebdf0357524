"""Every failure is a problem with a stable code, and a failed commit is never a success."""

import asyncio
import time
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from litestar import Litestar, get, post
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from backend.database import Sessions, transaction
from backend.http.given import Session
from backend.sync.commands import Refused
from backend.wrong_values import what_and_where
from tests.people import World
from tests.servers import PostgreSQL


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks what every problem has; returns its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


async def test_unknown_path(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/nothing"), 404, "not_found")
    problem(await client.post("/api/nothing"), 404, "not_found")


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["a", "b"] = "a"
    names: dict[Annotated[str, msgspec.Meta(max_length=2)], int] = {}


@pytest.mark.parametrize(
    ("sent", "what", "where"),
    [
        (b"[]", "Expected `object`, got `array`", ""),
        (b'{"names": {"zh": "x"}}', "Expected `int`, got `str`", "names[...]"),
        (b'{"names": {"long": 1}}', "Expected `str` of length <= 2", "names"),
        (b'{"kind": "c - at `$.d`"}', "Invalid enum value 'c - at `$.d`'", "kind"),
    ],
)
def test_what_was_wrong_is_told_apart_from_where(sent: bytes, what: str, where: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(sent, type=_Named)
    assert what_and_where(str(raised.value)) == (what, where)


def test_a_message_made_of_places_is_read_at_once() -> None:
    """A search that began anew at each of them took 3.6 s for 64 kB, and as often as that is sent."""
    message = f"Invalid enum value '{' - at `$' * 100_000}'"
    began = time.process_time()
    assert what_and_where(message) == (message, "")
    assert time.process_time() - began < 0.5


async def test_what_was_sent_does_not_come_back_at_length(client: httpx.AsyncClient) -> None:
    body = b'{"' + b"x" * 1_000_000 + b'": 1}'
    answer = await client.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    (error,) = problem(answer, 422, "invalid")["errors"]
    assert error["message"].startswith("Object contains unknown field `xxx")
    assert len(answer.content) < 1000


async def test_wrong_method_says_which_are_right(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/session")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, OPTIONS, POST"
    answer = await client.delete("/api/users/1")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, OPTIONS, PATCH"


async def test_head_is_get_without_its_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/api/health")
    assert answer.status_code == 200
    assert answer.content == b""
    assert (await client.head("/api/session")).status_code == 401


async def test_no_session(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/session")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"{}", [{"field": "", "message": "Object missing required field `login`"}]),
        (
            b'{"login": 1, "password": "x"}',
            [{"field": "login", "message": "Expected `str`, got `int`"}],
        ),
        (
            b'{"login": "a", "password": "b", "remember": true}',
            [{"field": "", "message": "Object contains unknown field `remember`"}],
        ),
        (
            b'{"login": "", "password": "x"}',
            [{"field": "login", "message": "Expected `str` of length >= 1"}],
        ),
    ],
)
async def test_invalid_fields_are_named(client: httpx.AsyncClient, body: bytes, errors: list[dict[str, str]]) -> None:
    answer = await client.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer, 422, "invalid")["errors"] == errors


async def test_what_is_no_json_is_a_bad_request(client: httpx.AsyncClient) -> None:
    for body in (b"{", b"", b"\xff\xfe", b'"text'):
        answer = await client.post("/api/session", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["code"] in ("bad_request", "invalid")


async def test_invalid_query_parameters_are_named(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.get("/api/audit?limit=many", headers=world.demo.bearer("hq"))
    assert problem(answer, 422, "invalid")["errors"][0]["field"] == "limit"


async def test_too_large_a_body(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/session", content=b" " * (9 << 20), headers={"Content-Type": "application/json"})
    problem(answer, 413, "too_large")


async def test_a_fault_tells_its_request_id_and_no_more(app: Litestar, client: httpx.AsyncClient) -> None:
    @get("/api/fault", opt={"public": True})
    async def fault() -> None:
        raise RuntimeError("the secret is 1234")

    app.register(fault)
    answer = await client.get("/api/fault", headers={"X-Request-Id": "given-by-caller"})
    body = problem(answer, 500, "internal")
    assert body["request_id"] == "given-by-caller"
    assert "1234" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_refusal_keeps_its_code_and_detail(app: Litestar, client: httpx.AsyncClient) -> None:
    @get("/api/refusal", opt={"public": True})
    async def refusal() -> None:
        raise Refused("price_changed", product="p1")

    app.register(refusal)
    assert problem(await client.get("/api/refusal"), 409, "price_changed")["params"] == {"product": "p1"}


async def test_text_that_cannot_be_stored_is_refused(client: httpx.AsyncClient, world: World) -> None:
    for login in ("a\0b@demo", "\ud83d@demo".encode("utf-16", "surrogatepass").decode("utf-16", "replace")):
        answer = await client.post("/api/session", json={"login": login, "password": "x"})
        assert answer.status_code in (401, 422), answer.text
    answer = await client.post(
        "/api/session",
        content=b'{"login": "\\ud83d@demo", "password": "x"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 401, 422), answer.text
    assert world


@pytest.fixture
async def pledges(sessions: Sessions) -> None:
    """A table whose rule is only checked by COMMIT."""
    async with transaction(sessions) as session:
        await session.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY)"))
        await session.execute(
            text(
                "CREATE TABLE pledges (id INTEGER PRIMARY KEY, person INTEGER NOT NULL"
                " REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )


@post("/api/pledges", opt={"public": True})
async def add_pledge(session: Session) -> dict[str, bool]:
    await session.execute(text("INSERT INTO pledges VALUES (1, 99)"))
    return {"done": True}


@pytest.mark.usefixtures("pledges")
async def test_a_commit_that_fails_on_a_rule_is_409(
    app: Litestar, client: httpx.AsyncClient, sessions: Sessions
) -> None:
    app.register(add_pledge)
    problem(await client.post("/api/pledges"), 409, "conflict")
    async with transaction(sessions) as session:
        assert (await session.execute(text("SELECT count(*) FROM pledges"))).scalar_one() == 0


@pytest.mark.usefixtures("pledges")
async def test_a_commit_that_breaks_is_500(app: Litestar, client: httpx.AsyncClient, sessions: Sessions) -> None:
    app.register(add_pledge)

    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, RuntimeError("disk full"))

    event.listen(app.state.engine.sync_engine, "commit", fail)
    problem(await client.post("/api/pledges"), 500, "internal")
    event.remove(app.state.engine.sync_engine, "commit", fail)
    async with transaction(sessions) as session:
        await session.execute(text("INSERT INTO people VALUES (99)"))
        assert (await session.execute(text("SELECT count(*) FROM pledges"))).scalar_one() == 0


async def test_contention_is_503_with_retry_after(app: Litestar, client: httpx.AsyncClient) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    @post("/api/busy", opt={"public": True})
    async def busy(session: Session) -> None:
        await session.execute(text("SELECT 1"))
        raise OperationalError("UPDATE", {}, Deadlock())

    app.register(busy)
    answer = await client.post("/api/busy")
    problem(answer, 503, "busy")
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_database_that_goes_away_and_comes_back(client: httpx.AsyncClient, postgresql: PostgreSQL) -> None:
    assert (await client.get("/api/health")).status_code == 200
    await asyncio.to_thread(postgresql.pause)
    try:
        answer = await client.get("/api/health")
        problem(answer, 503, "busy")
        assert answer.headers["retry-after"] == "2"
    finally:
        await asyncio.to_thread(postgresql.resume)
    # The pool notices by itself that its connections are dead.
    assert (await client.get("/api/health")).status_code == 200
