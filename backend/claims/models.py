"""Funds and their ledger, activities, claims, and who approves.

Steps, events and settlements are JSON in their paper: they are read and written with it while it is locked. Receipts
and pictures have tables of their own, because every new claim is compared with all that came before.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.rules.ledger import EntryKind
from offline.wire.activities import ActivityKind, ActivityStatus
from offline.wire.claims import ClaimStatus


class Fund(Base, Owned):
    """``source`` and ``pot`` are its own accounts of the ledger; locked while anything of the fund is booked."""

    __tablename__ = "funds"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, Any]]
    organisations: Mapped[list[Any]]
    shared: Mapped[bool]
    currency: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    needs: Mapped[list[Any]]
    claim_days: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[Decimal] = mapped_column(default=Decimal(0))
    pot: Mapped[Decimal] = mapped_column(default=Decimal(0))
    entries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class FundPurse(Base):
    """What a fund holds for one partner, or (``organisation_id`` "") for all who share it: the accounts summed up."""

    __tablename__ = "fund_purses"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    fund_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    available: Mapped[Decimal] = mapped_column(default=Decimal(0))
    reserved: Mapped[Decimal] = mapped_column(default=Decimal(0))
    payable: Mapped[Decimal] = mapped_column(default=Decimal(0))
    settled: Mapped[Decimal] = mapped_column(default=Decimal(0))


class LedgerEntry(Base, Owned):
    """Written, never changed. ``paper``: the number of the activity or claim, "" while it has none."""

    __tablename__ = "ledger_entries"
    __table_args__ = (UniqueConstraint("tenant_id", "fund_id", "number"),)

    fund_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(String(16))
    organisation_id: Mapped[str] = mapped_column(String(36), default="")
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(36), default="")
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    activity_id: Mapped[str] = mapped_column(String(36), default="")
    claim_id: Mapped[str] = mapped_column(String(36), default="")
    paper: Mapped[str] = mapped_column(String(32), default="")
    reference: Mapped[str] = mapped_column(String(64), default="")


class LedgerPosting(Base):
    """A leg of an entry: ``amount`` added to an account. Of one entry they add up to nothing."""

    __tablename__ = "ledger_postings"
    __table_args__ = (Index("ix_ledger_postings_fund", "tenant_id", "fund_id"),)

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    fund_id: Mapped[str] = mapped_column(String(36))
    account: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[str] = mapped_column(String(36))
    amount: Mapped[Decimal]


class Activity(Base, Owned):
    """``left`` is what is still reserved for it, ``spent`` what was approved in claims."""

    __tablename__ = "activities"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_activities_open", "tenant_id", "status", "claim_until"),
    )

    number: Mapped[str | None] = mapped_column(String(32))
    fund_id: Mapped[str] = mapped_column(String(36))
    fund_code: Mapped[str] = mapped_column(String(64))
    fund_name: Mapped[dict[str, Any]]
    purse: Mapped[str] = mapped_column(String(36))
    organisation_id: Mapped[str] = mapped_column(String(36))
    organisation_code: Mapped[str] = mapped_column(String(64))
    organisation_name: Mapped[dict[str, Any]]
    kind: Mapped[ActivityKind] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    claim_until: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    left: Mapped[Decimal] = mapped_column("reserved_left")
    spent: Mapped[Decimal] = mapped_column(default=Decimal(0))
    status: Mapped[ActivityStatus] = mapped_column(String(16))
    place: Mapped[dict[str, Any]]
    shows: Mapped[str] = mapped_column(Text, default="")
    needs: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    events: Mapped[list[Any]]
    applied_by: Mapped[str] = mapped_column(String(36))
    applied_by_name: Mapped[str] = mapped_column(String(200))
    local_at: Mapped[datetime | None]
    applied_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Claim(Base, Owned):
    """``findings`` and ``facts`` are what the checks found last, at ``checked_at``."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_claims_activity", "tenant_id", "activity_id"),
    )

    number: Mapped[str | None] = mapped_column(String(32))
    activity_id: Mapped[str] = mapped_column(String(36))
    fund_id: Mapped[str] = mapped_column(String(36))
    organisation_id: Mapped[str] = mapped_column(String(36))
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[ClaimStatus] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    total: Mapped[Decimal]
    approved: Mapped[Decimal | None]
    settled: Mapped[Decimal] = mapped_column(default=Decimal(0))
    settlements: Mapped[list[Any]]
    question: Mapped[str] = mapped_column(Text, default="")
    findings: Mapped[list[Any]]
    facts: Mapped[list[Any]]
    checked_at: Mapped[datetime | None]
    events: Mapped[list[Any]]
    filed_by: Mapped[str] = mapped_column(String(36))
    filed_by_name: Mapped[str] = mapped_column(String(200))
    local_at: Mapped[datetime | None]
    filed_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ClaimReceipt(Base):
    """``key`` is the hash of ``offline.rules.evidence.receipt_key``; ``added_at``: when this claim brought it first."""

    __tablename__ = "claim_receipts"
    __table_args__ = (Index("ix_claim_receipts_key", "tenant_id", "key"),)

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    claim_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    position: Mapped[int]
    seller: Mapped[str] = mapped_column(String(200))
    on: Mapped[date] = mapped_column("dated_on")
    total: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    key: Mapped[str] = mapped_column(String(64))
    approved: Mapped[Decimal | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime]


class ClaimPicture(Base):
    """A file of a claim: of its receipt ``receipt_id``, or ("") of the display."""

    __tablename__ = "claim_pictures"
    __table_args__ = (
        Index("ix_claim_pictures_sha256", "tenant_id", "sha256"),
        Index("ix_claim_pictures_media", "tenant_id", "media_id"),
    )

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    claim_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    media_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    position: Mapped[int]
    receipt_id: Mapped[str] = mapped_column(String(36), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]


class ApprovalRoute(Base, Owned):
    """The steps of the tenant's activities."""

    __tablename__ = "approval_routes"

    currency: Mapped[str] = mapped_column(String(3))
    steps: Mapped[list[Any]]
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str] = mapped_column(String(200), default="")


class Delegation(Base, Owned):
    __tablename__ = "delegations"
    __table_args__ = (Index("ix_delegations_deputy", "tenant_id", "deputy_id"),)

    person_id: Mapped[str] = mapped_column(String(36))
    person_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(32))
    deputy_id: Mapped[str] = mapped_column(String(36))
    deputy_name: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
    until: Mapped[datetime]


class PaperCounter(Base):
    """The last number of a series, e.g. ``AC-2026-11``."""

    __tablename__ = "paper_counters"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
