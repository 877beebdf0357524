"""Activities and claims as pending commands make them look. Each checks by status whether its effect is there
already."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from offline.approving import own_standing
from offline.ids import derived_id
from offline.projection import View
from offline.rules.ledger import SHARED
from offline.rules.papers import activity_may, claim_may
from offline.wire.activities import (
    Activity,
    ActivityApply,
    ActivityCancel,
    ActivityDecide,
    ApprovalRoute,
    ApprovalSave,
    Delegation,
)
from offline.wire.claims import (
    Claim,
    ClaimAmend,
    ClaimApprove,
    ClaimAsk,
    ClaimFile,
    ClaimRefuse,
    ClaimSettle,
    ClaimWithdraw,
    ReceiptDraft,
    ReceiptView,
    SettlementView,
)
from offline.wire.funds import Allocation, Fund, FundSave, FundTopUp
from offline.wire.media import MediaRef, MediaView
from offline.wire.rows import Brand, Me, Organisation, PaperEvent

replace = msgspec.structs.replace


def allocation_of(view: View, fund: str, organisation: str) -> Allocation | None:
    """The purse a partner draws on, which is its own or the one of a shared pot."""
    own = view.row(Allocation, "allocation", derived_id("allocation", fund, organisation))
    return own or view.row(Allocation, "allocation", derived_id("allocation", fund, SHARED))


def _apply(view: View, command: ActivityApply) -> None:
    if view.row(Activity, "activity", command.activity) is not None:
        return
    purse = allocation_of(view, command.fund, command.organisation)
    buyer = view.row(Organisation, "organisation", command.organisation)
    if purse is not None:
        view.put(
            "allocation",
            replace(purse, available=purse.available - command.amount, reserved=purse.reserved + command.amount),
        )
    view.put(
        "activity",
        Activity(
            id=command.activity,
            fund=command.fund,
            fund_code=purse.code if purse else "",
            fund_name=purse.name if purse else {},
            organisation=command.organisation,
            organisation_code=buyer.code if buyer else "",
            organisation_name=buyer.name if buyer else {},
            kind=command.kind,
            title=command.title,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            claim_until=command.ends_on + timedelta(days=purse.claim_days if purse else 0),
            amount=command.amount,
            currency=purse.currency if purse else "CNY",
            left=command.amount,
            status="queued",
            place=command.place,
            shows=command.shows,
            needs=purse.needs if purse else (),
            applied_by=view.user,
            applied_by_name=_name(view),
            events=(_event(view, "queued"),),
            local_at=view.entry.local_at,
        ),
    )


def _decide(view: View, command: ActivityDecide) -> None:
    row = view.row(Activity, "activity", command.activity)
    if row is None or not activity_may(row.status, "decide") or command.step >= len(row.steps):
        return
    step = row.steps[command.step]
    if step.outcome:
        return
    outcome: Any = "approved" if command.accept else "refused"
    behalf, name = _behalf(view, row)
    taken = replace(
        step,
        outcome=outcome,
        decided_by=view.user,
        decided_by_name=_name(view),
        on_behalf_of=behalf,
        on_behalf_of_name=name,
        at=view.entry.local_at,
        reason=command.reason,
    )
    steps = (*row.steps[: command.step], taken, *row.steps[command.step + 1 :])
    last = command.step == len(row.steps) - 1
    status: Any = "refused" if not command.accept else "approved" if last else row.status
    view.put("activity", replace(row, steps=steps, status=status))


def _behalf(view: View, row: Activity) -> tuple[str, str]:
    """Id and name of whom the person decides for as their deputy; empty for themselves."""
    me = view.row(Me, "me", view.user)
    found = own_standing(view.rows, me, row, view.entry.local_at).on_behalf_of if me is not None else ""
    names = {each.person: each.person_name for each in view.rows.all("delegation") if isinstance(each, Delegation)}
    return found, names.get(found, "")


def _cancel(view: View, command: ActivityCancel) -> None:
    row = view.row(Activity, "activity", command.activity)
    if row is not None and activity_may(row.status, "cancel"):
        view.put("activity", replace(row, status="closed" if row.spent else "cancelled", left=Decimal(0)))


def _file(view: View, command: ClaimFile) -> None:
    if view.row(Claim, "claim", command.claim) is not None:
        return
    activity = view.row(Activity, "activity", command.activity)
    if activity is None:
        return
    view.put(
        "claim",
        Claim(
            id=command.claim,
            activity=activity.id,
            activity_number=activity.number,
            activity_title=activity.title,
            fund=activity.fund,
            organisation=activity.organisation,
            organisation_code=activity.organisation_code,
            organisation_name=activity.organisation_name,
            currency=activity.currency,
            status="queued",
            receipts=_receipts(command.receipts),
            display=tuple(map(as_expected, command.display)),
            note=command.note,
            total=_total(command.receipts, activity.currency),
            filed_by=view.user,
            filed_by_name=_name(view),
            events=(_event(view, "queued"),),
            local_at=view.entry.local_at,
        ),
    )


def _amend(view: View, command: ClaimAmend) -> None:
    row = view.row(Claim, "claim", command.claim)
    if row is None or not claim_may(row.status, "amend"):
        return
    changed = replace(
        row,
        status="queued",
        receipts=_receipts(command.receipts),
        display=tuple(map(as_expected, command.display)),
        note=command.note,
        total=_total(command.receipts, row.currency),
        question="",
        used_before=(),
    )
    view.put("claim", changed)


def _withdraw(view: View, command: ClaimWithdraw) -> None:
    _to_status(view, command.claim, "withdraw", "withdrawn")


def _approve(view: View, command: ClaimApprove) -> None:
    row = view.row(Claim, "claim", command.claim)
    if row is None or not claim_may(row.status, "approve"):
        return
    receipts = tuple(
        replace(each, approved=command.receipts[each.id].amount, reason=command.receipts[each.id].reason)
        if each.id in command.receipts
        else each
        for each in row.receipts
    )
    approved = sum((each.amount for each in command.receipts.values()), Decimal(0))
    view.put("claim", replace(row, status="approved", receipts=receipts, approved=approved))


def _ask(view: View, command: ClaimAsk) -> None:
    row = view.row(Claim, "claim", command.claim)
    if row is not None and claim_may(row.status, "ask"):
        view.put("claim", replace(row, status="more_wanted", question=command.question))


def _refuse(view: View, command: ClaimRefuse) -> None:
    _to_status(view, command.claim, "refuse", "refused")


def _to_status(view: View, claim: str, move: str, status: Any) -> None:
    row = view.row(Claim, "claim", claim)
    if row is not None and claim_may(row.status, move):
        view.put("claim", replace(row, status=status))


def _settle(view: View, command: ClaimSettle) -> None:
    row = view.row(Claim, "claim", command.claim)
    if row is None or any(each.id == command.settlement for each in row.settlements):
        return
    made = SettlementView(
        id=command.settlement,
        kind=command.kind,
        reference=command.reference,
        amount=command.amount,
        settled_on=command.settled_on,
        actor_name=_name(view),
    )
    settled = row.settled + command.amount
    status: Any = "settled" if row.approved is not None and settled >= row.approved else row.status
    view.put("claim", replace(row, settled=settled, settlements=(*row.settlements, made), status=status))


def _save_fund(view: View, command: FundSave) -> None:
    old = view.row(Fund, "fund", command.fund)
    fields = {name: value for name, value in msgspec.structs.asdict(command).items() if name not in ("fund", "seen")}
    if view.reached("desk"):
        return
    if old is not None:
        view.put("fund", replace(old, **fields))
        return
    accounts = ("budget", "unallocated", "available", "reserved", "payable", "settled")
    nothing: dict[str, Any] = dict.fromkeys(accounts, Decimal(0))
    view.put("fund", Fund(id=command.fund, **nothing, **fields))


def _save_route(view: View, command: ApprovalSave) -> None:
    brand = next((row for row in view.rows.all("brand") if isinstance(row, Brand)), None)
    if brand is not None and not view.reached("desk"):
        row_id = derived_id("approval_route", "activity")
        view.put("approval_route", ApprovalRoute(id=row_id, currency=brand.currency, steps=command.steps))


def _top_up(view: View, command: FundTopUp) -> None:
    old = view.row(Fund, "fund", command.fund)
    if old is None or view.reached("desk"):
        return
    whole = old.shared or len(old.organisations) == 1
    changed = replace(
        old,
        budget=old.budget + command.amount,
        available=old.available + (command.amount if whole else 0),
        unallocated=old.unallocated + (0 if whole else command.amount),
    )
    view.put("fund", changed)


def as_expected(ref: MediaRef) -> MediaView:
    """A file as a row carries it before the server knows of it."""
    return MediaView(id=ref.id, content_type=ref.content_type, size=ref.size, sha256=ref.sha256)


def _receipts(drafts: tuple[ReceiptDraft, ...]) -> tuple[ReceiptView, ...]:
    return tuple(
        ReceiptView(
            id=each.id,
            seller=each.seller,
            on=each.on,
            total=each.total,
            currency=each.currency,
            pictures=tuple(map(as_expected, each.pictures)),
        )
        for each in drafts
    )


def _total(drafts: tuple[ReceiptDraft, ...], currency: str) -> Decimal:
    return sum((each.total for each in drafts if each.currency == currency), Decimal(0))


def _name(view: View) -> str:
    me = view.row(Me, "me", view.user)
    return me.name if me else ""


def _event(view: View, kind: str) -> PaperEvent:
    at = view.entry.local_at
    event_id = derived_id("event", view.entry.id)
    return PaperEvent(id=event_id, kind=kind, at=at, actor=view.user, actor_name=_name(view), local_at=at)


CLAIMS_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    ApprovalSave.NAME: _save_route,
    FundSave.NAME: _save_fund,
    FundTopUp.NAME: _top_up,
    ActivityApply.NAME: _apply,
    ActivityDecide.NAME: _decide,
    ActivityCancel.NAME: _cancel,
    ClaimFile.NAME: _file,
    ClaimAmend.NAME: _amend,
    ClaimWithdraw.NAME: _withdraw,
    ClaimApprove.NAME: _approve,
    ClaimAsk.NAME: _ask,
    ClaimRefuse.NAME: _refuse,
    ClaimSettle.NAME: _settle,
}
