"""The life of a session over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from backend.database import Sessions, snapshot, transaction
from backend.identity.models import AuditEntry, User, UserSession
from backend.identity.passwords import hash_password, verify_password
from backend.identity.service import forget_expired_sessions, token_hash
from backend.partners.models import Organisation
from offline.rules.permissions import ROLES
from offline.wire.kinds import PartnerStatus
from offline.wire.people import MOST_SESSIONS
from tests.backend.test_errors import problem
from tests.people import PASSWORD, World, sign_in_directly
from tests.servers import transport_of


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    """As a browser that has no cookie (any more)."""
    client.cookies.clear()
    return await again(client, login, password)


async def again(
    client: httpx.AsyncClient, login: str, password: str = PASSWORD, device: str = "phone-1"
) -> httpx.Response:
    """With the cookie of the client's last sign-in."""
    return await client.post("/api/session", json={"login": login, "password": password, "device": device})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_sign_in_tells_who_one_is(client: httpx.AsyncClient, world: World) -> None:
    answer = await sign_in(client, "rep@demo")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    rep = world.demo.users["rep"]
    assert body["user"] == {
        "id": rep.id,
        "login": "rep@demo",
        "name": "Rep",
        "role": "rep",
        "permissions": sorted(ROLES["rep"]),
        "organisation": world.demo.organisations["HQ"],
        "locale": "en",
    }
    assert body["tenant"] == {
        "id": world.demo.tenant.id,
        "code": "demo",
        "name": {"zh": "品牌 demo", "en": "Brand demo"},
        "currency": "CNY",
    }
    left = datetime.fromisoformat(body["expires_at"]) - datetime.fromisoformat(body["server_time"])
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    assert answer.headers["cache-control"] == "no-store"


async def test_token_and_cookie_are_worth_the_same(client: httpx.AsyncClient, world: World) -> None:
    answer = await sign_in(client, "Rep@Demo ")
    by_cookie = await client.get("/api/session")
    client.cookies.clear()
    by_token = await client.get("/api/session", headers=bearer(answer))
    assert by_cookie.status_code == by_token.status_code == 200
    assert by_cookie.json()["user"] == by_token.json()["user"] == answer.json()["user"]
    assert world


async def test_the_cookie_is_out_of_reach_of_scripts(app: Litestar, world: World) -> None:
    for base, secure in (("http://qudao.test", False), ("https://qudao.test", True)):
        transport = transport_of(app)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            cookie = (await sign_in(client, "rep@demo")).headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert ("secure" in cookie) is secure
    assert world


