"""Orders as pending commands make them look. Each checks by status or content whether its effect is there already."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from offline.projection import View
from offline.rules import cutting, settling
from offline.rules.ordering import QuotedLine, Wanted, quote
from offline.rules.statuses import (
    OPEN,
    holds_after_approval,
    may_cancel,
    may_move,
    shipped_status,
    standing,
    status_for_holds,
)
from offline.wire import commands as c
from offline.wire.rows import (
    Brand,
    Me,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    Organisation,
    Parcel,
    ParcelLot,
    Product,
    Totals,
)

_ZERO = Decimal(0)
replace = msgspec.structs.replace


def _place(view: View, command: c.OrderPlace) -> None:
    if view.row(Order, "order", command.order) is not None:
        return
    buyer = view.row(Organisation, "organisation", command.organisation)
    me = view.row(Me, "me", view.user)
    # Quoted once: what the person saw stays, and a hundred waiting orders cost nothing at each change.
    lines = view.memo.get(view.entry.id) or view.memo.setdefault(view.entry.id, _lines(view, command))
    goods = sum((line.quantity * line.unit_price for line in lines), _ZERO)
    discount = sum((line.discount for line in lines), _ZERO)
    tax = sum((line.tax for line in lines), _ZERO)
    view.put(
        "order",
        Order(
            id=command.order,
            organisation=command.organisation,
            organisation_code=buyer.code if buyer else "",
            organisation_name=buyer.name if buyer else {},
            placed_by=view.user,
            placed_by_name=me.name if me else "",
            status="queued",
            lines=lines,
            totals=Totals(goods=goods, discount=discount, tax=tax, total=command.total),
            currency=command.currency,
            note=command.note,
            address=command.address,
            wanted_on=command.wanted_on,
            shortage=command.shortage,
            events=(_event(view, "queued"),),
            local_at=view.entry.local_at,
            changed_at=view.entry.local_at,
        ),
    )


def _lines(view: View, command: c.OrderPlace) -> tuple[OrderLine, ...]:
    """The lines as the person saw them: the command's figures, which she sent; discount, tax and gifts from a quote
    where it still agrees with them."""
    facts = view.rows.facts(command.organisation)
    quoted: dict[str, QuotedLine] = {}
    gifts: list[QuotedLine] = []
    if facts is not None:
        wanted = [Wanted(line.id, line.product, line.quantity) for line in command.lines]
        result = quote(facts, wanted, command.priced_at or view.entry.local_at, order_id=command.order)
        quoted = {line.id: line for line in result.lines}
        gifts = list(result.gifts)
    lines = []
    for line in command.lines:
        product = view.row(Product, "product", line.product)
        found = quoted.get(line.id)
        same = found if found is not None and (found.unit_price, found.net) == (line.unit_price, line.net) else None
        lines.append(
            OrderLine(
                id=line.id,
                product=line.product,
                sku=product.sku if product else "",
                name=product.name if product else {},
                quantity=line.quantity,
                unit_price=line.unit_price,
                net=line.net,
                discount=same.discount if same else _ZERO,
                tax=same.tax if same else _ZERO,
                tax_rate=same.tax_rate if same else _ZERO,
                price_list=same.price_list if same else None,
                reason=same.reason if same else "",
                promotion=same.promotions[0] if same and same.promotions else None,
            )
        )
    return (*lines, *(_gift(view, gift) for gift in gifts))


def _gift(view: View, gift: QuotedLine) -> OrderLine:
    product = view.row(Product, "product", gift.product)
    return OrderLine(
        id=gift.id,
        product=gift.product,
        sku=product.sku if product else "",
        name=product.name if product else {},
        quantity=gift.quantity,
        unit_price=_ZERO,
        net=_ZERO,
        gift=True,
        promotion=gift.promotion,
        reason=gift.reason,
    )


def _event(view: View, kind: str, reason: str = "") -> OrderEvent:
    me = view.row(Me, "me", view.user)
    at = view.entry.local_at
    name = me.name if me else ""
    return OrderEvent(id=view.entry.id, kind=kind, at=at, actor=view.user, actor_name=name, reason=reason, local_at=at)


def _move(view: View, order: Order, to: OrderStatus, reason: str = "", **changes: Any) -> None:
    if not may_move(order.status, to):
        return
    events = (*order.events, _event(view, to, reason))
    view.put("order", replace(order, status=to, events=events, changed_at=view.entry.local_at, **changes))


def _confirm_price(view: View, command: c.OrderConfirmPrice) -> None:
    order = view.row(Order, "order", command.order)
    if order is None or "price" not in order.holds:
        return
    if not command.accept:
        _move(view, order, "cancelled", holds=())
        return
    holds = tuple(hold for hold in order.holds if hold != "price")
    _move(view, order, "on_hold" if order.held else status_for_holds(holds), holds=holds)


def _approve(view: View, command: c.OrderApprove) -> None:
    order = view.row(Order, "order", command.order)
    if order is None or order.held or order.status not in ("submitted", "on_hold"):
        return
    holds = holds_after_approval(order.holds)
    if holds:
        view.put("order", replace(order, holds=holds))
    else:
        _move(view, order, "approved", command.reason, holds=())


def _cancel(view: View, command: c.OrderCancel) -> None:
    order = view.row(Order, "order", command.order)
    if order is not None and may_cancel(order):
        _move(view, order, "cancelled", command.reason, holds=(), held=False)


def _hold(view: View, command: c.OrderHold) -> None:
    order = _open(view, command.order)
    if order is not None and not order.held:
        events = (*order.events, _event(view, "held", command.reason))
        _put(view, replace(order, status="on_hold", held=True, events=events))


def _release(view: View, command: c.OrderRelease) -> None:
    order = _open(view, command.order)
    if order is not None and order.held:
        order = replace(order, held=False, events=(*order.events, _event(view, "released", command.reason)))
        _put(view, replace(order, status=standing(order)))


def _cut(view: View, command: c.OrderCut) -> None:
    order = _open(view, command.order)
    if order is None or cutting.fault(order.lines, command.keep) is not None:
        return
    brand = next((row for row in view.rows.all("brand") if isinstance(row, Brand)), None)
    buyer = view.row(Organisation, "organisation", order.organisation)
    after = cutting.cut(order, command.keep, included=brand is None or brand.prices_include_tax)
    if brand is not None and buyer is not None:
        after = replace(after, holds=cutting.holds_after_cut(brand, buyer, order, after.totals.total))
    told = {line.id: f"{was.quantity} > {line.quantity}" for was, line in zip(order.lines, after.lines, strict=True)}
    event = replace(_event(view, "cut", command.reason), data={id_: told[id_] for id_ in command.keep})
    after = replace(after, events=(*order.events, event), held=order.held and shipped_status(after.lines) != "shipped")
    _put(view, replace(after, status=standing(after)))


def _open(view: View, order_id: str) -> Order | None:
    """One that may be stopped or cut, as long as the server's row does not say what became of that."""
    order = view.row(Order, "order", order_id)
    if order is None or order.status not in OPEN or view.reached(f"org:{order.organisation}", "desk"):
        return None
    return order


