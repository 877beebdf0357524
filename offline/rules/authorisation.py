"""What an organisation may buy: its assortments, each between two dates (both included, days at the brand).

An organisation without any assortment may buy everything. Once it has one, it may buy what a valid one of them
allows; with all of them expired, nothing. ``excluded`` takes products out of its own assortment only (of an
``everything`` one too), not out of another that allows them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from offline.rules.days import local_day
from offline.rules.facts import Facts, line_above
from offline.wire.rows import Assortment, Category, Product

Good = tuple[str, str | None]
"""A product's id and its category."""


def is_authorised(facts: Facts, product: Product, at: datetime) -> bool:
    """Whether the organisation may buy ``product`` on the day of ``at``."""
    return Authorisation(facts, at).allows(product)


class Authorisation:
    """The assortments that count for one organisation at a time, read once and asked for many products.
    ``day`` is the brand's calendar day; ``restricted``: whether it may buy anything less than everything."""

    __slots__ = ("_valid", "day", "restricted")

    def __init__(self, facts: Facts, at: datetime) -> None:
        self.day = local_day(at, facts.brand.time_zone)
        self.restricted = bool(facts.organisation.assortments)
        rows = (facts.assortments.get(id_) for id_ in dict.fromkeys(facts.organisation.assortments))
        valid = (row for row in rows if row is not None and standing(row, self.day) == "valid")
        self._valid = tuple(Range(row, facts.categories) for row in valid)

    def allows(self, product: Product) -> bool:
        return not self.restricted or any(each.has(product.id, product.category) for each in self._valid)

    def among(self, goods: Iterable[Good]) -> frozenset[str]:
        """The ids of those of ``goods`` that it may buy."""
        goods = list(goods)
        if not self.restricted:
            return frozenset(id_ for id_, _ in goods)
        return frozenset[str]().union(*(each.among(goods) for each in self._valid))


class Range:
    """What one assortment has, whatever the day: its lists as sets, for they may hold thousands of products."""

    __slots__ = ("_categories", "_named", "categories", "everything", "excluded", "products")

    def __init__(self, assortment: Assortment, categories: Mapping[str, Category]) -> None:
        self.everything = assortment.everything
        self.products = frozenset(assortment.products)
        self.categories = frozenset(assortment.categories)
        self.excluded = frozenset(assortment.excluded)
        self._categories = categories
        self._named: dict[str | None, bool] = {None: False}

    def has(self, product_id: str, category: str | None) -> bool:
        if product_id in self.excluded:
            return False
        return self.everything or product_id in self.products or self.names(category)

    def among(self, goods: Sequence[Good]) -> set[str]:
        """The ids of those of ``goods`` that it has: as ``has`` says, but at once, for there may be ten thousand."""
        if self.everything:
            return {id_ for id_, _ in goods} - self.excluded
        named = {category for category in {category for _, category in goods} if self.names(category)}
        products = self.products
        return {id_ for id_, category in goods if category in named or id_ in products} - self.excluded

    def names(self, category: str | None) -> bool:
        """Whether it has ``category``, or one above it."""
        known = self._named.get(category)
        if known is None:
            line = line_above(self._categories, category) if self.categories else ()
            known = self._named[category] = not self.categories.isdisjoint(line)
        return known


def standing(assortment: Assortment, day: date) -> Literal["valid", "planned", "ended"]:
    """Whether it counts on ``day``, does not yet, or not any more."""
    if assortment.valid_from is not None and day < assortment.valid_from:
        return "planned"
    if assortment.valid_until is not None and assortment.valid_until < day:
        return "ended"
    return "valid"
