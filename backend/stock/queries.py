"""Reads of stock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.stock.models import StockLevel, StockMovement, Warehouse


async def default_warehouse(session: AsyncSession, tenant_id: str) -> str | None:
    statement = (
        select(Warehouse.id)
        .where(Warehouse.tenant_id == tenant_id)
        .order_by(Warehouse.is_default.desc(), Warehouse.code)
        .limit(1)
    )
    return await session.scalar(statement)


@dataclass(slots=True)
class Level:
    """A ``StockLevel`` as it is held: plain, because a push holds hundreds and writes them in bulk."""

    product_id: str
    on_hand: int
    reserved: int
    expected_at: date | None
    updated_at: datetime


_LEVELS = (
    select(
        StockLevel.product_id, StockLevel.on_hand, StockLevel.reserved, StockLevel.expected_at, StockLevel.updated_at
    )
    .where(
        StockLevel.tenant_id == bindparam("tenant"),
        StockLevel.warehouse_id == bindparam("warehouse"),
        among(StockLevel.product_id, id_list("products")),
    )
    .order_by(StockLevel.product_id)
    .with_for_update()
)


async def locked_levels(
    session: AsyncSession, tenant_id: str, warehouse_id: str, product_ids: Collection[str]
) -> dict[str, Level]:
    """By product, locked in the order of the products' ids until the transaction ends."""
    given = {"tenant": tenant_id, "warehouse": warehouse_id, "products": sorted(product_ids)}
    return {row[0]: Level(*row) for row in await session.execute(_LEVELS, given)}


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
