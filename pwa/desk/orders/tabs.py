"""The order desk's tabs: which orders each shows, and how they are found."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypedDict

from offline.replica_schema import fold, plain
from offline.rules.statuses import OPEN
from offline.wire.rows import Order, OrderStatus
from pwa.desk.reading import EVERYTHING, Reads, matches, placed

TABS = ("to_approve", "over_credit", "price_pending", "held", "to_ship", "lacking", "all")
TO_SHIP: tuple[OrderStatus, ...] = ("approved", "partly_shipped")
# What lacked is settled with the customer until the order is closed.
DELIVERED: tuple[OrderStatus, ...] = ("partly_shipped", "shipped", "signed", "on_hold")
_SEARCHED = 3000


def needs_approval(order: Order) -> bool:
    """Waits for a plain approval: nothing about credit or price is in the way."""
    return order.status == "submitted" or (_waits(order) and order.holds == ("approval",))


def _waits(order: Order) -> bool:
    """For something that was found about it; nobody stopped it."""
    return order.status == "on_hold" and not order.held


def is_over_credit(order: Order) -> bool:
    return _waits(order) and "credit" in order.holds


def is_price_pending(order: Order) -> bool:
    return order.status == "on_hold" and "price" in order.holds


def may_approve(order: Order) -> bool:
    """Whether an approval would change something: a price hold alone is for the buyer's side to settle."""
    return order.status == "submitted" or (_waits(order) and order.holds != ("price",))


def is_held(order: Order) -> bool:
    """Stopped by hand."""
    return order.status == "on_hold" and order.held


def may_cut(order: Order) -> bool:
    """New prices are for the buyer to accept first."""
    return order.status in OPEN and "price" not in order.holds


_OPEN: dict[str, Callable[[Order], bool]] = {
    "to_approve": needs_approval,
    "over_credit": is_over_credit,
    "price_pending": is_price_pending,
    "held": is_held,
}


class Filter(TypedDict, total=False):
    """What a tab asks the replica for."""

    statuses: Sequence[str]
    lacking: bool


class Source(Protocol):
    """A long list read in pieces."""

    @property
    def count(self) -> int: ...

    def part(self, start: int, stop: int) -> Sequence[Order]: ...


class Listed:
    """Orders at hand."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._orders = orders
        self.count = len(orders)

    def part(self, start: int, stop: int) -> Sequence[Order]:
        return self._orders[start:stop]


class Asked:
    """Orders the replica is asked for, a page at a time."""

    def __init__(self, reads: Reads, tab: str) -> None:
        self._replica = reads.replica
        self._asked = _asked(tab)
        self.count = self._replica.count_orders(**self._asked)

    def part(self, start: int, stop: int) -> Sequence[Order]:
        return self._replica.orders(**self._asked, limit=stop - start, offset=start)


def counts(reads: Reads) -> dict[str, int]:
    """How many orders each tab holds."""

    def make() -> dict[str, int]:
        waiting = reads.open_orders()
        found = {tab: sum(map(fits, waiting)) for tab, fits in _OPEN.items()}
        return found | {tab: reads.replica.count_orders(**_asked(tab)) for tab in TABS if tab not in _OPEN}

    return reads.kept("tab counts", make)


def source(reads: Reads, tab: str, text: str = "") -> Source:
    """The orders of a tab, newest first. ``text`` is looked for in number, customer and note of all of them, and in
    the products and the customer's pinyin of the latest few thousand."""
    if not fold(text).split():
        if tab in _OPEN:
            return reads.kept(("tab", tab), lambda: Listed([row for row in reads.open_orders() if _OPEN[tab](row)]))
        return reads.kept(("tab", tab), lambda: Asked(reads, tab))
    return reads.kept(("found", tab, text), lambda: Listed(_find(reads, tab, text)))


def _asked(tab: str) -> Filter:
    if tab == "lacking":
        return {"statuses": DELIVERED, "lacking": True}
    return {"statuses": TO_SHIP} if tab == "to_ship" else {}


def _find(reads: Reads, tab: str, text: str) -> list[Order]:
    partners = reads.partner_words()
    if tab in _OPEN:
        return [row for row in reads.open_orders() if _OPEN[tab](row) and _fits(text, row, partners)]
    found = {row.id: row for row in reads.replica.orders(**_asked(tab), text=text, limit=EVERYTHING)}
    latest = reads.replica.orders(**_asked(tab), limit=_SEARCHED)
    found |= {row.id: row for row in latest if row.id not in found and _fits(text, row, partners)}
    # One list newest first: those found by their number alone may be older than the latest thousands.
    return sorted(found.values(), key=lambda row: (placed(row), row.id), reverse=True)


def _fits(text: str, order: Order, partners: Mapping[str, str]) -> bool:
    codes = " ".join(map(plain, (order.number, *(line.sku for line in order.lines))))
    return matches(text, _full_text(order, partners), codes)


def _full_text(order: Order, partners: Mapping[str, str]) -> str:
    """``partners``: as ``Reads.partner_words``."""
    words = [order.number, order.organisation_code, *order.organisation_name.values(), order.placed_by_name, order.note]
    words.append(partners.get(order.organisation, ""))
    for line in order.lines:
        words += (line.sku, *line.name.values())
    words += (parcel.tracking for parcel in order.parcels)
    return fold(" ".join(words))
