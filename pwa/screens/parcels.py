"""An order's parcels on the phone, and signing for one, with or without a name written on the screen."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from reactpy import component, html, use_ref, use_state
from reactpy.types import VdomDict

from offline.media import StillNamed
from offline.wire.commands import OrderSign
from offline.wire.files import MediaRef
from offline.wire.rows import Order, Parcel
from pwa.components.basics import Badge, Button, Card, Child, ErrorBox, Icon, Pieces, calling
from pwa.components.fields import Stepper, TextField, parse_whole
from pwa.components.media import Photo, SignaturePad
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app


@dataclass(frozen=True, slots=True)
class Said:
    """What who signs says of the goods: how many base units of a line lack, and a remark."""

    lacking: dict[str, int] = field(default_factory=dict)
    remark: str = ""


def carrier_text(parcel: Parcel) -> str:
    return " ".join(part for part in (parcel.carrier, parcel.tracking) if part)


@component
def ParcelCard(order: Order, parcel: Parcel) -> VdomDict:
    app = use_app()
    signing, sign = use_state(False)
    number = order.parcels.index(parcel) + 1
    carrier = carrier_text(parcel)
    foot: Child = None
    if parcel.signed_at is not None:
        foot = Badge(app.t("parcel.signed", at=app.format.moment(parcel.signed_at, app.now())), "accent")
    elif app.may("order.sign"):
        foot = Button(app.t("parcel.sign"), calling(sign, True), small=True, testid=f"sign-{parcel.id}")
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("parcel.title", number=number)),
            html.span({"className": "muted small"}, app.format.moment(parcel.shipped_at, app.now())),
        ),
        html.p({"className": "muted small"}, carrier) if carrier else None,
        _goods(app, order, parcel),
        _lacking(app, order, parcel),
        html.div({"className": "cluster"}, foot, SignatureView(app, parcel)) if foot else None,
        _unreadable(app, calling(sign, True)) if parcel.signature_status == "refused" else None,
        SignSheet(order, parcel, lambda: sign(False), key="signing") if signing and _may_be_signed(parcel) else None,
        testid=f"parcel-{parcel.id}",
    )


def _may_be_signed(parcel: Parcel) -> bool:
    return parcel.signed_at is None or parcel.signature_status == "refused"


def _unreadable(app: App, sign: Callable[..., Any]) -> VdomDict:
    """The name that was written could not be read; who may sign does it again, others are told whom to ask."""
    may = app.may("order.sign")
    again = Button(app.t("parcel.sign_again"), sign, kind="secondary", small=True, testid="sign-again") if may else None
    text = app.t("parcel.signature_refused_hint" if may else "parcel.signature_refused_ask")
    title = app.t("parcel.signature_refused")
    return ErrorBox(title, text, *filter(None, (again,)), tone="warning", testid="signature-refused")


def SignatureView(app: App, parcel: Parcel) -> Child:
    if not parcel.signature or parcel.signature_status == "refused":
        return None
    if parcel.signature_status == "expected" and app.media.queue.find(parcel.signature) is None:
        return html.span({"className": "muted small"}, app.t("parcel.signature_on_its_way"))
    label = app.t("parcel.signature")
    return html.span(
        {"className": "signature-kept"},
        Photo(parcel.signature, "320", label=label, icon="signature", testid=f"signature-{parcel.id}"),
    )


def _lacking(app: App, order: Order, parcel: Parcel) -> Child:
    """What did not come or was not taken, as who signed said, and that it is head office's to settle."""
    if not parcel.lacking and not parcel.remark:
        return None
    names = _names(app, order)
    goods = [
        html.li({"key": line, "dir": "auto"}, f"{names.get(line, '')} × {app.format.number(count)}")
        for line, count in parcel.lacking.items()
    ]
    return html.div(
        {"className": "parcel-lacking small", "data-testid": f"lacking-{parcel.id}"},
        Icon("package-x" if goods else "message-square", size=18),
        html.div(
            html.strong(app.t("parcel.lacking")) if goods else None,
            html.ul({"className": "parcel-lines"}, *goods) if goods else None,
            html.p({"dir": "auto"}, parcel.remark) if parcel.remark else None,
            html.p(html.strong(app.t(f"parcel.settled.{parcel.settled}"))) if parcel.settled else None,
        ),
    )


def _names(app: App, order: Order) -> dict[str, str]:
    return {line.id: app.name(line.name) for line in order.lines}


def _goods(app: App, order: Order, parcel: Parcel) -> VdomDict:
    names = _names(app, order)
    goods = (
        html.li(
            {"key": line, "dir": "auto"},
            f"{names.get(line, '')} × {app.format.number(count)}",
            _lots(app, parcel, line),
        )
        for line, count in parcel.lines.items()
    )
    return html.ul({"className": "parcel-lines small"}, *goods)


