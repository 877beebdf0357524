"""Tables into .xlsx: for ``writing``, which loads this when somebody asks for one."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook.child import _WorkbookChild

from backend.importing.tables import Cell


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
