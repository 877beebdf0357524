"""Rows written in bulk are what the session itself would have written, on either engine."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from backend.bulk import among, columns_of, id_list, inserting, updating
from backend.catalog.models import Product
from backend.database import Sessions, transaction
from offline.ids import new_id
from tests.people import World

AT = datetime(2026, 7, 6, 2, 0, 0, 123456, tzinfo=UTC)


def values(tenant_id: str, sku: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "tenant_id": tenant_id,
        "id": new_id(),
        "sku": sku,
        "name": {"zh": "汽水", "en": 'Soda "0,5"'},
        "unit": {"en": "piece"},
        "category_id": None,
        "brand": "",
        "spec": {},
        "packs": [{"name": {"en": "case"}, "size": 24}],
        "barcodes": ["69", "70"],
        "minimum": 1,
        "multiple": 1,
        "tax_rate": Decimal("0.13"),
        "status": "active",
        "withdrawn_at": AT,
        "available_from": date(2026, 8, 1),
        "lot_tracked": False,
        "image": None,
        "search": "",
        "sort": 0,
        "created_at": AT,
        "updated_at": AT,
    }
    return plain | changes


def row(given: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(given[name] for name in columns_of(Product))


async def stored(sessions: Sessions, id_: str) -> dict[str, Any]:
    async with sessions() as session:
        found = (await session.execute(select(*Product.__table__.c).where(Product.id == id_))).one()
    return dict(found._mapping)


async def test_a_row_is_what_the_session_would_write(sessions: Sessions, world: World) -> None:
    mine = values(world.demo.tenant.id, "bulk")
    other = values(world.demo.tenant.id, "bulk-2", tax_rate=Decimal("0.0900"), available_from=None, withdrawn_at=None)
    ours = values(world.demo.tenant.id, "session")
    async with transaction(sessions) as session:
        await inserting(Product, columns_of(Product)).run(session, [row(mine), row(other)])
        session.add(Product(**ours))
    for given in (mine, other, ours):
        assert await stored(sessions, given["id"]) == given


async def test_a_row_that_is_there_gets_the_named_columns_only(sessions: Sessions, world: World) -> None:
    kept, fresh = values(world.demo.tenant.id, "kept"), values(world.demo.tenant.id, "fresh")
    changed = kept | {"name": {"en": "New"}, "sort": 7}
    put = inserting(Product, columns_of(Product), changing=("name",))
    async with transaction(sessions) as session:
        await put.run(session, [row(kept)])
        await put.run(session, [row(fresh), row(changed)])
    assert await stored(sessions, kept["id"]) == kept | {"name": {"en": "New"}}
    assert await stored(sessions, fresh["id"]) == fresh


async def test_updates_find_their_rows_by_key(sessions: Sessions, world: World) -> None:
    first, second, other = (values(world.demo.tenant.id, sku) for sku in ("first", "second", "other"))
    later = datetime(2026, 7, 7, tzinfo=UTC)
    async with transaction(sessions) as session:
        await inserting(Product, columns_of(Product)).run(session, map(row, (first, second, other)))
        change = updating(Product, ("tax_rate", "packs", "updated_at"))
        key = world.demo.tenant.id
        await change.run(session, [(Decimal(0), [], later, key, first["id"]), (Decimal(1), [1], AT, key, second["id"])])
        await change.run(session, [(Decimal(1), [], later, key, new_id())])
        await change.run(session, ())
    assert await stored(sessions, first["id"]) == first | {"tax_rate": Decimal(0), "packs": [], "updated_at": later}
    assert await stored(sessions, second["id"]) == second | {"tax_rate": Decimal(1), "packs": [1]}
    assert await stored(sessions, other["id"]) == other


async def test_a_broken_rule_is_an_integrity_error_and_leaves_nothing(sessions: Sessions, world: World) -> None:
    fine, twice = values(world.demo.tenant.id, "fine"), values(world.demo.tenant.id, "fine")

    async def write() -> None:
        async with transaction(sessions) as session:
            await inserting(Product, columns_of(Product)).run(session, [row(fine), row(twice)])

    with pytest.raises(IntegrityError):
        await write()
    async with sessions() as session:
        assert (await session.scalars(select(Product.sku).where(Product.sku == "fine"))).all() == []


async def test_a_list_of_ids_is_one_parameter(sessions: Sessions, world: World) -> None:
    """However long: as parameters of their own, neither engine would take so many."""
    given = [values(world.demo.tenant.id, str(number)) for number in range(3)]
    statement = select(Product.sku).where(among(Product.id, id_list("wanted"))).order_by(Product.sku)
    wanted = [given[0]["id"], given[2]["id"], *(new_id() for _ in range(40_000)), 'it\'s "quoted"']
    async with transaction(sessions) as session:
        await inserting(Product, columns_of(Product)).run(session, map(row, given))
        assert (await session.scalars(statement, {"wanted": wanted})).all() == ["0", "2"]
        assert (await session.scalars(statement, {"wanted": []})).all() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_ids_are_looked_up_one_by_one(sessions: Sessions) -> None:
    """Not by reading all rows of the tenant, which SQLite does for ``(id IN ...) = 1``."""
    asked = select(Product.sku).where(Product.tenant_id == bindparam("tenant"), among(Product.id, id_list("wanted")))
    async with sessions() as session:
        connection = await session.connection()
        sql = str(asked.compile(dialect=connection.dialect))
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("a tenant", "[]"))
        assert any("tenant_id=? AND id=?" in step for *_, step in plan), sql
