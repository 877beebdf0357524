"""Commands of the orders slice. They share ``prepare`` and ``finish``: one set of locks, numbers and rows a push."""

from backend.orders.deciding import approve_order, cancel_order, close_order, confirm_price
from backend.orders.delivering import ship_order, sign_order
from backend.orders.placing import place_order
from backend.orders.sitting import finish, prepare
from backend.sync.commands import Handler
from offline.wire.commands import (
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderPlace,
    OrderShip,
    OrderSign,
)

HANDLERS: tuple[Handler, ...] = (
    Handler(OrderPlace, "order.place", place_order, prepare, finish),
    Handler(OrderConfirmPrice, "order.place", confirm_price, prepare, finish),
    Handler(OrderApprove, "order.approve", approve_order, prepare, finish),
    Handler(OrderCancel, "order.cancel", cancel_order, prepare, finish),
    Handler(OrderShip, "order.ship", ship_order, prepare, finish),
    Handler(OrderSign, "order.sign", sign_order, prepare, finish),
    Handler(OrderClose, "order.close", close_order, prepare, finish),
)
