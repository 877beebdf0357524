"""One order: where it stands, what was decided and by whom, what is on the way, and what can be done about it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec.structs import replace
from reactpy import component, html, use_state
from reactpy.types import Component, VdomDict

from offline.rules.cutting import changes_of
from offline.rules.price_holds import let_go_at
from offline.rules.statuses import FINAL, came_late, may_cancel, may_hold, standing
from offline.wire.commands import OrderApprove, OrderCancel, OrderConfirmPrice, OrderHold, OrderRelease
from offline.wire.rows import Order, OrderEvent, OrderLine, Parcel
from pwa.addresses import one_line
from pwa.components.basics import (
    Amount,
    Badge,
    Button,
    Card,
    Child,
    EmptyState,
    ErrorBox,
    Kind,
    Pieces,
    Row,
    calling,
    classes,
)
from pwa.components.lists import Facts, Moment, MomentTone, Timeline
from pwa.components.overlays import Confirm
from pwa.components.reason import ReasonSheet, Why
from pwa.context import App
from pwa.drafts import OrderDraft
from pwa.hooks import use_app, use_engine_version, use_sync_status
from pwa.order_sums import gross, sums_of_order
from pwa.screens import mending, words
from pwa.screens.ordering.papers import repeat_of
from pwa.screens.page import Page
from pwa.screens.parcels import ParcelCard, carrier_text
from pwa.screens.sync_centre import Refused

BY_ITSELF = frozenset(
    {
        "on_hold", "credit_hold", "approval_hold", "price_hold", "price_honoured", "backordered", "reduced",
        "restocked", "price_reminder", "price_lapsed", "within_limits",
    }
)  # fmt: skip
"""Events the server makes of somebody's deed without that person's doing."""
AT_ONCE = 40


@component
def OrderDetail(order_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    asking, ask = use_state("")
    order = app.engine.replica.typed(Order, "order", order_id)
    if order is None:
        refused = mending.placing(app, order_id)
        if refused is not None and refused.state != "waiting":
            return Page(app.t("order.detail"), Refused(refused), back="/orders")
        go = Button(app.t("orders.title"), calling(app.router.navigate, "/orders"), kind="secondary")
        empty = EmptyState("file-question-mark", app.t("order.gone"), app.t("order.gone_hint"), go)
        return Page(app.t("order.detail"), empty, back="/orders")
    return Page(
        words.order_title(app, order),
        html.div(
            {"className": "stack", "data-testid": f"order-{order.id}", "data-status": order.status},
            _held(app, order) if order.held else None,
            _price_decision(app, order, ask) if order.status == "on_hold" and "price" in order.holds else None,
            Waiting(order) if order.status == "queued" else None,
            _status_card(app, order),
            *(ParcelCard(order, parcel, key=parcel.id) for parcel in order.parcels),
            Lines(order, key="lines"),
            _delivery(app, order),
            _actions(app, order, ask),
        ),
        _question(app, order, asking, lambda: ask("")) if asking else None,
        subtitle=app.name(order.organisation_name),
        back="/orders",
        testid="orders-detail",
    )


def _status_card(app: App, order: Order) -> VdomDict:
    badges = [Badge(words.status_text(app, order), words.status_tone(order), testid="ordered-status")]
    others = order.holds if order.held else order.holds[1:]
    badges += [Badge(app.t(f"hold.{hold}"), "warning") for hold in others]
    return Card(
        html.div({"className": "cluster card-head"}, *badges),
        Timeline(timeline(app, order), testid="timeline"),
    )


@component
def Waiting(order: Order) -> VdomDict | None:
    """An order that is on this phone only can be taken back, as long as that is certain."""
    app = use_app()
    use_sync_status()
    entry = mending.placing(app, order.id)
    if entry is None or entry.state != "waiting":
        return None
    if not app.engine.may_withdraw(entry):
        return ErrorBox(app.t("withdraw.too_late"), app.t("withdraw.too_late_hint"), tone="info", testid="maybe-sent")
    take_back = Button(
        app.t("withdraw.do"), calling(mending.withdraw, app, entry), kind="secondary", small=True, testid="withdraw"
    )
    return ErrorBox(app.t("withdraw.title"), app.t("withdraw.hint"), take_back, tone="info", testid="on-phone-only")


def timeline(app: App, order: Order) -> list[Moment]:
    """What happened, then the steps still to come."""
    parcels = iter(order.parcels)
    moments = []
    for index, event in enumerate(order.events):
        parcel = next(parcels, None) if event.kind in {"partly_shipped", "shipped"} else None
        moments.append(_moment(app, order, event, parcel, first=index == 0))
    if order.status in FINAL:
        return moments
    ahead = {
        "queued": ("submitted", "approved", "shipped", "signed"),
        "submitted": ("approved", "shipped", "signed"),
        "on_hold": ("approved", "shipped", "signed"),
        "approved": ("shipped", "signed"),
        "partly_shipped": ("shipped", "signed"),
        "shipped": ("signed",),
    }
    # One that was stopped by hand goes on from where it was.
    status = standing(replace(order, held=False)) if order.held else order.status
    return moments + [Moment(app.t(f"event.{step}"), done=False) for step in ahead.get(status, ())]


def _moment(app: App, order: Order, event: OrderEvent, parcel: Parcel | None, *, first: bool) -> Moment:
    """What the system did by itself is signed by nobody; that it was taken offline is told once."""
    # The server has it; its row, with what became of it, is on its way.
    delivered = event.kind == "queued" and order.status == "queued" and words.is_delivered(app, order.id)
    title = app.t("event.delivered" if delivered else f"event.{event.kind}", hours=event.data.get("hours", ""))
    if title == f"event.{event.kind}":
        title = app.t("event.other")
    by = "" if event.kind in BY_ITSELF else event.actor_name
    when = app.format.moment(event.at, app.now())
    if first and event.local_at is not None and came_late(order):
        when = _taken_offline(app, event.local_at, event.at)
    parts = [by, when, carrier_text(parcel) if parcel else ""]
    tone: MomentTone = "warning" if event.kind in _WARNINGS and not delivered else "accent"
    told = list(filter(None, (_cut_text(app, order, event), _settled_text(app, order, event), event.reason)))
    extra = html.span({"className": "timeline-reason", "dir": "auto"}, Pieces(*told)) if told else None
    return Moment(
        title,
        Pieces(*parts),
        tone="bad" if event.kind in {"cancelled", "price_lapsed"} else tone,
        extra=extra,
    )


def _taken_offline(app: App, taken: datetime, arrived: datetime) -> str:
    day, came = (app.format.local(at).date() for at in (taken, arrived))
    then = app.format.time(arrived) if day == came else app.format.moment(arrived, app.now())
    return app.t("event.taken_offline", taken=app.format.moment(taken, app.now()), arrived=then)


_WARNINGS = frozenset({"on_hold", "credit_hold", "price_hold", "queued", "held", "cut"})


def _cut_text(app: App, order: Order, event: OrderEvent) -> str:
    """What a cut took off, line by line."""
    if event.kind != "cut":
        return ""
    changed = (
        app.t("cut.changed", name=app.name(line.name) or line.sku, before=before, after=after)
        for line, before, after in changes_of(order, event)
    )
    return app.t("list.separator").join(changed)


def _settled_text(app: App, order: Order, event: OrderEvent) -> str:
    """What was sent again, or was not charged and what came off for it."""
    if event.kind not in ("resent", "credited"):
        return ""
    goods = app.t("list.separator").join(
        f"{app.name(line.name) or line.sku} × {event.data[line.id]}" for line in order.lines if line.id in event.data
    )
    off = event.data.get("off", "")
    return f"{goods} {_money(app, order, -Decimal(off))}" if off else goods


def _held(app: App, order: Order) -> VdomDict:
    """Who at head office stopped it, and why; and what that means for whoever waits for the goods."""
    event = next((event for event in reversed(order.events) if event.kind == "held"), None)
    on_the_way = any(parcel.signed_at is None for parcel in order.parcels)
    text = app.t("held.on_the_way" if on_the_way else "held.waits")
    if event is not None:
        when = app.format.moment(event.at, app.now())
        text = app.t("held.text", name=event.actor_name, when=when, reason=event.reason, more=text)
    return ErrorBox(app.t("held.title"), text, tone="warning", testid="held")


def _question(app: App, order: Order, asking: str, close: Callable[[], Any]) -> VdomDict | Component:
    if asking != "decline":
        return _why_sheet(app, order, asking, close)

    async def decline() -> None:
        close()
        await confirm_price(app, order, False)

    return Confirm(
        app.t("price_hold.decline_title"),
        app.t("price_hold.decline_text"),
        confirm=app.t("price_hold.decline_yes"),
        on_confirm=decline,
        on_cancel=close,
        danger=True,
        testid="decline",
    )


def _price_decision(app: App, order: Order, ask: Callable[[str], Any]) -> VdomDict:
    """Both prices side by side; the buyer's side decides."""
    quoted = order.quoted_totals.total if order.quoted_totals else order.totals.total
    actions: list[Child] = []
    if app.may("order.place"):
        accept = Button(
            app.t("price_hold.accept"), calling(confirm_price, app, order, True), small=True, testid="accept-price"
        )
        decline = Button(
            app.t("price_hold.decline"),
            calling(ask, "decline"),
            kind="secondary",
            small=True,
            testid="decline-price",
        )
        actions = [accept, decline]
    text = app.t(
        "price_hold.text",
        quoted=app.money(quoted, order.currency),
        now=app.money(order.totals.total, order.currency),
    )
    return ErrorBox(
        app.t("price_hold.title"),
        " ".join(filter(None, (text, _until(app, order, deciding=bool(actions))))),
        *actions,
        tone="warning",
        testid="price-hold",
    )


