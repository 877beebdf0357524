"""Codes as people and spreadsheets write them, against those there are."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from backend.importing.cells import BadCell
from backend.importing.records import Record
from backend.importing.report import Report
from backend.search import fold
from offline.rules.codes import plain_code

_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.ASCII)


def plain(code: str) -> str:
    """``code`` without full-width letters, digits and hyphens. Raises ``BadCell`` for what a spreadsheet makes of a
    long number: its digits are gone."""
    if _SHORTENED.fullmatch(code):
        raise BadCell("shortened")
    return plain_code(code)


class Spellings:
    """The codes of a brand, found however they are written."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._alike: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        twice: set[str] = set()
        for code in sorted(self._known):
            folded = fold(code)
            twice |= {folded} & self._alike.keys()
            self._alike[folded] = code
            if code.isdecimal():
                self._numbers[code.lstrip("0")] = code
        for folded in twice:  # told apart by nothing but their case: as each is written
            del self._alike[folded]

    def meant(self, code: str) -> str:
        """The code there is that differs in case or width only, else ``code`` in plain letters. Raises ``BadCell``
        where a spreadsheet took the zeros before it."""
        if code in self._known:
            return code
        spelled = plain(code)
        found = self._alike.get(fold(spelled))
        if found is None and spelled.isdecimal() and (full := self._numbers.get(spelled.lstrip("0"))):
            raise BadCell("zeros", code=full)
        return found or spelled


def spelled(records: Iterable[Record], field: str, known: Iterable[str], report: Report) -> Iterator[Record]:
    """The records with the codes of ``field`` as the brand spells them; refuses what is none any more."""
    spellings = Spellings(known)
    for record in records:
        code = record.values.get(field)
        if code is None:
            yield record
            continue
        try:
            meant = spellings.meant(code)
        except BadCell as bad:
            record.refuse(report, bad.reason, field)
            continue
        yield record if meant == code else replace(record, values={**record.values, field: meant})
