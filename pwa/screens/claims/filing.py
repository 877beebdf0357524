"""A claim as it is filled in: for each receipt its picture with the fields beside it, then the display. The same form
amends one that finance asked more for."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from reactpy import component, html, use_ref, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.rules import evidence
from offline.rules.papers import claim_may
from offline.wire.claims import (
    MAX_DISPLAY,
    MAX_PICTURES,
    MAX_RECEIPTS,
    Activity,
    Claim,
    ClaimAmend,
    ClaimFile,
    ReceiptDraft,
)
from offline.wire.media import MediaRef, MediaView
from pwa.components.basics import Button, Card, Child, EmptyState, ErrorBox, IconButton, calling
from pwa.components.fields import NumberField, TextField
from pwa.components.media import PhotoField
from pwa.components.overlays import Sheet
from pwa.context import App, use_app, use_engine_version
from pwa.screens import words
from pwa.screens.claims import parts
from pwa.screens.claims.applying import read_amount, read_day
from pwa.screens.claims.drafts import use_draft
from pwa.screens.page import Page


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


@component
def ClaimFileScreen(activity_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    activity = app.engine.replica.typed(Activity, "activity", activity_id)
    draft, keep, drop = use_draft(f"claim.{activity_id}", ClaimForm, empty_form)
    if activity is None:
        return _gone(app)
    if draft is None:
        return Page(app.t("claims.file"), back=f"/activities/{activity_id}")
    return ClaimFields(activity, None, draft, keep, drop, key=f"form-{activity_id}")  # type: ignore[return-value]


@component
def ClaimAmendScreen(claim_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    claim = app.engine.replica.typed(Claim, "claim", claim_id)
    activity = app.engine.replica.typed(Activity, "activity", claim.activity) if claim else None
    draft, keep, drop = use_draft(f"amend.{claim_id}", ClaimForm, lambda: form_of(claim) if claim else empty_form())
    if claim is None or activity is None or not claim_may(claim.status, "amend"):
        return _gone(app)
    if draft is None:
        return Page(app.t("claims.amend"), back=f"/claims/{claim_id}")
    return ClaimFields(activity, claim, draft, keep, drop, key=f"form-{claim_id}")  # type: ignore[return-value]


def _gone(app: App) -> VdomDict:
    gone = EmptyState("file-question-mark", app.t("claims.gone"), app.t("claims.gone_hint"))
    return Page(app.t("claims.file"), gone, back="/claims")


@component
def ClaimFields(
    activity: Activity,
    claim: Claim | None,
    start: ClaimForm,
    keep: Callable[[ClaimForm], None],
    drop: Callable[[], None],
) -> VdomDict:
    app = use_app()
    use_engine_version()
    form, set_form = use_state(start)
    # Typing changes this and not the state: a screen that is drawn again at every letter is slow on a phone.
    typed = use_ref(start)
    errors, set_errors = use_state({})  # type: ignore[var-annotated]
    asking, ask = use_state(False)

    def put(draw: bool = False, **changes: Any) -> None:
        typed.current = msgspec.structs.replace(typed.current, **changes)
        keep(typed.current)
        if draw:
            set_form(typed.current)

    def put_receipt(receipt_id: str, draw: bool = False, **changes: Any) -> None:
        wrong = {f"{receipt_id}.{name}" for name in changes} & errors.keys()
        if wrong:
            set_errors({key: text for key, text in errors.items() if key not in wrong})
        put(
            draw or bool(wrong),
            receipts=tuple(
                msgspec.structs.replace(each, **changes) if each.id == receipt_id else each
                for each in typed.current.receipts
            ),
        )

    def add() -> None:
        put(True, receipts=(*typed.current.receipts, ReceiptForm(id=new_id())))

    def remove(receipt_id: str) -> None:
        put(True, receipts=tuple(each for each in typed.current.receipts if each.id != receipt_id))

    async def submit(*_event: Any, sure: bool = False) -> None:
        receipts, found = read(app, activity, typed.current)
        set_form(typed.current)
        set_errors(found)
        if found:
            app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return
        if not sure and findings(app, activity, typed.current):
            ask(True)
            return
        said: dict[str, Any] = {
            "receipts": receipts,
            "display": typed.current.display,
            "note": typed.current.note.strip(),
        }
        if claim is None:
            await app.engine.submit(ClaimFile(claim=typed.current.id, activity=activity.id, **said))
        else:
            await app.engine.submit(ClaimAmend(claim=claim.id, **said))
        drop()
        app.sync_now()
        app.toasts.show(app.t("claims.filed_toast"), icon="check")
        app.router.navigate(f"/claims/{typed.current.id}", replace=True)

    many = len(form.receipts) > 1
    add_label = app.t("claims.add_receipt")
    add_one = Button(add_label, calling(add), kind="secondary", icon="plus", wide=True, testid="add-receipt")
    return Page(
        app.t("claims.file" if claim is None else "claims.amend"),
        html.div(
            {"className": "stack"},
            _asked(app, claim),
            *(
                _Receipt(
                    (app, errors, words.symbol(app, activity.currency)),
                    place,
                    each,
                    put_receipt,
                    remove if many else None,
                )
                for place, each in enumerate(form.receipts)
            ),
            add_one if len(form.receipts) < MAX_RECEIPTS else None,
            Card(
                PhotoField(
                    form.display,
                    lambda refs: put(True, display=refs),
                    most=MAX_DISPLAY,
                    label=app.t("claims.display"),
                    error=errors.get("display", ""),
                    testid="display-photos",
                ),
                html.p({"className": "muted small"}, app.t("claims.display_hint", title=activity.title)),
                TextField(
                    app.t("claims.note"),
                    value=form.note,
                    rows=2,
                    max_length=2000,
                    on_change=lambda value: put(note=value),
                    testid="claim-note",
                    key="note",
                ),
                class_name="form-card",
            ),
            Warnings(app, findings(app, activity, form), activity.currency),
        ),
        LookAgain(
            app,
            findings(app, activity, typed.current),
            activity.currency,
            partial(submit, sure=True),
            lambda: ask(False),
        )
        if asking
        else None,
        actions=Button(app.t("claims.file_yes"), submit, wide=True, testid="claim-submit"),
        subtitle=activity.title,
        back=f"/claims/{claim.id}" if claim else f"/activities/{activity.id}",
        testid="claim-form",
    )


def _asked(app: App, claim: Claim | None) -> Child:
    if claim is not None and claim.question:
        return ErrorBox(app.t("claims.asked"), claim.question, tone="warning", testid="asked")
    if claim is not None and claim.used_before:
        return ErrorBox(app.t("claims.used_before"), app.t("claims.used_before_hint"), testid="used-before")
    return None


def _Receipt(
    about: tuple[App, dict[str, str], str],
    place: int,
    row: ReceiptForm,
    put: Callable[..., None],
    remove: Callable[[str], None] | None,
) -> VdomDict:
    """The picture first, the fields beside it (below it on a narrow phone)."""
    app, errors, symbol = about
    name = f"receipt-{place}"
    title = app.t("claims.receipt", number=app.format.number(place + 1))
    taken_away = (
        IconButton("trash-2", app.t("claims.remove_receipt"), calling(remove, row.id), testid=f"{name}-remove")
        if remove is not None
        else None
    )

    def field(which: str, **more: Any) -> VdomDict:
        return TextField(
            app.t(f"claims.receipt_field.{which}"),
            value=getattr(row, which),
            on_change=lambda value: put(row.id, **{which: value}),
            error=errors.get(f"{row.id}.{which}", ""),
            testid=f"{name}-{which}",
            key=which,
            **more,
        )

    return Card(
        html.div({"className": "spread"}, html.h2({"className": "card-title"}, title), taken_away),
        html.div(
            {"className": "receipt-form"},
            PhotoField(
                row.pictures,
                lambda refs: put(row.id, True, pictures=refs),
                most=MAX_PICTURES,
                label=app.t("claims.receipt_picture"),
                error=errors.get(f"{row.id}.pictures", ""),
                testid=f"{name}-photos",
            ),
            html.div(
                {"className": "receipt-fields"},
                field("seller", max_length=200, placeholder=app.t("claims.hint.seller")),
                html.div(
                    {"className": "field-pair"},
                    field("on", kind="date"),
                    NumberField(
                        app.t("claims.receipt_field.total"),
                        value=row.total,
                        unit=symbol,
                        on_change=lambda value: put(row.id, total=value),
                        decimals=True,
                        error=errors.get(f"{row.id}.total", ""),
                        testid=f"{name}-total",
                        key="total",
                    ),
                ),
            ),
        ),
        class_name="form-card",
        testid=name,
        key=row.id,
    )


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
    for name in ("metres", "hours"):
        if name in detail:
            detail[name] = app.format.number(int(detail[name]))
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
