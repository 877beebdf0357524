"""Rows out of .csv and .xlsx files, streamed: text as it was written, numbers and dates as they were meant.

    UnreadableFile    the whole file is of no use (no table, unknown encoding, a broken archive)

CSV may be UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030 (which holds GBK and GB2312), plain or gzipped,
with commas, semicolons, tabs or bars.
"""

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

from backend.importing.reasons import Reason
from offline.rules.formulas import FORMULA_SIGNS

Cell = Any
"""str, int, float, bool, datetime, date, time or None."""

MAX_UNPACKED = 400 << 20
_SAMPLE = 1 << 16
# As many as a spreadsheet has, which it may write out below a short table.
_MOST_EMPTY = 1 << 20
# How reading says that something within an archive is not as it should be.
_BROKEN = (
    ValueError,
    LookupError,
    SyntaxError,
    TypeError,
    AttributeError,
    RuntimeError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)
# Rows in which another sheet is looked at for anything.
_LOOKED_AT = 5
_DELIMITERS = ",;\t|"


class Uncomputed(str):
    """A formula whose value no spreadsheet has stored yet."""

    __slots__ = ()


class UnreadableFile(Exception):
    """``reason`` is for people: ``code`` and what it names, see ``Reason``."""

    def __init__(self, code: str, /, **detail: Any) -> None:
        self.reason = Reason(code, **detail)
        super().__init__(self.reason)


@dataclass(frozen=True, slots=True)
class TableRow:
    """``number`` is the row as a spreadsheet counts it (the header is 1); ``cells`` go by header."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """``headers`` in the file's order; ``rows`` can be read once; ``others``: further sheets that hold something, where
    none was asked for."""

    headers: tuple[str, ...]
    rows: Iterator[TableRow]
    others: tuple[str, ...] = ()


@contextmanager
def open_table(path: Path, sheet: str = "", most: int = MAX_UNPACKED) -> Iterator[Table]:
    """The table in a file, while the block runs. Empty rows are left out. Raises ``UnreadableFile``, also for what
    unpacks to more than ``most`` bytes."""
    name = path.name.lower()
    if name.endswith((".xlsx", ".xlsm")):
        with _open_sheet(path, sheet, most) as table:
            yield table
    elif name.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
        with _open_text(path, most) as stream:
            yield _read_csv(stream)
    else:
        raise UnreadableFile("file_name")


def _headers(cells: list[Cell]) -> tuple[str, ...]:
    headers = tuple("" if cell is None else " ".join(str(cell).split()) for cell in cells)
    named = [header for header in headers if header]
    if not named:
        raise UnreadableFile("no_headings")
    if twice := sorted({header for header in named if named.count(header) > 1}):
        raise UnreadableFile("columns_twice", columns=", ".join(twice))
    return headers


def _read_csv(stream: IO[str]) -> Table:
    sample = stream.read(_SAMPLE)
    stream.seek(0)
    reader = csv.reader(stream, delimiter=_delimiter(sample), strict=True)
    try:
        headers = _headers(list(next(reader, [])))
    except csv.Error as error:
        raise UnreadableFile("line", line=reader.line_num, said=str(error)) from error

    def rows() -> Iterator[TableRow]:
        number, full = 1, 1
        while True:
            number += 1
            if number - full > _MOST_EMPTY:
                raise UnreadableFile("only_empty", line=full)
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise UnreadableFile("line", line=reader.line_num, said=str(error)) from error
            except UnicodeError as error:
                raise UnreadableFile("encodings", line=reader.line_num) from error
            if any(cell.strip() for cell in cells):
                full = number
                yield TableRow(number, {header: _plain(cell) for header, cell in zip(headers, cells, strict=False)})

    return Table(headers, rows())


def _plain(cell: str) -> str:
    """Apostrophes before a formula sign: one of them keeps a spreadsheet from running it (see ``writing``)."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(FORMULA_SIGNS) else cell


