"""People made and changed by an administrator, the rows their phones get, and the trail."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from backend.database import Sessions, snapshot, transaction
from backend.errors import Conflict, Invalid
from backend.identity.models import Role, User
from backend.identity.users import create_tenant, whole_login
from backend.sync.models import SyncRow
from offline.ids import new_id
from offline.rules.permissions import ROLES
from tests.backend.test_errors import problem
from tests.identity.test_sessions import sign_in
from tests.people import PASSWORD, World
from tests.servers import transport_of


def draft(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "login": "newcomer",
        "name": "林晓",
        "role": "shop",
        "organisation": world.demo.organisations["SHOP"],
        "password": "long enough it is",
    } | changes


async def me_row(sessions: Sessions, user_id: str) -> SyncRow | None:
    async with snapshot(sessions) as session:
        return await session.scalar(select(SyncRow).where(SyncRow.entity == "me", SyncRow.id == user_id))


async def trail(client: httpx.AsyncClient, world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/api/audit", headers=world.demo.bearer("hq"))).json()
    return found


async def test_a_new_person_can_sign_in(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    body = draft(world)
    answer = await client.post("/api/users", json=body, headers=world.demo.bearer("hq"))
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert view["login"] == "newcomer@demo"
    assert view["active"] is True
    assert "password" not in answer.text
    signed = await sign_in(client, "newcomer@demo", "long enough it is")
    assert signed.json()["user"]["name"] == "林晓"
    row = await me_row(sessions, body["id"])
    assert row is not None
    assert (row.scope, row.gone) == (f"user:{body['id']}", "")
    assert '"login":"newcomer@demo"' in (row.doc or "")
    listed = (await client.get("/api/users", headers=world.demo.bearer("hq"))).json()
    assert view in listed


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"login": "rep"}, 409, "login_taken"),
        ({"login": "REP@demo"}, 409, "login_taken"),
        ({"login": "x@other"}, 422, "bad_login"),
        ({"login": "two words"}, 422, "bad_login"),
        ({"login": "nul\0"}, 422, "bad_login"),
        ({"role": "emperor"}, 422, "unknown_role"),
        ({"password": "short"}, 422, "password_rule"),
        ({"organisation": new_id()}, 422, "unknown_organisation"),
        ({"name": "nul\0"}, 422, "invalid"),
        ({"id": "1"}, 422, "invalid"),
    ],
)
async def test_what_is_wrong_makes_nobody(
    client: httpx.AsyncClient, world: World, changes: dict[str, Any], status: int, code: str
) -> None:
    before = (await client.get("/api/users", headers=world.demo.bearer("hq"))).json()
    answer = await client.post("/api/users", json=draft(world, **changes), headers=world.demo.bearer("hq"))
    problem(answer, status, code)
    assert (await client.get("/api/users", headers=world.demo.bearer("hq"))).json() == before


async def test_an_id_used_twice_is_a_conflict(client: httpx.AsyncClient, world: World) -> None:
    body = draft(world, id=world.demo.users["rep"].id)
    problem(await client.post("/api/users", json=body, headers=world.demo.bearer("hq")), 409, "conflict")
    # In another tenant the same id is another person.
    body["organisation"] = world.other.organisations["SHOP"]
    assert (await client.post("/api/users", json=body, headers=world.other.bearer("hq"))).status_code == 201


async def test_a_new_role_counts_at_once_and_everywhere(
    client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    staff = world.demo.users["staff"]
    answer = await client.patch(f"/api/users/{staff.id}", json={"role": "shop"}, headers=world.demo.bearer("hq"))
    assert answer.status_code == 200
    assert answer.json()["role"] == "shop"
    # What may be done changed, so the phone must sign in again and rebuild.
    problem(await client.get("/api/session", headers=world.demo.bearer("staff")), 401, "session_ended")
    row = await me_row(sessions, staff.id)
    assert row is not None
    assert '"order.place"' in (row.doc or "")


async def test_people_are_found_a_page_at_a_time(client: httpx.AsyncClient, world: World) -> None:
    headers = world.demo.bearer("hq")

    async def found(**query: Any) -> list[str]:
        answer = await client.get("/api/users", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return [user["login"] for user in answer.json()]

    everybody = await found()
    assert everybody == sorted(everybody)
    assert len(everybody) == len(world.demo.users)
    pages = await found(limit=3)
    while more := await found(limit=3, after=pages[-1]):
        pages += more
    assert pages == everybody
    assert await found(search="REP@demo") == ["rep@demo"]
    shop = world.demo.users["shop"]
    assert await found(search=shop.name, role="shop") == [shop.login]
    assert await found(search=f"{shop.name} nobody") == []
    assert await found(search="%") == await found(search="_x") == []
    assert await found(active=False) == []
    one = (await client.get(f"/api/users/{shop.id}", headers=headers)).json()
    assert one["login"] == shop.login
    problem(await client.get(f"/api/users/{shop.id}", headers=world.other.bearer("hq")), 404, "unknown_user")
    problem(await client.get("/api/users", params={"limit": 501}, headers=headers), 422, "invalid")


async def test_a_patch_changes_what_it_names(client: httpx.AsyncClient, world: World) -> None:
    staff = world.demo.users["staff"]
    path, headers = f"/api/users/{staff.id}", world.demo.bearer("hq")
    before = (await client.patch(path, json={}, headers=headers)).json()
    after = (await client.patch(path, json={"name": "周店员"}, headers=headers)).json()
    assert after == before | {"name": "周店员"}
    assert (await client.get("/api/session", headers=world.demo.bearer("staff"))).status_code == 200
    stale = {"name": "周七", "was": {"name": before["name"]}}
    problem(await client.patch(path, json=stale, headers=headers), 409, "changed_meanwhile")
    assert (await client.patch(path, json={}, headers=headers)).json() == after
    # Of what is changed here alone; and what is there already takes nothing back.
    harmless = {"name": "周店员", "locale": "en", "was": {"name": before["name"], "locale": before["locale"]}}
    assert (await client.patch(path, json=harmless, headers=headers)).json() == after | {"locale": "en"}
    problem(await client.patch(path, json={"name": None}, headers=headers), 422, "invalid")
    problem(await client.patch(path, json={"login": "boss"}, headers=headers), 422, "invalid")


async def test_deactivation_ends_sessions_and_bars_the_door(client: httpx.AsyncClient, world: World) -> None:
    rep = world.demo.users["rep"]
    answer = await client.patch(f"/api/users/{rep.id}", json={"active": False}, headers=world.demo.bearer("hq"))
    assert answer.json()["active"] is False
    problem(await client.get("/api/session", headers=world.demo.bearer("rep")), 401, "session_ended")
    problem(await sign_in(client, "rep@demo"), 401, "sign_in_refused")


async def test_a_reset_password_ends_sessions(client: httpx.AsyncClient, world: World) -> None:
    rep = world.demo.users["rep"]
    path, headers = f"/api/users/{rep.id}/password", world.demo.bearer("hq")
    problem(await client.post(path, json={"password": "short"}, headers=headers), 422, "password_rule")
    assert (await client.get("/api/session", headers=world.demo.bearer("rep"))).status_code == 200
    assert (await client.post(path, json={"password": "brand new secret"}, headers=headers)).status_code == 204
    problem(await client.get("/api/session", headers=world.demo.bearer("rep")), 401, "session_ended")
    problem(await sign_in(client, "rep@demo"), 401, "sign_in_refused")
    assert (await sign_in(client, "rep@demo", "brand new secret")).status_code == 201


async def test_the_own_password_is_changed_by_who_knows_it(client: httpx.AsyncClient, world: World) -> None:
    """A desk that was left open must not be enough to keep its person out, or to come in from elsewhere."""
    path = f"/api/users/{world.demo.users['hq'].id}/password"
    answer = await client.post(path, json={"password": "whoever came by"}, headers=world.demo.bearer("hq"))
    problem(answer, 409, "own_account")
    assert (await client.get("/api/session", headers=world.demo.bearer("hq"))).status_code == 200
    assert (await sign_in(client, "hq@demo")).status_code == 201


async def test_nobody_locks_oneself_out(client: httpx.AsyncClient, world: World) -> None:
    hq = world.demo.users["hq"]
    for body in ({"active": False}, {"role": "staff"}):
        answer = await client.patch(f"/api/users/{hq.id}", json=body, headers=world.demo.bearer("hq"))
        problem(answer, 409, "own_account")
    assert (await client.get("/api/session", headers=world.demo.bearer("hq"))).status_code == 200


async def test_other_tenants_people_do_not_exist(client: httpx.AsyncClient, world: World) -> None:
    foreign = world.other.users["rep"].id
    headers = world.demo.bearer("hq")
    problem(await client.patch(f"/api/users/{foreign}", json={"active": False}, headers=headers), 404, "unknown_user")
    answer = await client.post(f"/api/users/{foreign}/password", json={"password": "long enough"}, headers=headers)
    problem(answer, 404, "unknown_user")
    assert (await client.get("/api/session", headers=world.other.bearer("rep"))).status_code == 200
    logins = {user["login"] for user in (await client.get("/api/users", headers=headers)).json()}
    assert all(login.endswith("@demo") for login in logins)


@pytest.fixture
async def limited_admin(world: World, sessions: Sessions) -> dict[str, str]:
    """The dealer may administer people, but holds no more than their staff else."""
    async with transaction(sessions) as session:
        await session.execute(
            update(Role)
            .where(Role.tenant_id == world.demo.tenant.id, Role.name == "dealer")
            .values(permissions=sorted({"user.admin"} | ROLES["staff"]))
        )
    return world.demo.bearer("dealer")


async def test_nobody_grants_or_takes_over_more_than_one_holds(
    client: httpx.AsyncClient, world: World, limited_admin: dict[str, str]
) -> None:
    boss, shop, staff = (world.demo.users[name] for name in ("hq", "shop", "staff"))
    # Above and beside it in the hierarchy there is nobody to see.
    for user in (boss, world.demo.users["rival"]):
        answer = await client.patch(f"/api/users/{user.id}", json={"active": False}, headers=limited_admin)
        problem(answer, 404, "unknown_user")
    # The shop's owner holds more than the dealer's administrator.
    for path, method, body in (
        (f"/api/users/{shop.id}/password", "POST", {"password": "mine now, thanks"}),
        (f"/api/users/{shop.id}", "PATCH", {"active": False}),
        (f"/api/users/{staff.id}", "PATCH", {"role": "head_office"}),
        ("/api/users", "POST", draft(world, role="head_office")),
    ):
        problem(await client.request(method, path, json=body, headers=limited_admin), 403, "beyond_own_rights")
    elsewhere = draft(world, role="staff", organisation=world.demo.organisations["HQ"])
    problem(await client.post("/api/users", json=elsewhere, headers=limited_admin), 422, "unknown_organisation")
    answer = await client.patch(f"/api/users/{staff.id}", json={"name": "Renamed"}, headers=limited_admin)
    assert answer.status_code == 200
    listed = {user["login"] for user in (await client.get("/api/users", headers=limited_admin)).json()}
    assert listed == {"dealer@demo", "shop@demo", "staff@demo"}


async def test_the_trail_tells_who_did_what_from_where(app: Litestar, world: World, client: httpx.AsyncClient) -> None:
    transport = transport_of(app, client=("192.0.2.9", 5000))
    agent = {"User-Agent": "Phone/1.0", "X-Request-Id": "request-0001"}
    async with httpx.AsyncClient(transport=transport, base_url="http://qudao.test", headers=agent) as caller:
        await sign_in(caller, "hq@demo", "wrong")
        await sign_in(caller, "hq@demo")
        staff = world.demo.users["staff"].id
        await caller.patch(f"/api/users/{staff}", json={"name": "新名"})
        await caller.post(f"/api/users/{staff}/password", json={"password": "brand new secret"})
        await caller.delete("/api/session")
    entries = await trail(client, world)
    assert [entry["action"] for entry in entries] == [
        "session.ended",
        "user.password_reset",
        "user.changed",
        "session.started",
        "session.refused",
    ]
    for entry in entries:
        assert (entry["actor"], entry["address"], entry["agent"]) == ("hq@demo", "192.0.2.9", "Phone/1.0")
        assert entry["request_id"] == "request-0001"
        assert "secret" not in str(entry)
    assert entries[2]["subject"] == staff
    assert entries[2]["detail"] == {"before": {"name": "Staff"}, "after": {"name": "新名"}}
    older = await client.get(f"/api/audit?before={entries[3]['id']}&limit=5", headers=world.demo.bearer("hq"))
    assert [entry["action"] for entry in older.json()] == ["session.refused"]
    about = await client.get(f"/api/audit?subject={staff}", headers=world.demo.bearer("hq"))
    assert about.json() == entries[1:3]
    assert {entry["actor_name"] for entry in about.json()} == {world.demo.users["hq"].name}
    for nobody in ("/api/audit", f"/api/audit?subject={staff}"):
        assert (await client.get(nobody, headers=world.other.bearer("hq"))).json() == []


async def test_roles_are_those_of_the_tenant(client: httpx.AsyncClient, world: World) -> None:
    roles = (await client.get("/api/roles", headers=world.demo.bearer("hq"))).json()
    assert {role["name"] for role in roles} == {user.role for user in world.demo.users.values()}


async def test_the_locale_is_the_person_s_own(client: httpx.AsyncClient, world: World, sessions: Sessions) -> None:
    push = {
        "device": "phone-1",
        "mutations": [{"id": new_id(), "n": 1, "name": "me.locale", "args": {"locale": "zh-CN"}}],
    }
    answer = await client.post("/api/sync/push", json=push, headers=world.demo.bearer("trainer"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"][0]["status"] == "applied"
    trainer = world.demo.users["trainer"].id
    assert set(answer.json()["results"][0]["seqs"]) == {f"user:{trainer}"}
    async with snapshot(sessions) as session:
        user = await session.get_one(User, (world.demo.tenant.id, trainer))
    assert user.locale == "zh-CN"
    row = await me_row(sessions, trainer)
    assert row is not None
    assert (row.doc or "").find('"locale":"en"') == -1


async def test_tenants_need_a_code_of_their_own(sessions: Sessions, world: World) -> None:
    async with transaction(sessions) as session:
        with pytest.raises(Conflict, match="code_taken"):
            await create_tenant(session, "Demo", {"en": "again"})
        with pytest.raises(Invalid, match="bad_code"):
            await create_tenant(session, "a@b", {"en": "x"})
    assert world


@pytest.mark.parametrize(
    ("login", "whole"),
    [("rep", "rep@demo"), (" Rep@DEMO ", "rep@demo"), ("li@shop.example@demo", "li@shop.example@demo")],
)
def test_logins_are_whole_and_lower_case(login: str, whole: str) -> None:
    assert whole_login(login, "demo") == whole
    assert PASSWORD
