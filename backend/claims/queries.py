"""Reads of funds, activities and claims. Every one takes the tenant first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.bulk import parts
from backend.claims.models import (
    Activity,
    ApprovalRoute,
    Claim,
    ClaimPicture,
    ClaimReceipt,
    Delegation,
    Fund,
    FundPurse,
    LedgerEntry,
    LedgerPosting,
)
from backend.db import by_key
from backend.locking import locked_by_id

_PART = 1000
Column = InstrumentedAttribute[Any]
B = TypeVar("B", FundPurse, ClaimReceipt, ClaimPicture)


async def held_funds(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Fund]:
    return await locked_by_id(session, Fund, tenant_id, ids)


async def _below(
    session: AsyncSession, tenant_id: str, kind: type[B], parent: Column, parent_ids: Collection[str], *, then: Column
) -> list[B]:
    """Rows of some parents, in the order of these and of ``then``, as they are now."""
    found: list[B] = []
    for part in parts(parent_ids, _PART):
        statement = (
            select(kind)
            .where(kind.tenant_id == tenant_id, parent.in_(part))
            .order_by(parent, then)
            .execution_options(populate_existing=True)
        )
        found += await session.scalars(statement)
    return found


async def held_activities(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Activity]:
    return await locked_by_id(session, Activity, tenant_id, ids)


async def held_claims(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Claim]:
    return await locked_by_id(session, Claim, tenant_id, ids)


async def purses(session: AsyncSession, tenant_id: str, fund_ids: Collection[str]) -> Sequence[FundPurse]:
    """Of funds that are held, which is what locks them."""
    return await _below(session, tenant_id, FundPurse, FundPurse.fund_id, fund_ids, then=FundPurse.organisation_id)


async def activities_of(session: AsyncSession, tenant_id: str, claim_ids: Collection[str]) -> set[str]:
    """Ids of the activities of claims."""
    found: set[str] = set()
    for part in parts(claim_ids, _PART):
        found.update(
            await session.scalars(select(Claim.activity_id).where(Claim.tenant_id == tenant_id, Claim.id.in_(part)))
        )
    return found


async def funds_of(session: AsyncSession, tenant_id: str, activity_ids: Collection[str]) -> set[str]:
    """Ids of the funds of activities."""
    found: set[str] = set()
    for part in parts(activity_ids, _PART):
        statement = select(Activity.fund_id).where(Activity.tenant_id == tenant_id, Activity.id.in_(part))
        found.update(await session.scalars(statement))
    return found


async def receipts(session: AsyncSession, tenant_id: str, claim_ids: Collection[str]) -> Sequence[ClaimReceipt]:
    return await _below(session, tenant_id, ClaimReceipt, ClaimReceipt.claim_id, claim_ids, then=ClaimReceipt.position)


async def pictures(session: AsyncSession, tenant_id: str, claim_ids: Collection[str]) -> Sequence[ClaimPicture]:
    return await _below(session, tenant_id, ClaimPicture, ClaimPicture.claim_id, claim_ids, then=ClaimPicture.position)


async def claims_with(session: AsyncSession, tenant_id: str, media_ids: Collection[str]) -> set[str]:
    """Ids of the claims that carry any of these files."""
    found: set[str] = set()
    for part in parts(media_ids, _PART):
        statement = select(ClaimPicture.claim_id).where(
            ClaimPicture.tenant_id == tenant_id, ClaimPicture.media_id.in_(part)
        )
        found.update(await session.scalars(statement))
    return found


async def open_claim(
    session: AsyncSession, tenant_id: str, activity_id: str, statuses: Collection[str]
) -> Claim | None:
    """The one claim of an activity that is not decided."""
    statement = select(Claim).where(
        Claim.tenant_id == tenant_id, Claim.activity_id == activity_id, Claim.status.in_(sorted(statuses))
    )
    return (await session.scalars(statement)).first()


@dataclass(frozen=True, slots=True)
class Earlier:
    """Something another claim showed: ``key`` is the file's hash or the receipt's key."""

    key: str
    claim_id: str
    number: str
    status: str
    picture: str
    added_at: datetime


async def files_elsewhere(
    session: AsyncSession, tenant_id: str, hashes: Collection[str], claim_id: str
) -> list[Earlier]:
    """The same bytes in other claims, the oldest first."""
    statement = _elsewhere(ClaimPicture.sha256, ClaimPicture.media_id, tenant_id, hashes, claim_id)
    return [_earlier(row) for row in await session.execute(statement)] if hashes else []


async def receipts_elsewhere(
    session: AsyncSession, tenant_id: str, keys: Collection[str], claim_id: str
) -> list[Earlier]:
    """The same fields in other claims, the oldest first."""
    first = (
        select(ClaimPicture.media_id)
        .where(
            ClaimPicture.tenant_id == ClaimReceipt.tenant_id,
            ClaimPicture.claim_id == ClaimReceipt.claim_id,
            ClaimPicture.receipt_id == ClaimReceipt.id,
        )
        .order_by(ClaimPicture.position)
        .limit(1)
        .scalar_subquery()
    )
    statement = _elsewhere(ClaimReceipt.key, first, tenant_id, keys, claim_id)
    return [_earlier(row) for row in await session.execute(statement)] if keys else []


def _elsewhere(key: Any, picture: Any, tenant_id: str, keys: Collection[str], claim_id: str) -> Select[Any]:
    kind = key.class_
    return (
        select(key, kind.claim_id, Claim.number, Claim.status, picture, kind.added_at)
        .join(Claim, (Claim.tenant_id == kind.tenant_id) & (Claim.id == kind.claim_id))
        .where(kind.tenant_id == tenant_id, key.in_(sorted(keys)), kind.claim_id != claim_id)
        .order_by(kind.added_at, kind.claim_id)
    )


def _earlier(row: Any) -> Earlier:
    key, claim_id, number, status, picture, added_at = row
    return Earlier(key, claim_id, number or "", status, picture or "", added_at)


async def pictures_of(session: AsyncSession, tenant_id: str, claim_id: str) -> set[str]:
    """Ids of a claim's files."""
    statement = select(ClaimPicture.media_id).where(
        ClaimPicture.tenant_id == tenant_id, ClaimPicture.claim_id == claim_id
    )
    return set(await session.scalars(statement))


