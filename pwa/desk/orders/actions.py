"""What is asked before something is done to an order: a reason, a confirmation, what goes into a parcel."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.store import Entry
from offline.wire.commands import (
    Command,
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderHold,
    OrderRelease,
    OrderSign,
)
from offline.wire.rows import Order
from pwa.components.basics import Child
from pwa.components.labels import use_labels
from pwa.components.overlays import Sheet
from pwa.desk.orders.checks import check_authorisation, check_credit
from pwa.desk.orders.cutting import CutSheet
from pwa.desk.orders.reasons import use_reason
from pwa.desk.orders.settling import CREDIT, RESEND, SettleSheet
from pwa.desk.orders.shipping import ShipSheet, sheet_buttons
from pwa.desk.orders.tabs import is_over_credit, is_price_pending
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

KINDS = ("approve", "cancel", "close", "sign", "accept_price", "ship", "hold", "release", "cut")
_DANGEROUS = ("cancel", "close")
# A reason is asked for, and some may be left without.
_ASKED = (*_DANGEROUS, "release")
Done = Callable[[Sequence[Entry]], Any]


def ActionSheet(kind: str, orders: Sequence[Order], on_close: Callable[[], Any], on_done: Done, key: str = "") -> Any:
    """The sheet for ``kind`` (one of ``KINDS``, or ``resend:`` and ``credit:`` with the id of a parcel). Only
    ``approve``, ``hold`` and ``release`` take more than one order.
    ``on_done`` gets what was put into the outbox."""
    if kind == "ship":
        return ShipSheet(orders[0], on_close, on_done, key=key)
    if kind.startswith((f"{RESEND}:", f"{CREDIT}:")):
        name, _, parcel = kind.partition(":")
        return SettleSheet(name, parcel, orders[0], on_close, on_done, key=key)
    if kind == "cut":
        return CutSheet(orders[0], on_close, on_done, key=key)
    return QuestionSheet(kind, orders, on_close, on_done, key=key)


@component
def QuestionSheet(kind: str, orders: Sequence[Order], on_close: Callable[[], Any], on_done: Done) -> VdomDict:
    """A deed with its consequences and, where one is needed, a reason."""
    desk = use_desk()
    words = desk.words()
    busy, set_busy = use_state(False)
    needed = needs_reason(kind, orders)
    asked = use_reason(f"{kind}.{orders[0].id}", needed=needed)

    async def confirm() -> None:
        reason = asked.given()
        if reason is None:
            return
        set_busy(True)
        # Of many it is told how far they got.
        said = words(f"orders.said.{kind}", count=1, number=orders[0].number) if len(orders) == 1 else ""
        entries = await desk.submit(*(command_for(kind, order, reason) for order in orders), said=said)
        asked.drop()
        on_done(entries)

    return Sheet(
        words(f"orders.ask.{kind}", count=len(orders)),
        *_consequences(desk, words, kind, orders),
        asked.field(words, kind) if needed or kind in _ASKED else None,
        on_close=on_close,
        subtitle=_subtitle(words, orders),
        testid="order-action",
        actions=sheet_buttons(
            words("orders.keep") if kind == "cancel" else use_labels()["cancel"],
            on_close,
            _label(words, kind, orders),
            confirm,
            kind="danger" if kind in _DANGEROUS else "primary",
            busy=busy,
        ),
    )


def _label(words: Words, kind: str, orders: Sequence[Order]) -> str:
    if kind == "cancel" and orders[0].status in ("submitted", "on_hold"):
        return words("orders.do.back")
    return words(f"orders.do.{kind}") if len(orders) == 1 else words(f"orders.do.{kind}_many", count=len(orders))


def needs_reason(kind: str, orders: Sequence[Order]) -> bool:
    """A reason is needed to overrule credit, to send an order back, to stop one, to give up the rest of one."""
    if kind == "approve":
        return any(map(is_over_credit, orders))
    return kind in ("cancel", "hold") or (kind == "close" and orders[0].status == "partly_shipped")


def command_for(kind: str, order: Order, reason: str = "") -> Command:
    """The command a kind of question stands for."""
    if kind == "approve":
        return OrderApprove(order=order.id, reason=reason)
    if kind == "cancel":
        return OrderCancel(order=order.id, reason=reason)
    if kind == "close":
        return OrderClose(order=order.id, reason=reason)
    if kind == "hold":
        return OrderHold(order=order.id, reason=reason)
    if kind == "release":
        return OrderRelease(order=order.id, reason=reason)
    if kind == "sign":
        return OrderSign(order=order.id)
    if kind == "accept_price":
        return OrderConfirmPrice(order=order.id, accept=True, total=order.totals.total)
    raise ValueError(kind)


def _subtitle(words: Words, orders: Sequence[Order]) -> str:
    if len(orders) == 1:
        order = orders[0]
        amount = words.money(order.totals.total, order.currency)
        return words("middle_dot").join(filter(None, (order.number, words.name(order.organisation_name), amount)))
    total = sum((order.totals.total for order in orders), Decimal(0))
    return words("orders.together", count=len(orders), amount=words.money(total))


def _consequences(desk: DeskState, words: Words, kind: str, orders: Sequence[Order]) -> list[Child]:
    """What the person should know before the deed, the grave things first."""
    found: list[tuple[str, str]] = []
    if kind == "approve":
        for order in orders:
            found += approval_warnings(desk, words, order, named=len(orders) > 1)
    elif kind != "sign":
        found.append((words(f"orders.consequence.{kind}"), "plain"))
    return [
        html.p({"className": f"sheet-note sheet-note-{tone}", "key": str(place)}, text)
        for place, (text, tone) in enumerate(found)
    ]


def approval_warnings(desk: DeskState, words: Words, order: Order, *, named: bool = False) -> list[tuple[str, str]]:
    """(text, tone) for each thing an approval of ``order`` overrules or leaves open."""
    organisation = desk.reads.organisation(order.organisation)
    found: list[tuple[str, str]] = []
    credit = check_credit(order, organisation)
    if credit.level == "bad" and credit.left is not None:
        found.append((words("orders.warn.credit", amount=words.money(-credit.left, order.currency)), "bad"))
    rights = check_authorisation(order, desk.reads.replica.facts(order.organisation), words.now)
    if rights.blocked:
        found.append((words("orders.warn.blocked"), "bad"))
    if rights.outside:
        found.append((words("orders.warn.outside", skus=words("list_comma").join(rights.outside)), "bad"))
    if is_price_pending(order):
        found.append((words("orders.warn.price"), "warning"))
    if named:
        title = order.number or words.name(order.organisation_name)
        return [(words("orders.warn.named", number=title, text=text), tone) for text, tone in found]
    return found
