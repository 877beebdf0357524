"""One claim on the large screen: its pictures beside what was typed, what the checks found in words, an earlier
look-alike beside the picture, and the decision."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reactpy import component, html, use_memo, use_state
from reactpy.types import VdomDict

from offline.money import quantise
from offline.rules.evidence import Finding
from offline.rules.papers import claim_may
from offline.wire.claims import (
    Activity,
    Claim,
    ClaimApprove,
    ClaimAsk,
    ClaimRefuse,
    ClaimReview,
    ClaimSettle,
    PictureFacts,
    ReceiptDecision,
    ReceiptView,
)
from offline.wire.commands import Command
from offline.wire.media import MediaView
from pwa.components.basics import Badge, Button, Child, Icon, IconButton, calling
from pwa.components.fields import Checkbox, NumberField, TextField, parse_number
from pwa.components.lists import Timeline
from pwa.components.media import Photo
from pwa.context import use_engine_version
from pwa.desk.editing import fresh_id
from pwa.desk.parts import Nothing, block, link, page, pair, panel, refusal, select
from pwa.desk.state import DeskState, Form, use_desk, use_form, use_keys
from pwa.desk.words import Words
from pwa.screens.claims import parts
from pwa.screens.claims.applying import read_amount, read_day
from pwa.screens.claims.filing import finding_text

_TONES = {"block": "bad", "review": "warning", "hint": "info"}
_ICONS = {"block": "octagon-alert", "review": "triangle-alert", "hint": "info"}


@dataclass(frozen=True)
class Sight:
    """A claim as it is looked at. ``look`` shows a picture by its id, of a receipt its first one."""

    desk: DeskState
    words: Words
    row: Claim
    findings: tuple[Finding, ...]
    look: Callable[[str], None]

    @property
    def may_review(self) -> bool:
        """Nobody reviews what they filed themselves."""
        app = self.desk.app
        return app.may("claim.review") and self.row.filed_by != (app.me.id if app.me else "")


@component
def ReviewScreen(claim_id: str) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    row = desk.app.engine.replica.typed(Claim, "claim", claim_id)
    chosen, choose = use_state("")
    zoomed, zoom = use_state(False)

    def close() -> None:
        desk.go("/desk/claims")

    def key_pressed(key: str) -> None:
        if key == "Escape":
            close()

    use_keys(key_pressed)
    if row is None:
        return page(words("nav.claims"), Nothing("receipt-text", desk.app.t("claims.gone"), key="gone"))
    review = desk.app.engine.replica.typed(ClaimReview, "claim_review", row.id)
    findings = review.findings if review else ()
    pictures = pictures_of(row)
    shown = chosen if any(each.id == chosen for each in pictures) else (pictures[0].id if pictures else "")

    def look(subject: str) -> None:
        first = next((each.pictures[0].id for each in row.receipts if each.id == subject and each.pictures), subject)
        choose(first)
        zoom(False)

    sight = Sight(desk, words, row, findings, look)
    facts = next((each for each in (review.pictures if review else ()) if each.picture == shown), None)
    return page(
        f"{row.number or desk.app.t('claims.no_number')} · {row.activity_title}",
        Strip(sight, shown),
        Side(sight, shown, facts, (zoomed, lambda: zoom(not zoomed))),
        tools=(link(desk, "/desk/claims", words("claims.back"), class_name="text-button", testid="back", key="back"),),
        panel=Decision(sight, close, key="decision"),
        testid="desk-review",
    )


def pictures_of(row: Claim) -> list[MediaView]:
    return [*(view for each in row.receipts for view in each.pictures), *row.display]


def Strip(sight: Sight, shown: str) -> VdomDict:
    """All pictures of the claim in a line, each with the gravest that was found about it or its receipt."""

    row, look = sight.row, sight.look

    def tile(view: MediaView, label: str, receipt: str = "") -> VdomDict:
        more = {
            "type": "button", "key": view.id, "aria-pressed": "true" if view.id == shown else "false",
            "className": "review-tile", "onClick": calling(look, view.id), "data-testid": f"tile-{view.id}",
        }  # fmt: skip
        return html.button(
            more,
            Photo(view.id, label=label),
            _mark(sight, {view.id, receipt} - {""}, testid=f"mark-{view.id}"),
            html.span({"className": "review-tile-label"}, label),
        )

    app = sight.desk.app
    tiles = [
        tile(view, app.t("claims.receipt", number=place + 1), each.id)
        for place, each in enumerate(row.receipts)
        for view in each.pictures
    ]
    tiles += [tile(view, app.t("claims.display")) for view in row.display]
    return html.div({"className": "review-strip", "key": "strip"}, *tiles)


def _mark(sight: Sight, subjects: Collection[str], testid: str) -> VdomDict | None:
    """The gravest that was found about any of the ``subjects``, as a sign that says so to those who don't see it."""
    found = next((each for each in sight.findings if each.subject in subjects), None)
    if found is None:
        return None
    said = _said(sight.desk, found)
    look = {"className": f"review-mark review-mark-{found.level}", "role": "img", "aria-label": said, "title": said}
    return html.span({**look, "data-testid": testid}, Icon(_ICONS[found.level], size=16))


