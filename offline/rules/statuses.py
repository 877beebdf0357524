"""The life of an order: which status may follow which, and the permission each move needs.

::

    draft -> queued -> submitted <-> on_hold <-> partly_shipped
                           |            |
                           v            v
                        approved <----->+        draft .. approved may be cancelled
                           |  \\
                           v   v
              partly_shipped -> shipped -> signed -> closed
                    |              |                   ^
                    +--------------+-------------------+

``queued`` exists on the phone only. An order that was stopped by hand (``Order.held``) is ``on_hold`` too, and goes
back to where it was when it is released. What is shipped is no longer cancelled: a partly shipped order is closed
instead, which gives up its open rest.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import get_args

from offline.rules.credit import exceeds_credit
from offline.wire.rows import Brand, HoldReason, Order, OrderLine, OrderStatus, Organisation

STATUSES: tuple[OrderStatus, ...] = get_args(OrderStatus)
FINAL: frozenset[OrderStatus] = frozenset({"closed", "cancelled"})
OPEN: frozenset[OrderStatus] = frozenset({"submitted", "on_hold", "approved", "partly_shipped"})
"""Something of it is still to ship: it may be stopped by hand, and lines of it cut."""

TRANSITIONS: dict[tuple[OrderStatus, OrderStatus], str] = {
    ("draft", "queued"): "order.place",
    ("draft", "submitted"): "order.place",
    ("draft", "on_hold"): "order.place",
    ("draft", "cancelled"): "order.place",
    ("queued", "submitted"): "order.place",
    ("queued", "on_hold"): "order.place",
    ("queued", "cancelled"): "order.place",
    ("submitted", "on_hold"): "order.approve",
    ("submitted", "approved"): "order.approve",
    ("submitted", "cancelled"): "order.cancel",
    ("approved", "on_hold"): "order.approve",
    ("partly_shipped", "on_hold"): "order.approve",
    ("on_hold", "partly_shipped"): "order.approve",
    ("on_hold", "on_hold"): "order.place",
    ("on_hold", "submitted"): "order.place",
    ("on_hold", "approved"): "order.approve",
    ("on_hold", "cancelled"): "order.cancel",
    ("approved", "partly_shipped"): "order.ship",
    ("approved", "shipped"): "order.ship",
    ("approved", "cancelled"): "order.cancel",
    ("partly_shipped", "partly_shipped"): "order.ship",
    ("partly_shipped", "shipped"): "order.ship",
    ("partly_shipped", "closed"): "order.close",
    ("shipped", "signed"): "order.sign",
    ("shipped", "closed"): "order.close",
    ("signed", "closed"): "order.close",
}
"""Permission by (from, to). ``on_hold`` to itself or to ``submitted``: a new price was confirmed, which is the
buyer's side's to do; from ``approved`` and ``partly_shipped`` to ``on_hold``, and back to the latter: by hand.
``partly_shipped`` to itself: one more parcel, still not the last."""


def may_move(status: OrderStatus, to: OrderStatus) -> bool:
    """Whether an order in ``status`` may become ``to`` at all."""
    return (status, to) in TRANSITIONS


def moves(status: OrderStatus, permissions: Collection[str]) -> tuple[OrderStatus, ...]:
    """Where someone with ``permissions`` may take an order from ``status``, in the order of the statuses."""
    return tuple(to for to in STATUSES if TRANSITIONS.get((status, to)) in permissions)


def holds(
    brand: Brand, organisation: Organisation, total: Decimal, *, price_drifted: bool = False
) -> tuple[HoldReason, ...]:
    """Why an order of ``total`` (to be paid) must wait for a person, in the order they are shown.

    price     what the phone showed is not what counts now, and its quote is past the brand's grace
    credit    with this order the organisation's open documents exceed its limit
    approval  the total is above ``Brand.approval_above``
    """
    found: list[HoldReason] = []
    if price_drifted:
        found.append("price")
    if exceeds_credit(organisation, total):
        found.append("credit")
    if brand.approval_above is not None and total > brand.approval_above:
        found.append("approval")
    return tuple(found)


def status_for_holds(reasons: Collection[HoldReason]) -> OrderStatus:
    """The status of an order placed or confirmed with these open reasons."""
    return "on_hold" if reasons else "submitted"


def holds_after_approval(reasons: Iterable[HoldReason]) -> tuple[HoldReason, ...]:
    """An approval releases every hold but ``price``: new prices are for the buyer to accept."""
    return tuple(reason for reason in reasons if reason == "price")


def may_cancel(order: Order) -> bool:
    """Until something is shipped, which an order on hold does not say by its status."""
    return may_move(order.status, "cancelled") and not any(line.shipped for line in order.lines)


def may_hold(order: Order) -> bool:
    """Whether head office may stop it by hand."""
    return order.status in OPEN and not order.held


def standing(order: Order) -> OrderStatus:
    """The status of an order that is ``OPEN``, by what it holds: after a hold was lifted, or lines were cut."""
    if order.held or order.holds:
        return "on_hold"
    if any(line.shipped for line in order.lines):
        status = shipped_status(order.lines)
        return "signed" if status == "shipped" and all(parcel.signed_at for parcel in order.parcels) else status
    return "approved" if any(event.kind == "approved" for event in order.events) else "submitted"


def shipped_status(lines: Iterable[OrderLine]) -> OrderStatus:
    """``approved`` while nothing was shipped, ``shipped`` once every line is, gifts included, else
    ``partly_shipped``."""
    ordered = shipped = 0
    complete = True
    for line in lines:
        ordered += line.quantity
        shipped += line.shipped
        complete = complete and line.shipped >= line.quantity
    if shipped == 0:
        return "approved"
    return "shipped" if complete else "partly_shipped"


_UNDER_WAY = timedelta(minutes=2)


def taken_at(order: Order) -> datetime | None:
    """When the person placed it, which for one taken offline is long before it arrived. By the phone's clock, which may
    be wrong: none was taken after it was here."""
    known = [at for at in (order.local_at, order.placed_at) if at is not None]
    return min(known, default=None)


def came_late(order: Order) -> bool:
    """Whether it arrived notably later than it was taken."""
    if order.local_at is None or order.placed_at is None:
        return False
    return order.placed_at - order.local_at > _UNDER_WAY