async def claim_heads(
    session: AsyncSession, tenant_id: str, ids: Collection[str]
) -> dict[str, tuple[str, str, datetime]]:
    """Number, status and time of filing by id."""
    found: dict[str, tuple[str, str, datetime]] = {}
    for part in parts(ids, _PART):
        statement = select(Claim.id, Claim.number, Claim.status, Claim.filed_at).where(
            Claim.tenant_id == tenant_id, Claim.id.in_(part)
        )
        found.update((row[0], (row[1] or "", row[2], row[3])) for row in await session.execute(statement))
    return found


async def overdue_activities(
    session: AsyncSession, tenant_id: str, today: date, open_claims: Collection[str], limit: int
) -> Sequence[tuple[str, str]]:
    """Id and fund of activities that nobody can claim for any more and that no claim is open for."""
    claimed = exists().where(
        Claim.tenant_id == Activity.tenant_id, Claim.activity_id == Activity.id, Claim.status.in_(sorted(open_claims))
    )
    statement = (
        select(Activity.id, Activity.fund_id)
        .where(
            Activity.tenant_id == tenant_id,
            Activity.status.in_(("applied", "approved")),
            Activity.claim_until < today,
            ~claimed,
        )
        .order_by(Activity.claim_until, Activity.id)
        .limit(limit)
    )
    return [(id_, fund_id) for id_, fund_id in await session.execute(statement)]


async def fund_by_code(session: AsyncSession, tenant_id: str, code: str) -> str | None:
    return await session.scalar(select(Fund.id).where(Fund.tenant_id == tenant_id, Fund.code == code))


