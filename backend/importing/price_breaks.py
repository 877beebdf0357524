"""Volume breaks out of what customers were really charged.

For one product, lines are sorted into bands of quantity. The price of a band is the one charged most often in it, if
at least ``SUPPORT`` lines and ``SHARE`` of the band's lines were charged it: what is charged now and then (a favour,
an old price) is no list price. The band with the smallest quantities that has a price gives the standard price, from
one unit on. Each later band's price makes a break if it is lower than the last one taken; it starts at the smallest
quantity in its band that was charged that price or less at least ``SUPPORT`` times, or where the band begins.
A band whose price is higher makes none: breaks only ever fall. Without any supported band the price charged most
often is the standard price, and there are no breaks.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from offline.wire.rows import Tier

BANDS = (1, 6, 12, 24, 48, 96, 192, 480, 960)
SUPPORT = 5
SHARE = 0.4

Charged = Mapping[tuple[int, Decimal], int]
"""(quantity, unit price) -> on how many lines."""


def find_tiers(charged: Charged) -> tuple[Tier, ...]:
    """The standard price and the breaks, by quantity; prices strictly fall. ``charged`` must not be empty."""
    bands: dict[int, Counter[Decimal]] = {start: Counter() for start in BANDS}
    for (quantity, unit_price), lines in charged.items():
        bands[_band(quantity)][unit_price] += lines
    tiers: list[Tier] = []
    for start, prices in bands.items():
        price = _supported(prices)
        if price is None:
            continue
        if not tiers:
            tiers.append(Tier(1, price))
        elif price < tiers[-1].unit_price:
            tiers.append(Tier(_begin(charged, start, price), price))
    return tuple(tiers) or (Tier(1, _modal(sum(bands.values(), Counter()))),)


def _band(quantity: int) -> int:
    return max(start for start in BANDS if start <= quantity)


def _modal(prices: Counter[Decimal]) -> Decimal:
    """Charged most often; of equals the highest, so that nobody is promised too much."""
    return max(prices, key=lambda price: (prices[price], price))


def _supported(prices: Counter[Decimal]) -> Decimal | None:
    if not prices:
        return None
    price = _modal(prices)
    return price if prices[price] >= SUPPORT and prices[price] >= SHARE * prices.total() else None


def _begin(charged: Charged, start: int, price: Decimal) -> int:
    lines: Counter[int] = Counter()
    for (quantity, charged_price), count in charged.items():
        if _band(quantity) == start and charged_price <= price:
            lines[quantity] += count
    return min((quantity for quantity, count in lines.items() if count >= SUPPORT), default=start)
