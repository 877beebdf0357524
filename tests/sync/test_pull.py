"""Pulling: whole snapshots from any page on, deltas, evictions, resets, compaction."""

from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text, update

from backend.database import Sessions, transaction
from backend.sync.changes import BRAND
from backend.sync.feed import drop_tombstones
from backend.sync.models import SyncRow
from backend.sync.pull import read_standing
from backend.sync.service import renew_epoch
from offline.digest import digest, row_hash
from tests.backend.test_plans import listening
from tests.people import World
from tests.sync.feeding import Feed, fresh_ids

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

    async def answer(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        response = await self._client.request(method, path, json=body, headers=self._headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def page(self, scope: str, cursor: int = 0, **more: Any) -> dict[str, Any]:
        page: dict[str, Any] = (await self.pull({scope: cursor}, **more))[scope]
        return page


@pytest.fixture
def reader(client: httpx.AsyncClient, world: World) -> Reader:
    return Reader(client, world)


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


async def test_a_pull_says_what_a_person_may_hold_to_who_asks_for_it(reader: Reader, feed: Feed) -> None:
    await feed.put(fresh_ids(3), SHOP)
    told = await reader.answer("GET", "/api/sync/scopes")
    asked = {"scopes": {SHOP: 0, "org:strange": 7}}
    answer = await reader.answer("POST", "/api/sync/pull", asked | {"scopes_too": True})
    allowed = answer.pop("allowed")
    assert allowed.pop("server_time")
    assert told.pop("server_time")
    assert allowed == told
    assert SHOP in {scope["id"] for scope in allowed["scopes"]}
    assert answer["scopes"]["org:strange"]["reset"] == "revoked"
    assert answer["scopes"] == (await reader.answer("POST", "/api/sync/pull", asked))["scopes"]
    assert "allowed" not in await reader.answer("POST", "/api/sync/pull", asked)
    elsewhere = await reader.answer("POST", "/api/sync/pull", asked | {"scopes_too": True, "epoch": "another"})
    assert elsewhere["scopes"][SHOP]["reset"] == "epoch"
    assert elsewhere["allowed"]["scopes"] == told["scopes"]


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
    # Nor does it help to have begun before they were dropped.
    assert await reader.page(SHOP, early["next"], limit=5, horizons={SHOP: 0}) == {"reset": "expired"}
    cursor, more, horizon, rows = 0, True, 0, 0
    while more:
        page = await reader.page(SHOP, cursor, limit=5, horizons={SHOP: horizon})
        assert "reset" not in page
        horizon = page["horizon"] if cursor == 0 else horizon
        rows, cursor, more = rows + len(page["puts"]), page["next"], page.get("more", False)
    assert rows == 16
    assert page["digest"].startswith("16:")
    assert "reset" not in await reader.page(SHOP, 24)


async def test_tombstones_dropped_out_of_turn_void_what_they_did_before(
    reader: Reader, feed: Feed, sessions: Sessions
) -> None:
    """The clocks of two servers differ: what was deleted first may be forgotten last."""
    ids = fresh_ids(3)
    await feed.put(ids, SHOP)
    await feed.delete(ids[0])
    await feed.delete(ids[1])
    now = datetime.now(UTC)
    for row_id, ago in ((ids[0], 1), (ids[1], 3)):
        async with transaction(sessions) as session:
            gone = update(SyncRow).where(SyncRow.id == row_id).values(gone_at=now - timedelta(days=ago))
            await session.execute(gone)
    for days in (2, 0):
        async with transaction(sessions) as session:
            assert await drop_tombstones(session, feed.tenant_id, now - timedelta(days=days)) == 1
    assert (await reader.scopes())[SHOP]["horizon"] == 5
    assert await reader.page(SHOP, 4) == {"reset": "expired"}


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


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_round_with_hundreds_of_scopes_reads_no_other_brand(app: Litestar) -> None:
    """As a distributor with some hundred customers has them, where ten brands have some thousand each."""
    mine, *others = (f"brand {number}" for number in range(10))
    many = (
        "INSERT INTO sync_counters SELECT :tenant, 'org:' || md5(n::text), 1, 1, 1, 0 FROM generate_series(1, 5000) n"
    )
    engine = app.state.engine
    async with engine.begin() as connection:
        for tenant in (mine, *others):
            await connection.execute(text(many), {"tenant": tenant})
        await connection.execute(text("ANALYZE sync_counters"))
    names = [f"org:{md5(str(number).encode()).hexdigest()}" for number in range(1, 601)]
    async with transaction(app.state.sessions) as session:
        with listening(engine.sync_engine) as asked:
            standing = await read_standing(session, mine, names)
    assert standing.counters.keys() == set(names)
    ((statement, parameters),) = asked.items()
    async with engine.connect() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)).scalars().all()
    assert not any("Seq Scan on sync_counters" in line for line in plan), "\n".join(plan)
