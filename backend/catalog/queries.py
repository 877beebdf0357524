"""Reads of the catalogue. Every one takes the tenant first; lists of ids go in parts that any engine takes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list, parts
from backend.catalog.models import (
    Assortment,
    CatalogueVersion,
    Category,
    Price,
    PriceList,
    PriceListRevision,
    Product,
    Promotion,
    PromotionTarget,
)

PriceTiers = tuple[str, str, list[Any]]
"""Price list id, product id, tiers as stored."""


async def version(session: AsyncSession, tenant_id: str) -> int:
    statement = select(CatalogueVersion.version).where(CatalogueVersion.tenant_id == tenant_id)
    return await session.scalar(statement) or 0


async def lock_catalogue(session: AsyncSession, tenant_id: str) -> None:
    """One change of a tenant's catalogue at a time: changes of several rows never wait in a circle, and who reads what
    it changes after this reads it as it is."""
    await session.execute(
        select(CatalogueVersion.version).where(CatalogueVersion.tenant_id == tenant_id).with_for_update()
    )


async def products(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Product]:
    found: dict[str, Product] = {}
    for part in parts(ids):
        statement = select(Product).where(Product.tenant_id == tenant_id, Product.id.in_(part))
        found.update((row.id, row) for row in await session.scalars(statement))
    return found


_PRODUCTS = select(*Product.__table__.c).where(
    Product.tenant_id == bindparam("tenant"), among(Product.id, id_list("products"))
)


async def plain_products(session: AsyncSession, tenant_id: str, product_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Their columns, for reading many."""
    given = {"tenant": tenant_id, "products": sorted(product_ids)}
    return (await session.execute(_PRODUCTS, given)).all()


async def all_products(session: AsyncSession, tenant_id: str) -> Sequence[Product]:
    statement = select(Product).where(Product.tenant_id == tenant_id).order_by(Product.sku)
    return (await session.scalars(statement)).all()


async def products_in(session: AsyncSession, tenant_id: str, category_id: str) -> Sequence[Product]:
    """Of this very category, not of those below it."""
    statement = select(Product).where(Product.tenant_id == tenant_id, Product.category_id == category_id)
    return (await session.scalars(statement.order_by(Product.id))).all()


async def ids_by_sku(session: AsyncSession, tenant_id: str, skus: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(skus):
        statement = select(Product.sku, Product.id).where(Product.tenant_id == tenant_id, Product.sku.in_(part))
        found.update((sku, id_) for sku, id_ in await session.execute(statement))
    return found


async def skus(session: AsyncSession, tenant_id: str) -> set[str]:
    return set(await session.scalars(select(Product.sku).where(Product.tenant_id == tenant_id)))


async def pictured(session: AsyncSession, addresses: Collection[str]) -> set[str]:
    """Those of the public pictures that a product of any brand has."""
    found = await session.scalars(select(Product.image).where(Product.image.in_(sorted(addresses))).distinct())
    return {image for image in found if image}


async def categories(session: AsyncSession, tenant_id: str) -> dict[str, Category]:
    statement = select(Category).where(Category.tenant_id == tenant_id).execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(statement)}


async def assortments(session: AsyncSession, tenant_id: str) -> dict[str, Assortment]:
    statement = select(Assortment).where(Assortment.tenant_id == tenant_id).execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(statement)}


async def price_lists(session: AsyncSession, tenant_id: str) -> dict[str, PriceList]:
    statement = select(PriceList).where(PriceList.tenant_id == tenant_id)
    return {row.id: row for row in await session.scalars(statement)}


async def price_list_id_by_code(session: AsyncSession, tenant_id: str, code: str) -> str | None:
    return await session.scalar(select(PriceList.id).where(PriceList.tenant_id == tenant_id, PriceList.code == code))


async def has_prices(session: AsyncSession, tenant_id: str, price_list_id: str) -> bool:
    statement = select(exists().where(Price.tenant_id == tenant_id, Price.price_list_id == price_list_id))
    return bool(await session.scalar(statement))


async def promotions(session: AsyncSession, tenant_id: str) -> Sequence[Promotion]:
    statement = select(Promotion).where(Promotion.tenant_id == tenant_id).order_by(Promotion.code)
    return (await session.scalars(statement)).all()


