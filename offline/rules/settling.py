"""What lacked of a parcel is settled: the goods are sent again, or they are not charged.

Sent again, they are owed as they were before that parcel left: the line counts them as not shipped, and they go the
way of all goods. Not charged, they stay shipped, and a credit of the order takes what they were sold at off its sum:
of the line's discount their share, and the tax on that. Each parcel is settled once, whole.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from offline.money import quantise
from offline.rules.cutting import Agreed, Figures, Problem, share, totals_of
from offline.rules.statuses import FINAL, standing
from offline.wire.rows import Order, OrderCredit, OrderLine, Parcel

replace = msgspec.structs.replace


def fault(order: Order, parcel_id: str) -> Problem | None:
    """Why a parcel is not to be settled: ``parcel_unknown``, ``nothing_lacks``, ``lacking_settled``, or the order is
    over: ``order_status``."""
    parcel = next((each for each in order.parcels if each.id == parcel_id), None)
    if parcel is None:
        return Problem("parcel_unknown")
    if not parcel.lacking:
        return Problem("nothing_lacks")
    if parcel.settled:
        return Problem("lacking_settled")
    return Problem("order_status") if order.status in FINAL else None


def is_open(parcel: Parcel) -> bool:
    """Whether something lacked of it that nobody has settled."""
    return bool(parcel.lacking) and not parcel.settled


def resend(order: Order, parcel_id: str) -> Order:
    """The order with what lacked of the parcel owed again: nothing of it is reserved yet."""
    lacking = _lacking(order, parcel_id)
    lines = tuple(
        replace(
            line,
            shipped=line.shipped - lacking.get(line.id, 0),
            backordered=line.backordered + lacking.get(line.id, 0),
        )
        for line in order.lines
    )
    after = replace(order, lines=lines, parcels=_settled(order, parcel_id, "resent"))
    return replace(after, status=standing(after))


def credit_of(order: Order, parcel_id: str, at: datetime, *, included: bool) -> OrderCredit:
    """What is taken off for what lacked of the parcel. ``included``: whether prices contain the tax."""
    lacking, before = _lacking(order, parcel_id), _credited(order)
    net = tax = quantise(Decimal(0), order.currency)
    for line in order.lines:
        if line.id in lacking:
            charged = line.quantity - before.get(line.id, 0)
            was = _figures(line, charged, order.currency, included=included)
            left = _figures(line, charged - lacking[line.id], order.currency, included=included)
            net, tax = net + was.net - left.net, tax + was.tax - left.tax
    return OrderCredit(parcel=parcel_id, lines=lacking, net=net, tax=tax, at=at)


def charged(order: Order, *, included: bool) -> list[tuple[OrderLine, int, Decimal]]:
    """Of each line how many units are charged, and their net: what remains of it when credits are taken off."""
    before = _credited(order)
    found = []
    for line in order.lines:
        left = line.quantity - before.get(line.id, 0)
        found.append((line, left, _figures(line, left, order.currency, included=included).net))
    return found


def credited(order: Order, credit: OrderCredit, *, included: bool) -> Order:
    given = (*order.credits, credit)
    totals = totals_of(order.lines, order.currency, included=included, credited=given)
    return replace(order, credits=given, totals=totals, parcels=_settled(order, credit.parcel, "credited"))


def goods_of(order: Order, parcel_id: str) -> list[tuple[OrderLine, int]]:
    """What lacked of the parcel, by line."""
    lacking = _lacking(order, parcel_id)
    return [(line, lacking[line.id]) for line in order.lines if line.id in lacking]


def _figures(line: OrderLine, left: int, currency: str, *, included: bool) -> Figures:
    if left == line.quantity:  # exactly what is charged now
        return Figures(line.net + line.discount, line.discount, line.net, line.tax)
    agreed = Agreed(quantity=line.quantity, unit_price=line.unit_price, discount=line.discount, tax_rate=line.tax_rate)
    return share(agreed, max(0, left), currency, included=included)


def _credited(order: Order) -> dict[str, int]:
    found: dict[str, int] = {}
    for credit in order.credits:
        for line_id, quantity in credit.lines.items():
            found[line_id] = found.get(line_id, 0) + quantity
    return found


def _lacking(order: Order, parcel_id: str) -> dict[str, int]:
    parcels: Iterable[Parcel] = (each for each in order.parcels if each.id == parcel_id)
    known = {line.id for line in order.lines}
    return {line: count for parcel in parcels for line, count in parcel.lacking.items() if line in known}


def _settled(order: Order, parcel_id: str, how: str) -> tuple[Parcel, ...]:
    return tuple(replace(each, settled=how) if each.id == parcel_id else each for each in order.parcels)
