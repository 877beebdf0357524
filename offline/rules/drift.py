"""What a phone showed against what counts now: the lines whose prices differ, with both prices."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

import msgspec


class Priced(Protocol):
    """A line as placed (``PlacedLine``) or as quoted (``QuotedLine``)."""

    @property
    def id(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def unit_price(self) -> Decimal: ...
    @property
    def net(self) -> Decimal: ...


class LineDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One line that differs; None on the side that has no such line, or no price for it."""

    line_id: str
    product: str
    quoted_unit_price: Decimal | None
    actual_unit_price: Decimal | None
    quoted_net: Decimal | None
    actual_net: Decimal | None


def price_drift(quoted: Iterable[Priced], actual: Iterable[Priced]) -> tuple[LineDrift, ...]:
    """The lines, by id, whose unit price or net differ (as numbers: 8 is 8.00), in the quoted order, then those only
    the actual side has. Gifts are the rules' own and are not compared: hand in ``Quote.lines`` alone."""
    found: list[LineDrift] = []
    now = {line.id: line for line in actual}
    for line in quoted:
        other = now.pop(line.id, None)
        if other is None or (line.unit_price, line.net) != (other.unit_price, other.net):
            found.append(_drift(line, other))
    found += [_drift(None, line) for line in now.values()]
    return tuple(found)


def _drift(quoted: Priced | None, actual: Priced | None) -> LineDrift:
    known = quoted or actual
    assert known is not None
    return LineDrift(
        line_id=known.id,
        product=known.product,
        quoted_unit_price=quoted.unit_price if quoted else None,
        actual_unit_price=actual.unit_price if actual else None,
        quoted_net=quoted.net if quoted else None,
        actual_net=actual.net if actual else None,
    )