# Asked with every round of a partner, so built once.
_MEANT_FOR = (
    select(PromotionTarget.promotion_id)
    .where(PromotionTarget.tenant_id == bindparam("tenant"), among(PromotionTarget.target, id_list("targets")))
    .distinct()
)


async def promotions_meant_for(session: AsyncSession, tenant_id: str, targets: Collection[str]) -> Sequence[str]:
    """Ids of promotions that are meant for any of ``targets``, as ``targets.targets_of`` names them."""
    return (await session.scalars(_MEANT_FOR, {"tenant": tenant_id, "targets": sorted(targets)})).all()


async def current_price_rows(
    session: AsyncSession, tenant_id: str, list_ids: Collection[str], product_ids: Collection[str]
) -> dict[tuple[str, str], Price]:
    """The prices of today of these products in these lists, as ORM rows."""
    found: dict[tuple[str, str], Price] = {}
    for lists in parts(list_ids):
        for products_ in parts(product_ids):
            statement = select(Price).where(
                Price.tenant_id == tenant_id,
                Price.product_id.in_(products_),
                Price.price_list_id.in_(lists),
                Price.until_revision.is_(None),
            )
            found.update(((row.price_list_id, row.product_id), row) for row in await session.scalars(statement))
    return found


_TIERS = select(Price.price_list_id, Price.product_id, Price.tiers).where(
    Price.tenant_id == bindparam("tenant"),
    among(Price.product_id, id_list("products")),
    among(Price.price_list_id, id_list("lists")),
    Price.until_revision.is_(None),
)


async def current_tiers(
    session: AsyncSession, tenant_id: str, list_ids: Collection[str], product_ids: Collection[str]
) -> list[PriceTiers]:
    """The same without ORM objects: list id, product id, tiers."""
    given = {"tenant": tenant_id, "products": sorted(product_ids), "lists": sorted(list_ids)}
    return [(row[0], row[1], row[2]) for row in (await session.execute(_TIERS, given)).all()]


async def tiers_at(
    session: AsyncSession, tenant_id: str, list_ids: Collection[str], product_ids: Collection[str], at: datetime
) -> list[PriceTiers]:
    """List id, product id and tiers as they were at ``at``."""
    found: list[PriceTiers] = []
    for lists in parts(list_ids):
        for products_ in parts(product_ids):
            statement = select(Price.price_list_id, Price.product_id, Price.tiers).where(
                Price.tenant_id == tenant_id,
                Price.product_id.in_(products_),
                Price.price_list_id.in_(lists),
                Price.since <= at,
                or_(Price.until.is_(None), Price.until > at),
            )
            found += [(row[0], row[1], row[2]) for row in await session.execute(statement)]
    return found


async def price_list_docs_at(
    session: AsyncSession, tenant_id: str, ids: Collection[str], at: datetime
) -> list[dict[str, Any]]:
    """The lists' rows as they were at ``at``."""
    found: list[dict[str, Any]] = []
    for part in parts(ids):
        statement = select(PriceListRevision.doc).where(
            PriceListRevision.tenant_id == tenant_id,
            PriceListRevision.price_list_id.in_(part),
            PriceListRevision.since <= at,
            or_(PriceListRevision.until.is_(None), PriceListRevision.until > at),
        )
        found += (await session.scalars(statement)).all()
    return found


async def product_ids(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> set[str]:
    """Those of ``ids`` that are products."""
    found: set[str] = set()
    for part in parts(ids):
        statement = select(Product.id).where(Product.tenant_id == tenant_id, Product.id.in_(part))
        found.update(await session.scalars(statement))
    return found


async def assortment_ids(session: AsyncSession, tenant_id: str) -> Sequence[str]:
    """For who need not read what they name, which may be thousands of products."""
    return (await session.scalars(select(Assortment.id).where(Assortment.tenant_id == tenant_id))).all()


# Asked with every round of who sees all prices, so built once.
_LIST_IDS = select(PriceList.id).where(PriceList.tenant_id == bindparam("tenant"))


async def price_list_ids(session: AsyncSession, tenant_id: str) -> Sequence[str]:
    return (await session.scalars(_LIST_IDS, {"tenant": tenant_id})).all()
