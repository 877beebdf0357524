"""One claim as its partner sees it: status, what is asked for, receipts with what was accepted, what was paid."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.papers import claim_may
from offline.wire.claims import Claim, ClaimWithdraw, ReceiptView
from offline.wire.media import MediaView
from pwa.components.basics import Badge, Button, Card, Child, EmptyState, ErrorBox, Pieces, Tone, calling
from pwa.components.lists import Facts, Timeline
from pwa.components.media import Photo
from pwa.components.overlays import Confirm, Sheet
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims import parts
from pwa.screens.page import Page


@component
def ClaimScreen(claim_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    asking, ask = use_state(False)
    looking, look = use_state("")
    row = app.engine.replica.typed(Claim, "claim", claim_id)
    if row is None:
        gone = EmptyState("file-question-mark", app.t("claims.gone"), app.t("claims.gone_hint"))
        return Page(app.t("claims.claim"), gone, back="/claims")

    async def withdraw() -> None:
        ask(False)
        shown = app.engine.replica.typed(Claim, "claim", claim_id)
        if shown is not None and claim_may(shown.status, "withdraw"):
            await app.engine.submit(ClaimWithdraw(claim=claim_id))
            app.sync_now()
            app.toasts.show(app.t("claims.withdrawn_toast"))

    return Page(
        row.number or app.t("claims.no_number"),
        html.div(
            {"className": "stack", "data-testid": f"claim-{row.id}", "data-status": row.status},
            _told(app, row),
            _head(app, row),
            *(_receipt(app, row, each, look) for each in row.receipts),
            _display(app, row, look),
            _settlements(app, row),
            Card(Timeline(parts.event_moments(app, row.events), testid="timeline")),
            Button(app.t("claims.withdraw"), calling(ask, True), kind="plain", wide=True, testid="withdraw-claim")
            if app.may("claim.file") and claim_may(row.status, "withdraw")
            else None,
        ),
        _withdrawing(app, withdraw, lambda: ask(False)) if asking else None,
        _picture(app, looking, lambda: look("")) if looking else None,
        actions=_actions(app, row),
        subtitle=row.activity_title,
        back=f"/activities/{row.activity}",
        testid="claim-screen",
    )


def _withdrawing(app: App, withdraw: Callable[[], Any], stay: Callable[[], Any]) -> VdomDict:
    return Confirm(
        app.t("claims.withdraw_title"),
        app.t("claims.withdraw_text"),
        confirm=app.t("claims.withdraw"),
        on_confirm=withdraw,
        on_cancel=stay,
        danger=True,
        testid="withdraw",
    )


def _picture(app: App, picture: str, on_close: Callable[[], Any]) -> VdomDict:
    shown = Photo(picture, "1600", label=app.t("claims.picture"), class_name="photo-large")
    return Sheet(app.t("claims.picture"), shown, on_close=on_close, testid="picture-sheet", key=f"look-{picture}")


def _told(app: App, row: Claim) -> Child:
    """What the partner has to know or do, in words."""
    refused = [view for view in _views(row) if view.status == "refused"]
    if row.status == "blocked":
        return ErrorBox(app.t("claims.used_before"), app.t("claims.used_before_hint"), testid="used-before")
    if refused:
        return ErrorBox(app.t("claims.picture_refused"), app.t(f"error.{refused[0].refused}"), testid="picture-refused")
    if row.status == "more_wanted":
        return ErrorBox(app.t("claims.asked"), row.question, tone="warning", testid="asked")
    if row.status == "refused":
        reason = next((each.reason for each in reversed(row.events) if each.kind == "refused"), "")
        return ErrorBox(app.t("claims.refused_title"), reason, tone="warning", testid="refused")
    if row.status == "media_pending":
        here = sum(view.status == "stored" for view in _views(row))
        return ErrorBox(
            app.t("claims.pictures_on_the_way", here=here, all=len(_views(row))),
            app.t("claims.pictures_on_the_way_hint"),
            tone="info",
            testid="pictures-on-the-way",
        )
    return None


def _views(row: Claim) -> list[MediaView]:
    return [*(view for each in row.receipts for view in each.pictures), *row.display]


def _head(app: App, row: Claim) -> VdomDict:
    facts: list[tuple[str, str]] = []
    if row.approved is not None:
        facts.append((app.t("claims.accepted"), app.money(row.approved, row.currency)))
    if row.settled:
        facts.append((app.t("claims.settled"), app.money(row.settled, row.currency)))
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "muted small"}, app.t("claims.claimed")),
            Badge(parts.claim_status(app, row), parts.TONES.get(row.status, "neutral"), testid="claim-status"),
        ),
        html.p({"className": "number number-huge"}, app.money(row.total, row.currency)),
        Facts(facts, number=True) if facts else None,
    )


def _pictures(app: App, views: tuple[MediaView, ...], row: Claim, look: Callable[[str], Any]) -> VdomDict:
    def one(place: int, view: MediaView) -> VdomDict:
        more = {"type": "button", "className": "photo-open claim-photo", "onClick": calling(look, view.id)}
        more["data-used"] = "true" if view.id in row.used_before else ""
        more["aria-label"] = app.t("photo.open", number=app.format.number(place))
        return html.button({**more, "key": view.id}, Photo(view.id))

    return html.div({"className": "claim-photos"}, *(one(place, view) for place, view in enumerate(views, 1)))


def _receipt(app: App, row: Claim, each: ReceiptView, look: Callable[[str], Any]) -> VdomDict:
    facts = Pieces(app.format.day(each.on, app.now()), app.money(each.total, each.currency))
    accepted: Child = None
    if each.approved is not None:
        said = app.t("claims.accepted_of", amount=app.money(each.approved, row.currency))
        tone: Tone = "accent" if each.approved == each.total else "warning"
        accepted = html.div(
            {"className": "cluster"}, Badge(said, tone), html.span({"className": "small", "dir": "auto"}, each.reason)
        )
    return Card(
        html.div(
            {"className": "receipt-shown"},
            _pictures(app, each.pictures, row, look),
            html.div(
                html.strong({"dir": "auto"}, each.seller), html.p({"className": "muted small number"}, facts), accepted
            ),
        ),
        testid=f"receipt-{each.id}",
        key=each.id,
    )


def _display(app: App, row: Claim, look: Callable[[str], Any]) -> Child:
    note = html.p({"className": "note-text", "dir": "auto"}, row.note) if row.note else None
    if not row.display and note is None:
        return None
    title = html.h2({"className": "card-title"}, app.t("claims.display"))
    return Card(title, _pictures(app, row.display, row, look), note, class_name="form-card")


def _settlements(app: App, row: Claim) -> Child:
    if not row.settlements:
        return None
    rows = (
        html.div(
            {"className": "fact", "key": each.id},
            html.dt(f"{app.t(f'claims.settlement.{each.kind}')} {each.reference}"),
            html.dd({"className": "number"}, app.money(each.amount, row.currency)),
        )
        for each in row.settlements
    )
    return Card(
        html.h2({"className": "card-title"}, app.t("claims.settlements")),
        html.dl({"className": "facts"}, *rows),
        testid="settlements",
    )


def _actions(app: App, row: Claim) -> Child:
    refused = any(view.status == "refused" for view in _views(row))
    wanted = row.status in ("more_wanted", "blocked") or refused
    if not (wanted and app.may("claim.file") and claim_may(row.status, "amend")):
        return None
    go = calling(app.router.navigate, f"/claims/{row.id}/amend")
    return Button(app.t("claims.amend"), go, wide=True, testid="amend-claim")
