"""Notices' rules for any input."""

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.audiences import Addressed, Person, addresses, is_empty, reach
from offline.rules.notices import duty, is_unread, stage
from offline.rules.prose import is_target, parse, plain
from offline.wire.notices import Audience
from tests.rules.notices import PARTNERS, PEOPLE, notice_of, state_of

audiences = st.builds(
    Audience,
    everyone=st.booleans(),
    territories=st.lists(st.sampled_from(["East", "West", "Nowhere"]), max_size=2, unique=True).map(tuple),
    groups=st.lists(st.sampled_from(["KA", ""]), max_size=1).map(tuple),
    types=st.lists(st.sampled_from(["head_office", "dealer", "shop"]), max_size=2, unique=True).map(tuple),
    partners=st.lists(st.sampled_from([row.id for row in PARTNERS]), max_size=3, unique=True).map(tuple),
    below=st.booleans(),
    roles=st.lists(st.sampled_from(["rep", "shop", "staff"]), max_size=2, unique=True).map(tuple),
)


@given(audiences)
def test_readers_are_people_of_what_is_addressed(audience: Audience) -> None:
    found = reach(audience, PARTNERS, PEOPLE)
    people = {person.id: person for person in PEOPLE}
    assert found.organisations == {row.id for row in PARTNERS if addresses(audience, row)}
    assert set(found.people.values()) | found.silent == found.organisations
    for person, through in found.people.items():
        assert people[person].organisation == through or people[person].role == "rep"
        assert not audience.roles or people[person].role in audience.roles
    if is_empty(audience):
        assert not found.organisations


@given(audiences, st.permutations(PARTNERS), st.permutations(PEOPLE))
def test_the_order_of_rows_changes_nothing(audience: Audience, partners: list[Addressed], people: list[Person]) -> None:
    assert reach(audience, partners, people) == reach(audience, PARTNERS, PEOPLE)


@given(audiences, audiences)
def test_naming_more_partners_reaches_no_fewer(audience: Audience, other: Audience) -> None:
    wider = Audience(
        everyone=audience.everyone,
        territories=audience.territories,
        groups=audience.groups,
        types=audience.types,
        partners=tuple({*audience.partners, *other.partners}),
        below=audience.below,
        roles=audience.roles,
    )
    narrow, wide = reach(audience, PARTNERS, PEOPLE), reach(wider, PARTNERS, PEOPLE)
    assert narrow.organisations <= wide.organisations
    assert narrow.people.keys() <= wide.people.keys()


@given(st.integers(1, 4), st.integers(0, 4), st.integers(0, 4), st.booleans(), st.booleans())
def test_what_is_done_is_not_asked(asked: int, opened: int, confirmed: int, delivered: bool, confirm: bool) -> None:
    notice = notice_of({"revision": 4, "asked": asked, "confirm": confirm})
    state = state_of({"delivered": delivered, "opened": opened, "confirmed": confirmed})
    reached = stage(asked, state)
    if confirm:
        assert (duty(notice, state) == "confirm") == (reached != "confirmed")
    else:
        assert duty(notice, state) == ("read" if is_unread(notice, state) else "none")
    if reached == "addressed":
        assert not delivered


marks = st.text(alphabet="a*-•[]()/: \nhtps.甲。", max_size=60)


@given(st.one_of(st.text(max_size=200), marks))
def test_text_is_never_lost_and_never_leads_astray(text: str) -> None:
    blocks = parse(text)
    spans = [span for block in blocks for line in block.lines for span in line]
    assert all(not span.href or is_target(span.href) for span in spans)
    kept = "".join(span.text for span in spans)
    assert kept.replace(" ", "") == plain(text).replace(" ", "")
    # Whatever is no markup stands in the text as it was, in its order.
    rest = iter(text)
    assert all(letter in rest for letter in kept)


@given(st.text(alphabet="abc 甲乙。\n", max_size=100))
def test_plain_text_comes_out_whole(text: str) -> None:
    assert "".join(plain(text).split()) == "".join(text.split())
