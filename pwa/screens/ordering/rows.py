"""One product in the list of an order: drawn again alone when its own line changes."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_effect, use_state
from reactpy.types import VdomDict

from offline.rules.pricing import PriceTrace
from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import Product, Promotion
from pwa.components.basics import Badge, Child, Icon, Picture, attributes, calling, classes
from pwa.components.fields import Stepper, parse_whole
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens import words
from pwa.screens.ordering.basket import Basket
from pwa.screens.ordering.lines import LineView, steps

LONG_NAMES = {"zh-CN": 32, "en": 40}
"""From this width on (in halves of a Chinese character) a name gets the line of the terms too."""


def use_line(basket: Basket, product_id: str) -> LineView:
    """The line's figures; the component renders again when they change, and only then."""
    _, bump = use_state(0)

    @use_effect(dependencies=[basket, product_id])
    def follow() -> Callable[[], None]:
        return basket.listen(product_id, lambda: bump(lambda count: count + 1))

    return basket.view(product_id)


def QuantityStepper(
    basket: Basket, product: Product, view: LineView, *, disabled: bool = False, focus: int = 0
) -> VdomDict:
    """Steps by the order rule; what is typed is rounded up when the field is left. ``focus`` as ``Stepper`` has it."""
    app = basket.app
    found = steps(product, view.quantity)

    def typed(text: str) -> None:
        quantity = parse_whole(text)
        if quantity is not None:
            basket.set_quantity(product.id, quantity)
        elif not text.strip():
            basket.set_quantity(product.id, 0)

    def left(text: str) -> None:
        typed(text)
        if text.strip() and parse_whole(text) is None:
            basket.misread(product.id, text)
        basket.settle(product.id, text)

    return Stepper(
        view.quantity,
        label=app.name(product.name),
        on_step=lambda direction: basket.step(product, int(direction)),
        on_type=typed,
        on_commit=left,
        up=found.up,
        down=found.down,
        disabled=disabled,
        error=view.problem is not None,
        testid=f"quantity-{product.sku}",
        plus_testid=f"add-{product.sku}",
        minus_testid=f"less-{product.sku}",
        revision=view.revision,
        focus=focus,
    )


@component
def ProductRow(basket: Basket, product: Product, explain: Callable[[str], None], focus: int = 0) -> VdomDict:
    """Picture, name, terms, price with its reason, stepper, and one line that says what is worth knowing now."""
    app = use_app()
    view = use_line(basket, product.id)
    quantity = max(view.quantity, 1)
    trace = basket.pricer.price(product.id, min(quantity, MAX_QUANTITY)) or lowest_trace(basket, product)
    blocked = basket.obstacle(product) is not None and view.quantity == 0
    name = app.name(product.name)
    state = "blocked" if blocked else "chosen" if view.quantity else "free"
    return html.article(
        attributes(
            classes("product-row", f"product-{state}", _width(name) > LONG_NAMES[app.locale] and "product-long"),
            f"product-{product.sku}",
            more={"data-product": product.id},
        ),
        Picture(product.image or "", size=56),
        html.div(
            {"className": "product-text"},
            html.h3({"className": "product-name", "dir": "auto"}, name),
            html.p({"className": "product-meta product-terms"}, terms_text(app, product)),
            _supply(app, basket, product, view.quantity),
        ),
        html.div(
            {"className": "product-deal"},
            _price(app, basket, product, trace, explain),
            None if blocked else QuantityStepper(basket, product, view, focus=focus),
        ),
        html.div(
            {"className": "product-foot"},
            _note(basket, product, view, trace),
            _line_total(app, basket, product, view),
        ),
    )


def _width(text: str) -> int:
    """In halves of a Chinese character."""
    return sum(1 if letter < "\u1100" else 2 for letter in text)


def lowest_trace(basket: Basket, product: Product) -> PriceTrace | None:
    """The price at the first quantity that has one."""
    rungs = basket.pricer.ladder(product.id).rungs
    return basket.pricer.price(product.id, rungs[0].quantity) if rungs else None


def terms_text(app: App, product: Product) -> str:
    return words.joined(product.sku, words.pack_text(app, product))


def _supply(app: App, basket: Basket, product: Product, quantity: int) -> VdomDict:
    """From how many on, and how many there are, or what becomes of those that are not."""
    stock = basket.stock(product.id)
    short = words.shortage_text(app, stock, quantity, basket.draft.shortage)
    facts = words.joined(words.rule_text(app, product), short or words.stock_text(app, stock)).split(words.DOT)
    look = classes("product-meta product-supply", bool(short) and "note-warning")
    told = (html.span({"key": str(place)}, fact) for place, fact in enumerate(facts))
    return html.p(attributes(look, f"short-{product.sku}" if short else ""), *told)


