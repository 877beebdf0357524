"""Goods taken by their barcode: the scanned pack is added, and the list leads to its product."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reactpy import use_state
from reactpy.types import Component

from offline.wire.rows import Product
from pwa.components.fields import Checkbox
from pwa.components.scanner import Scanner
from pwa.screens import words
from pwa.screens.barcodes import by_barcode
from pwa.screens.ordering.basket import Basket


@dataclass(frozen=True)
class Scanned:
    """What was scanned last, as the list's search has it; ``count`` tells one scan from the next."""

    product: str = ""
    text: str = ""
    count: int = 0


NOTHING = Scanned()


@dataclass(frozen=True)
class Scanning:
    """``open()`` shows the camera; ``sheet`` is what then lies over the screen."""

    last: Scanned
    open: Callable[[], Any]
    sheet: Component | None


def use_scanning(basket: Basket, show: Callable[[str], None], show_chosen: Callable[[], None]) -> Scanning:
    """``show(text)`` makes the list look for it, ``show_chosen()`` shows all that was taken. The camera stays open over
    a code that no product has, or that this customer may not order, and over each where many are taken in a row."""
    is_open, set_open = use_state(False)
    last, set_last = use_state(NOTHING)
    in_a_row, set_in_a_row = use_state(False)
    taken, set_taken = use_state(0)

    def scanned(code: str) -> None:
        app = basket.app
        found = by_barcode(app, code)
        if found is None:
            app.toasts.show(app.t("count.unknown_code", code=code), tone="bad", icon="scan-barcode")
            return
        product, pack = found
        obstacle = basket.obstacle(product)
        if obstacle is not None:
            text = app.t("sync.about_line", name=app.name(product.name), problem=words.problem_text(app, obstacle))
            app.toasts.show(text, tone="bad", icon="scan-barcode")
            return
        add(basket, product, pack)
        if in_a_row:
            set_taken(lambda count: count + 1)
            return
        set_open(False)
        set_last(lambda old: Scanned(product.id, product.sku, old.count + 1))
        show(product.sku)

    def close() -> None:
        set_open(False)
        if taken:
            set_taken(0)
            set_last(lambda old: Scanned(count=old.count + 1))
            show_chosen()

    more = Checkbox(basket.app.t("scan.in_a_row"), in_a_row, set_in_a_row, testid="scan-in-a-row")
    sheet = Scanner(scanned, on_close=close, more=more) if is_open else None
    return Scanning(last, lambda: set_open(True), sheet)


def add(basket: Basket, product: Product, pack: str) -> None:
    """One pack more ("" = one unit), rounded up to what may be ordered, and that is said."""
    app = basket.app
    before = basket.view(product.id).quantity
    factor = next((each.factor for each in product.packs if each.code == pack), 1)
    after = basket.add(product, factor)
    values = {
        "name": app.name(product.name),
        "added": words.units(app, product, after - before),
        "total": words.units(app, product, after),
    }
    app.toasts.show(app.t("scan.added_more" if before else "scan.added", **values), icon="scan-barcode")
