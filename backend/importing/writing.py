"""Tables into .csv and .xlsx, row by row, safe to open in a spreadsheet.

A cell that a spreadsheet would run as a formula gets an apostrophe before it in .csv, which reading takes off again;
in .xlsx it is stored as text.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import IO, Protocol

from backend.importing.tables import Cell
from offline.rules.formulas import defused

_AT_ONCE = 1000
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _as_csv(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, int | float):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.isoformat()
    return defused(cell.isoformat() if isinstance(cell, date) else str(cell))


class TableWriter(Protocol):
    def add(self, row: Sequence[Cell]) -> None: ...

    def close(self) -> None:
        """Everything is in the file afterwards; the file stays open."""


class CsvWriter:
    """UTF-8 with a BOM, without which Excel reads Chinese as something else."""

    def __init__(self, file: IO[bytes], headers: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
        self._writer = csv.writer(self._text)
        self._writer.writerow([defused(header) for header in headers])

    def add(self, row: Sequence[Cell]) -> None:
        self._writer.writerow([_as_csv(cell) for cell in row])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


def table_writer(
    form: str, file: IO[bytes], headers: Sequence[str], title: str, zone: tzinfo | None = None
) -> TableWriter:
    """``form`` is csv or xlsx; ``zone``: whose times an .xlsx shows (a .csv's say their own)."""
    if form == "csv":
        return CsvWriter(file, headers)
    from backend.importing.spreadsheets import XlsxWriter  # noqa: PLC0415 - brings openpyxl, for which no start waits

    return XlsxWriter(file, headers, title, zone)


async def save_table(path: Path, headers: Sequence[str], rows: AsyncIterator[Sequence[Cell]], title: str) -> int:
    """Write the rows and return how many. The file appears when it is whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            count = await write_table(path.suffix[1:].lower(), file, headers, rows, title=title)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


async def write_table(
    form: str,
    file: IO[bytes],
    headers: Sequence[str],
    rows: AsyncIterator[Sequence[Cell]],
    *,
    title: str,
    zone: tzinfo | None = None,
) -> int:
    """The same into an open file, with times as ``table_writer`` says. Writing goes on in threads, so that a server
    answers others meanwhile."""
    writer = table_writer(form, file, headers, title, zone)
    waiting: list[Sequence[Cell]] = []
    count = 0

    def write() -> None:
        for row in waiting:
            writer.add(row)
        waiting.clear()

    async for row in rows:
        waiting.append(row)
        count += 1
        if len(waiting) >= _AT_ONCE:
            await asyncio.to_thread(write)
    await asyncio.to_thread(write)
    await asyncio.to_thread(writer.close)
    return count
