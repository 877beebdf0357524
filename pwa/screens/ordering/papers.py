"""From a draft to the order that is submitted, and from an order to a draft that is like it."""

from datetime import datetime

import msgspec

from offline.ids import new_id
from offline.rules.quantities import orderable_range, round_up
from offline.rules.quotes import Quote, QuotedLine
from offline.wire.commands import OrderPlace, PlacedLine
from offline.wire.rows import Order, Organisation, Product
from pwa.context import App
from pwa.drafts import DraftLine, OrderDraft


def placing(draft: OrderDraft, quote: Quote, priced_at: datetime, buyer: Organisation) -> OrderPlace:
    """The command that submits ``draft`` at what ``quote`` says, to the buyer's first address where none is chosen."""
    first = next((address.id for address in buyer.addresses), None)
    return OrderPlace(
        order=draft.id,
        organisation=draft.organisation,
        lines=tuple(map(_placed, quote.lines)),
        currency=quote.currency,
        total=quote.totals.total,
        price_lists=quote.price_lists,
        priced_at=priced_at,
        address=draft.address or first,
        wanted_on=draft.wanted_on,
        shortage=draft.shortage,
        note=draft.note.strip(),
    )


def _placed(line: QuotedLine) -> PlacedLine:
    return PlacedLine(
        id=line.id, product=line.product, quantity=line.quantity, unit_price=line.unit_price, net=line.net
    )


def is_order(name: str, args: bytes, order_id: str) -> bool:
    """Whether a command in the outbox places this order."""
    return name == OrderPlace.NAME and order_id.encode() in args and msgspec.json.decode(args).get("order") == order_id


def repeat_of(app: App, order: Order) -> OrderDraft:
    """A draft with what was asked for in an earlier order, at today's rules; what is no longer sold is left out."""
    lines = []
    for line in order.lines:
        product = app.engine.replica.typed(Product, "product", line.product)
        if not line.gift and product is not None and product.status == "active":
            first, last = orderable_range(product)
            if first <= last:
                lines.append(DraftLine(new_id(), line.product, round_up(product, line.quantity + line.cut)))
    return OrderDraft(
        id=new_id(),
        organisation=order.organisation,
        lines=tuple(lines),
        address=order.address,
        shortage=order.shortage,
        changed_at=app.now(),
    )
