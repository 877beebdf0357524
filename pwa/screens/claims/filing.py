"""A claim as it is filled in: for each receipt its picture with the fields beside it, then the display. The same form
amends one that finance asked more for."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.rules.papers import claim_may
from offline.wire.activities import Activity
from offline.wire.claims import MAX_DISPLAY, MAX_PICTURES, MAX_RECEIPTS, Claim, ClaimAmend, ClaimFile, ReceiptDraft
from pwa.components.basics import Button, Card, Child, EmptyState, ErrorBox, IconButton, calling
from pwa.components.fields import NumberField, TextField
from pwa.components.media import PhotoField
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims.checks import LookAgain, Warnings, findings
from pwa.screens.claims.drafts import Typing, use_draft, use_typing
from pwa.screens.claims.forms import ClaimForm, ReceiptForm, empty_form, form_of, read
from pwa.screens.page import Page


@component
def ClaimFileScreen(activity_id: str) -> Child:
    app = use_app()
    use_engine_version()
    activity = app.engine.replica.typed(Activity, "activity", activity_id)
    draft, keep, drop = use_draft(f"claim.{activity_id}", ClaimForm, empty_form)
    if activity is None:
        return _gone(app)
    if draft is None:
        return Page(app.t("claims.file"), back=f"/activities/{activity_id}")
    return ClaimFields(activity, None, draft, keep, drop, key=f"form-{activity_id}")


@component
def ClaimAmendScreen(claim_id: str) -> Child:
    app = use_app()
    use_engine_version()
    claim = app.engine.replica.typed(Claim, "claim", claim_id)
    activity = app.engine.replica.typed(Activity, "activity", claim.activity) if claim else None
    draft, keep, drop = use_draft(f"amend.{claim_id}", ClaimForm, lambda: form_of(claim) if claim else empty_form())
    if claim is None or activity is None or not claim_may(claim.status, "amend"):
        return _gone(app)
    if draft is None:
        return Page(app.t("claims.amend"), back=f"/claims/{claim_id}")
    return ClaimFields(activity, claim, draft, keep, drop, key=f"form-{claim_id}")


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
    form = use_typing(start, keep)
    asking, ask = use_state(False)

    async def submit(*_event: Any, sure: bool = False) -> None:
        receipts, found = read(app, activity, form.now)
        form.judge(found)
        if found:
            app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return
        if not sure and findings(app, activity, form.now):
            ask(True)
            return
        await app.submitting.submit(_command(activity, claim, form.now, receipts))
        drop()
        app.sync_now()
        app.toasts.show(app.t("claims.filed_toast"), icon="check")
        app.router.navigate(f"/claims/{form.now.id}", replace=True)

    sure = partial(submit, sure=True)
    return Page(
        app.t("claims.file" if claim is None else "claims.amend"),
        html.div(
            {"className": "stack"},
            _asked(app, claim),
            *_receipts(app, activity, form),
            _shown(app, activity, form),
            Warnings(app, findings(app, activity, form.shown), activity.currency),
        ),
        LookAgain(app, findings(app, activity, form.now), activity.currency, sure, lambda: ask(False))
        if asking
        else None,
        actions=Button(app.t("claims.file_yes"), submit, wide=True, testid="claim-submit"),
        subtitle=activity.title,
        back=f"/claims/{claim.id}" if claim else f"/activities/{activity.id}",
        testid="claim-form",
    )


def _command(
    activity: Activity, claim: Claim | None, form: ClaimForm, receipts: tuple[ReceiptDraft, ...]
) -> ClaimFile | ClaimAmend:
    """``receipts`` as ``read`` gives them."""
    said: dict[str, Any] = {"receipts": receipts, "display": form.display, "note": form.note.strip()}
    if claim is None:
        return ClaimFile(claim=form.id, activity=activity.id, **said)
    return ClaimAmend(claim=claim.id, **said)


def _asked(app: App, claim: Claim | None) -> Child:
    if claim is not None and claim.question:
        return ErrorBox(app.t("claims.asked"), claim.question, tone="warning", testid="asked")
    if claim is not None and claim.used_before:
        return ErrorBox(app.t("claims.used_before"), app.t("claims.used_before_hint"), testid="used-before")
    return None


def _receipts(app: App, activity: Activity, form: Typing[ClaimForm]) -> Iterator[Child]:
    def put(receipt_id: str, draw: bool = False, **changes: Any) -> None:
        mended = form.forgive({f"{receipt_id}.{name}" for name in changes})
        form.put(mended or draw, receipts=form.now.changed(receipt_id, **changes))

    def add() -> None:
        form.put(True, receipts=(*form.now.receipts, ReceiptForm(id=new_id())))

    def remove(receipt_id: str) -> None:
        form.put(True, receipts=tuple(each for each in form.now.receipts if each.id != receipt_id))

    receipts = form.shown.receipts
    about = (app, form.errors, app.format.symbol(activity.currency))
    for place, each in enumerate(receipts):
        yield _Receipt(about, place, each, put, remove if len(receipts) > 1 else None)
    if len(receipts) < MAX_RECEIPTS:
        label = app.t("claims.add_receipt")
        yield Button(label, calling(add), kind="secondary", icon="plus", wide=True, testid="receipt-add")


def _shown(app: App, activity: Activity, form: Typing[ClaimForm]) -> VdomDict:
    """The pictures of the display, and a note."""
    return Card(
        PhotoField(
            form.shown.display,
            lambda refs: form.put(True, display=refs),
            most=MAX_DISPLAY,
            label=app.t("claims.display"),
            error=form.errors.get("display", ""),
            testid="display-photos",
        ),
        html.p({"className": "muted small"}, app.t("claims.display_hint", title=activity.title)),
        TextField(
            app.t("claims.note"),
            value=form.shown.note,
            rows=2,
            max_length=2000,
            on_change=lambda value: form.put(note=value),
            testid="claim-note",
            key="note",
        ),
        class_name="form-card",
    )


About = tuple[App, Mapping[str, str], str]
"""The app, what is wrong by receipt and field, the currency's symbol."""


