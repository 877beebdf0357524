"""Prices that are others than the phone showed: both of them, until when somebody must decide, and the deed."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.price_holds import let_go_at
from offline.wire.rows import Order
from pwa.components.basics import Button, Child, Icon, attributes, calling
from pwa.desk.orders.checks import PriceLine, changed_prices
from pwa.desk.parts import text_button
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

SHOWN = 8
_HEADS = ("orders.price_product", "orders.price_quoted", "orders.price_now")


@component
def PriceHold(order: Order, on_ask: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    whole, show_whole = use_state(False)
    changed = changed_prices(order)
    shown = changed if whole else changed[:SHOWN]
    return html.section(
        attributes("block block-info", "price-hold"),
        html.h3({"className": "block-title"}, Icon("tag", size=16), words("orders.price_hold")),
        html.p({"className": "block-text"}, words("orders.price_hold_text")),
        _let_go(desk, words, order),
        Button(
            words("orders.do.accept_price"),
            calling(on_ask, "accept_price"),
            kind="secondary",
            small=True,
            testid="accept-price",
        )
        if desk.reads.may("order.place")
        else None,
        html.table(
            {"className": "small-table"},
            html.thead(html.tr(*(html.th({"scope": "col", "key": head}, words(head)) for head in _HEADS))),
            html.tbody(*(_row(words, order, each) for each in shown)),
        )
        if changed
        else None,
        text_button(
            words("orders.price_all", count=len(changed)), lambda: show_whole(True), testid="price-all", key="all"
        )
        if len(shown) < len(changed)
        else None,
    )


def _row(words: Words, order: Order, changed: PriceLine) -> VdomDict:
    return html.tr(
        {"key": changed.line.id},
        html.td(words.name(changed.line.name)),
        html.td({"className": "number"}, words.price(changed.quoted_unit_price, order.currency)),
        html.td({"className": "number number-strong"}, words.price(changed.line.unit_price, order.currency)),
    )


def _let_go(desk: DeskState, words: Words, order: Order) -> Child:
    """When the order is cancelled if nobody decides."""
    brand = desk.reads.brand
    at = let_go_at(order.holds, order.events, brand.price_hold_hours, words.now) if brand else None
    if at is None:
        return None
    text = words("orders.price_hold_until", when=words.format.moment(at, words.now))
    return html.p({"className": "block-text", "data-testid": "price-hold-until"}, text)