def _lots(app: App, parcel: Parcel, line_id: str) -> Child:
    """Which lots came, so that they can be compared with what is printed on the cartons."""
    parts = [
        app.t(
            "parcel.lot_until" if part.expires_on else "parcel.lot",
            lot=part.lot,
            count=app.format.number(part.quantity),
            day=app.format.near_day(part.expires_on, app.now()) if part.expires_on else "",
        )
        for part in parcel.lots.get(line_id, ())
    ]
    return html.span({"className": "parcel-lots muted"}, Pieces(*parts)) if parts else None


@component
def SignSheet(order: Order, parcel: Parcel, close: Callable[[], None]) -> VdomDict:
    """What is signed for, what of it lacks, a field for the name, and the deed. Closed without it, nothing is kept."""
    app = use_app()
    nothing: MediaRef | None = None
    signature, set_signature = use_state(nothing)
    drawing, draw = use_state(False)
    whole, set_whole = use_state(True)
    said, show = use_state(Said())
    latest = use_ref(said)
    # A name written again says nothing of the goods.
    first = parcel.signed_at is None

    def say(change: Callable[[Said], Said]) -> None:
        latest.current = change(latest.current)
        show(latest.current)

    def written(ref: MediaRef | None) -> None:
        set_signature(ref)
        draw(False)

    async def leave() -> None:
        close()
        if signature is not None:
            # A command may name it by now.
            with suppress(StillNamed):
                await app.media.queue.discard(signature.id)

    async def confirm() -> None:
        # What was typed a moment ago may not be drawn yet.
        await sign_for(app, order, parcel, signature, latest.current)
        close()

    return Sheet(
        app.t("parcel.sign_title", number=order.parcels.index(parcel) + 1),
        _goods(app, order, parcel) if whole else None,
        Button(
            app.t("parcel.not_whole"),
            calling(set_whole, False),
            kind="plain",
            small=True,
            icon="package-x",
            testid="not-whole",
        )
        if whole and first
        else None,
        None if whole else _what_lacks(app, order, parcel, said, say),
        SignaturePad(
            written, label=app.t("parcel.signature_field"), on_begin=lambda: draw(True), testid="parcel-signature"
        ),
        on_close=leave,
        # A name that is just being written comes a moment after its last stroke.
        actions=Button(
            app.t("parcel.sign"), calling(confirm), icon="check", wide=True, disabled=drawing, testid="signing-confirm"
        ),
        testid="signing",
    )


Say = Callable[[Callable[[Said], Said]], None]


def _what_lacks(app: App, order: Order, parcel: Parcel, said: Said, say: Say) -> VdomDict:
    """Of each line how much did not come, in base units, and a remark."""
    names = _names(app, order)

    def lacks(line_id: str, count: Callable[[int], int]) -> None:
        def change(held: Said) -> Said:
            wanted = count(held.lacking.get(line_id, 0))
            lacking = {**held.lacking, line_id: max(0, min(wanted, parcel.lines[line_id]))}
            return replace(held, lacking={each: units for each, units in lacking.items() if units})

        say(change)

    def line(line_id: str, quantity: int) -> VdomDict:
        count, name = said.lacking.get(line_id, 0), names.get(line_id, "")
        return html.div(
            {"className": "spread lacking-line", "key": line_id},
            html.div(
                html.div({"dir": "auto"}, name),
                html.div({"className": "muted small"}, app.t("parcel.of", count=app.format.number(quantity))),
            ),
            Stepper(
                count,
                label=app.t("parcel.lacks", name=name),
                on_step=lambda step: lacks(line_id, lambda held: held + step),
                on_type=lambda text: lacks(line_id, lambda _held: parse_whole(text) or 0),
                up=min(quantity, count + 1),
                down=count - 1 if count else None,
                testid=f"lacking-{line_id}",
                plus_testid=f"lacks-{line_id}",
            ),
        )

    return html.div(
        {"className": "lacking", "data-testid": "what-lacks"},
        html.h3({"className": "card-title"}, app.t("parcel.lacking")),
        *(line(line_id, quantity) for line_id, quantity in parcel.lines.items()),
        TextField(
            app.t("parcel.remark"),
            on_change=lambda text: say(lambda held: replace(held, remark=text)),
            rows=2,
            max_length=500,
            hint=app.t("parcel.lacking_hint"),
            testid="parcel-remark",
        ),
    )


async def sign_for(app: App, order: Order, parcel: Parcel, signature: MediaRef | None, said: Said) -> None:
    """Once: a second tap on the same button must not send the same again."""
    shown = app.engine.replica.typed(Order, "order", order.id) or order
    if any(each.id == parcel.id and not _may_be_signed(each) for each in shown.parcels):
        return
    await app.engine.submit(
        OrderSign(
            order=order.id, parcel=parcel.id, signature=signature, lacking=said.lacking, remark=said.remark.strip()
        )
    )
    app.sync_now()
    app.toasts.show(app.t("parcel.signed_toast"), icon="check")
