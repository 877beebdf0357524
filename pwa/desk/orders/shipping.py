"""One parcel: what goes into it, who carries it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from reactpy import component, html, use_memo, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.store import Entry
from offline.wire.commands import OrderShip
from offline.wire.rows import Order, OrderLine
from pwa.components.basics import Button, Pieces, calling
from pwa.components.fields import NumberField, TextField, parse_whole
from pwa.components.jotting import Jotted, use_jotted
from pwa.components.labels import use_labels
from pwa.components.overlays import Sheet
from pwa.desk.orders.lots import lot_fault, lot_fields, read_lots, tracked
from pwa.desk.parts import columns, text_button
from pwa.desk.reading import Reads
from pwa.desk.state import use_desk
from pwa.desk.words import Words


def open_lines(order: Order) -> list[OrderLine]:
    """Lines of which something is still to ship."""
    return [line for line in order.lines if line.shipped < line.quantity]


def shippable(line: OrderLine, in_stock: int = 0) -> int:
    """What can go out now: what is reserved, and of what is on back order as much as has come in (``in_stock``)."""
    rest = line.quantity - line.shipped
    return max(0, rest - max(0, line.backordered - max(0, in_stock)))


def read_parcel(
    order: Order, texts: Mapping[str, str], most: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, str]]:
    """Typed quantities by line id -> (quantities above zero, fault code by line id). ``most``: what can go out of
    each line now, which is also what is taken where nothing was typed. Codes: ``number``, ``too_many``,
    ``not_in_stock``; a parcel with nothing in it has the fault ``""``: ``empty``."""
    quantities: dict[str, int] = {}
    faults: dict[str, str] = {}
    for line in open_lines(order):
        text = texts.get(line.id, str(most[line.id]))
        quantity = 0 if not text.strip() else parse_whole(text)
        if quantity is None:
            faults[line.id] = "number"
        elif quantity > line.quantity - line.shipped:
            faults[line.id] = "too_many"
        elif quantity > most[line.id]:
            faults[line.id] = "not_in_stock"
        elif quantity:
            quantities[line.id] = quantity
    if not quantities and not faults:
        faults[""] = "empty"
    return quantities, faults


def most_of(order: Order, reads: Reads) -> dict[str, int]:
    """Line id -> what can go out now."""
    stock = reads.stock()
    levels = {line.id: stock.get(line.product) for line in order.lines}
    return {line.id: shippable(line, level.available if (level := levels[line.id]) else 0) for line in order.lines}


def recent_carriers(reads: Reads, most: int = 4) -> list[str]:
    """Who carried the latest parcels."""

    def make() -> list[str]:
        found: dict[str, None] = {}
        for order in reads.replica.orders(statuses=("partly_shipped", "shipped", "signed", "closed"), limit=100):
            found |= {parcel.carrier: None for parcel in order.parcels if parcel.carrier}
        return list(found)

    return reads.kept("carriers", make)[:most]


def quantities_of(order: Order, typed: Jotted) -> dict[str, str]:
    """What was typed for the lines that can still go out, by line id."""
    return {line.id: typed[line.id] for line in open_lines(order) if line.id in typed.values}


@component
def ShipSheet(order: Order, on_close: Callable[[], Any], on_done: Callable[[Sequence[Entry]], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    carriers = recent_carriers(desk.reads)
    # A number copied from elsewhere must not be copied twice.
    typed = use_jotted(f"ship.{order.id}", {"carrier": carriers[0] if carriers else ""})
    # The same for as long as the sheet is open: pressing twice makes one parcel.
    parcel_id = use_memo(new_id, dependencies=[])
    texts, set_texts = use_state(lambda: quantities_of(order, typed))
    chosen, set_chosen = use_state((typed["carrier"], 0))
    shown, set_shown = use_state(False)
    busy, set_busy = use_state(False)
    most = most_of(order, desk.reads)
    by_lot = tracked(order, desk.reads)
    _count, draw = use_state(0)

    async def ship() -> None:
        quantities, found = read_parcel(order, quantities_of(order, typed), most)
        lots = read_lots(quantities, by_lot, typed.values)
        if found or lots.faults:
            set_shown(True)
            draw(lambda count: count + 1)
            return
        set_busy(True)
        carrier, tracking = typed["carrier"].strip(), typed["tracking"].strip()
        command = OrderShip(
            order=order.id,
            parcel=parcel_id,
            lines=quantities,
            carrier=carrier,
            tracking=tracking,
            lots=dict(lots.parts),
        )
        entries = await desk.submit(command, said=words("orders.said.ship", number=order.number))
        typed.drop()
        on_done(entries)

    def choose(name: str) -> None:
        typed.put("carrier", name)
        set_chosen(lambda old: (name, old[1] + 1))

    def write(line_id: str, text: str) -> None:
        typed.put(line_id, text)
        set_texts(quantities_of(order, typed))

    def write_lot(name: str, text: str) -> None:
        typed.put(name, text)
        if shown or name.endswith(".lots"):
            draw(lambda count: count + 1)

    def lots_of(line: OrderLine) -> VdomDict | None:
        quantities, _faults = read_parcel(order, texts, most)
        if line.id not in by_lot or line.id not in quantities:
            return None
        code = read_lots(quantities, by_lot, typed.values).faults.get(line.id, "") if shown else ""
        fault = lot_fault(words, code, line.id, quantities[line.id], typed.values) if code else ""
        return lot_fields(words, line.id, line.sku, typed.values, write_lot, fault=fault)

    return Sheet(
        words("orders.ask.ship"),
        *_lines(words, order, texts, most, shown=shown, write=write, lots_of=lots_of),
        _carrying(words, typed, *chosen),
        _suggestions(words, carriers, choose),
        on_close=on_close,
        subtitle=words("middle_dot").join(filter(None, (order.number, words.name(order.organisation_name)))),
        testid="order-action",
        actions=sheet_buttons(use_labels()["cancel"], on_close, words("orders.do.ship"), ship, icon="truck", busy=busy),
    )


def sheet_buttons(back: str, on_back: Callable[[], Any], do: str, on_do: Callable[[], Any], **more: Any) -> VdomDict:
    """Leaving it be, and the deed. ``more`` as ``Button`` takes it, for the deed."""
    return html.div(
        {"className": "sheet-buttons"},
        Button(back, calling(on_back), kind="secondary", testid="order-action-no"),
        Button(do, calling(on_do), testid="order-action-yes", **more),
    )


def _lines(
    words: Words,
    order: Order,
    texts: Mapping[str, str],
    most: Mapping[str, int],
    *,
    shown: bool,
    write: Callable[[str, str], None],
    lots_of: Callable[[OrderLine], VdomDict | None],
) -> tuple[VdomDict, VdomDict | None]:
    """The lines, and that the parcel is empty. Faults are told of lines that were typed into, and ``shown``: of
    all."""
    _quantities, faults = read_parcel(order, texts, most)
    rows = (
        _line_row(
            words,
            line,
            value=texts.get(line.id, str(most[line.id])),
            most=most[line.id],
            fault=faults.get(line.id, "") if shown or line.id in texts else "",
            write=partial(write, line.id),
            lots=lots_of(line),
        )
        for line in open_lines(order)
    )
    empty = html.p({"className": "field-note field-error", "role": "alert"}, words("orders.ship_fault.empty"))
    return html.div({"className": "ship-lines"}, *rows), empty if shown and "" in faults else None


def _carrying(words: Words, typed: Jotted, carrier: str, revision: int) -> VdomDict:
    """``carrier`` was chosen last, for the ``revision``th time."""
    return columns(
        TextField(
            words("orders.carrier"),
            value=carrier,
            on_change=partial(typed.put, "carrier"),
            max_length=200,
            testid="carrier",
            revision=revision,
            key="carrier",
        ),
        TextField(
            words("orders.tracking"),
            value=typed["tracking"],
            on_change=partial(typed.put, "tracking"),
            max_length=200,
            testid="tracking",
            key="tracking",
        ),
    )


def _line_row(
    words: Words,
    line: OrderLine,
    *,
    value: str,
    most: int,
    fault: str,
    write: Callable[[str], None],
    lots: VdomDict | None,
) -> VdomDict:
    """``fault``: the code to be told, if any; ``most`` can go out."""
    rest = words("orders.ship_rest", count=words.number(line.quantity - line.shipped))
    short = words("orders.ship_short", count=words.number(line.backordered)) if line.backordered else ""
    return html.div(
        {"className": "ship-line", "key": line.id},
        html.div(
            {"className": "ship-what"},
            html.strong(words.name(line.name)),
            html.span({"className": "faint"}, Pieces(line.sku, rest, short)),
        ),
        NumberField(
            words("orders.ship_quantity", name=words.name(line.name)),
            value=value,
            on_change=write,
            error=words(f"orders.ship_fault.{fault}", count=most) if fault else "",
            testid=f"ship-{line.sku}",
            key="quantity",
        ),
        lots,
    )


def _suggestions(words: Words, carriers: list[str], choose: Callable[[str], None]) -> VdomDict | None:
    if not carriers:
        return None
    buttons = (text_button(name, partial(choose, name), key=name) for name in carriers)
    return html.div({"className": "suggestions"}, html.span({"className": "faint"}, words("orders.recent")), *buttons)
