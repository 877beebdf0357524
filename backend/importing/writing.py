"""Tables into .csv and .xlsx, row by row, safe to open in a spreadsheet.

A cell that a spreadsheet would run as a formula gets an apostrophe before it in .csv, which reading takes off again;
in .xlsx it is stored as text.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import NamedTemporaryFile
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import IllegalCharacterError

from backend.importing.tables import FORMULA_SIGNS, Cell

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def defused(text: str) -> str:
    """``text`` so that no spreadsheet runs it; also what already begins with an apostrophe before such a sign."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) or (text[:1] == "'" and text[1:2] in FORMULA_SIGNS) else text


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


def csv_chunks(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """UTF-8 with a BOM, without which Excel reads Chinese as something else."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([defused(header) for header in headers])
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([_as_csv(cell) for cell in row])
        if out.tell() > 1 << 16:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def xlsx_chunks(headers: Sequence[str], rows: Iterable[Sequence[Cell]], title: str) -> Iterator[bytes]:
    with NamedTemporaryFile(suffix=".xlsx") as file:
        write_xlsx(file, headers, rows, title)
        file.seek(0)
        while chunk := file.read(1 << 16):
            yield chunk


def write_xlsx(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Cell]], title: str) -> None:
    """Text stays text: codes keep their zeros, formulas do not run."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    heading = []
    for header in headers:
        cell = WriteOnlyCell(sheet, header)
        cell.font = Font(bold=True)
        heading.append(cell)
    sheet.append(heading)
    for row in rows:
        sheet.append([_as_xlsx(sheet, cell) for cell in row])
    book.save(file)


def _as_xlsx(sheet: object, cell: Cell) -> object:
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        # A spreadsheet's times have no zone; as text nothing is lost.
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f") if len(cell.as_tuple().digits) > 15 else float(cell)
    if not isinstance(cell, str):
        return cell
    try:
        written = WriteOnlyCell(sheet, cell)  # type: ignore[arg-type]
    except IllegalCharacterError:
        written = WriteOnlyCell(sheet, "".join(each for each in cell if each.isprintable()))  # type: ignore[arg-type]
    written.data_type = "s"
    return written
