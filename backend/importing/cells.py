"""What people write in cells, read as what they meant; what could mean two things is refused, not guessed.

Full-width digits and punctuation count as plain ones. Numbers may have thousands separators and a currency sign;
dates may be cells of a spreadsheet, its day numbers, or text with the year first.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from backend.importing.reasons import Reason
from backend.importing.tables import Cell, Uncomputed

MAX_TEXT = 4000
# What no eye sees: zero-width spaces and byte order marks come with copied text.
_UNSEEN = "\ufeff\u200b"
_EDGES = re.compile(r"^[\s\ufeff\u200b]+|[\s\ufeff\u200b]+$")
_CURRENCY = re.compile(r"^[¥￥$€£]|(?:元|CNY|RMB|EUR|GBP|USD)$", re.IGNORECASE)
_GROUPED = {
    ".": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"),
    ",": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?"),
}
# Most cells of a large file: no need to look closer.
_PLAIN = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:\d{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
# Day 1 of a spreadsheet is 1900-01-01, and it believes in a 29th of February 1900.
_SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone
_DAY_NUMBERS = range(20_000, 80_000)
_TRUE = {"true", "yes", "y", "1", "是", "对", "√", "✓"}
_FALSE = {"false", "no", "n", "0", "否", "不", "×"}


class BadCell(Exception):
    """``reason`` is for people: ``code`` and what it names, see ``Reason``."""

    def __init__(self, code: str, /, **detail: Any) -> None:
        self.reason = Reason(code, **detail)
        super().__init__(self.reason)


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip() and not isinstance(cell, Uncomputed))


def as_text(cell: Cell) -> str:
    """As it reads. A spreadsheet keeps a code such as 00421 as the number 421: that is lost before we see it, but
    421.0 is 421."""
    text = (cell if type(cell) is str else _written(cell)).strip()
    if text[:1] in _UNSEEN or text[-1:] in _UNSEEN:
        text = _EDGES.sub("", text)
    if len(text) > MAX_TEXT:
        raise BadCell("too_long", count=MAX_TEXT)
    if "\0" in text or "\ufffd" in text:
        raise BadCell("damaged")
    return text


def _written(cell: Cell) -> str:
    if isinstance(cell, Uncomputed):
        raise BadCell("uncomputed")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, datetime | date) else str(cell)


def as_decimal(cell: Cell, point: str = ".") -> Decimal:
    """``point`` is the decimal point of the file, ``.`` or ``,``."""
    if isinstance(cell, bool):
        raise BadCell("no_number")
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        return _finite(Decimal(repr(cell)))
    if isinstance(cell, str) and point == "." and _PLAIN.fullmatch(cell):
        return Decimal(cell)
    text = unicodedata.normalize("NFKC", as_text(cell)).replace(" ", "").replace("\u2212", "-")
    text = _CURRENCY.sub("", _CURRENCY.sub("", text))
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    group = "," if point == "." else "."
    if group in text:
        if not _GROUPED[point].fullmatch(text):
            raise BadCell("no_number_so", point=point)
        text = text.replace(group, "")
    if not re.fullmatch(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d{1,3})?", text):
        raise BadCell("no_number")
    try:
        return _finite(Decimal(text.replace(",", ".")))
    except InvalidOperation:
        raise BadCell("no_number") from None


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise BadCell("number_too_large")
    if number == round(number, 6):
        return number
    raise BadCell("digits")


def as_whole(cell: Cell, point: str = ".") -> int:
    number = as_decimal(cell, point)
    if number != number.to_integral_value():
        raise BadCell("not_whole")
    return int(number)


def as_rate(cell: Cell, point: str = ".") -> Decimal:
    """A share of one: ``13%``, ``13`` and ``0.13`` are the same."""
    if isinstance(cell, str) and (text := as_text(cell)).endswith(("%", "％")):
        return as_decimal(text[:-1], point) / 100
    number = as_decimal(cell, point)
    return number / 100 if number > 1 else number


def as_moment(cell: Cell, zone: ZoneInfo) -> datetime:
    """Aware UTC; a time without a zone is the brand's."""
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        if int(cell) not in _DAY_NUMBERS:
            raise BadCell("no_date")
        found = _SPREADSHEET_EPOCH + timedelta(days=float(cell))
        found = (found + timedelta(milliseconds=500)).replace(microsecond=0)
    else:
        return _moment_told(as_text(cell), zone)
    return _in_utc(found, zone)


def _in_utc(found: datetime, zone: ZoneInfo) -> datetime:
    return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)


@lru_cache(maxsize=1000)
def _moment_told(text: str, zone: ZoneInfo) -> datetime:
    """The rows of a file mostly say the time of the row above."""
    return _in_utc(_moment_in(unicodedata.normalize("NFKC", text)), zone)


def _moment_in(text: str) -> datetime:
    match = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        raise BadCell("no_date_so", example="2026-03-01")
    numbers = [int(part or 0) for part in (*match.groups()[:6], *["0"] * 6)[:6]]
    fraction, zone = (match.groups() + (None,) * 5)[6:8]
    try:
        found = datetime(*numbers)  # type: ignore[arg-type]  # six  # noqa: DTZ001 - six numbers, of no zone yet
    except ValueError:
        raise BadCell("no_such_time") from None
    if fraction:
        found = found.replace(microsecond=int(fraction.ljust(6, "0")))
    return found if not zone else datetime.fromisoformat(f"{found.isoformat()}{zone.replace('Z', '+00:00')}")


def as_day(cell: Cell, zone: ZoneInfo) -> date:
    return as_moment(cell, zone).astimezone(zone).date()


def as_flag(cell: Cell) -> bool:
    text = as_text(cell).casefold()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise BadCell("no_flag")


def as_list(cell: Cell) -> tuple[str, ...]:
    """Parts between semicolons or line breaks, none twice."""
    parts = (part.strip() for part in re.split(r"[;；\n]", as_text(cell)))
    return tuple(dict.fromkeys(part for part in parts if part))
