"""What an import did with every row of its file."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from backend.importing.reasons import ENGLISH, said
from backend.importing.tables import Cell
from offline.rules.formulas import defused
from offline.wire.importing import FieldChoice, ImportSummary, ReadColumn, Refusal

SHOWN = 1000
_LONGEST = 200


@dataclass(slots=True)
class Report:
    """Rows are counted once: ``made + changed + unchanged + refused == rows``. Several rows may make one thing (the
    lines of an order): each counts for what became of that thing. ``fatal``: nothing was taken at all; ``busy``:
    because the database was, so that trying again may help."""

    kind: str
    dry_run: bool = False
    rows: int = 0
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    fatal: str = ""
    busy: bool = False
    notes: Counter[str] = field(default_factory=Counter)
    columns: list[ReadColumn] = field(default_factory=list)

    def refuse(self, row: int, reason: str, column: str = "", value: Cell = None) -> None:
        self.refusals.append(Refusal(row, column, shown(value), reason))

    @property
    def refused(self) -> int:
        return len(self.refusals)

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were refused for each reason, the most frequent first."""
        return dict(Counter(refusal.reason for refusal in self.refusals).most_common())

    def summary(self, locale: str = ENGLISH, fields: tuple[FieldChoice, ...] = ()) -> ImportSummary:
        return ImportSummary(
            kind=self.kind,
            rows=self.rows,
            made=self.made,
            changed=self.changed,
            unchanged=self.unchanged,
            refused=self.refused,
            dry_run=self.dry_run,
            fatal=said(self.fatal, locale),
            notes={said(note, locale): count for note, count in self.notes.most_common() if count},
            reasons={said(reason, locale): count for reason, count in self.reasons.items()},
            refusals=tuple(
                msgspec.structs.replace(each, reason=said(each.reason, locale))
                for each in sorted(self.refusals, key=lambda each: each.row)[:SHOWN]
            ),
            columns=tuple(self.columns),
            fields=fields,
        )

    def lines(self) -> Iterator[str]:
        """For a terminal."""
        if self.fatal:
            yield f"nothing was imported: {self.fatal}"
            return
        done = "would be" if self.dry_run else "were"
        yield (
            f"{self.rows} rows: {self.made} {done} made, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.refused} not imported"
        )
        for note, count in self.notes.most_common():
            if count:
                yield f"  {count:>8}  {note}"
        for reason, count in self.reasons.items():
            yield f"  {count:>8}  not imported: {reason}"

    def write_csv(self, path: Path) -> None:
        """Row, column, value and reason of each row not imported; opens well in a spreadsheet."""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("row", "column", "value", "reason"))
            for refusal in sorted(self.refusals, key=lambda each: each.row):
                writer.writerow((refusal.row, defused(refusal.column), defused(refusal.value), refusal.reason))


def shown(value: Cell) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
