"""What an organisation may buy: its assortments, each between two dates (both included, days at the brand).

An organisation without any assortment may buy everything. Once it has one, it may buy what a valid one of them
allows; with all of them expired, nothing. ``excluded`` takes products out of its own assortment only (of an
``everything`` one too), not out of another that allows them.
"""

from datetime import date, datetime

from offline.rules.days import local_day
from offline.rules.facts import Facts, category_line
from offline.wire.rows import Assortment, Product


def is_authorised(facts: Facts, product: Product, at: datetime) -> bool:
    """Whether the organisation may buy ``product`` on the day of ``at``."""
    return Authorisation(facts, at).allows(product)


class Authorisation:
    """The assortments that count for one organisation at a time, read once and asked for many products.
    ``day`` is the brand's calendar day."""

    __slots__ = ("_facts", "_restricted", "_valid", "day")

    def __init__(self, facts: Facts, at: datetime) -> None:
        self._facts = facts
        self.day = local_day(at, facts.brand.time_zone)
        self._restricted = bool(facts.organisation.assortments)
        rows = (facts.assortments.get(id_) for id_ in dict.fromkeys(facts.organisation.assortments))
        self._valid = tuple(_Allowed(row) for row in rows if row is not None and _counts_on(row, self.day))

    def allows(self, product: Product) -> bool:
        if not self._restricted:
            return True
        return any(allowed.allows(product, self._facts) for allowed in self._valid)


class _Allowed:
    """One assortment with its lists as sets: they may hold thousands of products."""

    __slots__ = ("categories", "everything", "excluded", "products")

    def __init__(self, assortment: Assortment) -> None:
        self.everything = assortment.everything
        self.products = frozenset(assortment.products)
        self.categories = frozenset(assortment.categories)
        self.excluded = frozenset(assortment.excluded)

    def allows(self, product: Product, facts: Facts) -> bool:
        if product.id in self.excluded:
            return False
        if self.everything or product.id in self.products:
            return True
        return bool(self.categories) and not self.categories.isdisjoint(category_line(facts, product))


def _counts_on(assortment: Assortment, day: date) -> bool:
    return (assortment.valid_from is None or assortment.valid_from <= day) and (
        assortment.valid_until is None or day <= assortment.valid_until
    )
