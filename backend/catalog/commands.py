"""Commands of the catalogue. ``permission`` is all they need: whoever may edit may edit every row of the tenant. Each
locks the catalogue before it reads what is there."""

import msgspec

from backend.catalog import queries
from backend.catalog.facts import catalogue_changed
from backend.catalog.pictures import set_picture
from backend.catalog.prices import PriceBook
from backend.catalog.products import save_products
from backend.catalog.promoting import save_promotions
from backend.catalog.ranging import assortment_remove, assortment_save, category_remove, category_save
from backend.catalog.rows import price_id, price_list_row, price_row, product_row, promotion_row
from backend.identity.service import audit_change, refuse_overtaken
from backend.sync.commands import Context, Handler
from offline.wire.commands import PriceListSave, PriceSave, ProductSave, PromotionSave
from offline.wire.media import ProductPicture
from offline.wire.ranges import AssortmentRemove, AssortmentSave, CategoryRemove, CategorySave
from offline.wire.rows import Row


def price_book_of(context: Context) -> PriceBook:
    """One for the push."""
    found: PriceBook | None = context.batch.get("price_book")
    if found is None:
        found = PriceBook(context.session, context.principal.tenant_id, context.now, context.changes)
        context.batch["price_book"] = found
    return found


async def product_save(context: Context, command: ProductSave) -> None:
    """Refuses as ``save_products`` does, or with ``changed_meanwhile``."""
    await queries.lock_catalogue(context.session, context.principal.tenant_id)
    found = await queries.products(context.session, context.principal.tenant_id, {command.product})
    before = {id_: product_row(row) for id_, row in found.items()}.get(command.product)
    await refuse_overtaken(context, before, command)
    if command.seen and before is not None:
        # A form has nothing to say of the picture: another may have come since, by a command of its own.
        command = msgspec.structs.replace(command, image=before.image)
    await save_products(context.session, context.principal.tenant_id, (command,), context.now, context.changes)
    await catalogue_changed(context)
    _audit(context, "product", before, command.product)


async def product_picture(context: Context, command: ProductPicture) -> None:
    """Refuses as ``set_picture`` does."""
    await queries.lock_catalogue(context.session, context.principal.tenant_id)
    found = await queries.products(context.session, context.principal.tenant_id, {command.product})
    before = {id_: product_row(row) for id_, row in found.items()}.get(command.product)
    await set_picture(context, command)
    await catalogue_changed(context)
    _audit(context, "product", before, command.product)


async def price_list_save(context: Context, command: PriceListSave) -> None:
    """Refuses as ``PriceBook.save_list`` does, or with ``changed_meanwhile``."""
    await queries.lock_catalogue(context.session, context.principal.tenant_id)
    found = await queries.price_lists(context.session, context.principal.tenant_id)
    before = price_list_row(found[command.price_list]) if command.price_list in found else None
    await refuse_overtaken(context, before, command)
    await price_book_of(context).save_list(command)
    await catalogue_changed(context)
    _audit(context, "price_list", before, command.price_list)


async def price_save(context: Context, command: PriceSave) -> None:
    """Refuses as ``PriceBook.save_prices`` does, or with ``changed_meanwhile``."""
    await queries.lock_catalogue(context.session, context.principal.tenant_id)
    key = command.price_list, command.product
    found = await queries.current_tiers(context.session, context.principal.tenant_id, {key[0]}, {key[1]})
    before = next((price_row(*key, tiers) for *_, tiers in found if tiers), None)
    await refuse_overtaken(context, before, command, subject=command.product)
    await price_book_of(context).save_prices({key: command.tiers})
    await catalogue_changed(context)
    _audit(context, "price", before, price_id(*key), subject=command.product)


async def promotion_save(context: Context, command: PromotionSave) -> None:
    """Refuses as ``save_promotions`` does, or with ``changed_meanwhile``."""
    await queries.lock_catalogue(context.session, context.principal.tenant_id)
    found = await queries.promotions(context.session, context.principal.tenant_id)
    before = next((promotion_row(row) for row in found if row.id == command.promotion), None)
    await refuse_overtaken(context, before, command)
    await save_promotions(context.session, context.principal.tenant_id, (command,), context.now, context.changes)
    await catalogue_changed(context)
    _audit(context, "promotion", before, command.promotion)


def _audit(context: Context, entity: str, before: Row | None, row_id: str, *, subject: str = "") -> None:
    """``before``: as it was; as it is now, phones are told. They are told nothing where nothing changed."""
    changes = context.changes
    if (entity, row_id) in changes.deletes:
        audit_change(context.session, context.principal, entity, before, None, at=context.now, subject=subject)
    elif (put := changes.puts.get((entity, row_id))) is not None:
        audit_change(context.session, context.principal, entity, before, put.row, at=context.now, subject=subject)


HANDLERS: tuple[Handler, ...] = (
    Handler(ProductSave, "catalog.edit", product_save),
    Handler(ProductPicture, "catalog.edit", product_picture),
    Handler(PriceListSave, "price.edit", price_list_save),
    Handler(PriceSave, "price.edit", price_save),
    Handler(PromotionSave, "promotion.edit", promotion_save),
    Handler(AssortmentSave, "catalog.edit", assortment_save),
    Handler(AssortmentRemove, "catalog.edit", assortment_remove),
    Handler(CategorySave, "catalog.edit", category_save),
    Handler(CategoryRemove, "catalog.edit", category_remove),
)
