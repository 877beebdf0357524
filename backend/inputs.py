"""Checks of what people typed that a Struct's types cannot express. Each refuses with ``invalid`` and the field."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from backend.sync.commands import Context, Refused

MAX_NAME = 200
MAX_AMOUNT = Decimal(10) ** 12
MAX_DECIMALS = 6
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def check_names(field: str, names: Mapping[str, str], *, needed: bool = True) -> None:
    """``{"zh": ..., "en": ...}``: short language tags, texts up to MAX_NAME characters, one of them not empty."""
    if any(not 2 <= len(tag) <= 16 or len(text) > MAX_NAME for tag, text in names.items()) or len(names) > 20:
        raise Refused("invalid", field=field)
    if needed and not any(text.strip() for text in names.values()):
        raise Refused("invalid", field=field)
    check_text(field, *names, *names.values())


def check_text(field: str, *texts: str) -> None:
    """No NUL, which PostgreSQL cannot store, and no half of a surrogate pair, which is no character."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refused("invalid", field=field) from None
        if "\0" in text:
            raise Refused("invalid", field=field)


def check_amount(field: str, amount: Decimal | None, limit: Decimal = MAX_AMOUNT) -> None:
    """A finite amount from 0 to ``limit`` with at most MAX_DECIMALS digits after the point, or None."""
    if amount is not None and not is_amount(amount, limit):
        raise Refused("invalid", field=field)


def is_amount(amount: Decimal, limit: Decimal = MAX_AMOUNT) -> bool:
    if not amount.is_finite() or not 0 <= amount <= limit:
        return False
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent >= -MAX_DECIMALS or (exponent >= -30 and amount == round(amount, MAX_DECIMALS))


def check_period(since: datetime | None, until: datetime | None) -> None:
    """As ``check_time``, the end after the beginning."""
    check_time("valid_from", since)
    check_time("valid_until", until)
    if since is not None and until is not None and until <= since:
        raise Refused("invalid", field="valid_until")


def check_time(field: str, at: datetime | None) -> None:
    """A time with a zone, in years a database takes, or None."""
    if at is not None and not is_time(at):
        raise Refused("invalid", field=field)


def is_time(at: datetime) -> bool:
    return at.tzinfo is not None and is_day(at)


def local_time(context: Context) -> datetime | None:
    """The phone's own time of a command, as far as it is one."""
    at = context.local_at
    return at if at is not None and is_time(at) else None


def check_day(field: str, day: date | None) -> None:
    """A day in years a database takes, or None."""
    if day is not None and not is_day(day):
        raise Refused("invalid", field=field)


def is_day(day: date) -> bool:
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def check_distinct(field: str, values: Iterable[object]) -> None:
    found = list(values)
    if len(set(found)) != len(found):
        raise Refused("invalid", field=field)
