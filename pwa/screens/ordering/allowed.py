"""What a customer with assortments may buy of all goods, worked out once for a pricer."""

from typing import NamedTuple

from offline.replica import Replica
from offline.rules.ordering import Pricer


class Allowed(NamedTuple):
    """The ids of the products, and the categories that have any of them."""

    ids: frozenset[str]
    categories: frozenset[str | None]


class AllowedGoods:
    def __init__(self) -> None:
        self._found: Allowed | None = None
        self._by: Pricer | None = None

    def of(self, pricer: Pricer, replica: Replica) -> Allowed | None:
        """None for a customer that may buy everything. ``ids`` is the same object as long as they are the same: the
        replica keeps what it has of it."""
        if not pricer.checks.restricted:
            return None
        if self._found is None or self._by is not pricer:
            goods = replica.goods()
            ids = pricer.checks.authorised(goods)
            if self._found is not None and self._found.ids == ids:
                ids = self._found.ids
            self._found = Allowed(ids, frozenset(category for id_, category in goods if id_ in ids))
            self._by = pricer
        return self._found
