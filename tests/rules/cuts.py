"""The rules about orders that are stopped, cut and packed, as vectors name them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from offline.rules import cutting, settling
from offline.rules.facts import Facts
from offline.rules.parcels import arrived, wrong_lacking, wrong_lots
from offline.rules.statuses import may_cancel, standing
from offline.wire.rows import Brand, Order, OrderCredit, Organisation, ParcelLot
from tests.rules.worlds import NOON

Given = dict[str, Any]


def order_of(given: Given) -> Order:
    """``signed``: of each parcel, whether it is signed for; ``events``: their kinds."""
    at = NOON.isoformat()
    kinds = given.get("events", ())
    plain = {
        "id": "o",
        "organisation": "shop",
        "currency": given.get("currency", "CNY"),
        "status": given.get("status", "submitted"),
        "holds": given.get("holds", ()),
        "held": given.get("held", False),
        "lines": [
            {"id": str(n), "product": "p", "sku": "p", "name": {}, "unit_price": "1", "net": "1"} | line
            for n, line in enumerate(given.get("lines", ()))
        ],
        "totals": {"goods": "0", "total": "0"},
        "events": [{"id": str(n), "kind": kind, "at": at} for n, kind in enumerate(kinds)],
        "parcels": [
            {
                "id": str(n),
                "carrier": "",
                "tracking": "",
                "lines": {},
                "shipped_at": at,
                "signed_at": at if done else None,
                "lacking": dict(given.get("lacking", {})) if not n else {},
                "settled": given.get("settled", "") if not n else "",
            }
            for n, done in enumerate(given.get("signed", ()))
        ],
    }
    order = msgspec.convert(plain, Order)
    totals = cutting.totals_of(order.lines, order.currency, included=given.get("included", True))
    return msgspec.structs.replace(order, totals=totals)


def _cut(_facts: Facts | None, given: Given) -> Any:
    order, keep = order_of(given), given["keep"]
    problem = cutting.fault(order.lines, keep)
    if problem is not None:
        return {"fault": problem.code, "about": problem.lines}
    after = cutting.cut(order, keep, included=given.get("included", True))
    above = given.get("approval_above")
    brand = Brand(
        id="b", code="b", name={}, currency="CNY", approval_above=Decimal(above) if above is not None else None
    )
    limit = given.get("limit")
    buyer = Organisation(
        id="shop",
        code="S",
        name={},
        type="shop",
        credit_limit=Decimal(limit) if limit is not None else None,
        credit_used=Decimal(given.get("used", "0")),
    )
    after = msgspec.structs.replace(after, holds=cutting.holds_after_cut(brand, buyer, order, after.totals.total))
    return {
        "fault": "",
        "lines": msgspec.to_builtins(after.lines),
        "totals": msgspec.to_builtins(after.totals),
        "holds": after.holds,
        "status": standing(after),
        "gifts": cutting.gifts_in_step(order.lines, keep, given.get("earned_by", {})),
    }


def _resend(_facts: Facts | None, given: Given) -> Any:
    """Of the first parcel; line id -> shipped and waiting."""
    order = order_of(given)
    if problem := settling.fault(order, "0"):
        return problem.code
    after = settling.resend(order, "0")
    return {"status": after.status, "lines": {line.id: [line.shipped, line.backordered] for line in after.lines}}


def _credit(_facts: Facts | None, given: Given) -> Any:
    """Of the first parcel; ``before``: what was credited for another one."""
    included = given.get("included", True)
    order = order_of(given)
    if "before" in given:
        lines = given["before"]
        earlier = OrderCredit(parcel="e", lines=lines, net=Decimal(given["before_net"]), at=NOON)
        order = settling.credited(order, earlier, included=included)
    if problem := settling.fault(order, "0"):
        return problem.code
    credit = settling.credit_of(order, "0", NOON, included=included)
    after = settling.credited(order, credit, included=included)
    return {"net": str(credit.net), "tax": str(credit.tax), "total": str(after.totals.total)}


def _wrong_lots(_facts: Facts | None, given: Given) -> Any:
    """``lots``: [lot, quantity] by line."""
    lots = {line: [ParcelLot(lot=a, quantity=b) for a, b in parts] for line, parts in given["lots"].items()}
    return wrong_lots(given["lines"], lots)


CUTTING: dict[str, Callable[[Facts | None, Given], Any]] = {
    "cut": _cut,
    "order_standing": lambda _, given: standing(order_of(given)),
    "resend": _resend,
    "not_charged": _credit,
    "wrong_lots": _wrong_lots,
    "wrong_lacking": lambda _facts, given: wrong_lacking(given["lines"], given["lacking"]),
    "arrived": lambda _facts, given: arrived(given["quantities"], given["lacking"]),
    "may_cancel": lambda _, given: may_cancel(order_of(given)),
}
