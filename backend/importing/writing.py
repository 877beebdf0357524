"""Tables into .csv and .xlsx, row by row, safe to open in a spreadsheet.

A cell that a spreadsheet would run as a formula gets an apostrophe before it in .csv, which reading takes off again;
in .xlsx it is stored as text.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook.child import _WorkbookChild

from backend.importing.tables import FORMULA_SIGNS, Cell

_AT_ONCE = 1000
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def defused(text: str) -> str:
    """``text`` so that no spreadsheet runs it; also what already begins with apostrophes before such a sign."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text


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


class XlsxWriter:
    """Text stays text: codes keep their zeros, formulas do not run. Rows go to disk as they come."""

    def __init__(self, file: IO[bytes], headers: Sequence[str], title: str) -> None:
        self._file = file
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title[:31])
        self._sheet.freeze_panes = "A2"
        heading = []
        for header in headers:
            cell = WriteOnlyCell(self._sheet, header)
            cell.font = Font(bold=True)
            heading.append(cell)
        self._sheet.append(heading)

    def add(self, row: Sequence[Cell]) -> None:
        self._sheet.append([_as_xlsx(self._sheet, cell) for cell in row])

    def close(self) -> None:
        self._book.save(self._file)


def table_writer(form: str, file: IO[bytes], headers: Sequence[str], title: str) -> TableWriter:
    """``form`` is csv or xlsx."""
    return CsvWriter(file, headers) if form == "csv" else XlsxWriter(file, headers, title)


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
    form: str, file: IO[bytes], headers: Sequence[str], rows: AsyncIterator[Sequence[Cell]], *, title: str
) -> int:
    """The same into an open file. Writing goes on in threads, so that a server answers others meanwhile."""
    writer = table_writer(form, file, headers, title)
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


def _as_xlsx(sheet: _WorkbookChild, cell: Cell) -> object:
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        # A spreadsheet's times have no zone; as text nothing is lost.
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f") if len(cell.as_tuple().digits) > 15 else float(cell)
    if not isinstance(cell, str):
        return cell
    try:
        written = WriteOnlyCell(sheet, cell)
    except IllegalCharacterError:
        written = WriteOnlyCell(sheet, "".join(each for each in cell if each.isprintable()))
    written.data_type = "s"
    return written
