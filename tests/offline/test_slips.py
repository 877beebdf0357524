"""One slip of the finger: what counts as one, and that no word with one is missed."""

import random

import pytest

from offline.slips import kept_by_a_slip, may_have_slipped, near_words, parts_of, slipped

LETTERS = "abcde"


def with_a_slip(word: str, draw: random.Random) -> str:
    at = draw.randrange(len(word))
    kind = draw.choice(("wrong", "missing", "many", "swapped"))
    if kind == "wrong":
        return word[:at] + draw.choice(LETTERS) + word[at + 1 :]
    if kind == "missing":
        return word[:at] + word[at + 1 :]
    if kind == "many":
        return word[:at] + draw.choice(LETTERS) + word[at:]
    return word[:at] + word[at : at + 2][::-1] + word[at + 2 :]


@pytest.mark.parametrize("seed", range(20))
def test_every_slip_is_taken_for_the_word_and_its_rows_are_looked_at(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(200):
        word = "".join(draw.choices(LETTERS, k=draw.randint(5, 12)))
        typed = with_a_slip(word, draw)
        assert slipped(typed, word), (typed, word)
        assert slipped(typed, word + "xyz"), (typed, word)  # the word is longer than what was typed of it
        assert any(each in word for each in kept_by_a_slip(typed)), (typed, word)


@pytest.mark.parametrize(
    ("typed", "word"), [("lemonade", "limonode"), ("water", "wine"), ("aabb", "bbaa"), ("chocolate", "choco")]
)
def test_two_slips_are_another_word(typed: str, word: str) -> None:
    assert not slipped(typed, word)


def test_of_the_words_that_begin_with_another_the_shortest_finds_all() -> None:
    texts = ["Lemonades (lemonade)".casefold(), "lemon lime", "lamonade-mix"]
    assert near_words("lemonaed", texts) == ["lemonade"]
    assert near_words("lenonade", texts) == ["lemonade"]
    assert near_words("limonade", texts) == ["lamonade", "lemonade"]


def test_short_words_numbers_and_codes_are_taken_at_their_word() -> None:
    parts = parts_of("柠檬水soda 500ml qs-0450 茶水 tea 6901")
    assert parts == ["柠檬水", "soda", "500ml", "qs-0450", "茶水", "tea", "6901"]
    assert [part for part in parts if may_have_slipped(part)] == ["柠檬水", "soda"]
