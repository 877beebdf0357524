"""Stock: movements, never absolute figures; the ledger explains every level."""

from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from backend.stock import queries
from backend.stock.levels import hold_stock
from backend.stock.service import receive, set_levels
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import StockAdjust
from tests.people import World
from tests.shop import Shop, open_shop, writing


def adjust(shop: Shop, sku: str, delta: int, reason: str = "") -> StockAdjust:
    return StockAdjust(movement=new_id(), product=shop.products[sku], delta=delta, reason=reason)


async def test_an_adjustment_is_a_movement_with_its_reason(shop: Shop) -> None:
    command = adjust(shop, "A", -7, "broken in transit")
    await shop.done("desk", command)
    row, scopes = await shop.feed("stock", shop.products["A"], rows.StockLevel)
    assert (row.available, row.as_of, scopes) == (93, shop.now, {"stock"})
    async with shop.sessions() as session:
        movements = await queries.movements(session, shop.tenant_id, shop.products["A"])
    assert [(each.kind, each.on_hand_delta) for each in movements] == [("receipt", 100), ("adjustment", -7)]
    last = movements[-1]
    assert (last.id, last.reason, last.actor_id) == (command.movement, "broken in transit", shop.brand.users["desk"].id)


async def test_several_adjustments_in_one_push_add_up(shop: Shop) -> None:
    await shop.done("hq", adjust(shop, "A", -30), adjust(shop, "A", 5), adjust(shop, "B", 1))
    assert (await shop.available("A"), await shop.available("B")) == (75, 101)


async def test_a_product_without_a_level_gets_one(shop: Shop) -> None:
    await shop.done(
        "hq",
        shop.product_save("E"),
    )
    assert await shop.feed("stock", shop.products["E"], rows.StockLevel) == (None, set())
    await shop.done("hq", adjust(shop, "E", 12))
    assert await shop.available("E") == 12


async def test_a_count_below_what_is_promised_shows_nothing_available(shop: Shop) -> None:
    await shop.placed({"A": 60})
    await shop.done("hq", adjust(shop, "A", -70))
    assert await shop.available("A") == 0
    order = await shop.order(await shop.placed({"A": 5}))
    assert (order.lines[0].reserved, order.lines[0].backordered) == (0, 5)


async def test_what_an_adjustment_is_refused_for(shop: Shop, world: World) -> None:
    assert await shop.refused("hq", adjust(shop, "A", -101), "stock_negative") == {"on_hand": 100}
    assert await shop.refused("hq", adjust(shop, "A", 0), "invalid") == {"field": "delta"}
    await shop.refused("hq", msgspec.structs.replace(adjust(shop, "A", 1), product=new_id()), "product_unknown")
    done = adjust(shop, "A", 1)
    await shop.done("hq", done)
    await shop.refused("hq", msgspec.structs.replace(done, delta=2), "movement_exists")
    other = await open_shop(shop.sessions, world, world.other)
    await other.refused("hq", adjust(shop, "A", 1), "product_unknown")
    for login in shop.brand.users:
        if login not in {"hq", "desk"}:
            await shop.refused(login, adjust(shop, "A", 1), "forbidden")


async def test_counted_levels_become_differences(shop: Shop) -> None:
    product = shop.products["A"]
    await shop.placed({"A": 10})
    async with writing(shop) as (session, changes):
        expected = {product: date(2026, 8, 1)}
        await set_levels(
            session, shop.tenant_id, {product: 80}, now=shop.now, changes=changes, expected=expected, reason="count"
        )
        await receive(session, shop.tenant_id, {product: 5}, now=shop.now, changes=changes)
    row, _ = await shop.feed("stock", product, rows.StockLevel)
    assert (row.available, row.expected_at) == (75, date(2026, 8, 1))
    async with shop.sessions() as session:
        ledger = {each[0]: each[1:] for each in await queries.ledger_sums(session, shop.tenant_id)}
    assert ledger[product] == (85, 10)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_what_moved_goods_is_found_past_all_reservations(shop: Shop) -> None:
    """By an index that leaves those out."""
    asked: list[tuple[str, Any]] = []
    async with shop.sessions() as session:
        connection = await session.connection()
        event.listen(
            connection.sync_connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3]))
        )
        await queries.latest_movements(session, shop.tenant_id, shop.products["A"], 10)
        await queries.level_movements_after(session, shop.tenant_id, "", shop.products["A"], shop.now)
        for sql, parameters in tuple(asked):
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            assert any("ix_stock_movements_goods" in step for *_, step in plan), sql
    assert len(asked) == 4


async def test_no_more_is_given_back_than_is_reserved(shop: Shop) -> None:
    """Whatever asks for it: what is promised would be more than what there is."""
    async with writing(shop) as (session, _):
        held = await hold_stock(session, shop.tenant_id, {shop.products["A"]}, now=shop.now)
        held.reserve(shop.products["A"], 5, "order")
        with pytest.raises(ValueError, match="below nothing"):
            held.release(shop.products["A"], 6, "order")
        with pytest.raises(ValueError, match="not to be had"):
            held.reserve(shop.products["A"], 96, "order")
