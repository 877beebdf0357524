"""What one unit costs a customer, and why.

The lists that count for an organisation (``Organisation.applicable``, its ancestors' included) stand in a row: the
nearest company first, then the greater ``priority``, then contract before customer before group before base, then the
code. A list counts while ``valid_from <= at < valid_until`` and when its currency is the organisation's. From that row
the tiers of a product are put together by the brand's strategy.

priority  The first list that prices the product opens. If it does not merge, it stands alone. If it does, each later
          list that merges adds its tiers at quantities that have none yet, where they fit in: below what a smaller
          quantity costs, not below what a larger one costs. So a list further back fills gaps and never overrules one
          before it; in particular a base list's tier never lifts a flat contract price. Below the first tier there is
          no price to overrule: there every tier fits. A later list that does not merge is skipped: it stands alone or
          not at all.
cheapest  At every quantity the lowest price any list has in force there; rank and merging play no part.

Example (price@from-quantity, Default 9@1 8@2 6@5, Custom 8@1 7@2 7@4): Default first and merging 9@1 8@2 7@4 6@5,
not merging 9@1 8@2 6@5; Custom first and merging 8@1 7@2 7@4 6@5; cheapest 8@1 7@2 7@4 6@5. These are OroCommerce's
price combining strategies ("merge by priority", "minimal prices"), with the fit-in rule added.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from offline.rules.facts import Facts
from offline.wire.rows import Names, PriceList, Tier

_KIND_RANK = {"contract": 0, "customer": 1, "group": 2, "base": 3}
MAX_UNIT_PRICE = Decimal(10) ** 9
MAX_DECIMALS = 6


class CountingList(msgspec.Struct, frozen=True):
    """A price list that counts, and how far up the hierarchy the company is that it is assigned to."""

    price_list: PriceList
    distance: int


class Rung(msgspec.Struct, frozen=True):
    """One merged tier: ``unit_price`` from ``quantity`` base units on, and the list it came from."""

    quantity: int
    unit_price: Decimal
    source: CountingList


class PriceTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A unit price with its reasons. ``rule`` is the strategy, ``tier_quantity`` where the tier starts,
    ``standard_price`` the lowest tier of the nearest base list (None: there is none), ``next_quantity`` from which
    ``next_unit_price``, the next lower price, counts (None: this is the lowest)."""

    product: str
    unit_price: Decimal
    rule: Literal["priority", "cheapest"]
    price_list: str
    code: str
    kind: Literal["base", "group", "customer", "contract"]
    name: Names
    revision: int
    distance: int
    tier_quantity: int
    standard_price: Decimal | None
    next_quantity: int | None
    next_unit_price: Decimal | None

    @property
    def reason(self) -> str:
        """Short form kept with an order line: ``contract@48`` is the contract's price from 48 on."""
        return f"{self.kind}@{self.tier_quantity}"


class Ladder(msgspec.Struct, frozen=True):
    """All an organisation can pay for a product: rungs by quantity, smallest first; empty when nothing prices it."""

    product: str
    rule: Literal["priority", "cheapest"]
    rungs: tuple[Rung, ...]
    standard_price: Decimal | None

    def price(self, quantity: int) -> PriceTrace | None:
        """The price of a unit when ``quantity`` are bought; None below the first rung."""
        index = -1
        for rung in self.rungs:
            if rung.quantity > quantity:
                break
            index += 1
        if index < 0:
            return None
        return self._trace(index)

    def _trace(self, index: int) -> PriceTrace:
        rung = self.rungs[index]
        row = rung.source.price_list
        cheaper = next((later for later in self.rungs[index + 1 :] if later.unit_price < rung.unit_price), None)
        return PriceTrace(
            product=self.product,
            unit_price=rung.unit_price,
            rule=self.rule,
            price_list=row.id,
            code=row.code,
            kind=row.kind,
            name=row.name,
            revision=row.revision,
            distance=rung.source.distance,
            tier_quantity=rung.quantity,
            standard_price=self.standard_price,
            next_quantity=cheaper.quantity if cheaper is not None else None,
            next_unit_price=cheaper.unit_price if cheaper is not None else None,
        )


class Prices:
    """The prices of one organisation at one time, each product's ladder worked out once."""

    __slots__ = ("_facts", "_ladders", "_lists", "_rule")

    def __init__(self, facts: Facts, at: datetime) -> None:
        self._facts = facts
        self._rule = facts.brand.price_strategy
        self._lists = counting_lists(facts, at)
        self._ladders: dict[str, Ladder] = {}

    def ladder(self, product_id: str) -> Ladder:
        """The product's merged tiers, remembered."""
        found = self._ladders.get(product_id)
        if found is None:
            found = self._ladders[product_id] = self._build(product_id)
        return found

    def price(self, product_id: str, quantity: int) -> PriceTrace | None:
        return self.ladder(product_id).price(quantity)

    def _build(self, product_id: str) -> Ladder:
        priced: list[tuple[CountingList, tuple[Tier, ...]]] = []
        standard = None
        for source in self._lists:
            row = self._facts.prices.get((source.price_list.id, product_id))
            tiers_of_list = _usable(row.tiers) if row is not None else ()
            if not tiers_of_list:
                continue
            priced.append((source, tiers_of_list))
            if standard is None and source.price_list.kind == "base":
                standard = tiers_of_list[0].unit_price
        rungs = cheapest(priced) if self._rule == "cheapest" else by_priority(priced)
        return Ladder(product_id, self._rule, rungs, standard)