async def entry_exists(session: AsyncSession, tenant_id: str, entry_id: str) -> bool:
    return await session.get(LedgerEntry, (tenant_id, entry_id)) is not None


async def entries(session: AsyncSession, tenant_id: str, fund_id: str | None = None) -> Sequence[LedgerEntry]:
    statement = select(LedgerEntry).where(LedgerEntry.tenant_id == tenant_id)
    if fund_id is not None:
        statement = statement.where(LedgerEntry.fund_id == fund_id)
    return (await session.scalars(statement.order_by(LedgerEntry.fund_id, LedgerEntry.number))).all()


async def postings(session: AsyncSession, tenant_id: str) -> Sequence[LedgerPosting]:
    statement = select(LedgerPosting).where(LedgerPosting.tenant_id == tenant_id)
    return (await session.scalars(statement.order_by(LedgerPosting.entry_id, LedgerPosting.position))).all()


async def funds(session: AsyncSession, tenant_id: str) -> Sequence[Fund]:
    return (await session.scalars(select(Fund).where(Fund.tenant_id == tenant_id).order_by(Fund.code))).all()


async def claims(session: AsyncSession, tenant_id: str) -> Sequence[Claim]:
    return (
        await session.scalars(select(Claim).where(Claim.tenant_id == tenant_id).order_by(Claim.filed_at, Claim.id))
    ).all()


async def route(session: AsyncSession, tenant_id: str, route_id: str, *, lock: bool = False) -> ApprovalRoute | None:
    return await by_key(session, ApprovalRoute, (tenant_id, route_id), lock=lock)


async def delegation(session: AsyncSession, tenant_id: str, delegation_id: str) -> Delegation | None:
    """Locked."""
    return await by_key(session, Delegation, (tenant_id, delegation_id), lock=True)


async def delegations(
    session: AsyncSession, tenant_id: str, at: datetime, deputy_id: str | None = None
) -> Sequence[Delegation]:
    """That count at ``at``, to anybody or to one person."""
    statement = select(Delegation).where(
        Delegation.tenant_id == tenant_id, Delegation.since <= at, Delegation.until > at
    )
    if deputy_id is not None:
        statement = statement.where(Delegation.deputy_id == deputy_id)
    return (await session.scalars(statement.order_by(Delegation.since, Delegation.id))).all()


async def all_delegations(session: AsyncSession, tenant_id: str) -> Sequence[Delegation]:
    """Locked; those that are over as well, until the chore has taken them away."""
    statement = select(Delegation).where(Delegation.tenant_id == tenant_id).order_by(Delegation.id)
    return (await session.scalars(statement.with_for_update())).all()


async def brands_with_delegations(session: AsyncSession, now: datetime) -> Sequence[str]:
    del now
    return (await session.scalars(select(Delegation.tenant_id).distinct())).all()


async def deputising(session: AsyncSession, tenant_id: str, deputy_id: str, at: datetime) -> Sequence[tuple[str, str]]:
    """Id and person away of the delegations to somebody that are not over, those to come among them."""
    statement = (
        select(Delegation.id, Delegation.person_id)
        .where(Delegation.tenant_id == tenant_id, Delegation.deputy_id == deputy_id, Delegation.until > at)
        .order_by(Delegation.id)
    )
    return [(id_, person) for id_, person in await session.execute(statement)]


async def applied_activities(session: AsyncSession, tenant_id: str) -> set[str]:
    """Ids of those that wait for approval."""
    statement = select(Activity.id).where(Activity.tenant_id == tenant_id, Activity.status == "applied")
    return set(await session.scalars(statement))


async def activities_by_id(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Activity]:
    """As they are in the database, for reading."""
    found: dict[str, Activity] = {}
    for part in parts(ids, _PART):
        statement = select(Activity).where(Activity.tenant_id == tenant_id, Activity.id.in_(part))
        found.update((row.id, row) for row in await session.scalars(statement))
    return found
