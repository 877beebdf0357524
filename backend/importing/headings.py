"""A table as people read it: columns by their names, codes such as "shipped" in words. An import with the shipped
mapping takes both for what they are."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from backend.importing.exporting import Export
from backend.importing.mapping import Column, Kind, chinese_of, folded, load_mapping
from backend.importing.running import FIELDS
from backend.importing.tables import Cell
from offline.wire.importing import FieldChoice, ReadColumn


def readable(export: Export, kind: Kind, locale: str) -> Export:
    """In Chinese, or with the fields' own names as words."""
    columns = load_mapping("", kind, [field.name for field in FIELDS[kind]]).columns
    chinese = locale.startswith("zh")
    headers = tuple(_heading(name, columns.get(name), chinese=chinese) for name in export.headers)
    if not chinese:
        return Export(headers, export.rows)
    words = [_words(columns.get(name)) for name in export.headers]
    return Export(headers, _in_words(export.rows, words))


def field_choices(kind: Kind, locale: str, columns: Iterable[ReadColumn] = ()) -> tuple[FieldChoice, ...]:
    """What a column of a file may be read as; of fields that come in languages those of the shipped mapping, and of
    the file's ``columns``."""
    known = load_mapping("", kind, [field.name for field in FIELDS[kind]]).columns
    present = [each.field for each in columns if each.field]
    found: list[FieldChoice] = []
    for field in FIELDS[kind]:
        start = field.name.removesuffix("*")
        names = [field.name]
        if start != field.name:
            names = [each for each in dict.fromkeys((*known, *present)) if each.startswith(start) and each[-1] != "*"]
        found += [FieldChoice(name, _title(name, known.get(name), locale), field.needed) for name in names]
    return tuple(found)


def _title(name: str, column: Column | None, locale: str) -> str:
    """A heading that need not be read again: "Name (Chinese)"."""
    stem, _, tag = name.rpartition("_")
    language = {"zh": "Chinese", "en": "English"}.get(tag)
    if locale.startswith("zh") or not language:
        return _heading(name, column, chinese=locale.startswith("zh"))
    return f"{stem.replace('_', ' ').capitalize()} ({language})"


def _heading(name: str, column: Column | None, *, chinese: bool) -> str:
    if column is None:
        return name  # of a third language: no mapping knows another name for it
    known = chinese_of(column)
    if chinese and known:
        return known
    words = "SKU" if name == "sku" else name.replace("_", " ").capitalize()
    return words if folded(words) in map(folded, column.headers) else name


def _words(column: Column | None) -> Mapping[str, str]:
    """Code -> the first word for it."""
    found: dict[str, str] = {}
    for word, code in (column.values if column is not None else {}).items():
        found.setdefault(str(code), word)
    return found


async def _in_words(
    rows: AsyncIterator[Sequence[Cell]], words: Sequence[Mapping[str, str]]
) -> AsyncIterator[Sequence[Cell]]:
    async for row in rows:
        yield [by.get(cell, cell) if isinstance(cell, str) else cell for cell, by in zip(row, words, strict=True)]
