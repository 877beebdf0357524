"""The product a scanned code belongs to."""

from itertools import chain

from offline.rules.barcodes import gtins
from offline.wire.rows import Product
from pwa.context import App


def by_barcode(app: App, code: str) -> tuple[Product, str] | None:
    """The product a scanned code belongs to, and the pack it is on ("" = the unit)."""
    return next((found for number in gtins(code) if (found := _carrying(app, code, number))), None)


def _carrying(app: App, code: str, number: str) -> tuple[Product, str] | None:
    found = (_carried(row, code, number) for row in app.engine.replica.search_products(code, limit=20))
    # A pack's barcode need not be in the text that is searched, and a number may be written with fewer digits there.
    rows = (row for row in app.engine.replica.all("product") if isinstance(row, Product) and row.status == "active")
    every = chain(found, (_carried(row, code, number) for row in rows))
    return next((each for each in every if each is not None), None)


def _carried(product: Product, code: str, number: str) -> tuple[Product, str] | None:
    for pack in product.packs:
        if pack.barcode and number in gtins(pack.barcode):
            return product, pack.code
    own = product.sku == code or any(number in gtins(each) for each in product.barcodes)
    return (product, "") if own else None
