"""What finance makes of a claim: what was found in words, what of each receipt is accepted, and the deeds."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from reactpy import component, html, use_memo
from reactpy.types import VdomDict

from offline.money import quantise
from offline.rules.evidence import Finding
from offline.rules.papers import claim_may
from offline.wire.activities import Activity
from offline.wire.claims import Claim, ClaimApprove, ClaimAsk, ClaimRefuse, ClaimSettle, ReceiptDecision, ReceiptView
from offline.wire.commands import Command
from pwa.components.basics import Badge, Button, Child, Icon, Kind, Pieces, calling
from pwa.components.fields import Checkbox, NumberField, TextField, parse_number
from pwa.components.lists import Timeline
from pwa.desk.claims.sight import ICONS, Sight, said_of
from pwa.desk.editing import fresh_id
from pwa.desk.parts import block, pair, panel, refusal, select, text_button
from pwa.desk.state import DeskState, Form, use_form
from pwa.desk.words import Words
from pwa.screens.claims import parts
from pwa.screens.claims.applying import read_amount, read_day

# Takes a command, or what is wrong with what was typed, by field.
Give = Callable[[Command | None, dict[str, str]], Any]


@component
def Decision(sight: Sight, question: tuple[str, Callable[[str], None]], on_close: Callable[[], Any]) -> VdomDict:
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
    asking, ask = question
    late = asking if asking and not claim_may(row.status, asking) else ""
    if late:
        asking = ""
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

    def understood() -> None:
        ask("")
        form.reset()

    return panel(
        words.name(row.organisation_name) or row.organisation_code,
        refusal(desk, refused[0], retry=False) if refused else None,
        _overtaken(words, row, late, understood) if late else None,
        _summary(words, row, activity, app.t),
        _findings(sight),
        *(_receipt(sight, each, form) for each in row.receipts),
        block("", html.p({"className": "block-text", "dir": "auto"}, row.note), key="note") if row.note else None,
        _release(words, form, row) if sight.may_review and claim_may(row.status, "approve") else None,
        _question(words, form, asking) if asking else None,
        _settlements(words, row, app.t),
        _settle(desk, words, row, form) if app.may("claim.settle") and claim_may(row.status, "settle") else None,
        block(words("claims.history"), Timeline(parts.event_moments(app, row.events)), key="history"),
        on_close=on_close,
        over=Badge(parts.claim_status(app, row), parts.TONES.get(row.status, "neutral"), testid="claim-status"),
        actions=_actions(sight, form, (asking, ask), give, settlement_id),
        key=row.id,
        testid="review-panel",
        wide=True,
    )


def _overtaken(words: Words, row: Claim, deed: str, understood: Callable[[], None]) -> VdomDict:
    """Somebody else decided while a question or a refusal was being written, which nobody can give any more."""
    last = row.events[-1] if row.events else None
    return html.div(
        {"className": "notice notice-warning", "role": "status", "data-testid": "overtaken", "key": "overtaken"},
        Icon("circle-alert", class_name="notice-icon"),
        html.div(
            {"className": "notice-body"},
            html.strong({"className": "notice-title"}, words(f"claims.overtaken_{deed}")),
            html.p({"className": "notice-text"}, Pieces(last.actor_name, words.when(last.at))) if last else None,
            text_button(words("claims.understood"), understood, testid="understood"),
        ),
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
        if row.approved > row.settled > 0:
            rest = row.approved - row.settled
            lines.append(pair(words("claims.to_pay"), words.money(rest, row.currency), testid="to-pay"))
    return block("", *lines, key="summary")


def _settlements(words: Words, row: Claim, t: Callable[..., str]) -> Child:
    """How, when and under which number it was paid."""
    if not row.settlements:
        return None
    lines = []
    for each in row.settlements:
        about = (words.day(each.settled_on), *filter(None, (each.reference, each.actor_name)))
        told = html.span(
            {"className": "two-lines"},
            t(f"claims.settlement.{each.kind}"),
            html.span({"className": "faint", "dir": "auto"}, words("middle_dot").join(about)),
        )
        lines.append(pair(told, words.money(each.amount, row.currency)))
    return block(t("claims.settlements"), *lines, key="settlements", testid="settlements")


def _findings(sight: Sight) -> VdomDict:
    words, look = sight.words, sight.look
    if not sight.findings:
        clean = html.p({"className": "block-text"}, words("claims.clean_long"))
        return block("", clean, testid="findings", key="findings")

    def line(index: int, finding: Finding) -> VdomDict:
        said = said_of(sight.desk, finding)
        inner = (Icon(ICONS[finding.level], size=18), html.span(said))
        look_at = {"className": f"review-finding review-finding-{finding.level}", "key": str(index)}
        look_at |= {"data-testid": f"finding-{index}", "aria-pressed": str(sight.shows(finding.subject)).lower()}
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
                on_commit=lambda _typed: form.put(name, form[name]),  # the sum below follows
                decimals=True, before=words.symbol(row.currency), revision=form.revision, testid=f"accept-{number}",
                key=name,
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
            error=form.error("amount"), before=words.symbol(row.currency), revision=form.revision,
            testid="settle-amount", key="amount",
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
    give: Give,
    settlement_id: str,
) -> Child:
    (deed, ask), desk, words, row = asking, sight.desk, sight.words, sight.row
    if deed:
        return _asking(sight, form, asking, give)
    activity = desk.app.engine.replica.typed(Activity, "activity", row.activity)

    async def approve() -> None:
        await give(*approval(words, row, form, activity))

    async def settle() -> None:
        await give(*settlement(words, row, form, settlement_id))

    deeds: tuple[tuple[str, Kind, bool, Callable[[], Any]], ...] = (
        ("refuse", "danger", sight.may_review, partial(ask, "refuse")),
        ("ask", "secondary", sight.may_review, partial(ask, "ask")),
        ("approve", "primary", sight.may_review, approve),
        ("settle", "primary", desk.app.may("claim.settle"), settle),
    )
    buttons = [
        Button(
            words(f"claims.{name}"),
            calling(press),
            kind=kind,
            class_name="panel-main" if kind == "primary" else "",
            testid=f"{name}-claim",
        )
        for name, kind, may, press in deeds
        if may and claim_may(row.status, name)
    ]
    if not buttons:
        return None
    approves = sight.may_review and claim_may(row.status, "approve")
    together = pair(words("claims.sum"), _sum(words, row, form), strong=True, testid="sum") if approves else None
    return html.div({"className": "panel-stack"}, together, html.div({"className": "panel-buttons"}, *buttons))


def _sum(words: Words, row: Claim, form: Form) -> str:
    """What would be approved of all receipts, as it is typed; a dash while one is no amount."""
    amounts = [parse_number(str(form[f"amount.{each.id}"])) for each in row.receipts]
    known = [amount for amount in amounts if amount is not None]
    return words.money(sum(known, Decimal(0)), row.currency) if len(known) == len(amounts) else "—"


def _asking(sight: Sight, form: Form, asking: tuple[str, Callable[[str], None]], give: Give) -> VdomDict:
    """A question for the partner, or a refusal with its reason: given, or not now."""
    (deed, ask), words, row = asking, sight.words, sight.row
    asks = deed == "ask"

    async def send() -> None:
        name = "question" if asks else "reason"
        said = str(form[name]).strip()
        if not said:
            await give(None, {name: sight.desk.app.t("error.reason_needed")})
        else:
            await give(ClaimAsk(claim=row.id, question=said) if asks else ClaimRefuse(claim=row.id, reason=said), {})

    return html.div(
        {"className": "panel-buttons"},
        Button(words("claims.not_now"), calling(ask, ""), kind="plain", testid="not-now"),
        Button(
            words(f"claims.{deed}_yes"),
            calling(send),
            kind="primary" if asks else "danger",
            class_name="panel-main",
            testid=f"{deed}-yes",
        ),
    )
