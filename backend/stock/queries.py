"""Reads of stock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.stock.models import MOVES_GOODS, PartnerHolding, PartnerMovement, StockLevel, StockMovement, Warehouse


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
    return {row[0]: Level(*row) for row in (await session.execute(_LEVELS, given)).all()}


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


async def level_movements_after(
    session: AsyncSession, tenant_id: str, warehouse_id: str, product_id: str, at: datetime
) -> Sequence[StockMovement]:
    """What came, left or was counted after ``at``, as it was written."""
    statement = select(StockMovement).where(
        StockMovement.tenant_id == tenant_id,
        StockMovement.warehouse_id == warehouse_id,
        StockMovement.product_id == product_id,
        StockMovement.at > at,
        MOVES_GOODS,
    )
    return (await session.scalars(statement.order_by(StockMovement.at, StockMovement.id))).all()


async def latest_movements(
    session: AsyncSession, tenant_id: str, product_id: str, limit: int
) -> Sequence[StockMovement]:
    """Of what is on hand of the brand's own, the latest first."""
    statement = select(StockMovement).where(
        StockMovement.tenant_id == tenant_id,
        StockMovement.product_id == product_id,
        MOVES_GOODS,
    )
    newest_first = (StockMovement.at.desc(), StockMovement.id.desc())
    return (await session.scalars(statement.order_by(*newest_first).limit(limit))).all()


async def on_hand(session: AsyncSession, tenant_id: str) -> list[tuple[str, int, datetime]]:
    """Product, on hand, as of when: of the warehouse that is promised from."""
    statement = select(StockLevel.product_id, StockLevel.on_hand, StockLevel.updated_at).where(
        StockLevel.tenant_id == tenant_id, StockLevel.warehouse_id == await default_warehouse(session, tenant_id)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(statement.order_by(StockLevel.product_id))]


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


async def locked_holdings(
    session: AsyncSession, tenant_id: str, organisation_id: str, product_ids: Collection[str]
) -> dict[str, PartnerHolding]:
    """A partner's, by product, locked in the order of the products' ids until the transaction ends."""
    statement = (
        select(PartnerHolding)
        .where(
            PartnerHolding.tenant_id == tenant_id,
            PartnerHolding.organisation_id == organisation_id,
            among(PartnerHolding.product_id, id_list("products")),
        )
        .order_by(PartnerHolding.product_id)
        .with_for_update()
    )
    found = await session.scalars(statement, {"products": sorted(product_ids)})
    return {row.product_id: row for row in found}


async def holdings(session: AsyncSession, tenant_id: str, organisation_id: str) -> Sequence[PartnerHolding]:
    """All a partner has or had."""
    statement = select(PartnerHolding).where(
        PartnerHolding.tenant_id == tenant_id, PartnerHolding.organisation_id == organisation_id
    )
    return (await session.scalars(statement.order_by(PartnerHolding.product_id))).all()


def _movements_of(tenant_id: str, organisation_id: str, product_id: str) -> Select[PartnerMovement]:
    return select(PartnerMovement).where(
        PartnerMovement.tenant_id == tenant_id,
        PartnerMovement.organisation_id == organisation_id,
        PartnerMovement.product_id == product_id,
    )


async def partner_movements(
    session: AsyncSession, tenant_id: str, organisation_id: str, product_id: str, limit: int
) -> Sequence[PartnerMovement]:
    """The latest first, by when they happened."""
    statement = _movements_of(tenant_id, organisation_id, product_id)
    newest_first = (PartnerMovement.at.desc(), PartnerMovement.seq.desc())
    return (await session.scalars(statement.order_by(*newest_first).limit(limit))).all()


async def movements_after(
    session: AsyncSession, tenant_id: str, organisation_id: str, product_id: str, at: datetime, *, counts: bool = False
) -> Sequence[PartnerMovement]:
    """What happened after ``at``; with ``counts`` what was booked for counts, at that very moment too."""
    statement = _movements_of(tenant_id, organisation_id, product_id)
    if counts:
        statement = statement.where(PartnerMovement.at >= at, PartnerMovement.count_id.is_not(None))
    else:
        statement = statement.where(PartnerMovement.at > at)
    return (await session.scalars(statement)).all()


async def known_at(
    session: AsyncSession, tenant_id: str, organisation_id: str, product_id: str, seq: int
) -> datetime | None:
    """The latest time among the movements up to number ``seq``."""
    statement = select(func.max(PartnerMovement.at)).where(
        PartnerMovement.tenant_id == tenant_id,
        PartnerMovement.organisation_id == organisation_id,
        PartnerMovement.product_id == product_id,
        PartnerMovement.seq <= seq,
    )
    return await session.scalar(statement)


async def partner_movement_exists(session: AsyncSession, tenant_id: str, movement_id: str) -> bool:
    return await session.get(PartnerMovement, (tenant_id, movement_id)) is not None


async def partner_sums(session: AsyncSession, tenant_id: str) -> dict[tuple[str, str], int]:
    """By organisation and product, as the ledger says."""
    statement = (
        select(PartnerMovement.organisation_id, PartnerMovement.product_id, func.sum(PartnerMovement.delta))
        .where(PartnerMovement.tenant_id == tenant_id)
        .group_by(PartnerMovement.organisation_id, PartnerMovement.product_id)
    )
    return {(row[0], row[1]): int(row[2]) for row in await session.execute(statement)}