def _until(app: App, order: Order, *, deciding: bool) -> str:
    """When the order is let go of if nobody says anything."""
    at = let_go_at(order.holds, order.events, app.brand.price_hold_hours if app.brand else 0, app.now())
    key = "price_hold.until" if deciding else "price_hold.until_seen"
    return app.t(key, when=app.format.moment(at, app.now())) if at is not None else ""


def as_shown(app: App, order: Order) -> Order:
    """The order by now: a second tap on the same button must not send the same again."""
    return app.engine.replica.typed(Order, "order", order.id) or order


async def confirm_price(app: App, order: Order, accept: bool) -> None:
    if "price" not in as_shown(app, order).holds:
        return
    await app.engine.submit(OrderConfirmPrice(order=order.id, accept=accept, total=order.totals.total))
    app.sync_now()
    app.toasts.show(app.t("price_hold.accepted" if accept else "price_hold.declined"))


@component
def Lines(order: Order) -> VdomDict:
    """A long order's first ones and its sums; the others at a press: a phone takes seconds to draw some hundred."""
    app = use_app()
    whole, show_whole = use_state(False)
    shown = order.lines if whole or len(order.lines) <= AT_ONCE + AT_ONCE // 2 else order.lines[:AT_ONCE]
    rest = len(order.lines) - len(shown)
    more = Button(
        app.t("order.more_lines", count=rest), calling(show_whole, True), kind="plain", wide=True, testid="more-lines"
    )
    return Card(
        html.h2({"className": "card-title"}, app.t("order.lines")),
        *(_line(app, order, line) for line in shown),
        more if rest else None,
        html.dl(
            {"className": "facts facts-sum"},
            *(
                html.div(
                    {"className": classes("fact", each.note and "fact-note"), "key": each.name},
                    html.dt(each.label),
                    html.dd(Amount(_money(app, order, each.amount))),
                )
                for each in sums_of_order(app.engine.replica, app.locale, order)
            ),
            html.div(
                {"className": "fact fact-total", "key": "total"},
                html.dt(app.t("sums.total")),
                html.dd(html.strong({"className": "number number-large"}, _money(app, order, order.totals.total))),
            ),
        ),
        testid="ordered-lines",
    )


