"""Order quantities: what may be ordered, and what is offered instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline.rules.quantities import check, orderable_range, round_down, round_up
from offline.wire.commands import MAX_QUANTITY
from offline.wire.rows import Product


def product(minimum: int, multiple: int) -> Product:
    return Product(id="p", sku="P", name={}, unit={}, minimum=minimum, multiple=multiple)


@given(st.integers(1, 200), st.integers(1, 50), st.integers(-5, 500))
def test_round_up_is_the_least_that_may_be_ordered(minimum: int, multiple: int, quantity: int) -> None:
    row = product(minimum, multiple)
    rounded = round_up(row, quantity)
    assert check(row, rounded).ok
    assert rounded >= quantity
    assert not any(check(row, less).ok for less in range(max(quantity, 1), rounded))


@given(st.integers(1, 200), st.integers(1, 50), st.integers(-5, 500))
def test_round_down_is_the_most_that_may_be_ordered_or_nothing(minimum: int, multiple: int, quantity: int) -> None:
    row = product(minimum, multiple)
    rounded = round_down(row, quantity)
    assert rounded == max((each for each in range(1, quantity + 1) if check(row, each).ok), default=0)


@given(st.integers(1, 200), st.integers(1, 50), st.integers(-5, 500))
def test_neighbours_may_be_ordered_and_nothing_between(minimum: int, multiple: int, quantity: int) -> None:
    row = product(minimum, multiple)
    found = check(row, quantity)
    if found.ok:
        assert found.lower == found.upper == quantity
        assert quantity >= minimum
        assert quantity % multiple == 0
        return
    assert found.upper == round_up(row, quantity)
    if found.lower is not None:
        assert check(row, found.lower).ok
        assert found.lower < quantity
    below = found.lower if found.lower is not None else 0
    assert not any(check(row, between).ok for between in range(below + 1, found.upper))


@given(st.integers(1, MAX_QUANTITY), st.integers(1, MAX_QUANTITY), st.integers(1, 10**15))
def test_never_more_than_the_limit(minimum: int, multiple: int, quantity: int) -> None:
    row = product(minimum, multiple)
    first, last = orderable_range(row)
    if first <= last:
        assert round_up(row, quantity) <= MAX_QUANTITY
        assert check(row, round_up(row, quantity)).ok
    else:
        assert not check(row, quantity).ok


def test_a_minimum_above_the_limit_can_never_be_ordered() -> None:
    row = product(MAX_QUANTITY, 9_999_999)
    found = check(row, 5)
    assert (found.ok, found.lower, found.upper) == (False, None, None)
    with pytest.raises(ValueError, match="nothing of P may be ordered: minimum 10000000"):
        round_up(row, 5)
