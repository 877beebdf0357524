"""What names are sorted by: Chinese ones by their pinyin, which the server has put into the row's search text."""

import unicodedata
from collections.abc import Mapping

from i18n.translate import translated

Rank = tuple[int, str, str]


def name_rank(locale: str, names: Mapping[str, str], search: str) -> Rank | None:
    """None for who has no name. Digits and letters come first, then Chinese characters, as in a Chinese dictionary;
    those whose pinyin is not known yet (nothing was synced since they were typed) last. ``search`` as
    ``backend.search.search_text`` makes it: each name, followed by the pinyin of its Chinese characters."""
    name = " ".join(unicodedata.normalize("NFKC", translated(locale, names)).casefold().split())
    if not name:
        return None
    if not _is_chinese(name[0]):
        return 0, name, name
    _, found, behind = f" {search} ".partition(f" {name} ")
    pinyin = behind.partition(" ")[0] if found else ""
    return (1, pinyin, name) if pinyin.isascii() and pinyin else (2, name, name)


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
