"""What lacked of a parcel, settled by head office: sent again, or not charged. See ``offline.rules.settling``."""

import msgspec

from backend.inputs import check_text, is_amount
from backend.orders.rows import order_row
from backend.orders.sitting import add_event, order_to_change
from backend.sync.commands import Context, Refused
from offline.money import quantise
from offline.rules import settling
from offline.wire import rows
from offline.wire.commands import OrderCredit, OrderResend


async def resend_lacking(context: Context, command: OrderResend) -> None:
    """Reserved as far as there is something, the rest waits as backorders do, and is shipped as all goods are. Refuses
    with ``order_unknown``, ``parcel_unknown``, ``nothing_lacks``, ``lacking_settled`` {how} or ``order_status``
    {status}."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    before = order_row(order)
    parcel = _open_parcel(before, command.parcel)
    after = settling.resend(before, parcel.id)
    for line, now in zip(order.lines, after.lines, strict=True):
        owed = now.backordered - line.backordered
        there = min(owed, max(0, sitting.stock.available(line.product_id)))
        if there:
            sitting.stock.reserve(line.product_id, there, order.id)
        line.shipped, line.reserved = now.shipped, line.reserved + there
        line.backordered += owed - there
    order.parcels = msgspec.to_builtins(after.parcels)
    order.status = after.status
    add_event(context, order, "resent", reason=command.reason.strip(), data=_told(parcel))
    sitting.news[order.id] = "resent"
    sitting.count(order)
    sitting.touch(order, context)


async def credit_lacking(context: Context, command: OrderCredit) -> None:
    """At what it was sold, with its tax: the order comes to less, and so does what counts of it against the credit
    limit. Refuses with ``order_unknown``, ``parcel_unknown``, ``nothing_lacks``, ``lacking_settled`` {how},
    ``order_status`` {status}, ``reason_needed``, ``total_changed`` {total}: it would come to another sum than the
    person saw, or ``invalid`` {field}."""
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    if not is_amount(command.total):
        raise Refused("invalid", field="total")
    before = order_row(order)
    parcel = _open_parcel(before, command.parcel)
    if not command.reason.strip():
        raise Refused("reason_needed")
    included = sitting.brand.prices_include_tax
    credit = settling.credit_of(before, parcel.id, context.now, included=included)
    after = settling.credited(before, credit, included=included)
    if after.totals.total != command.total:
        raise Refused("total_changed", total=str(after.totals.total))
    order.credits = msgspec.to_builtins(after.credits)
    order.parcels = msgspec.to_builtins(after.parcels)
    order.tax, order.total = after.totals.tax, after.totals.total
    add_event(
        context, order, "credited", reason=command.reason.strip(), data=_told(parcel) | {"off": _off(before, after)}
    )
    sitting.news[order.id] = "credited"
    sitting.count(order)
    sitting.touch(order, context)


def _open_parcel(order: rows.Order, parcel_id: str) -> rows.Parcel:
    problem = settling.fault(order, parcel_id)
    parcel = next((each for each in order.parcels if each.id == parcel_id), None)
    if parcel is None:
        raise Refused("parcel_unknown")
    if problem is None:
        return parcel
    about: dict[str, dict[str, str]] = {
        "order_status": {"status": order.status},
        "lacking_settled": {"how": parcel.settled},
    }
    raise Refused(problem.code, **about.get(problem.code, {}))


def _told(parcel: rows.Parcel) -> dict[str, str]:
    return {"parcel": parcel.id, **{line: str(quantity) for line, quantity in parcel.lacking.items()}}


def _off(before: rows.Order, after: rows.Order) -> str:
    return str(quantise(before.totals.total - after.totals.total, before.currency))