def _delimiter(sample: str) -> str:
    """The one that splits the header the most; a comma when none does."""
    header = next((line for line in sample.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: (header.count(mark), mark == ","))


@contextmanager
def _open_text(path: Path, most: int) -> Iterator[IO[str]]:
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    if zipped:
        _check_unpacked(path, most)
    with gzip.open(path) if zipped else path.open("rb") as opened:
        raw: IO[bytes] = opened  # type: ignore[assignment]  # a GzipFile reads as one
        encoding = _encoding(raw)
        raw.seek(0)
        yield io.TextIOWrapper(raw, encoding=encoding, newline="")


def _check_unpacked(path: Path, most: int) -> None:
    """A gzip does not say how much is in it: a megabyte may hold a thousand."""
    unpacked = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(1 << 20):
                unpacked += len(chunk)
                if unpacked > most:
                    raise _too_large(most)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile("broken_archive") from error


def _too_large(most: int) -> UnreadableFile:
    return UnreadableFile("unpacks", most=most >> 20)


def _encoding(raw: IO[bytes]) -> str:
    """Read through once: a file that is UTF-8 for its first megabyte may be GBK after it."""
    start = raw.read(4)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "gb18030"):
        raw.seek(0)
        if _decodes(raw, encoding):
            return encoding
    raise UnreadableFile("encoding")


def _decodes(raw: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := raw.read(1 << 20):
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _open_sheet(path: Path, sheet: str, most: int) -> Iterator[Table]:
    from openpyxl import load_workbook  # noqa: PLC0415 - late, as no start of a server or of a command waits for it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - with it

    damaged = partial(UnreadableFile, "no_xlsx")
    # The library leaves a file open that it cannot read.
    with ExitStack() as stack:
        try:
            _check_size(path, most)
            # data_only: a formula's last computed value, never the formula.
            book = load_workbook(stack.enter_context(path.open("rb")), read_only=True, data_only=True)
        except (InvalidFileException, *_BROKEN) as error:
            raise damaged() from error
        try:
            if sheet and sheet not in book.sheetnames:
                raise UnreadableFile("no_sheet", sheet=sheet, sheets=", ".join(book.sheetnames))
            if not book.worksheets:
                raise damaged()
            source = book[sheet] if sheet else book.worksheets[0]
            reopened = partial(load_workbook, path, read_only=True, data_only=False)
            cells = _bounded(_cells(path, source, book, reopened), damaged)
            headers = _headers(list(next(cells, ())))

            def rows() -> Iterator[TableRow]:
                for number, values in enumerate(cells, 2):
                    if any(value not in (None, "") for value in values):
                        yield TableRow(number, dict(zip(headers, values, strict=False)))

            others = () if sheet else tuple(each.title for each in book.worksheets[1:] if _holds_something(each))
            yield Table(headers, rows(), others)
        finally:
            book.close()


def _holds_something(sheet: Any) -> bool:
    """A new book of some programs has two empty sheets beside the first."""
    try:
        rows = sheet.iter_rows(max_row=_LOOKED_AT, values_only=True)
        return any(value not in (None, "") for row in rows for value in row)
    except _BROKEN:
        return True


def _bounded(cells: Generator[tuple[Cell, ...]], damaged: Callable[[], UnreadableFile]) -> Iterator[tuple[Cell, ...]]:
    """No more rows than a spreadsheet has: one that says it is the billionth has as many empty ones before it."""
    try:
        with closing(cells):
            for number, values in enumerate(cells, 1):
                if number > _MOST_EMPTY:
                    raise UnreadableFile("rows", most=_MOST_EMPTY)
                yield values
    except _BROKEN as error:
        raise damaged() from error


def _cells(path: Path, source: Any, book: Any, reopened: Callable[[], Any]) -> Generator[tuple[Cell, ...]]:
    """Values by row. Only a sheet with formulas is read a second time, for those without a stored value: ``reopened``
    is the book with them."""
    if not _has_formulas(path):
        yield from source.iter_rows(values_only=True)
        return
    formulas = reopened()
    try:
        written = formulas.worksheets[book.worksheets.index(source)].iter_rows(values_only=True)
        for values, texts in zip_longest(source.iter_rows(values_only=True), written, fillvalue=()):
            yield tuple(
                Uncomputed(text) if value is None and isinstance(text, str) and text.startswith("=") else value
                for value, text in zip_longest(values, texts)
            )
    finally:
        formulas.close()


def _check_size(path: Path, most: int) -> None:
    """A small archive may unpack to more than the machine holds."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > most:
            raise _too_large(most)


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with archive.open(name) as sheet:
                tail = b""
                while chunk := sheet.read(1 << 20):
                    if b"<f>" in tail + chunk or b"<f " in tail + chunk:
                        return True
                    tail = chunk[-3:]
    return False
