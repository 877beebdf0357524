"""The text that searching looks through: folded, with pinyin, so that ``ghl``, ``ganhuali`` and 干花梨 all find it.

Made by the server alone (pypinyin is no part of the phone's app); the phone only folds what was typed.
"""

import importlib
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

MAX_LENGTH = 4000
MAX_READINGS = 4


def fold(text: str) -> str:
    """NFKC (full-width forms become plain ones), lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _pypinyin() -> Any:
    """Late: no start of a server or of a command waits for its dictionaries."""
    return importlib.import_module("pypinyin")


@lru_cache(maxsize=50_000)
def pinyin_of(text: str) -> tuple[str, ...]:
    """The syllables of the Chinese characters in ``text`` run together, and their initials, as read most likely;
    then the same with one character read otherwise, up to MAX_READINGS in all: 朝 is chao in one name and zhao in
    the next. Other characters are left out: a search for them goes by the text itself."""
    characters = "".join(character for character in text if "\u4e00" <= character <= "\u9fff")
    if not characters:
        return ()
    read = _pypinyin()
    plain = read.Style.NORMAL
    likely = read.lazy_pinyin(characters, style=plain)
    readings = [likely]
    for position, known in enumerate(read.pinyin(characters, style=plain, heteronym=True)):
        others = (syllable for syllable in known if syllable != likely[position])
        readings += [[*likely[:position], other, *likely[position + 1 :]] for other in others]
    forms = (form for each in readings[:MAX_READINGS] for form in ("".join(each), "".join(part[0] for part in each)))
    return tuple(dict.fromkeys(forms))


def search_text(names: Iterable[str], *others: str) -> str:
    """One line with every name (and its pinyin and initials) and the ``others`` as they are (codes, phones)."""
    words: dict[str, None] = {}
    for name in names:
        folded = fold(name)
        words.update(dict.fromkeys((folded, *pinyin_of(folded))))
    words.update(dict.fromkeys(fold(other) for other in others))
    words.pop("", None)
    return " ".join(words)[:MAX_LENGTH]
