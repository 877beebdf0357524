"""What must hold for whatever price lists somebody writes."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.pricing import CountingList, Ladder, Rung, by_priority, cheapest, tier_faults
from offline.wire.rows import PriceList, Tier

Priced = list[tuple[CountingList, tuple[Tier, ...]]]

PRICES = st.decimals(min_value=0, max_value=1000, places=3)
TIERS = st.dictionaries(st.integers(1, 60), PRICES, min_size=1, max_size=5).map(
    lambda by_quantity: tuple(Tier(quantity, by_quantity[quantity]) for quantity in sorted(by_quantity))
)
QUANTITIES = st.integers(1, 70)


def source(number: int, merge: bool = True) -> CountingList:
    row = PriceList(id=f"l{number}", code=f"L{number}", name={}, kind="base", currency="CNY", revision=1, merge=merge)
    return CountingList(row, 0)


@st.composite
def priced_lists(draw: st.DrawFn, tiers: st.SearchStrategy[tuple[Tier, ...]] = TIERS) -> Priced:
    count = draw(st.integers(1, 4))
    return [(source(number, draw(st.booleans())), draw(tiers)) for number in range(count)]


def falling(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    """The same prices in falling order from 1 on."""
    prices = sorted((tier.unit_price for tier in tiers), reverse=True)
    quantities = [1, *(tier.quantity for tier in tiers if tier.quantity > 1)]
    return tuple(Tier(quantity, price) for quantity, price in zip(quantities, prices, strict=False))


FALLING = TIERS.map(falling)


def in_force(tiers: Sequence[Tier | Rung], quantity: int) -> Decimal | None:
    found = [tier.unit_price for tier in tiers if tier.quantity <= quantity]
    return found[-1] if found else None


@given(priced_lists(), QUANTITIES)
def test_cheapest_is_the_lowest_in_force_anywhere(priced: Priced, quantity: int) -> None:
    offers = [price for _, tiers in priced if (price := in_force(tiers, quantity)) is not None]
    assert in_force(cheapest(priced), quantity) == (min(offers) if offers else None)


@given(priced_lists(), st.randoms(use_true_random=False), QUANTITIES)
def test_cheapest_does_not_depend_on_rank(priced: Priced, random: Random, quantity: int) -> None:
    shuffled = list(priced)
    random.shuffle(shuffled)
    assert in_force(cheapest(shuffled), quantity) == in_force(cheapest(priced), quantity)


@given(priced_lists())
def test_the_first_list_keeps_its_own_tiers(priced: Priced) -> None:
    first, own = priced[0]
    kept = {rung.quantity: rung for rung in by_priority(priced)}
    for tier in own:
        assert kept[tier.quantity] == Rung(tier.quantity, tier.unit_price, first)


@given(priced_lists(), QUANTITIES)
def test_nobody_pays_more_for_another_list(priced: Priced, quantity: int) -> None:
    alone = in_force(priced[0][1], quantity)
    if alone is not None:
        merged = in_force(by_priority(priced), quantity)
        assert merged is not None
        assert merged <= alone


@given(priced_lists())
def test_only_lists_that_merge_are_merged(priced: Priced) -> None:
    rungs = by_priority(priced)
    if not priced[0][0].price_list.merge:
        assert rungs == by_priority(priced[:1])
    assert rungs == by_priority([priced[0], *(each for each in priced[1:] if each[0].price_list.merge)])


@given(TIERS)
def test_a_list_merged_with_itself_is_itself(tiers: tuple[Tier, ...]) -> None:
    alone = by_priority([(source(0), tiers)])
    assert by_priority([(source(0), tiers), (source(1), tiers)]) == alone
    assert [(rung.quantity, rung.unit_price) for rung in alone] == [(tier.quantity, tier.unit_price) for tier in tiers]


@given(priced_lists(FALLING), st.sampled_from(["priority", "cheapest"]), QUANTITIES, QUANTITIES)
def test_more_never_raises_the_unit_price(priced: Priced, rule: str, one: int, other: int) -> None:
    rungs = cheapest(priced) if rule == "cheapest" else by_priority(priced)
    ladder = Ladder("p", "priority", rungs, None)
    few, many = ladder.price(min(one, other)), ladder.price(max(one, other))
    assert few is not None
    assert many is not None
    assert many.unit_price <= few.unit_price


@given(priced_lists(), QUANTITIES)
def test_the_next_break_is_the_nearest_lower_price(priced: Priced, quantity: int) -> None:
    ladder = Ladder("p", "priority", by_priority(priced), None)
    trace = ladder.price(quantity)
    if trace is None:
        return
    assert trace.tier_quantity <= quantity
    lower = [rung for rung in ladder.rungs if rung.quantity > quantity and rung.unit_price < trace.unit_price]
    expected = (lower[0].quantity, lower[0].unit_price) if lower else (None, None)
    assert (trace.next_quantity, trace.next_unit_price) == expected


@given(TIERS)
def test_sound_tiers_have_no_faults(tiers: tuple[Tier, ...]) -> None:
    assert tier_faults(tiers) == ()
    assert tier_faults((*tiers, tiers[0])) == ((len(tiers), "duplicate"),)
