"""The prices of one list, edited in place: a row opens into its tiers."""

from collections.abc import Callable, Sequence
from functools import partial

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.rows import Price, Product
from pwa.components.basics import Badge, Button, Child, Icon, attributes, calling
from pwa.desk.listing import not_found
from pwa.desk.parts import Nothing
from pwa.desk.price_lists.tier_editor import TierEditor
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

PAGE = 60


@component
def PriceTable(list_id: str, product_ids: Sequence[str], text: str, *, bare: bool = False) -> VdomDict:
    """``product_ids``, found by ``text``, in the order shown; a page at a time, for an open row is as high as its
    tiers. ``bare``: these are the ones without a price."""
    desk = use_desk()
    words = desk.words()
    opened, set_opened = use_state("")
    shown, set_shown = use_state((PAGE, text))
    most = shown[0] if shown[1] == text else PAGE
    prices = {price.product: price for price in desk.reads.prices_by_list().get(list_id, ())}
    may_edit = desk.reads.may("price.edit")
    if not product_ids:
        none = "all_priced" if bare and desk.reads.products else "no_prices"
        nothing = Nothing("tag", words(f"prices.{none}"), words(f"prices.{none}_text"))
        return html.div(not_found(words, text) if text.strip() else nothing)

    def toggle(product_id: str) -> None:
        set_opened(lambda old: "" if old == product_id else product_id)

    def go_on(product_id: str) -> None:
        """To the next one that has no price either, so that many are priced without the mouse."""
        behind = product_ids[product_ids.index(product_id) + 1 :] if bare else ()
        set_opened(behind[0] if behind else "")

    lines: list[Child] = []
    for product_id in product_ids[:most]:
        product = desk.reads.product(product_id)
        if product is None:
            continue
        price = prices.get(product_id)
        lines.append(
            _line(desk, words, product, price, is_open=product_id == opened, toggle=toggle if may_edit else None)
        )
        if product_id == opened:
            lines.append(
                TierEditor(
                    list_id,
                    product_id,
                    price,
                    lambda: set_opened(""),
                    partial(go_on, product_id),
                    key=f"edit-{product_id}",
                )
            )
    rest = len(product_ids) - most
    more = Button(
        words("prices.show_more", count=min(rest, PAGE * 2)),
        lambda _event: set_shown((most + PAGE * 2, text)),
        kind="secondary",
        testid="more-prices",
    )
    return html.div({"className": "price-table"}, *lines, more if rest > 0 else None)


def _line(
    desk: DeskState,
    words: Words,
    product: Product,
    price: Price | None,
    *,
    is_open: bool,
    toggle: Callable[[str], None] | None,
) -> VdomDict:
    refused = desk.refused("product", product.id, "price.save")
    content: list[Child] = [
        html.span(
            {"className": "price-name"},
            words.name(product.name),
            html.span({"className": "faint number"}, f" {product.sku}"),
        ),
        Badge(words("refusal.short"), "bad") if refused else None,
        html.span({"className": "price-tiers"}, *_tiers(words, product, price)),
        Icon("chevron-down" if is_open else "pencil", size=16) if toggle else None,
    ]
    if toggle is None:
        return html.div(attributes("price-line", f"price-{product.sku}", product.id), *content)
    more = {"type": "button", "aria-expanded": "true" if is_open else "false", "onClick": calling(toggle, product.id)}
    return html.button(attributes("price-line price-press", f"price-{product.sku}", product.id, more), *content)


def _tiers(words: Words, product: Product, price: Price | None) -> list[Child]:
    if price is None:
        return [html.span({"className": "faint"}, words("prices.no_price"))]
    first = product.minimum
    return [
        html.span(
            {"className": "tier number", "key": str(tier.quantity)},
            html.span({"className": "faint"}, words("prices.from_count", count=words.number(tier.quantity)))
            if tier.quantity > first or tier.quantity > 1
            else None,
            html.strong(words.price(tier.unit_price)),
        )
        for tier in price.tiers
    ]
