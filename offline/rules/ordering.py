"""The price of an order: what the phone shows and the server works out again, from the same facts.

A line's goods are quantity x unit price, rounded to the currency; its discounts are shared out in whole minor units;
its tax is rounded on the line. So totals are exactly the sums of the lines. A product on several lines is one product:
its tier and its quantity rule go by all of them together, so that splitting a line changes no price.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from uuid import UUID

import msgspec

from offline.ids import named_id
from offline.money import ARITHMETIC, from_minor, to_minor
from offline.rules.basket import BasketLine
from offline.rules.checks import Checks
from offline.rules.facts import Facts
from offline.rules.pricing import Ladder, Prices, PriceTrace
from offline.rules.promotions import Applied, Promotions, apply_promotions
from offline.rules.quotes import AppliedPromotion, Problem, Quote, QuotedLine, Wanted
from offline.rules.taxes import tax_of
from offline.wire.rows import Product, Promotion, Totals

__all__ = ["AppliedPromotion", "Facts", "Pricer", "Problem", "Quote", "QuotedLine", "Wanted", "gift_line_id", "quote"]

_GIFTS = UUID("8d1f6bb4-3f0d-5a52-9a4e-2f6f0c7f51a7")


def quote(facts: Facts, wanted: Sequence[Wanted], at: datetime, order_id: str = "") -> Quote:
    """Price ``wanted`` for the facts' organisation as of ``at`` (aware). Never raises for what a person typed:
    problems say what is wrong, the rest is priced. ``order_id`` goes into the ids of gift lines. Whoever prices the
    same order again and again keeps one ``Pricer``."""
    return Pricer(facts, at).quote(wanted, order_id)


def gift_line_id(order_id: str, promotion_id: str, product_id: str) -> str:
    """The id of a gift line, the same wherever it is worked out (UUIDv5, RFC 9562)."""
    return named_id(_GIFTS, f"{order_id}/{promotion_id}/{product_id}")


class _Priced(msgspec.Struct, frozen=True):
    """A line that has a price. ``goods`` on the basket line is in minor units."""

    line: BasketLine
    product: Product
    trace: PriceTrace


class Pricer:
    """Prices orders of one organisation at one time. Everything read from the facts is kept, products and merged
    tiers included, so that a changed quantity costs arithmetic only. Make a new one when the facts change, or when
    ``holds_at`` says that a price list, a promotion or an assortment has begun or ended."""

    def __init__(self, facts: Facts, at: datetime) -> None:
        self.facts = facts
        self.at = at
        self.currency = facts.organisation.currency
        self.prices = Prices(facts, at)
        self.promotions = Promotions(facts, at)
        self.checks = Checks(facts, at)
        self._edges: list[datetime] | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether these answers still hold at ``at``: same day at the brand, and nothing begins or ends between."""
        if self.checks.day_of(at) != self.checks.day_of(self.at):
            return False
        if self._edges is None:
            lists = (self.facts.price_lists.get(row.price_list) for row in self.facts.organisation.applicable)
            dated = [row for row in (*lists, *self.facts.promotions) if row is not None]
            self._edges = [edge for row in dated for edge in (row.valid_from, row.valid_until) if edge is not None]
        low, high = min(self.at, at), max(self.at, at)
        return not any(low < edge <= high for edge in (*self._edges, *self.checks.withdrawals()))

    def product(self, product_id: str) -> Product | None:
        return self.checks.product(product_id)

    def price(self, product_id: str, quantity: int) -> PriceTrace | None:
        """The price of a unit of a product when ``quantity`` are ordered, with its trace."""
        return self.prices.price(product_id, quantity)

    def ladder(self, product_id: str) -> Ladder:
        """All tiers of a product."""
        return self.prices.ladder(product_id)

    def promotions_of(self, product: Product) -> tuple[Promotion, ...]:
        """The promotions a product can take part in, by rank."""
        return self.promotions.of_product(product)

    def quote(self, wanted: Sequence[Wanted], order_id: str = "") -> Quote:
        """See ``quote``."""
        with localcontext(ARITHMETIC):
            problems = self.checks.customer()
            priced = self._price(self.checks.accept(wanted, problems), problems)
            canonical = sorted(priced, key=lambda each: (each.line.product, each.line.line_id))
            applied = self._promote(canonical)
            lines = self._lines(priced, canonical, applied)
            return Quote(
                currency=self.currency,
                lines=lines,
                gifts=tuple(self._gifts(applied, order_id)),
                totals=self._totals(lines),
                promotions=tuple(self._applied(each, canonical) for each in applied),
                price_lists={each.trace.price_list: each.trace.revision for each in priced},
                problems=tuple(problems),
            )

    def _price(self, wanted: Sequence[tuple[Wanted, Product]], problems: list[Problem]) -> list[_Priced]:
        together: dict[str, int] = {}
        for line, product in wanted:
            together[product.id] = together.get(product.id, 0) + line.quantity
        traces = {product_id: self.prices.price(product_id, quantity) for product_id, quantity in together.items()}
        priced: list[_Priced] = []
        for line, product in wanted:
            trace = traces[product.id]
            if trace is None:
                rungs = self.prices.ladder(product.id).rungs
                detail: dict[str, str | int | list[str]] = {"sku": product.sku}
                if rungs:
                    detail["from"] = rungs[0].quantity
                problems.append(Problem("no_price", line.line_id, detail))
                continue
            goods = to_minor(trace.unit_price * line.quantity, self.currency)
            basket_line = BasketLine(line.line_id, product.id, line.quantity, trace.unit_price, goods)
            priced.append(_Priced(basket_line, product, trace))
        return priced

    def _promote(self, canonical: Sequence[_Priced]) -> list[Applied]:
        if not self.promotions.ranked:
            return []
        eligible = self.promotions.eligible([each.product for each in canonical])
        lines = [each.line for each in canonical]
        return apply_promotions(self.promotions.ranked, eligible, lines, self.currency, self._gift_worth)

    def _gift_worth(self, product_id: str, units: int) -> int | None:
        """Minor units the customer would pay for the gift; None when it is not to be had any more."""
        product = self.checks.product(product_id)
        if product is None or self.checks.is_withdrawn(product):
            return None
        rungs = self.prices.ladder(product_id).rungs
        return to_minor(rungs[0].unit_price * units, self.currency) if rungs else 0

    def _lines(
        self, priced: Sequence[_Priced], canonical: Sequence[_Priced], applied: Sequence[Applied]
    ) -> tuple[QuotedLine, ...]:
        discounts: dict[str, int] = {}
        promotions: dict[str, tuple[str, ...]] = {}
        for each in applied:
            for index, share in each.outcome.shares.items():
                line_id = canonical[index].line.line_id
                discounts[line_id] = discounts.get(line_id, 0) + share
                promotions[line_id] = (*promotions.get(line_id, ()), each.promotion.id)
        return tuple(
            self._line(each, discounts.get(each.line.line_id, 0), promotions.get(each.line.line_id, ()))
            for each in priced
        )

    def _line(self, priced: _Priced, discount: int, promotions: tuple[str, ...]) -> QuotedLine:
        line, trace = priced.line, priced.trace
        net = from_minor(line.goods - discount, self.currency)
        included = self.facts.brand.prices_include_tax
        return QuotedLine(
            id=line.line_id,
            product=line.product,
            quantity=line.quantity,
            unit_price=line.unit_price,
            goods=from_minor(line.goods, self.currency),
            discount=from_minor(discount, self.currency),
            net=net,
            tax=tax_of(net, priced.product.tax_rate, self.currency, included=included),
            tax_rate=priced.product.tax_rate,
            price_list=trace.price_list,
            reason=trace.reason,
            promotions=promotions,
            trace=trace,
        )

    def _gifts(self, applied: Sequence[Applied], order_id: str) -> Iterator[QuotedLine]:
        zero = from_minor(0, self.currency)
        for each in applied:
            for product_id, units in each.outcome.gifts:
                product = self.checks.product(product_id)
                assert product is not None, "a gift that is not to be had was given"
                yield QuotedLine(
                    id=gift_line_id(order_id, each.promotion.id, product_id),
                    product=product_id,
                    quantity=units,
                    unit_price=zero,
                    goods=zero,
                    discount=zero,
                    net=zero,
                    tax=zero,
                    tax_rate=product.tax_rate,
                    reason="gift",
                    gift=True,
                    promotion=each.promotion.id,
                )

    def _applied(self, each: Applied, canonical: Sequence[_Priced]) -> AppliedPromotion:
        shares: Mapping[int, int] = each.outcome.shares
        return AppliedPromotion(
            id=each.promotion.id,
            code=each.promotion.code,
            name=each.promotion.name,
            kind=each.promotion.kind,
            amount=from_minor(each.outcome.amount, self.currency),
            lines={canonical[index].line.line_id: from_minor(share, self.currency) for index, share in shares.items()},
            gifts=dict(each.outcome.gifts),
            uses=each.outcome.uses,
        )

    def _totals(self, lines: Sequence[QuotedLine]) -> Totals:
        zero = from_minor(0, self.currency)
        net = sum((line.net for line in lines), zero)
        tax = sum((line.tax for line in lines), zero)
        included = self.facts.brand.prices_include_tax
        return Totals(
            goods=sum((line.goods for line in lines), zero),
            discount=sum((line.discount for line in lines), zero),
            tax=tax,
            total=net if included else Decimal(net + tax),
        )
