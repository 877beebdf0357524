"""Rows of a file as records of fields, each value converted; what cannot be read is refused with its cell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.importing import cells
from backend.importing.cells import BadCell
from backend.importing.mapping import Column, FileMapping, WrongMapping, chinese_of, expanded, match_headers
from backend.importing.reasons import Named, Reason
from backend.importing.report import Report, shown
from backend.importing.tables import Cell, Table, TableRow
from offline.wire.importing import ReadColumn

Type = Literal["text", "whole", "decimal", "rate", "day", "moment", "flag", "list"]
T = TypeVar("T")
_SAMPLED = 20


@dataclass(frozen=True, slots=True)
class Field:
    """``name`` may end in ``_*``: one column a language. ``choices`` are the words that count."""

    name: str
    type: Type = "text"
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """``values`` holds fields whose cell is not empty. ``columns``: field -> header, for what is refused later."""

    row: int
    values: Mapping[str, Any]
    columns: Mapping[str, str]
    raw: Mapping[str, Cell]

    def names(self, field: str, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """``name_zh``, ``name_en`` ... as ``{"zh": ..., "en": ...}``, over what is ``known``."""
        mark = f"{field}_"
        given = {name[len(mark) :]: value for name, value in self.values.items() if name.startswith(mark)}
        return {**(known or {}), **given}

    def refuse(self, report: Report, reason: Reason, field: str = "") -> None:
        """About a field (its cell is shown) or about the whole row."""
        header = self.columns.get(field, "")
        report.refuse(self.row, reason, header, self.raw.get(header) if header else None)


def read_records(
    table: Table, mapping: FileMapping, fields: tuple[Field, ...], zone: ZoneInfo, report: Report
) -> Iterator[Record]:
    """Counts every row in ``report.rows``, refuses those that cannot be read, and notes columns that are no field.
    Raises ``WrongMapping`` when a needed column is missing."""
    mapping = expanded(mapping, table.headers)
    columns = match_headers(mapping, table.headers)
    rows, samples = _sampled(table)
    if table.others:
        report.notes[Reason("other_sheets", sheets=", ".join(table.others))] += len(table.others)
    by_header = {header: name for name, header in columns.items()}
    report.columns = [
        ReadColumn(header, by_header.get(header, ""), samples.get(header, "")) for header in table.headers if header
    ]
    _check_columns(mapping, fields, columns, table.headers)
    reader = _Reader(mapping, fields, columns, _zone(mapping, zone))
    unread = [header for header in table.headers if header and header not in columns.values()]
    for row in rows:
        report.rows += 1
        for header in unread:
            if not cells.is_empty(row.cells.get(header)):
                report.notes[Reason("not_read", header=header)] += 1
        try:
            yield Record(row.number, reader.read(row), columns, row.cells)
        except _Refused as refused:
            report.refuse(row.number, refused.reason, refused.column, refused.value)


def _zone(mapping: FileMapping, zone: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(mapping.time_zone) if mapping.time_zone else zone
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise WrongMapping("no_zone", zone=mapping.time_zone) from error


def _check_columns(
    mapping: FileMapping, fields: tuple[Field, ...], columns: Mapping[str, str], headers: tuple[str, ...]
) -> None:
    for field in fields:
        given = columns.keys() | mapping.constants.keys()
        if field.needed and field.name not in given:
            wanted = mapping.columns.get(field.name)
            looked = ", ".join(wanted.headers) if wanted is not None else ""
            present = ", ".join(header for header in headers if header)
            code = "no_column" if looked else "no_column_named"
            raise WrongMapping(
                code, field=Named(field.name, chinese_of(wanted) or field.name), looked=looked, present=present
            )


def _sampled(table: Table) -> tuple[Iterator[TableRow], dict[str, str]]:
    """All rows, and by header what stands in the first of them that says something."""
    first = list(islice(table.rows, _SAMPLED))
    samples: dict[str, str] = {}
    for row in first:
        for header, cell in row.cells.items():
            if header not in samples and not cells.is_empty(cell):
                samples[header] = shown(cell)
    return chain(first, table.rows), samples


class _Refused(Exception):
    def __init__(self, reason: Reason, column: str, value: Cell) -> None:
        super().__init__(reason)
        self.reason, self.column, self.value = reason, column, value


class _Reader:
    def __init__(
        self, mapping: FileMapping, fields: tuple[Field, ...], columns: Mapping[str, str], zone: ZoneInfo
    ) -> None:
        self.mapping, self.columns, self.zone = mapping, columns, zone
        self.needed = tuple(field.name for field in fields if field.needed)
        known = mapping.columns.keys() | mapping.constants.keys()
        self.fields = {name: _field_of(name, fields) for name in known}
        self.constants = {
            name: self._convert(self.fields[name], value, "", value) for name, value in mapping.constants.items()
        }

    def read(self, row: TableRow) -> dict[str, Any]:
        values = dict(self.constants)
        for name, header in self.columns.items():
            cell = row.cells.get(header)
            column = self.mapping.columns[name]
            if cells.is_empty(cell):
                if column.default is not None:
                    values[name] = self._convert(self.fields[name], column.default, header, column.default)
                continue
            values[name] = self._convert(self.fields[name], self._worded(column, cell, header), header, cell)
        for name in self.needed:
            if name not in values:
                raise _Refused(Reason("empty"), self.columns.get(name, ""), None)
        return values

    def _words(self, field: Field) -> str:
        """What may be written for the choices, in Chinese where the mapping has it."""
        column = self.mapping.columns.get(field.name)
        words = list(column.values) if column is not None else []
        return "、".join(words or field.choices)

    @staticmethod
    def _worded(column: Column, cell: Cell, header: str) -> Cell:
        if not column.values and not column.upper and not column.lower:
            return cell
        try:
            text = cells.as_text(cell)
        except BadCell as bad:
            raise _Refused(bad.reason, header, cell) from None
        text = text.upper() if column.upper else text.lower() if column.lower else text
        return column.values.get(text, text)

    def _convert(self, field: Field, cell: Cell, header: str, shown: Cell) -> Any:
        try:
            value = self._typed(field, cell)
            if field.choices and value not in field.choices:
                raise BadCell("none_of", choices=Named(", ".join(field.choices), self._words(field)))
        except BadCell as bad:
            raise _Refused(bad.reason, header, shown) from None
        return value

    def _typed(self, field: Field, cell: Cell) -> Any:
        point = self.mapping.decimal_point
        match field.type:
            case "whole":
                return cells.as_whole(cell, point)
            case "decimal":
                return cells.as_decimal(cell, point)
            case "rate":
                return cells.as_rate(cell, point)
            case "day":
                return cells.as_day(cell, self.zone)
            case "moment":
                return cells.as_moment(cell, self.zone)
            case "flag":
                return cells.as_flag(cell)
            case "list":
                return cells.as_list(cell)
            case _:
                return cells.as_text(cell)


def _field_of(name: str, fields: tuple[Field, ...]) -> Field:
    for field in fields:
        if re.fullmatch(re.escape(field.name).replace(r"\*", r"[A-Za-z-]{2,16}"), name):
            return field
    raise WrongMapping("no_field", field=name)
