"""What other slices, importers and the demo may use of orders."""

from backend.orders.backorders import fill_backorders
from backend.orders.credit import reconcile_credit
from backend.orders.delivering import show_signatures
from backend.orders.history import PastLine, PastOrder, import_orders
from backend.orders.price_holds import let_go_of_price_holds
from backend.orders.reading import follow_orders, read_order
from backend.orders.rows import order_row
from backend.orders.shelving import shelve_finished_orders

__all__ = [
    "PastLine",
    "PastOrder",
    "fill_backorders",
    "follow_orders",
    "import_orders",
    "let_go_of_price_holds",
    "order_row",
    "read_order",
    "reconcile_credit",
    "shelve_finished_orders",
    "show_signatures",
]