def resolve_price(facts: Facts, product_id: str, quantity: int, at: datetime) -> PriceTrace | None:
    """The organisation's price of one unit when it buys ``quantity`` of the product, with its trace; None when no
    list prices it or the first tier starts higher. For many products keep one ``Prices``."""
    return Prices(facts, at).price(product_id, quantity)


def tiers(facts: Facts, product_id: str, at: datetime) -> tuple[Rung, ...]:
    """All merged tiers of the product for the organisation, smallest quantity first."""
    return Prices(facts, at).ladder(product_id).rungs


def counting_lists(facts: Facts, at: datetime) -> tuple[CountingList, ...]:
    """The lists that count for the organisation at ``at`` in the order they are asked (see the module)."""
    nearest: dict[str, int] = {}
    for assigned in facts.organisation.applicable:
        known = nearest.get(assigned.price_list)
        if known is None or assigned.distance < known:
            nearest[assigned.price_list] = assigned.distance
    found = []
    for list_id, distance in nearest.items():
        row = facts.price_lists.get(list_id)
        if row is not None and row.currency == facts.organisation.currency and is_valid(row, at):
            found.append(CountingList(row, distance))
    return tuple(sorted(found, key=_rank))


def _rank(entry: CountingList) -> tuple[int, int, int, str, str]:
    row = entry.price_list
    return entry.distance, -row.priority, _KIND_RANK[row.kind], row.code, row.id


def is_valid(row: PriceList, at: datetime) -> bool:
    """Whether the list counts at ``at``: from ``valid_from`` on, until just before ``valid_until``."""
    return (row.valid_from is None or row.valid_from <= at) and (row.valid_until is None or at < row.valid_until)


def by_priority(priced: Sequence[tuple[CountingList, Sequence[Tier]]]) -> tuple[Rung, ...]:
    """The "priority" strategy over lists in rank order, each with its tiers by quantity, none empty."""
    if not priced:
        return ()
    source, own = priced[0]
    rungs = [Rung(tier.quantity, tier.unit_price, source) for tier in own]
    if source.price_list.merge:
        for later, offered in priced[1:]:
            if later.price_list.merge:
                _fill_in(rungs, later, offered)
    return tuple(rungs)


def _fill_in(rungs: list[Rung], source: CountingList, offered: Iterable[Tier]) -> None:
    """Add the tiers of a later list where they fit. All are judged against what earlier lists say, and go in
    together: a list's own tiers must not crowd each other out."""
    standing = tuple(rungs)
    for tier in offered:
        before = after = None
        for rung in standing:
            if rung.quantity <= tier.quantity:
                before = rung
            else:
                after = rung
                break
        lowers = before is None or (before.quantity < tier.quantity and tier.unit_price < before.unit_price)
        undercuts = before is not None and after is not None and tier.unit_price < after.unit_price
        if lowers and not undercuts:
            rungs.append(Rung(tier.quantity, tier.unit_price, source))
    rungs.sort(key=lambda rung: rung.quantity)


def cheapest(priced: Sequence[tuple[CountingList, Sequence[Tier]]]) -> tuple[Rung, ...]:
    """The "cheapest" strategy. On equal prices the list that ranks first gives the reason."""
    rungs: list[Rung] = []
    for quantity in sorted({tier.quantity for _, own in priced for tier in own}):
        best: tuple[Decimal, CountingList, bool] | None = None
        for source, own in priced:
            in_force = None
            for tier in own:
                if tier.quantity > quantity:
                    break
                in_force = tier
            if in_force is not None and (best is None or in_force.unit_price < best[0]):
                best = in_force.unit_price, source, in_force.quantity == quantity
        if best is not None and (best[2] or not rungs or rungs[-1].unit_price != best[0]):
            rungs.append(Rung(quantity, best[0], best[1]))
    return tuple(rungs)


def _usable(offered: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers by quantity, without what ``tier_faults`` would have refused: a row from elsewhere must not make a
    phone fail. Of two at one quantity the first counts."""
    kept: dict[int, Tier] = {}
    for tier in offered:
        price = tier.unit_price
        if tier.quantity >= 1 and price.is_finite() and 0 <= price <= MAX_UNIT_PRICE:
            kept.setdefault(tier.quantity, tier)
    return tuple(kept[quantity] for quantity in sorted(kept))


def tier_faults(offered: Sequence[Tier]) -> tuple[tuple[int, str], ...]:
    """What is wrong with the tiers of a price to be saved, as (index, code): ``quantity`` below 1, ``duplicate``
    quantity, ``unit_price`` below zero, above 1e9, not a number, or with more than 6 decimals (what columns hold)."""
    faults: list[tuple[int, str]] = []
    seen: set[int] = set()
    for index, tier in enumerate(offered):
        if tier.quantity < 1:
            faults.append((index, "quantity"))
        elif tier.quantity in seen:
            faults.append((index, "duplicate"))
        seen.add(tier.quantity)
        if not _plausible(tier.unit_price):
            faults.append((index, "unit_price"))
    return tuple(faults)


def _plausible(price: Decimal) -> bool:
    if not price.is_finite() or not 0 <= price <= MAX_UNIT_PRICE:
        return False
    exponent = price.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_DECIMALS
