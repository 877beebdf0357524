"""The lots of what spoils soon: made twice a week, sold oldest first."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from backend.demo.catalogue import Good
from backend.demo.goods import LINES
from offline.wire.commands import ShippedLot

_MADE_ON = (1, 4)  # Tuesdays and Fridays
_KEEPS = {line.prefix: timedelta(days=line.keeps) for line in LINES if line.keeps}
"""By the prefix of a line of goods."""


def kept_by_lot(goods: Sequence[Good]) -> dict[str, Good]:
    """Product id -> what of it is kept by lot."""
    return {good.draft.product: good for good in goods if good.draft.lot_tracked}


def lots_of(good: Good, quantity: int, at: datetime) -> tuple[ShippedLot, ...]:
    """Of which lots so many are that leave the warehouse ``at``: what is left of the older one, where it is more than
    a few, before the newer."""
    newer, older = _made_before(at.date())
    left = quantity // 3 // good.draft.multiple * good.draft.multiple
    parts = ((older, left), (newer, quantity - left))
    return tuple(
        ShippedLot(lot=f"{good.line}{made:%y%m%d}", quantity=part, expires_on=made + _KEEPS[good.line])
        for made, part in parts
        if part
    )


def lots_of_parcel(
    lots: Mapping[str, Good], products: Mapping[str, str], lines: Mapping[str, int], at: datetime
) -> dict[str, tuple[ShippedLot, ...]]:
    """``products``: of each order line; ``lines``: how many of it go. What is not kept by lot says nothing."""
    return {
        line_id: lots_of(good, quantity, at)
        for line_id, quantity in lines.items()
        if (good := lots.get(products[line_id])) is not None
    }


def _made_before(day: date) -> Sequence[date]:
    """The latest two days on which such goods were made, the latest first."""
    days = (day - timedelta(days=ago) for ago in range(1, 9))
    return [each for each in days if each.weekday() in _MADE_ON][:2]