def Side(sight: Sight, shown: str, facts: PictureFacts | None, zoom: tuple[bool, Callable[[], None]]) -> VdomDict:
    """The chosen picture, and beside it the earlier one it was found to be like."""
    words = sight.words
    if not shown:
        return Nothing("image-off", words("claims.no_pictures"), key="none")  # type: ignore[return-value]
    found = next((each for each in sight.findings if each.subject == shown and each.picture), None)
    mine = words("claims.this_picture"), _facts_text(words, facts)
    return html.div(
        {"className": "review-side" + (" review-zoomed" if zoom[0] else ""), "key": f"side-{shown}"},
        _figure(sight, shown, mine, zoom),
        _figure(
            sight,
            found.picture,
            (words("claims.earlier", number=found.number), _said(sight.desk, found)),
            zoom,
            "earlier",
        )
        if found
        else None,
    )


def _figure(
    sight: Sight,
    media_id: str,
    caption: tuple[str, str],
    zoom: tuple[bool, Callable[[], None]],
    testid: str = "picture",
) -> VdomDict:
    (title, note), words = caption, sight.words
    label = words("claims.zoom_out" if zoom[0] else "claims.zoom_in")
    icon = "zoom-out" if zoom[0] else "zoom-in"
    return html.figure(
        {"className": "review-figure", "key": media_id, "data-testid": f"review-{testid}"},
        html.figcaption(
            {"className": "review-caption"},
            html.span(html.strong(title), html.span({"className": "faint"}, f" {note}" if note else "")),
            IconButton(icon, label, calling(zoom[1]), testid=f"zoom-{testid}"),
        ),
        html.div(
            {"className": "review-picture", "tabIndex": 0, "role": "group", "aria-label": title},
            Photo(media_id, "1600", label=title),
        ),
    )


def _facts_text(words: Words, facts: PictureFacts | None) -> str:
    if facts is None:
        return ""
    said = [words("claims.taken", at=words.when(facts.taken_at)) if facts.taken_at else ""]
    if facts.metres is not None:
        said.append(words("claims.metres", metres=words.number(facts.metres)))
    if facts.exif_taken_at is not None and facts.exif_taken_at != facts.taken_at:
        said.append(words("claims.exif_taken", at=words.when(facts.exif_taken_at)))
    if facts.exif_metres is not None and facts.exif_metres != facts.metres:
        said.append(words("claims.exif_metres", metres=words.number(facts.exif_metres)))
    if facts.source == "gallery":
        said.append(words("claims.from_gallery"))
    return " · ".join(filter(None, said))


def _said(desk: DeskState, finding: Finding) -> str:
    return finding_text(desk.app, finding, desk.reads.currency)


