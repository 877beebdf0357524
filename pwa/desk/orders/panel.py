"""The open order: what was ordered, what stands in its way, how it went, and what to do next."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from i18n.translate import has
from offline.rules.cutting import changes_of
from offline.rules.statuses import came_late, may_cancel, may_hold, moves
from offline.wire.rows import Order, OrderEvent, OrderLine, Organisation, Parcel
from pwa.addresses import one_line
from pwa.components.basics import Badge, Button, Child, Icon, Pieces, Skeleton, Tone, attributes, calling, classes
from pwa.components.lists import Moment, MomentTone, Timeline
from pwa.desk.orders.checks import check_authorisation, check_credit, check_stock
from pwa.desk.orders.price_hold import PriceHold
from pwa.desk.orders.settling import lacking_note
from pwa.desk.orders.signature import signature_of
from pwa.desk.orders.tabs import TO_SHIP, is_price_pending, may_approve, may_cut
from pwa.desk.parts import block, link, pair, panel, refusal, text_button
from pwa.desk.reading import placed
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import never_synced, use_sync
from pwa.order_sums import gross, sums_of_order

Ask = Callable[[str], Any]


def order_panel(desk: DeskState, order_id: str, *, on_ask: Ask, on_close: Callable[[], Any]) -> VdomDict:
    """``on_ask(kind)`` opens the question before a deed; kinds as in ``actions``."""
    words = desk.words()
    order = desk.reads.order(order_id)
    if order is None:
        return panel(words("orders.gone"), Missing(key="missing"), on_close=on_close, key="gone", testid="order-panel")
    organisation = desk.reads.organisation(order.organisation)
    text, tone = words.status(order)
    customer = link(desk, f"/desk/customers/{order.organisation}", words("orders.see_customer"), class_name="quiet")
    return panel(
        words.name(order.organisation_name) or order.organisation_code,
        _letterhead(desk, words, order),
        *(refusal(desk, entry) for entry, _command in desk.refused("order", order.id)),
        _held(words, order),
        PriceHold(order, on_ask, key="price-hold") if is_price_pending(order) else None,
        _lines(desk, words, order),
        _checks(desk, words, order, organisation),
        _delivery(words, order, organisation),
        _parcels(desk, words, order, on_ask),
        _history(words, order),
        on_close=on_close,
        over=html.span(
            {"className": "panel-badges"},
            html.span({"className": "number"}, order.number or words("orders.no_number")),
            Badge(text, tone, testid="panel-status", data={"status": order.status}),
            Badge(words("waits"), "neutral") if desk.waits("order", order.id) else None,
        ),
        subtitle=Pieces(*_terms(words, organisation), customer),
        actions=_actions(desk, words, order, on_ask),
        key=order.id,
        testid="order-panel",
    )


def _letterhead(desk: DeskState, words: Words, order: Order) -> Child:
    """On paper: whose order it is, and of when."""
    brand = desk.reads.brand
    if brand is None or order.placed_at is None:
        return None
    day = words("orders.placed_on", day=words.day(placed(order)))
    return html.p({"className": "print-only", "key": "letterhead"}, Pieces(words.name(brand.name), day))


@component
def Missing() -> VdomDict:
    """Grey bones as long as it may still be on its way."""
    words = use_desk().words()
    if use_sync(lambda status: never_synced(status) and status.state != "problem"):
        return Skeleton("line", 4)
    return html.p({"className": "block-note"}, words("orders.gone_text"))


def _terms(words: Words, organisation: Organisation | None) -> list[str]:
    if organisation is None:
        return []
    parts = []
    if organisation.credit_limit is not None:
        parts.append(words("orders.limit", amount=words.round_money(organisation.credit_limit)))
        parts.append(words("orders.used", amount=words.round_money(organisation.credit_used)))
    if organisation.payment_days:
        parts.append(words("orders.payment_days", count=organisation.payment_days))
    return parts


def _held(words: Words, order: Order) -> Child:
    """Who stopped it, when and why."""
    if not order.held:
        return None
    event = last_event(order, "held")
    return html.section(
        attributes("block block-info", "held", "held"),
        html.h3({"className": "block-title"}, Icon("circle-pause", size=16), words("orders.held_title")),
        html.p({"className": "block-say", "dir": "auto"}, event.reason) if event else None,
        html.p({"className": "block-note"}, words("orders.held_by", name=event.actor_name, when=words.when(event.at)))
        if event
        else None,
    )


def last_event(order: Order, kind: str) -> OrderEvent | None:
    return next((event for event in reversed(order.events) if event.kind == kind), None)


def _lines(desk: DeskState, words: Words, order: Order) -> VdomDict:
    totals, quoted = order.totals, order.quoted_totals
    changed = quoted is not None and quoted.total != totals.total
    agreed: Child
    if any(line.cut for line in order.lines):
        agreed = html.p({"className": "block-note", "data-testid": "cut-note"}, words("orders.cut_left"))
    elif changed and quoted is not None:
        agreed = pair(
            words("orders.quoted_total"), words.money(quoted.total, order.currency), tone="bad", testid="quoted-total"
        )
    elif order.status == "queued":
        agreed = html.p({"className": "block-note"}, words("orders.not_recomputed"))
    else:
        agreed = html.p({"className": "block-note", "data-testid": "quote-agrees"}, words("orders.quote_agrees"))
    sums = sums_of_order(desk.reads.replica, words.locale, order)
    return block(
        "",
        *(_line(desk, words, order, line) for line in order.lines),
        html.div({"className": "block-rule", "key": "rule"}),
        *(pair(each.label, words.money(each.amount, order.currency)) for each in sums if len(sums) > 1),
        pair(words("orders.total"), words.money(totals.total, order.currency), strong=True, testid="panel-total"),
        agreed,
        key="lines",
    )


def _line(desk: DeskState, words: Words, order: Order, line: OrderLine) -> VdomDict:
    price_list = desk.reads.price_list(line.price_list) if line.price_list else None
    second = [line.sku]
    if line.gift:
        second.append(words("orders.gift"))
    else:
        second.append(f"{words.number(line.quantity)} × {words.price(line.unit_price, order.currency)}")
        if price_list is not None and price_list.kind != "base":
            second.append(words.name(price_list.name))
    if line.cut:
        second.append(
            words("orders.cut_of", before=words.number(line.quantity + line.cut), count=words.number(line.cut))
        )
    done = ""
    if line.shipped and line.shipped < line.quantity:
        done = words("orders.shipped_of", done=words.number(line.shipped), count=words.number(line.quantity))
    elif line.backordered and order.status not in ("shipped", "signed", "closed", "cancelled"):
        done = words("orders.backordered", count=words.number(line.backordered))
    amount = words("orders.free") if line.gift else words.money(line.net, order.currency)
    tone: Tone = "warning" if line.backordered else "accent"
    return html.div(
        {
            "className": classes("order-line", not line.quantity and "order-line-gone"),
            "key": line.id,
            "data-testid": f"line-{line.sku}",
        },
        html.div(
            {"className": "order-line-what"},
            html.span(
                {"className": "order-line-name"},
                words.name(line.name),
                html.span({"className": "order-line-count number"}, f" {words.number(line.quantity)}"),
            ),
            html.span({"className": "order-line-detail number"}, Pieces(*second)),
        ),
        html.div(
            {"className": "order-line-sum"},
            html.s({"className": "number faint"}, words.money(gross(line), order.currency)) if line.discount else None,
            html.span({"className": "number"}, amount),
            Badge(done, tone) if done else None,
        ),
    )


def _checks(desk: DeskState, words: Words, order: Order, organisation: Organisation | None) -> Child:
    """Stock, authorisation and credit, while they still matter."""
    if order.status in ("shipped", "signed", "closed", "cancelled"):
        return None
    stock = check_stock(order)
    rights = check_authorisation(order, desk.reads.replica.facts(order.organisation), words.now)
    credit = check_credit(order, organisation)
    if stock.short:
        missing = [f"{words.name(line.name)} {words.number(count)}" for line, count in stock.short]
        stock_text = words("orders.check.short", what=_few(words, missing))
    else:
        stock_text = words("orders.check.all_in_stock")
    if credit.left is None:
        credit_text = words("orders.check.no_limit")
    elif credit.left < 0:
        credit_text = words("orders.check.over", amount=words.money(-credit.left))
    elif may_approve(order):
        credit_text = words("orders.check.left_after", amount=words.money(credit.left))
    else:
        credit_text = words("orders.check.left", amount=words.money(credit.left))
    return block(
        "",
        _check(words("orders.check.stock"), stock_text, stock.level, "check-stock"),
        _check(words("orders.check.rights"), _rights_text(words, rights), rights.level, "check-rights"),
        _check(words("orders.check.credit"), credit_text, credit.level, "check-credit"),
        key="checks",
        testid="order-checks",
    )


_NAMED = 6


def _few(words: Words, names: Sequence[str]) -> str:
    """The first of them, and how many there are: an order may have hundreds of lines."""
    first = words("list_comma").join(names[:_NAMED])
    return words("orders.check.and_others", names=first, count=len(names)) if len(names) > _NAMED else first


def _rights_text(words: Words, rights: Any) -> str:
    if rights.blocked:
        return words("orders.check.blocked")
    if rights.outside:
        return words("orders.check.outside", skus=_few(words, rights.outside))
    if rights.withdrawn:
        return words("orders.check.withdrawn", skus=_few(words, rights.withdrawn))
    return words("orders.check.fine")


_LEVEL_ICONS = {"good": "circle-check", "warn": "circle-alert", "bad": "octagon-alert"}


def _check(label: str, text: str, level: str, testid: str) -> VdomDict:
    return html.div(
        attributes(f"check check-{level}", testid, more={"data-level": level}),
        Icon(_LEVEL_ICONS[level], size=18),
        html.span({"className": "check-label"}, label),
        html.span({"className": "check-text number"}, text),
    )


def _delivery(words: Words, order: Order, organisation: Organisation | None) -> Child:
    """Where to, until when, what to do when stock is short, and the note."""
    addresses = {address.id: address for address in organisation.addresses} if organisation else {}
    address = addresses.get(order.address or "")
    rows: list[Child] = []
    if address is not None:
        where = one_line(address)
        who = " ".join(filter(None, (address.contact, address.phone)))
        rows.append(pair(words("orders.address"), html.span(where, html.br(), who) if who else where))
    if order.wanted_on is not None:
        rows.append(pair(words("orders.wanted_on"), words.format.near_day(order.wanted_on, words.now)))
    if order.status not in ("shipped", "signed", "closed", "cancelled"):
        rows.append(pair(words("orders.shortage"), words(f"orders.shortage_{order.shortage}")))
    if order.note:
        rows.append(html.p({"className": "order-note", "dir": "auto"}, order.note))
    return block("", *rows, key="delivery") if rows else None


def _parcels(desk: DeskState, words: Words, order: Order, on_ask: Ask) -> Child:
    if not order.parcels:
        return None
    rows = [_parcel(desk, words, order, number, on_ask) for number in range(1, len(order.parcels) + 1)]
    return block(words("orders.parcels"), *rows, key="parcels", testid="parcels")


def _parcel(desk: DeskState, words: Words, order: Order, number: int, on_ask: Ask) -> VdomDict:
    parcel, lines = order.parcels[number - 1], {line.id: line for line in order.lines}
    carried = " ".join(filter(None, (parcel.carrier, parcel.tracking))) or words("orders.no_carrier")
    when = words("orders.shipped_at", when=words.when(parcel.shipped_at))
    if parcel.signed_at is not None:
        when = words("orders.signed_at", when=words.when(parcel.signed_at))
    inside = [
        f"{words.name(lines[line].name)} × {words.number(quantity)}{_lots(words, parcel, line)}"
        for line, quantity in parcel.lines.items()
        if line in lines
    ]
    return html.div(
        {"className": "parcel", "key": parcel.id, "data-testid": f"parcel-{number}"},
        Icon("package-check" if parcel.signed_at else "package", size=20),
        html.div(
            {"className": "parcel-body"},
            html.strong({"className": "number"}, carried),
            html.span({"className": "faint number"}, when),
            html.span({"className": "faint number"}, words("list_comma").join(inside)),
            lacking_note(desk, words, order, parcel, on_ask),
            signature_of(words, parcel),
        ),
    )


def _lots(words: Words, parcel: Parcel, line_id: str) -> str:
    """`` [L2407A × 24]``, where lots are known."""
    parts = [
        words(
            "orders.lot_until" if part.expires_on else "orders.lot_one",
            lot=part.lot,
            count=words.number(part.quantity),
            day=words.format.near_day(part.expires_on, words.now) if part.expires_on else "",
        )
        for part in parcel.lots.get(line_id, ())
    ]
    return f" [{words('list_comma').join(parts)}]" if parts else ""


_TONES: Mapping[str, MomentTone] = {
    "cancelled": "bad",
    "price_lapsed": "bad",
    "on_hold": "warning",
    "credit_hold": "warning",
    "held": "warning",
    "cut": "warning",
    "parcel_lacking": "warning",
}


def _history(words: Words, order: Order) -> VdomDict:
    moments = [_moment(words, order, event) for event in order.events]
    return block(words("orders.history"), Timeline(moments, testid="timeline"), key="history", testid="order-history")


def _moment(words: Words, order: Order, event: OrderEvent) -> Moment:
    key = f"event.{event.kind}"
    title = words(key, hours=event.data.get("hours", "")) if has(words.locale, f"desk.{key}") else event.kind
    when = words.when(event.local_at if event.local_at and event.kind == "queued" else event.at)
    parts = [event.actor_name, when]
    if event.kind in ("submitted", "on_hold") and event.local_at is not None and came_late(order):
        parts = [event.actor_name, words("orders.taken_offline", taken=words.when(event.local_at), arrived=when)]
    told = list(filter(None, (cut_text(words, order, event), _settled_text(words, order, event), event.reason)))
    reason = html.span({"className": "timeline-reason", "dir": "auto"}, Pieces(*told)) if told else None
    return Moment(
        title,
        Pieces(*parts),
        tone=_TONES.get(event.kind, "accent"),
        extra=reason,
        testid=f"event-{event.kind}",
    )


def _settled_text(words: Words, order: Order, event: OrderEvent) -> str:
    """What was sent again, or was not charged and what came off for it."""
    if event.kind not in ("resent", "credited"):
        return ""
    goods = words("list_comma").join(
        f"{words.name(line.name)} × {event.data[line.id]}" for line in order.lines if line.id in event.data
    )
    off = event.data.get("off", "")
    return f"{goods} {words.money(-Decimal(off), order.currency)}" if off else goods


def cut_text(words: Words, order: Order, event: OrderEvent) -> str:
    """What a cut took off, line by line: ``Cola 48 → 24``."""
    if event.kind != "cut":
        return ""
    changed = (
        words("orders.cut_changed", name=words.name(line.name), before=before, after=after)
        for line, before, after in changes_of(order, event)
    )
    return words("list_comma").join(changed)


def _actions(desk: DeskState, words: Words, order: Order, on_ask: Ask) -> Child:
    """The next step as the main button, the others beside it; only what this person may do."""
    me = desk.reads.me
    able = moves(order.status, me.permissions if me else ())
    kinds: list[str] = []
    if "approved" in able and may_approve(order):
        kinds.append("approve")
    if order.held and desk.reads.may("order.approve"):
        kinds.append("release")
    if order.status in TO_SHIP and desk.reads.may("order.ship"):
        kinds.append("ship")
    if "signed" in able:
        kinds.append("sign")
    if "closed" in able:
        kinds.append("close")
    if "cancelled" in able and may_cancel(order) and order.status not in ("draft", "queued"):
        kinds.append("cancel")
    rare = _rare(desk, order)
    if not kinds and not rare:
        return None
    buttons = html.div({"className": "panel-buttons"}, *_buttons(words, order, kinds, on_ask)) if kinds else None
    keys = words("orders.keys" if "approve" in kinds else "orders.keys_step")
    more = (
        text_button(words(f"orders.do.{kind}"), partial(on_ask, kind), testid=f"do-{kind}", key=kind) for kind in rare
    )
    return html.div(
        {"className": "panel-stack"},
        buttons,
        html.div({"className": "panel-more"}, html.p({"className": "desk-keys"}, keys), *more),
    )


def _rare(desk: DeskState, order: Order) -> list[str]:
    """What is seldom done, and with any open order."""
    if not desk.reads.may("order.approve"):
        return []
    return [kind for kind, able in (("hold", may_hold(order)), ("cut", may_cut(order))) if able]


_ICONS = {"approve": "check", "ship": "truck", "sign": "signature", "close": "archive", "release": "play"}


def _buttons(words: Words, order: Order, kinds: Sequence[str], on_ask: Ask) -> list[VdomDict]:
    main, *others = kinds
    label = "orders.do.back" if main == "cancel" else f"orders.do.{main}"
    buttons = []
    for kind in reversed(others):
        back = kind == "cancel" and order.status in ("submitted", "on_hold")
        other = words("orders.do.back" if back else f"orders.do.{kind}")
        buttons.append(Button(other, calling(on_ask, kind), kind="secondary", testid=f"do-{kind}", key=kind))
    first = Button(
        words(label),
        calling(on_ask, main),
        kind="secondary" if main in ("cancel", "close") else "primary",
        icon=_ICONS.get(main, ""),
        class_name="panel-main",
        testid=f"do-{main}",
        key=main,
    )
    return [*buttons, first]
