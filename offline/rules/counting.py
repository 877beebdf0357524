"""Counting stock: units, tolerance, and what a count does to the book.

**The moment a count was taken.** A count says how much stood there at one moment, and is nothing but that: goods that
came before are in it, goods that came after are not. Which movements came before is told by two witnesses, because
phones' clocks may be wrong:

* ``base_seq``, the number of the last movement the phone had in its row when the line was finished. Whatever the
  phone knew of had happened: no clock can make it later than the count.
* for movements the phone did not know of, the time each happened against the time of the count, both corrected by what
  their phones know of the server's clock, and neither later than its arrival.

``moment_of`` folds the two into one time: the corrected one, but not before the last movement that was known, and not
after now. From there on everything goes by time. A stale phone that counts goods delivered meanwhile is right, since
the delivery's time is before the count's; a phone whose clock went back is right about all it knew. A clock that was
turned forward after the last sync may still place a count behind a delivery it did not see: that shows as a variance of
the delivery's size, and is counted again; it is never booked in silence when it is above the tolerance.

**Counts are anchors.** When all before and after is known, the stock is what the last count observed and the movements
since. Papers arrive in any order, so what arrives for a time before a settled count must not change today's stock: its
effect is taken back at the first count behind it (``Posting.corrects``). So any order of arrival ends in the same book,
and the book is always the sum of its movements. Of two counts of the very same moment the one that arrived later
counts.

Lots: a count tells all lots of a product, so that a lot it does not name is gone. A movement that names no lot is of
lot "", which a count empties too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from offline.wire.commands import MAX_QUANTITY
from offline.wire.counts import CountedPart, CountSettings
from offline.wire.rows import Category, Product

_TENTH = Decimal("0.1")


class UnknownPack(ValueError):
    """Something was counted in a pack the product does not have."""


class TooMany(ValueError):
    """More than MAX_QUANTITY base units."""


def factors(product: Product) -> dict[str, int]:
    """Base units in each unit the product may be counted in, "" being the base unit, largest pack first."""
    packs = sorted(product.packs, key=lambda pack: (-pack.factor, pack.code))
    return {**{pack.code: pack.factor for pack in packs}, "": 1}


def base_units(product: Product, packs: Mapping[str, int]) -> int:
    """``{"CASE": 3, "": 5}`` with cases of 12 is 41. Raises ``UnknownPack`` or ``TooMany``."""
    known = factors(product)
    if not known.keys() >= packs.keys():
        raise UnknownPack(", ".join(sorted(packs.keys() - known.keys())))
    total = sum(count * known[code] for code, count in packs.items())
    if total > MAX_QUANTITY:
        raise TooMany(str(total))
    return total


def counted_units(product: Product, parts: Sequence[CountedPart]) -> int:
    """All parts of a line together. Raises as ``base_units``."""
    total = sum(base_units(product, part.packs) for part in parts)
    if total > MAX_QUANTITY:
        raise TooMany(str(total))
    return total


def added(parts: Sequence[CountedPart], more: CountedPart) -> tuple[CountedPart, ...]:
    """The parts with what was found in one more place: pack by pack to its lot's, which keeps the expiry that was
    typed last."""
    merged = {part.lot: part for part in parts}
    old = merged.get(more.lot)
    if old is not None:
        codes = dict.fromkeys((*old.packs, *more.packs))
        packs = {code: old.packs.get(code, 0) + more.packs.get(code, 0) for code in codes}
        more = CountedPart(packs=packs, lot=old.lot, expires_on=more.expires_on or old.expires_on)
    return tuple({**merged, more.lot: more}.values())


class Tolerance(msgspec.Struct, frozen=True):
    """A variance is tolerated up to the larger of ``units`` and ``percent`` of what was expected."""

    units: int = 0
    percent: Decimal = Decimal(0)


def tolerance_of(settings: CountSettings, product: Product, categories: Mapping[str, Category]) -> Tolerance:
    """The product's own rule, else the nearest category's going up, else the brand's. Of two rules for the same
    the last counts."""
    own = {rule.product: Tolerance(rule.units, rule.percent) for rule in settings.rules if rule.product}
    if product.id in own:
        return own[product.id]
    by_category = {rule.category: Tolerance(rule.units, rule.percent) for rule in settings.rules if rule.category}
    seen: set[str] = set()
    category = product.category
    while category is not None and category not in seen:
        if category in by_category:
            return by_category[category]
        seen.add(category)
        row = categories.get(category)
        category = row.parent if row is not None else None
    return Tolerance(settings.units, settings.percent)


class Variance(msgspec.Struct, frozen=True):
    """``units``: observed less expected. ``percent`` of the expected, to a tenth; None where nothing was expected.
    ``allowed``: base units that would have been tolerated. ``recount``: it is more than that."""

    units: int
    percent: Decimal | None
    allowed: int
    recount: bool


def variance(expected: int, observed: int, tolerance: Tolerance) -> Variance:
    """Less than nothing cannot stand on a shelf: a book below zero is taken as off by its whole amount."""
    units = observed - expected
    percent = (Decimal(units) * 100 / expected).quantize(_TENTH, ROUND_HALF_UP) if expected > 0 else None
    share = int(max(expected, 0) * tolerance.percent / 100)
    allowed = max(tolerance.units, share)
    return Variance(units, percent, allowed, abs(units) > allowed)


class Booked(msgspec.Struct, frozen=True):
    """A movement in a partner's book, as far as the rules need it. ``anchor``: the id of the count that it was booked
    for, "" for what moved goods."""

    at: datetime
    seq: int
    delta: int
    lot: str = ""
    anchor: str = ""


class Posting(msgspec.Struct, frozen=True):
    """A movement to be booked. ``corrects``: the settled count whose adjustment it changes; else it is the paper's
    own."""

    at: datetime
    delta: int
    lot: str = ""
    corrects: str = ""


class Settlement(msgspec.Struct, frozen=True):
    """What a count does. ``expected``: the book at the moment; ``adjustment``: observed less expected, booked then;
    ``later``: what was booked behind it, which stays; ``on_hand``: the book afterwards."""

    expected: int
    adjustment: int
    later: int
    on_hand: int
    postings: tuple[Posting, ...]


def moment_of(taken_at: datetime, known_at: datetime | None, now: datetime) -> datetime:
    """When a line was counted. ``taken_at``: by the phone, corrected; ``known_at``: the latest time of the movements
    the phone knew, None when it knew none."""
    return min(taken_at if known_at is None else max(taken_at, known_at), now)


def expected_at(on_hand: Mapping[str, int], later: Sequence[Booked]) -> dict[str, int]:
    """The book by lot at a moment, from what it is now and the movements behind that moment."""
    lots = dict(on_hand)
    for each in later:
        lots[each.lot] = lots.get(each.lot, 0) - each.delta
    return lots


def settle(
    on_hand: Mapping[str, int], later: Sequence[Booked], observed: Mapping[str, int], moment: datetime
) -> Settlement:
    """``on_hand``: the book now, by lot; ``later``: all movements with ``at`` after ``moment``, in any order;
    ``observed``: what was counted, by lot. There is always a posting, of 0 when the book was right: it marks the
    moment from which the count speaks."""
    before = expected_at(on_hand, later)
    lots = sorted(before.keys() | observed.keys())
    deltas = {lot: observed.get(lot, 0) - before.get(lot, 0) for lot in lots}
    changed = {lot: delta for lot, delta in deltas.items() if delta}
    own = [Posting(moment, delta, lot) for lot, delta in changed.items()] or [Posting(moment, 0)]
    takes_back = _corrections(changed, _first_anchor(later))
    expected = sum(before.values())
    adjustment = sum(deltas.values())
    moved = sum(each.delta for each in later) + sum(each.delta for each in takes_back)
    return Settlement(expected, adjustment, moved, expected + adjustment + moved, (*own, *takes_back))


def book(at: datetime, delta: int, lot: str, anchors: Sequence[Booked]) -> tuple[Posting, ...]:
    """A movement of goods that happened ``at``; ``anchors``: what was booked for counts at ``at`` or later. Goods that
    moved before a count are in what it observed."""
    return (Posting(at, delta, lot), *_corrections({lot: delta}, _first_anchor(anchors)))


def _first_anchor(later: Sequence[Booked]) -> Booked | None:
    return min((each for each in later if each.anchor), key=lambda each: (each.at, each.seq), default=None)


def _corrections(deltas: Mapping[str, int], anchor: Booked | None) -> list[Posting]:
    if anchor is None:
        return []
    return [Posting(anchor.at, -delta, lot, anchor.anchor) for lot, delta in deltas.items() if delta]