@component
def Decision(sight: Sight, on_close: Callable[[], Any]) -> VdomDict:
    desk, words, row = sight.desk, sight.words, sight.row
    app = desk.app
    activity = app.engine.replica.typed(Activity, "activity", row.activity)
    start = {
        "note": "", "release": True, "question": "", "reason": "", "kind": "credit_note", "reference": "",
        "amount": str((row.approved or Decimal(0)) - row.settled), "settled_on": parts.today(app).isoformat(),
        **{f"amount.{each.id}": str(each.total) for each in row.receipts},
        **{f"reason.{each.id}": "" for each in row.receipts},
    }  # fmt: skip
    form = use_form(f"claim:{row.id}", start)
    settlement_id = use_memo(fresh_id, dependencies=[row.id, len(row.settlements)])
    asking, ask = use_state("")
    found = desk.refused("claim", row.id, "claim.approve", "claim.ask", "claim.refuse", "claim.settle")
    refused = next(iter(found), None)

    async def give(command: Command | None, errors: dict[str, str]) -> None:
        if command is None or errors:
            form.refuse(errors)
            app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return
        form.saved()
        ask("")
        await desk.save(command, refused[0] if refused else None, words("said.saved"))

    return panel(
        words.name(row.organisation_name) or row.organisation_code,
        refusal(desk, refused[0], retry=False) if refused else None,
        _summary(words, row, activity, app.t),
        _findings(sight),
        *(_receipt(sight, each, form) for each in row.receipts),
        block("", html.p({"className": "block-text", "dir": "auto"}, row.note), key="note") if row.note else None,
        _release(words, form, row) if sight.may_review and claim_may(row.status, "approve") else None,
        _question(words, form, asking) if asking else None,
        _settle(desk, words, row, form) if app.may("claim.settle") and claim_may(row.status, "settle") else None,
        block(words("claims.history"), Timeline(parts.event_moments(app, row.events)), key="history"),
        on_close=on_close,
        over=Badge(parts.claim_status(app, row), parts.TONES.get(row.status, "neutral"), testid="claim-status"),
        actions=_actions(sight, form, (asking, ask), give, settlement_id),
        key=row.id,
        testid="review-panel",
        wide=True,
    )


def _summary(words: Words, row: Claim, activity: Activity | None, t: Callable[..., str]) -> VdomDict:
    lines: list[Child] = [pair(t("claims.claimed"), words.money(row.total, row.currency), strong=True)]
    if activity is not None:
        lines.append(pair(words("claims.left"), words.money(activity.left, row.currency), testid="reserved-left"))
        days = (words.format.day(day, words.now) for day in (activity.starts_on, activity.ends_on))
        lines.append(pair(words("claims.period"), " – ".join(days)))
    if row.approved is not None:
        lines.append(pair(t("claims.accepted"), words.money(row.approved, row.currency), testid="approved"))
        lines.append(pair(t("claims.settled"), words.money(row.settled, row.currency), testid="settled"))
    return block("", *lines, key="summary")


def _findings(sight: Sight) -> VdomDict:
    words, look = sight.words, sight.look
    if not sight.findings:
        clean = html.p({"className": "block-text"}, words("claims.clean_long"))
        return block("", clean, testid="findings", key="findings")

    def line(index: int, finding: Finding) -> VdomDict:
        said = _said(sight.desk, finding)
        inner = (Icon(_ICONS[finding.level], size=18), html.span(said))
        look_at = {"className": f"review-finding review-finding-{finding.level}", "key": str(index)}
        look_at["data-testid"] = f"finding-{index}"
        return html.button({**look_at, "type": "button", "onClick": calling(look, finding.subject)}, *inner)

    return block(
        words("claims.checks"),
        html.p({"className": "block-note"}, words("claims.checks_note")),
        html.div({"className": "review-findings"}, *(line(index, each) for index, each in enumerate(sight.findings))),
        testid="findings",
        key="findings",
    )


