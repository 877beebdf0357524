"""Lines of an order taken back by the brand: what was reserved for them is free at once, and owed no more."""

import msgspec

from backend.inputs import check_text, is_amount
from backend.orders.models import Order
from backend.orders.rows import order_row
from backend.orders.sitting import Sitting, add_event, order_to_change
from backend.sync.commands import Context, Refused
from offline.money import quantise
from offline.rules import cutting, statuses
from offline.wire import rows
from offline.wire.commands import OrderCut


async def cut_order(context: Context, command: OrderCut) -> None:
    """See ``offline.rules.cutting``. Refuses with

    order_unknown, order_status {status}
    price_unconfirmed  its customer has new prices to decide about first
    reason_needed
    line_unknown, cut_shipped, cut_nothing {lines, products}, nothing_left  see ``cutting.fault``
    total_changed {total}  it would come to another total than the person saw
    invalid {field}
    """
    sitting, order = await order_to_change(context, command)
    check_text("reason", command.reason)
    if not is_amount(command.total):
        raise Refused("invalid", field="total")
    if order.status not in statuses.OPEN:
        raise Refused("order_status", status=order.status)
    if "price" in order.holds:
        raise Refused("price_unconfirmed")
    if not command.reason.strip():
        raise Refused("reason_needed")
    before = order_row(order)
    _check_lines(before, command)
    after = cutting.cut(before, command.keep, included=sitting.brand.prices_include_tax)
    if after.totals.total != command.total:
        raise Refused("total_changed", total=str(after.totals.total))

    _lift_holds(context, sitting, order, before, after)
    _take_over(sitting, order, after)
    told = {line.id: f"{was.quantity} > {line.quantity}" for was, line in _changed(before, after)}
    add_event(context, order, "cut", reason=command.reason, data={**told, "total": _sums(before, after)})
    _move_on(context, order)
    sitting.news[order.id] = "cut"
    sitting.count(order)
    sitting.touch(order, context)


def _check_lines(order: rows.Order, command: OrderCut) -> None:
    problem = cutting.fault(order.lines, command.keep)
    if problem is not None:
        about = problem.lines
        raise Refused(problem.code, lines=list(about), products=[line.sku for line in order.lines if line.id in about])


def _lift_holds(context: Context, sitting: Sitting, order: Order, before: rows.Order, after: rows.Order) -> None:
    """What is within limits now waits no longer."""
    organisation = sitting.organisation(order.organisation_id)
    used = sitting.account(organisation).credit_used
    view = msgspec.structs.replace(sitting.view(organisation), credit_used=used)
    kept = cutting.holds_after_cut(sitting.brand, view, before, after.totals.total)
    lifted = [hold for hold in order.holds if hold not in kept]
    if lifted:
        order.holds = list(kept)
        add_event(context, order, "within_limits", data={"holds": " ".join(lifted)}, named=False)


def _take_over(sitting: Sitting, order: Order, after: rows.Order) -> None:
    """The figures of ``after``, and back into stock what is not reserved any more."""
    for line, now in zip(order.lines, after.lines, strict=True):
        if line.reserved > now.reserved:
            sitting.stock.release(line.product_id, line.reserved - now.reserved, order.id)
        line.quantity, line.cut = now.quantity, now.cut
        line.reserved, line.backordered = now.reserved, now.backordered
        line.discount, line.net, line.tax = now.discount, now.net, now.tax
    totals = after.totals
    order.goods, order.discount, order.tax, order.total = totals.goods, totals.discount, totals.tax, totals.total


def _changed(before: rows.Order, after: rows.Order) -> list[tuple[rows.OrderLine, rows.OrderLine]]:
    pairs = zip(before.lines, after.lines, strict=True)
    return [(was, line) for was, line in pairs if line.quantity != was.quantity]


def _sums(before: rows.Order, after: rows.Order) -> str:
    return f"{quantise(before.totals.total, before.currency)} > {quantise(after.totals.total, after.currency)}"


def _move_on(context: Context, order: Order) -> None:
    """Where nothing is left to ship, all of it was; there is then nothing to stop either."""
    row = order_row(order)
    if statuses.shipped_status(row.lines) == "shipped":
        order.held = False
        row = msgspec.structs.replace(row, held=False)
    status = statuses.standing(row)
    if status != order.status and status in {"shipped", "signed"}:
        add_event(context, order, status, named=False)
    order.status = status
