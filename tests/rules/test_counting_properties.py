"""What must hold of counts whatever happened, and in whatever order the papers arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.counting import Tolerance, added, base_units, counted_units, variance
from offline.wire.counts import CountedPart
from offline.wire.rows import Pack, Product
from tests.rules.books import MIDNIGHT, Book

LOTS = ("", "L1", "L2")
PRODUCT = Product(id="p", sku="p", name={}, unit={}, packs=(Pack("CASE", {}, 12), Pack("TRAY", {}, 6)))


@dataclass(frozen=True)
class Paper:
    """At minute ``at`` of the day goods moved, or ``observed`` stood there."""

    at: int
    delta: int = 0
    lot: str = ""
    observed: Mapping[str, int] | None = None


@st.composite
def days(draw: st.DrawFn) -> list[Paper]:
    """Papers at different times, in the order they happened; counts see anything."""
    times = sorted(draw(st.lists(st.integers(1, 1000), min_size=1, max_size=10, unique=True)))
    papers = []
    for at in times:
        if draw(st.booleans()):
            papers.append(Paper(at, draw(st.integers(-30, 60)), draw(st.sampled_from(LOTS))))
        else:
            observed = draw(st.dictionaries(st.sampled_from(LOTS), st.integers(0, 50), min_size=1))
            papers.append(Paper(at, observed=observed))
    return papers


def truth(papers: list[Paper]) -> dict[str, int]:
    """What the last count saw and what moved since, by lot."""
    lots: dict[str, int] = {}
    for paper in papers:
        if paper.observed is not None:
            lots = dict(paper.observed)
        else:
            lots[paper.lot] = lots.get(paper.lot, 0) + paper.delta
    return {lot: quantity for lot, quantity in lots.items() if quantity}


def arrive(papers: list[Paper]) -> Book:
    book = Book()
    for number, paper in enumerate(papers):
        at = MIDNIGHT + timedelta(minutes=paper.at)
        if paper.observed is None:
            book.moved(at, paper.delta, paper.lot)
        else:
            found = book.counted(f"count {number}", at, paper.observed, 0, MIDNIGHT + timedelta(days=1))
            assert found.on_hand == book.on_hand
            assert found.expected + found.adjustment == sum(paper.observed.values())
    return book


@given(days(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_book(papers: list[Paper], random: Random) -> None:
    shuffled = list(papers)
    random.shuffle(shuffled)
    assert arrive(shuffled).lots == arrive(papers).lots == truth(papers)


@given(days(), st.randoms(use_true_random=False))
def test_every_count_leaves_its_mark_once(papers: list[Paper], random: Random) -> None:
    """One moment for each count, at which the book says what it observed."""
    random.shuffle(papers)
    book = arrive(papers)
    for number, paper in enumerate(papers):
        if paper.observed is None:
            continue
        at = MIDNIGHT + timedelta(minutes=paper.at)
        own = [each for each in book.booked if each.anchor == f"count {number}"]
        assert {each.at for each in own} == {at}
        then = sum(each.delta for each in book.booked if each.at <= at)
        assert then == sum(paper.observed.values())


@given(st.integers(0, 100), st.integers(1, 40), st.integers(0, 500), st.integers(-5, 5))
def test_a_wrong_clock_never_unlearns_what_the_phone_knew(start: int, more: int, hours: int, off: int) -> None:
    """Whatever time a phone names, movements it held when it counted are in the count."""
    book = Book()
    book.moved(MIDNIGHT, start)
    book.moved(MIDNIGHT + timedelta(hours=1), more)
    there = start + more + off
    now = MIDNIGHT + timedelta(hours=2)
    taken = MIDNIGHT + timedelta(hours=hours - 250)
    found = book.counted("c", taken, {"": max(there, 0)}, 2, now)
    assert found.expected == start + more
    assert book.on_hand == max(there, 0)


@given(st.integers(-100, 10_000), st.integers(0, 10_000), st.integers(0, 50), st.decimals(0, 100, places=1))
def test_a_wider_tolerance_never_asks_for_more(expected: int, observed: int, units: int, percent: Decimal) -> None:
    narrow = variance(expected, observed, Tolerance(units, percent))
    wide = variance(expected, observed, Tolerance(units + 1, percent + 1))
    assert narrow.units == wide.units == observed - expected
    assert narrow.allowed <= wide.allowed
    assert narrow.recount or not wide.recount
    assert narrow.recount == (abs(narrow.units) > narrow.allowed)


PLACES = st.lists(
    st.builds(
        CountedPart,
        packs=st.dictionaries(st.sampled_from(("CASE", "TRAY", "")), st.integers(0, 999), min_size=1),
        lot=st.sampled_from(LOTS),
    ),
    min_size=1,
    max_size=8,
)


@given(PLACES)
def test_places_add_up(places: list[CountedPart]) -> None:
    parts: tuple[CountedPart, ...] = ()
    for place in places:
        parts = added(parts, place)
    assert len({part.lot for part in parts}) == len(parts)
    assert counted_units(PRODUCT, parts) == sum(base_units(PRODUCT, place.packs) for place in places)