def _receipt(sight: Sight, each: ReceiptView, form: Form) -> VdomDict:
    """What was typed; while it is in review, what of it is accepted and why less."""
    desk, words, row, look = sight.desk, sight.words, sight.row, sight.look
    number = row.receipts.index(each) + 1
    facts = f"{words.format.day(each.on, words.now)} · {words.money(each.total, each.currency)}"
    head = html.button(
        {
            "type": "button", "className": "review-receipt", "dir": "auto",
            "onClick": calling(look, each.pictures[0].id if each.pictures else ""),
        },
        html.strong(each.seller),
        html.span({"className": "faint number"}, facts),
    )  # fmt: skip
    fields: list[Child] = []
    if claim_may(row.status, "approve") and desk.app.may("claim.review"):
        name, why = f"amount.{each.id}", f"reason.{each.id}"
        fields = [
            NumberField(
                words("claims.accept"), value=form[name], on_change=form.typed(name), error=form.error(name),
                decimals=True, unit=row.currency, revision=form.revision, testid=f"accept-{number}", key=name,
            ),
            TextField(
                words("claims.why_less"), value=form[why], on_change=form.typed(why), error=form.error(why),
                max_length=500, revision=form.revision, testid=f"why-{number}", key=why,
            ),
        ]  # fmt: skip
    elif each.approved is not None:
        fields = [pair(desk.app.t("claims.accepted"), words.money(each.approved, row.currency))]
        if each.reason:
            fields.append(html.p({"className": "block-note", "dir": "auto"}, each.reason))
    title = desk.app.t("claims.receipt", number=number)
    return block(title, head, *fields, key=each.id, testid=f"receipt-{number}")


def _release(words: Words, form: Form, row: Claim) -> VdomDict:
    return block(
        "",
        Checkbox(words("claims.release"), bool(form["release"]), lambda on: form.put("release", on), testid="release"),
        html.p({"className": "block-note"}, words("claims.release_note")),
        key="release",
    )


def _question(words: Words, form: Form, asking: str) -> VdomDict:
    name = "question" if asking == "ask" else "reason"
    return block(
        words(f"claims.{asking}_title"),
        TextField(
            words(f"claims.{asking}_field"), value=form[name], on_change=form.typed(name), error=form.error(name),
            rows=3, max_length=2000, revision=form.revision, testid=f"{asking}-text", key=name,
        ),
        key=asking,
    )  # fmt: skip


def _settle(desk: DeskState, words: Words, row: Claim, form: Form) -> VdomDict:
    kinds = [(kind, desk.app.t(f"claims.settlement.{kind}")) for kind in ("credit_note", "payment")]

    def text(name: str, kind: Any = "text") -> VdomDict:
        return TextField(
            words(f"claims.settle_{name}"), value=form[name], on_change=form.typed(name), error=form.error(name),
            kind=kind, max_length=64, revision=form.revision, testid=f"settle-{name}", key=name,
        )  # fmt: skip

    return block(
        words("claims.settle_title"),
        select(words("claims.settle_kind"), kinds, form["kind"], lambda kind: form.put("kind", kind), key="kind"),
        text("reference"),
        NumberField(
            words("claims.settle_amount"), value=form["amount"], on_change=form.typed("amount"), decimals=True,
            error=form.error("amount"), unit=row.currency, revision=form.revision, testid="settle-amount", key="amount",
        ),
        text("settled_on", "date"),
        key="settle",
    )  # fmt: skip