async def test_only_a_hash_of_the_token_is_kept(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    token = (await sign_in(client, "rep@demo")).json()["token"]
    async with snapshot(sessions) as session:
        rows = (await session.scalars(select(UserSession).where(UserSession.device_id == "phone-1"))).all()
    assert [row.token_hash for row in rows] == [token_hash(token)]
    assert len(token) >= 43
    assert world


async def test_whatever_is_wrong_sounds_the_same(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(User).where(User.login == "shop@demo").values(active=False))
    bodies = []
    for login, password in (
        ("rep@demo", "wrong"),
        ("nobody@demo", PASSWORD),
        ("rep@nowhere", PASSWORD),
        ("rep", PASSWORD),
        ("@", PASSWORD),
        ("rep@other@demo", PASSWORD),
        ("shop@demo", PASSWORD),
    ):
        body = problem(await sign_in(client, login, password), 401, "sign_in_refused")
        bodies.append({**body, "request_id": ""})
    assert all(body == bodies[0] for body in bodies)
    assert world


async def test_an_unknown_login_takes_as_long(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same hash is computed whoever signs in: counted, since time is no steady witness."""
    checked: list[bool] = []

    async def counting(stored: str | None, password: str) -> bool:
        checked.append(stored is None)
        return await verify_password(stored, password)

    monkeypatch.setattr("backend.identity.signing_in.verify_password", counting)
    await sign_in(client, "rep@demo", "wrong")
    await sign_in(client, "nobody@demo", "wrong")
    assert checked == [False, True]
    assert world


async def test_the_hash_for_nobody_never_matches() -> None:
    assert not await verify_password(None, "nobody has this password")
    assert await verify_password(await hash_password(PASSWORD), PASSWORD)
    assert not await verify_password("not a hash", PASSWORD)


async def test_signing_out_ends_this_session_alone(client: httpx.AsyncClient, world: World) -> None:
    first, second = await sign_in(client, "rep@demo"), await sign_in(client, "rep@demo")
    client.cookies.clear()
    ended = await client.delete("/api/session", headers=bearer(first))
    assert ended.status_code == 204
    assert "max-age=0" in ended.headers["set-cookie"].lower()
    problem(await client.get("/api/session", headers=bearer(first)), 401, "session_ended")
    assert (await client.get("/api/session", headers=bearer(second))).status_code == 200
    assert world


async def test_signing_out_everywhere(client: httpx.AsyncClient, world: World) -> None:
    tokens = [bearer(await sign_in(client, "rep@demo")) for _ in range(3)]
    client.cookies.clear()
    listed = (await client.get("/api/sessions", headers=tokens[0])).json()
    assert len(listed) == 4  # and the one the world began with
    assert [item["current"] for item in listed].count(True) == 1
    assert (await client.delete("/api/sessions", headers=tokens[0])).status_code == 204
    for headers in (*tokens, world.demo.bearer("rep")):
        problem(await client.get("/api/session", headers=headers), 401, "session_ended")
    assert (await client.get("/api/session", headers=world.demo.bearer("shop"))).status_code == 200


async def test_signing_one_device_out(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    here, there = bearer(await sign_in(client, "rep@demo")), bearer(await sign_in(client, "rep@demo"))
    client.cookies.clear()
    ids = {item["current"]: item["id"] for item in (await client.get("/api/sessions", headers=there)).json()}
    ended = await client.delete(f"/api/sessions/{ids[True]}", headers=here)
    assert (ended.status_code, ended.headers.get("set-cookie")) == (204, None)
    problem(await client.get("/api/session", headers=there), 401, "session_ended")
    assert (await client.get("/api/session", headers=here)).status_code == 200
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200
    problem(await client.delete(f"/api/sessions/{ids[True]}", headers=here), 404, "session_unknown")
    async with snapshot(sessions) as session:
        entries = list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "session.ended")))
    assert [(entry.actor, entry.subject) for entry in entries] == [("rep@demo", ids[True])]


async def test_signing_this_device_out_takes_its_cookie(client: httpx.AsyncClient, world: World) -> None:
    here = bearer(await sign_in(client, "rep@demo"))
    client.cookies.clear()
    (mine,) = [item["id"] for item in (await client.get("/api/sessions", headers=here)).json() if item["current"]]
    ended = await client.delete(f"/api/sessions/{mine}", headers=here)
    assert ended.status_code == 204
    assert "max-age=0" in ended.headers["set-cookie"].lower()
    problem(await client.get("/api/session", headers=here), 401, "session_ended")
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200


async def test_nobody_ends_a_session_of_others(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    """Neither an administrator's right nor knowing the id is enough, of one's own brand or of another."""

    async def all_of_them() -> list[tuple[str, str]]:
        async with snapshot(sessions) as session:
            rows = await session.execute(select(UserSession.id, UserSession.token_hash).order_by(UserSession.id))
            return [(row[0], row[1]) for row in rows]

    before = await all_of_them()
    (theirs,) = (await client.get("/api/sessions", headers=world.demo.bearer("rep"))).json()
    for headers in (world.demo.bearer("hq"), world.demo.bearer("shop"), world.other.bearer("rep")):
        for session_id in (theirs["id"], "nothing", "%00", "0" * 300):
            answer = await client.delete(f"/api/sessions/{session_id}", headers=headers)
            assert answer.status_code in {404, 422} if session_id == "%00" else answer.status_code == 404
            assert answer.headers.get("set-cookie") is None
    problem(await client.delete(f"/api/sessions/{theirs['id']}"), 401, "unauthenticated")
    assert await all_of_them() == before
    async with snapshot(sessions) as session:
        assert list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "session.ended"))) == []


async def listed(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str]:
    answer = await client.get("/api/sessions", headers=headers)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json() if item["device"] == "phone-1"]


async def test_a_device_that_signs_in_again_goes_on_with_its_session(
    client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    """The old token opens it until the new one is used: the answer with that one may have been lost."""
    first = await sign_in(client, "rep@demo")
    old = bearer(first)
    lost = await again(client, "rep@demo")
    client.cookies.set("qudao_session", first.json()["token"])
    assert (await client.get("/api/session")).status_code == 200
    second = await again(client, "rep@demo")
    client.cookies.clear()
    (session_id,) = await listed(client, old)
    assert await listed(client, bearer(second)) == [session_id]
    for token in (old, bearer(lost)):
        problem(await client.get("/api/session", headers=token), 401, "session_ended")
    assert (await client.get("/api/session", headers=bearer(second))).status_code == 200
    async with snapshot(sessions) as session:
        entries = await session.execute(
            select(AuditEntry.action, AuditEntry.subject, AuditEntry.detail).order_by(AuditEntry.id)
        )
        found = [tuple(row) for row in entries]
    device = {"device": "phone-1"}
    assert found == [(f"session.{how}", session_id, device) for how in ("started", "renewed", "renewed")]
    assert world


async def test_only_the_same_person_on_the_same_device_goes_on(client: httpx.AsyncClient, world: World) -> None:
    """A device's name alone says nothing: several clients may give the same, or none."""
    mine = bearer(await sign_in(client, "rep@demo"))
    others = [
        await again(client, "shop@demo"),
        await again(client, "rep@other"),
        await again(client, "rep@demo", device="phone-2"),
        await sign_in(client, "rep@demo"),
    ]
    unnamed = [await again(client, "rep@demo", device="") for _ in range(2)]
    client.cookies.clear()
    for headers in (mine, *map(bearer, others), *map(bearer, unnamed)):
        assert (await client.get("/api/session", headers=headers)).status_code == 200
    assert (await client.get("/api/session", headers=mine)).status_code == 200
    assert len(await listed(client, mine)) == 2
    assert world


async def test_an_ended_session_does_not_go_on(client: httpx.AsyncClient, world: World) -> None:
    first = await sign_in(client, "rep@demo")
    (session_id,) = await listed(client, bearer(first))
    await client.delete("/api/sessions", headers=world.demo.bearer("rep"))
    client.cookies.set("qudao_session", first.json()["token"])
    second = await again(client, "rep@demo")
    client.cookies.clear()
    assert session_id not in await listed(client, bearer(second))
    problem(await client.get("/api/session", headers=bearer(first)), 401, "session_ended")


async def test_a_session_expires_and_use_puts_it_off(
    client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    rep, now = world.demo.users["rep"], datetime.now(UTC)

    async def age(seen: timedelta, left: timedelta) -> None:
        async with transaction(sessions) as session:
            await session.execute(
                update(UserSession)
                .where(UserSession.user_id == rep.id)
                .values(seen_at=now - seen, expires_at=now + left)
            )

    async def expiry() -> datetime:
        async with snapshot(sessions) as session:
            return (await session.scalars(select(UserSession.expires_at).where(UserSession.user_id == rep.id))).one()

    await age(timedelta(minutes=5), timedelta(days=3))
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200
    assert await expiry() == now + timedelta(days=3)  # seen lately: nothing is written for each request
    await age(timedelta(days=2), timedelta(days=3))
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200
    assert await expiry() > now + timedelta(days=29)
    await age(timedelta(days=40), -timedelta(seconds=1))
    problem(await client.get("/api/session", headers=world.demo.bearer("rep")), 401, "session_ended")


async def test_of_too_many_sessions_the_one_unused_longest_ends(
    client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    rep, now = world.demo.users["rep"], datetime.now(UTC)
    async with transaction(sessions) as session:
        await session.execute(
            update(UserSession).where(UserSession.user_id == rep.id).values(seen_at=now - timedelta(hours=2))
        )
        days = [now - timedelta(days=1, minutes=age) for age in range(MOST_SESSIONS - 2)]
        unused = [sign_in_directly(session, rep, day) for day in days]
    signed = [await sign_in(client, "rep@demo") for _ in range(2)]
    client.cookies.clear()
    gone = (await client.get("/api/session", headers={"Authorization": f"Bearer {unused[-1]}"})).status_code
    kept = (await client.get("/api/session", headers={"Authorization": f"Bearer {unused[-2]}"})).status_code
    assert (gone, kept) == (401, 200)
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200
    listed = (await client.get("/api/sessions", headers=bearer(signed[-1]))).json()
    assert len(listed) == MOST_SESSIONS
    here = next(item for item in listed if item["current"])
    assert here["expires_at"] == signed[-1].json()["expires_at"]
    async with snapshot(sessions) as session:
        told = await session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "session.ended"))
        assert told.all() == [{"most": MOST_SESSIONS}]
    # Going on with a session makes none, and ends none; others' are not counted.
    assert (await sign_in(client, "shop@demo")).status_code == 201
    assert (await again(client, "shop@demo")).status_code == 201
    assert len((await client.get("/api/sessions", headers=bearer(signed[-1]))).json()) == MOST_SESSIONS


async def test_expired_sessions_are_cleared_away(world: World, sessions: Sessions) -> None:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        await session.execute(
            update(UserSession)
            .where(UserSession.user_id == world.demo.users["rep"].id)
            .values(expires_at=now - timedelta(seconds=1))
        )
    async with transaction(sessions) as session:
        assert await forget_expired_sessions(session, now) == 1
        assert await forget_expired_sessions(session, now) == 0


async def test_a_deactivated_person_is_out_at_once(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(User).where(User.login == "rep@demo").values(active=False))
    problem(await client.get("/api/session", headers=world.demo.bearer("rep")), 401, "session_ended")


async def test_who_has_left_the_brand_is_out(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    async def set_status(status: PartnerStatus) -> None:
        async with transaction(sessions) as session:
            row = await session.get_one(Organisation, (world.demo.tenant.id, world.demo.organisations["SHOP"]))
            row.status = status

    steps: list[tuple[PartnerStatus, bool]] = [("blocked", True), ("exited", False), ("active", True)]
    for status, let_in in steps:
        await set_status(status)
        for login in ("shop", "staff"):
            answer = await client.get("/api/session", headers=world.demo.bearer(login))
            assert answer.status_code == (200 if let_in else 401), (status, login)
            assert (await sign_in(client, f"{login}@demo")).status_code == (201 if let_in else 401), (status, login)
            client.cookies.clear()
        assert (await client.get("/api/session", headers=world.demo.bearer("dealer"))).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "é", "null"])
async def test_other_tokens_are_nobody(client: httpx.AsyncClient, world: World, token: str) -> None:
    answer = await client.get("/api/session", headers={b"Authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401
    answer = await client.get("/api/session", headers={b"Cookie": f"qudao_session={token}".encode()})
    assert answer.status_code == 401
    assert world


async def test_many_sign_ins_of_one_person_at_once(client: httpx.AsyncClient, world: World) -> None:
    answers = await asyncio.gather(*(sign_in(client, "rep@demo") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["token"] for answer in answers}) == 8
    assert world


async def test_changing_the_own_password(client: httpx.AsyncClient, world: World) -> None:
    here = bearer(await sign_in(client, "rep@demo"))
    client.cookies.clear()
    path, new = "/api/session/password", "a much better one"
    wrong = await client.post(path, json={"current": "no", "new": new}, headers=here)
    problem(wrong, 403, "wrong_password")
    short = await client.post(path, json={"current": PASSWORD, "new": "short"}, headers=here)
    assert problem(short, 422, "password_rule")["errors"][0]["field"] == "new"
    same = await client.post(path, json={"current": PASSWORD, "new": "REP@demo"}, headers=here)
    problem(same, 422, "password_rule")
    assert (await sign_in(client, "rep@demo")).status_code == 201  # none of them changed it
    client.cookies.clear()
    done = await client.post(path, json={"current": PASSWORD, "new": new}, headers=here)
    assert done.status_code == 204
    assert (await client.get("/api/session", headers=here)).status_code == 200
    problem(await client.get("/api/session", headers=world.demo.bearer("rep")), 401, "session_ended")
    problem(await sign_in(client, "rep@demo"), 401, "sign_in_refused")
    assert (await sign_in(client, "rep@demo", new)).status_code == 201
