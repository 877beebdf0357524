"""The lots of a parcel's line, as they are typed: for goods that are kept by lot, and as far as somebody says them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.rules.parcels import wrong_lots
from offline.wire.commands import ShippedLot
from offline.wire.rows import Order
from pwa.components.fields import NumberField, TextField, parse_whole
from pwa.desk.parts import text_button
from pwa.desk.reading import Reads
from pwa.desk.words import Words

MOST = 20
_NAMES = ("lot", "quantity", "expires")


@dataclass(frozen=True)
class Lots:
    """``faults``: by line id, the code of what is wrong: ``name``, ``number``, ``day``, ``twice``, ``sum``."""

    parts: Mapping[str, tuple[ShippedLot, ...]]
    faults: Mapping[str, str]


def field(line_id: str, number: int, name: str) -> str:
    """What one field of a line's n-th lot is kept as."""
    return f"{line_id}.{number}.{name}"


def tracked(order: Order, reads: Reads) -> frozenset[str]:
    """The lines whose goods are kept by lot."""
    products = {line.id: reads.product(line.product) for line in order.lines}
    return frozenset(line_id for line_id, product in products.items() if product is not None and product.lot_tracked)


def rows_of(line_id: str, texts: Mapping[str, str]) -> int:
    """How many lots have been begun or asked for, one at least."""
    begun = [number for number in range(MOST) if any(texts.get(field(line_id, number, name)) for name in _NAMES)]
    return max([*begun, int(texts.get(f"{line_id}.lots") or "0")]) + 1


def read_lots(shipped: Mapping[str, int], lines: frozenset[str], texts: Mapping[str, str]) -> Lots:
    """``shipped``: what goes into the parcel by line id. A line's only lot need not repeat its quantity."""
    parts: dict[str, tuple[ShippedLot, ...]] = {}
    faults: dict[str, str] = {}
    for line_id in sorted(lines & shipped.keys()):
        found, fault = _read_line(line_id, shipped[line_id], texts)
        if fault:
            faults[line_id] = fault
        elif found:
            parts[line_id] = found
    wrong = wrong_lots(shipped, parts)
    twice = {line_id for line_id in wrong if len({part.lot for part in parts[line_id]}) != len(parts[line_id])}
    faults |= {line_id: "twice" if line_id in twice else "sum" for line_id in wrong}
    return Lots(parts, faults)


def _read_line(line_id: str, shipped: int, texts: Mapping[str, str]) -> tuple[tuple[ShippedLot, ...], str]:
    """The lots, or the code of what is wrong with one of them."""
    numbers = range(rows_of(line_id, texts))
    rows = [[texts.get(field(line_id, number, name), "").strip() for name in _NAMES] for number in numbers]
    rows = [row for row in rows if any(row)]
    found: list[ShippedLot] = []
    for lot, quantity, expires in rows:
        count = shipped if not quantity and len(rows) == 1 else parse_whole(quantity)
        day = _day(expires)
        if not lot:
            return (), "name"
        if count is None or count < 1:
            return (), "number"
        if expires and day is None:
            return (), "day"
        found.append(ShippedLot(lot=lot[:64], quantity=count, expires_on=day))
    return tuple(found), ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def lot_fault(words: Words, code: str, line_id: str, shipped: int, texts: Mapping[str, str]) -> str:
    """A fault of ``Lots`` in words."""
    counts = (parse_whole(texts.get(field(line_id, number, "quantity"), "")) for number in range(MOST))
    total = words.number(sum(count or 0 for count in counts))
    return words(f"orders.lot_fault.{code}", sum=total, count=words.number(shipped))


def lot_fields(
    words: Words, line_id: str, sku: str, texts: Mapping[str, str], write: Callable[[str, str], Any], *, fault: str
) -> VdomDict:
    """``write(name, text)`` keeps a field; ``fault`` in words."""
    count = rows_of(line_id, texts)
    error = html.p({"className": "field-note field-error", "role": "alert"}, fault) if fault else None
    more = text_button(
        words("orders.lot_more"), lambda: write(f"{line_id}.lots", str(count)), testid=f"lot-more-{sku}", key="more"
    )

    def row(number: int) -> VdomDict:
        def text(name: str) -> dict[str, Any]:
            key = field(line_id, number, name)
            begins = "lot" if name == "lot" else f"lot-{name}"
            return {
                "value": texts.get(key, ""),
                "on_change": lambda typed: write(key, typed),
                "testid": f"{begins}-{sku}-{number}",
                "key": name,
            }

        return html.div(
            {"className": "ship-lot", "key": str(number)},
            TextField(words("orders.lot"), max_length=64, **text("lot")),
            NumberField(words("orders.lot_quantity"), **text("quantity")),
            TextField(words("orders.lot_expires"), kind="date", **text("expires")),
        )

    return html.div(
        {"className": "ship-lots", "key": "lots"}, *map(row, range(count)), error, more if count < MOST else None
    )
