"""Seeded random worlds and orders, the same on every machine and Python: for "same answer twice" and for benches.

Draws only ``random.Random.random``, whose stream is fixed by the Mersenne Twister. Names are plain ids. The worlds are
nasty on purpose: odd decimals, lists that overlap, deals that want the same units, quantities past the limit.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from offline.rules.facts import Facts
from offline.rules.ordering import Pricer, Wanted
from tests.rules.worlds import Document, facts_of

T = TypeVar("T")
START = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
ORDERS_PER_WORLD = 50


class Case(NamedTuple):
    facts: Facts
    wanted: list[Wanted]
    at: datetime
    order_id: str


class Draw:
    """What chance offers, from ``random()`` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, count: int) -> int:
        return int(self._random() * count)

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def one(self, of: Sequence[T]) -> T:
        return of[self.below(len(of))]

    def some(self, of: Sequence[T], at_most: int) -> list[T]:
        left = list(of)
        return [left.pop(self.below(len(left))) for _ in range(min(self.between(0, at_most), len(left)))]

    def chance(self, of: float) -> bool:
        return self._random() < of

    def decimal(self, low: int, high: int, digits: int) -> str:
        """Between ``low`` and ``high`` with up to ``digits`` decimals, as text."""
        scale = 10 ** self.between(0, digits)
        return str(Decimal(self.between(low * scale, high * scale)) / scale)


def cases(seed: int, count: int) -> Iterator[Case]:
    """``count`` orders, ORDERS_PER_WORLD in each random world."""
    for number in range(count):
        if number % ORDERS_PER_WORLD == 0:
            facts = facts_of(world(Draw(seed * 1_000_003 + number)))
        draw = Draw((seed * 1_000_003 + number) * 2 + 1)
        yield Case(facts, _wanted(draw, sorted(facts.products)), _at(draw), f"order-{number}")


def digests(seed: int, count: int) -> list[str]:
    """A short hash of each order's quote, down to the last byte. Times stay the same in a world now and then, so
    that a ``Pricer`` used again is exercised too."""
    found: list[str] = []
    pricer: Pricer | None = None
    for case in cases(seed, count):
        if pricer is None or pricer.facts is not case.facts or not pricer.holds_at(case.at):
            pricer = Pricer(case.facts, case.at)
        found.append(digest(pricer, case))
    return found


def digest(pricer: Pricer, case: Case) -> str:
    """A short hash of the quote's bytes."""
    return hashlib.sha256(msgspec.json.encode(pricer.quote(case.wanted, case.order_id))).hexdigest()[:16]


def answer(seed: int, number: int) -> str:
    """The whole quote of one order, readable: to be shown when two sides differ. Priced by a fresh ``Pricer``."""
    *_, case = cases(seed, number + 1)
    return msgspec.json.format(
        msgspec.json.encode(Pricer(case.facts, case.at).quote(case.wanted, case.order_id)), indent=1
    ).decode()


def world(draw: Draw) -> Document:
    """Up to 40 products, 6 lists and 12 promotions around one organisation."""
    currency = draw.one(("CNY", "CNY", "CNY", "JPY", "KWD", "EUR"))
    products = [_product(draw, number) for number in range(draw.between(3, 40))]
    ids = [row["id"] for row in products]
    lists = [_price_list(draw, number, currency) for number in range(draw.between(1, 6))]
    return {
        "brand": {
            "currency": currency,
            "prices_include_tax": draw.chance(0.5),
            "price_strategy": "cheapest" if draw.chance(0.3) else "priority",
            "time_zone": draw.one(("Asia/Shanghai", "America/New_York", "Europe/Berlin")),
        },
        "organisation": {
            "ancestors": ["dealer", "hq"],
            "group": draw.one(("", "key")),
            "status": "blocked" if draw.chance(0.03) else "active",
            "applicable": [{"price_list": row["id"], "distance": draw.below(3)} for row in lists],
            "assortments": ["core"] if draw.chance(0.3) else [],
        },
        "products": products,
        "categories": [{"id": f"c{n}", **({"parent": f"c{n // 2}"} if n > 1 else {})} for n in range(1, 8)],
        "assortments": [_assortment(draw, ids)],
        "price_lists": lists,
        "prices": {row["id"]: {id_: _tiers(draw) for id_ in ids if draw.chance(0.8)} for row in lists},
        "promotions": [_promotion(draw, number, ids) for number in range(draw.between(0, 12))],
    }


