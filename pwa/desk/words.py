"""How the desk puts rows into words: one object for a locale, a clock and the brand's currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from i18n.format import Format
from i18n.translate import has, translate, translated
from offline.wire.rows import Order
from pwa.components.basics import Tone

Names = Mapping[str, str]
STATUS_TONES: Mapping[str, Tone] = {
    "draft": "neutral",
    "queued": "warning",
    "submitted": "warning",
    "on_hold": "warning",
    "approved": "info",
    "partly_shipped": "accent",
    "shipped": "accent",
    "signed": "accent",
    "closed": "neutral",
    "cancelled": "neutral",
}


@dataclass(frozen=True)
class Words:
    """``now`` is the time all texts of one rendering agree on."""

    locale: str
    format: Format
    now: datetime
    currency: str = "CNY"

    def __call__(self, key: str, **values: object) -> str:
        """The desk's own message ``desk.<key>``."""
        return translate(self.locale, f"desk.{key}", **values)

    @property
    def languages(self) -> tuple[str, str]:
        """In which a thing is named, the reader's own first."""
        return ("zh", "en") if self.locale.startswith("zh") else ("en", "zh")

    def name(self, names: Names) -> str:
        return translated(self.locale, names)

    def group(self, code: str) -> str:
        """A customer group: brands name them as they like, usual codes of theirs have words."""
        key = f"customer_group.{code.lower()}"
        return self(key) if has(self.locale, f"desk.{key}") else code

    def money(self, amount: Decimal, currency: str = "") -> str:
        return self.format.money(amount, currency or self.currency)

    def round_money(self, amount: Decimal) -> str:
        """Without the small change, for headings: ``¥186,420``."""
        return self.format.money(amount.quantize(Decimal(1)), self.currency)

    def symbol(self, currency: str = "") -> str:
        return self.format.symbol(currency or self.currency)

    def price(self, unit_price: Decimal, currency: str = "") -> str:
        return self.format.price(unit_price, currency or self.currency)

    def number(self, value: Decimal | int) -> str:
        return self.format.number(value)

    def when(self, at: datetime) -> str:
        """``09:55`` today, ``昨天 17:20``, ``7月14日 09:55``."""
        if self.format.local(at).date() == self.format.local(self.now).date():
            return self.format.time(at)
        return self.format.moment(at, self.now)

    def soon(self, at: datetime) -> str:
        """As ``when``, but for what is older than yesterday the day alone: for narrow columns."""
        days = (self.format.local(self.now).date() - self.format.local(at).date()).days
        return self.when(at) if days < 2 else self.day(at)

    def last_day(self, until: datetime) -> str:
        """The last day of a period that ends just before ``until``."""
        return self.day(until - timedelta(seconds=1))

    def day(self, at: datetime | date) -> str:
        return self.format.day(at, self.now)

    def status(self, order: Order) -> tuple[str, Tone]:
        """An order's status as one badge: on hold it is the reason that counts, a person's word
        before all, then the gravest first."""
        if order.status == "on_hold" and order.held:
            return self("hold.held"), "warning"
        if order.status == "on_hold" and order.holds:
            for hold, tone in _HOLD_TONES.items():
                if hold in order.holds:
                    return self(f"hold.{hold}"), tone
        return self(f"status.{order.status}"), STATUS_TONES[order.status]


_HOLD_TONES: Mapping[str, Tone] = {"credit": "bad", "price": "info", "approval": "warning"}
