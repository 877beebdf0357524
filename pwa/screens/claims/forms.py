"""What is typed into a claim, and the receipts read from it."""

from typing import Any

import msgspec

from offline.ids import new_id
from offline.wire.activities import Activity
from offline.wire.claims import Claim, ReceiptDraft
from offline.wire.media import MediaRef, MediaView
from pwa.context import App
from pwa.screens.claims.applying import read_amount, read_day


class ReceiptForm(msgspec.Struct, frozen=True, kw_only=True):
    """As typed."""

    id: str
    seller: str = ""
    on: str = ""
    total: str = ""
    pictures: tuple[MediaRef, ...] = ()


class ClaimForm(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    receipts: tuple[ReceiptForm, ...]
    display: tuple[MediaRef, ...] = ()
    note: str = ""

    def changed(self, receipt_id: str, **changes: Any) -> tuple[ReceiptForm, ...]:
        """The receipts with this one changed."""
        return tuple(
            msgspec.structs.replace(each, **changes) if each.id == receipt_id else each for each in self.receipts
        )


def empty_form() -> ClaimForm:
    return ClaimForm(id=new_id(), receipts=(ReceiptForm(id=new_id()),))


def form_of(claim: Claim) -> ClaimForm:
    """What the claim says already, to be changed."""
    receipts = tuple(
        ReceiptForm(
            id=each.id,
            seller=each.seller,
            on=each.on.isoformat(),
            total=str(each.total),
            pictures=tuple(map(as_ref, each.pictures)),
        )
        for each in claim.receipts
    )
    return ClaimForm(id=claim.id, receipts=receipts, display=tuple(map(as_ref, claim.display)), note=claim.note)


def as_ref(view: MediaView) -> MediaRef:
    """A file that is named again; the server keeps what it knows of its time and place."""
    return MediaRef(id=view.id, sha256=view.sha256, size=view.size, content_type=view.content_type)


def read(app: App, activity: Activity, form: ClaimForm) -> tuple[tuple[ReceiptDraft, ...], dict[str, str]]:
    """The receipts, and what is wrong by receipt and field. What is odd is no fault: it is told beside the form."""
    errors: dict[str, str] = {}
    found = []
    for row in form.receipts:
        day, total = read_day(row.on), read_amount(row.total, activity.currency)
        if not row.seller.strip():
            errors[f"{row.id}.seller"] = app.t("claims.wrong.seller")
        if day is None:
            errors[f"{row.id}.on"] = app.t("claims.wrong.day")
        if total is None:
            errors[f"{row.id}.total"] = app.t("claims.wrong.amount")
        if day is None or total is None or not row.seller.strip():
            continue
        found.append(
            ReceiptDraft(
                id=row.id,
                seller=row.seller.strip(),
                on=day,
                total=total,
                currency=activity.currency,
                pictures=row.pictures,
            )
        )
    return tuple(found), errors
