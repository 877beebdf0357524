"""A product's picture: a file that somebody sent, made small, and public under the hash of its bytes."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries
from backend.catalog.facts import bump
from backend.catalog.rows import product_row
from backend.media.service import attach, detach, exchange_public, large_picture, papers, store_public
from backend.sync.changes import BRAND, Changes
from backend.sync.commands import Context, Refused
from media.images import smaller_webp
from offline.wire.media import ProductPicture

# Twice what the largest place for it on a phone needs; some 40 kB, which phones keep.
LONGEST = 800


async def set_picture(context: Context, command: ProductPicture) -> None:
    """Now, or once the file is here. Refuses with ``product_unknown``, ``media_type`` for what says that it is no
    picture, or as ``attach`` does."""
    session, tenant_id = context.session, context.principal.tenant_id
    if not await queries.product_ids(session, tenant_id, {command.product}):
        raise Refused("product_unknown")
    if not command.picture.content_type.startswith("image/"):
        raise Refused("media_type")
    await attach(
        session,
        tenant_id,
        [command.picture],
        user_id=context.principal.user_id,
        entity="product",
        entity_id=command.product,
        now=context.now,
    )
    keep = {command.picture.id}
    await detach(session, tenant_id, entity="product", entity_id=command.product, keep=keep, now=context.now)
    await show_pictures(session, tenant_id, keep, context.changes)


async def show_pictures(session: AsyncSession, tenant_id: str, media_ids: Collection[str], changes: Changes) -> None:
    """Products get those of the files that are their pictures and are here."""
    named = await papers(session, tenant_id, "product", media_ids)
    if not named:
        return
    await queries.lock_catalogue(session, tenant_id)
    products = await queries.products(session, tenant_id, set(named))
    if products:
        # Before the products are written, as everywhere.
        await bump(session, tenant_id)
    before = {row.image for row in products.values()}
    for product_id, row in products.items():
        for media_id in named[product_id]:
            content = await large_picture(session, tenant_id, media_id)
            if content is not None:
                small = await asyncio.to_thread(smaller_webp, content, LONGEST)
                row.image = await store_public(session, small)
                changes.put("product", product_row(row), BRAND)
    await exchange_public(session, tenant_id, before, {row.image for row in products.values()}, datetime.now(UTC))
