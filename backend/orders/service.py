"""What other slices, importers and the demo may use of orders."""

from backend.orders.credit import reconcile_credit
from backend.orders.history import PastLine, PastOrder, import_orders
from backend.orders.rows import order_row

__all__ = ["PastLine", "PastOrder", "import_orders", "order_row", "reconcile_credit"]
