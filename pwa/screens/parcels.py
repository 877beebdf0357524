"""An order's parcels on the phone, and signing for one, with or without a name written on the screen."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.media import StillNamed
from offline.wire.commands import OrderSign
from offline.wire.files import MediaRef
from offline.wire.rows import Order, Parcel
from pwa.components.basics import Badge, Button, Card, Child, ErrorBox, Pieces, calling
from pwa.components.media import Photo, SignaturePad
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app


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


def _goods(app: App, order: Order, parcel: Parcel) -> VdomDict:
    names = {line.id: app.name(line.name) for line in order.lines}
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
    """What is signed for, a field for the name, and the deed. Closed without it, nothing is kept."""
    app = use_app()
    nothing: MediaRef | None = None
    signature, set_signature = use_state(nothing)
    drawing, draw = use_state(False)

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
        await sign_for(app, order, parcel, signature)
        close()

    return Sheet(
        app.t("parcel.sign_title", number=order.parcels.index(parcel) + 1),
        _goods(app, order, parcel),
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


async def sign_for(app: App, order: Order, parcel: Parcel, signature: MediaRef | None) -> None:
    """Once: a second tap on the same button must not send the same again."""
    shown = app.engine.replica.typed(Order, "order", order.id) or order
    if any(each.id == parcel.id and not _may_be_signed(each) for each in shown.parcels):
        return
    await app.engine.submit(OrderSign(order=order.id, parcel=parcel.id, signature=signature))
    app.sync_now()
    app.toasts.show(app.t("parcel.signed_toast"), icon="check")
