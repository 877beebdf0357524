"""Goods taken by their barcode: the scanned pack is added, and the list leads to its product."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reactpy import html, use_state
from reactpy.types import Component, VdomDict

from offline.wire.rows import Product
from pwa.components.basics import Button, Icon, calling
from pwa.components.fields import Checkbox
from pwa.components.scanner import Scanner
from pwa.context import App
from pwa.screens import words
from pwa.screens.barcodes import by_barcode
from pwa.screens.ordering.basket import Basket

SHOWN = 3


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


@dataclass(frozen=True)
class Taken:
    """What one scan added, and how many there were before it; ``text`` tells it alone, ``line`` among others."""

    product: str
    before: int
    text: str
    line: str


def use_scanning(basket: Basket, show: Callable[[str], None], show_chosen: Callable[[], None]) -> Scanning:
    """``show(text)`` makes the list look for it, ``show_chosen()`` shows all that was taken. The camera stays open over
    a code that no product has, or that this customer may not order, and over each where many are taken in a row: then
    what was taken stands below it, and the last of it can be taken back."""
    app = basket.app
    is_open, set_open = use_state(False)
    last, set_last = use_state(NOTHING)
    in_a_row, set_in_a_row = use_state(app.scan_in_a_row)
    nothing: tuple[Taken, ...] = ()
    taken, set_taken = use_state(nothing)

    def scanned(code: str) -> bool:
        found = by_barcode(app, code)
        if found is None:
            app.toasts.show(app.t("count.unknown_code", code=code), tone="bad", icon="scan-barcode")
            return False
        product, pack = found
        obstacle = basket.obstacle(product)
        if obstacle is not None:
            text = app.t("sync.about_line", name=app.name(product.name), problem=words.problem_text(app, obstacle))
            app.toasts.show(text, tone="bad", icon="scan-barcode")
            return False
        new = add(basket, product, pack)
        if in_a_row:
            set_taken(lambda before: (*before, new))
            return True
        set_open(False)
        app.toasts.show(new.text, undo=lambda: basket.put_back(new.product, new.before), icon="scan-barcode")
        set_last(lambda old: Scanned(product.id, product.sku, old.count + 1))
        show(product.sku)
        return True

    async def choose(many: bool) -> None:
        set_in_a_row(many)
        await app.choose_scanning(in_a_row=many)

    def take_back() -> None:
        basket.put_back(taken[-1].product, taken[-1].before)
        set_taken(taken[:-1])

    def close() -> None:
        set_open(False)
        if taken:
            set_taken(())
            set_last(lambda old: Scanned(count=old.count + 1))
            show_chosen()

    if not is_open:
        return Scanning(last, lambda: set_open(True), None)
    sheet = Scanner(
        scanned,
        on_close=close,
        told=_running(app, taken, take_back) if taken else None,
        more=Checkbox(app.t("scan.in_a_row"), in_a_row, choose, testid="scan-in-a-row"),
        actions=Button(app.t("scan.done", count=len(taken)), calling(close), wide=True, testid="scan-done")
        if taken
        else None,
    )
    return Scanning(last, lambda: set_open(True), sheet)


def _running(app: App, taken: tuple[Taken, ...], take_back: Callable[[], None]) -> VdomDict:
    """The last few, the newest first."""
    newest, *earlier = taken[: -SHOWN - 1 : -1]
    undo = Button(app.t("common.undo"), calling(take_back), kind="plain", small=True, testid="scan-undo")
    return html.div(
        {"className": "scan-taken"},
        html.div({"className": "scan-newest"}, Icon("check", size=18), html.span({"dir": "auto"}, newest.line), undo),
        *(
            html.p({"className": "muted small", "dir": "auto", "key": f"earlier-{place}"}, each.line)
            for place, each in enumerate(earlier)
        ),
    )


def add(basket: Basket, product: Product, pack: str) -> Taken:
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
    text = app.t("scan.added_more" if before else "scan.added", **values)
    return Taken(product.id, before, text, app.t("scan.line", **values))
