"""Commands of the orders slice. They share ``prepare`` and their end: one set of locks, numbers and rows a push."""

from backend.orders.backorders import filling
from backend.orders.cutting import cut_order
from backend.orders.deciding import approve_order, cancel_order, close_order, confirm_price
from backend.orders.delivering import ship_order, sign_order
from backend.orders.holding import hold_order, release_order
from backend.orders.placing import place_order
from backend.orders.settling import credit_lacking, resend_lacking
from backend.orders.sitting import prepare
from backend.sync.commands import Handler
from offline.wire.commands import (
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCredit,
    OrderCut,
    OrderHold,
    OrderPlace,
    OrderRelease,
    OrderResend,
    OrderShip,
    OrderSign,
)

_HANDLERS = (
    Handler(OrderPlace, "order.place", place_order, prepare),
    Handler(OrderConfirmPrice, "order.place", confirm_price, prepare),
    Handler(OrderApprove, "order.approve", approve_order, prepare),
    Handler(OrderCancel, "order.cancel", cancel_order, prepare),
    Handler(OrderHold, "order.approve", hold_order, prepare),
    Handler(OrderRelease, "order.approve", release_order, prepare),
    Handler(OrderCut, "order.approve", cut_order, prepare),
    Handler(OrderShip, "order.ship", ship_order, prepare),
    Handler(OrderSign, "order.sign", sign_order, prepare),
    Handler(OrderResend, "order.ship", resend_lacking, prepare),
    Handler(OrderCredit, "order.approve", credit_lacking, prepare),
    Handler(OrderClose, "order.close", close_order, prepare),
)

HANDLERS: tuple[Handler, ...] = tuple(map(filling, _HANDLERS))
