"""ORM rows as the rows phones hold."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Row

from backend.catalog import models
from offline.ids import derived_id
from offline.wire import rows


@lru_cache(8192)
def brief(amount: Decimal) -> Decimal:
    """Without trailing zeros after the point: PostgreSQL gives every amount six digits."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def category_row(row: models.Category) -> rows.Category:
    return rows.Category(id=row.id, name=row.name, parent=row.parent_id, sort=row.sort)


def product_row(row: models.Product | Row[Any]) -> rows.Product:
    """``row`` may be plain columns."""
    return rows.Product(
        id=row.id,
        sku=row.sku,
        name=row.name,
        unit=row.unit,
        category=row.category_id,
        brand=row.brand,
        spec=row.spec,
        packs=msgspec.convert(row.packs, tuple[rows.Pack, ...]),
        barcodes=tuple(row.barcodes),
        minimum=row.minimum,
        multiple=row.multiple,
        tax_rate=brief(row.tax_rate),
        status=row.status,
        withdrawn_at=row.withdrawn_at,
        available_from=row.available_from,
        lot_tracked=row.lot_tracked,
        image=row.image,
        search=row.search,
        sort=row.sort,
    )


def assortment_row(row: models.Assortment) -> rows.Assortment:
    return rows.Assortment(
        id=row.id,
        code=row.code,
        name=row.name,
        everything=row.everything,
        products=tuple(row.products),
        categories=tuple(row.categories),
        excluded=tuple(row.excluded),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def price_list_row(row: models.PriceList) -> rows.PriceList:
    return rows.PriceList(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        currency=row.currency,
        revision=row.revision,
        priority=row.priority,
        merge=row.merge,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        updated_at=row.updated_at,
    )


def price_id(price_list_id: str, product_id: str) -> str:
    return derived_id("price", price_list_id, product_id)


def price_row(price_list_id: str, product_id: str, tiers: list[Any]) -> rows.Price:
    return rows.Price(
        id=price_id(price_list_id, product_id),
        price_list=price_list_id,
        product=product_id,
        tiers=msgspec.convert(tiers, tuple[rows.Tier, ...]),
    )


def promotion_row(row: models.Promotion) -> rows.Promotion:
    return rows.Promotion(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        reward=msgspec.convert(row.reward, rows.PromotionReward),
        products=tuple(row.products),
        categories=tuple(row.categories),
        organisations=tuple(row.organisations),
        groups=tuple(row.groups),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        priority=row.priority,
        exclusive_group=row.exclusive_group,
        cap=row.cap,
        active=row.active,
    )
