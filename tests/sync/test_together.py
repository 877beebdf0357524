"""A push that is taken together comes to what its commands come to one by one."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.database import make_engine, make_sessions
from backend.db import Base
from offline.ids import new_id
from offline.wire import commands as c
from offline.wire.commands import Command
from offline.wire.rows import Organisation
from tests.shop import Shop
from tests.simulation.entropy import seeded


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(4))
async def test_together_and_one_by_one_come_to_the_same(seed: int, shop: Shop, app: Litestar, tmp_path: Path) -> None:
    """The quick way of taking a push is the slow way, quicker: same verdicts, same content of every table."""
    outcomes = await _both_ways(await _some_commands(shop, Random(seed)), shop, app, tmp_path, seed)
    assert {status for status, *_ in outcomes[0]} == {"applied", "rejected"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_orders_meet_what_the_push_changed_of_their_customer(shop: Shop, app: Litestar, tmp_path: Path) -> None:
    """Its name and limit from one command, its credit and last order from others: nobody undoes another's."""
    first, second, third = [await shop.draft("SHOP", {"A": quantity}) for quantity in (2, 3, 4)]
    commands: list[Command] = [
        first,
        shop.organisation_save("SHOP", name={"en": "Renamed"}, credit_limit=Decimal(1000)),
        second,
        c.OrderCancel(order=first.order, reason="no"),
        shop.organisation_save("SHOP", name={"en": "Renamed again"}, status="blocked", blocked_reason="late"),
        third,
    ]
    outcomes = await _both_ways(commands, shop, app, tmp_path)
    assert [(status, code) for status, code, *_ in outcomes[0]] == [
        *[("applied", "")] * 5,
        ("rejected", "customer_blocked"),
    ]
    await shop.push("hq", commands)
    assert await shop.credit_used("SHOP") == second.total
    row, _ = await shop.feed("organisation", shop.organisation("SHOP"), Organisation)
    assert (row.name, row.status, row.credit_used) == ({"en": "Renamed again"}, "blocked", second.total)
    assert row.last_order_at == shop.now


async def _both_ways(
    commands: list[Command], shop: Shop, app: Litestar, tmp_path: Path, seed: int = 0
) -> list[list[Any]]:
    """The verdicts of a push together and one by one, on copies that must come out the same."""
    outcomes = []
    for one_by_one in (False, True):
        engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/copy-{seed}-{one_by_one}.sqlite3")
        await _copy(app.state.engine, engine)
        here = replace(shop, sessions=make_sessions(engine), counter=0)
        with seeded(Random(seed), lambda: 1_780_000_000_000):
            found = await here.push("hq", commands, one_by_one=one_by_one)
        outcomes.append(
            ([(each.status, each.code, each.detail, sorted(each.seqs)) for each in found], await _content(engine))
        )
        await engine.dispose()
    assert outcomes[0][0] == outcomes[1][0]
    for table, rows in outcomes[0][1].items():
        assert [pair for pair in zip(rows, outcomes[1][1][table], strict=True) if pair[0] != pair[1]] == [], table
    return [verdicts for verdicts, _ in outcomes]


async def _copy(source: AsyncEngine, target: AsyncEngine) -> None:
    """The whole database, by SQLite's own backup."""
    async with source.connect() as given, target.connect() as taken:
        await given.rollback()
        raw_given, raw_taken = await given.get_raw_connection(), await taken.get_raw_connection()
        assert raw_given.driver_connection
        assert raw_taken.driver_connection
        await taken.rollback()
        await raw_given.driver_connection.backup(raw_taken.driver_connection)


# The order in which rows got their numbers is not part of the bargain, nor are ids the server drew.
_FREE = {"seq", "hash", "seqs"}
_DRAWN = re.compile("019e7044-8800-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


async def _content(engine: AsyncEngine) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    async with engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            columns = [column for column in table.columns if column.name not in _FREE]
            content = (await connection.execute(select(*columns))).all()
            found[name] = sorted(_DRAWN.sub("drawn", repr([_plain(value) for value in row])) for row in content)
    return found


def _plain(value: Any) -> Any:
    """A document by its content: a field may be left out for its default, or not."""
    if isinstance(value, str) and value.startswith('{"id"'):
        row = msgspec.json.decode(value)
        return {name: each for name, each in row.items() if (name, each) not in _DEFAULTS}
    return value


_DEFAULTS = [("shortage", "backorder")]


async def _some_commands(shop: Shop, rng: Random) -> list[Command]:
    found: list[Command] = []
    orders: list[str] = []
    for _ in range(25):
        kind = rng.randrange(6)
        if kind <= 1:
            draft = await shop.draft("SHOP", {sku: rng.randint(1, 60) for sku in rng.sample("ABCD", 2)})
            orders.append(draft.order)
            found.append(draft)
        elif kind == 2 and orders:
            found.append(c.OrderCancel(order=rng.choice(orders), reason="no"))
        elif kind == 3 and orders:
            found.append(c.OrderApprove(order=rng.choice(orders), reason="yes"))
        elif kind == 4:
            found.append(
                c.StockAdjust(movement=new_id(), product=shop.products[rng.choice("ABCD")], delta=rng.choice((3, -90)))
            )
        else:
            found.append(c.MeLocale(locale=rng.choice(("en", "zh-CN"))))
    return found
