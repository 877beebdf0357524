"""An order's goods while promotions work on them: whole minor units and whole units, nothing rounded twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from offline.money import to_minor
from offline.rules.allocation import allocate


class BasketLine(msgspec.Struct, frozen=True):
    """``goods`` is quantity x unit price in minor units."""

    line_id: str
    product: str
    quantity: int
    unit_price: Decimal
    goods: int


class Outcome(msgspec.Struct, frozen=True):
    """What one promotion does: minor units off per line (by index), units of each line it used up, how often it was
    used (its ``cap`` bounds that), and gifts as (product, quantity)."""

    shares: Mapping[int, int]
    claims: Mapping[int, int]
    uses: int
    gifts: tuple[tuple[str, int], ...] = ()

    @property
    def amount(self) -> int:
        return sum(self.shares.values())


@dataclass(slots=True)
class Basket:
    """Lines in canonical order (product, then line id), so that the order they were typed in changes nothing.
    ``free``: units no deal has used yet. ``net``: what is left to pay. ``measured``: what thresholds look at.
    ``can_give`` says whether a product is there to be given."""

    lines: Sequence[BasketLine]
    currency: str
    can_give: Callable[[str], bool]
    free: list[int] = field(init=False)
    net: list[int] = field(init=False)
    measured: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.free = [line.quantity for line in self.lines]
        self.net = [line.goods for line in self.lines]
        self.measured = self.net

    def apply(self, outcome: Outcome) -> None:
        for index, units in outcome.claims.items():
            self.free[index] -= units
        for index, share in outcome.shares.items():
            self.net[index] -= share

    def measure(self) -> None:
        """Fix what thresholds look at from here on."""
        self.measured = list(self.net)

    def value(self, index: int, units: int) -> int:
        """What ``units`` of a line cost before any discount, in minor units."""
        line = self.lines[index]
        return line.goods if units == line.quantity else to_minor(line.unit_price * units, self.currency)

    def share(self, total: int, weights: Mapping[int, int]) -> dict[int, int]:
        """``total`` minor units off, over the lines in ``weights``, none below nothing."""
        indexes = sorted(weights)
        shares = allocate(total, [weights[index] for index in indexes], [self.net[index] for index in indexes])
        return {index: share for index, share in zip(indexes, shares, strict=True) if share}

    def dearest_first(self, indexes: Iterable[int]) -> list[int]:
        return sorted(indexes, key=lambda index: (-self.lines[index].unit_price, index))


def take(available: Iterable[tuple[int, int]], wanted: int) -> dict[int, int]:
    """``wanted`` units from (line index, units there) in the order given; fewer when there are not so many."""
    taken: dict[int, int] = {}
    for index, units in available:
        if wanted <= 0:
            break
        if units > 0:
            taken[index] = min(units, wanted)
            wanted -= taken[index]
    return taken
