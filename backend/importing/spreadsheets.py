"""Tables into .xlsx: for ``writing``, which loads this when somebody asks for one."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import IO
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook.child import _WorkbookChild
from openpyxl.worksheet.properties import PageSetupProperties

from backend.importing.tables import Cell

# Rows from which the columns' widths are taken; they are said before the first row is written.
_MEASURED = 200
_NARROW, _WIDE = 8, 50
_LEFT = Alignment(horizontal="left")
_FILTER = 3  # what the head's button takes


class XlsxWriter:
    """Text stays text: codes keep their zeros, formulas do not run. Times with a zone are those of ``zone`` (a
    spreadsheet's have none), or text that loses nothing. Rows go to disk as they come."""

    def __init__(self, file: IO[bytes], headers: Sequence[str], title: str, zone: tzinfo | None = None) -> None:
        self._file, self._headers, self._zone = file, headers, zone
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title[:31])
        self._sheet.freeze_panes = "A2"
        # On paper: across a page, the head on each.
        self._sheet.page_setup.orientation = "landscape"
        self._sheet.page_setup.fitToHeight = 0
        self._sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self._sheet.print_title_rows = "1:1"
        self._first: list[Sequence[Cell]] | None = []
        self._rows = 1

    def add(self, row: Sequence[Cell]) -> None:
        if self._first is None:
            self._write(row)
            return
        self._first.append(row)
        if len(self._first) >= _MEASURED:
            self._begin()

    def close(self) -> None:
        self._begin()
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._headers))}{self._rows}"
        self._book.save(self._file)

    def _begin(self) -> None:
        first, self._first = self._first, None
        if first is None:
            return
        for place, header in enumerate(self._headers):
            longest = max((_width(row[place], self._zone) for row in first if place < len(row)), default=0)
            width = min(_WIDE, max(_NARROW, _width(header) + _FILTER, longest + 1))
            self._sheet.column_dimensions[get_column_letter(place + 1)].width = width
        heading = []
        for header in self._headers:
            cell = WriteOnlyCell(self._sheet, header)
            cell.font = Font(bold=True)
            heading.append(cell)
        self._sheet.append(heading)
        for row in first:
            self._write(row)

    def _write(self, row: Sequence[Cell]) -> None:
        self._sheet.append([_as_xlsx(self._sheet, cell, self._zone) for cell in row])
        self._rows += 1


def _width(cell: Cell, zone: tzinfo | None = None) -> int:
    """In digits; Chinese takes two."""
    if isinstance(cell, datetime):
        return 16 if zone is not None or cell.tzinfo is None else 25
    text = f"{cell:,f}" if isinstance(cell, Decimal) else "" if cell is None else str(cell)
    longest = max(text.splitlines(), key=len, default="")
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in longest)


def _as_xlsx(sheet: _WorkbookChild, cell: Cell, zone: tzinfo | None) -> object:
    if isinstance(cell, datetime):
        return _moment(sheet, cell, zone)
    if isinstance(cell, date):
        return _at_left(sheet, cell, "yyyy-mm-dd")
    if isinstance(cell, Decimal):
        return format(cell, "f") if len(cell.as_tuple().digits) > 15 else _figure(sheet, cell)
    if not isinstance(cell, str):
        return cell
    try:
        written = WriteOnlyCell(sheet, cell)
    except IllegalCharacterError:
        written = WriteOnlyCell(sheet, "".join(each for each in cell if each.isprintable()))
    written.data_type = "s"
    return written


def _moment(sheet: _WorkbookChild, at: datetime, zone: tzinfo | None) -> object:
    if at.tzinfo is not None:
        if zone is None:
            return at.isoformat()
        at = at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return _at_left(sheet, at, "yyyy-mm-dd hh:mm")


def _at_left(sheet: _WorkbookChild, day: date, form: str) -> object:
    """At the right a spreadsheet puts it against the words of the next column."""
    written = WriteOnlyCell(sheet)
    written.value = day
    written.number_format = form
    written.alignment = _LEFT
    return written


def _figure(sheet: _WorkbookChild, number: Decimal) -> object:
    """Money shows all its places: 388.80, not 388.8."""
    written = WriteOnlyCell(sheet, float(number))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -1:
        written.number_format = f"#,##0.{'0' * -exponent}"
    return written
