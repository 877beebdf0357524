"""The documented rule, case by case."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from backend.importing.price_breaks import SUPPORT, find_tiers
from offline.wire.rows import Tier


def tiers(*found: tuple[int, str]) -> tuple[Tier, ...]:
    return tuple(Tier(quantity, Decimal(price)) for quantity, price in found)


def charged(*lines: tuple[int, str, int]) -> Counter[tuple[int, Decimal]]:
    return Counter({(quantity, Decimal(price)): count for quantity, price, count in lines})


def test_the_price_charged_most_often_and_the_break_where_it_begins() -> None:
    found = charged(
        (1, "2.95", 40), (6, "2.95", 30), (6, "2.55", 4), (32, "2.55", 20), (64, "2.55", 9), (36, "2.55", 5)
    )
    assert find_tiers(found) == tiers((1, "2.95"), (32, "2.55"))


def test_a_favour_is_no_list_price() -> None:
    assert find_tiers(charged((1, "2.95", 40), (100, "1.00", SUPPORT - 1))) == tiers((1, "2.95"))
    assert find_tiers(charged((1, "2.95", 40), (100, "1.00", 5), (100, "2.95", 50))) == tiers((1, "2.95"))


def test_breaks_only_fall() -> None:
    found = charged((1, "2.00", 10), (12, "1.80", 10), (24, "1.90", 10), (48, "1.50", 10))
    assert find_tiers(found) == tiers((1, "2.00"), (12, "1.80"), (48, "1.50"))


def test_without_support_the_price_charged_most_often_stands_alone() -> None:
    assert find_tiers(charged((1, "3.00", 1), (100, "2.00", 2))) == tiers((1, "2.00"))
    assert find_tiers(charged((1, "3.00", 1), (100, "2.00", 1))) == tiers((1, "3.00"))


def test_a_product_only_sold_in_bulk_has_its_price_from_one_on() -> None:
    assert find_tiers(charged((144, "0.42", 9))) == tiers((1, "0.42"))


@given(
    st.dictionaries(
        st.tuples(st.integers(1, 2000), st.decimals("0.01", "50", places=2)), st.integers(1, 30), min_size=1
    )
)
def test_whatever_was_charged_tiers_begin_at_one_and_fall(found: dict[tuple[int, Decimal], int]) -> None:
    steps = find_tiers(found)
    assert steps[0].quantity == 1
    assert [step.quantity for step in steps] == sorted({step.quantity for step in steps})
    prices = [step.unit_price for step in steps]
    assert prices == sorted(set(prices), reverse=True)
    assert set(prices) <= {price for _, price in found}
