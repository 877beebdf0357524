"""Tiers as a person types them: texts in, tiers or faults out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from offline.rules.pricing import tier_faults
from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import Tier
from pwa.components.fields import parse_number, parse_whole

MOST_TIERS = 20


@dataclass(frozen=True)
class TypedTier:
    quantity: str
    unit_price: str

    @property
    def is_blank(self) -> bool:
        return not self.quantity.strip() and not self.unit_price.strip()


@dataclass(frozen=True)
class Fault:
    """``field`` is ``quantity`` or ``unit_price``; ``code`` has its words in ``desk.tier_fault.<code>``."""

    row: int
    field: str
    code: str


def typed(tiers: Sequence[Tier]) -> list[TypedTier]:
    """Tiers as texts to start editing from."""
    return [TypedTier(str(tier.quantity), f"{tier.unit_price:f}") for tier in tiers]


def read(rows: Sequence[TypedTier]) -> tuple[tuple[Tier, ...], tuple[Fault, ...]]:
    """The tiers, blank rows left out, and what is wrong. Quantities must rise from row to row; that a price does not
    fall with them is no fault: see ``rising_prices``."""
    tiers: list[Tier] = []
    faults: list[Fault] = []
    places: list[int] = []
    for index, row in enumerate(rows):
        if row.is_blank:
            continue
        quantity, unit_price = parse_whole(row.quantity), parse_number(row.unit_price)
        if quantity is None or not 1 <= quantity <= MAX_QUANTITY:
            faults.append(Fault(index, "quantity", "quantity"))
        if unit_price is None:
            faults.append(Fault(index, "unit_price", "unit_price"))
        if quantity is not None and unit_price is not None:
            if tiers and quantity <= tiers[-1].quantity and quantity >= 1:
                faults.append(Fault(index, "quantity", "ascending"))
            tiers.append(Tier(quantity, unit_price))
            places.append(index)
    for place, code in tier_faults(tiers):
        field = "unit_price" if code == "unit_price" else "quantity"
        fault = Fault(places[place], field, "ascending" if code == "duplicate" else code)
        if not any((known.row, known.field) == (fault.row, fault.field) for known in faults):
            faults.append(fault)
    if len(tiers) > MOST_TIERS:
        faults.append(Fault(places[MOST_TIERS], "quantity", "too_many"))
    return tuple(tiers), tuple(faults)


def rising_prices(tiers: Sequence[Tier]) -> bool:
    """Whether buying more costs more per unit somewhere: allowed, but rarely meant."""
    return any(later.unit_price > earlier.unit_price for earlier, later in pairwise(tiers))