def _money(app: App, order: Order, amount: Decimal) -> str:
    return app.money(amount, order.currency)


def _line(app: App, order: Order, line: OrderLine) -> VdomDict:
    price = app.t("order.gift") if line.gift else app.format.price(line.unit_price, order.currency)
    parts = [f"{app.format.number(line.quantity)} × {price}"] if line.quantity else [app.t("cut.gone")]
    if line.cut:
        agreed, off = app.format.number(line.quantity + line.cut), app.format.number(line.cut)
        parts.append(app.t("cut.line", before=agreed, count=off))
    if line.shipped:
        parts.append(app.t("order.shipped_of", shipped=app.format.number(line.shipped)))
    elif line.backordered:
        parts.append(app.t("order.backordered", count=app.format.number(line.backordered)))
    # While a person decides about the price, the one quoted is what matters; else what the promotions took off.
    before = line.quoted_net if "price" in order.holds and line.quoted_net is not None else gross(line)
    was = Amount(_money(app, order, before), struck=True) if before != line.net else None
    return Row(
        html.span({"dir": "auto"}, app.name(line.name) or line.sku),
        html.span({"className": "number"}, Pieces(*parts)),
        trailing=html.span({"className": "row-figures"}, was, Amount(_money(app, order, line.net))),
        key=line.id,
    )


def _delivery(app: App, order: Order) -> Child:
    organisation = app.organisation(order.organisation)
    address = (
        next((each for each in organisation.addresses if each.id == order.address), None) if organisation else None
    )
    facts: list[tuple[str, Child]] = []
    if address is not None:
        facts.append((app.t("order.address"), one_line(address)))
    if order.wanted_on is not None:
        facts.append((app.t("review.wanted_on"), app.format.near_day(order.wanted_on, app.now())))
    facts.append((app.t("review.shortage"), app.t(f"shortage.{order.shortage}")))
    if order.note:
        facts.append((app.t("review.note"), html.span({"dir": "auto", "className": "note-text"}, order.note)))
    if order.placed_by_name:
        facts.append((app.t("order.placed_by"), order.placed_by_name))
    return Card(Facts(facts), class_name="facts-card")


