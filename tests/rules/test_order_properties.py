"""What must hold for every quote, on thousands of random worlds (``random_orders``) and orders."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import product as combinations
from typing import TypeVar

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from offline.money import quantise
from offline.rules.facts import Facts
from offline.rules.ordering import Pricer, Quote, quote
from offline.wire.rows import PriceList
from tests.rules.random_orders import Case, cases

SEEDS = st.integers(0, 10**9)
K = TypeVar("K")
V = TypeVar("V")


def case_of(seed: int) -> Case:
    """A world and an order; tests name the seed, so that a failure is read and replayed easily."""
    return next(cases(seed, 1))


def priced(case: Case) -> Quote:
    return quote(case.facts, case.wanted, case.at, case.order_id)


@given(SEEDS)
@settings(max_examples=300)
def test_totals_are_the_sums_of_the_lines(seed: int) -> None:
    case = case_of(seed)
    found = priced(case)
    totals, cent = found.totals, quantise(Decimal(0), found.currency)
    for line in found.lines:
        assert line.goods == quantise(line.unit_price * line.quantity, found.currency)
        assert line.net == line.goods - line.discount
        assert 0 <= line.discount <= line.goods
        assert 0 <= line.tax <= line.net
        for amount in (line.goods, line.discount, line.net, line.tax):
            assert amount.as_tuple().exponent == cent.as_tuple().exponent
    assert totals.goods == sum(line.goods for line in found.lines)
    assert totals.discount == sum(line.discount for line in found.lines)
    assert totals.tax == sum(line.tax for line in found.lines)
    extra = 0 if case.facts.brand.prices_include_tax else totals.tax
    assert totals.total == sum(line.net for line in found.lines) + extra
    assert totals.goods - totals.discount + extra == totals.total


@given(SEEDS)
@settings(max_examples=300)
def test_every_discount_has_its_promotion(seed: int) -> None:
    case = case_of(seed)
    found = priced(case)
    off: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in found.promotions:
        assert sum(each.lines.values()) == each.amount
        for line_id, amount in each.lines.items():
            assert amount > 0
            off[line_id] += amount
    for line in found.lines:
        assert off[line.id] == line.discount
        assert set(line.promotions) == {each.id for each in found.promotions if line.id in each.lines}


@given(SEEDS)
@settings(max_examples=300)
def test_gifts_are_lines_of_their_own_that_cost_nothing(seed: int) -> None:
    case = case_of(seed)
    found = priced(case)
    given_away = Counter((gift.promotion, gift.product) for gift in found.gifts)
    assert set(given_away.values()) <= {1}
    for gift in found.gifts:
        assert gift.gift
        assert gift.goods == gift.net == gift.tax == gift.unit_price == 0
        assert case.facts.products[gift.product].status == "active"
    assert {(gift.promotion, gift.product): gift.quantity for gift in found.gifts} == {
        (each.id, product): units for each in found.promotions for product, units in each.gifts.items()
    }
    ids = [line.id for line in (*found.lines, *found.gifts)]
    assert len(ids) == len(set(ids))


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_the_order_of_the_lines_changes_nothing(seed: int, chance: random.Random) -> None:
    case = case_of(seed)
    distinct = {line.line_id: line for line in case.wanted}
    shuffled = list(distinct.values())
    first = quote(case.facts, shuffled, case.at, case.order_id)
    chance.shuffle(shuffled)
    second = quote(case.facts, shuffled, case.at, case.order_id)
    assert second.totals == first.totals
    assert second.gifts == first.gifts
    assert {line.id: line for line in second.lines} == {line.id: line for line in first.lines}
    assert second.promotions == first.promotions
    assert Counter(map(msgspec.json.encode, second.problems)) == Counter(map(msgspec.json.encode, first.problems))


@given(SEEDS)
@settings(max_examples=300)
def test_caps_hold_and_exclusive_groups_give_once(seed: int) -> None:
    case = case_of(seed)
    found = priced(case)
    rows = {row.id: row for row in case.facts.promotions}
    groups = Counter(rows[each.id].exclusive_group for each in found.promotions if rows[each.id].exclusive_group)
    assert set(groups.values()) <= {1}
    for each in found.promotions:
        row = rows[each.id]
        assert each.uses >= 1
        if row.cap is not None:
            assert each.uses <= row.cap
            sets = sum(each.gifts.values()) if row.kind in ("buy_x_get_y", "gift") else 0
            per_set = (row.reward.get or 1) if row.kind == "buy_x_get_y" else 1
            assert sets <= row.cap * per_set


@given(SEEDS)
@settings(max_examples=100)
def test_a_cap_never_gives_more(seed: int) -> None:
    """One promotion alone, with its cap and without: under the cap only means at most as much."""
    case = case_of(seed)
    for row in case.facts.promotions:
        uncapped = replace(case.facts, promotions=(msgspec.structs.replace(row, cap=None),))
        free = quote(uncapped, case.wanted, case.at)
        for cap in (0, 1, 3):
            capped = replace(case.facts, promotions=(msgspec.structs.replace(row, cap=cap),))
            found = quote(capped, case.wanted, case.at)
            assert found.totals.discount <= free.totals.discount
            assert sum(gift.quantity for gift in found.gifts) <= sum(gift.quantity for gift in free.gifts)
            assert cap > 0 or not found.promotions


def worth(facts: Facts, case: Case) -> Decimal:
    pricer = Pricer(facts, case.at)
    found = pricer.quote(case.wanted)
    gifts = Decimal(0)
    for gift in found.gifts:
        rungs = pricer.ladder(gift.product).rungs
        gifts += quantise(rungs[0].unit_price * gift.quantity, found.currency) if rungs else 0
    return found.totals.discount + gifts


@given(SEEDS)
@settings(max_examples=150)
def test_of_exclusive_promotions_none_would_have_been_better(seed: int) -> None:
    case = case_of(seed)
    groups: dict[str, list[str]] = {}
    for row in case.facts.promotions:
        if row.exclusive_group and quote(replace(case.facts, promotions=(row,)), case.wanted, case.at).promotions:
            groups.setdefault(row.exclusive_group, []).append(row.id)
    chosen = worth(case.facts, case)
    for choice in combinations(*groups.values()):
        kept = tuple(row for row in case.facts.promotions if not row.exclusive_group or row.id in choice)
        assert worth(replace(case.facts, promotions=kept), case) <= chosen


@given(SEEDS)
@settings(max_examples=100)
def test_no_caller_s_context_changes_an_answer(seed: int) -> None:
    case = case_of(seed)
    with localcontext() as context:
        context.prec = 4
        context.rounding = "ROUND_UP"
        coarse = priced(case)
    assert msgspec.json.encode(coarse) == msgspec.json.encode(priced(case))


@given(SEEDS, st.integers(-400, 1600))
@settings(max_examples=200)
def test_a_pricer_says_how_long_it_holds(seed: int, minutes: int) -> None:
    case = case_of(seed)
    later = case.at + timedelta(minutes=minutes)
    pricer = Pricer(case.facts, case.at)
    if pricer.holds_at(later):
        assert pricer.quote(case.wanted) == quote(case.facts, case.wanted, later)


class Counting(Mapping[K, V]):
    """A lazy mapping that counts how often each key is read."""

    def __init__(self, rows: Mapping[K, V]) -> None:
        self._rows = rows
        self.reads: Counter[K] = Counter()

    def __getitem__(self, key: K) -> V:
        self.reads[key] += 1
        return self._rows[key]

    def __iter__(self) -> Iterator[K]:
        raise AssertionError("a lazy mapping must not be walked")

    def __len__(self) -> int:
        raise AssertionError("a lazy mapping must not be counted")


@given(SEEDS)
@settings(max_examples=100)
def test_every_row_is_read_once(seed: int) -> None:
    case = case_of(seed)
    products, prices = Counting(case.facts.products), Counting(case.facts.prices)
    lists: Counting[str, PriceList] = Counting(case.facts.price_lists)
    pricer = Pricer(replace(case.facts, products=products, prices=prices, price_lists=lists), case.at)
    for _ in range(2):
        assert pricer.quote(case.wanted, case.order_id) == priced(case)
    for reads in (products.reads, prices.reads, lists.reads):
        assert set(reads.values()) <= {1}
