"""What does this customer pay for this product at this quantity, and why: the rules' own trace."""

from collections.abc import Sequence
from functools import partial

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.facts import Facts
from offline.rules.pricing import CountingList, Ladder, Prices, PriceTrace, counting_lists
from offline.rules.quantities import check
from offline.wire.rows import Product
from pwa.components.basics import Badge, Child, Icon
from pwa.components.fields import NumberField, parse_whole
from pwa.desk.choices import chosen_partners, chosen_products, partners_like, products_like
from pwa.desk.editing import Picker
from pwa.desk.parts import pair
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words


@component
def Preview(customer_id: str = "", product_id: str = "") -> VdomDict:
    desk = use_desk()
    words = desk.words()
    customer, set_customer = use_state(customer_id)
    product, set_product = use_state(product_id)
    quantity, set_quantity = use_state("1")

    goods = desk.reads.product(product) if product else None
    return html.div(
        {"className": "preview"},
        Picker(
            words("prices.preview_customer"),
            chosen_partners(desk, words, [customer] if customer else []),
            partial(partners_like, desk, words),
            lambda ids: set_customer(ids[-1] if ids else ""),
            testid="preview-customer",
            single=True,
            key="customer",
        ),
        Picker(
            words("prices.preview_product"),
            chosen_products(desk, words, [product] if product else []),
            partial(products_like, desk, words),
            lambda ids: set_product(ids[-1] if ids else ""),
            testid="preview-product",
            single=True,
            key="product",
        ),
        NumberField(
            words("prices.preview_quantity"),
            value="1",
            on_change=set_quantity,
            testid="preview-quantity",
            key="quantity",
        ),
        _answer(desk, words, customer, goods, parse_whole(quantity) or 0),
    )


def _answer(desk: DeskState, words: Words, customer: str, product: Product | None, quantity: int) -> Child:
    facts = desk.reads.replica.facts(customer) if customer else None
    if facts is None or product is None or quantity < 1:
        return html.p({"className": "block-note"}, words("prices.preview_choose"))
    ladder = Prices(facts, words.now).ladder(product.id)
    trace = ladder.price(quantity)
    return html.div(
        {"className": "block", "data-testid": "preview-answer", "aria-live": "polite"},
        *(
            _priced(words, trace, quantity)
            if trace
            else [html.p({"className": "block-text"}, _no_price(words, ladder))]
        ),
        _rule(words, product, quantity),
        _ladder(words, ladder, trace),
        _lists(words, facts),
    )


def _priced(words: Words, trace: PriceTrace, quantity: int) -> list[Child]:
    reason = words(
        "prices.why", kind=words(f"prices.kind_{trace.kind}"), name=words.name(trace.name), revision=trace.revision
    )
    where = words("prices.why_own") if trace.distance == 0 else words("prices.why_above", count=trace.distance)
    rows: list[Child] = [
        html.div(
            {"className": "preview-price"},
            html.strong({"className": "number", "data-testid": "preview-price"}, words.price(trace.unit_price)),
            html.span(
                {"className": "faint number"},
                words("prices.preview_sum", amount=words.money(trace.unit_price * quantity)),
            ),
        ),
        pair(words("prices.why_list"), reason),
        pair(words("prices.why_assigned"), where),
        pair(words("prices.why_tier"), words("prices.from_count", count=words.number(trace.tier_quantity))),
    ]
    if trace.standard_price is not None and trace.standard_price != trace.unit_price:
        rows.append(pair(words("prices.why_standard"), words.price(trace.standard_price)))
    if trace.next_quantity is not None and trace.next_unit_price is not None:
        rows.append(
            pair(words("prices.why_next", count=words.number(trace.next_quantity)), words.price(trace.next_unit_price))
        )
    return rows


def _no_price(words: Words, ladder: Ladder) -> str:
    if ladder.rungs:
        return words("prices.only_from", count=words.number(ladder.rungs[0].quantity))
    return words("prices.not_priced")


def _rule(words: Words, product: Product, quantity: int) -> Child:
    found = check(product, quantity)
    if found.ok:
        return None
    near = [words.number(one) for one in (found.lower, found.upper) if one is not None]
    text = words("prices.not_orderable", near=words("list_or").join(near))
    return html.p({"className": "sheet-note sheet-note-warning"}, Icon("circle-alert", size=16), text)


def _ladder(words: Words, ladder: Ladder, trace: PriceTrace | None) -> Child:
    """All tiers that count for the customer, the list each came from."""
    if not ladder.rungs:
        return None
    rows = [
        html.tr(
            {"key": str(rung.quantity), "className": "on" if trace and rung.quantity == trace.tier_quantity else ""},
            html.td({"className": "number"}, words("prices.from_count", count=words.number(rung.quantity))),
            html.td({"className": "number"}, words.price(rung.unit_price)),
            html.td(words.name(rung.source.price_list.name)),
        )
        for rung in ladder.rungs
    ]
    heads = ("prices.tier_from", "prices.tier_price", "prices.name")
    return html.table(
        {"className": "small-table"},
        html.thead(html.tr(*(html.th({"scope": "col", "key": head}, words(head)) for head in heads))),
        html.tbody(*rows),
    )


def _lists(words: Words, facts: Facts) -> Child:
    """The lists in the order they are asked."""
    found: Sequence[CountingList] = counting_lists(facts, words.now)
    tags = [
        Badge(f"{place}. {words.name(one.price_list.name)}", key=one.price_list.id)
        for place, one in enumerate(found, 1)
    ]
    rule = words("prices.rule_cheapest" if facts.brand.price_strategy == "cheapest" else "prices.rule_priority")
    return html.div({"className": "tags"}, html.span({"className": "faint"}, rule), *tags)
