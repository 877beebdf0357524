"""The limit on wrong passwords: of strangers per login and per address, of a known device by itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from backend.database import Sessions, snapshot, transaction
from backend.identity import attempts
from backend.identity.attempts import counters_of_stranger, forget_old_attempts
from backend.identity.known import KNOWN_COOKIE, KNOWN_FOR, MOST_KNOWN, forget_old_devices
from backend.identity.models import AuditEntry, KnownDevice, SignInAttempt
from backend.identity.service import token_hash
from offline.ids import new_id
from tests.backend.test_errors import problem
from tests.identity.test_sessions import again, sign_in
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
    now, counters = datetime.now(UTC), counters_of_stranger("rep@demo", "192.0.2.1")
    ahead = now + timedelta(days=365)
    for _ in range(attempts.PER_LOGIN + 1):
        async with transaction(sessions) as session:
            await attempts.count_attempt(session, counters, ahead)
    async with transaction(sessions) as session:
        assert await attempts.count_attempt(session, counters, now) == (0, False)


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


def caller(app: Litestar, address: str = "192.0.2.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport_of(app, client=(address, 1)), base_url="http://qudao.test")


async def locked_out(client: httpx.AsyncClient, login: str) -> None:
    for _ in range(attempts.PER_LOGIN):
        problem(await sign_in(client, login, "wrong"), 401, "sign_in_refused")
    problem(await sign_in(client, login), 429, "sign_in_throttled")


async def test_guesses_from_elsewhere_do_not_lock_the_owner_out(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by the login nor, behind one address with the phone, by the address."""
    monkeypatch.setattr(attempts, "PER_ADDRESS", attempts.PER_LOGIN)
    async with caller(app) as phone, caller(app) as stranger:
        signed = await again(phone, "rep@demo")
        headers = {"Authorization": f"Bearer {signed.json()['token']}"}
        await locked_out(stranger, "rep@demo")
        assert (await again(phone, "rep@demo")).status_code == 201
        problem(await sign_in(stranger, "rep@demo"), 429, "sign_in_throttled")  # the owner's sign-in helps nobody else
        # Signed out, too: that is when the password is asked for.
        assert (await phone.delete("/api/session", headers=headers)).status_code == 204
        assert (await again(phone, "rep@demo")).status_code == 201
        new = {"current": PASSWORD, "new": "a much better one"}
        assert (await phone.post("/api/session/password", json=new)).status_code == 204
    assert world


async def test_a_known_device_guesses_no_more_than_a_stranger(app: Litestar, world: World) -> None:
    async with caller(app) as phone, caller(app) as other:
        await again(phone, "rep@demo")
        for _ in range(attempts.PER_DEVICE):
            problem(await again(phone, "rep@demo", "wrong"), 401, "sign_in_refused")
        problem(await again(phone, "rep@demo"), 429, "sign_in_throttled")
        # A counter of its own in this direction, too.
        assert (await sign_in(other, "rep@demo")).status_code == 201
    assert world


async def test_a_device_is_known_for_who_signed_in_on_it(app: Litestar, world: World) -> None:
    """Guesses at others are a stranger's, whatever cookie comes with them."""
    async with caller(app) as phone, caller(app) as stranger:
        await again(phone, "rep@demo")
        known = phone.cookies[KNOWN_COOKIE]
        await locked_out(stranger, "shop@demo")
        await locked_out(stranger, "rep@other")
        for login in ("shop@demo", "rep@other"):
            problem(await again(phone, login), 429, "sign_in_throttled")
        # Who shares it is known on it from the first sign-in on, and nobody is forgotten for it.
        assert (await again(phone, "dealer@demo")).status_code == 201
        assert phone.cookies[KNOWN_COOKIE] == known
        for login in ("rep@demo", "dealer@demo"):
            await locked_out(stranger, login)
            assert (await again(phone, login)).status_code == 201
    assert world


@pytest.mark.parametrize("token", ["x", "a" * 43, "é"])
async def test_a_token_that_is_none_of_ours_is_worth_nothing(app: Litestar, world: World, token: str) -> None:
    async with caller(app) as phone, caller(app, "192.0.2.2") as stranger:
        cookie = {b"Cookie": f"{KNOWN_COOKIE}={token}".encode()}
        await locked_out(stranger, "rep@demo")
        body = {"login": "rep@demo", "password": PASSWORD, "device": "phone-1"}
        problem(await phone.post("/api/session", json=body, headers=cookie), 429, "sign_in_throttled")
        answer = await phone.post("/api/session", json={**body, "login": "shop@demo"}, headers=cookie)
        assert answer.status_code == 201
        assert phone.cookies[KNOWN_COOKIE] != token
    assert world


async def test_what_tells_a_device_is_out_of_reach_of_scripts_and_sent_to_sign_in_alone(
    app: Litestar, world: World, sessions: Sessions
) -> None:
    async with caller(app) as phone:
        answer = await again(phone, "rep@demo")
        (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(KNOWN_COOKIE)]
        told = {part.strip().lower() for part in cookie.split(";")}
        assert {"httponly", "samesite=lax", "path=/api/session", f"max-age={400 * 24 * 3600}"} <= told
        async with snapshot(sessions) as session:
            (row,) = (await session.scalars(select(KnownDevice))).all()
        assert row.token_hash == token_hash(phone.cookies[KNOWN_COOKIE])
    # A program that names no device is given none.
    async with caller(app) as program:
        assert (await again(program, "rep@demo", device="")).status_code == 201
        assert KNOWN_COOKIE not in program.cookies
    assert world


async def test_devices_are_not_remembered_for_ever(app: Litestar, world: World, sessions: Sessions) -> None:
    async with caller(app) as phone:
        await again(phone, "shop@demo", device="the first")
        async with transaction(sessions) as session:
            (first,) = (await session.scalars(select(KnownDevice))).all()
            rep, now = world.demo.users["rep"], datetime.now(UTC)
            session.add_all(
                KnownDevice(
                    tenant_id=rep.tenant_id, id=new_id(), user_id=rep.id, device_id=f"phone {age}",
                    token_hash=token_hash(str(age)), seen_at=now - timedelta(days=age),
                )
                for age in range(1, MOST_KNOWN + 1)
            )  # fmt: skip
        await again(phone, "rep@demo", device="one more")
    async with snapshot(sessions) as session:
        kept = set((await session.scalars(select(KnownDevice.device_id))).all())
    assert kept == {"the first", "one more", *(f"phone {age}" for age in range(1, MOST_KNOWN))}
    async with transaction(sessions) as session:
        assert await forget_old_devices(session, first.seen_at + KNOWN_FOR) == MOST_KNOWN
    async with snapshot(sessions) as session:
        assert (await session.scalars(select(KnownDevice.device_id))).all() == ["one more"]