def _Receipt(
    about: About, place: int, row: ReceiptForm, put: Callable[..., None], remove: Callable[[str], None] | None
) -> VdomDict:
    """The picture first, the fields beside it (below it on a narrow phone)."""
    app, errors, _ = about
    name = f"receipt-{place}"
    title = app.t("claims.receipt", number=app.format.number(place + 1))
    taken_away = (
        IconButton("trash-2", app.t("claims.remove_receipt"), calling(remove, row.id), testid=f"{name}-remove")
        if remove is not None
        else None
    )
    pictures = PhotoField(
        row.pictures,
        lambda refs: put(row.id, True, pictures=refs),
        most=MAX_PICTURES,
        label=app.t("claims.receipt_picture"),
        error=errors.get(f"{row.id}.pictures", ""),
        testid=f"{name}-photos",
    )
    return Card(
        html.div({"className": "spread"}, html.h2({"className": "card-title"}, title), taken_away),
        html.div({"className": "receipt-form"}, pictures, _receipt_fields(about, name, row, put)),
        class_name="form-card",
        testid=name,
        key=row.id,
    )


def _receipt_fields(about: About, name: str, row: ReceiptForm, put: Callable[..., None]) -> VdomDict:
    """As printed on the receipt. ``name`` begins their test ids."""
    app, errors, symbol = about

    def given(which: str) -> dict[str, Any]:
        return {
            "label": app.t(f"claims.receipt_field.{which}"),
            "value": getattr(row, which),
            "on_change": lambda value: put(row.id, **{which: value}),
            "error": errors.get(f"{row.id}.{which}", ""),
            "testid": f"{name}-{which}",
            "key": which,
        }

    return html.div(
        {"className": "receipt-fields"},
        TextField(**given("seller"), max_length=200, placeholder=app.t("claims.hint.seller")),
        html.div(
            {"className": "field-pair"},
            TextField(**given("on"), kind="date"),
            NumberField(**given("total"), before=symbol, decimals=True),
        ),
    )
