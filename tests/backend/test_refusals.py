"""Every route and every command, by person and tenant: who is refused changes nothing.

The tables say what is meant; the routes and commands are read from the code. A new one without an entry here fails
the first tests, and so does an entry whose route or command is gone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy import select

from backend.app import HANDLERS
from backend.database import Sessions, snapshot, transaction
from backend.db import Base
from backend.identity.models import User
from backend.jobs.models import QueuedJob
from backend.learning.models import Certificate
from offline.ids import new_id
from offline.wire.commands import (
    Command,
    MeLocale,
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderShip,
    OrderSign,
    StockAdjust,
)
from offline.wire.counts import (
    CountAsk,
    CountConfigure,
    CountDecide,
    CountedLine,
    CountedPart,
    CountListSave,
    CountSubmit,
    PartnerStockMove,
)
from offline.wire.learning import (
    CertificateRevoke,
    CourseAttemptDecide,
    CoursePublish,
    CourseStudy,
    CourseWithdraw,
)
from offline.wire.media import MediaRef, ProductPicture
from offline.wire.registry import COMMANDS
from offline.wire.rows import PromotionReward
from offline.wire.visits import VisitAdd, VisitCancel, VisitExplain, VisitShopSave
from tests.claims.targets import CLAIM_TARGETS
from tests.files import file_of, upload_of
from tests.learning.lessons import TEXT, course, finish, published
from tests.notices import targets as notices
from tests.people import PEOPLE, World, sign_in_directly
from tests.push.stand_in import Receiver
from tests.shop import Shop, open_shop, price_list
from tests.visits import visiting

# What a refusal may leave behind: its receipt, and when a session was last seen.
_BOOKKEEPING = {"audit_entries", "sync_receipts", "user_sessions", "devices", "sign_in_attempts", "leases"}

# A job each that has failed for good.
RETRIED, DISMISSED = new_id(), new_id()
_UNKNOWN = {
    "{certificate_id}": "certificate_unknown",
    "{media_id}": "media_unknown",
    "{order_id}": "order_unknown",
    "{organisation_id}": "organisation_unknown",
    "{upload_id}": "upload_unknown",
}
BUYERS = {"distributor", "dealer", "shop"}
ALL = set(PEOPLE)
# Who sees the order that calls aim at: it belongs to SHOP.
READERS = {"hq", "desk", "finance", "rep"} | BUYERS
# A route's path and method -> the people it lets in; None: anybody, signed in or not.
ROUTES: Mapping[tuple[str, str], set[str] | None] = {
    ("GET", "/api/health"): None,
    ("GET", "/metrics"): None,
    ("GET", "/api/openapi.json"): None,
    ("GET", "/images/{name}"): None,
    ("POST", "/api/media"): ALL,
    # Somebody's own: the file of each call is the one of "shop", in a paper its organisation's people may see.
    ("GET", "/api/media/uploads/{upload_id}"): {"shop"},
    ("PATCH", "/api/media/uploads/{upload_id}"): {"shop"},
    ("DELETE", "/api/media/uploads/{upload_id}"): {"shop"},
    ("GET", "/api/media/{media_id}"): READERS,
    ("GET", "/api/media/{media_id}/{variant}"): READERS,
    ("POST", "/api/session"): None,
    ("GET", "/api/session"): ALL,
    ("DELETE", "/api/session"): ALL,
    ("GET", "/api/sessions"): ALL,
    ("DELETE", "/api/sessions"): ALL,
    ("POST", "/api/session/password"): ALL,
    ("GET", "/api/users"): {"hq"},
    ("POST", "/api/users"): {"hq"},
    ("PATCH", "/api/users/{user_id}"): {"hq"},
    ("POST", "/api/users/{user_id}/password"): {"hq"},
    ("GET", "/api/roles"): {"hq"},
    ("GET", "/api/audit"): {"hq", "finance"},
    ("POST", "/api/imports/{kind}"): {"hq"},
    ("GET", "/api/exports/{name}"): {"hq", "desk", "finance"},
    ("GET", "/api/jobs"): {"hq"},
    ("POST", "/api/jobs/{job_id}/retry"): {"hq"},
    ("DELETE", "/api/jobs/{job_id}"): {"hq"},
    ("GET", "/api/certificates/{certificate_id}/certificate.pdf"): {"hq", "trainer", "staff"},
    ("GET", "/verify/{code}"): None,
    ("GET", "/verify/verify.css"): None,
    ("GET", "/api/push/key"): ALL,
    ("POST", "/api/push/subscriptions"): ALL,
    ("DELETE", "/api/push/subscriptions"): ALL,
    ("GET", "/api/push/settings"): ALL,
    ("PUT", "/api/push/settings"): ALL,
    ("GET", "/api/orders"): ALL - {"trainer"},
    ("GET", "/api/orders/{order_id}"): READERS,
    ("GET", "/api/partner-stock/{organisation_id}"): READERS,
    ("GET", "/api/partner-stock/{organisation_id}/{product_id}/movements"): READERS,
    ("POST", "/api/notices/reach"): {"hq"},
    ("GET", "/api/notices/{notice_id}/readers"): {"hq"},
    ("GET", "/api/notices/{notice_id}/readers.xlsx"): {"hq"},
    ("POST", "/api/sync/push"): ALL,
    ("POST", "/api/sync/known"): ALL,
    ("GET", "/api/sync/scopes"): ALL,
    ("POST", "/api/sync/pull"): ALL,
    ("GET", "/api/sync/live"): ALL,
}
# A command -> the people for whom it is applied to the target below, which belongs to the organisation SHOP.
GIVEN: Mapping[str, set[str]] = {
    "order.place": {"hq", "desk", "rep"} | BUYERS,
    "order.confirm_price": {"hq", "desk", "rep"} | BUYERS,
    "order.approve": {"hq", "desk", "finance"},
    "order.cancel": {"hq", "desk", "finance", "rep"} | BUYERS,
    "order.ship": {"hq", "desk"},
    "order.sign": {"hq"} | BUYERS,
    "order.close": {"hq", "desk", "finance"},
    "product.save": {"hq"},
    "product.picture": {"hq"},
    "price_list.save": {"hq"},
    "price.save": {"hq"},
    "promotion.save": {"hq"},
    "organisation.save": {"hq", "finance"},
    "stock.adjust": {"hq", "desk"},
    "fund.save": {"hq", "finance"},
    "fund.top_up": {"hq", "finance"},
    "fund.allocate": {"hq", "finance"},
    "approval.save": {"hq", "finance"},
    # To the rep, who cannot stand for themselves.
    "approval.delegate": {"hq", "finance"},
    # Only by whoever gave it.
    "approval.recall": {"finance"},
    "activity.apply": {"hq", "rep"} | BUYERS,
    "activity.decide": {"hq", "finance", "rep"},
    "activity.cancel": {"hq", "rep"} | BUYERS,
    "claim.file": {"hq", "rep"} | BUYERS,
    "claim.amend": {"hq", "rep"} | BUYERS,
    "claim.withdraw": {"hq", "rep"} | BUYERS,
    "claim.approve": {"hq", "finance"},
    "claim.ask": {"hq", "finance"},
    "claim.refuse": {"hq", "finance"},
    "claim.settle": {"hq", "finance"},
    "partner_stock.move": {"hq"} | BUYERS,
    "count.ask": {"hq", "desk"},
    "count.submit": {"hq", "rep"} | BUYERS,
    "count.decide": {"hq", "desk"},
    "count.configure": {"hq"},
    "count_list.save": {"hq"},
    "me.locale": ALL,
    "course.save": {"hq", "trainer"},
    "course.publish": {"hq", "trainer"},
    "course.withdraw": {"hq", "trainer"},
    "course.study": ALL,
    "course.finish": ALL,
    "course.decide": {"hq", "trainer"},
    "certificate.revoke": {"hq", "trainer"},
    "visit.check_in": {"hq", "rep"},
    "visit.record": {"hq", "rep"},
    "visit.check_out": {"hq", "rep"},
    "visit.explain": {"rep"},
    "visit.add": {"hq", "rep"},
    "visit.cancel": {"hq", "rep"},
    "visit_route.save": {"hq"},
    "visit_template.save": {"hq"},
    "visit_fence.save": {"hq"},
    "visit_shop.save": {"hq"},
    **notices.GIVEN,
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
    found: dict[str, str] = {}
    async with snapshot(sessions) as session:
        for name, table in sorted(Base.metadata.tables.items()):
            if name in _BOOKKEEPING:
                continue
            statement = select(table).order_by(*table.primary_key.columns)
            if tenant_id:
                column = table.c.id if name == "tenants" else table.c.tenant_id
                statement = statement.where(column == tenant_id)
            rows = (await session.execute(statement)).all()
            found[name] = blake2b(repr(rows).encode(), digest_size=16).hexdigest()
    return found


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


@pytest.fixture
async def shop(sessions: Sessions, world: World, client: httpx.AsyncClient) -> Shop:
    opened = await open_shop(sessions, world)
    # The server's own clock judges what comes over HTTP.
    opened.now = datetime.now(UTC) - timedelta(minutes=1)
    async with transaction(sessions) as session:
        session.add_all(_failed_job(world.demo.tenant.id, job, opened.now) for job in (RETRIED, DISMISSED))
    opened.upload, opened.media = await upload_of(client, opened), await file_of(client, opened)
    await notices.write_one(opened)
    return opened


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
    targets = await _targets(shop)
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
    targets = await _targets(shop)
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


async def test_who_has_the_permission_comes_in(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions
) -> None:
    """The other half: the cells above are refused for the person, not for the request."""
    targets = await _targets(shop)
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
    targets = await _targets(shop)
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

Target = Callable[[Shop], Awaitable[Command]]


async def _placed(shop: Shop, quantity: int = 1) -> str:
    return await shop.placed({"A": quantity})


async def _targets(shop: Shop) -> dict[str, str]:
    """What paths of routes name, by their parameter: SHOP's order, the certificate of its staff."""
    return {"{order_id}": await _placed(shop), "{certificate_id}": await _certified(shop)}