def _actions(app: App, order: Order, ask: Callable[[str], Any]) -> VdomDict:
    buttons: list[Child] = []
    waits = order.status in {"submitted", "on_hold"} and not order.held
    if app.may("order.approve") and waits and order.holds != ("price",):
        needs_reason = "credit" in order.holds
        press = calling(ask, "approve") if needs_reason else calling(approve, app, order, "")
        buttons.append(Button(app.t("order.approve"), press, wide=True, testid="approve-order"))
    if app.may("order.approve") and order.held:
        label = app.t("desk.orders.do.release")
        buttons.append(Button(label, calling(ask, "release"), icon="play", wide=True, testid="release-order"))
    if app.may("order.approve") and may_hold(order):
        label, press = app.t("desk.orders.do.hold"), calling(ask, "hold")
        buttons.append(Button(label, press, kind="secondary", icon="circle-pause", wide=True, testid="hold-order"))
    if app.may("order.place"):
        kind: Kind = "secondary" if buttons else "primary"
        again = Button(
            app.t("order.repeat"),
            calling(repeat, app, order),
            kind=kind,
            icon="repeat",
            wide=True,
            testid="repeat-order",
        )
        buttons.append(again)
    if app.may("order.cancel") and may_cancel(order) and order.status != "queued":
        cancel = calling(ask, "cancel")
        buttons.append(Button(app.t("order.cancel"), cancel, kind="plain", wide=True, testid="cancel-order"))
    return html.div({"className": "button-stack"}, *buttons)


def repeat(app: App, order: Order) -> None:
    """The same lines in a draft, ready to be looked over: in the one that has them already, if the person was here
    before, or taps twice."""
    draft = repeat_of(app, order)
    if not draft.lines:
        app.toasts.show(app.t("order.nothing_to_repeat"), tone="bad")
        return
    begun = next((each for each in app.drafts.all() if not each.mends and _wants(each) == _wants(draft)), None)
    if begun is None:
        app.drafts.keep(draft)
    draft = begun or draft
    app.router.navigate(f"/order/{order.organisation}/review?draft={draft.id}")


def _wants(draft: OrderDraft) -> tuple[str, list[tuple[str, int]]]:
    return draft.organisation, [(line.product, line.quantity) for line in draft.lines]


async def approve(app: App, order: Order, reason: str) -> None:
    now = as_shown(app, order)
    if now.held or now.status not in {"submitted", "on_hold"}:
        return
    await app.engine.submit(OrderApprove(order=order.id, reason=reason))
    app.sync_now()
    app.toasts.show(app.t("order.approved_toast"), icon="check")


async def cancel_order(app: App, order: Order, reason: str) -> None:
    if not may_cancel(as_shown(app, order)):
        return
    await app.engine.submit(OrderCancel(order=order.id, reason=reason))
    app.sync_now()
    app.toasts.show(app.t("order.cancelled_toast"))


async def hold_order(app: App, order: Order, reason: str) -> None:
    if not may_hold(as_shown(app, order)):
        return
    await app.engine.submit(OrderHold(order=order.id, reason=reason))
    app.sync_now()
    app.toasts.show(app.t("desk.orders.said.hold", count=1, number=order.number), icon="circle-pause")


async def release_order(app: App, order: Order, reason: str) -> None:
    if not as_shown(app, order).held:
        return
    await app.engine.submit(OrderRelease(order=order.id, reason=reason))
    app.sync_now()
    app.toasts.show(app.t("desk.orders.said.release", count=1, number=order.number), icon="play")


_DEEDS = {"approve": approve, "cancel": cancel_order, "hold": hold_order, "release": release_order}


def _why_sheet(app: App, order: Order, deed: str, close: Callable[[], Any]) -> Component:
    """Before an order is cancelled, stopped or released, or a credit hold is overruled."""
    why = _why_desk(app, deed) if deed in {"hold", "release"} else _why(app, deed)
    return ReasonSheet(deed, order.id, why, partial(_DEEDS[deed], app, order), close, key=deed)


def _why(app: App, deed: str) -> Why:
    return Why(
        app.t(f"order.{deed}_title"),
        app.t(f"order.{deed}_text"),
        app.t("order.reason"),
        app.t("order.reason_missing"),
        app.t(f"order.{deed}_yes"),
        hint=app.t(f"order.{deed}_reason_hint"),
        grave=deed == "cancel",
    )


def _why_desk(app: App, deed: str) -> Why:
    """In the desk's words: head office does the same there."""
    needed = deed == "hold"
    return Why(
        app.t(f"desk.orders.ask.{deed}", count=1),
        app.t(f"desk.orders.consequence.{deed}"),
        app.t("desk.orders.reason_needed" if needed else "desk.orders.reason"),
        app.t("order.reason_missing"),
        app.t(f"desk.orders.do.{deed}"),
        hint=app.t(f"desk.orders.reason_hint.{deed}"),
        grave=False,
        needed=needed,
    )
