"""What other slices, importers and the demo may use of orders."""

from backend.orders.backorders import fill_backorders
from backend.orders.credit import reconcile_credit
from backend.orders.delivering import show_signatures
from backend.orders.history import PastLine, PastOrder, import_orders
from backend.orders.reading import follow_orders, read_order
from backend.orders.rows import order_row

__all__ = [
    "PastLine",
    "PastOrder",
    "fill_backorders",
    "follow_orders",
    "import_orders",
    "order_row",
    "read_order",
    "reconcile_credit",
    "show_signatures",
]
