"""Claims: filed, amended, taken back; and looked at again when their pictures have come."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries
from backend.claims.applying import check_no_open_claim
from backend.claims.checking import as_receipt, check_claim, key_hash
from backend.claims.funding import check_money
from backend.claims.models import Activity, Claim, ClaimPicture, ClaimReceipt
from backend.claims.sitting import (
    HeldClaim,
    Sitting,
    activity_to_change,
    actor_of,
    add_event,
    claim_to_change,
    open_sitting,
)
from backend.inputs import check_day, check_distinct, check_text, local_time
from backend.media import service as media
from backend.sync.changes import DESK, Changes, org_scope
from backend.sync.commands import Context, Refused
from offline.rules.papers import activity_may, claim_may
from offline.wire.claims import ClaimAmend, ClaimFile, ClaimWithdraw, ReceiptDraft
from offline.wire.media import MediaRef

Draft = ClaimFile | ClaimAmend


async def file_claim(context: Context, command: ClaimFile) -> None:
    """Refuses with ``activity_unknown``, ``activity_status`` {status}, ``claim_too_early`` {since}, ``claim_too_late``
    {until}, ``claim_open`` {number}, ``claim_exists``, ``invalid`` {field}, or as ``media.attach`` does."""
    sitting, activity = await activity_to_change(context, command.activity)
    await sitting.hold(claims={command.claim})
    if sitting.claims[command.claim] is not None:
        raise Refused("claim_exists")
    if not activity_may(activity.status, "claim"):
        raise Refused("activity_status", status=activity.status)
    _check_time(sitting, activity)
    await check_no_open_claim(context, activity)
    _check_draft(command)
    await _attach(context, activity, command.claim, command)
    claim = _claim(context, activity, command)
    context.session.add(claim)
    held = HeldClaim(claim, [], [])
    sitting.claims[claim.id] = held
    _fill(sitting, held, command)
    await context.session.flush()
    await check_claim(sitting, held)
    add_event(claim, "filed", context.now, actor_of(context), local_at=claim.local_at)
    sitting.touch("claim", claim.id, context.command_id)


def _check_time(sitting: Sitting, activity: Activity) -> None:
    today = sitting.today()
    if today < activity.starts_on:
        raise Refused("claim_too_early", since=activity.starts_on.isoformat())
    if today > activity.claim_until:
        raise Refused("claim_too_late", until=activity.claim_until.isoformat())


def _check_draft(command: Draft) -> None:
    check_text("note", command.note)
    check_distinct("receipts", (each.id for each in command.receipts))
    check_distinct("pictures", (ref.id for ref in _refs(command)))
    for receipt in command.receipts:
        check_text("seller", receipt.seller)
        if not receipt.seller.strip():
            raise Refused("invalid", field="seller")
        check_day("on", receipt.on)
        check_money("total", receipt.total, receipt.currency)


def _refs(command: Draft) -> list[MediaRef]:
    return [*(ref for receipt in command.receipts for ref in receipt.pictures), *command.display]


async def _attach(context: Context, activity: Activity, claim_id: str, command: Draft) -> None:
    await media.attach(
        context.session,
        context.principal.tenant_id,
        _refs(command),
        user_id=context.principal.user_id,
        entity="claim",
        entity_id=claim_id,
        now=context.now,
        organisation_id=activity.organisation_id,
        scopes=(org_scope(activity.organisation_id), DESK),
    )


def _claim(context: Context, activity: Activity, command: ClaimFile) -> Claim:
    return Claim(
        tenant_id=context.principal.tenant_id,
        id=command.claim,
        number=None,
        activity_id=activity.id,
        fund_id=activity.fund_id,
        organisation_id=activity.organisation_id,
        currency=activity.currency,
        status="media_pending",
        note=command.note,
        total=Decimal(0),
        approved=None,
        settled=Decimal(0),
        settlements=[],
        question="",
        findings=[],
        facts=[],
        checked_at=None,
        events=[],
        filed_by=context.principal.user_id,
        filed_by_name=context.principal.name,
        local_at=local_time(context),
        filed_at=context.now,
        changed_at=context.now,
    )


def _fill(sitting: Sitting, held: HeldClaim, command: Draft) -> None:
    """The receipts and pictures of ``command``; what the claim had already keeps the time it was first shown."""
    claim = held.claim
    claim.note = command.note
    claim.total = sum((each.total for each in command.receipts if each.currency == claim.currency), Decimal(0))
    receipts = {row.key: row for row in held.receipts}
    held.receipts = [_receipt(sitting, claim, place, each, receipts) for place, each in enumerate(command.receipts)]
    pictures = {row.media_id: row for row in held.pictures}
    wanted = [(each.id, ref) for each in command.receipts for ref in each.pictures]
    wanted += [("", ref) for ref in command.display]
    held.pictures = [
        ClaimPicture(
            tenant_id=sitting.tenant_id,
            claim_id=claim.id,
            media_id=ref.id,
            position=place,
            receipt_id=receipt_id,
            sha256=ref.sha256,
            added_at=pictures[ref.id].added_at if ref.id in pictures else sitting.now,
        )
        for place, (receipt_id, ref) in enumerate(wanted)
    ]
    sitting.session.add_all([*held.receipts, *held.pictures])


def _receipt(
    sitting: Sitting, claim: Claim, place: int, draft: ReceiptDraft, before: dict[str, ClaimReceipt]
) -> ClaimReceipt:
    key = key_hash(as_receipt(draft))
    return ClaimReceipt(
        tenant_id=sitting.tenant_id,
        claim_id=claim.id,
        id=draft.id,
        position=place,
        seller=draft.seller,
        on=draft.on,
        total=draft.total,
        currency=draft.currency,
        key=key,
        approved=None,
        reason="",
        added_at=before[key].added_at if key in before else sitting.now,
    )


async def amend_claim(context: Context, command: ClaimAmend) -> None:
    """Refuses with ``claim_unknown``, ``claim_status`` {status}, ``invalid`` {field}, or as ``media.attach`` does."""
    sitting, held = await claim_to_change(context, command.claim)
    claim = held.claim
    if not claim_may(claim.status, "amend"):
        raise Refused("claim_status", status=claim.status)
    _check_draft(command)
    await _attach(context, sitting.activity(claim.activity_id), claim.id, command)
    await _let_go(context, held, command)
    _fill(sitting, held, command)
    claim.question = ""
    await context.session.flush()
    await check_claim(sitting, held)
    add_event(claim, "amended", context.now, actor_of(context), reason=command.note, local_at=local_time(context))
    sitting.touch("claim", claim.id, context.command_id)


async def _let_go(context: Context, held: HeldClaim, command: Draft) -> None:
    """Of what the claim showed and does not show any more. Its rows are written anew."""
    for row in (*held.receipts, *held.pictures):
        await context.session.delete(row)
    await context.session.flush()
    await media.detach(
        context.session,
        context.principal.tenant_id,
        entity="claim",
        entity_id=held.claim.id,
        now=context.now,
        keep={ref.id for ref in _refs(command)},
    )


async def withdraw_claim(context: Context, command: ClaimWithdraw) -> None:
    """Refuses with ``claim_unknown`` or ``claim_status`` {status}."""
    sitting, held = await claim_to_change(context, command.claim)
    check_text("reason", command.reason)
    if not claim_may(held.claim.status, "withdraw"):
        raise Refused("claim_status", status=held.claim.status)
    held.claim.status = "withdrawn"
    add_event(held.claim, "withdrawn", context.now, actor_of(context), reason=command.reason)
    sitting.touch("claim", held.claim.id, context.command_id)


async def files_arrived(session: AsyncSession, tenant_id: str, media_ids: Collection[str], changes: Changes) -> None:
    """Look anew at the claims of files that have come or were refused; ``backend/app.py`` registers this with the
    media slice."""
    ids = await queries.claims_with(session, tenant_id, media_ids)
    if not ids:
        return
    sitting = await open_sitting(session, tenant_id, datetime.now(UTC))
    await sitting.hold(claims=ids)
    for held in _known(sitting, ids):
        # Decided ones are shown with their files' new status; they are not judged again.
        if held.claim.status in ("media_pending", "blocked"):
            before = held.claim.status
            await check_claim(sitting, held)
            if held.claim.status != before:
                held.claim.changed_at = sitting.now
        sitting.touch("claim", held.claim.id, "")
    await sitting.tell(changes)


def _known(sitting: Sitting, ids: Collection[str]) -> Sequence[HeldClaim]:
    return [held for id_ in sorted(ids) if (held := sitting.claims[id_]) is not None]
