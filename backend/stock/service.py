"""What other slices may ask and do of stock."""

from backend.stock.counting import WarehouseBook, warehouse_books
from backend.stock.holdings import Cause, Part, PartnerBook, deliver, partner_books, partner_stock_of, partner_stock_row
from backend.stock.levels import HELD, HeldStock, held_stock, hold_stock, open_levels, receive, set_levels, stock_row

__all__ = [
    "HELD",
    "Cause",
    "HeldStock",
    "Part",
    "PartnerBook",
    "WarehouseBook",
    "deliver",
    "held_stock",
    "hold_stock",
    "open_levels",
    "partner_books",
    "partner_stock_of",
    "partner_stock_row",
    "receive",
    "set_levels",
    "stock_row",
    "warehouse_books",
]
