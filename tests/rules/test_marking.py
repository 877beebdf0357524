"""Marking, for whatever is asked and answered."""

from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.marking import (
    certificate_state,
    expiry,
    grade,
    is_passed,
    mark,
    normalised,
    parts,
    right_options,
    seals_of,
    set_aside,
    shuffled,
    unveil,
    veil,
)
from offline.wire.learning import AuthoredQuestion, Card, Certificate, Option, Question, QuestionKind

NAMES = ["a", "b", "c", "d", "e", "f"]


def sealed(question: AuthoredQuestion, salt: str = "salt", card: str = "q") -> Question:
    return Question(
        kind=question.kind,
        options=question.options,
        points=question.points,
        partial=question.partial,
        seals=seals_of(salt, card, question),
    )


@st.composite
def choices(draw: st.DrawFn, *kinds: QuestionKind) -> AuthoredQuestion:
    kind = draw(st.sampled_from(kinds))
    names = NAMES[: draw(st.integers(2, 6))]
    if kind == "order":
        right = draw(st.permutations(names))
    elif kind == "single":
        right = [draw(st.sampled_from(names))]
    else:
        right = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    options = tuple(Option(name, {"en": name}) for name in names)
    points, partial = draw(st.integers(1, 100)), draw(st.booleans())
    return AuthoredQuestion(kind=kind, options=options, right=tuple(right), points=points, partial=partial)


ANY = choices("single", "multiple", "order")
ANSWERS = st.lists(st.sampled_from([*NAMES, "", "x"]), max_size=8)


@given(ANY, ANSWERS)
def test_points_are_from_nothing_to_all_and_all_for_the_right_answer_only(
    question: AuthoredQuestion, answer: list[str]
) -> None:
    found = mark("salt", "q", sealed(question), answer)
    assert 0 <= found.points <= found.of == question.points
    assert (found.points == found.of) == found.ok
    assert found.ok == (parts(question.kind, answer) == parts(question.kind, question.right))
    assert mark("salt", "q", sealed(question), question.right).ok


@given(choices("multiple"), ANSWERS, st.sampled_from(NAMES))
def test_a_further_right_option_never_costs_and_a_wrong_one_never_pays(
    question: AuthoredQuestion, answer: list[str], more: str
) -> None:
    before = mark("salt", "q", sealed(question), answer)
    after = mark("salt", "q", sealed(question), [*answer, more])
    assert after.points >= before.points if more in question.right else after.points <= before.points


@given(ANY)
def test_the_right_options_are_read_back_from_the_seals(question: AuthoredQuestion) -> None:
    """What the phone shows after the answer; for an order, in order."""
    found = right_options("salt", "q", sealed(question))
    assert found == question.right if question.kind == "order" else set(found) == set(question.right)


@given(ANY, st.text(max_size=5), st.text(max_size=5))
def test_a_seal_fits_its_own_question_and_revision_only(question: AuthoredQuestion, salt: str, card: str) -> None:
    """The same options in another question or revision give nothing away by their seals."""
    here, there = seals_of("salt", "q", question), seals_of(salt, card, question)
    assert (salt, card) == ("salt", "q") or not set(here) & set(there)
    assert all(option.id not in here for option in question.options)
    assert list(here) == sorted(here)


@given(st.text(max_size=40))
def test_normalised_is_settled_at_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(f" {text}　") == normalised(text)


@given(st.text(min_size=1, max_size=20, alphabet=st.characters(categories=("L", "N"))), st.text(max_size=10))
def test_a_short_answer_is_right_when_it_is_one_of_the_accepted(text: str, other: str) -> None:
    question = sealed(AuthoredQuestion(kind="short", accepted=(text,)))
    assert mark("salt", "q", question, [text.upper() if text.upper().casefold() == text.casefold() else text]).ok
    assert mark("salt", "q", question, [other]).ok == (normalised(other) == normalised(text))


@given(st.lists(st.text(max_size=4), unique=True, max_size=8), st.randoms(), st.text(max_size=6))
def test_shuffling_loses_nothing_and_depends_on_its_seed_alone(ids: list[str], random: Random, seed: str) -> None:
    mixed = list(ids)
    random.shuffle(mixed)
    assert shuffled(mixed, seed) == shuffled(ids, seed)
    assert sorted(shuffled(ids, seed)) == sorted(ids)


def test_shuffling_gives_every_order_its_turn() -> None:
    firsts = [shuffled("abc", str(number))[0] for number in range(300)]
    assert all(60 < firsts.count(one) < 140 for one in "abc")


@given(st.lists(st.tuples(ANY, ANSWERS), max_size=5), st.integers(1, 100))
def test_a_grade_is_the_sum_of_its_marks(asked: list[tuple[AuthoredQuestion, list[str]]], pass_mark: int) -> None:
    cards = [Card(id=str(n), kind="question", question=sealed(q, card=str(n))) for n, (q, _) in enumerate(asked)]
    found = grade("salt", cards, {str(n): answer for n, (_, answer) in enumerate(asked)}, pass_mark)
    assert found.points == sum(each.points for each in found.marks.values())
    assert found.total == sum(question.points for question, _ in asked)
    assert found.passed == (found.percent >= pass_mark)
    assert grade("salt", cards, {str(n): q.right for n, (q, _) in enumerate(asked)}, pass_mark).passed


@given(st.lists(st.integers(1, 6), max_size=12), st.integers(0, 4))
def test_of_tries_that_arrive_never_more_count_than_are_allowed(numbers: list[int], limit: int) -> None:
    """Whatever numbers phones gave them, and every try is either counted or kept for a person."""
    taken: list[int] = []
    for number in numbers:
        if not set_aside(number, taken, limit):
            taken.append(number)
    assert len(set(taken)) == len(taken)
    assert not limit or len(taken) <= limit


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 120))
def test_a_certificate_lasts_its_months_and_not_a_day_more(issued: date, months: int) -> None:
    last = expiry(issued, months)
    assert last is not None
    assert (last.year * 12 + last.month) - (issued.year * 12 + issued.month) == months
    assert last.day <= issued.day
    made = Certificate(
        id="c", code="c", user="u", user_name="", course="k", title={}, issued_on=issued, expires_on=last
    )
    after = date.fromordinal(last.toordinal() + 1)
    assert [certificate_state(made, day) for day in (last, after)] == ["expiring", "expired"]
    # What asks for the course as a prerequisite takes it as long as it holds.
    assert [is_passed(True, [made], day) for day in (last, after)] == [True, False]


@given(st.text(max_size=60), st.text(max_size=8), st.text(max_size=8))
def test_a_veiled_text_is_read_again_and_is_not_in_clear(text: str, salt: str, card: str) -> None:
    hidden = veil(salt, card, text)
    assert unveil(salt, card, hidden) == text
    assert len(text) < 4 or text not in hidden
