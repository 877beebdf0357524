"""What a row of the order being taken shows, and where "+" and "−" lead."""

from dataclasses import dataclass
from decimal import Decimal

from offline.rules.quantities import check, orderable_range, round_up
from offline.rules.quotes import Problem
from offline.wire.rows import Product


@dataclass(frozen=True)
class LineView:
    """What a row shows of a line. ``rounded_from`` is what was typed before it was rounded up; ``misread`` what was
    typed and is no whole number; ``problem`` the first thing that keeps the line from being ordered."""

    quantity: int
    net: Decimal | None = None
    goods: Decimal | None = None
    unit_price: Decimal | None = None
    promotions: tuple[str, ...] = ()
    problem: Problem | None = None
    rounded_from: int | None = None
    misread: str = ""
    revision: int = 0


@dataclass(frozen=True)
class Steps:
    """Where "+" and "−" lead from a quantity; 0 takes the line out."""

    up: int | None
    down: int | None


def steps(product: Product, quantity: int) -> Steps:
    first, last = orderable_range(product)
    if first > last:
        return Steps(None, 0 if quantity else None)
    up = None if quantity >= last else first if quantity < first else _above(product, quantity)
    if quantity <= 0:
        return Steps(up, None)
    lower = check(product, min(quantity, last + 1) - 1).lower if quantity > first else None
    return Steps(up, lower if lower is not None else 0)


def _above(product: Product, quantity: int) -> int:
    return round_up(product, quantity + 1)
