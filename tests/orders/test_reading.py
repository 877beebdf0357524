"""Orders over HTTP: to follow and to read, and only one's own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import delete

from backend.database import transaction
from backend.db import Base
from backend.orders.reading import Cursor, make_cursor
from backend.orders.service import follow_orders, import_orders
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import OrderApprove
from tests.orders.test_history import past, take_over
from tests.people import World
from tests.shop import Shop, open_shop, writing


async def fetch(client: httpx.AsyncClient, shop: Shop, login: str, path: str = "/api/orders", **params: Any) -> Any:
    answer = await client.get(path, params=params, headers=shop.brand.bearer(login))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_orders_can_be_followed_page_by_page(shop: Shop, client: httpx.AsyncClient) -> None:
    placed = []
    for _ in range(5):
        shop.now += timedelta(minutes=1)
        placed.append(await shop.placed({"B": 1}))
    seen: list[str] = []
    cursor, more = "", True
    while more:
        page = await fetch(client, shop, "hq", limit=2, cursor=cursor)
        seen += [order["id"] for order in page["orders"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == placed
    assert (await fetch(client, shop, "hq", cursor=cursor)) == {"orders": [], "cursor": cursor, "more": False}
    # What changes comes again, behind the cursor.
    shop.now += timedelta(minutes=1)
    await shop.done("hq", OrderApprove(order=placed[1]))
    page = await fetch(client, shop, "hq", cursor=cursor)
    assert [(order["id"], order["status"]) for order in page["orders"]] == [(placed[1], "approved")]
    page = await fetch(client, shop, "hq", status=["approved", "closed"])
    assert [order["id"] for order in page["orders"]] == [placed[1]]
    page = await fetch(client, shop, "hq", since=(shop.now - timedelta(minutes=1)).isoformat())
    assert [order["id"] for order in page["orders"]] == [placed[4], placed[1]]


async def test_nobody_who_follows_misses_what_was_committed_late(shop: Shop, client: httpx.AsyncClient) -> None:
    """An import reads the clock, takes its time, and commits after an order that was placed meanwhile."""
    began = shop.now
    shop.now += timedelta(minutes=1)
    fast = await shop.placed({"B": 1})
    first = await fetch(client, shop, "hq")
    slow = past(shop)
    async with writing(shop) as (session, changes):
        await import_orders(session, shop.tenant_id, [slow], now=began, changes=changes)
    second = await fetch(client, shop, "hq", cursor=first["cursor"])
    assert [[order["id"] for order in page["orders"]] for page in (first, second)] == [[fast], [slow.id]]
    # Who sees few of the orders is not led past its own by those of others.
    start = await fetch(client, shop, "rival")
    assert start["orders"] == []
    await shop.placed({"B": 1})
    own = await shop.placed({"B": 1}, "rival", "RIVAL")
    page = await fetch(client, shop, "rival", cursor=start["cursor"])
    assert [order["id"] for order in page["orders"]] == [own]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_orders_that_left_the_desk_are_listed_before_the_others(
    shop: Shop, client: httpx.AsyncClient, limit: int
) -> None:
    old = [past(shop) for _ in range(3)]
    for each in old:
        shop.now += timedelta(minutes=1)
        await take_over(shop, each)
    async with transaction(shop.sessions) as session:
        table = Base.metadata.tables["sync_rows"]
        await session.execute(delete(table).where(table.c.entity == "order"))
    placed = [await shop.placed({"B": 1}) for _ in range(3)]
    seen: list[str] = []
    cursor, more = "", True
    while more:
        page = await fetch(client, shop, "hq", limit=limit, cursor=cursor)
        assert len(page["orders"]) <= limit
        seen += [order["id"] for order in page["orders"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == [*(each.id for each in old), *placed]
    assert (await fetch(client, shop, "hq", cursor=cursor))["orders"] == []
    recent = await fetch(client, shop, "hq", limit=1, since=(shop.now - timedelta(seconds=1)).isoformat())
    assert [order["id"] for order in recent["orders"]] == [old[2].id]
    rest = await fetch(client, shop, "hq", cursor=recent["cursor"])
    assert [order["id"] for order in rest["orders"]] == placed


async def test_the_row_is_the_one_phones_hold(shop: Shop, client: httpx.AsyncClient) -> None:
    order_id = await shop.placed({"A": 12, "B": 1}, note="梨 🍐")
    answer = await client.get(f"/api/orders/{order_id}", headers=shop.brand.bearer("shop"))
    assert msgspec.json.decode(answer.content, type=rows.Order) == await shop.order(order_id)


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("hq", {"SHOP", "RIVAL"}),
        ("finance", {"SHOP", "RIVAL"}),
        ("rep", {"SHOP"}),
        ("distributor", {"SHOP"}),
        ("shop", {"SHOP"}),
        ("rival", {"RIVAL"}),
        ("trainer", None),
        ("staff", None),
    ],
)
async def test_who_sees_which_orders(
    shop: Shop, client: httpx.AsyncClient, world: World, login: str, seen: set[str] | None
) -> None:
    other = await open_shop(shop.sessions, world, world.other)
    theirs = await other.placed({"B": 1})
    orders = {"SHOP": await shop.placed({"B": 1}), "RIVAL": await shop.placed({"B": 1}, "rival", "RIVAL")}
    headers = shop.brand.bearer(login)
    answer = await client.get("/api/orders", headers=headers)
    if seen is None:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    else:
        assert {order["organisation_code"] for order in answer.json()["orders"]} == seen
    for code, order_id in orders.items():
        one = await client.get(f"/api/orders/{order_id}", headers=headers)
        expected = 403 if seen is None else 200 if code in seen else 404
        assert one.status_code == expected
    for order_id in (theirs, new_id()):
        one = await client.get(f"/api/orders/{order_id}", headers=headers)
        assert one.status_code == (403 if seen is None else 404)
    assert (await client.get("/api/orders")).status_code == 401


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "nonsense"},
        {"cursor": "MjAyNi0wNy0wMSB4"},
        {"cursor": make_cursor(Cursor(seq=1 << 40))},
        {"cursor": make_cursor(Cursor(seq=-1))},
        {"cursor": make_cursor(Cursor(past=datetime(2026, 7, 1, tzinfo=UTC), id="x"))},
        {"since": "2026-07-01T00:00:00"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"status": "lost"},
        {"limit": 0},
        {"limit": 501},
    ],
)
async def test_what_cannot_be_asked(shop: Shop, client: httpx.AsyncClient, params: dict[str, Any]) -> None:
    answer = await client.get("/api/orders", params=params, headers=shop.brand.bearer("hq"))
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["code"]


async def test_who_sees_more_partners_than_a_statement_takes_parameters(shop: Shop) -> None:
    """A distributor of forty thousand shops."""
    order = await shop.draft("SHOP", {"A": 1})
    await shop.done("shop", order)
    principal = await shop.principal("distributor")
    many = frozenset({shop.organisation("SHOP"), *(new_id() for _ in range(40_000))})
    async with shop.sessions() as session:
        for cursor in ("", make_cursor(Cursor(past=shop.now - timedelta(days=1), id=new_id()))):
            page = await follow_orders(
                session, replace(principal, organisations=many), statuses=(), since=None, cursor=cursor, limit=10
            )
            assert [each.id for each in page.orders] == [order.order]
