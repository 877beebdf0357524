"""Numbers, money and times as people read them, for one locale and one time zone.

On the phone the browser's Intl does the work, through ``intl`` (see ``Intl``); anywhere else, and for whatever Intl
refuses, plain Python gives the same for the locales we have.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

from i18n.translate import Opening, translate

Intl = Callable[[Literal["number", "date"], str, str, Mapping[str, Any]], str]
"""``intl(kind, locale, value, options)``: ``Intl.NumberFormat(locale, options).format(value)`` of a decimal as text,
or ``Intl.DateTimeFormat`` of an ISO time that is to be read as UTC (it is the local wall clock already)."""

_SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹", "VND": "₫"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_KEPT = 4000


class Format:
    """``zone`` is the person's, for every time shown."""

    def __init__(self, locale: str, zone: tzinfo = UTC, intl: Intl | None = None) -> None:
        self.locale = locale
        self.zone = zone
        self._intl = intl
        self._kept: dict[tuple[Any, ...], str] = {}

    # numbers

    def number(self, value: Decimal | int) -> str:
        """Grouped, with the digits it has: ``12,650``, ``8.5``."""
        digits = _digits(Decimal(value))
        text = self._ask("number", str(value), minimumFractionDigits=digits, maximumFractionDigits=digits)
        return text or f"{Decimal(value):,}"

    def money(self, amount: Decimal, currency: str) -> str:
        """``¥1,286.00``: as many digits as the amount was quantised to."""
        amount = Decimal(amount)
        digits = _digits(amount)
        options = {"style": "currency", "currency": currency, "currencyDisplay": "narrowSymbol"}
        text = self._ask("number", str(amount), **options, minimumFractionDigits=digits, maximumFractionDigits=digits)
        return (text or _money(amount, currency)).replace("-", "\N{MINUS SIGN}")

    def symbol(self, currency: str) -> str:
        """``¥``, as it stands beside amounts."""
        return "".join(each for each in self.money(Decimal(0), currency) if each not in "0.,\u00a0\u202f ")

    def price(self, unit_price: Decimal, currency: str) -> str:
        """A unit price: two digits at least, more where the list has more (``¥0.085``)."""
        plain = unit_price.normalize()
        digits = max(2, _digits(plain)) if currency not in {"JPY", "KRW", "VND"} else _digits(plain)
        return self.money(plain.quantize(Decimal(1).scaleb(-digits)), currency)

    def percent(self, share: Decimal) -> str:
        """``0.13`` is ``13%``."""
        value = (share * 100).normalize()
        return f"{value:f}%"

    def bytes(self, size: int) -> str:
        """``85 KB``, ``6.4 MB``, ``10.8 GB``."""
        if 0 <= size < 100_000:
            return f"{-(-size // 1000)} KB"
        return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"

    # times

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def day(self, value: date | datetime, now: datetime, *, with_year: bool = False) -> str:
        """``7月14日`` or ``Jul 14``; with the year when it is not this one, or where a paper must name it."""
        shown = self.local(value).date() if isinstance(value, datetime) else value
        year = {} if shown.year == self.local(now).year and not with_year else {"year": "numeric"}
        month = "long" if self.locale.startswith("zh") else "short"
        text = self._ask("date", f"{shown.isoformat()}T00:00:00Z", month=month, day="numeric", **year)
        return text or _day(shown, self.locale, with_year=bool(year))

    def time(self, at: datetime) -> str:
        """``09:55``, on a 24-hour clock in both languages: an order desk's habit."""
        return f"{self.local(at):%H:%M}"

    def moment(self, at: datetime, now: datetime) -> str:
        """``今天 09:55``, ``昨天 17:20``, ``7月14日 09:55``; in English ``Today 09:55``, within a sentence ``today``
        (``Opening``); for what is to come ``明天 09:55``."""
        day = self.near_day(self.local(at).date(), now)
        text = f"{day} {self.time(at)}"
        return Opening(text) if isinstance(day, Opening) else text

    def near_day(self, value: date, now: datetime) -> str:
        """``今天``, ``明天``, ``昨天`` or the day."""
        days = (value - self.local(now).date()).days
        key = {0: "time.today", 1: "time.tomorrow", -1: "time.yesterday"}.get(days)
        return Opening(translate(self.locale, key)) if key else self.day(value, now)

    def ago(self, at: datetime, now: datetime) -> str:
        """How long since: ``刚刚``, ``3 分钟前``, ``2 小时前``, ``6 天前``. A clock ahead of ours counts as now."""
        return self._span("time.ago", at, now)

    def since(self, at: datetime, now: datetime) -> str:
        """The span alone: ``3 分钟``, ``2 小时``."""
        return self._span("time.span", at, now)

    def _span(self, prefix: str, at: datetime, now: datetime) -> str:
        seconds = max(0, int((now - at).total_seconds()))
        for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= size:
                return translate(self.locale, f"{prefix}.{unit}", count=seconds // size)
        return translate(self.locale, f"{prefix}.now")

    def _ask(self, kind: Literal["number", "date"], value: str, **options: Any) -> str:
        if self._intl is None:
            return ""
        key = (kind, value, *sorted(options.items()))
        if key not in self._kept:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            try:
                self._kept[key] = self._intl(kind, self.locale, value, options)
            except Exception:  # noqa: BLE001  an unknown currency code must not take a screen down
                self._kept[key] = ""
        return self._kept[key]


def _digits(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _money(amount: Decimal, currency: str) -> str:
    sign = "-" if amount < 0 else ""
    symbol = _SYMBOLS.get(currency, f"{currency}\u00a0")
    return f"{sign}{symbol}{abs(amount):,}"


def _day(shown: date, locale: str, *, with_year: bool) -> str:
    if locale.startswith("zh"):
        return f"{shown.year}年{shown.month}月{shown.day}日" if with_year else f"{shown.month}月{shown.day}日"
    month = _MONTHS[shown.month - 1]
    return f"{month} {shown.day}, {shown.year}" if with_year else f"{month} {shown.day}"
