"""What lacked of a parcel, settled by a press: sent again, or not charged."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules import settling
from offline.rules.statuses import FINAL
from offline.store import Entry
from offline.wire.commands import Command, OrderCredit, OrderResend
from offline.wire.rows import Order, Parcel
from pwa.components.basics import Button, Child, Pieces, calling, classes
from pwa.components.labels import use_labels
from pwa.components.overlays import Sheet
from pwa.desk.orders.reasons import use_reason
from pwa.desk.orders.shipping import sheet_buttons
from pwa.desk.parts import pair
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

RESEND, CREDIT = "resend", "credit"
_MAY = {RESEND: "order.ship", CREDIT: "order.approve"}


def lacking_note(desk: DeskState, words: Words, order: Order, parcel: Parcel, on_ask: Callable[[str], Any]) -> Child:
    """What the customer says did not come or was not fit to be taken, and what became of it or may be done."""
    goods = goods_text(words, order, parcel)
    if not goods and not parcel.remark:
        return None
    said = words("orders.lacking", goods=goods) if goods else ""
    is_open = settling.is_open(parcel) and order.status not in FINAL
    kinds = [kind for kind, permission in _MAY.items() if is_open and desk.reads.may(permission)]
    note = html.p(
        {
            "className": classes("sheet-note", settling.is_open(parcel) and "sheet-note-warning"),
            "data-testid": "lacking",
            "dir": "auto",
        },
        Pieces(*filter(None, (said, parcel.remark))),
        html.strong({"className": "parcel-settled"}, words(f"orders.settled.{parcel.settled}"))
        if parcel.settled
        else None,
    )
    if not kinds:
        return note
    buttons = (
        Button(
            words(f"orders.do.{kind}"),
            calling(partial(on_ask, f"{kind}:{parcel.id}")),
            kind="secondary",
            small=True,
            testid=f"{kind}-{parcel.id}",
            key=kind,
        )
        for kind in kinds
    )
    return html.div({"className": "parcel-settle"}, note, html.div({"className": "cluster"}, *buttons))


def goods_text(words: Words, order: Order, parcel: Parcel) -> str:
    goods = settling.goods_of(order, parcel.id)
    named = (f"{words.name(line.name)} × {words.number(quantity)}" for line, quantity in goods)
    return words("list_comma").join(named)


def after_credit(desk: DeskState, order: Order, parcel_id: str) -> Order:
    """What the server will make of it."""
    brand = desk.reads.brand
    included = brand is None or brand.prices_include_tax
    credit = settling.credit_of(order, parcel_id, desk.app.server_now(), included=included)
    return settling.credited(order, credit, included=included)


@component
def SettleSheet(
    kind: str, parcel_id: str, order: Order, on_close: Callable[[], Any], on_done: Callable[[Sequence[Entry]], Any]
) -> VdomDict | None:
    desk = use_desk()
    words = desk.words()
    needed = kind == CREDIT
    asked = use_reason(f"{kind}.{parcel_id}", needed=needed)
    busy, set_busy = use_state(False)
    parcel = next((each for each in order.parcels if each.id == parcel_id), None)
    if parcel is None:
        return None

    async def confirm() -> None:
        reason = asked.given()
        if reason is None:
            return
        set_busy(True)
        command: Command = OrderResend(order=order.id, parcel=parcel_id, reason=reason)
        if needed:
            total = after_credit(desk, order, parcel_id).totals.total
            command = OrderCredit(order=order.id, parcel=parcel_id, total=total, reason=reason)
        entries = await desk.submit(command, said=words(f"orders.said.{kind}", number=order.number))
        asked.drop()
        on_done(entries)

    return Sheet(
        words(f"orders.ask.{kind}"),
        html.p({"className": "sheet-text", "dir": "auto"}, goods_text(words, order, parcel)),
        html.p({"className": "block-note"}, words(f"orders.consequence.{kind}")),
        _outcome(words, order, after_credit(desk, order, parcel_id)) if needed and settling.is_open(parcel) else None,
        asked.field(words, kind),
        on_close=on_close,
        subtitle=words("middle_dot").join(filter(None, (order.number, words.name(order.organisation_name)))),
        testid="order-action",
        actions=sheet_buttons(use_labels()["cancel"], on_close, words(f"orders.do.{kind}"), confirm, busy=busy),
    )


def _outcome(words: Words, order: Order, after: Order) -> VdomDict:
    less = order.totals.total - after.totals.total
    return html.div(
        {"className": "block", "data-testid": "credit-outcome"},
        pair(words("orders.cut_before"), words.money(order.totals.total, order.currency)),
        pair(words("orders.cut_less"), words.money(-less, order.currency)),
        pair(
            words("orders.cut_after"),
            words.money(after.totals.total, order.currency),
            strong=True,
            testid="credit-total",
        ),
    )
