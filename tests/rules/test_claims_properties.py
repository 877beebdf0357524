"""What holds for any ledger, any claim, any chain of approvals."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from offline.rules.approvals import Approver, Chain, Decided, Deputy, Step, needed_steps, standing, step_faults
from offline.rules.days import moment_of_clock
from offline.rules.evidence import (
    Before,
    Exif,
    Picture,
    Receipt,
    Seen,
    Terms,
    check_claim,
    exif_of,
    gravest,
    place_of,
    receipt_key,
    seller_key,
)
from offline.rules.ledger import Entry, EntryKind, Key, Overdrawn, balance, book, entry, totals

PURSES = ("", "p", "q")
KINDS = ("fund", "allocate", "reserve", "release", "consume", "settle")
amounts = st.decimals(Decimal(-500), Decimal(500), places=2).filter(bool)
steps_taken = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(PURSES), amounts), max_size=40)


@given(steps_taken)
def test_the_ledger_adds_up_whatever_the_order(wanted: list[tuple[EntryKind, str, Decimal]]) -> None:
    balances: dict[Key, Decimal] = {}
    made: list[Entry] = []
    for kind, purse, amount in wanted:
        before = dict(balances)
        try:
            one = entry(kind, purse, amount, "CNY")
            balances = book(balances, one)
            made.append(one)
        except (Overdrawn, ValueError):
            assert balances == before
    assert sum(balances.values(), Decimal(0)) == 0
    assert totals(made) == balances
    assert all(sum((each.amount for each in one.postings), Decimal(0)) == 0 for one in made)
    assert all((amount <= 0) == (account == "source") or amount == 0 for (_, account), amount in balances.items())
    allocated = Decimal(0)
    for purse in PURSES:
        found = balance(balances, purse)
        assert found.available == found.allocated - found.reserved - found.consumed >= 0
        allocated += found.allocated
    assert allocated + balances.get(("", "pot"), Decimal(0)) == -balances.get(("", "source"), Decimal(0))


@given(steps_taken)
def test_what_was_consumed_was_reserved_before(wanted: list[tuple[EntryKind, str, Decimal]]) -> None:
    balances: dict[Key, Decimal] = {}
    reserved = consumed = Decimal(0)
    for kind, purse, amount in wanted:
        try:
            balances = book(balances, entry(kind, purse, amount, "CNY"))
        except (Overdrawn, ValueError):
            continue
        reserved += amount if kind == "reserve" else 0
        consumed += amount if kind == "consume" else 0
        assert consumed <= reserved


limits = st.lists(st.decimals(0, 10_000, places=2), unique=True, max_size=5).map(sorted)


@given(limits, st.decimals(0, 20_000, places=2), st.decimals(0, 20_000, places=2))
def test_more_money_never_needs_fewer_steps(found: list[Decimal], one: Decimal, other: Decimal) -> None:
    steps = [*(Step(role="rep", limit=limit) for limit in found), Step(role="finance")]
    assert step_faults(steps) == []
    few, many = (needed_steps(steps, amount) for amount in sorted((one, other)))
    assert many[: len(few)] == few
    last = many[-1].limit
    assert last is None or last >= max(one, other)


people = st.sampled_from("abcd")
NOW = datetime(2026, 7, 6, tzinfo=UTC)
deputies = st.lists(
    st.builds(
        Deputy, person=people, role=st.sampled_from(("rep", "finance")), deputy=people, since=st.just(NOW),
        until=st.just(NOW.replace(day=9)),
    ),
    max_size=4,
)  # fmt: skip


@given(
    st.lists(st.builds(Step, role=st.sampled_from(("", "rep", "finance"))), min_size=1, max_size=4),
    st.lists(st.tuples(people, st.sampled_from(("rep", "finance"))), max_size=12),
    people,
    deputies,
)
def test_four_eyes_hold_whoever_tries(
    steps: list[Step], tries: list[tuple[str, str]], applicant: str, away: list[Deputy]
) -> None:
    decided: list[Decided] = []
    for person, role in tries:
        chain = Chain(steps=tuple(steps), decided=tuple(decided), applicants=(applicant,))
        found = standing(chain, Approver(person=person, role=role), away, NOW)
        assert found.may == (found.why == "")
        if found.may:
            decided.append(Decided(person=person, on_behalf_of=found.on_behalf_of))
    assert len(decided) <= len(steps)
    involved = [name for each in decided for name in {each.person, each.on_behalf_of or each.person}]
    assert applicant not in involved
    assert len(involved) == len(set(involved))


TERMS = Terms(starts_on=date(2026, 7, 1), ends_on=date(2026, 7, 31), left=Decimal(1000), currency="CNY")
shots = st.lists(
    st.builds(
        Picture,
        id=st.uuids().map(str),
        sha256=st.sampled_from(("aa", "bb", "cc", "dd", "ee", "ff")),
        role=st.sampled_from(("receipt", "display")),
    ),
    max_size=6,
)


@given(shots, st.sets(st.sampled_from(("aa", "bb"))))
def test_known_bytes_never_pass_and_new_ones_always_do(pictures: list[Picture], known: set[str]) -> None:
    found = check_claim((), pictures, TERMS, Before(files={each: Seen(claim="c") for each in known}))
    blocked = {each.subject for each in found if each.level == "block"}
    hashes = [each.sha256 for each in pictures]
    for index, each in enumerate(pictures):
        assert (each.id in blocked) == (each.sha256 in known or each.sha256 in hashes[:index])
    assert (gravest(found) == "block") == bool(blocked)


@given(shots, st.lists(st.integers(0, 64), max_size=3))
def test_a_look_alike_alone_is_never_more_than_a_hint(pictures: list[Picture], distances: list[int]) -> None:
    plain = [msgspec.structs.replace(each, sha256=each.id) for each in pictures]
    alike = tuple(Seen(claim="c", distance=distance) for distance in distances)
    found = check_claim((), plain, TERMS, Before(look_alikes={each.id: alike for each in plain}))
    assert {each.level for each in found if each.check == "look_alike"} <= {"hint"}
    without = check_claim((), plain, TERMS, Before())
    assert gravest(found) == gravest(without) or gravest(without) is None


@given(st.text(max_size=30))
def test_a_sellers_key_is_its_own(seller: str) -> None:
    key = seller_key(seller)
    assert seller_key(seller.upper()) == seller_key(seller.upper().lower()) or not seller.isascii()
    assert " " not in key
    one = Receipt(id="1", seller=seller, on=date(2026, 7, 1), total=Decimal(5), currency="CNY")
    assert receipt_key(one) == receipt_key(msgspec.structs.replace(one, id="2", total=Decimal("5.00")))


degrees = st.none() | st.floats(-90, 90)
clocks = st.text(max_size=30) | st.datetimes().map(lambda at: at.isoformat()) | st.sampled_from(
    ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1970-01-01T00:00:00+14:00", "2026-07-02T08:00:00")
)  # fmt: skip
radii = st.none() | st.floats(allow_nan=False, allow_infinity=False)
exifs = st.builds(exif_of, clocks, degrees, degrees, radii)


@given(exifs, st.none() | st.datetimes(timezones=st.just(UTC)), st.booleans())
def test_what_a_file_says_is_never_more_than_a_hint(exif: Exif, taken_at: datetime | None, somewhere: bool) -> None:
    """Whatever is written in a file: the checks give an answer, and no other than without it but for hints."""
    place = place_of(31.23, 121.47, 20) if somewhere else None
    shot = Picture(id="a", sha256="aa", role="display", taken_at=taken_at, place=place, exif=exif)
    terms = msgspec.structs.replace(TERMS, place=place_of(31.23, 121.47, None), needs=())
    found = check_claim((), [shot], terms, Before())
    plain = check_claim((), [msgspec.structs.replace(shot, exif=Exif())], terms, Before())
    assert {each.level for each in found if each not in plain} <= {"hint"}
    assert {each.check for each in plain if each not in found} <= {"no_position"}
    assert exif.place is None or exif.place.accuracy > 0
    if exif.taken_at is not None:
        assert moment_of_clock(exif.taken_at, "Asia/Shanghai").tzinfo is UTC