async def _approved(shop: Shop) -> str:
    order = await _placed(shop)
    await shop.done("hq", OrderApprove(order=order))
    return order


async def _shipped(shop: Shop) -> str:
    order = await _approved(shop)
    await shop.done("hq", await _parcel(shop, order))
    return order


async def _parcel(shop: Shop, order: str) -> OrderShip:
    line = (await shop.order(order)).lines[0]
    return OrderShip(order=order, parcel=new_id(), lines={line.id: line.quantity})


async def place(shop: Shop) -> Command:
    return await shop.draft("SHOP", {"A": 1})


async def confirm_price(shop: Shop) -> Command:
    """An order that was quoted too long ago at a price that has changed since."""
    await shop.done("hq", shop.price_save("BASE", "B", (1, "4.50")))
    command = await shop.draft("SHOP", {"B": 2})
    shop.now += timedelta(seconds=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    shop.now += timedelta(seconds=1)
    await shop.done("shop", command)
    order = await shop.order(command.order)
    assert order.holds == ("price",)
    return OrderConfirmPrice(order=command.order, accept=True, total=order.totals.total)


async def approve(shop: Shop) -> Command:
    return OrderApprove(order=await _placed(shop))


async def cancel(shop: Shop) -> Command:
    return OrderCancel(order=await _placed(shop), reason="not needed")


async def ship(shop: Shop) -> Command:
    return await _parcel(shop, await _approved(shop))


async def sign(shop: Shop) -> Command:
    return OrderSign(order=await _shipped(shop))


async def close(shop: Shop) -> Command:
    return OrderClose(order=await _shipped(shop), reason="done")


async def save_product(shop: Shop) -> Command:
    return shop.product_save("A", status="withdrawn", name={"en": new_id()})


async def set_picture(shop: Shop) -> Command:
    picture = MediaRef(id=new_id(), sha256="0" * 64, size=9, content_type="image/webp", source="gallery")
    return ProductPicture(product=shop.products["A"], picture=picture)


async def save_price_list(shop: Shop) -> Command:
    return price_list(shop, "BASE", priority=9, name={"en": new_id()})


async def save_price(shop: Shop) -> Command:
    return shop.price_save("BASE", "C", (1, f"0.{datetime.now(UTC).microsecond + 1:06}"))


async def save_promotion(shop: Shop) -> Command:
    reward = PromotionReward(buy=5, get=1, product=shop.products["D"])
    return shop.promotion_save(kind="buy_x_get_y", reward=reward, products=(shop.products["A"],))


async def save_organisation(shop: Shop) -> Command:
    return shop.organisation_save("SHOP", blocked_reason=new_id())


async def adjust_stock(shop: Shop) -> Command:
    return StockAdjust(movement=new_id(), product=shop.products["D"], delta=1, reason="found")


async def move_partner_stock(shop: Shop) -> Command:
    return PartnerStockMove(
        movement=new_id(), organisation=shop.organisation("SHOP"), product=shop.products["A"], kind="manual", delta=3
    )


async def ask_for_count(shop: Shop) -> Command:
    return CountAsk(count=new_id(), organisation=shop.organisation("SHOP"), products=(shop.products["A"],))


async def submit_count(shop: Shop) -> Command:
    line = CountedLine(product=shop.products["A"], parts=(CountedPart(packs={"": 5}),), observed=5)
    return CountSubmit(count=new_id(), organisation=shop.organisation("SHOP"), lines=(line,))


async def decide_count(shop: Shop) -> Command:
    command = await submit_count(shop)
    assert isinstance(command, CountSubmit)
    await shop.done("shop", command)
    return CountDecide(count=command.count, decision="again", reason="once more")


async def configure_counts(_shop: Shop) -> Command:
    return CountConfigure(units=datetime.now(UTC).microsecond)


async def save_count_list(_shop: Shop) -> Command:
    return CountListSave(count_list=new_id(), name={"en": "Cooler"}, sold=True)


async def set_locale(_shop: Shop) -> Command:
    return MeLocale(locale="zh-CN")


async def save_course(_shop: Shop) -> Command:
    return course("saved", title={"en": new_id()})


async def publish_course(shop: Shop) -> Command:
    await shop.done("trainer", saved := course(new_id(), title={"en": new_id()}))
    return CoursePublish(course=saved.course)


async def withdraw_course(shop: Shop) -> Command:
    return CourseWithdraw(course=await published(shop, new_id()))


async def study_course(shop: Shop) -> Command:
    return CourseStudy(course=await published(shop, new_id()), revision=1, cards=(TEXT,))


async def finish_course(shop: Shop) -> Command:
    return finish(await published(shop, new_id()))


async def decide_attempt(shop: Shop) -> Command:
    course_id = await published(shop, new_id(), attempts=1)
    await shop.done("staff", finish(course_id), second := finish(course_id))
    return CourseAttemptDecide(attempt=second.attempt, counts=True)


async def revoke_certificate(shop: Shop) -> Command:
    return CertificateRevoke(certificate=await _certified(shop), reason="copied")


async def _certified(shop: Shop) -> str:
    """A certificate of the staff."""
    await shop.done("staff", finish(await published(shop, new_id())))
    async with shop.sessions() as session:
        statement = select(Certificate.id).where(Certificate.tenant_id == shop.tenant_id)
        return (await session.scalars(statement.order_by(Certificate.id.desc()))).first() or ""


async def check_in(shop: Shop) -> Command:
    return visiting.check_in(shop, new_id(), day=None)


async def record_on_visit(shop: Shop) -> Command:
    return visiting.record(shop, visiting.item("talk", "talk"), new_id(), day=None, text="met the owner")


async def check_out(shop: Shop) -> Command:
    return visiting.check_out(shop, new_id(), day=None)


async def explain(shop: Shop) -> Command:
    await shop.done("rep", visiting.check_in(shop, day=None))
    return VisitExplain(visit=visiting.planned(shop), reason=new_id())


async def add_visit(shop: Shop) -> Command:
    return VisitAdd(visit=new_id(), organisation=shop.organisation("SHOP"), day=shop.now.date())


async def call_off(shop: Shop) -> Command:
    visit, day = new_id(), shop.now.date()
    await shop.done("rep", VisitAdd(visit=visit, organisation=shop.organisation("SHOP"), day=day))
    return VisitCancel(visit=visit, organisation=shop.organisation("SHOP"), day=day, reason="closed")


async def save_route(shop: Shop) -> Command:
    return visiting.route(shop)


async def save_visit_list(shop: Shop) -> Command:
    return visiting.template(shop, visiting.item(new_id()))


async def save_fence(shop: Shop) -> Command:
    shop.counter += 1
    return visiting.fence("warn", radius=100 + shop.counter)


async def save_visit_shop(shop: Shop) -> Command:
    shop.counter += 1
    return VisitShopSave(organisation=shop.organisation("SHOP"), radius=100 + shop.counter)


TARGETS: Mapping[str, Target] = {
    **CLAIM_TARGETS,
    "order.place": place,
    "order.confirm_price": confirm_price,
    "order.approve": approve,
    "order.cancel": cancel,
    "order.ship": ship,
    "order.sign": sign,
    "order.close": close,
    "product.save": save_product,
    "product.picture": set_picture,
    "price_list.save": save_price_list,
    "price.save": save_price,
    "promotion.save": save_promotion,
    "organisation.save": save_organisation,
    "stock.adjust": adjust_stock,
    "partner_stock.move": move_partner_stock,
    "count.ask": ask_for_count,
    "count.submit": submit_count,
    "count.decide": decide_count,
    "count.configure": configure_counts,
    "count_list.save": save_count_list,
    "me.locale": set_locale,
    "course.save": save_course,
    "course.publish": publish_course,
    "course.withdraw": withdraw_course,
    "course.study": study_course,
    "course.finish": finish_course,
    "course.decide": decide_attempt,
    "certificate.revoke": revoke_certificate,
    "visit.check_in": check_in,
    "visit.record": record_on_visit,
    "visit.check_out": check_out,
    "visit.explain": explain,
    "visit.add": add_visit,
    "visit.cancel": call_off,
    "visit_route.save": save_route,
    "visit_template.save": save_visit_list,
    "visit_fence.save": save_fence,
    "visit_shop.save": save_visit_shop,
    **notices.TARGETS,
}


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
async def test_a_command_by_person(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions, name: str
) -> None:
    for login in PEOPLE:
        command = await TARGETS[name](shop)
        before = await content(sessions)
        verdict = await push(client, world.demo.bearer(login), command)
        if login in GIVEN[name]:
            assert verdict["status"] == "applied", (login, verdict)
            assert await content(sessions) != before
        else:
            assert verdict["status"] == "rejected", (login, verdict)
            assert await content(sessions) == before, (login, verdict)


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_a_command_by_another_tenant_or_nobody(
    client: httpx.AsyncClient, world: World, shop: Shop, sessions: Sessions, name: str
) -> None:
    """By each of the other brand's people: this brand's rows stay as they are, whatever the verdict."""
    command = await TARGETS[name](shop)
    demo = world.demo.tenant.id
    before = await content(sessions, demo)
    mutation = {"id": new_id(), "n": 1, "name": name, "args": msgspec.to_builtins(command)}
    body = msgspec.json.encode({"device": "phone", "mutations": [mutation]})
    answer = await client.post("/api/sync/push", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    assert await content(sessions, demo) == before
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
