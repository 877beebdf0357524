"""The overview's numbers, worked out from the rows at hand."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from offline.rules.days import local_day
from offline.wire.rows import Order, Product, StockLevel
from pwa.desk.reading import Reads, placed

DAYS = 30
COVER_DAYS = 7
_COUNTED_OUT = ("draft", "cancelled")


@dataclass(frozen=True)
class Turnover:
    orders: int
    amount: Decimal

    def plus(self, amount: Decimal) -> "Turnover":
        return Turnover(self.orders + 1, self.amount + amount)


NOTHING = Turnover(0, Decimal(0))


@dataclass(frozen=True)
class LowStock:
    """``days`` the stock lasts at the pace of the last 30 days; None when nothing was sold."""

    product: Product
    level: StockLevel
    days: int | None


@dataclass(frozen=True)
class Figures:
    """``last_month`` reaches to the same day of the month as today, so that the comparison is fair.
    ``days`` are the last 30, oldest first. ``shops``: (id, name, turnover this month), best first."""

    today: Turnover
    yesterday: Turnover
    month: Turnover
    last_month: Turnover
    days: tuple[tuple[date, Turnover], ...]
    shops: tuple[tuple[str, dict[str, str], Turnover], ...]
    low_stock: tuple[LowStock, ...]

    @property
    def growth(self) -> int | None:
        """This month's amount over last month's by the same day, in percent; None without a last month."""
        if not self.last_month.amount:
            return None
        return round((self.month.amount / self.last_month.amount - 1) * 100)


def figures(reads: Reads, now: datetime) -> Figures:
    """For the brand's day at ``now``; kept until the replica changes or the day does."""
    zone = reads.brand.time_zone if reads.brand else "Asia/Shanghai"
    today = local_day(now, zone)
    return reads.kept(("figures", today), lambda: _work_out(reads, today, zone))


def _work_out(reads: Reads, today: date, zone: str) -> Figures:
    month_start = today.replace(day=1)
    last_start = (month_start - timedelta(days=1)).replace(day=1)
    first = min(last_start, today - timedelta(days=DAYS))
    # One day more than needed: days of the brand begin hours before or after UTC's.
    since = datetime.combine(first - timedelta(days=1), time(), UTC)
    sold = [order for order in reads.orders_since(since) if order.status not in _COUNTED_OUT]
    by_day: dict[date, Turnover] = {}
    shops: dict[str, Turnover] = {}
    names: dict[str, dict[str, str]] = {}
    for order in sold:
        if order.currency != reads.currency:
            continue
        day = local_day(placed(order), zone)
        by_day[day] = by_day.get(day, NOTHING).plus(order.totals.total)
        if day >= month_start:
            shops[order.organisation] = shops.get(order.organisation, NOTHING).plus(order.totals.total)
            names.setdefault(order.organisation, order.organisation_name)
    best = sorted(shops, key=lambda shop: (-shops[shop].amount, shop))
    last_stop = min(last_start + (today - month_start), month_start - timedelta(days=1))
    return Figures(
        today=by_day.get(today, NOTHING),
        yesterday=by_day.get(today - timedelta(days=1), NOTHING),
        month=_sum(by_day, month_start, today),
        last_month=_sum(by_day, last_start, last_stop),
        days=tuple((day, by_day.get(day, NOTHING)) for day in _days_until(today)),
        shops=tuple((shop, names[shop], shops[shop]) for shop in best),
        low_stock=low_stock(reads, _units(sold, today - timedelta(days=DAYS), zone)),
    )


def _days_until(today: date) -> list[date]:
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _sum(by_day: dict[date, Turnover], start: date, stop: date) -> Turnover:
    inside = [turnover for day, turnover in by_day.items() if start <= day <= stop]
    return Turnover(sum(each.orders for each in inside), sum((each.amount for each in inside), Decimal(0)))


def _units(sold: list[Order], since: date, zone: str) -> Counter[str]:
    units: Counter[str] = Counter()
    for order in sold:
        if local_day(placed(order), zone) > since:
            for line in order.lines:
                units[line.product] += line.quantity
    return units


def low_stock(reads: Reads, sold: Counter[str]) -> tuple[LowStock, ...]:
    """Products on sale that are out, or will be within a week at the pace of the last 30 days; shortest first."""
    found = []
    for product in reads.products:
        level = reads.stock().get(product.id)
        if level is None or product.status != "active":
            continue
        days = max(level.available, 0) * DAYS // sold[product.id] if sold[product.id] else None
        if level.available <= 0 or (days is not None and days < COVER_DAYS):
            found.append(LowStock(product, level, days if level.available > 0 else 0))
    return tuple(sorted(found, key=lambda each: (each.days or 0, -sold[each.product.id], each.product.sku)))
