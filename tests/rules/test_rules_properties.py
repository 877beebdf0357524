"""Sharing out, taxes, credit and statuses, for whatever comes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline.rules.allocation import allocate
from offline.rules.basket import Basket, BasketLine
from offline.rules.credit import COUNTED, Document, available, exposure, order_document
from offline.rules.days import local_day
from offline.rules.deals import outcome
from offline.rules.drift import price_drift
from offline.rules.permissions import PERMISSIONS, ROLES, may
from offline.rules.statuses import FINAL, STATUSES, TRANSITIONS
from offline.rules.taxes import is_rate, tax_of
from offline.wire.commands import PlacedLine
from offline.wire.rows import Order, OrderStatus, Organisation, Promotion, PromotionReward, Totals

SHARES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=12)


@given(st.integers(0, 10**7), SHARES)
def test_allocation_gives_everything_it_can(total: int, lines: list[tuple[int, int]]) -> None:
    weights, bounds = [weight for weight, _ in lines], [bound for _, bound in lines]
    shares = allocate(total, weights, bounds)
    assert sum(shares) == min(total, sum(bounds))
    assert all(0 <= share <= bound for share, bound in zip(shares, bounds, strict=True))


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_allocation_is_in_proportion(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights, [total] * len(weights))
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 1, places=4), st.booleans())
def test_tax_is_a_part(net: Decimal, rate: Decimal, included: bool) -> None:
    tax = tax_of(net, rate, "CNY", included=included)
    assert 0 <= tax <= net
    exact = net * rate / (1 + rate) if included else net * rate
    assert abs(tax - exact) <= Decimal("0.005")


@pytest.mark.parametrize("rate", ["13", "-0.1", "NaN", "Infinity", "sNaN"])
def test_a_rate_that_is_none_taxes_nothing(rate: str) -> None:
    assert not is_rate(Decimal(rate))
    assert tax_of(Decimal("9.99"), Decimal(rate), "CNY", included=True) == 0


UNITS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 500)), min_size=1, max_size=5)


@given(UNITS, st.integers(1, 5), st.integers(0, 1500), st.none() | st.integers(0, 4))
def test_mix_and_match_gives_the_most_it_can(
    lines: list[tuple[int, int]], size: int, cents: int, cap: int | None
) -> None:
    """Against every number of sets, each time of the dearest units."""
    rows = [
        BasketLine(str(n), str(n), quantity, Decimal(price) / 100, quantity * price)
        for n, (quantity, price) in enumerate(lines)
    ]
    reward = PromotionReward(quantity=size, bundle_price=Decimal(cents) / 100)
    promotion = Promotion(id="m", code="M", name={}, kind="mix_and_match", reward=reward, cap=cap)
    found = outcome(promotion, [n for n, (_, price) in enumerate(lines) if price], Basket(rows, "CNY", bool))
    dearest = sorted((price for quantity, price in lines for _ in range(quantity) if price), reverse=True)
    worth = [0, *accumulate(dearest)]
    most = len(dearest) // size if cap is None else min(cap, len(dearest) // size)
    best = max(worth[sets * size] - sets * cents for sets in range(most + 1))
    assert (found.amount if found else 0) == best
    if found:
        assert sum(found.claims.values()) == found.uses * size
        assert all(units <= rows[index].quantity for index, units in found.claims.items())


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12), st.randoms(use_true_random=False))
def test_credit_counts_each_document_once(rows: list[tuple[int, bool]], chance: Random) -> None:
    documents = {
        (number, invoice): Document(
            id=f"{number}{invoice}",
            kind="invoice" if invoice else "order",
            amount=Decimal(100 + number),
            order=f"{number}False" if invoice else None,
        )
        for number, invoice in rows
    }
    papers = [documents[row] for row in rows]
    chance.shuffle(papers)
    expected = sum((Decimal(100 + number) for number in {number for number, _ in rows}), Decimal(0))
    assert exposure(papers) == exposure([*papers, *papers]) == expected


def order(status: OrderStatus, total: str, id_: str = "1") -> Order:
    totals = Totals(goods=Decimal(total), total=Decimal(total))
    return Order(id=id_, organisation="o", status=status, lines=(), totals=totals, currency="CNY")


@pytest.mark.parametrize("status", STATUSES)
def test_an_order_counts_from_submitted_until_closed(status: OrderStatus) -> None:
    counts = status in {"submitted", "on_hold", "approved", "partly_shipped", "shipped", "signed"}
    assert exposure([order_document(order(status, "300"))]) == (300 if counts else 0)
    assert (status in COUNTED) == counts


def test_what_waits_on_the_phone_is_taken_off_once() -> None:
    customer = Organisation(
        id="o", code="o", name={}, type="shop", credit_limit=Decimal(1000), credit_used=Decimal(400)
    )
    queued = order("queued", "250")
    assert available(customer, [queued, queued]) == 350
    assert available(customer, [queued, order("submitted", "99", "2")]) == 350


def test_every_status_can_be_reached_and_only_final_ones_end() -> None:
    reached: set[str] = {"draft"}
    left: set[str] = {"draft"}
    while left:
        left = {str(to) for (status, to) in TRANSITIONS if status in left} - reached
        reached |= left
    assert reached == set(STATUSES)
    assert {status for status in STATUSES if not any(move[0] == status for move in TRANSITIONS)} == FINAL
    assert set(TRANSITIONS.values()) <= set(PERMISSIONS)


def test_roles_hold_permissions_that_exist_and_no_name_is_made_up() -> None:
    for names in ROLES.values():
        assert names <= set(PERMISSIONS)
    assert ROLES["head_office"] == set(PERMISSIONS)
    assert may(ROLES["rep"], "order.place")
    assert not may(ROLES["rep"], "order.approve")
    with pytest.raises(ValueError, match=r"no such permission: order\.aprove"):
        may(ROLES["rep"], "order.aprove")


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-720, 840))  # noqa: DTZ001 - given UTC below
def test_the_day_depends_on_the_instant_alone(moment: datetime, minutes: int) -> None:
    at = moment.replace(tzinfo=UTC)
    elsewhere = at + timedelta(minutes=minutes) - timedelta(minutes=minutes)
    assert local_day(at, "Asia/Shanghai") == local_day(elsewhere, "Asia/Shanghai")
    assert local_day(at, "Asia/Shanghai") == (at + timedelta(hours=8)).date()


def test_a_line_that_only_the_server_has_is_drift() -> None:
    """Nobody was shown it: the order waits for a word, as for another price."""
    shown, added = (
        PlacedLine(id=name, product=name, quantity=1, unit_price=Decimal(5), net=Decimal(5)) for name in ("a", "b")
    )
    (found,) = price_drift((shown,), (shown, added))
    assert (found.line_id, found.quoted_net, found.actual_net) == ("b", None, Decimal(5))
    (gone,) = price_drift((shown, added), (shown,))
    assert (gone.line_id, gone.quoted_net, gone.actual_net) == ("b", Decimal(5), None)
