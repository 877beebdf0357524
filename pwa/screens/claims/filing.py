"""A claim as it is filled in: for each receipt its picture with the fields beside it, then the display. The same form
amends one that finance asked more for."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
from reactpy import component, html, use_ref, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.rules.papers import claim_may
from offline.wire.activities import Activity
from offline.wire.claims import MAX_DISPLAY, MAX_PICTURES, MAX_RECEIPTS, Claim, ClaimAmend, ClaimFile
from pwa.components.basics import Button, Card, Child, EmptyState, ErrorBox, IconButton, calling
from pwa.components.fields import NumberField, TextField
from pwa.components.media import PhotoField
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims.checks import LookAgain, Warnings, findings
from pwa.screens.claims.drafts import use_draft
from pwa.screens.claims.forms import ClaimForm, ReceiptForm, empty_form, form_of, read
from pwa.screens.page import Page


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

    return Page(
        app.t("claims.file" if claim is None else "claims.amend"),
        html.div(
            {"className": "stack"},
            _asked(app, claim),
            *_receipts(app, activity, form, errors, put_receipt=put_receipt, add=add, remove=remove),
            _shown(app, activity, form, errors.get("display", ""), put),
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


def _receipts(
    app: App,
    activity: Activity,
    form: ClaimForm,
    errors: dict[str, str],
    *,
    put_receipt: Callable[..., None],
    add: Callable[[], None],
    remove: Callable[[str], None],
) -> Iterator[Child]:
    about = (app, errors, app.format.symbol(activity.currency))
    many = len(form.receipts) > 1
    for place, each in enumerate(form.receipts):
        yield _Receipt(about, place, each, put_receipt, remove if many else None)
    if len(form.receipts) < MAX_RECEIPTS:
        label = app.t("claims.add_receipt")
        yield Button(label, calling(add), kind="secondary", icon="plus", wide=True, testid="add-receipt")


def _shown(app: App, activity: Activity, form: ClaimForm, error: str, put: Callable[..., None]) -> VdomDict:
    """The pictures of the display, and a note."""
    return Card(
        PhotoField(
            form.display,
            lambda refs: put(True, display=refs),
            most=MAX_DISPLAY,
            label=app.t("claims.display"),
            error=error,
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
    )


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
                        before=symbol,
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
