"""The invoice lines of the UCI "Online Retail" data set, judged one by one.

Each row gets exactly one verdict. In this order:

code_missing        no stock code
service_code        postage, discounts, bank charges ...: ``SERVICES``
unknown_code        neither five digits with up to two letters nor DCGS...: not a product we know of
stock_note          the description is blank or a remark of the warehouse ("damaged", "?"): no run of three capitals,
                    in which this file writes what it sells
unreadable          a number or a date that cannot be read
price_not_positive  given away, written off or bad debt
no_customer         nobody to sell to
cancellation        an invoice C...: taken from the invoice it cancels, see ``cancel``
quantity_not_positive  below one without being a cancellation
sale                taken
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from backend.importing.cells import BadCell, as_decimal, as_moment, as_text, as_whole
from backend.importing.tables import TableRow

HEADERS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
SERVICES = {
    "POST": "postage",
    "DOT": "dotcom postage",
    "C2": "carriage",
    "D": "discount",
    "M": "manual entry",
    "S": "samples",
    "B": "bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "marketplace fee",
    "CRUK": "charity commission",
    "PADS": "pads to match cushions, a fill-in at no price",
}
_GIFT_VOUCHER = re.compile(r"GIFT_\d{4}_\d+")
_PRODUCT = re.compile(r"\d{5}[A-Z]{0,2}|DCGS\w+")
_CAPITALS = re.compile(r"[A-Z]{3}")
LONDON = ZoneInfo("Europe/London")

Verdict = Literal["sale", "cancellation"]


class NotTaken(Exception):
    """``column`` is empty when the row as a whole is meant."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


@dataclass(frozen=True, slots=True)
class Line:
    """A sale, or with ``cancels`` the cancellation of one; ``quantity`` is positive either way."""

    row: int
    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    unit_price: Decimal
    customer: str
    country: str
    cancels: bool


def judge(row: TableRow) -> Line:
    """The line, or ``NotTaken`` with the reason."""
    invoice, code = _text(row, "InvoiceNo"), _text(row, "StockCode").upper()
    description = " ".join(_text(row, "Description").split())
    _check_code(code)
    if not _CAPITALS.search(description):
        raise NotTaken("stock_note: the description is blank or a remark, not a product", "Description")
    quantity, at, price = _figures(row)
    if price <= 0:
        raise NotTaken("price_not_positive: given away, written off or corrected", "UnitPrice")
    customer = _text(row, "CustomerID")
    if not customer:
        raise NotTaken("no_customer: nobody is named", "CustomerID")
    cancels = invoice.upper().startswith("C")
    if (quantity < 1) != cancels or quantity == 0:
        raise NotTaken("quantity_not_positive: below one, or a cancellation above", "Quantity")
    return Line(
        row=row.number,
        invoice=invoice,
        code=code,
        description=description,
        quantity=abs(quantity),
        at=at,
        unit_price=price,
        customer=customer.removesuffix(".0"),
        country=_text(row, "Country"),
        cancels=cancels,
    )


def _check_code(code: str) -> None:
    if not code:
        raise NotTaken("code_missing: no stock code", "StockCode")
    if code in SERVICES:
        raise NotTaken(f"service_code: {SERVICES[code]}", "StockCode")
    if _GIFT_VOUCHER.fullmatch(code):
        raise NotTaken("service_code: gift voucher", "StockCode")
    if not _PRODUCT.fullmatch(code):
        raise NotTaken("unknown_code: not the shape of a product's code", "StockCode")


def _text(row: TableRow, column: str) -> str:
    cell = row.cells.get(column)
    try:
        return "" if cell is None else as_text(cell)
    except BadCell as bad:
        raise NotTaken(f"unreadable: {bad.reason}", column) from None


def _figures(row: TableRow) -> tuple[int, datetime, Decimal]:
    column = "Quantity"
    try:
        quantity = as_whole(row.cells.get(column))
        column = "InvoiceDate"
        at = as_moment(row.cells.get(column), LONDON)
        column = "UnitPrice"
        return quantity, at, as_decimal(row.cells.get(column))
    except BadCell as bad:
        raise NotTaken(f"unreadable: {bad.reason}", column) from None
