"""Lines shortened or let go of: what is left of each, and before anybody confirms, what the order comes to then."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules import cutting
from offline.rules.promotions import Promotions
from offline.store import Entry
from offline.wire.commands import OrderCut
from offline.wire.rows import Order, OrderLine
from pwa.components.basics import Child, Pieces
from pwa.components.fields import NumberField, TextField, parse_whole
from pwa.components.jotting import Jotted, use_jotted
from pwa.components.labels import use_labels
from pwa.components.overlays import Sheet
from pwa.desk.orders.shipping import sheet_buttons
from pwa.desk.parts import pair, text_button
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

_REASON = "reason"


@dataclass(frozen=True)
class Cut:
    """What was typed, read: ``keep`` as ``OrderCut`` has it, ``faults`` by line id, "" is the whole."""

    keep: Mapping[str, int]
    faults: Mapping[str, str]


def read_cut(order: Order, texts: Mapping[str, str]) -> Cut:
    """``texts`` by line id; what nobody touched stays. Codes: ``number``, ``too_many``, ``shipped``; of the whole
    ``nothing`` and ``all``."""
    keep: dict[str, int] = {}
    faults: dict[str, str] = {}
    for line in order.lines:
        text = texts.get(line.id, "")
        if not text.strip():
            continue
        left = parse_whole(text)
        if left is None:
            faults[line.id] = "number"
        elif left > line.quantity:
            faults[line.id] = "too_many"
        elif left < line.shipped:
            faults[line.id] = "shipped"
        elif left < line.quantity:
            keep[line.id] = left
    if not faults and not keep:
        faults[""] = "nothing"
    elif not faults and cutting.fault(order.lines, keep) is not None:
        faults[""] = "all"
    return Cut(keep, faults)


def earned_by(desk: DeskState, order: Order) -> Mapping[str, Collection[str]]:
    """Promotion -> those of the order's products that earn its gift, as far as the promotion is still at hand."""
    facts = desk.reads.replica.facts(order.organisation)
    if facts is None:
        return {}
    promotions = Promotions(facts, order.placed_at or desk.app.server_now())
    found: dict[str, set[str]] = {row.id: set() for row in promotions.ranked}
    for line in order.lines:
        product = desk.reads.product(line.product)
        if product is not None and not line.gift:
            for row in promotions.of_product(product):
                found[row.id].add(line.product)
    return found


@dataclass(frozen=True)
class Hand:
    """What is typed into the sheet and how it stands: ``write`` a field, ``put`` quantities into some. Faults are told
    of lines that were typed into, and ``shown``: of all."""

    typed: Jotted
    found: Cut
    revision: int
    write: Callable[[str, str], None]
    put: Callable[[Mapping[str, int]], None]
    shown: bool

    def fault(self, line_id: str) -> str:
        return self.found.faults.get(line_id, "") if self.shown or line_id in self.typed.values else ""


