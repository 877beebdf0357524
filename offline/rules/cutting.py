"""Taking goods off an order that was agreed on: lines shortened, or let go of altogether.

What was agreed stands. A line keeps its unit price, whatever tier that came from, and of its discount the share of
what is left of it, as an order that is reduced to what is in stock does: it is the brand that does not deliver, and
promotions of today may be others than those it was agreed under. Gifts are lines of their own and go only when they
are named too; ``gifts_in_step`` proposes how many, the person decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext

import msgspec

from offline.money import ARITHMETIC, quantise
from offline.rules.statuses import holds
from offline.rules.taxes import tax_of
from offline.wire.rows import Brand, HoldReason, Order, OrderCredit, OrderEvent, OrderLine, Organisation, Totals

replace = msgspec.structs.replace


class Problem(msgspec.Struct, frozen=True):
    """``lines``: the ids it is about."""

    code: str
    lines: tuple[str, ...] = ()


class Figures(msgspec.Struct, frozen=True):
    """Of a line. ``goods`` before, ``net`` after its discount."""

    goods: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What a line was agreed at."""

    quantity: int
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal


def share(agreed: Agreed, left: int, currency: str, *, included: bool) -> Figures:
    """The figures of ``left`` units of a line. ``included``: whether prices contain the tax."""
    with localcontext(ARITHMETIC):
        goods = quantise(agreed.unit_price * left, currency)
        # Goods and discount are both rounded: what was free stays free, and nothing less ever costs more.
        whole = quantise(agreed.unit_price * agreed.quantity, currency) - agreed.discount
        net = max(goods * 0, min(whole, goods - quantise(agreed.discount * left / agreed.quantity, currency)))
        return Figures(goods, goods - net, net, tax_of(net, agreed.tax_rate, currency, included=included))


def fault(lines: Sequence[OrderLine], keep: Mapping[str, int]) -> Problem | None:
    """Why lines cannot be cut to what ``keep`` (line id -> quantity) leaves of them.

    line_unknown  not of this order
    cut_shipped   less than was shipped already
    cut_nothing   not less than there is now
    nothing_left  nothing would be left that is paid for: such an order is cancelled
    """
    held = {line.id: line for line in lines}
    if unknown := tuple(sorted(set(keep).difference(held))):
        return Problem("line_unknown", unknown)
    if shipped := tuple(id_ for id_ in sorted(keep) if keep[id_] < held[id_].shipped):
        return Problem("cut_shipped", shipped)
    if same := tuple(id_ for id_ in sorted(keep) if keep[id_] >= held[id_].quantity):
        return Problem("cut_nothing", same)
    if not any(keep.get(line.id, line.quantity) for line in lines if not line.gift):
        return Problem("nothing_left")
    return None


def cut(order: Order, keep: Mapping[str, int], *, included: bool) -> Order:
    """The order with its lines cut to what ``keep`` leaves of them: quantities, what is promised of them, figures and
    totals. What was not there to be promised goes first."""
    lines = tuple(
        _shortened(line, keep[line.id], order.currency, included=included)
        if keep.get(line.id, line.quantity) < line.quantity
        else line
        for line in order.lines
    )
    return replace(
        order, lines=lines, totals=totals_of(lines, order.currency, included=included, credited=order.credits)
    )


def _shortened(line: OrderLine, left: int, currency: str, *, included: bool) -> OrderLine:
    agreed = Agreed(quantity=line.quantity, unit_price=line.unit_price, discount=line.discount, tax_rate=line.tax_rate)
    figures = share(agreed, left, currency, included=included)
    off = line.quantity - left
    missed = min(off, line.backordered)
    return replace(
        line,
        quantity=left,
        cut=line.cut + off,
        discount=figures.discount,
        net=figures.net,
        tax=figures.tax,
        backordered=line.backordered - missed,
        reserved=max(0, line.reserved - (off - missed)),
    )


def changes_of(order: Order, event: OrderEvent) -> list[tuple[OrderLine, str, str]]:
    """What the event of a cut says: line, quantity before, quantity after."""
    said = [(line, event.data[line.id].partition(" > ")) for line in order.lines if line.id in event.data]
    return [(line, before, after) for line, (before, _, after) in said]


def totals_of(
    lines: Iterable[OrderLine], currency: str, *, included: bool, credited: Iterable[OrderCredit] = ()
) -> Totals:
    """Exactly the sums of the lines, less what is credited."""
    zero = quantise(Decimal(0), currency)
    discount = net = tax = zero
    for line in lines:
        discount += line.discount
        net += line.net
        tax += line.tax
    goods = net + discount
    for credit in credited:
        net, tax = net - credit.net, tax - credit.tax
    # A line that is cut after a part of it was credited may round otherwise by a cent.
    net, tax = max(zero, net), max(zero, tax)
    return Totals(goods=goods, discount=discount, tax=tax, total=net if included else net + tax)


def holds_after_cut(brand: Brand, organisation: Organisation, order: Order, total: Decimal) -> tuple[HoldReason, ...]:
    """Which of the order's holds stand when it comes to ``total``: what is within limits now waits no longer, and
    nothing new is held up. ``organisation.credit_used`` contains the order as it was."""
    without = replace(organisation, credit_used=organisation.credit_used - order.totals.total)
    now = {"price", *holds(brand, without, total)}
    return tuple(hold for hold in order.holds if hold in now)


def gifts_in_step(
    lines: Sequence[OrderLine], keep: Mapping[str, int], earned_by: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """How many of each gift would go with what ``keep`` leaves, in proportion, rounded down, never less than was
    shipped: line id -> quantity, of those that would be fewer. ``earned_by``: promotion -> the products that earn it;
    one that is not there is earned by all."""
    found: dict[str, int] = {}
    for gift in lines:
        if not gift.gift or gift.id in keep:
            continue
        products = earned_by.get(gift.promotion or "")
        paid = [line for line in lines if not line.gift and (products is None or line.product in products)]
        before = sum(line.quantity for line in paid)
        left = sum(keep.get(line.id, line.quantity) for line in paid)
        fitting = max(gift.shipped, gift.quantity * left // before) if before else gift.quantity
        if fitting < gift.quantity:
            found[gift.id] = fitting
    return found
