"""What other slices, importers and the demo may use of the catalogue."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries
from backend.catalog.assortments import save_assortments
from backend.catalog.categories import save_categories
from backend.catalog.facts import CATALOGUES, Catalogue, Catalogues, catalogue_of, priced_at
from backend.catalog.pictures import show_pictures
from backend.catalog.prices import PriceBook
from backend.catalog.products import save_products
from backend.catalog.rows import brief, price_id

__all__ = [
    "CATALOGUES",
    "Catalogue",
    "Catalogues",
    "PriceBook",
    "assortment_ids",
    "brief",
    "catalogue_of",
    "existing_products",
    "lock_catalogue",
    "pictured",
    "price_id",
    "price_list_ids",
    "priced_at",
    "product_ids_by_sku",
    "save_assortments",
    "save_categories",
    "save_products",
    "show_pictures",
]


async def lock_catalogue(session: AsyncSession, tenant_id: str) -> None:
    """Until the transaction ends, before what it changes or announces of the catalogue is read."""
    await queries.lock_catalogue(session, tenant_id)


async def pictured(session: AsyncSession, addresses: Collection[str]) -> set[str]:
    """Those of the public pictures that a product of any brand has."""
    return await queries.pictured(session, addresses)


async def assortment_ids(session: AsyncSession, tenant_id: str) -> frozenset[str]:
    return frozenset(await queries.assortment_ids(session, tenant_id))


async def price_list_ids(session: AsyncSession, tenant_id: str) -> frozenset[str]:
    return frozenset(await queries.price_list_ids(session, tenant_id))


async def existing_products(session: AsyncSession, tenant_id: str, ids: set[str]) -> set[str]:
    """Those of ``ids`` that are products."""
    return await queries.product_ids(session, tenant_id, ids)


async def all_skus(session: AsyncSession, tenant_id: str) -> set[str]:
    return await queries.skus(session, tenant_id)


async def product_ids_by_sku(session: AsyncSession, tenant_id: str, skus: set[str]) -> dict[str, str]:
    return await queries.ids_by_sku(session, tenant_id, skus)
