"""The name of who took a parcel in, as it was written: small beside the parcel, large when somebody has to be sure."""

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.rows import Parcel
from pwa.components.basics import Child, attributes, calling
from pwa.components.media import Photo
from pwa.components.overlays import Sheet
from pwa.desk.state import use_desk
from pwa.desk.words import Words


def signature_of(words: Words, parcel: Parcel) -> Child:
    if not parcel.signature:
        return None
    if parcel.signature_status == "refused":
        return html.span({"className": "sheet-note sheet-note-warning"}, words("orders.signature_refused"))
    if parcel.signature_status == "expected":
        return html.span({"className": "faint"}, words("orders.signature_on_its_way"))
    return Signature(parcel, key=f"signature-{parcel.id}")


@component
def Signature(parcel: Parcel) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    large, look = use_state(False)
    label = words("orders.signature")
    more = {"type": "button", "aria-label": words("orders.signature_large"), "onClick": calling(look, True)}
    sheet = Sheet(
        label,
        Photo(parcel.signature, "1600", label=label, icon="signature", class_name="photo-large signature-large"),
        on_close=lambda: look(False),
        testid="signature-sheet",
        key="large",
    )
    small = Photo(parcel.signature, "320", label=label, icon="signature", testid=f"signature-{parcel.id}")
    return html.span(
        html.button(attributes("signature-kept", f"signature-open-{parcel.id}", more=more), small),
        sheet if large else None,
    )
