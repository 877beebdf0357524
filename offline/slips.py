"""Slips of the finger in what is searched for: a letter wrong, missing, too many or swapped with the next, one
Chinese character of several wrong. SQLite's FTS5 finds parts of words, not near ones, its spellfix is not in Pyodide,
and difflib takes seconds for the words of 20,000 products: what is here asks SQLite for the few rows that may have
the word, and compares those."""

import re
from collections.abc import Collection, Iterable

LEAST_LETTERS = 4
"""Of a word that is looked for nearby: shorter ones are near to anything."""
LEAST_CHARACTERS = 3
MOST_WORDS = 40

_PARTS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[^\s\u3400-\u4dbf\u4e00-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORDS = re.compile(r"[^\W_]+")


def slipped(typed: str, word: str) -> bool:
    """Whether ``word`` begins as ``typed`` but for one slip at most."""
    at = 0
    for one, other in zip(typed, word, strict=False):
        if one != other:
            break
        at += 1
    rest = typed[at:]
    return (
        word.startswith(rest[1:], at + 1)  # wrong
        or word.startswith(rest[1:], at)  # too many
        or word.startswith(rest, at + 1)  # missing
        or (word[at : at + 2] == rest[1::-1] and word.startswith(rest[2:], at + 2))  # swapped
    )


def kept_by_a_slip(typed: str) -> tuple[str, str, str]:
    """One of these at least is in every word that ``slipped`` takes for ``typed``: a slip is in one half of it, and
    leaves the other, or it swaps the two letters between them."""
    half = len(typed) // 2
    swapped = typed[: half - 1] + typed[half] + typed[half - 1] + typed[half + 1 :]
    return typed[:half], typed[half:], swapped


def near_words(typed: str, texts: Iterable[str]) -> list[str]:
    """The words in ``texts`` that are near to ``typed``, the shortest first; of those that begin with another only
    that one, which finds them too."""
    halves = kept_by_a_slip(typed)
    tokens = (token for token in set(" ".join(texts).split()) if any(half in token for half in halves))
    words = {word for token in tokens for word in _WORDS.findall(token) if slipped(typed, word)}
    found: list[str] = []
    for word in sorted(words, key=lambda word: (len(word), word)):
        if not word.startswith(tuple(found)):
            found.append(word)
    return found[:MOST_WORDS]


def parts_of(text: str) -> list[str]:
    """What was typed, at spaces and where Chinese ends or begins."""
    return _PARTS.findall(text)


def is_chinese(part: str) -> bool:
    return _CHINESE.match(part) is not None


def may_have_slipped(part: str) -> bool:
    """Numbers and codes mean one thing or nothing: the next SKU is another product."""
    if is_chinese(part):
        return len(set(part)) >= LEAST_CHARACTERS
    return len(part) >= LEAST_LETTERS and part.isalpha()


def any_slip(parts: Collection[str]) -> bool:
    return any(map(may_have_slipped, parts))
