"""Taking an order: everything is worked out again from the server's own facts, then promised and counted."""

from decimal import Decimal

import msgspec

from backend.db import made
from backend.inputs import check_day, check_text, local_time
from backend.orders.models import Order, OrderLine
from backend.orders.pricing import Priced, check_figures, check_size, price_order
from backend.orders.promising import Promise, Promised, promise
from backend.orders.sitting import Sitting, add_event, prepare, sitting_of
from backend.partners.service import Organisation
from backend.sync.commands import Context, Refused
from offline.money import quantise
from offline.rules import statuses
from offline.rules.ordering import QuotedLine
from offline.wire import rows
from offline.wire.commands import OrderPlace, PlacedLine


async def place_order(context: Context, command: OrderPlace) -> None:
    """Refuses with

    organisation_unknown  not there, or not the person's to order for
    not_a_customer        the head office itself
    order_exists          another order has this id
    address_unknown       not one of the customer's
    currency              {currency} the customer's is another
    stock_short           see ``promising``
    total_limit           {limit}
    invalid               {field}
    and the codes of ``offline.rules.quotes.Problem``, see ``pricing.refusal``
    """
    # Reading must not write what earlier commands of the push left pending: it all goes to the database in bulk.
    with context.session.no_autoflush:
        # Mostly done for the whole push already; not so when a command before this one changed the catalogue.
        sitting = await sitting_of(context)
        if not await sitting.is_prepared(context, command.order):
            await prepare(context, (command,))
        organisation = _customer(context, sitting, command)
        check_text("note", command.note)
        check_figures(command)
        priced = await price_order(context, sitting, organisation, command)
    check_size(priced.quote, sitting.account(organisation))
    promised = promise(priced, sitting.stock, command.shortage, sitting.brand)

    holds = _holds(sitting, organisation, promised, priced)
    order = _order(context, organisation, command, priced, promised)
    # Not a set: no session is to hear of it, ``finish`` inserts what was placed in bulk.
    order.__dict__["lines"] = _lines(context, order, command, priced, promised)
    order.holds, order.status = list(holds), statuses.status_for_holds(holds)
    for each in promised.lines:
        if each.reserved:
            sitting.stock.reserve(each.line.product, each.reserved, command.order)
    _tell(context, order, command, priced, promised)
    sitting.orders[order.id] = order
    sitting.placed.append(order)
    sitting.charge(organisation).last_order_at = context.now
    sitting.count(order)
    sitting.touch(order, context)


def _customer(context: Context, sitting: Sitting, command: OrderPlace) -> Organisation:
    organisation = sitting.organisations[command.organisation]
    if organisation is None or not context.principal.sees(organisation.id):
        raise Refused("organisation_unknown")
    if organisation.type == "head_office":
        raise Refused("not_a_customer")
    if sitting.orders[command.order] is not None:
        raise Refused("order_exists")
    if command.currency != organisation.currency:
        raise Refused("currency", currency=organisation.currency)
    if command.address is not None and all(each["id"] != command.address for each in organisation.addresses):
        raise Refused("address_unknown")
    check_day("wanted_on", command.wanted_on)
    return organisation


def _holds(
    sitting: Sitting, organisation: Organisation, promised: Promised, priced: Priced
) -> tuple[rows.HoldReason, ...]:
    view = msgspec.structs.replace(sitting.view(organisation), credit_used=sitting.account(organisation).credit_used)
    drifted = priced.basis == "changed"
    return statuses.holds(sitting.brand, view, promised.totals.total, price_drifted=drifted)


def _order(
    context: Context, organisation: Organisation, command: OrderPlace, priced: Priced, promised: Promised
) -> Order:
    totals = promised.totals
    return made(
        Order,
        {
            "tenant_id": context.principal.tenant_id,
            "id": command.order,
            "organisation_id": organisation.id,
            "organisation_code": organisation.code,
            "organisation_name": organisation.name,
            "placed_by": context.principal.user_id,
            "placed_by_name": context.principal.name,
            "currency": organisation.currency,
            "goods": totals.goods,
            "discount": totals.discount,
            "tax": totals.tax,
            "total": totals.total,
            "quoted": _quoted_totals(command, organisation.currency) if priced.basis == "changed" else None,
            "held": False,
            "credit_counted": totals.total * 0,
            "price_lists": priced.quote.price_lists,
            "note": command.note,
            "address_id": command.address,
            "wanted_on": command.wanted_on,
            "shortage": command.shortage,
            "events": [],
            "parcels": [],
            "credits": [],
            "local_at": local_time(context),
            "placed_at": context.now,
            "changed_at": context.now,
        },
    )


def _quoted_totals(command: OrderPlace, currency: str) -> dict[str, str]:
    """What the phone showed; it sends no tax."""
    zero = Decimal(0)
    goods = sum((quantise(line.unit_price * line.quantity, currency) for line in command.lines), zero)
    discount = goods - sum((line.net for line in command.lines), zero)
    return {"goods": str(goods), "discount": str(discount), "total": str(command.total)}


def _lines(context: Context, order: Order, command: OrderPlace, priced: Priced, promised: Promised) -> list[OrderLine]:
    quoted = {line.id: line for line in command.lines} if priced.basis == "changed" else {}
    return [
        _line(order, position, each, priced.products[each.line.product], quoted.get(each.line.id))
        for position, each in enumerate(promised.lines)
    ]


def _line(order: Order, position: int, each: Promise, product: rows.Product, quoted: PlacedLine | None) -> OrderLine:
    line = each.line
    return made(
        OrderLine,
        {
            "tenant_id": order.tenant_id,
            "order_id": order.id,
            "id": line.id,
            "position": position,
            "product_id": line.product,
            "sku": product.sku,
            "name": product.name,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount": line.discount,
            "net": line.net,
            "tax": line.tax,
            "tax_rate": line.tax_rate,
            "price_list_id": line.price_list,
            "reason": line.reason,
            "gift": line.gift,
            "promotion_id": _promotion_of(line),
            "reserved": each.reserved,
            "backordered": each.backordered,
            "shipped": 0,
            "cut": 0,
            "quoted_unit_price": quoted.unit_price if quoted else None,
            "quoted_net": quantise(quoted.net * line.quantity / each.wanted, order.currency) if quoted else None,
        },
    )


def _promotion_of(line: QuotedLine) -> str | None:
    return line.promotion or (line.promotions[0] if line.promotions else None)


def _tell(context: Context, order: Order, command: OrderPlace, priced: Priced, promised: Promised) -> None:
    add_event(context, order, "submitted")
    if priced.basis == "honoured":
        add_event(context, order, "price_honoured")
    if promised.reduced:
        add_event(context, order, "reduced", data=promised.reduced)
    backordered = sum(each.backordered for each in promised.lines)
    if backordered:
        add_event(context, order, "backordered", data={"quantity": str(backordered)})
    for hold in order.holds:
        data = {"quoted": str(command.total), "total": str(order.total)} if hold == "price" else {}
        add_event(context, order, f"{hold}_hold", data=data)
