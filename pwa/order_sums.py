"""What an order's figures are made of, in one wording for the phone and the desk."""

from dataclasses import dataclass
from decimal import Decimal

from i18n.translate import translate, translated
from offline.replica import Replica
from offline.rules.quotes import Quote
from offline.wire.rows import Brand, Order, OrderLine, Promotion, Totals


@dataclass(frozen=True)
class Sum:
    """A line of the sums above the total. ``note``: it is part of the total already, not added to it."""

    name: str
    label: str
    amount: Decimal
    note: bool = False


def gross(line: OrderLine) -> Decimal:
    """Before discounts, in the order's currency."""
    return line.net + line.discount


def sums_of_order(replica: Replica, locale: str, order: Order) -> list[Sum]:
    """Goods, what each promotion took off, and the tax: contained or added, as the brand quotes it. A line knows the
    first of its promotions; one that is no longer on the phone goes without its name."""
    off: dict[str, Decimal] = {}
    for line in order.lines:
        if line.discount:
            off[line.promotion or ""] = off.get(line.promotion or "", Decimal(0)) + line.discount
    rest = order.totals.discount - sum(off.values(), Decimal(0))
    if rest:
        off[""] = off.get("", Decimal(0)) + rest
    discounts = [(name, _promotion_name(replica, locale, name), amount) for name, amount in off.items()]
    sums = _sums(locale, order.totals, discounts, included=_tax_included(replica))
    less = [
        Sum(f"credit-{each.parcel}", translate(locale, "sums.credited"), -each.net)
        for each in order.credits
        if each.net
    ]
    # Above the tax, which is what remains of it.
    place = len(sums) - (sums[-1].name == "tax")
    return [*sums[:place], *less, *sums[place:]]


def sums_of_quote(locale: str, quote: Quote, *, included: bool) -> list[Sum]:
    discounts = [(each.id, translated(locale, each.name), each.amount) for each in quote.promotions if each.amount]
    return _sums(locale, quote.totals, discounts, included=included)


def _sums(locale: str, totals: Totals, discounts: list[tuple[str, str, Decimal]], *, included: bool) -> list[Sum]:
    found = [Sum("goods", translate(locale, "sums.goods"), totals.goods)]
    for name, title, amount in discounts:
        label = translate(locale, "sums.off", name=title) if title else translate(locale, "sums.discount")
        found.append(Sum(name or "discount", label, -amount))
    if totals.tax:
        key = "sums.tax_included" if included else "sums.tax_added"
        found.append(Sum("tax", translate(locale, key), totals.tax, note=included))
    return found


def _promotion_name(replica: Replica, locale: str, promotion_id: str) -> str:
    row = replica.typed(Promotion, "promotion", promotion_id) if promotion_id else None
    return translated(locale, row.name) if row is not None else ""


def _tax_included(replica: Replica) -> bool:
    brand = next((row for row in replica.all("brand") if isinstance(row, Brand)), None)
    return brand is None or brand.prices_include_tax
