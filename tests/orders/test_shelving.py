"""Finished orders leave phones and desks after a while, and stay on the server."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import transaction
from backend.db import Base
from backend.jobs.running import Runner
from backend.jobs.service import Due, enqueue, found_first
from backend.orders import shelving
from backend.orders.models import Order
from offline.digest import digest, row_hash
from offline.wire.commands import OrderCancel
from tests.orders.test_history import past, take_over
from tests.shop import Shop


async def shelve(shop: Shop, now: datetime) -> int:
    async with transaction(shop.sessions) as session:
        return await shelving.shelve(
            session, shop.tenant_id, await shelving.to_shelve(session, shop.tenant_id, now), now
        )


async def held(shop: Shop) -> dict[str, set[str]]:
    """Ids of the orders in each scope."""
    table = Base.metadata.tables["sync_rows"]
    found: dict[str, set[str]] = {}
    async with shop.sessions() as session:
        for scope, id_ in await session.execute(
            select(table.c.scope, table.c.id).where(table.c.entity == "order", table.c.doc.is_not(None))
        ):
            found.setdefault(scope, set()).add(id_)
    return found


async def pulled(client: httpx.AsyncClient, shop: Shop, scope: str, cursor: int = 0) -> dict[str, Any]:
    """A page up to the end, whose digest is that of its rows when it is pulled from the start."""
    headers = shop.brand.bearer("hq" if scope == "desk" else "shop")
    answer = await client.post("/api/sync/pull", headers=headers, json={"scopes": {scope: cursor}, "limit": 5000})
    page = answer.json()["scopes"][scope]
    assert not page.get("more")
    if not cursor:
        hashes = [row_hash(put["entity"], put["id"], put["seq"]) for put in page["puts"]]
        assert page["digest"] == digest(len(hashes), sum(hashes))
    found: dict[str, Any] = page
    return found


async def test_old_finished_orders_leave_phones_but_not_the_server(shop: Shop, client: httpx.AsyncClient) -> None:
    start = shop.now - timedelta(days=100)
    orders = [past(shop, placed_at=start + timedelta(days=day)) for day in range(25)]
    await take_over(shop, *orders)
    waiting = await shop.placed({"B": 1})
    cancelled = await shop.placed({"C": 1})
    await shop.done("shop", OrderCancel(order=cancelled))
    org = f"org:{shop.organisation('SHOP')}"
    everything = {each.id for each in orders} | {waiting, cancelled}
    assert await held(shop) == {org: everything, "desk": everything}
    cursor = (await pulled(client, shop, "desk"))["next"]

    assert await shelve(shop, shop.now + timedelta(days=399)) == 0
    later = shop.now + timedelta(days=401)
    # The latest twenty stay however old they are, among them one that is open still.
    gone = {each.id for each in orders[:7]}
    assert await shelve(shop, later) == 7
    assert await held(shop) == {org: everything - gone, "desk": everything - gone}
    page = await pulled(client, shop, "desk", cursor)
    assert {(each["id"], each["why"]) for each in page["dels"]} == {(id_, "evicted") for id_ in gone}
    for scope in (org, "desk"):
        await pulled(client, shop, scope)
    assert await shelve(shop, later + timedelta(hours=2)) == 0

    answer = await client.get(f"/api/orders/{orders[0].id}", headers=shop.brand.bearer("shop"))
    assert (answer.status_code, answer.json()["id"]) == (200, orders[0].id)


async def test_a_busy_customer_keeps_the_latest_in_parts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "AT_ONCE", 3)
    monkeypatch.setattr(shelving, "ALWAYS_KEPT", 2)
    orders = [past(shop, placed_at=shop.now - timedelta(days=30 - day)) for day in range(12)]
    await take_over(shop, *orders)
    monkeypatch.setattr(shelving, "MOST_KEPT", 4)
    # An hour is waited only when nothing is left over.
    at = shop.now
    assert [await shelve(shop, at + timedelta(minutes=minute)) for minute in range(4)] == [3, 3, 2, 0]
    assert (await held(shop))["desk"] == {each.id for each in orders[8:]}
    assert await shelve(shop, at + timedelta(days=401)) == 2
    assert (await held(shop))["desk"] == {each.id for each in orders[10:]}


async def test_a_desk_with_too_many_orders_lets_go_of_finished_ones_that_phones_keep(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelving, "AT_ONCE", 3)
    monkeypatch.setattr(shelving, "ALWAYS_AT_DESK", 2)
    monkeypatch.setattr(shelving, "MOST_AT_DESK", 6)
    waiting = await shop.placed({"B": 1})
    orders = [past(shop, placed_at=shop.now - timedelta(days=30 - day)) for day in range(12)]
    await take_over(shop, *orders)
    ids = [each.id for each in orders]
    everything, org = {*ids, waiting}, f"org:{shop.organisation('SHOP')}"
    cursor = (await pulled(client, shop, "desk"))["next"]

    async def clear(days: int) -> int:
        async with transaction(shop.sessions) as session:
            at = shop.now + timedelta(days=days)
            due = await shelving.to_clear(session, shop.tenant_id, at)
            return await shelving.clear_the_desk(session, shop.tenant_id, due, at)

    # What this month's figures and the last month's are made of stays, however much it is.
    assert await clear(69) == 0
    assert [await clear(71) for _ in range(4)] == [3, 3, 1, 0]
    assert await held(shop) == {org: everything, "desk": {*ids[7:], waiting}}
    page = await pulled(client, shop, "desk", cursor)
    assert {(each["id"], each["why"]) for each in page["dels"]} == {(id_, "evicted") for id_ in ids[:7]}
    for scope in (org, "desk"):
        await pulled(client, shop, scope)
    # Each customer's latest two stay even so, here the one that is open and another.
    monkeypatch.setattr(shelving, "MOST_AT_DESK", 0)
    assert [await clear(71) for _ in range(3)] == [3, 1, 0]
    assert await held(shop) == {org: everything, "desk": {ids[-1], waiting}}


async def test_an_order_that_was_touched_since_it_was_found_stays(shop: Shop) -> None:
    """What is due is found while others write: somebody may sign for it, or give back a part, before it is locked."""
    orders = [past(shop, placed_at=shop.now - timedelta(days=100 - day)) for day in range(22)]
    await take_over(shop, *orders)
    before, later = await held(shop), shop.now + timedelta(days=401)
    async with shop.sessions() as session:
        due = await shelving.to_shelve(session, shop.tenant_id, later)
    assert set(due) == {each.id for each in orders[:2]}
    async with transaction(shop.sessions) as session:
        (await session.get_one(Order, (shop.tenant_id, orders[0].id))).changed_at = later
    async with transaction(shop.sessions) as session:
        assert await shelving.shelve(session, shop.tenant_id, due, later) == 1
    assert await held(shop) == {scope: ids - {orders[1].id} for scope, ids in before.items()}


async def test_the_chores_find_and_then_do(app: Litestar, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts, and nobody waits for the finding: a write goes through in the midst of it."""
    monkeypatch.setattr(shelving, "DAYS_KEPT", 1)
    monkeypatch.setattr(shelving, "ALWAYS_KEPT", 1)
    orders = [past(shop, placed_at=shop.now - timedelta(days=100 - day)) for day in range(3)]
    await take_over(shop, *orders)
    async with transaction(shop.sessions) as session:
        await session.execute(update(Order).values(changed_at=datetime.now(UTC) - timedelta(days=2)))
    find = shelving.to_shelve

    async def slowly(session: AsyncSession, tenant_id: str, now: datetime) -> Due:
        due = await find(session, tenant_id, now)
        await shop.placed({"B": 1})
        return due

    job = found_first(slowly, shelving.shelve, shelving.AT_ONCE)
    runner = Runner(shop.sessions, {"shelve": job}, app.state.runner.around, CollectorRegistry())
    async with transaction(shop.sessions) as session:
        await enqueue(session, "shelve", {}, tenant_id=shop.tenant_id)
    async with asyncio.timeout(20):
        await runner.drain()
    left = (await held(shop))["desk"]
    assert not left & {each.id for each in orders[:2]}
    assert len(left) == 2
