"""What stands in the way of an order, as the panel shows it before somebody approves: prices, stock, authorisation,
credit. A forecast from the replica; the server judges again."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from offline.rules.authorisation import Authorisation
from offline.rules.credit import COUNTED
from offline.rules.facts import Facts
from offline.wire.rows import Order, OrderLine, Organisation

Level = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class StockCheck:
    """``short`` are the lines that cannot be shipped whole now, with what is missing; ``open`` units are still to
    ship."""

    level: Level
    open: int
    short: tuple[tuple[OrderLine, int], ...]


@dataclass(frozen=True)
class AuthorisationCheck:
    """``outside``: SKUs the customer may not buy today; ``withdrawn``: SKUs no longer sold; ``blocked``: the customer
    itself."""

    level: Level
    outside: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    blocked: bool = False


@dataclass(frozen=True)
class CreditCheck:
    """``left`` after this order, below zero when over the limit; None without a limit."""

    level: Level
    left: Decimal | None
    limit: Decimal | None
    used: Decimal


def check_stock(order: Order) -> StockCheck:
    """By the server's reservation. A line whose reservation is not known yet (still queued) counts as whole."""
    short = tuple((line, line.backordered) for line in order.lines if line.backordered > 0)
    still_open = sum(line.quantity - line.shipped for line in order.lines)
    return StockCheck("warn" if short else "good", still_open, short)


def check_authorisation(order: Order, facts: Facts | None, at: datetime) -> AuthorisationCheck:
    if facts is None:
        return AuthorisationCheck("good")
    blocked = facts.organisation.status != "active"
    rights = Authorisation(facts, at)
    products = [facts.products.get(line.product) for line in order.lines if line.quantity and not line.gift]
    known = [product for product in products if product is not None]
    outside = tuple(product.sku for product in known if not rights.allows(product))
    withdrawn = tuple(product.sku for product in known if product.status == "withdrawn")
    level: Level = "bad" if blocked or outside else "warn" if withdrawn else "good"
    return AuthorisationCheck(level, outside, withdrawn, blocked)


def check_credit(order: Order, organisation: Organisation | None) -> CreditCheck:
    """Orders the server has taken in are in ``credit_used`` already."""
    if organisation is None or organisation.credit_limit is None:
        return CreditCheck("good", None, None, organisation.credit_used if organisation else Decimal(0))
    used = organisation.credit_used
    if order.status == "queued":
        used += order.totals.total
    left = organisation.credit_limit - used
    over = left < 0 and (order.status in COUNTED or order.status == "queued")
    return CreditCheck("bad" if over else "good", left, organisation.credit_limit, used)


@dataclass(frozen=True)
class PriceLine:
    line: OrderLine
    quoted_unit_price: Decimal
    quoted_net: Decimal


def changed_prices(order: Order) -> tuple[PriceLine, ...]:
    """The lines whose price is another than the phone showed."""
    found = []
    for line in order.lines:
        unit_price = line.quoted_unit_price if line.quoted_unit_price is not None else line.unit_price
        net = line.quoted_net if line.quoted_net is not None else line.net
        if (unit_price, net) != (line.unit_price, line.net):
            found.append(PriceLine(line, unit_price, net))
    return tuple(found)
