"""Every route and every command, by person and tenant: who is refused changes nothing.

The tables say what is meant; the routes and commands are read from the code. A new one without an entry here fails
the first tests, and so does an entry whose route or command is gone.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy import select

from backend.app import HANDLERS, create_app
from backend.database import Sessions, transaction
from backend.identity.models import Role, User
from backend.jobs.models import QueuedJob
from backend.settings import Settings, load_settings
from offline.ids import new_id
from offline.rules.permissions import ROLES
from offline.wire.commands import (
    Command,
)
from offline.wire.registry import COMMANDS
from tests.backend.refusal_tables import GIVEN, ROUTES, WHOLE_BRAND
from tests.backend.refusal_targets import TARGETS, targets_of
from tests.content import content as content_of
from tests.files import file_of, upload_of
from tests.notices import targets as notices
from tests.people import PEOPLE, World, sign_in_directly
from tests.push.stand_in import Receiver
from tests.scenes import Scene, Template, Templates, described, scene_of
from tests.servers import client_of, running_app
from tests.shop import Shop

# What a refusal may leave behind: its receipt, and when a session was last seen.
_BOOKKEEPING = {"audit_entries", "sync_receipts", "user_sessions", "sign_in_attempts", "leases"}

# A job each that has failed for good.
RETRIED, DISMISSED = new_id(), new_id()
_UNKNOWN = {
    "{certificate_id}": "certificate_unknown",
    "{media_id}": "media_unknown",
    "{order_id}": "order_unknown",
    "{organisation_id}": "organisation_unknown",
    "{session_id}": "session_unknown",
    "{upload_id}": "upload_unknown",
}


def handlers_of(app: Litestar) -> dict[tuple[str, str], HTTPRouteHandler]:
    """Every route we made, by method and path."""
    return {
        (method, route.path_format): handler
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path_format.startswith("/api/openapi/")
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS" and handler.handler_name not in ("root", "shell") and route.path_format != "/api/openapi"
    }


async def content(sessions: Sessions, tenant_id: str = "") -> dict[str, str]:
    """A checksum by table, of one tenant's rows or of all."""
    return await content_of(sessions, tenant_id, without=_BOOKKEEPING)


# the tables are whole


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_route_has_its_entry(app: Litestar) -> None:
    assert set(handlers_of(app)) == set(ROUTES)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_public_routes_are_the_ones_meant(app: Litestar) -> None:
    public = {key for key, handler in handlers_of(app).items() if handler.opt.get("public")}
    assert public == {key for key, people in ROUTES.items() if people is None}


def test_every_command_has_its_entry_and_its_handler() -> None:
    assert set(GIVEN) == set(COMMANDS)
    assert {handler.command.NAME for handler in HANDLERS} == set(COMMANDS)
    assert set(TARGETS) == set(COMMANDS)


@dataclass(frozen=True, slots=True)
class Furnished:
    """A database and the server's folder beside it, with what the calls below aim at."""

    template: Template
    data: Path


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Templates], Furnished]:
    """Made once for each engine: what is uploaded is looked into, which takes its time."""

    @cache
    def make(templates: Templates) -> Furnished:
        below, data = templates["shop"], tmp_path_factory.mktemp("furnished")
        place = templates.copy(below.place)
        settings = load_settings({"QUDAO_DATA": str(data), "QUDAO_DATABASE_URL": templates.url(place)})
        return Furnished(described(place, asyncio.run(_furnish(settings, below))), data)

    return make


async def _furnish(settings: Settings, below: Template) -> Scene:
    async with running_app(create_app(msgspec.structs.replace(settings, housekeeping=False))) as app:
        scene = scene_of(below, app.state.sessions)
        shop = scene.shop
        assert shop is not None
        shop.now = _lately()
        async with transaction(shop.sessions) as session:
            session.add_all(_failed_job(shop.tenant_id, job, shop.now) for job in (RETRIED, DISMISSED))
        async with client_of(app) as client:
            shop.upload, shop.media = await upload_of(client, shop), await file_of(client, shop)
            shop.device = await _other_device(client, shop)
        await notices.write_one(shop)
        return scene


async def _other_device(client: httpx.AsyncClient, shop: Shop) -> str:
    """Where "shop" is signed in beside the phone it calls from."""
    async with transaction(shop.sessions) as session:
        sign_in_directly(session, shop.brand.users["shop"], datetime.now(UTC))
    answer = await client.get("/api/sessions", headers=shop.brand.bearer("shop"))
    (other,) = [item["id"] for item in answer.json() if not item["current"]]
    return str(other)


@pytest.fixture
def template(
    engine_name: str, request: pytest.FixtureRequest, furnished: Callable[[Templates], Furnished], tmp_path: Path
) -> Template:
    made = furnished(request.getfixturevalue(f"{engine_name}_templates"))
    shutil.copytree(made.data, tmp_path / "data")
    return made.template


