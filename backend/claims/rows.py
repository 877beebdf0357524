"""Funds, activities and claims as the rows phones hold."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from backend.claims import models
from offline.money import quantise
from offline.rules.approvals import Step
from offline.rules.evidence import Finding
from offline.wire.activities import Activity, ApprovalRoute, Delegation, Place, StepView
from offline.wire.claims import Claim, ClaimReview, PictureFacts, ReceiptView, SettlementView
from offline.wire.funds import Allocation, Fund, LedgerEntry
from offline.wire.media import MediaView
from offline.wire.rows import PaperEvent


def fund_row(fund: models.Fund, purses: Sequence[models.FundPurse]) -> Fund:
    def total(account: str) -> Decimal:
        return quantise(sum((getattr(purse, account) for purse in purses), Decimal(0)), fund.currency)

    return Fund(
        id=fund.id,
        organisations=tuple(fund.organisations),
        shared=fund.shared,
        note=fund.note,
        budget=quantise(-fund.source, fund.currency),
        unallocated=quantise(fund.pot, fund.currency),
        available=total("available"),
        reserved=total("reserved"),
        payable=total("payable"),
        settled=total("settled"),
        changed_at=fund.changed_at,
        **_terms(fund),
    )


def _terms(fund: models.Fund) -> dict[str, Any]:
    return {
        "code": fund.code,
        "name": fund.name,
        "currency": fund.currency,
        "valid_from": fund.valid_from,
        "valid_until": fund.valid_until,
        "needs": tuple(fund.needs),
        "claim_days": fund.claim_days,
        "status": fund.status,
    }


def allocation_row(row_id: str, fund: models.Fund, purse: models.FundPurse) -> Allocation:
    amounts: dict[str, Any] = {
        account: quantise(getattr(purse, account), fund.currency)
        for account in ("available", "reserved", "payable", "settled")
    }
    return Allocation(
        id=row_id,
        fund=fund.id,
        organisation=purse.organisation_id,
        organisations=tuple(fund.organisations) if fund.shared else (purse.organisation_id,),
        allocated=sum(amounts.values(), Decimal(0)),
        **amounts,
        **_terms(fund),
    )


def entry_row(entry: models.LedgerEntry) -> LedgerEntry:
    return LedgerEntry(
        id=entry.id,
        fund=entry.fund_id,
        number=entry.number,
        kind=entry.kind,
        organisation=entry.organisation_id,
        amount=quantise(entry.amount, entry.currency),
        currency=entry.currency,
        at=entry.at,
        actor_name=entry.actor_name,
        reason=entry.reason,
        activity=entry.activity_id,
        claim=entry.claim_id,
        paper=entry.paper,
        reference=entry.reference,
    )


def route_row(route: models.ApprovalRoute) -> ApprovalRoute:
    return ApprovalRoute(
        id=route.id,
        currency=route.currency,
        steps=msgspec.convert(route.steps, tuple[Step, ...]),
        changed_at=route.changed_at,
        changed_by_name=route.changed_by_name,
    )


def delegation_row(row: models.Delegation) -> Delegation:
    return Delegation(
        id=row.id,
        person=row.person_id,
        person_name=row.person_name,
        role=row.role,
        deputy=row.deputy_id,
        deputy_name=row.deputy_name,
        since=row.since,
        until=row.until,
    )


def activity_row(row: models.Activity) -> Activity:
    return Activity(
        id=row.id,
        number=row.number or "",
        fund=row.fund_id,
        fund_code=row.fund_code,
        fund_name=row.fund_name,
        organisation=row.organisation_id,
        organisation_code=row.organisation_code,
        organisation_name=row.organisation_name,
        kind=row.kind,
        title=row.title,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        claim_until=row.claim_until,
        amount=quantise(row.amount, row.currency),
        currency=row.currency,
        left=quantise(row.left, row.currency),
        spent=quantise(row.spent, row.currency),
        status=row.status,
        place=msgspec.convert(row.place, Place),
        shows=row.shows,
        needs=tuple(row.needs),
        steps=steps_of(row),
        applied_by=row.applied_by,
        applied_by_name=row.applied_by_name,
        events=msgspec.convert(row.events, tuple[PaperEvent, ...]),
        local_at=row.local_at,
        applied_at=row.applied_at,
        changed_at=row.changed_at,
    )


def steps_of(row: models.Activity) -> tuple[StepView, ...]:
    return msgspec.convert(row.steps, tuple[StepView, ...])


def claim_row(
    claim: models.Claim,
    receipts: Iterable[models.ClaimReceipt],
    pictures: Sequence[models.ClaimPicture],
    files: Mapping[str, MediaView],
    activity: models.Activity,
) -> Claim:
    """``files``: every picture of the claim by id."""
    by_receipt: dict[str, list[MediaView]] = {}
    for picture in pictures:
        by_receipt.setdefault(picture.receipt_id, []).append(files[picture.media_id])
    blocked = (each.subject for each in findings_of(claim) if each.level == "block")
    return Claim(
        id=claim.id,
        number=claim.number or "",
        activity=claim.activity_id,
        activity_number=activity.number or "",
        activity_title=activity.title,
        fund=claim.fund_id,
        organisation=claim.organisation_id,
        organisation_code=activity.organisation_code,
        organisation_name=activity.organisation_name,
        currency=claim.currency,
        status=claim.status,
        receipts=tuple(_receipt(each, claim.currency, tuple(by_receipt.get(each.id, ()))) for each in receipts),
        display=tuple(by_receipt.get("", ())),
        note=claim.note,
        total=quantise(claim.total, claim.currency),
        approved=None if claim.approved is None else quantise(claim.approved, claim.currency),
        settled=quantise(claim.settled, claim.currency),
        settlements=msgspec.convert(claim.settlements, tuple[SettlementView, ...]),
        used_before=tuple(blocked),
        question=claim.question,
        filed_by=claim.filed_by,
        filed_by_name=claim.filed_by_name,
        events=msgspec.convert(claim.events, tuple[PaperEvent, ...]),
        local_at=claim.local_at,
        filed_at=claim.filed_at,
        changed_at=claim.changed_at,
    )


def _receipt(row: models.ClaimReceipt, currency: str, pictures: tuple[MediaView, ...]) -> ReceiptView:
    return ReceiptView(
        id=row.id,
        seller=row.seller,
        on=row.on,
        total=quantise(row.total, row.currency),
        currency=row.currency,
        pictures=pictures,
        approved=None if row.approved is None else quantise(row.approved, currency),
        reason=row.reason,
    )


def findings_of(claim: models.Claim) -> tuple[Finding, ...]:
    return msgspec.convert(claim.findings, tuple[Finding, ...])


def review_row(claim: models.Claim) -> ClaimReview:
    return ClaimReview(
        id=claim.id,
        findings=findings_of(claim),
        pictures=msgspec.convert(claim.facts, tuple[PictureFacts, ...]),
        checked_at=claim.checked_at,
    )