def _product(draw: Draw, number: int) -> Document:
    row: Document = {"id": f"p{number}", "tax_rate": draw.one(("0", "0.06", "0.09", "0.13", "0.20"))}
    if draw.chance(0.7):
        row["category"] = f"c{draw.between(1, 8)}"
    if draw.chance(0.3):
        row |= {"minimum": draw.between(1, 60), "multiple": draw.one((1, 6, 12, 24))}
    if draw.chance(0.03):
        row["status"] = "withdrawn"
    if draw.chance(0.05):
        row["available_from"] = draw.one(("2026-06-01", "2026-06-02"))
    return row


def _price_list(draw: Draw, number: int, currency: str) -> Document:
    row: Document = {
        "id": f"l{number}",
        "kind": draw.one(("base", "base", "group", "customer", "contract")),
        "currency": "USD" if draw.chance(0.05) else currency,
        "revision": draw.between(1, 99),
        "priority": draw.below(3),
        "merge": draw.chance(0.8),
    }
    return row | _validity(draw)


def _validity(draw: Draw) -> Document:
    row: Document = {}
    if draw.chance(0.2):
        row["valid_from"] = _text(START + timedelta(minutes=draw.between(-90, 30)))
    if draw.chance(0.2):
        row["valid_until"] = _text(START + timedelta(minutes=draw.between(10, 300)))
    return row


def _text(at: datetime) -> str:
    return at.isoformat()


def _tiers(draw: Draw) -> str:
    price = Decimal(draw.decimal(0, draw.one((1, 20, 1000)), 6))
    quantity = 1 if draw.chance(0.9) else draw.between(2, 30)
    found: list[str] = []
    for _ in range(draw.between(1, 5)):
        found.append(f"{price}@{quantity}")
        quantity += draw.between(1, 48)
        price = price * draw.between(70, 101) / 100
    return " ".join(found)


def _assortment(draw: Draw, ids: list[str]) -> Document:
    return {
        "id": "core",
        "everything": draw.chance(0.3),
        "products": draw.some(ids, 30),
        "categories": [f"c{draw.between(1, 7)}"],
        "excluded": draw.some(ids, 2),
    }


def _promotion(draw: Draw, number: int, ids: list[str]) -> Document:
    kind = draw.one(("threshold", "threshold", "buy_x_get_y", "bundle", "gift", "mix_and_match"))
    row: Document = {"id": f"m{number}", "kind": kind, "reward": _reward(draw, kind, ids), "priority": draw.below(3)}
    if draw.chance(0.5):
        row["products"] = draw.some(ids, 6)
    if draw.chance(0.3):
        row["categories"] = [f"c{draw.between(1, 7)}"]
    if draw.chance(0.4):
        row["exclusive_group"] = draw.one(("x", "y"))
    if draw.chance(0.4):
        row["cap"] = draw.between(0, 40)
    if draw.chance(0.2):
        row["groups"] = [draw.one(("key", "vip"))]
    return row | _validity(draw)


def _reward(draw: Draw, kind: str, ids: list[str]) -> dict[str, Any]:
    if kind == "threshold":
        off = {"percent": draw.decimal(1, 60, 1)} if draw.chance(0.6) else {"amount": draw.decimal(1, 80, 3)}
        return off | draw.one(({}, {"threshold": draw.decimal(1, 900, 2)}, {"quantity": draw.between(1, 60)}))
    if kind == "buy_x_get_y":
        gift = {"product": draw.one(ids)} if draw.chance(0.4) else {}
        return {"buy": draw.between(1, 12), "get": draw.between(1, 3)} | gift
    if kind == "bundle":
        items = {draw.one(ids): draw.between(1, 3) for _ in range(draw.between(1, 2))}
        return {"items": items, "bundle_price": draw.decimal(0, draw.one((5, 60)), 3)}
    if kind == "gift":
        return {"product": draw.one(ids), "get": draw.between(1, 4), "threshold": draw.decimal(1, 900, 2)}
    price = {"bundle_price": draw.decimal(0, 60, 2)} if draw.chance(0.5) else {"percent": draw.decimal(1, 50, 0)}
    return {"quantity": draw.between(1, 8)} | price


def _wanted(draw: Draw, ids: list[str]) -> list[Wanted]:
    lines: list[Wanted] = []
    for number in range(draw.between(1, 14)):
        quantity = draw.between(1, 72)
        if draw.chance(0.05):
            quantity = draw.one((0, -3, 10_000_000, 1_000_000_000_000, 12_345))
        product = "unknown" if draw.chance(0.01) else draw.one(ids)
        line_id = f"{draw.below(1000)}-{number}" if not draw.chance(0.01) else "again"
        lines.append(Wanted(line_id, product, quantity))
    return lines


def _at(draw: Draw) -> datetime:
    return START + timedelta(minutes=draw.one((0, 0, 0, 0, 5, 15, 60, 1200)))
