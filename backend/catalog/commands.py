"""Commands of the catalogue. ``permission`` is all they need: whoever may edit may edit every row of the tenant."""

from backend.catalog.facts import catalogue_changed
from backend.catalog.prices import PriceBook
from backend.catalog.products import save_products
from backend.catalog.promoting import save_promotions
from backend.sync.commands import Context, Handler
from offline.wire.commands import PriceListSave, PriceSave, ProductSave, PromotionSave


def price_book_of(context: Context) -> PriceBook:
    """One for the push."""
    found: PriceBook | None = context.batch.get("price_book")
    if found is None:
        found = PriceBook(context.session, context.principal.tenant_id, context.now, context.changes)
        context.batch["price_book"] = found
    return found


async def product_save(context: Context, command: ProductSave) -> None:
    await save_products(context.session, context.principal.tenant_id, (command,), context.now, context.changes)
    await catalogue_changed(context)


async def price_list_save(context: Context, command: PriceListSave) -> None:
    await price_book_of(context).save_list(command)
    await catalogue_changed(context)


async def price_save(context: Context, command: PriceSave) -> None:
    await price_book_of(context).save_prices({(command.price_list, command.product): command.tiers})
    await catalogue_changed(context)


async def promotion_save(context: Context, command: PromotionSave) -> None:
    await save_promotions(context.session, context.principal.tenant_id, (command,), context.now, context.changes)
    await catalogue_changed(context)


HANDLERS: tuple[Handler, ...] = (
    Handler(ProductSave, "catalog.edit", product_save),
    Handler(PriceListSave, "price.edit", price_list_save),
    Handler(PriceSave, "price.edit", price_save),
    Handler(PromotionSave, "promotion.edit", promotion_save),
)