@component
def CutSheet(order: Order, on_close: Callable[[], Any], on_done: Callable[[Sequence[Entry]], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    typed = use_jotted(f"cut.{order.id}")
    revision, revise = use_state(0)
    _count, draw = use_state(0)
    shown, set_shown = use_state(False)
    busy, set_busy = use_state(False)
    found = read_cut(order, typed.values)
    after = after_cut(desk, order, found.keep)

    async def confirm() -> None:
        # As it is typed by now, not as it was drawn.
        now = read_cut(order, typed.values)
        reason = typed[_REASON].strip()
        if now.faults or not reason:
            set_shown(True)
            draw(lambda count: count + 1)
            return
        set_busy(True)
        total = after_cut(desk, order, now.keep).totals.total
        command = OrderCut(order=order.id, keep=dict(now.keep), total=total, reason=reason)
        entries = await desk.submit(command, said=words("orders.said.cut", number=order.number))
        typed.drop()
        on_done(entries)

    def write(line_id: str, text: str) -> None:
        typed.put(line_id, text)
        draw(lambda count: count + 1)

    def put(quantities: Mapping[str, int]) -> None:
        for line_id, quantity in quantities.items():
            typed.put(line_id, str(quantity))
        revise(lambda count: count + 1)

    hand = Hand(typed, found, revision, write, put, shown)
    whole = found.faults.get("", "") if shown else ""
    return Sheet(
        words("orders.ask.cut"),
        html.p({"className": "block-note"}, words("orders.cut_how")),
        html.div({"className": "ship-lines"}, *_rows(words, order, hand)),
        html.p({"className": "field-note field-error", "role": "alert"}, words(f"orders.cut_fault.{whole}"))
        if whole
        else None,
        _gifts(desk, words, order, found, put),
        _outcome(desk, words, order, after) if found.keep else None,
        _reason(words, typed, draw, missing=shown and not typed[_REASON].strip()),
        on_close=on_close,
        subtitle=words("middle_dot").join(filter(None, (order.number, words.name(order.organisation_name)))),
        testid="order-action",
        actions=sheet_buttons(
            use_labels()["cancel"], on_close, words("orders.do.cut"), confirm, kind="danger", busy=busy
        ),
    )


def after_cut(desk: DeskState, order: Order, keep: Mapping[str, int]) -> Order:
    """What the server will make of it."""
    brand, buyer = desk.reads.brand, desk.reads.organisation(order.organisation)
    after = cutting.cut(order, keep, included=brand is None or brand.prices_include_tax)
    if brand is None or buyer is None:
        return after
    return cutting.replace(after, holds=cutting.holds_after_cut(brand, buyer, order, after.totals.total))


def _rows(words: Words, order: Order, hand: Hand) -> list[VdomDict]:
    return [_row(words, line, hand) for line in order.lines if line.quantity > line.shipped]


def _row(words: Words, line: OrderLine, hand: Hand) -> VdomDict:
    facts = [line.sku, words("orders.cut_now", count=words.number(line.quantity))]
    if line.gift:
        facts.insert(1, words("orders.gift"))
    if line.shipped:
        facts.append(words("orders.cut_shipped", count=words.number(line.shipped)))
    value, fault = hand.typed[line.id] or str(line.quantity), hand.fault(line.id)
    untouched = value == str(line.quantity)
    label = words("orders.cut_none") if untouched else words("orders.cut_back", count=words.number(line.quantity))
    to = line.shipped if untouched else line.quantity
    count = line.shipped if fault == "shipped" else line.quantity
    testid = f"gift-{line.sku}" if line.gift else line.sku
    return html.div(
        {"className": "ship-line", "key": line.id},
        html.div(
            {"className": "ship-what"},
            html.strong(words.name(line.name)),
            html.span({"className": "faint"}, Pieces(*facts)),
            text_button(label, partial(hand.put, {line.id: to}), testid=f"none-{testid}", key="none"),
        ),
        NumberField(
            words("orders.cut_keep", name=words.name(line.name)),
            value=value,
            on_change=partial(hand.write, line.id),
            error=words(f"orders.cut_fault.{fault}", count=words.number(count)) if fault else "",
            testid=f"keep-{testid}",
            revision=hand.revision,
            key="keep",
        ),
    )


def _gifts(desk: DeskState, words: Words, order: Order, found: Cut, put: Callable[[Mapping[str, int]], None]) -> Child:
    """Gifts that are more than what is left would earn: nobody takes them back but who decides so here."""
    fitting = cutting.gifts_in_step(order.lines, found.keep, earned_by(desk, order)) if found.keep else {}
    if not fitting:
        return None
    what = [
        words("orders.cut_gift", name=words.name(line.name), now=words.number(line.quantity), fit=fitting[line.id])
        for line in order.lines
        if line.id in fitting
    ]
    return html.div(
        {"className": "sheet-note sheet-note-warning", "data-testid": "cut-gifts"},
        words("orders.cut_gifts", what=words("list_comma").join(what)),
        " ",
        text_button(words("orders.cut_gifts_too"), partial(put, fitting), testid="cut-gifts-too"),
    )


def _outcome(desk: DeskState, words: Words, order: Order, after: Order) -> VdomDict:
    """The new total, and what of the agreement stands."""
    less = order.totals.total - after.totals.total
    lifted = [words(f"hold.{hold}") for hold in order.holds if hold not in after.holds]
    texts = [words("orders.cut_terms"), words("orders.cut_frees")]
    if lifted:
        texts.insert(0, words("orders.cut_fits", holds=words("list_comma").join(lifted)))
    return html.div(
        {"className": "block", "data-testid": "cut-outcome"},
        pair(words("orders.cut_before"), words.money(order.totals.total, order.currency)),
        pair(words("orders.cut_less"), words.money(-less, order.currency)),
        pair(
            words("orders.cut_after"), words.money(after.totals.total, order.currency), strong=True, testid="cut-total"
        ),
        *(html.p({"className": "block-note", "key": text}, text) for text in texts),
    )


def _reason(words: Words, typed: Jotted, draw: Callable[..., Any], *, missing: bool) -> VdomDict:
    def change(text: str) -> None:
        typed.put(_REASON, text)
        if missing:
            draw(lambda count: count + 1)

    return TextField(
        words("orders.reason_needed"),
        rows=2,
        value=typed[_REASON],
        on_change=change,
        error=words("orders.reason_missing") if missing else "",
        hint=words("orders.reason_hint.cut"),
        required=True,
        max_length=2000,
        testid="reason",
        key="reason",
    )