def approval(words: Words, row: Claim, form: Form, activity: Activity | None) -> tuple[Command | None, dict[str, str]]:
    """The approval as typed, or what is wrong."""
    errors: dict[str, str] = {}
    decisions: dict[str, ReceiptDecision] = {}
    for each in row.receipts:
        amount = parse_number(str(form[f"amount.{each.id}"]))
        reason = str(form[f"reason.{each.id}"]).strip()
        same = each.currency == row.currency
        if amount is None or amount < 0 or (same and amount > each.total):
            errors[f"amount.{each.id}"] = words("claims.wrong_amount", most=words.money(each.total, each.currency))
            continue
        if (amount < each.total or not same) and not reason:
            errors[f"reason.{each.id}"] = words("claims.wrong_reason")
        decisions[each.id] = ReceiptDecision(amount=quantise(amount, row.currency), reason=reason)
    total = sum((each.amount for each in decisions.values()), Decimal(0))
    if not errors and activity is not None and total > activity.left:
        first = row.receipts[0].id
        errors[f"amount.{first}"] = words("claims.wrong_left", left=words.money(activity.left, row.currency))
    if errors or not total:
        return None, errors or {f"amount.{row.receipts[0].id}": words("claims.wrong_nothing")}
    return ClaimApprove(claim=row.id, receipts=decisions, release=bool(form["release"])), {}


def settlement(words: Words, row: Claim, form: Form, settlement_id: str) -> tuple[Command | None, dict[str, str]]:
    errors: dict[str, str] = {}
    amount = read_amount(str(form["amount"]), row.currency)
    left = (row.approved or Decimal(0)) - row.settled
    if amount is None or amount > left:
        errors["amount"] = words("claims.wrong_amount", most=words.money(left, row.currency))
    if not str(form["reference"]).strip():
        errors["reference"] = words("claims.wrong_reference")
    day = read_day(str(form["settled_on"]))
    if day is None:
        errors["settled_on"] = words("claims.wrong_day")
    if errors or amount is None or day is None:
        return None, errors
    command = ClaimSettle(
        claim=row.id,
        settlement=settlement_id,
        kind=form["kind"],
        reference=str(form["reference"]).strip(),
        amount=amount,
        settled_on=day,
    )
    return command, {}


def _actions(
    sight: Sight,
    form: Form,
    asking: tuple[str, Callable[[str], None]],
    give: Callable[[Command | None, dict[str, str]], Any],
    settlement_id: str,
) -> Child:
    (deed, ask), desk, words, row = asking, sight.desk, sight.words, sight.row
    activity = desk.app.engine.replica.typed(Activity, "activity", row.activity)

    async def send() -> None:
        name = "question" if deed == "ask" else "reason"
        said = str(form[name]).strip()
        if not said:
            await give(None, {name: desk.app.t("error.reason_needed")})
        elif deed == "ask":
            await give(ClaimAsk(claim=row.id, question=said), {})
        else:
            await give(ClaimRefuse(claim=row.id, reason=said), {})

    async def approve() -> None:
        await give(*approval(words, row, form, activity))

    async def settle() -> None:
        await give(*settlement(words, row, form, settlement_id))

    if deed:
        kind: Any = "danger" if deed == "refuse" else "primary"
        return html.div(
            {"className": "panel-buttons"},
            Button(words("claims.not_now"), calling(ask, ""), kind="plain", testid="not-now"),
            Button(
                words(f"claims.{deed}_yes"), calling(send), kind=kind, class_name="panel-main", testid=f"{deed}-yes"
            ),
        )
    buttons: list[Child] = []
    if sight.may_review and claim_may(row.status, "refuse"):
        buttons.append(Button(words("claims.refuse"), calling(ask, "refuse"), kind="danger", testid="refuse-claim"))
    if sight.may_review and claim_may(row.status, "ask"):
        buttons.append(Button(words("claims.ask"), calling(ask, "ask"), kind="secondary", testid="ask-claim"))
    if sight.may_review and claim_may(row.status, "approve"):
        buttons.append(
            Button(words("claims.approve"), calling(approve), class_name="panel-main", testid="approve-claim")
        )
    if desk.app.may("claim.settle") and claim_may(row.status, "settle"):
        buttons.append(Button(words("claims.settle"), calling(settle), class_name="panel-main", testid="settle-claim"))
    return html.div({"className": "panel-buttons"}, *buttons) if buttons else None
