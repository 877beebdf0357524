"""What stands in the way of an order: the customer's status, products that may not be bought, quantities."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from offline.rules.authorisation import Authorisation, Good
from offline.rules.days import local_day
from offline.rules.facts import Facts
from offline.rules.quantities import check
from offline.rules.quotes import Detail, Problem, Wanted
from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import Product


class Checks:
    """The checks of one organisation at one time; products are read once."""

    __slots__ = ("_at", "_authorisation", "_facts", "_obstacles", "_products")

    def __init__(self, facts: Facts, at: datetime) -> None:
        self._facts = facts
        self._at = at
        self._authorisation = Authorisation(facts, at)
        self._products: dict[str, Product | None] = {}
        self._obstacles: dict[str, tuple[tuple[str, Detail], ...]] = {}

    def day_of(self, at: datetime) -> date:
        """The brand's calendar day at ``at``."""
        return local_day(at, self._facts.brand.time_zone)

    def product(self, product_id: str) -> Product | None:
        if product_id not in self._products:
            self._products[product_id] = self._facts.products.get(product_id)
        return self._products[product_id]

    def is_withdrawn(self, product: Product) -> bool:
        """Withdrawn now, or at a time that has come."""
        planned = product.withdrawn_at is not None and product.withdrawn_at <= self._at
        return product.status == "withdrawn" or planned

    @property
    def restricted(self) -> bool:
        """Whether the organisation may buy less than everything."""
        return self._authorisation.restricted

    def authorised(self, goods: Iterable[Good]) -> frozenset[str]:
        """The ids of those of ``goods`` that are in its assortments."""
        return self._authorisation.among(goods)

    def withdrawals(self) -> Iterator[datetime]:
        """When products asked about so far are to be withdrawn."""
        for product in self._products.values():
            if product is not None and product.withdrawn_at is not None:
                yield product.withdrawn_at

    def obstacles(self, product: Product) -> tuple[tuple[str, Detail], ...]:
        """Why the organisation may not order ``product`` at all now, as problem code and detail."""
        known = self._obstacles.get(product.id)
        if known is None:
            known = self._obstacles[product.id] = tuple(self._find_obstacles(product))
        return known

    def customer(self) -> list[Problem]:
        """Only an active organisation may order: a prospect is no customer yet."""
        organisation = self._facts.organisation
        if organisation.status == "active":
            return []
        return [
            Problem("customer_blocked", None, {"status": organisation.status, "reason": organisation.blocked_reason})
        ]

    def accept(self, wanted: Sequence[Wanted], problems: list[Problem]) -> list[tuple[Wanted, Product]]:
        """The lines that can be priced, with their products; what is wrong with any line is added to ``problems``."""
        known: list[tuple[Wanted, Product]] = []
        together: dict[str, int] = {}
        seen: set[str] = set()
        for line in wanted:
            product = self.product(line.product)
            if line.line_id in seen:
                problems.append(Problem("duplicate_line", line.line_id))
            elif product is None:
                problems.append(Problem("unknown_product", line.line_id, {"product": line.product}))
            elif line.quantity > MAX_QUANTITY:
                problems.append(_over_limit(line, product, line.quantity))
            else:
                known.append((line, product))
                together[product.id] = together.get(product.id, 0) + max(line.quantity, 0)
            seen.add(line.line_id)
        accepted: list[tuple[Wanted, Product]] = []
        for line, product in known:
            problems += [Problem(code, line.line_id, detail) for code, detail in self.obstacles(product)]
            quantity = together[product.id]
            if quantity > MAX_QUANTITY:
                problems.append(_over_limit(line, product, quantity))
                continue
            detail = quantity_detail(product, quantity if line.quantity > 0 else line.quantity)
            if detail is not None:
                problems.append(Problem("quantity_rule", line.line_id, detail))
            if line.quantity > 0:
                accepted.append((line, product))
        return accepted

    def _find_obstacles(self, product: Product) -> Iterator[tuple[str, Detail]]:
        if self.is_withdrawn(product):
            yield "withdrawn", {"sku": product.sku}
        elif product.available_from is not None and self._authorisation.day < product.available_from:
            yield "not_available", {"sku": product.sku, "from": product.available_from.isoformat()}
        if not self._authorisation.allows(product):
            yield "not_authorised", {"sku": product.sku}


def _over_limit(line: Wanted, product: Product, quantity: int) -> Problem:
    detail: Detail = {"sku": product.sku, "quantity": quantity, "limit": MAX_QUANTITY}
    return Problem("quantity_limit", line.line_id, detail)


def quantity_detail(product: Product, quantity: int) -> Detail | None:
    """The detail of the problem ``quantity_rule``; None for a quantity that may be ordered."""
    if product.minimum <= 1 and product.multiple <= 1 and 1 <= quantity <= MAX_QUANTITY:
        return None  # what ``check`` says of most products
    found = check(product, quantity)
    if found.ok:
        return None
    detail: Detail = {"sku": product.sku, "quantity": quantity, "minimum": product.minimum}
    detail["multiple"] = product.multiple
    if found.lower is not None:
        detail["lower"] = found.lower
    if found.upper is not None:
        detail["upper"] = found.upper
    return detail
