"""What finance decides about a claim: approved in part, more asked for, refused, settled."""

from decimal import Decimal

import msgspec

from backend.claims.applying import end_activity
from backend.claims.checking import assess_claim
from backend.claims.funding import check_money
from backend.claims.models import Activity, Claim
from backend.claims.sitting import (
    Booking,
    HeldClaim,
    Sitting,
    actor_of,
    add_event,
    claim_to_change,
)
from backend.identity.service import audit
from backend.inputs import check_day, check_text
from backend.sync.commands import Context, Refused
from offline.money import quantise
from offline.rules.papers import claim_may, wrote_claim
from offline.wire.claims import ClaimApprove, ClaimAsk, ClaimRefuse, ClaimSettle, SettlementView
from offline.wire.rows import PaperEvent


async def approve_claim(context: Context, command: ClaimApprove) -> None:
    """Take over what was reserved into what is owed. Refuses with ``claim_unknown``, ``claim_status`` {status},
    ``own_paper``: nobody approves what they filed or amended, ``invalid`` {field}, ``reason_needed`` {receipt}: less
    than the receipt says, ``nothing_approved``, ``over_reserved`` {left}, or ``claim_blocked``: meanwhile another
    claim with the same picture was found."""
    sitting, held, activity = await _reviewed(context, command.claim, "approve")
    check_text("note", command.note)
    total = _approved_total(held, command)
    if total > activity.left:
        raise Refused("over_reserved", left=str(quantise(activity.left, activity.currency)))
    # Another claim with the same picture may have come from elsewhere at the same moment.
    if (await assess_claim(sitting, held)).status == "blocked":
        raise Refused("claim_blocked")
    claim, actor = held.claim, actor_of(context)
    for receipt in held.receipts:
        decision = command.receipts[receipt.id]
        receipt.approved, receipt.reason = decision.amount, decision.reason
    claim.status, claim.approved = "approved", total
    fund = sitting.fund(activity.fund_id)
    sitting.book(fund, Booking("consume", activity.purse, total, activity, claim, command.note), actor)
    activity.left -= total
    activity.spent += total
    data = {"approved": str(quantise(total, claim.currency)), "claimed": str(quantise(claim.total, claim.currency))}
    add_event(claim, "approved", context.now, actor, reason=command.note, data=data)
    _audit(context, claim, "claim.approved", command.note, **data)
    sitting.touch("claim", claim.id, context.command_id)
    _after(context, sitting, activity, claim, release=command.release)


def _approved_total(held: HeldClaim, command: ClaimApprove) -> Decimal:
    if set(command.receipts) != {receipt.id for receipt in held.receipts}:
        raise Refused("invalid", field="receipts")
    currency, total = held.claim.currency, Decimal(0)
    for receipt in held.receipts:
        decision = command.receipts[receipt.id]
        check_text("reason", decision.reason)
        if not decision.amount.is_finite() or decision.amount < 0:
            raise Refused("invalid", field="amount")
        if decision.amount:
            check_money("amount", decision.amount, currency)
        same = receipt.currency == currency
        if same and decision.amount > receipt.total:
            raise Refused("invalid", field="amount")
        if (not same or decision.amount < receipt.total) and not decision.reason.strip():
            raise Refused("reason_needed", receipt=receipt.id)
        total += decision.amount
    if not total:
        raise Refused("nothing_approved")
    return total


def _after(context: Context, sitting: Sitting, activity: Activity, claim: Claim, *, release: bool) -> None:
    """The activity when a claim of it was decided."""
    if activity.status == "approved" and (release or activity.left == 0):
        end_activity(sitting, activity, "closed", actor_of(context), claim.number or "")
    else:
        sitting.touch("activity", activity.id, context.command_id)


async def ask_for_more(context: Context, command: ClaimAsk) -> None:
    """Refuses with ``claim_unknown``, ``claim_status`` {status}, ``own_paper`` or ``invalid`` {field}."""
    sitting, held, _ = await _reviewed(context, command.claim, "ask")
    check_text("question", command.question)
    if not command.question.strip():
        raise Refused("invalid", field="question")
    held.claim.status, held.claim.question = "more_wanted", command.question
    add_event(held.claim, "more_wanted", context.now, actor_of(context), reason=command.question)
    sitting.touch("claim", held.claim.id, context.command_id)


async def refuse_claim(context: Context, command: ClaimRefuse) -> None:
    """Refuses with ``claim_unknown``, ``claim_status`` {status}, ``own_paper`` or ``reason_needed``."""
    sitting, held, activity = await _reviewed(context, command.claim, "refuse")
    check_text("reason", command.reason)
    if not command.reason.strip():
        raise Refused("reason_needed")
    claim = held.claim
    claim.status, claim.question = "refused", ""
    add_event(claim, "refused", context.now, actor_of(context), reason=command.reason)
    _audit(context, claim, "claim.refused", command.reason)
    sitting.touch("claim", claim.id, context.command_id)
    _after(context, sitting, activity, claim, release=command.release)


async def _reviewed(context: Context, claim_id: str, move: str) -> tuple[Sitting, HeldClaim, Activity]:
    sitting, held = await claim_to_change(context, claim_id)
    if not claim_may(held.claim.status, move):
        raise Refused("claim_status", status=held.claim.status)
    events = msgspec.convert(held.claim.events, list[PaperEvent])
    if wrote_claim(held.claim.filed_by, events, context.principal.user_id):
        raise Refused("own_paper")
    return sitting, held, sitting.activity(held.claim.activity_id)


async def settle_claim(context: Context, command: ClaimSettle) -> None:
    """Credited or paid, in one go or in parts. Refuses with ``claim_unknown``, ``claim_status`` {status},
    ``settlement_exists``, ``invalid`` {field} or ``over_payable`` {left}."""
    sitting, held = await claim_to_change(context, command.claim)
    claim = held.claim
    if any(each["id"] == command.settlement for each in claim.settlements):
        raise Refused("settlement_exists")
    if not claim_may(claim.status, "settle"):
        raise Refused("claim_status", status=claim.status)
    check_text("reference", command.reference)
    check_money("amount", command.amount, claim.currency)
    check_day("settled_on", command.settled_on)
    left = (claim.approved or Decimal(0)) - claim.settled
    if command.amount > left:
        raise Refused("over_payable", left=str(quantise(left, claim.currency)))
    activity, actor = sitting.activity(claim.activity_id), actor_of(context)
    booking = Booking("settle", activity.purse, command.amount, activity, claim, reference=command.reference)
    sitting.book(sitting.fund(activity.fund_id), booking, actor)
    claim.settled += command.amount
    claim.status = "settled" if command.amount == left else "approved"
    claim.settlements = [*claim.settlements, msgspec.to_builtins(_settlement(context, command, claim))]
    data = {"kind": command.kind, "reference": command.reference, "amount": str(command.amount)}
    add_event(claim, "settled", context.now, actor, data=data)
    _audit(context, claim, "claim.settled", **data)
    sitting.touch("claim", claim.id, context.command_id)


def _settlement(context: Context, command: ClaimSettle, claim: Claim) -> SettlementView:
    return SettlementView(
        id=command.settlement,
        kind=command.kind,
        reference=command.reference,
        amount=quantise(command.amount, claim.currency),
        settled_on=command.settled_on,
        actor_name=context.principal.name,
    )


def _audit(context: Context, claim: Claim, action: str, reason: str = "", **detail: str) -> None:
    about = {"number": claim.number, "organisation": claim.organisation_id, "reason": reason, **detail}
    audit(context.session, context.principal, action, claim.id, about, at=context.now)
