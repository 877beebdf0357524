"""What of an order can be promised from stock, as its customer chose.

full       all of it or nothing: refused with ``stock_short``
partial    what there is, as far as so much may be ordered; the rest is dropped from the order, which keeps its prices
backorder  all of it, the rest later

Gifts never refuse an order: they follow when they are there, or are dropped with ``partial``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from backend.orders.pricing import Priced, shown_name
from backend.stock.service import HeldStock
from backend.sync.commands import Refused
from offline.money import quantise
from offline.rules.cutting import Agreed, share
from offline.rules.ordering import QuotedLine
from offline.rules.quantities import round_down
from offline.wire.rows import Brand, Product, Totals


class Promise(msgspec.Struct, frozen=True):
    """A line as it will stand, ``wanted`` the quantity asked for."""

    line: QuotedLine
    wanted: int
    reserved: int
    backordered: int


@dataclass(frozen=True, slots=True)
class Promised:
    lines: list[Promise]
    totals: Totals
    reduced: dict[str, str]
    """SKU -> ``"<wanted> > <kept>"`` of what was dropped."""


def promise(priced: Priced, stock: HeldStock, shortage: str, brand: Brand) -> Promised:
    """Changes nothing yet. Refuses with ``stock_short`` {lines, products, names, available}."""
    quote = priced.quote
    lines = [*quote.lines, *quote.gifts]
    free = {line.product: stock.available(line.product) for line in lines}
    found: list[Promise] = []
    for line in lines:
        there = min(line.quantity, free[line.product])
        if shortage == "partial" and not line.gift and there < line.quantity:
            there = round_down(priced.products[line.product], there)
        free[line.product] -= there
        found.append(Promise(line, line.quantity, there, line.quantity - there))
    short = [each for each in found if each.backordered and not each.line.gift]
    if shortage == "full" and short:
        raise _short(short, priced.products, stock)
    if shortage != "partial" or not any(each.backordered for each in found):
        return Promised(found, quote.totals, {})
    kept = [_reduce(each, quote.currency, brand) for each in found if each.reserved]
    if all(each.line.gift for each in kept):
        raise _short(short, priced.products, stock)
    return Promised(kept, _totals(kept, quote.currency, brand), _reductions(found, priced.products))


def _short(short: Sequence[Promise], products: Mapping[str, Product], stock: HeldStock) -> Refused:
    named = [products[each.line.product] for each in short]
    return Refused(
        "stock_short",
        lines=[each.line.id for each in short],
        products=[product.sku for product in named],
        names=[shown_name(product.name) for product in named],
        available=[str(stock.available(product.id)) for product in named],
    )


def _reduce(each: Promise, currency: str, brand: Brand) -> Promise:
    """The line with what is reserved of it, at the unit price and with the share of the discount it was quoted."""
    line = each.line
    if not each.backordered:
        return each
    agreed = Agreed(quantity=each.wanted, unit_price=line.unit_price, discount=line.discount, tax_rate=line.tax_rate)
    figures = share(agreed, each.reserved, currency, included=brand.prices_include_tax)
    smaller = msgspec.structs.replace(line, quantity=each.reserved, **msgspec.structs.asdict(figures))
    return Promise(smaller, each.wanted, each.reserved, 0)


def _totals(kept: Sequence[Promise], currency: str, brand: Brand) -> Totals:
    zero = quantise(Decimal(0), currency)
    net = sum((each.line.net for each in kept), zero)
    tax = sum((each.line.tax for each in kept), zero)
    return Totals(
        goods=sum((each.line.goods for each in kept), zero),
        discount=sum((each.line.discount for each in kept), zero),
        tax=tax,
        total=net if brand.prices_include_tax else net + tax,
    )


def _reductions(found: Sequence[Promise], products: Mapping[str, Product]) -> dict[str, str]:
    told: dict[str, str] = {}
    for each in found:
        if each.backordered:
            sku = products[each.line.product].sku
            told[sku] = f"{each.wanted} > {each.reserved}"
    return told
