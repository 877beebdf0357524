"""Hints for open apps: who hears what, until when, and from which process."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions, connections_in_use, transaction
from backend.identity import guards, queries, service
from backend.identity.models import Role, User, UserSession
from backend.partners.models import Organisation
from backend.sync import live, routes, watching
from backend.sync.changes import user_scope
from backend.sync.live import Hub, Subscription
from backend.sync.pull import Reader
from backend.sync.push import Taker
from offline.ids import new_id
from offline.wire.commands import PriceListSave
from offline.wire.protocol import Mutation, Push
from offline.wire.ranges import AssortmentAssign
from offline.wire.rows import PromotionReward
from tests.people import PASSWORD, World
from tests.shop import Shop
from tests.sync.feeding import Feed, fresh_ids

SHOP, OTHER = "brand", "org:other"


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0)


@pytest.fixture
def doubting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each heartbeat looks into everything, as one does where signs may have been lost."""
    monkeypatch.setattr(routes, "RENEW_SECONDS", 0)


async def _live(app: Litestar, headers: dict[str, str]) -> AsyncIterator[bytes]:
    """What an open app hears. httpx's own transport would wait for the end."""
    sent: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.put_nowait(message["body"] if message.get("more_body") else None)

    async def receive() -> Any:
        await asyncio.sleep(60)

    token = headers["Authorization"].encode()
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/sync/live",
        "raw_path": b"/api/sync/live",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"authorization", token), (b"host", b"qudao.test")],
        "client": ("127.0.0.1", 1),
        "server": ("qudao.test", 80),
        "state": {},
    }
    task = asyncio.create_task(app(scope, receive, send))
    try:
        while (part := await asyncio.wait_for(sent.get(), 20)) is not None:
            yield part
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.usefixtures("quick_heart")
async def test_an_open_app_hears_of_its_scopes_until_the_session_ends(
    app: Litestar, world: World, feed: Feed, sessions: Sessions
) -> None:
    heard = b""
    ended = False
    async for part in _live(app, world.demo.bearer("rep")):
        heard += part
        if b"retry" in part:
            await feed.put(fresh_ids(1), SHOP, f"org:{world.demo.organisations['RIVAL']}")
        if b"data" in heard and not ended:
            ended = True
            async with transaction(sessions) as session:
                await session.execute(delete(UserSession))
    assert ended
    assert b'data: {"scope":"brand","seq":1}\n\n' in heard
    assert b"org:" not in heard


