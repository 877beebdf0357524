"""What is odd in a claim, said on the phone before it goes out, by the same rule as on the server."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.rules import evidence
from offline.wire.activities import Activity
from offline.wire.media import MediaRef
from pwa.components.basics import Button, Child, ErrorBox, calling
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.screens.claims import parts
from pwa.screens.claims.forms import ClaimForm, read

_DAYS_FROM = 48
"""Hours from which on days say it better."""


def LookAgain(
    app: App, said: Sequence[evidence.Finding], currency: str, go: Callable[[], Any], close: Callable[[], None]
) -> VdomDict:
    """Before what will be sent back or looked at for long goes out: what is odd, and the way back to it."""
    return Sheet(
        app.t("claims.look_again_title"),
        Warnings(app, said, currency, "look-again-found"),
        on_close=close,
        testid="look-again",
        actions=html.div(
            {"className": "button-stack"},
            Button(app.t("claims.look_again_back"), calling(close), wide=True, testid="look-again-back"),
            Button(app.t("claims.look_again_yes"), calling(go), kind="secondary", wide=True, testid="look-again-yes"),
        ),
    )


def findings(app: App, activity: Activity, form: ClaimForm) -> list[evidence.Finding]:
    """What the checks already say on the phone, by the same rule as on the server, before anything is sent. Receipts
    that are not filled in yet are left out."""
    receipts, _ = read(app, activity, form)
    plain = [
        evidence.Receipt(
            id=each.id,
            seller=each.seller,
            on=each.on,
            total=each.total,
            currency=each.currency,
            pictures=tuple(ref.id for ref in each.pictures),
        )
        for each in receipts
    ]
    shots = [_picture(ref, "receipt") for row in form.receipts for ref in row.pictures]
    shots += [_picture(ref, "display") for ref in form.display]
    found = evidence.check_claim(plain, shots, _terms(app, activity), _before(app, form.id))
    return [each for each in found if each.check not in ("no_position", "missing_receipt")] if receipts else []


def Warnings(app: App, said: Sequence[evidence.Finding], currency: str, testid: str = "warnings") -> Child:
    if not said:
        return None
    lines = [
        html.li({"key": f"{each.check}-{index}"}, finding_text(app, each, currency)) for index, each in enumerate(said)
    ]
    tone: Any = "bad" if evidence.gravest(said) == "block" else "warning"
    return ErrorBox(
        app.t("claims.look_again"), "", html.ul({"className": "findings"}, *lines), tone=tone, testid=testid
    )


def finding_text(app: App, finding: evidence.Finding, currency: str) -> str:
    """A finding in words."""
    detail = dict(finding.detail)
    for name in ("total", "left"):
        if name in detail:
            detail[name] = app.money(Decimal(detail[name]), currency)
    if "metres" in detail:
        detail["metres"] = app.format.number(int(detail["metres"]))
    if "hours" in detail:
        hours = int(detail["hours"])
        days = hours >= _DAYS_FROM
        detail["apart"] = app.t(
            "claims.apart_days" if days else "claims.apart_hours", count=hours // 24 if days else hours
        )
    if "on" in detail:
        detail["on"] = app.format.day(date.fromisoformat(detail["on"]), app.now())
    # What comes twice in this very claim has no other one to name.
    key = f"{finding.check}_here" if finding.check in ("same_file", "same_receipt") and not finding.number else ""
    return app.t(f"claims.check.{key or finding.check}", number=finding.number, **detail)


def _picture(ref: MediaRef, role: evidence.Role) -> evidence.Picture:
    at = ref.position
    place = evidence.place_of(at.latitude, at.longitude, at.accuracy) if at is not None else None
    return evidence.Picture(id=ref.id, sha256=ref.sha256, role=role, taken_at=ref.taken_at, place=place)


def _terms(app: App, activity: Activity) -> evidence.Terms:
    at = activity.place
    known = at.latitude is not None and at.longitude is not None
    return evidence.Terms(
        starts_on=activity.starts_on,
        ends_on=activity.ends_on,
        left=activity.left,
        currency=activity.currency,
        place=evidence.Place(at.latitude or 0.0, at.longitude or 0.0) if known else None,
        needs=activity.needs,
        time_zone=app.brand.time_zone if app.brand else "",
    )


def _before(app: App, claim_id: str) -> evidence.Before:
    """What the claims on this phone showed; the server knows those of everybody."""
    files: dict[str, evidence.Seen] = {}
    receipts: dict[str, evidence.Seen] = {}
    for claim in parts.claims(app):
        if claim.id == claim_id or claim.status in ("refused", "withdrawn"):
            continue
        seen = evidence.Seen(claim=claim.id, number=claim.number)
        for row in claim.receipts:
            plain = evidence.Receipt(id=row.id, seller=row.seller, on=row.on, total=row.total, currency=row.currency)
            receipts[evidence.receipt_key(plain)] = seen
            files.update((view.sha256, seen) for view in row.pictures)
        files.update((view.sha256, seen) for view in claim.display)
    return evidence.Before(files=files, receipts=receipts)
