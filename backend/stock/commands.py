"""Commands of the stock slice."""

from backend.catalog import service as catalog
from backend.identity.service import audit
from backend.inputs import check_text
from backend.stock import queries, service
from backend.sync.commands import Context, Handler, Refused
from offline.wire.commands import StockAdjust


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


HANDLERS: tuple[Handler, ...] = (Handler(StockAdjust, "stock.adjust", stock_adjust),)
