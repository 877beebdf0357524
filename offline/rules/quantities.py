"""How much of a product may be ordered: at least ``minimum``, in multiples of ``multiple``, at most MAX_QUANTITY.

The orderable quantities are the multiples of ``multiple`` from the first one at or above ``minimum``: minimum 48 in
multiples of 24 takes 48, 72, 96 ... and refuses 50. All figures are base units.
"""

import msgspec

from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import Product


class QuantityCheck(msgspec.Struct, frozen=True):
    """``lower`` and ``upper`` are the nearest orderable quantities around a refused one (50 -> 48 and 72); None
    where there is none on that side. Of an orderable quantity both are the quantity itself."""

    ok: bool
    lower: int | None
    upper: int | None


def check(product: Product, quantity: int) -> QuantityCheck:
    """Whether ``quantity`` of ``product`` may be ordered, and which quantities nearby may."""
    first, last = orderable_range(product)
    if first > last:
        return QuantityCheck(ok=False, lower=None, upper=None)
    if quantity < first:
        return QuantityCheck(ok=False, lower=None, upper=first)
    if quantity > last:
        return QuantityCheck(ok=False, lower=last, upper=None)
    below = quantity - quantity % max(product.multiple, 1)
    if below == quantity:
        return QuantityCheck(ok=True, lower=quantity, upper=quantity)
    above = below + product.multiple
    return QuantityCheck(ok=False, lower=below, upper=above if above <= last else None)


def round_up(product: Product, quantity: int) -> int:
    """The smallest orderable quantity that is at least ``quantity``; the largest one when none is.

    Raises ``ValueError`` for a product of which nothing may be ordered (its minimum is above MAX_QUANTITY).
    """
    first, last = orderable_range(product)
    if first > last:
        raise ValueError(f"nothing of {product.sku} may be ordered: minimum {product.minimum}")
    return min(max(first, _up(quantity, max(product.multiple, 1))), last)


def round_down(product: Product, quantity: int) -> int:
    """The largest orderable quantity that is at most ``quantity``; 0 when there is none: what is left of a line when
    the goods do not suffice for all of it."""
    first, last = orderable_range(product)
    below = min(quantity, last) // max(product.multiple, 1) * max(product.multiple, 1)
    return below if below >= first else 0


def orderable_range(product: Product) -> tuple[int, int]:
    """The smallest and the largest orderable quantity; the first is above the second when there is none."""
    step = max(product.multiple, 1)
    return _up(max(product.minimum, 1), step), MAX_QUANTITY - MAX_QUANTITY % step


def _up(quantity: int, step: int) -> int:
    return -(-quantity // step) * step
