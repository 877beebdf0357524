"""Orders stopped by hand, and let go on."""

from backend.inputs import check_text
from backend.orders.rows import order_row
from backend.orders.sitting import add_event, order_to_change
from backend.sync.commands import Context, Refused
from offline.rules import statuses
from offline.wire.commands import OrderHold, OrderRelease


async def hold_order(context: Context, command: OrderHold) -> None:
    """Its goods stay reserved and its credit counted. Refuses with ``order_unknown``, ``order_status`` {status},
    ``order_held``: it is stopped already, or ``reason_needed``."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    if order.status not in statuses.OPEN:
        raise Refused("order_status", status=order.status)
    if order.held:
        raise Refused("order_held")
    if not command.reason.strip():
        raise Refused("reason_needed")
    order.held, order.status = True, "on_hold"
    add_event(context, order, "held", reason=command.reason)
    sitting.news[order.id] = "held"
    sitting.touch(order, context)


async def release_order(context: Context, command: OrderRelease) -> None:
    """Back to where it was stopped; what else holds it up does so still. Refuses with ``order_unknown`` or
    ``not_held``."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    if not order.held:
        raise Refused("not_held")
    order.held = False
    order.status = statuses.standing(order_row(order))
    add_event(context, order, "released", reason=command.reason)
    sitting.news[order.id] = "released"
    sitting.touch(order, context)
