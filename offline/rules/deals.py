"""What each kind of promotion gives on a basket. Pure: the basket is looked at, never changed.

Deals on units (bundle, mix_and_match, buy_x_get_y) use units up: a unit takes part in one deal at most. Discounts and
gifts for reaching a threshold look at what is to pay after those. Amounts are minor units; a deal that would make the
customer pay more is no deal. ``eligible`` are indexes of lines that cost something: free samples count for no deal and
no threshold (a bundle may name them).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from offline.money import to_minor, whole
from offline.rules.basket import Basket, Outcome, take
from offline.wire.rows import Promotion

UNIT_DEALS = frozenset({"bundle", "mix_and_match", "buy_x_get_y"})


def outcome(promotion: Promotion, eligible: Sequence[int], basket: Basket) -> Outcome | None:
    """What ``promotion`` gives now, on the lines whose indexes are ``eligible``; None when it gives nothing."""
    return _KINDS[promotion.kind](promotion, eligible, basket)


def _bundle(promotion: Promotion, _eligible: Sequence[int], basket: Basket) -> Outcome | None:
    """``items`` together for ``bundle_price``, as often as the units suffice; the items say what takes part."""
    reward = promotion.reward
    if not reward.items or reward.bundle_price is None:
        return None
    there = {
        product: [(index, basket.free[index]) for index, line in enumerate(basket.lines) if line.product == product]
        for product in reward.items
    }
    sets = min(sum(units for _, units in there[product]) // max(need, 1) for product, need in reward.items.items())
    sets = _capped(sets, promotion.cap)
    if sets < 1:
        return None
    claims: dict[int, int] = {}
    for product, need in reward.items.items():
        claims.update(take(there[product], need * sets))
    return _for_price(basket, claims, sets, reward.bundle_price)


def _mix_and_match(promotion: Promotion, eligible: Sequence[int], basket: Basket) -> Outcome | None:
    """Any ``quantity`` eligible units for ``bundle_price``, or ``percent`` off: full sets only, of the dearest units,
    and for a price only as many sets as are cheaper for it."""
    reward = promotion.reward
    size = reward.quantity
    if size is None or size < 1:
        return None
    ranked = [(index, basket.free[index]) for index in basket.dearest_first(eligible)]
    sets = _capped(sum(units for _, units in ranked) // size, promotion.cap)
    if reward.bundle_price is not None:
        sets = _worthwhile(basket, ranked, size, sets, reward.bundle_price)
    if sets < 1:
        return None
    claims = take(ranked, sets * size)
    if reward.bundle_price is not None:
        return _for_price(basket, claims, sets, reward.bundle_price)
    values = {index: basket.value(index, units) for index, units in claims.items()}
    off = _percent_of(Decimal(sum(values.values())), reward.percent)
    return _discount(basket, off, values, claims, sets)


def _worthwhile(basket: Basket, ranked: Sequence[tuple[int, int]], size: int, sets: int, bundle_price: Decimal) -> int:
    """How many sets of the dearest units cost more than ``bundle_price`` each. Each further set is worth at most as
    much as the one before, so the border is found by bisection: orders may hold millions of units."""

    def worth(count: int) -> Decimal:
        claims = take(ranked, count * size)
        return sum((basket.lines[index].unit_price * units for index, units in claims.items()), Decimal(0))

    low, high = 0, sets
    while low < high:
        middle = (low + high + 1) // 2
        if worth(middle) - worth(middle - 1) > bundle_price:
            low = middle
        else:
            high = middle - 1
    return low


def _buy_x_get_y(promotion: Promotion, eligible: Sequence[int], basket: Basket) -> Outcome | None:
    """``get`` units of ``product`` on top for each ``buy`` bought. Without ``product`` each product earns its own,
    the dearest first when a cap bounds the sets. The cheapest units are used up, the dearest stay for other deals."""
    reward = promotion.reward
    if reward.buy is None or reward.buy < 1 or reward.get is None or reward.get < 1:
        return None
    ranked = basket.dearest_first(eligible)
    if reward.product is not None:
        groups = {reward.product: ranked[::-1]}
    else:
        groups = {}
        for index in ranked:
            groups.setdefault(basket.lines[index].product, []).append(index)
    claims: dict[int, int] = {}
    gifts: list[tuple[str, int]] = []
    uses = 0
    for product, indexes in groups.items():
        if not basket.can_give(product):
            continue
        free = [(index, basket.free[index]) for index in indexes]
        left = None if promotion.cap is None else promotion.cap - uses
        sets = _capped(sum(units for _, units in free) // reward.buy, left)
        if sets > 0:
            claims.update(take(free, sets * reward.buy))
            gifts.append((product, sets * reward.get))
            uses += sets
    return Outcome({}, claims, uses, tuple(gifts)) if uses else None


def _threshold(promotion: Promotion, eligible: Sequence[int], basket: Basket) -> Outcome | None:
    """``percent`` or ``amount`` off what is left to pay, under a cap for the dearest ``cap`` units only."""
    reward = promotion.reward
    if not _reached(promotion, eligible, basket):
        return None
    units = sum(basket.lines[index].quantity for index in eligible)
    if promotion.cap is None or promotion.cap >= units:
        weights = {index: basket.net[index] for index in eligible}
        base = Decimal(sum(weights.values()))
    else:
        units = promotion.cap
        base, weights = _under_cap(basket, eligible, units)
    if reward.percent is not None:
        off = _percent_of(base, reward.percent)
    elif reward.amount is not None:
        off = min(to_minor(max(reward.amount, Decimal(0)), basket.currency), int(base))
    else:
        return None
    return _discount(basket, off, weights, {}, units)


def _under_cap(basket: Basket, eligible: Sequence[int], units: int) -> tuple[Decimal, dict[int, int]]:
    """What the ``units`` dearest units are still to cost, in minor units, and the weights of their lines: with six
    more digits, so that a part of a line weighs what it is worth."""
    ranked = [(index, basket.lines[index].quantity) for index in basket.dearest_first(eligible)]
    parts = {
        index: Decimal(basket.net[index] * taken) / basket.lines[index].quantity
        for index, taken in take(ranked, units).items()
    }
    return sum(parts.values(), Decimal(0)), {index: int(part.scaleb(6)) for index, part in parts.items()}


def _gift(promotion: Promotion, eligible: Sequence[int], basket: Basket) -> Outcome | None:
    """``get`` units of ``product`` once, when the threshold is reached; a cap bounds the units."""
    reward = promotion.reward
    # Reached first: whether it can be given may take its price to find out.
    if reward.product is None or not _reached(promotion, eligible, basket) or not basket.can_give(reward.product):
        return None
    units = _capped(reward.get or 0, promotion.cap)
    return Outcome({}, {}, units, ((reward.product, units),)) if units > 0 else None


_KINDS: dict[str, Callable[[Promotion, Sequence[int], Basket], Outcome | None]] = {
    "bundle": _bundle,
    "mix_and_match": _mix_and_match,
    "buy_x_get_y": _buy_x_get_y,
    "threshold": _threshold,
    "gift": _gift,
}


def _reached(promotion: Promotion, eligible: Sequence[int], basket: Basket) -> bool:
    """Whether the eligible lines come to ``threshold`` (after deals on units) and ``quantity``, each if it is set."""
    if not eligible:
        return False
    reward = promotion.reward
    if reward.threshold is not None:
        amount = sum(basket.measured[index] for index in eligible)
        if amount < to_minor(reward.threshold, basket.currency):
            return False
    if reward.quantity is not None:
        return sum(basket.lines[index].quantity for index in eligible) >= reward.quantity
    return True


def _for_price(basket: Basket, claims: dict[int, int], sets: int, bundle_price: Decimal) -> Outcome | None:
    values = {index: basket.value(index, units) for index, units in claims.items()}
    price = to_minor(max(bundle_price, Decimal(0)) * sets, basket.currency)
    return _discount(basket, sum(values.values()) - price, values, claims, sets)


def _discount(basket: Basket, off: int, weights: dict[int, int], claims: dict[int, int], uses: int) -> Outcome | None:
    if off <= 0:
        return None
    shares = basket.share(off, weights)
    return Outcome(shares, claims, uses) if shares else None


def _percent_of(minor: Decimal, percent: Decimal | None) -> int:
    """``percent`` (0 to 100) of an amount in minor units, halves up."""
    if percent is None or not percent > 0:
        return 0
    return whole(minor * min(percent, Decimal(100)) / 100)


def _capped(count: int, cap: int | None) -> int:
    return count if cap is None else max(min(count, cap), 0)
