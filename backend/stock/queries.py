"""Reads of stock."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.stock.models import StockLevel, StockMovement, Warehouse

_PART = 5000


def parts(ids: Collection[str], size: int = _PART) -> Iterator[list[str]]:
    rest = iter(sorted(ids))
    while part := list(islice(rest, size)):
        yield part


async def default_warehouse(session: AsyncSession, tenant_id: str) -> str | None:
    statement = (
        select(Warehouse.id)
        .where(Warehouse.tenant_id == tenant_id)
        .order_by(Warehouse.is_default.desc(), Warehouse.code)
        .limit(1)
    )
    return await session.scalar(statement)


async def locked_levels(
    session: AsyncSession, tenant_id: str, warehouse_id: str, product_ids: Collection[str]
) -> dict[str, StockLevel]:
    """By product, locked in the order of the products' ids until the transaction ends."""
    found: dict[str, StockLevel] = {}
    for part in parts(product_ids):
        statement = (
            select(StockLevel)
            .where(
                StockLevel.tenant_id == tenant_id,
                StockLevel.warehouse_id == warehouse_id,
                StockLevel.product_id.in_(part),
            )
            .order_by(StockLevel.product_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update((row.product_id, row) for row in await session.scalars(statement))
    return found


async def movement_exists(session: AsyncSession, tenant_id: str, movement_id: str) -> bool:
    return await session.get(StockMovement, (tenant_id, movement_id)) is not None


async def movements(
    session: AsyncSession, tenant_id: str, product_id: str, since: datetime | None = None
) -> Sequence[StockMovement]:
    """Of one product, oldest first."""
    statement = select(StockMovement).where(
        StockMovement.tenant_id == tenant_id, StockMovement.product_id == product_id
    )
    if since is not None:
        statement = statement.where(StockMovement.at >= since)
    return (await session.scalars(statement.order_by(StockMovement.at, StockMovement.id))).all()


async def ledger_sums(session: AsyncSession, tenant_id: str) -> list[tuple[str, int, int]]:
    """Product, on hand and reserved as the ledger says."""
    statement = (
        select(
            StockMovement.product_id,
            func.sum(StockMovement.on_hand_delta),
            func.sum(StockMovement.reserved_delta),
        )
        .where(StockMovement.tenant_id == tenant_id)
        .group_by(StockMovement.product_id)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in await session.execute(statement)]
