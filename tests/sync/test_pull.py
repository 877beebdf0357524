"""Pulling: whole snapshots from any page on, deltas, evictions, resets, compaction, and hints for open apps."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
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
from backend.sync.changes import BRAND, Changes
from backend.sync.feed import drop_tombstones
from backend.sync.live import Hub, Subscription, make_hub
from backend.sync.push import Taker
from backend.sync.service import flush_changes, renew_epoch
from offline.digest import digest, row_hash
from offline.ids import new_id
from offline.wire.rows import Category
from tests.people import PASSWORD, World

SHOP, OTHER = "brand", "stock"


class Reader:
    def __init__(self, client: httpx.AsyncClient, world: World, login: str = "rep") -> None:
        self._client = client
        self._headers = world.demo.bearer(login)
        self.epoch = ""

    async def scopes(self) -> dict[str, dict[str, Any]]:
        answer = (await self._client.get("/api/sync/scopes", headers=self._headers)).json()
        self.epoch = answer["epoch"]
        return {scope["id"]: scope for scope in answer["scopes"]}

    async def pull(self, scopes: dict[str, int], **more: Any) -> dict[str, Any]:
        response = await self._client.post("/api/sync/pull", json={"scopes": scopes} | more, headers=self._headers)
        assert response.status_code == 200, response.text
        pages: dict[str, Any] = response.json()["scopes"]
        return pages

    async def page(self, scope: str, cursor: int = 0, **more: Any) -> dict[str, Any]:
        page: dict[str, Any] = (await self.pull({scope: cursor}, **more))[scope]
        return page


@pytest.fixture
def reader(client: httpx.AsyncClient, world: World) -> Reader:
    return Reader(client, world)


class Feed:
    """Categories, put where the test wants them."""

    def __init__(self, sessions: Sessions, world: World) -> None:
        self.sessions = sessions
        self.tenant_id = world.demo.tenant.id

    async def put(self, ids: list[str], *scopes: str, name: str = "x") -> dict[str, int]:
        changes = Changes()
        for row_id in ids:
            changes.put("category", Category(id=row_id, name={"en": name}), *scopes)
        return await self.flush(changes)

    async def delete(self, *ids: str) -> dict[str, int]:
        changes = Changes()
        for row_id in ids:
            changes.delete("category", row_id)
        return await self.flush(changes)

    async def flush(self, changes: Changes) -> dict[str, int]:
        async with transaction(self.sessions) as session:
            return await flush_changes(session, self.tenant_id, changes)


@pytest.fixture
def feed(sessions: Sessions, world: World) -> Feed:
    return Feed(sessions, world)


def fresh_ids(count: int) -> list[str]:
    return [new_id() for _ in range(count)]


async def test_a_snapshot_page_by_page_is_the_whole(reader: Reader, feed: Feed) -> None:
    ids = fresh_ids(25)
    assert await feed.put(ids, SHOP) == {SHOP: 25}
    assert (await reader.scopes())[SHOP]["rows"] == 25
    found: list[str] = []
    cursor, more = 0, True
    while more:
        page = await reader.page(SHOP, cursor, limit=10)
        found += [put["id"] for put in page["puts"]]
        cursor, more = page["next"], page.get("more", False)
        assert ("digest" in page) == (not more)
    assert found == ids
    assert page["digest"] == digest(25, sum(row_hash("category", each, number + 1) for number, each in enumerate(ids)))
    assert await reader.page(SHOP, cursor) == {"next": 25, "digest": page["digest"]}


async def test_a_delta_has_what_changed_and_nothing_else(reader: Reader, feed: Feed) -> None:
    first, second, third = ids = fresh_ids(3)
    await feed.put(ids, SHOP)
    await feed.put([second], SHOP, name="new")
    await feed.delete(third)
    # What did not change gets no number.
    assert await feed.put([first], SHOP) == {}
    page = await reader.page(SHOP, 3)
    assert [(put["id"], put["seq"], put["doc"]["name"]) for put in page["puts"]] == [(second, 4, {"en": "new"})]
    assert page["dels"] == [{"entity": "category", "id": third, "seq": 5, "why": "deleted"}]
    assert page["digest"] == digest(2, row_hash("category", first, 1) + row_hash("category", second, 4))
    # A fresh phone need not hear of what is gone.
    assert "dels" not in await reader.page(SHOP)


async def test_a_row_that_moves_is_evicted_from_where_it_was(reader: Reader, feed: Feed) -> None:
    (row_id,) = fresh_ids(1)
    await feed.put([row_id], SHOP)
    assert await feed.put([row_id], OTHER) == {SHOP: 2, OTHER: 1}
    pages = await reader.pull({SHOP: 1, OTHER: 0})
    assert pages[SHOP]["dels"] == [{"entity": "category", "id": row_id, "seq": 2, "why": "evicted"}]
    assert pages[SHOP]["digest"] == digest(0, 0)
    assert [put["id"] for put in pages[OTHER]["puts"]] == [row_id]
    assert await feed.put([row_id], SHOP, OTHER) == {SHOP: 3}
    assert await feed.delete(row_id) == {SHOP: 4, OTHER: 2}


async def test_scopes_are_filled_in_the_order_asked_until_the_limit(reader: Reader, feed: Feed) -> None:
    await feed.put(fresh_ids(6), SHOP)
    await feed.put(fresh_ids(6), OTHER)
    pages = await reader.pull({OTHER: 0, SHOP: 0}, limit=8)
    assert [(scope, len(page["puts"]), page.get("more", False)) for scope, page in pages.items()] == [
        (OTHER, 6, False),
        (SHOP, 2, True),
    ]
    assert list(await reader.pull({OTHER: 0, SHOP: 0}, limit=6)) == [OTHER]
    assert list(await reader.pull({OTHER: 6, SHOP: 6})) == [OTHER, SHOP]


async def test_cursors_that_no_longer_hold(reader: Reader, feed: Feed, sessions: Sessions) -> None:
    await feed.put(fresh_ids(3), SHOP)
    await reader.scopes()
    assert "reset" not in await reader.page(SHOP, 2, epoch=reader.epoch)
    async with transaction(sessions) as session:
        await renew_epoch(session)
    assert await reader.page(SHOP, 2, epoch=reader.epoch) == {"reset": "epoch"}
    before = reader.epoch
    await reader.scopes()
    assert reader.epoch != before
    assert "reset" not in await reader.page(SHOP, 2, epoch=reader.epoch)
    assert await reader.page(SHOP, 4) == {"reset": "epoch"}
    assert await reader.page(SHOP, 2, schema=99) == {"reset": "schema"}
    assert await reader.page("desk", 0) == {"reset": "revoked"}
    assert await reader.page("nonsense", 0) == {"reset": "revoked"}


async def test_dropped_tombstones_void_older_cursors_but_not_a_snapshot_under_way(
    reader: Reader, feed: Feed, sessions: Sessions
) -> None:
    ids = fresh_ids(20)
    await feed.put(ids, SHOP)
    early = await reader.page(SHOP, 0, limit=5)
    await feed.delete(*ids[:4])
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        assert await drop_tombstones(session, feed.tenant_id, now - timedelta(days=1)) == 0
    async with transaction(sessions) as session:
        assert await drop_tombstones(session, feed.tenant_id, now + timedelta(days=1)) == 4
    assert (await reader.scopes())[SHOP]["horizon"] == 24
    # This one holds rows that are gone: it must begin again.
    assert await reader.page(SHOP, early["next"], limit=5) == {"reset": "expired"}
    cursor, more, horizon, rows = 0, True, 0, 0
    while more:
        page = await reader.page(SHOP, cursor, limit=5, horizons={SHOP: horizon})
        assert "reset" not in page
        horizon = page["horizon"] if cursor == 0 else horizon
        rows, cursor, more = rows + len(page["puts"]), page["next"], page.get("more", False)
    assert rows == 16
    assert page["digest"].startswith("16:")
    assert "reset" not in await reader.page(SHOP, 24)


async def test_nobody_pulls_anothers_scopes(client: httpx.AsyncClient, world: World, feed: Feed) -> None:
    scope = f"org:{world.demo.organisations['RIVAL']}"
    await feed.put(fresh_ids(1), scope)
    assert await Reader(client, world, "shop").page(scope) == {"reset": "revoked"}
    assert len((await Reader(client, world, "rival").page(scope))["puts"]) == 1
    stranger = await client.post("/api/sync/pull", json={"scopes": {SHOP: 0}})
    assert stranger.status_code == 401
    # The same scope of another brand is another scope.
    response = await client.post("/api/sync/pull", json={"scopes": {BRAND: 0}}, headers=world.other.bearer("rep"))
    assert "puts" not in response.json()["scopes"][BRAND]


async def test_ten_thousand_rows_at_once(reader: Reader, feed: Feed) -> None:
    ids = fresh_ids(10_000)
    assert await feed.put(ids, SHOP) == {SHOP: 10_000}
    page = await reader.page(SHOP, 9_990)
    assert len(page["puts"]) == 10
    assert page["digest"].startswith("10000:")


async def test_rows_are_good_json_whatever_their_ids_and_words_are(reader: Reader, feed: Feed) -> None:
    """The database puts them together."""
    odd = 'it\'s "here" \\ ,{} \u96f6'
    await feed.put([odd], SHOP, OTHER, name=odd)
    for pages in (await reader.pull({SHOP: 0}), await reader.pull({SHOP: 0, OTHER: 0})):
        (put,) = pages[SHOP]["puts"]
        assert (put["entity"], put["id"], put["seq"]) == ("category", odd, 1)
        assert (put["doc"]["id"], put["doc"]["name"]) == (odd, {"en": odd})
    await feed.delete(odd)
    assert (await reader.page(SHOP, 1))["dels"] == [{"entity": "category", "id": odd, "seq": 2, "why": "deleted"}]


async def test_a_full_page_at_the_end_is_the_last(reader: Reader, feed: Feed) -> None:
    await feed.put(fresh_ids(4), SHOP)
    page = await reader.page(SHOP, 0, limit=4)
    assert (len(page["puts"]), "more" in page, page["digest"][:2]) == (4, False, "4:")


# Hints.


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
