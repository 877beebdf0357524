"""Goods that came in go to who waits for them, the oldest order first, before anybody new can take them."""

from backend.orders import queries
from backend.orders.models import Order
from backend.orders.sitting import add_event, finish, sitting_of
from backend.stock import service as stock
from backend.stock.service import HeldStock
from backend.sync.commands import Context

OPEN = frozenset({"submitted", "on_hold", "approved", "partly_shipped"})


async def fill_backorders(context: Context) -> None:
    """Reserve what the commands of this push brought in for backordered lines. Runs after them.

    Orders are locked after stock here, the other way round than elsewhere, so one that somebody else holds is left
    out rather than waited for: it gets its goods when it is shipped or when the next come in.
    """
    held = await stock.held_stock(context, ())
    received = {product_id for product_id in held.received if held.available(product_id)}
    held.received = set()
    if not received:
        return
    sitting = await sitting_of(context)
    # What this very push placed or changed must be found as it is now.
    await finish(context)
    await context.session.flush()
    waiting = await queries.backordered_orders(context.session, context.principal.tenant_id, received, OPEN)
    for order in waiting:
        if _fill(context, held, order, received):
            sitting.adopt(order)
            sitting.touch(order, context)
    await finish(context)


def _fill(context: Context, held: HeldStock, order: Order, received: set[str]) -> bool:
    """Whether the order got anything."""
    got: dict[str, str] = {}
    for line in order.lines:
        quantity = min(line.backordered, held.available(line.product_id)) if line.product_id in received else 0
        if quantity:
            held.reserve(line.product_id, quantity, order.id)
            line.reserved += quantity
            line.backordered -= quantity
            got[line.sku] = str(quantity)
    if got:
        add_event(context, order, "restocked", data=got)
    return bool(got)
