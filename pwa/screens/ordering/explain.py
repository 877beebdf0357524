"""The sheet that says why a product costs what it costs, and what the next break takes."""

from collections.abc import Callable
from typing import Any, Protocol

from reactpy import component, html, use_effect, use_state
from reactpy.types import VdomDict

from offline.rules.pricing import PriceTrace, Rung
from offline.rules.quantities import round_up
from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import PriceList, Product, Promotion
from pwa.components.basics import Amount, Badge, Button, Child, Pieces, calling, classes
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens import words
from pwa.screens.ordering.basket import Basket


class Opens(Protocol):
    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]: ...


@component
def PriceSheets(basket: Basket, opener: Opens) -> VdomDict:
    """Keeps which product is explained, so that opening renders nothing but the sheet."""
    shown, set_shown = use_state("")

    @use_effect(dependencies=[opener])
    def listen() -> Callable[[], None]:
        return opener.listen(set_shown)

    product = basket.pricer.product(shown) if shown and not basket.facts_missing else None
    return html.div(PriceSheet(basket, product, lambda: set_shown(""), key=product.id) if product else None)


@component
def PriceSheet(basket: Basket, product: Product, close: Callable[[], Any]) -> VdomDict:
    app = use_app()
    quantity = min(basket.view(product.id).quantity, MAX_QUANTITY)
    ladder = basket.pricer.ladder(product.id)
    trace = ladder.price(max(quantity, 1)) or (ladder.price(ladder.rungs[0].quantity) if ladder.rungs else None)
    if trace is None:
        return Sheet(app.name(product.name), html.p(app.t("price.none_hint")), on_close=close, testid="why-price")
    target = next_target(product, trace)

    def order_more() -> None:
        if target is not None:
            basket.set_quantity(product.id, target)
            basket.settle(product.id)
        close()

    label = app.t("price.order_quantity", quantity=words.units(app, product, target)) if target else ""
    subtitle = app.name(product.name)
    if quantity:
        subtitle += f" · {words.units(app, product, quantity)}"
    return Sheet(
        app.t("price.why", price=app.format.price(trace.unit_price, basket.currency)),
        html.dl({"className": "facts"}, *_trace_lines(app, basket, trace)),
        _ladder(app, basket, product, ladder.rungs, trace),
        _promotions(app, basket.pricer.promotions_of(product)),
        on_close=close,
        subtitle=subtitle,
        testid="why-price",
        actions=Button(label, calling(order_more), wide=True, testid="ordering-next-break") if target else None,
    )


def next_target(product: Product, trace: PriceTrace) -> int | None:
    """The smallest quantity that may be ordered and has the next price."""
    if trace.next_quantity is None or trace.next_quantity > MAX_QUANTITY:
        return None
    return round_up(product, trace.next_quantity)


def _fact(label: str, value: Child, class_name: str = "") -> VdomDict:
    return html.div({"className": classes("fact", class_name), "key": label}, html.dt(label), html.dd(value))


def _trace_lines(app: App, basket: Basket, trace: PriceTrace) -> list[VdomDict]:
    lines = []
    if trace.standard_price is not None and trace.standard_price != trace.unit_price:
        price = app.format.price(trace.standard_price, basket.currency)
        lines.append(_fact(app.t("price.standard"), Amount(price, struck=trace.standard_price > trace.unit_price)))
    named = app.t("price.list_revision", name=app.name(trace.name), revision=trace.revision)
    lines.append(_fact(app.t(f"price.kind.{trace.kind}"), named))
    lines.append(_fact(app.t("price.list_code"), trace.code))
    if trace.distance:
        lines.append(_fact(app.t("price.comes_from"), app.t("price.inherited")))
    row = basket.pricer.facts.price_lists.get(trace.price_list)
    updated = _updated(app, row)
    if updated:
        lines.append(_fact(app.t("price.updated"), updated))
    return lines


def _updated(app: App, row: PriceList | None) -> str:
    return app.format.moment(row.updated_at, app.now()) if row and row.updated_at else ""


def _ladder(app: App, basket: Basket, product: Product, rungs: tuple[Rung, ...], trace: PriceTrace) -> Child:
    if len(rungs) < 2:
        return None

    def line(rung: Rung) -> VdomDict:
        current = rung.quantity == trace.tier_quantity and rung.unit_price == trace.unit_price
        label = app.t("price.tier", count=words.units(app, product, rung.quantity))
        price = Amount(app.format.price(rung.unit_price, basket.currency), strong=current)
        return _fact(label, price, "fact-current" if current else "")

    return html.section(
        html.h3({"className": "section-title"}, app.t("price.tiers")),
        html.dl({"className": "facts"}, *(line(rung) for rung in rungs)),
    )


def _promotions(app: App, promotions: tuple[Promotion, ...]) -> Child:
    if not promotions:
        return None
    shown = []
    for promotion in promotions[:4]:
        short, name = words.promotion_text(app, promotion), app.name(promotion.name)
        until = promotion.valid_until
        ends = app.t("promotion.until", day=app.format.day(until, app.now())) if until is not None else ""
        shown.append(
            html.li(
                {"key": promotion.id, "className": "promotion-line"},
                Badge(short, "info"),
                html.span({"className": "muted small"}, Pieces(name if name != short else "", ends)),
            )
        )
    return html.section(
        html.h3({"className": "section-title"}, app.t("promotion.title")), html.ul({"className": "stack"}, *shown)
    )