def _price(
    app: App, basket: Basket, product: Product, trace: PriceTrace | None, explain: Callable[[str], None]
) -> VdomDict:
    if trace is None:
        return html.span({"className": "product-price product-unpriced"}, app.t("price.none"))
    standard = trace.standard_price
    was: Child = None
    if standard is not None and standard > trace.unit_price:
        was = html.s({"className": "number product-was"}, app.format.price(standard, basket.currency))
    return html.button(
        {
            "className": "product-price",
            "type": "button",
            "data-testid": f"why-{product.sku}",
            "onClick": calling(explain, product.id),
        },
        html.span(
            {"className": "product-price-line"},
            html.strong({"className": "number"}, app.format.price(trace.unit_price, basket.currency)),
            was,
        ),
        html.span(
            {"className": "badge badge-accent product-reason"},
            words.reason_text(app, trace),
            Icon("chevron-right", size=12),
        ),
        html.span({"className": "visually-hidden"}, app.t("price.explain", name=app.name(product.name))),
    )


def _note(basket: Basket, product: Product, view: LineView, trace: PriceTrace | None) -> VdomDict:
    """The most pressing thing: what is wrong, what was rounded, the next break, a promotion."""
    app = basket.app
    more: dict[str, Any] = {"className": "product-note", "data-testid": f"note-{product.sku}"}
    problem = view.problem or basket.obstacle(product)
    if problem is not None:
        text = words.problem_text(app, problem)
        return html.span({**more, "className": "product-note note-bad", "role": "status"}, text)
    if view.misread:
        return html.span({**more, "className": "product-note note-bad", "role": "status"}, misread_text(app, view))
    if view.rounded_from is not None:
        return html.span({**more, "role": "status"}, *_rounded(basket, product, view))
    offers = [each for each in basket.pricer.promotions_of(product) if not words.is_for_everything(each)]
    step = words.next_break_text(app, product, trace, view.quantity, basket.currency) if trace else ""
    earned = [each for each in offers if each.id in view.promotions or (view.quantity and basket.gifts_of(each.id))]
    gained = next(iter(earned), None)
    if gained is not None:
        return html.span(more, Badge(_gained(basket, gained), "accent"), Badge(step, "warning") if step else None)
    if step and (view.quantity or not offers):
        return html.span(more, Badge(step, "warning" if view.quantity else "neutral"))
    if offers:
        return html.span(more, Badge(words.promotion_text(app, offers[0]), "info"))
    return html.span(more)


def misread_text(app: App, view: LineView) -> str:
    return app.t("quantity.misread", typed=view.misread)


def _gained(basket: Basket, promotion: Promotion) -> str:
    """What the line has earned: the gift itself, or the offer's name."""
    app = basket.app
    gift = next(iter(basket.gifts_of(promotion.id)), None)
    given = app.engine.replica.typed(Product, "product", gift.product) if gift else None
    if gift is None or given is None:
        return words.promotion_text(app, promotion)
    return app.t("order.gift_earned", quantity=words.units(app, given, gift.quantity))


def _rounded(basket: Basket, product: Product, view: LineView) -> list[Child]:
    """That the quantity was rounded up, with the other allowed value as a button."""
    app = basket.app
    typed = app.format.number(view.rounded_from or 0)
    content: list[Child] = [app.t("quantity.rounded", typed=typed, to=app.format.number(view.quantity))]
    lower = steps(product, view.quantity).down
    if lower:
        more = {"type": "button", "onClick": calling(basket.step, product, -1)}
        label = app.t("quantity.choose", quantity=app.format.number(lower))
        content.append(html.button(attributes("link-button", f"lower-{product.sku}", more=more), label))
    return content


def _line_total(app: App, basket: Basket, product: Product, view: LineView) -> Child:
    if view.net is None:
        return None
    saved = view.goods is not None and view.goods > view.net
    was = (
        html.s({"className": "number product-was"}, app.money(view.goods, basket.currency))
        if saved and view.goods is not None
        else None
    )
    return html.span(
        {"className": "product-total"},
        was,
        html.strong(
            {"className": "number", "data-testid": f"line-total-{product.sku}", "data-value": str(view.net)},
            app.money(view.net, basket.currency),
        ),
    )
