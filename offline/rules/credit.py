"""Credit: what an organisation owes or has committed to, each document counted once, against its limit.

An order counts with its whole total from the moment it is submitted until it is closed or cancelled: shipping a part
of it makes no second document. When it is invoiced, the invoice takes over the part it bills.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from offline.wire.rows import Order, OrderStatus, Organisation

COUNTED: frozenset[OrderStatus] = frozenset(
    {"submitted", "on_hold", "approved", "partly_shipped", "shipped", "signed"},
)
"""An order on hold counts too: it is asked for and not refused. Drafts and queued orders are the phone's own."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An order or an invoice. ``amount`` is what it is about, ``settled`` what was paid of it; an invoice names the
    ``order`` it bills, None when it stands alone. ``open`` False: closed, cancelled or paid."""

    id: str
    kind: Literal["order", "invoice"]
    amount: Decimal
    settled: Decimal = Decimal(0)
    order: str | None = None
    open: bool = True


def order_document(order: Order) -> Document:
    """The order as a document: open while its status counts."""
    return Document(id=order.id, kind="order", amount=order.totals.total, open=order.status in COUNTED)


def exposure(documents: Iterable[Document]) -> Decimal:
    """What is owed or committed: open documents, each id once (the last mention counts), an order only with what no
    invoice bills, never below zero each."""
    latest = {document.id: document for document in documents}
    billed: dict[str, Decimal] = {}
    for document in latest.values():
        if document.kind == "invoice" and document.order is not None:
            billed[document.order] = billed.get(document.order, Decimal(0)) + document.amount
    total = Decimal(0)
    for document in latest.values():
        if document.open:
            rest = document.amount - document.settled
            if document.kind == "order":
                rest -= billed.get(document.id, Decimal(0))
            total += max(rest, Decimal(0))
    return total


def available(organisation: Organisation, waiting: Iterable[Order] = ()) -> Decimal | None:
    """What may still be ordered on account, below zero when overdrawn; None without a limit. ``waiting`` are orders
    the server has not counted in ``credit_used`` yet (queued on this phone), each id once."""
    if organisation.credit_limit is None:
        return None
    queued = {order.id: order.totals.total for order in waiting if order.status == "queued"}
    return organisation.credit_limit - organisation.credit_used - sum(queued.values(), Decimal(0))


def exceeds_credit(organisation: Organisation, total: Decimal, waiting: Iterable[Order] = ()) -> bool:
    """Whether a new document of ``total`` goes past the limit. Exactly the limit is still within it, and a document
    of nothing never exceeds."""
    left = available(organisation, waiting)
    return left is not None and total > 0 and total > left
