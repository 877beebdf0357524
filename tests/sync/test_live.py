"""Hints for open apps: who hears what, until when, and from which process."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from litestar import Litestar
from sqlalchemy import delete, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cli import qudao
from backend.database import Sessions, connections_in_use, make_engine, transaction
from backend.identity import guards, service
from backend.identity.models import UserSession
from backend.settings import Settings
from backend.sync import live, routes
from backend.sync.changes import BRAND
from backend.sync.live import Hub, Subscription, make_hub
from backend.sync.push import Taker
from tests.people import PASSWORD, World
from tests.sync.feeding import Feed, fresh_ids

SHOP, OTHER = "brand", "org:other"


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.3)


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


@pytest.mark.usefixtures("quick_heart")
async def test_no_hint_is_lost_at_a_heartbeat(app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told while the stream asks whether it may go on is heard after that."""
    hub, tenant = app.state.hub, world.demo.tenant.id
    welcome = routes._still_welcome
    asked = 0

    async def slowly(request: Any) -> bool:
        nonlocal asked
        asked += 1
        hub.publish(tenant, {SHOP: asked, "org:of nobody": asked})
        return asked < 4 and await welcome(request)

    monkeypatch.setattr(routes, "_still_welcome", slowly)
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


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_hints_reach_other_processes(app: Litestar, world: World) -> None:
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    tenant = world.demo.tenant.id
    async with here.running(), there.running():
        with there.subscribed(tenant, frozenset({SHOP})) as subscription:
            for seq in range(1, 200):
                here.publish(tenant, {SHOP: seq, **{f"org:{number:036}": 1 for number in range(130)}})
                if news := await subscription.news(0.1):
                    break
    assert news == {SHOP: seq} or news[SHOP] <= seq


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_who_only_listens_hears_again_after_the_connection_was_lost(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process whose apps write nothing learns of the loss all the same."""
    monkeypatch.setattr(live, "_ASK_SECONDS", 0.05)
    monkeypatch.setattr(live, "_RETRY_SECONDS", 0.05)
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    tenant = world.demo.tenant.id
    # Not by its last statement, which is LISTEN only until it asks whether it is still connected.
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'qudao hints' AND datname = current_database()"
    )

    async def heard(subscription: Subscription) -> bool:
        for seq in range(1, 100):
            here.publish(tenant, {SHOP: seq})
            await here.flush()
            if await subscription.news(0.1):
                return True
        return False

    async with there.running():
        with there.subscribed(tenant, frozenset({SHOP})) as subscription:
            assert await heard(subscription)
            async with app.state.engine.begin() as connection:
                assert (await connection.execute(end)).all()
            assert await heard(subscription)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_an_open_app_hears_of_an_import_by_command(
    app: Litestar, world: World, environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "goods.csv"
    with app.state.hub.subscribed(world.demo.tenant.id, frozenset({BRAND})) as subscription:
        for number in range(5):
            file.write_text(f"sku,name_en\nN-{number},One\n")
            command = ["import", "products", str(file), "--tenant", "demo"]
            done = await asyncio.to_thread(CliRunner(env=environ).invoke, qudao, command)
            assert done.exit_code == 0, done.output
            # The app may not have been listening yet.
            if news := await subscription.news(2):
                break
    assert news.keys() == {BRAND}


@pytest.mark.usefixtures("quick_heart")
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


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_hints_go_the_way_the_database_is_reached(settings: Settings, world: World) -> None:
    """An address may say more than where the server is, in words that only SQLAlchemy's driver knows."""
    mark = "&" if "?" in settings.database_url else "?"
    engine = make_engine(f"{settings.database_url}{mark}ssl=prefer&prepared_statement_cache_size=50")
    here, there = make_hub(engine), make_hub(engine)
    async with here.running(), there.running():
        with there.subscribed(world.demo.tenant.id, frozenset({SHOP})) as subscription:
            for seq in range(1, 100):
                here.publish(world.demo.tenant.id, {SHOP: seq})
                if news := await subscription.news(0.1):
                    break
    assert news
    await engine.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_hub_ends_also_when_there_is_news_at_that_moment(app: Litestar, world: World) -> None:
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    # Who lost the cancellation waits for ever; two hubs that begin may take a while where much else is done.
    async with asyncio.timeout(30) as bound, there.running(), here.running():
        with there.subscribed(world.demo.tenant.id, frozenset({SHOP})) as subscription:
            seq = 0
            while not await subscription.news(0.1):
                here.publish(world.demo.tenant.id, {SHOP: (seq := seq + 1)})
            await subscription.news(0.3)  # until nothing is under way
        here.publish(world.demo.tenant.id, {SHOP: seq + 1})
    assert not bound.expired()