@pytest.fixture
def shop(opened_shop: Shop) -> Shop:
    opened_shop.now = _lately()
    return opened_shop


def _lately() -> datetime:
    """The server's own clock judges what comes over HTTP."""
    return datetime.now(UTC) - timedelta(minutes=1)


def _failed_job(tenant_id: str, job_id: str, at: datetime) -> QueuedJob:
    times = {"due_at": at, "created_at": at, "changed_at": at}
    return QueuedJob(tenant_id=tenant_id, id=job_id, kind="test", args={}, status="failed", **times)


# routes

_TUS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "4",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that would succeed for who may make it, aimed at rows of ``shop.brand``."""

    path: str
    body: Any = None
    file: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def call(method: str, template: str, shop: Shop, targets: Mapping[str, str]) -> Call:
    path = template
    victim = shop.brand.users["staff"].id
    draft = {
        "id": new_id(),
        "login": "intruder",
        "name": "Intruder",
        "role": "head_office",
        "organisation": shop.organisation("SHOP"),
        "password": "let me in please",
    }
    bodies: dict[tuple[str, str], Any] = {
        ("POST", "/api/session/password"): {"current": "not mine", "new": "let me in please"},
        ("POST", "/api/users"): draft,
        ("PATCH", "/api/users/{user_id}"): {"role": "head_office", "active": True},
        ("POST", "/api/users/{user_id}/password"): {"password": "let me in please"},
        ("POST", "/api/notices/reach"): {"audience": {"everyone": True}},
        ("POST", "/api/push/subscriptions"): Receiver().subscription,
        ("PUT", "/api/push/settings"): {"quiet_hours": "none"},
        ("POST", "/api/sync/push"): {"device": "phone", "mutations": []},
        ("POST", "/api/sync/known"): {"ids": []},
        ("POST", "/api/sync/pull"): {"scopes": {"desk": 0, "brand": 0}},
    }
    job = RETRIED if method == "POST" else DISMISSED
    given = {
        "{job_id}": job,
        "{user_id}": victim,
        **targets,
        "{organisation_id}": shop.organisation("SHOP"),
        "{product_id}": shop.products["A"],
        "{notice_id}": notices.NOTICE,
        "{session_id}": shop.device,
        "{kind}": "products?dry_run=false",
        "{name}": "products.csv",
        "{upload_id}": shop.upload,
        "{media_id}": shop.media,
        "{variant}": "320",
    }
    for name, value in given.items():
        path = path.replace(name, value)
    file = b"sku,name_en\nIMPORTED,Imported\n" if "/imports/" in path else None
    return Call(path, bodies.get((method, template)), file, _TUS if "/api/media" in path else {})


async def send(client: httpx.AsyncClient, method: str, made: Call, headers: Mapping[str, str]) -> httpx.Response:
    headers = {**headers, **made.headers}
    if made.headers and method == "PATCH":
        return await client.request(method, made.path, content=b"x", headers=headers)
    if made.file is not None:
        return await client.request(method, made.path, files={"file": ("file.csv", made.file)}, headers=dict(headers))
    return await client.request(method, made.path, json=made.body, headers=dict(headers))


async def test_nobody_comes_in_without_a_session(client: httpx.AsyncClient, shop: Shop, sessions: Sessions) -> None:
    targets = await targets_of(shop)
    before = await content(sessions)
    strangers: list[dict[str, str]] = [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic cmVw"}]
    for (method, path), people in ROUTES.items():
        if people is not None:
            for headers in strangers:
                answer = await send(client, method, call(method, path, shop, targets), headers)
                assert answer.status_code == 401, (method, path, headers, answer.text)
    assert await content(sessions) == before


async def test_who_lacks_the_permission_is_refused(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions
) -> None:
    targets = await targets_of(shop)
    before = await content(sessions)
    cells = 0
    for (method, path), people in ROUTES.items():
        for login in PEOPLE if people is not None else ():
            if login not in (people or ()):
                answer = await send(client, method, call(method, path, shop, targets), world.demo.bearer(login))
                refusal = (answer.status_code, answer.json()["code"])
                # What is not one's own does not exist.
                unknown = any(name in path and refusal == (404, code) for name, code in _UNKNOWN.items())
                assert unknown or refusal == (403, "forbidden"), (method, path, login, answer.text)
                cells += 1
    assert cells == sum(len(PEOPLE) - len(people) for people in ROUTES.values() if people is not None)
    assert await content(sessions) == before


async def test_a_right_alone_opens_nothing_that_is_of_all_the_brand(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions
) -> None:
    """Of two roles of the brand's own making that may do all that head office may, one sees a territory, one its own
    shop and what is below."""
    assert {key for key, handler in handlers_of(app).items() if handler.opt.get("whole_brand")} == WHOLE_BRAND
    targets, tenant_id = await targets_of(shop), shop.tenant_id
    async with transaction(sessions) as session:
        for login in ("rep", "dealer"):
            role = await session.scalar(select(Role).where(Role.tenant_id == tenant_id, Role.name == login))
            assert role is not None
            role.permissions = sorted(ROLES["head_office"])
    before = await content(sessions)
    for method, path in WHOLE_BRAND:
        for login in ("rep", "dealer"):
            answer = await send(client, method, call(method, path, shop, targets), world.demo.bearer(login))
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (method, path, login)
    assert await content(sessions) == before


async def test_who_has_the_permission_comes_in(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions
) -> None:
    """The other half: the cells above are refused for the person, not for the request."""
    targets = await targets_of(shop)
    wanted_refusals = {"wrong_password", "login_taken"}
    for (method, path), people in ROUTES.items():
        if people is None or path == "/api/sync/live":
            continue
        for login in people:
            async with transaction(sessions) as session:
                token = sign_in_directly(session, world.demo.users[login], datetime.now(UTC))
            headers = {"Authorization": f"Bearer {token}"}
            answer = await send(client, method, call(method, path, shop, targets), headers)
            assert answer.is_success or answer.json()["code"] in wanted_refusals, (method, path, login, answer.text)


async def test_another_tenant_reaches_nothing(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions
) -> None:
    """The other brand's head office, who may do everything there, aims at this brand's rows."""
    targets = await targets_of(shop)
    demo = world.demo.tenant.id
    before = await content(sessions, demo)
    for (method, path), people in ROUTES.items():
        if people is None or path == "/api/sync/live":
            continue
        async with transaction(sessions) as session:
            token = sign_in_directly(session, world.other.users["hq"], datetime.now(UTC))
        answer = await send(client, method, call(method, path, shop, targets), {"Authorization": f"Bearer {token}"})
        if "_id}" in path:
            assert answer.status_code == 404, (method, path, answer.text)
        assert answer.status_code < 500
        assert "@demo" not in answer.text, (method, path)
    assert await content(sessions, demo) == before
    assert (await client.get("/api/session", headers=world.demo.bearer("hq"))).status_code == 200


# commands


async def push(client: httpx.AsyncClient, headers: Mapping[str, str], command: Command) -> dict[str, Any]:
    mutation = {
        "id": new_id(),
        "n": 1,
        "name": command.NAME,
        "args": msgspec.Raw(msgspec.json.encode(command)),
        "local_at": datetime.now(UTC),
    }
    body = msgspec.json.encode({"device": new_id(), "mutations": [mutation]})
    sent = {**headers, "Content-Type": "application/json"}
    answer = await client.post("/api/sync/push", content=body, headers=sent)
    assert answer.status_code == 200, answer.text
    (verdict,) = answer.json()["results"]
    assert isinstance(verdict, dict)
    return verdict


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_a_command_by_person_and_tenant(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions, name: str
) -> None:
    command = await TARGETS[name](shop)
    before = await content(sessions)
    await _nobody_is_let_in(client, command)
    assert await content(sessions) == before
    for login in set(PEOPLE) - GIVEN[name]:
        verdict = await push(client, world.demo.bearer(login), command)
        assert verdict["status"] == "rejected", (login, verdict)
        assert await content(sessions) == before, (login, verdict)
    await _strangers_reach_nothing(client, world, sessions, command)
    for number, login in enumerate(sorted(GIVEN[name])):
        command = await TARGETS[name](shop) if number else command
        before = await content(sessions)
        verdict = await push(client, world.demo.bearer(login), command)
        assert verdict["status"] == "applied", (login, verdict)
        assert await content(sessions) != before


async def _nobody_is_let_in(client: httpx.AsyncClient, command: Command) -> None:
    mutation = {"id": new_id(), "n": 1, "name": command.NAME, "args": msgspec.to_builtins(command)}
    body = msgspec.json.encode({"device": "phone", "mutations": [mutation]})
    answer = await client.post("/api/sync/push", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


async def _strangers_reach_nothing(
    client: httpx.AsyncClient, world: World, sessions: Sessions, command: Command
) -> None:
    """By each of the other brand's people: this brand's rows stay as they are, whatever the verdict."""
    demo, name = world.demo.tenant.id, command.NAME
    before = await content(sessions, demo)
    for login in PEOPLE:
        verdict = await push(client, world.other.bearer(login), command)
        assert await content(sessions, demo) == before, (login, verdict)
        if name.startswith(("order.", "fund.", "activity.", "claim.")) or name == "stock.adjust":
            assert verdict["status"] == "rejected", (login, verdict)


async def test_the_checksum_notices_a_change(world: World, sessions: Sessions) -> None:
    """The comparisons above can fail."""
    before, foreign = await content(sessions), await content(sessions, world.other.tenant.id)
    async with transaction(sessions) as session:
        user = await session.get_one(User, (world.demo.tenant.id, world.demo.users["rep"].id))
        user.name += "."
    after = await content(sessions)
    assert {name for name in after if after[name] != before[name]} == {"users"}
    assert await content(sessions, world.other.tenant.id) == foreign
