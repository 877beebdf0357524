"""The order before it is submitted: lines, gifts, promotions, delivery, credit, tax, and what is in the way."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.quotes import QuotedLine
from offline.rules.statuses import holds
from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import Address, Product
from pwa.addresses import one_line
from pwa.components.basics import (
    Amount,
    Badge,
    Button,
    Card,
    Child,
    EmptyState,
    ErrorBox,
    IconButton,
    Picture,
    Row,
    calling,
    classes,
)
from pwa.components.fields import SegmentedFilter, TextField
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app
from pwa.order_sums import sums_of_quote
from pwa.screens import mending, words
from pwa.screens.customers import buyer_of
from pwa.screens.ordering.basket import Basket
from pwa.screens.ordering.rows import QuantityStepper, misread_text, use_line
from pwa.screens.ordering.screen import Missing, use_basket, use_basket_changes
from pwa.screens.ordering.sending import use_submit
from pwa.screens.page import Page

SHORTAGES = ("backorder", "partial", "full")


@component
def ReviewScreen(organisation_id: str, draft: str = "") -> VdomDict:
    app = use_app()
    basket = use_basket(organisation_id, draft)
    use_basket_changes(basket)
    back = f"/order/{organisation_id}"
    title = app.t("review.title")
    if basket.facts_missing:
        return Page(title, Missing("/" if buyer_of(app) else "/order"), back=back)
    if not basket.draft.lines:
        go = Button(app.t("review.add_products"), lambda _event: app.router.navigate(back, replace=True))
        return Page(
            title, EmptyState("shopping-cart", app.t("review.empty"), app.t("review.empty_hint"), go), back=back
        )
    return Page(
        title,
        html.div({"className": "visually-hidden", "role": "status"}, app.money(total(basket), basket.currency)),
        _notices(app, basket),
        Card(*(ReviewLine(basket, line.product, key=line.id) for line in basket.draft.lines), class_name="lines"),
        _gifts(app, basket),
        _sums(app, basket),
        Delivery(basket),
        Credit(basket),
        subtitle=app.name(basket.organisation.name),
        back=back,
        actions=SubmitBar(basket),
        testid="review-screen",
    )


def total(basket: Basket) -> Decimal:
    return basket.quote.totals.total if basket.quote else Decimal(0)


def _notices(app: App, basket: Basket) -> VdomDict:
    """What keeps the order from being submitted, in words, and that prices changed meanwhile."""
    shown: list[VdomDict] = []
    refused = app.engine.outbox.find(basket.draft.mends) if basket.draft.mends else None
    if refused is not None and refused.state == "rejected":
        shown.append(
            ErrorBox(
                app.t("review.refused"), mending.refusal_text(app, refused), tone="warning", testid="refused-because"
            )
        )
    if basket.prices_changed:
        shown.append(
            ErrorBox(
                app.t("review.prices_changed"),
                app.t("review.prices_changed_hint"),
                tone="warning",
                testid="prices-changed",
            )
        )
    general = [problem for problem in basket.blockers() if problem.line_id is None]
    for problem in general:
        title = app.t("review.too_many" if problem.code == "too_many_lines" else "order.blocked")
        shown.append(ErrorBox(title, words.problem_text(app, problem), testid=f"obstacle-{problem.code}"))
    broken = {problem.line_id for problem in basket.blockers() if problem.line_id is not None}
    if broken:
        remove = Button(
            app.t("review.remove_broken", count=len(broken)),
            calling(remove_broken, basket),
            kind="secondary",
            small=True,
            testid="remove-broken",
        )
        shown.append(ErrorBox(app.t("review.broken", count=len(broken)), app.t("review.broken_hint"), remove))
    return html.div({"className": "stack"}, *shown)


def remove_broken(basket: Basket) -> None:
    """Take the lines out that cannot be ordered, all at once, with one undo."""
    broken = {problem.line_id for problem in basket.blockers()}
    products = [line.product for line in basket.draft.lines if line.id in broken]
    undo = [basket.remove(product) for product in products]
    basket.app.toasts.show(
        basket.app.t("review.removed_lines", count=len(products)),
        undo=lambda: [put_back() for put_back in reversed(undo)],
        undo_label=basket.app.t("common.undo"),
    )


@component
def ReviewLine(basket: Basket, product_id: str) -> VdomDict | None:
    app = use_app()
    view = use_line(basket, product_id)
    product = basket.pricer.product(product_id)

    def remove() -> None:
        put_back = basket.remove(product_id)
        app.toasts.show(app.t("review.removed"), undo=put_back, undo_label=app.t("common.undo"))

    bin_button = IconButton("trash-2", app.t("review.remove"), calling(remove), testid=f"remove-{product_id}")
    if product is None:
        return Row(app.t("error.unknown_product"), trailing=bin_button)
    note: Child = None
    if view.problem is not None:
        note = html.span({"className": "note-bad small", "role": "status"}, words.problem_text(app, view.problem))
    elif view.misread:
        note = html.span({"className": "note-bad small", "role": "status"}, misread_text(app, view))
    elif view.rounded_from is not None:
        typed, to = app.format.number(view.rounded_from), app.format.number(view.quantity)
        note = html.span({"className": "muted small"}, app.t("quantity.rounded", typed=typed, to=to))
    short = words.shortage_text(app, basket.stock(product_id), view.quantity, basket.draft.shortage)
    # More than can be ordered at once has no price of its own: that is not why it can't be ordered.
    trace = basket.pricer.price(product_id, max(1, min(view.quantity, MAX_QUANTITY)))
    unit_price = view.unit_price if view.unit_price is not None else trace.unit_price if trace else None
    price = app.format.price(unit_price, basket.currency) if unit_price is not None else app.t("price.none")
    return html.article(
        {"className": "review-line"},
        Picture(product.image or "", size=44),
        html.div(
            {"className": "review-text"},
            html.strong({"dir": "auto"}, app.name(product.name)),
            html.span({"className": "muted small number"}, f"{product.sku} · {price} / {app.name(product.unit)}"),
            html.span({"className": "note-warning small", "data-testid": f"short-{product.sku}"}, short)
            if short
            else None,
            note,
        ),
        bin_button,
        html.div(
            {"className": "review-deal"},
            QuantityStepper(basket, product, view),
            html.span(
                {"className": "product-total"},
                _was(basket, view.goods, view.net),
                html.strong(
                    {
                        "className": "number",
                        "data-testid": f"line-total-{product.sku}",
                        "data-value": str(view.net or ""),
                    },
                    app.money(view.net, basket.currency) if view.net is not None else "—",
                ),
            ),
        ),
    )


def _was(basket: Basket, goods: Decimal | None, net: Decimal | None) -> Child:
    if goods is None or net is None or goods == net:
        return None
    return html.s({"className": "number product-was"}, basket.app.money(goods, basket.currency))


def _gifts(app: App, basket: Basket) -> Child:
    if basket.quote is None or not basket.quote.gifts:
        return None
    return Card(
        html.h2({"className": "card-title"}, app.t("review.gifts")),
        *(_gift(app, basket, gift) for gift in basket.quote.gifts),
        testid="gifts",
    )


def _gift(app: App, basket: Basket, gift: QuotedLine) -> VdomDict:
    product = app.engine.replica.typed(Product, "product", gift.product)
    name = app.name(product.name) if product else ""
    quantity = words.units(app, product, gift.quantity) if product else str(gift.quantity)
    promotion = next((each for each in basket.pricer.promotions.ranked if each.id == gift.promotion), None)
    return Row(
        name,
        app.name(promotion.name) if promotion else None,
        leading=Picture((product.image if product else "") or "", size=44, fallback="gift"),
        trailing=Badge(quantity, "info"),
        key=gift.id,
    )


def _sums(app: App, basket: Basket) -> VdomDict:
    assert basket.quote is not None
    currency, included = basket.currency, basket.pricer.facts.brand.prices_include_tax
    strong = html.strong({"className": "number number-large"}, app.money(basket.quote.totals.total, currency))
    return Card(
        *(
            _sum(each.label, app.money(each.amount, currency), each.name, note=each.note)
            for each in sums_of_quote(app.locale, basket.quote, included=included)
        ),
        html.div({"className": "fact fact-total", "key": "total"}, html.span(app.t("sums.total")), strong),
        class_name="facts",
    )


def _sum(label: str, amount: str, key: str, *, note: bool = False) -> VdomDict:
    look = {"className": classes("fact", note and "fact-note"), "key": key}
    return html.div(look, html.span(label), Amount(amount))


@component
def Delivery(basket: Basket) -> VdomDict:
    """Where, when, what to do when goods are short, and a note."""
    app = use_app()
    choosing, set_choosing = use_state(False)
    draft = basket.draft
    addresses = basket.organisation.addresses
    address = next((each for each in addresses if each.id == draft.address), addresses[0] if addresses else None)

    def choose(chosen: Address) -> None:
        basket.set_delivery(address=chosen.id)
        set_choosing(False)

    def wanted(text: str) -> None:
        try:
            basket.set_delivery(wanted_on=date.fromisoformat(text) if text else date.min)
        except ValueError:
            return

    options = [(name, app.t(f"shortage.{name}")) for name in SHORTAGES]
    return Card(
        html.h2({"className": "card-title"}, app.t("review.delivery")),
        _address_row(app, address, len(addresses), lambda: set_choosing(True)),
        TextField(
            app.t("review.wanted_on"),
            kind="date",
            value=draft.wanted_on.isoformat() if draft.wanted_on else "",
            on_change=wanted,
            testid="wanted-on",
        ),
        html.div(
            {"className": "field"},
            html.span({"className": "field-label"}, app.t("review.shortage")),
            SegmentedFilter(
                options, draft.shortage, lambda name: basket.set_delivery(shortage=name),
                label=app.t("review.shortage"), testid="shortage",
            ),
            html.span({"className": "muted small"}, app.t(f"shortage.{draft.shortage}_hint")),
            _short_note(app, len(short_lines(basket))),
        ),
        TextField(
            app.t("review.note"),
            value=draft.note,
            rows=2,
            max_length=2000,
            placeholder=app.t("review.note_hint"),
            on_change=basket.set_note,
            testid="ordering-note",
        ),
        _address_sheet(app, addresses, address, choose, lambda: set_choosing(False)) if choosing else None,
        class_name="form-card",
    )  # fmt: skip


def _short_note(app: App, count: int) -> Child:
    if not count:
        return None
    return html.span(
        {"className": "note-warning small", "data-testid": "short-lines"}, app.t("shortage.now", count=count)
    )


def short_lines(basket: Basket) -> list[str]:
    """Products of which more is ordered than this phone knows to be in stock."""
    return [line.product for line in basket.draft.lines if words.missing(basket.stock(line.product), line.quantity)]


def _address_row(app: App, address: Address | None, count: int, choose: Callable[[], Any]) -> VdomDict:
    if address is None:
        return Row(app.t("review.no_address"), app.t("review.no_address_hint"))
    contact = " ".join(part for part in (address.contact, address.phone) if part)
    press = calling(choose) if count > 1 else None
    return Row(one_line(address), contact or None, on_press=press, chevron=count > 1, testid="address")


def _address_sheet(
    app: App,
    addresses: tuple[Address, ...],
    current: Address | None,
    choose: Callable[[Address], Any],
    close: Callable[[], Any],
) -> VdomDict:
    rows = [
        Row(
            one_line(address),
            " ".join(part for part in (address.contact, address.phone) if part) or None,
            trailing=Badge(app.t("review.chosen"), "accent") if current and address.id == current.id else None,
            on_press=calling(choose, address),
            key=address.id,
        )
        for address in addresses
    ]
    return Sheet(app.t("review.choose_address"), *rows, on_close=close, testid="address-sheet")


@component
def Credit(basket: Basket) -> VdomDict | None:
    """What this order leaves on account, and which holds it will meet."""
    app = use_app()
    use_basket_changes(basket)
    left = basket.credit_left()
    expected = holds(basket.pricer.facts.brand, basket.organisation, total(basket))
    over = left is not None and total(basket) > left
    shown: list[Child] = []
    if left is not None:
        shown.append(_sum(app.t("review.credit_left"), app.money(left, basket.currency), "left"))
        after = app.money(left - total(basket), basket.currency)
        shown.append(_sum(app.t("review.credit_after"), after, "after"))
    if basket.organisation.payment_days:
        days = app.t("customer.payment_days", count=basket.organisation.payment_days)
        shown.append(_sum(app.t("review.terms"), days, "terms"))
    if over or "credit" in expected:
        shown.append(html.p({"className": "note-warning small", "key": "over"}, app.t("review.over_credit")))
    elif "approval" in expected:
        shown.append(html.p({"className": "note-warning small", "key": "approval"}, app.t("review.needs_approval")))
    return Card(*shown, class_name="facts", testid="credit") if shown else None


@component
def SubmitBar(basket: Basket) -> VdomDict:
    app = use_app()
    use_basket_changes(basket)
    busy, submit = use_submit(basket)
    return html.div(
        {"className": "total-bar"},
        html.div(
            {"className": "total-text"},
            html.strong(
                {"className": "number number-large", "data-testid": "order-total", "data-value": str(total(basket))},
                app.money(total(basket), basket.currency),
            ),
            html.span({"className": "total-detail"}, saved_text(basket)),
        ),
        Button(app.t("review.submit"), submit, busy=busy, disabled=not basket.ready, testid="submit-order"),
    )


def saved_text(basket: Basket) -> str:
    app = basket.app
    saved = basket.saved
    if saved > 0:
        return app.t("order.saved", amount=app.money(saved, basket.currency))
    return app.t("review.lines", count=len(basket.draft.lines))
