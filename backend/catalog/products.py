"""Making and changing products.

A batch is checked whole before anything is changed. Commands save one row at a time, importers thousands: both come
through here.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import models, queries
from backend.catalog.facts import bump
from backend.catalog.rows import product_row
from backend.inputs import check_amount, check_distinct, check_names, check_text
from backend.media.service import exchange_public
from backend.search import search_text
from backend.sync.changes import BRAND, Changes
from backend.sync.commands import Refused
from backend.turns import in_turns
from offline.wire.commands import MAX_QUANTITY, ProductSave

MAX_PACKS = 20
MAX_BARCODES = 50


async def save_products(
    session: AsyncSession, tenant_id: str, drafts: Sequence[ProductSave], now: datetime, changes: Changes
) -> None:
    """Make or replace products. Refuses with ``sku_taken`` {value}, ``category_unknown`` or ``invalid`` {field}."""
    async for draft in in_turns(drafts):
        check_product(draft)
    await queries.lock_catalogue(session, tenant_id)
    existing = await queries.products(session, tenant_id, {draft.product for draft in drafts})
    await _check_skus(session, tenant_id, drafts)
    await _check_categories(session, tenant_id, {draft.category for draft in drafts if draft.category is not None})
    await bump(session, tenant_id)
    before = {row.image for row in existing.values()}
    async for draft in in_turns(drafts):
        row = existing.get(draft.product)
        if row is None:
            row = models.Product(tenant_id=tenant_id, id=draft.product, created_at=now)
            existing[draft.product] = row
            session.add(row)
        _fill(row, draft, now)
        changes.put("product", product_row(row), BRAND)
    await session.flush()
    await exchange_public(session, tenant_id, before, {draft.image for draft in drafts}, now)


def check_product(draft: ProductSave) -> None:
    """Refuses with ``invalid`` {field}."""
    check_names("name", draft.name)
    check_names("unit", draft.unit, needed=False)
    check_names("spec", draft.spec, needed=False)
    check_text("sku", draft.sku, draft.brand, *draft.barcodes)
    check_amount("tax_rate", draft.tax_rate, Decimal(1))
    if draft.image is not None and len(draft.image) > 200:
        raise Refused("invalid", field="image")
    if len(draft.barcodes) > MAX_BARCODES or not -(2**31) <= draft.sort < 2**31:
        raise Refused("invalid", field="barcodes" if len(draft.barcodes) > MAX_BARCODES else "sort")
    if len(draft.packs) > MAX_PACKS:
        raise Refused("invalid", field="packs")
    check_distinct("packs", (pack.code for pack in draft.packs))
    for pack in draft.packs:
        check_names("packs", pack.name, needed=False)
        check_text("packs", pack.code, pack.barcode or "")
        if not 1 <= pack.factor <= MAX_QUANTITY or len(pack.code) > 64:
            raise Refused("invalid", field="packs")


async def _check_skus(session: AsyncSession, tenant_id: str, drafts: Sequence[ProductSave]) -> None:
    taken = await queries.ids_by_sku(session, tenant_id, {draft.sku for draft in drafts})
    for draft in drafts:
        if taken.setdefault(draft.sku, draft.product) != draft.product:
            raise Refused("sku_taken", value=draft.sku)


async def _check_categories(session: AsyncSession, tenant_id: str, wanted: set[str]) -> None:
    if wanted and not wanted.issubset(await queries.categories(session, tenant_id)):
        raise Refused("category_unknown")


def _fill(row: models.Product, draft: ProductSave, now: datetime) -> None:
    if draft.status != "withdrawn":
        row.withdrawn_at = None
    elif row.status != "withdrawn":
        row.withdrawn_at = now
    row.sku, row.status = draft.sku, draft.status
    row.name, row.unit, row.spec = draft.name, draft.unit, draft.spec
    row.category_id, row.brand = draft.category, draft.brand
    row.packs = msgspec.to_builtins(draft.packs)
    row.barcodes = list(draft.barcodes)
    row.minimum, row.multiple = draft.minimum, draft.multiple
    row.tax_rate, row.image, row.sort = draft.tax_rate, draft.image, draft.sort
    row.available_from = draft.available_from
    row.lot_tracked = draft.lot_tracked
    pack_barcodes = (pack.barcode for pack in draft.packs if pack.barcode)
    row.search = search_text(draft.name.values(), draft.sku, draft.brand, *draft.barcodes, *pack_barcodes)
    row.updated_at = now
