"""What people decide about an order: prices confirmed, approved, cancelled, closed."""

from backend.identity.service import audit
from backend.inputs import check_text
from backend.orders.models import Order
from backend.orders.rows import order_row
from backend.orders.sitting import Sitting, add_event, order_to_change
from backend.sync.commands import Context, Refused
from offline.money import quantise
from offline.rules import statuses
from offline.wire.commands import OrderApprove, OrderCancel, OrderClose, OrderConfirmPrice
from offline.wire.rows import OrderStatus


async def confirm_price(context: Context, command: OrderConfirmPrice) -> None:
    """Refuses with ``order_unknown``, ``price_settled`` {status}: nothing is to be confirmed, or ``total_changed``
    {total}: another total than the person saw."""
    sitting, order = await order_to_change(context, command)
    if order.status != "on_hold" or "price" not in order.holds:
        raise Refused("price_settled", status=order.status)
    if not command.total.is_finite() or command.total != order.total:
        raise Refused("total_changed", total=str(quantise(order.total, order.currency)))
    if command.accept:
        order.holds = [hold for hold in order.holds if hold != "price"]
        order.status = "on_hold" if order.holds or order.held else "submitted"
        add_event(context, order, "price_confirmed", data={"total": str(quantise(order.total, order.currency))})
    else:
        release(sitting, order)
        end(order, "cancelled")
        add_event(context, order, "price_declined")
        add_event(context, order, "cancelled")
    sitting.count(order)
    sitting.touch(order, context)


async def approve_order(context: Context, command: OrderApprove) -> None:
    """Refuses with ``order_unknown``, ``order_status`` {status}, ``order_held``: somebody stopped it by hand,
    ``reason_needed``: credit is overruled with a reason only, or ``price_unconfirmed``: nothing but a price is open,
    and that is the customer's to accept."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    _check_move(order, "approved")
    if order.held:
        raise Refused("order_held")
    remaining = statuses.holds_after_approval(order.holds)
    if "credit" in order.holds and not command.reason.strip():
        raise Refused("reason_needed")
    if remaining and len(remaining) == len(order.holds):
        raise Refused("price_unconfirmed")
    overruled = [hold for hold in order.holds if hold not in remaining]
    order.holds = list(remaining)
    order.status = "on_hold" if remaining else "approved"
    kind = "holds_released" if remaining else "approved"
    data = {"holds": " ".join(overruled)} if overruled else {}
    add_event(context, order, kind, reason=command.reason, data=data)
    if "credit" in overruled:
        _audit_credit(context, sitting, order, command.reason)
    sitting.count(order)
    sitting.touch(order, context)


def _audit_credit(context: Context, sitting: Sitting, order: Order, reason: str) -> None:
    organisation = sitting.organisation(order.organisation_id)
    limit = organisation.credit_limit
    detail = {
        "number": order.number,
        "organisation": order.organisation_id,
        "total": str(quantise(order.total, order.currency)),
        "credit_used": str(quantise(sitting.account(organisation).credit_used, order.currency)),
        "credit_limit": str(quantise(limit, order.currency)) if limit is not None else None,
        "reason": reason,
    }
    audit(context.session, context.principal, "credit.overruled", order.id, detail, at=context.now)


async def cancel_order(context: Context, command: OrderCancel) -> None:
    """Until something is shipped. Refuses with ``order_unknown`` or ``order_status`` {status}."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    if not statuses.may_cancel(order_row(order)):
        raise Refused("order_status", status=order.status)
    release(sitting, order)
    end(order, "cancelled")
    add_event(context, order, "cancelled", reason=command.reason)
    sitting.count(order)
    sitting.touch(order, context)


async def close_order(context: Context, command: OrderClose) -> None:
    """Done, or what is left of it given up. Refuses with ``order_unknown`` or ``order_status`` {status}."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    _check_move(order, "closed")
    release(sitting, order)
    end(order, "closed")
    add_event(context, order, "closed", reason=command.reason)
    sitting.count(order)
    sitting.touch(order, context)


def _check_move(order: Order, to: OrderStatus) -> None:
    if not statuses.may_move(order.status, to):
        raise Refused("order_status", status=order.status)


def end(order: Order, status: OrderStatus) -> None:
    """Nothing of it waits any more."""
    order.status, order.holds, order.held = status, [], False


def release(sitting: Sitting, order: Order) -> None:
    """Give back what is reserved and not shipped, and expect no more."""
    for line in order.lines:
        if line.reserved:
            sitting.stock.release(line.product_id, line.reserved, order.id)
        line.reserved = line.backordered = 0