def _put(view: View, order: Order) -> None:
    view.put("order", replace(order, changed_at=view.entry.local_at))


def _ship(view: View, command: c.OrderShip) -> None:
    order = view.row(Order, "order", command.order)
    if order is None or any(parcel.id == command.parcel for parcel in order.parcels):
        return
    lines = tuple(replace(line, shipped=line.shipped + command.lines.get(line.id, 0)) for line in order.lines)
    parcel = Parcel(
        id=command.parcel,
        carrier=command.carrier,
        tracking=command.tracking,
        lines=dict(command.lines),
        lots={line_id: tuple(map(_lot, parts)) for line_id, parts in command.lots.items()},
        shipped_at=view.entry.local_at,
    )
    _move(view, order, shipped_status(lines), lines=lines, parcels=(*order.parcels, parcel))


def _lot(part: c.ShippedLot) -> ParcelLot:
    return ParcelLot(lot=part.lot, quantity=part.quantity, expires_on=part.expires_on)


def _sign(view: View, command: c.OrderSign) -> None:
    order = view.row(Order, "order", command.order)
    if order is None:
        return
    name = {"signature": command.signature.id, "signature_status": "expected"} if command.signature else {}
    said = {"lacking": dict(command.lacking), "remark": command.remark}
    parcels = tuple(_signed(parcel, view.entry.local_at, name, said, command.parcel) for parcel in order.parcels)
    if parcels == order.parcels:
        return
    if order.status == "shipped" and all(parcel.signed_at for parcel in parcels):
        _move(view, order, "signed", parcels=parcels)
    else:
        view.put("order", replace(order, parcels=parcels))


def _signed(parcel: Parcel, at: datetime, name: dict[str, str], said: dict[str, Any], meant: str | None) -> Parcel:
    if meant not in (None, parcel.id):
        return parcel
    if parcel.signed_at is None:
        return replace(parcel, signed_at=at, **name, **said)
    # A name that could not be read is written again.
    again = parcel.signature_status == "refused" and name.get("signature") not in (None, parcel.signature)
    return replace(parcel, **name) if again and meant == parcel.id else parcel


def _resend(view: View, command: c.OrderResend) -> None:
    order = _lacking(view, command)
    if order is not None:
        event = replace(_event(view, "resent", command.reason), data=_of_parcel(order, command.parcel))
        _put(view, replace(settling.resend(order, command.parcel), events=(*order.events, event)))


def _credit(view: View, command: c.OrderCredit) -> None:
    order = _lacking(view, command)
    if order is None:
        return
    brand = next((row for row in view.rows.all("brand") if isinstance(row, Brand)), None)
    included = brand is None or brand.prices_include_tax
    credit = settling.credit_of(order, command.parcel, view.entry.local_at, included=included)
    after = settling.credited(order, credit, included=included)
    off = {"off": str(order.totals.total - after.totals.total)}
    event = replace(_event(view, "credited", command.reason), data=_of_parcel(order, command.parcel) | off)
    _put(view, replace(after, events=(*order.events, event)))


def _lacking(view: View, command: c.OrderResend | c.OrderCredit) -> Order | None:
    """One of whose parcel something is to be settled, as long as the server's row does not say what became of it."""
    order = view.row(Order, "order", command.order)
    if order is None or settling.fault(order, command.parcel) is not None:
        return None
    return None if view.reached(f"org:{order.organisation}", "desk") else order


def _of_parcel(order: Order, parcel_id: str) -> dict[str, str]:
    goods = {line.id: str(quantity) for line, quantity in settling.goods_of(order, parcel_id)}
    return {"parcel": parcel_id, **goods}


def _close(view: View, command: c.OrderClose) -> None:
    order = view.row(Order, "order", command.order)
    if order is not None:
        _move(view, order, "closed", command.reason)


ORDER_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    c.OrderPlace.NAME: _place,
    c.OrderConfirmPrice.NAME: _confirm_price,
    c.OrderApprove.NAME: _approve,
    c.OrderCancel.NAME: _cancel,
    c.OrderHold.NAME: _hold,
    c.OrderRelease.NAME: _release,
    c.OrderCut.NAME: _cut,
    c.OrderShip.NAME: _ship,
    c.OrderSign.NAME: _sign,
    c.OrderResend.NAME: _resend,
    c.OrderCredit.NAME: _credit,
    c.OrderClose.NAME: _close,
}
