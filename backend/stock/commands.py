"""Commands of the stock slice."""

from backend.catalog import service as catalog
from backend.identity.service import audit
from backend.inputs import check_day, check_text
from backend.partners import service as partners
from backend.stock import queries, service
from backend.stock.service import Cause
from backend.sync.commands import Context, Handler, Refused
from offline.wire.commands import StockAdjust
from offline.wire.counts import PartnerStockMove


async def stock_adjust(context: Context, command: StockAdjust) -> None:
    """Refuses with ``product_unknown``, ``movement_exists``, ``stock_negative`` {on_hand} or ``invalid`` {field}."""
    session, tenant_id = context.session, context.principal.tenant_id
    check_text("reason", command.reason)
    if command.delta == 0:
        raise Refused("invalid", field="delta")
    if not await catalog.existing_products(session, tenant_id, {command.product}):
        raise Refused("product_unknown")
    if await queries.movement_exists(session, tenant_id, command.movement):
        raise Refused("movement_exists")
    held = await service.held_stock(context, {command.product})
    on_hand = held.on_hand(command.product)
    if on_hand + command.delta < 0:
        raise Refused("stock_negative", on_hand=on_hand)
    await service.open_levels(session, held, {command.product})
    held.move(command.product, "adjustment", command.delta, reason=command.reason, movement_id=command.movement)
    await held.write(session, context.changes)
    detail = {
        "movement": command.movement,
        "before": on_hand,
        "after": held.on_hand(command.product),
        "reason": command.reason,
    }
    audit(session, context.principal, "stock.adjusted", command.product, detail, at=context.now)


async def move_partner_stock(context: Context, command: PartnerStockMove) -> None:
    """Refuses with ``organisation_unknown``, ``product_unknown``, ``movement_exists``, ``stock_opened``: the book has
    begun, or ``invalid`` {field}."""
    session, tenant_id = context.session, context.principal.tenant_id
    check_text("reason", command.reason, command.lot)
    wrong = {"opening": command.delta <= 0, "sale": command.delta >= 0, "manual": command.delta == 0}
    if wrong[command.kind]:
        raise Refused("invalid", field="delta")
    check_day("expires_on", command.expires_on)
    known = await partners.existing_ids(session, tenant_id, {command.organisation})
    if not known or not context.principal.sees(command.organisation):
        raise Refused("organisation_unknown")
    if not await catalog.existing_products(session, tenant_id, {command.product}):
        raise Refused("product_unknown")
    if await queries.partner_movement_exists(session, tenant_id, command.movement):
        raise Refused("movement_exists")
    books = await service.partner_books(session, tenant_id, command.organisation, {command.product}, context.now)
    book = books[command.product]
    if command.kind == "opening" and book.holding.opened:
        raise Refused("stock_opened")
    cause = Cause(
        command.kind,
        actor_id=context.principal.user_id or None,
        reason=command.reason,
        movement_id=command.movement,
    )
    await book.move(command.delta, context.happened_at, cause, command.lot, command.expires_on)
    await book.announce(context.changes)


HANDLERS: tuple[Handler, ...] = (
    Handler(StockAdjust, "stock.adjust", stock_adjust),
    Handler(PartnerStockMove, "partner_stock.move", move_partner_stock),
)