@pytest.mark.usefixtures("quick_heart")
async def test_unlocking_breaks_nothing_in_the_middle(
    app: Litestar, client: httpx.AsyncClient, world: World, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream and the push of the old token go on; the stream ends at a heartbeat, and the next is by the new."""
    body = {"login": "rep@demo", "password": PASSWORD, "device": "phone"}
    old = (await client.post("/api/session", json=body)).json()["token"]
    take = Taker.take

    async def unlock() -> str:
        token = (await client.post("/api/session", json=body)).json()["token"]
        assert (await client.get("/api/session")).json()["user"]["login"] == "rep@demo"
        return str(token)

    async def slowly(taker: Taker, *given: Any) -> Any:
        await unlock()
        return await take(taker, *given)

    goes_on = routes._goes_on

    async def once_heard(*given: Any) -> bool:
        return b"data" not in heard or await goes_on(*given)  # on a busy machine a heartbeat may come before the hint

    monkeypatch.setattr(routes, "_goes_on", once_heard)
    monkeypatch.setattr(Taker, "take", slowly)
    heard = b""
    async for part in _live(app, {"Authorization": f"Bearer {old}"}):
        if b"retry" in part:
            pushed = await client.post("/api/sync/push", json={"device": "phone", "mutations": []})
            assert pushed.status_code == 200
            await feed.put(fresh_ids(1), SHOP)
        heard += part
    assert b'data: {"scope":"brand","seq":1}\n\n' in heard
    client.cookies.set("qudao_session", old)
    assert (await client.get("/api/session")).status_code == 401


@pytest.mark.usefixtures("quick_heart", "doubting")
async def test_no_hint_is_lost_at_a_heartbeat(app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told while the stream asks whether it may go on is heard after that."""
    hub, tenant = app.state.hub, world.demo.tenant.id
    goes_on = routes._goes_on
    asked = 0

    async def slowly(*given: Any) -> bool:
        nonlocal asked
        asked += 1
        hub.publish(tenant, {SHOP: asked, "org:of nobody": asked})
        return asked < 4 and await goes_on(*given)

    monkeypatch.setattr(routes, "_goes_on", slowly)
    heard = b"".join([part async for part in _live(app, world.demo.bearer("rep"))])
    assert [b'{"scope":"brand","seq":%d}' % number in heard for number in (1, 2, 3)] == [True] * 3
    assert b"nobody" not in heard
    assert not hub._by_tenant


async def test_a_scope_that_was_taken_away_is_not_heard_of() -> None:
    hub = Hub()
    with hub.subscribed("tenant", frozenset({"desk", SHOP})) as subscription:
        hub.publish("tenant", {"desk": 3, SHOP: 1})
        subscription.limit(frozenset({SHOP, OTHER}))
        hub.publish("tenant", {"desk": 4, OTHER: 2})
        assert await subscription.news(1) == {SHOP: 1, OTHER: 2}


async def test_stock_comes_with_other_news_or_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every app holds it and every order changes it: all would pull at once, for each order."""
    hub = Hub()
    with hub.subscribed("tenant", frozenset({SHOP, "stock"})) as subscription:
        hub.publish("tenant", {"stock": 1})
        hub.publish("tenant", {"stock": 2})
        assert await subscription.news(0.05) == {}
        hub.publish("tenant", {SHOP: 7})
        assert await subscription.news(1) == {SHOP: 7, "stock": 2}
        monkeypatch.setattr(live, "_LATER_SECONDS", 0.1)
        hub.publish("tenant", {"stock": 3})
        assert await subscription.news(20) == {"stock": 3}
        hub.publish("tenant", {"stock": 4})
    assert subscription._later is None


async def test_a_commit_looks_at_no_app_that_holds_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands may be open, and each commit is told in the one thread that serves them all."""
    told: list[str] = []
    monkeypatch.setattr(Subscription, "tell", lambda _self, scope, _seq: told.append(scope))
    hub = Hub()
    with hub.subscribed("tenant", frozenset({"org:1"})), hub.subscribed("tenant", frozenset({"org:2", SHOP})):
        hub.publish("tenant", {"org:1": 1, "org:3": 1})
        hub.publish("tenant", {"desk": 1})
        hub.publish("other tenant", {"org:2": 1})
    assert told == ["org:1"]


async def test_of_two_commits_told_crosswise_the_later_one_counts() -> None:
    hub = Hub()
    with hub.subscribed("tenant", frozenset({SHOP})) as subscription:
        for seq in (2, 3, 1):
            hub.publish("tenant", {SHOP: seq})
        assert await subscription.news(1) == {SHOP: 3}


@pytest.mark.usefixtures("quick_heart", "doubting")
async def test_an_open_app_stays_open_while_the_database_is_away(
    app: Litestar, world: World, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hears of what moves afterwards, and leaves no connection out."""
    authenticate = service.authenticate
    away = 0

    async def break_off(session: AsyncSession, *given: Any) -> Any:
        nonlocal away
        found = await authenticate(session, *given)
        if away:
            away -= 1
            # With the connection in hand, as a statement that takes too long does.
            raise OperationalError("SELECT", None, ConnectionError("away"))
        return found

    monkeypatch.setattr(guards, "authenticate", break_off)
    heard = b""
    # Nothing that they hold is let go by chance.
    gc.disable()
    try:
        async for part in _live(app, world.demo.bearer("rep")):
            heard += part
            if b"retry" in part:
                away = 2
            if heard.count(b"still here") == 3 and b"data" not in heard:
                await feed.put(fresh_ids(1), SHOP)
            if b"data" in heard:
                break
    finally:
        gc.enable()
    assert away == 0
    assert connections_in_use(app.state.engine) == 0


@pytest.mark.usefixtures("quick_heart")
async def test_an_open_app_that_nothing_happens_to_costs_one_question_for_all(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each asked for its session and its scopes at each heartbeat: with 5,000 open, two processors did nothing else."""
    asked: list[str] = []
    for where, name in ((guards, "authenticate"), (Reader, "allowed"), (queries, "running_tokens")):
        monkeypatch.setattr(where, name, counted(asked, name, getattr(where, name)))
    monkeypatch.setattr(watching, "LOOK_SECONDS", 60)
    streams = [_live(app, world.demo.bearer(login)) for login in ("rep", "shop", "rival", "hq")]
    try:
        for stream in streams:
            assert b"retry" in await anext(stream)
        asked.clear()
        for _ in range(3):
            for stream in streams:
                assert b"still here" in await anext(stream)
    finally:
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]  # a generator
    assert asked == ["running_tokens"]


def counted(asked: list[str], name: str, ask: Any) -> Any:
    async def count(*given: Any, **named: Any) -> Any:
        asked.append(name)
        return await ask(*given, **named)

    return count


@pytest.mark.usefixtures("quick_heart")
async def test_an_open_app_hears_of_a_scope_that_became_its_own(
    app: Litestar, client: httpx.AsyncClient, shop: Shop
) -> None:
    """Nothing it holds moves when a promotion comes for it, a list, or when a rep is given a customer."""
    reward = PromotionReward(buy=5, get=1)
    rival = shop.organisation("RIVAL")
    offer = shop.promotion_save(kind="buy_x_get_y", reward=reward, organisations=(rival,))
    listed = PriceListSave(price_list=new_id(), code="NEW", name={"en": "New"}, kind="base", currency="CNY")
    given = AssortmentAssign(assortment=await shop.assort("SHOP", ["A"]), give=(rival,))
    for login, command, scope in (
        ("rival", offer, f"promotion:{offer.promotion}"),
        ("hq", listed, f"list:{listed.price_list}"),
        ("rep", shop.organisation_save("RIVAL", rep=shop.brand.users["rep"].id), f"org:{rival}"),
        ("rival", given, f"range:{given.assortment}"),
    ):
        heard = b""
        async for part in _live(app, shop.brand.bearer(login)):
            if b"retry" in part:
                mutation = Mutation(new_id(), 1, command.NAME, msgspec.Raw(msgspec.json.encode(command)))
                body = msgspec.json.encode(Push(device=new_id(), mutations=(mutation,)))
                pushed = await client.post("/api/sync/push", headers=shop.brand.bearer("hq"), content=body)
                assert pushed.json()["results"][0]["status"] == "applied"
            heard += part
            if f'data: {{"scope":"{scope}","seq":0}}'.encode() in heard:
                break
            assert heard.count(b"still here") < 9, (login, heard)


@pytest.mark.usefixtures("quick_heart")
async def test_an_open_app_hears_no_more_of_what_its_person_lost(app: Litestar, world: World, feed: Feed) -> None:
    """Told by a row of their own, such as who they are now: everybody else's streams are left alone."""
    hub, tenant, user = app.state.hub, world.demo.tenant.id, world.demo.users["rep"]
    stock: list[bool] = []
    async for part in _live(app, world.demo.bearer("rep")):
        (subscription,) = hub._open
        stock.append("stock" in subscription.scopes)
        if b"retry" in part:
            async with transaction(app.state.sessions) as session:
                role = await session.scalar(select(Role).where(Role.tenant_id == tenant, Role.name == "rep"))
                assert role is not None
                role.permissions = [name for name in role.permissions if name != "stock.see"]
        if len(stock) == 3:
            hub.publish(tenant, {user_scope(user.id): 7})
        if len(stock) > 9 or not stock[-1]:
            break
    assert stock[:3] == [True] * 3
    assert not stock[-1]


@pytest.mark.parametrize("how", ["left", "inactive", "expired"])
@pytest.mark.usefixtures("quick_heart")
async def test_who_is_put_out_loses_the_stream(app: Litestar, world: World, how: str) -> None:
    """By one look of another's stream: their own heartbeat need not have come."""
    user, tenant = world.demo.users["shop"], world.demo.tenant.id
    other = _live(app, world.demo.bearer("hq"))
    assert b"retry" in await anext(other)
    with pytest.MonkeyPatch.context() as patch:
        async for part in _live(app, world.demo.bearer("shop")):
            if b"retry" not in part:
                continue
            # From now on its own heart is slow.
            patch.setattr(routes, "HEARTBEAT_SECONDS", 60)
            async with transaction(app.state.sessions) as session:
                if how == "left":
                    (await session.get_one(Organisation, (tenant, user.organisation_id))).status = "exited"
                elif how == "inactive":
                    (await session.get_one(User, (tenant, user.id))).active = False
                else:
                    past = datetime.now(UTC) - timedelta(days=1)
                    await session.execute(
                        update(UserSession).where(UserSession.user_id == user.id).values(expires_at=past)
                    )
            await app.state.sync.watch.look()
    await other.aclose()  # type: ignore[attr-defined]  # a generator


async def test_a_look_that_the_database_does_not_answer_puts_nobody_out(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_given: Any) -> set[str]:
        raise OperationalError("SELECT", None, ConnectionError("away"))

    watch = watching.Watch(app.state.read_sessions, away)
    with app.state.hub.subscribed(world.demo.tenant.id, frozenset()) as subscription:
        with watch.watched("token", subscription):
            await watch.look()
            assert not subscription.doubted
            # Nor is it asked again and again meanwhile.
            monkeypatch.setattr(watch, "_still_in", None)
            await watch.look()
        assert not watch._streams


async def test_a_person_opens_no_more_streams_than_a_few(
    app: Litestar, client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_LISTENING", 2)
    streams = [_live(app, world.demo.bearer("rep")) for _ in range(2)]
    for stream in streams:
        assert b"retry" in await anext(stream)
    answer = await client.get("/api/sync/live", headers=world.demo.bearer("rep"))
    assert (answer.status_code, answer.json()["code"]) == (429, "live_too_many")
    assert "qudao_live_streams 2.0" in (await client.get("/metrics")).text
    other = _live(app, world.demo.bearer("hq"))
    assert b"retry" in await anext(other)
    for stream in (*streams, other):
        await stream.aclose()  # type: ignore[attr-defined]  # a generator
    assert app.state.hub.listening(world.demo.users["rep"].id) == 0
    again = _live(app, world.demo.bearer("rep"))
    assert b"retry" in await anext(again)
    await again.aclose()  # type: ignore[attr-defined]  # a generator
