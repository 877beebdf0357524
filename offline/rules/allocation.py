"""Sharing an amount out over lines to the last minor unit."""

from collections.abc import Sequence


def allocate(total: int, weights: Sequence[int], bounds: Sequence[int]) -> list[int]:
    """``total`` minor units in proportion to ``weights``, no share above its bound: largest remainder (Hamilton's
    method), on equal remainders the earlier one, so that the same lines in the same order share the same way.

    All figures are >= 0. The shares add up to ``total``, or to the sum of the bounds where that is less. What a bound
    cuts off goes to the others, by weight again, by room once the weighted ones are full.
    """
    rest = min(total, sum(bounds))
    shares = [0] * len(weights)
    room = bounds
    while rest > 0:
        weighted = weights if all(room) else [w if left else 0 for w, left in zip(weights, room, strict=True)]
        given = _one_round(rest, weighted if any(weighted) else room, room)
        shares = [share + more for share, more in zip(shares, given, strict=True)]
        rest -= sum(given)
        if rest:
            room = [left - more for left, more in zip(room, given, strict=True)]
    return shares


def _one_round(total: int, weights: Sequence[int], room: Sequence[int]) -> list[int]:
    """Largest remainder, cut at ``room``: gives everything, or fills at least one line."""
    whole = sum(weights)
    given = [total * weight // whole for weight in weights]
    missing = total - sum(given)
    if missing:
        by_remainder = sorted(range(len(weights)), key=lambda index: -(total * weights[index] % whole))
        for index in by_remainder[:missing]:
            given[index] += 1
    return [min(left, share) for share, left in zip(given, room, strict=True)]
