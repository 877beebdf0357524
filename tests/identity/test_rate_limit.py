"""The limit on failed sign-ins, per login and per address."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from backend.database import Sessions, snapshot, transaction
from backend.identity import attempts
from backend.identity.attempts import forget_old_attempts
from backend.identity.models import AuditEntry, SignInAttempt
from tests.backend.test_errors import problem
from tests.identity.test_sessions import sign_in
from tests.people import PASSWORD, World
from tests.servers import transport_of


async def test_ten_failures_lock_a_login_for_a_while(client: httpx.AsyncClient, world: World) -> None:
    for _ in range(attempts.PER_LOGIN):
        problem(await sign_in(client, "rep@demo", "wrong"), 401, "sign_in_refused")
    answer = await sign_in(client, "rep@demo")
    body = problem(answer, 429, "sign_in_throttled")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60 + 1
    assert body["params"] == {"retry_after": int(answer.headers["retry-after"])}
    # Others are not affected, nor is who is signed in already.
    assert (await sign_in(client, "shop@demo")).status_code == 201
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200


async def test_a_clock_that_was_ahead_locks_nobody_out_for_a_year(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    ahead = now + timedelta(days=365)
    for _ in range(attempts.PER_LOGIN + 1):
        async with transaction(sessions) as session:
            await attempts.count_attempt(session, "rep@demo", "192.0.2.1", ahead)
    async with transaction(sessions) as session:
        assert await attempts.count_attempt(session, "rep@demo", "192.0.2.1", now) == (0, False)


async def test_unknown_logins_are_limited_alike(client: httpx.AsyncClient, world: World) -> None:
    """Else the limit would tell who exists."""
    for _ in range(attempts.PER_LOGIN):
        problem(await sign_in(client, "nobody@demo", "wrong"), 401, "sign_in_refused")
    problem(await sign_in(client, "Nobody@DEMO", "wrong"), 429, "sign_in_throttled")
    assert world


async def test_parallel_guesses_do_not_slip_through(client: httpx.AsyncClient, world: World) -> None:
    answers = await asyncio.gather(*(sign_in(client, "rep@demo", f"guess {n}") for n in range(25)))
    assert sum(answer.status_code == 401 for answer in answers) == attempts.PER_LOGIN
    assert sum(answer.status_code == 429 for answer in answers) == 25 - attempts.PER_LOGIN
    assert world


async def test_success_forgives(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    for _ in range(attempts.PER_LOGIN - 1):
        await sign_in(client, "rep@demo", "wrong")
    assert (await sign_in(client, "rep@demo")).status_code == 201
    for _ in range(attempts.PER_LOGIN):
        problem(await sign_in(client, "rep@demo", "wrong"), 401, "sign_in_refused")
    async with snapshot(sessions) as session:
        counts = sorted((await session.scalars(select(SignInAttempt.count))).all())
    assert counts == [attempts.PER_LOGIN, 2 * attempts.PER_LOGIN - 1]  # the login's, the address's
    assert world


async def test_the_window_ends(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    for _ in range(attempts.PER_LOGIN + 1):
        await sign_in(client, "rep@demo", "wrong")
    async with transaction(sessions) as session:
        await session.execute(update(SignInAttempt).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert (await sign_in(client, "rep@demo")).status_code == 201
    assert world


async def test_an_address_is_limited_over_logins(app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PER_ADDRESS", 5)

    def caller(address: str) -> httpx.AsyncClient:
        transport = transport_of(app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://qudao.test")

    async with caller("2001:db8::1") as one, caller("2001:db8::2") as neighbour, caller("2001:db8:0:1::1") as other:
        for number in range(5):
            problem(await sign_in(one, f"person{number}@demo", "wrong"), 401, "sign_in_refused")
        problem(await sign_in(one, "rep@demo"), 429, "sign_in_throttled")
        problem(await sign_in(neighbour, "rep@demo"), 429, "sign_in_throttled")
        assert (await sign_in(other, "rep@demo")).status_code == 201
    assert world


async def test_throttling_is_in_the_trail_once(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    for _ in range(attempts.PER_LOGIN + 5):
        await sign_in(client, "rep@demo", "wrong")
    async with snapshot(sessions) as session:
        rows = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "session.throttled"))).all()
    assert [(row.tenant_id, row.actor) for row in rows] == [(world.demo.tenant.id, "rep@demo")]


async def test_what_was_typed_as_login_is_not_kept(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    await sign_in(client, "my-secret-password", "rep@demo")
    async with snapshot(sessions) as session:
        entries = (await session.scalars(select(AuditEntry))).all()
        keys = (await session.scalars(select(SignInAttempt.key))).all()
    assert [(entry.action, entry.actor, entry.tenant_id) for entry in entries] == [("session.refused", "", "")]
    assert all(len(key) == 64 for key in keys)
    assert world


async def test_old_windows_are_cleared_away(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    await sign_in(client, "rep@demo", "wrong")
    async with transaction(sessions) as session:
        assert await forget_old_attempts(session, datetime.now(UTC)) == 0
        assert await forget_old_attempts(session, datetime.now(UTC) + attempts.WINDOW) == 2
    assert world


async def test_guessing_the_current_password_is_limited_too(client: httpx.AsyncClient, world: World) -> None:
    """A stolen session is not worth a password."""
    for number in range(attempts.PER_LOGIN):
        body = {"current": f"guess {number}", "new": "a much better one"}
        answer = await client.post("/api/session/password", json=body, headers=world.demo.bearer("rep"))
        problem(answer, 403, "wrong_password")
    body = {"current": PASSWORD, "new": "a much better one"}
    answer = await client.post("/api/session/password", json=body, headers=world.demo.bearer("rep"))
    problem(answer, 429, "sign_in_throttled")
