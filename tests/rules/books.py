"""A partner's book of one product in memory, to try the counting rules on, and those rules' vectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from offline.rules.counting import (
    Booked,
    Posting,
    Settlement,
    Tolerance,
    TooMany,
    UnknownPack,
    added,
    book,
    counted_units,
    moment_of,
    settle,
    tolerance_of,
    variance,
)
from offline.rules.facts import Facts
from offline.wire.counts import CountedPart, CountSettings, ToleranceRule
from offline.wire.rows import Category, Product
from tests.rules.worlds import NOON

Given = dict[str, Any]
MIDNIGHT = NOON.replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass
class Book:
    """``moved`` and ``counted`` take papers in the order they arrive; ``booked`` is the ledger they leave."""

    booked: list[Booked] = field(default_factory=list)

    @property
    def lots(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.booked:
            found[each.lot] = found.get(each.lot, 0) + each.delta
        return {lot: quantity for lot, quantity in found.items() if quantity}

    @property
    def on_hand(self) -> int:
        return sum(each.delta for each in self.booked)

    def moved(self, at: datetime, delta: int, lot: str = "") -> None:
        self._post(book(at, delta, lot, [each for each in self.booked if each.at >= at]), "")

    def counted(
        self, name: str, taken_at: datetime, observed: Mapping[str, int], base_seq: int, now: datetime
    ) -> Settlement:
        known = max((each.at for each in self.booked if each.seq <= base_seq), default=None)
        moment = moment_of(taken_at, known, now)
        found = settle(self.lots, [each for each in self.booked if each.at > moment], observed, moment)
        self._post(found.postings, name)
        return found

    def _post(self, postings: tuple[Posting, ...], anchor: str) -> None:
        for each in postings:
            seq = len(self.booked) + 1
            self.booked.append(Booked(each.at, seq, each.delta, each.lot, each.corrects or anchor))


def clock(text: str) -> datetime:
    """``10:30`` of the vectors' day."""
    hours, minutes = text.split(":")
    return MIDNIGHT + timedelta(hours=int(hours), minutes=int(minutes))


def _product(given: Given) -> Product:
    packs = [{"code": code, "name": {}, "factor": factor} for code, factor in given.get("units", {}).items()]
    category = given.get("category")
    row: Given = {"id": "p", "sku": "p", "name": {}, "unit": {}, "packs": packs, "category": category}
    return msgspec.convert(row, Product)


def _units(_facts: Facts | None, given: Given) -> Any:
    """``places``: what was found in one place after the other, each ``{pack: count}`` or ``[lot, {pack: count}]``."""
    parts: tuple[CountedPart, ...] = ()
    for place in given["places"]:
        lot, packs = place if isinstance(place, list) else ("", place)
        parts = added(parts, CountedPart(packs=packs, lot=lot))
    try:
        total = counted_units(_product(given), parts)
    except (UnknownPack, TooMany) as error:
        return {"refused": type(error).__name__, "what": str(error)}
    return {"total": total, "parts": {part.lot: part.packs for part in parts}}


def _variance(_facts: Facts | None, given: Given) -> Any:
    return variance(given["expected"], given["observed"], msgspec.convert(given.get("tolerance", {}), Tolerance))


def _tolerance(_facts: Facts | None, given: Given) -> Tolerance:
    tree = {name: Category(id=name, name={}, parent=parent) for name, parent in given.get("categories", {}).items()}
    # The wire's ids are checked where commands are read, not here.
    settings = msgspec.convert({"id": "b", **given["settings"], "rules": ()}, CountSettings)
    rules = tuple(_rule(each) for each in given["settings"].get("rules", ()))
    return tolerance_of(msgspec.structs.replace(settings, rules=rules), _product(given), tree)


def _rule(given: Given) -> ToleranceRule:
    return ToleranceRule(**{**given, "percent": Decimal(given.get("percent", "0"))})


def _story(_facts: Facts | None, given: Given) -> Any:
    """Papers in the order they arrive: ``{"move": 24, "at": "09:00"}``, with a ``lot`` where there is one, and
    ``{"count": 30, "at": "10:00", "base": 1, "now": "12:00"}``, ``count`` by lot where there are some."""
    ledger = Book()
    settled = []
    for number, paper in enumerate(given["papers"]):
        at = clock(paper["at"])
        if "move" in paper:
            ledger.moved(at, paper["move"], paper.get("lot", ""))
            continue
        observed = paper["count"] if isinstance(paper["count"], dict) else {"": paper["count"]}
        now = clock(paper.get("now", "23:59"))
        found = ledger.counted(paper.get("name", f"count {number}"), at, observed, paper.get("base", 0), now)
        settled.append(
            {
                "expected": found.expected,
                "adjustment": found.adjustment,
                "later": found.later,
                "on_hand": found.on_hand,
                "moment": found.postings[0].at.strftime("%H:%M"),
                "corrects": [each.corrects for each in found.postings if each.corrects],
            }
        )
    return {"on_hand": ledger.on_hand, "lots": ledger.lots, "settled": settled, "papers": len(ledger.booked)}


COUNTING: dict[str, Callable[[Facts | None, Given], Any]] = {
    "count_units": _units,
    "count_variance": _variance,
    "count_tolerance": _tolerance,
    "count_story": _story,
}
