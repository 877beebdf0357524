"""What the commands of one push share: papers that are held, what is booked, what phones are told in the end.

Locks are taken in one order: funds, activities, claims, each by id, and number counters after the last command. A
fund's lock stands for its purses and its ledger.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries, rows
from backend.claims.mandates import Mandate, deputy_scope, running_mandates
from backend.claims.models import (
    Activity,
    Claim,
    ClaimPicture,
    ClaimReceipt,
    Fund,
    FundPurse,
    LedgerEntry,
    LedgerPosting,
    PaperCounter,
)
from backend.identity import service as identity
from backend.locking import take_numbers
from backend.media import service as media
from backend.sync.changes import DESK, Changes, org_scope
from backend.sync.commands import Context, Refused
from offline.ids import derived_id, new_id
from offline.rules import ledger
from offline.rules.days import local_day
from offline.wire.commands import Command
from offline.wire.media import MediaView
from offline.wire.rows import Brand, PaperEvent

_BATCH = "claims"
_ACCOUNTS: tuple[ledger.Account, ...] = ("available", "reserved", "payable", "settled")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, by which command; nobody and by none for what happens by itself."""

    id: str = ""
    name: str = ""
    command: str = ""


@dataclass(slots=True)
class HeldClaim:
    claim: Claim
    receipts: list[ClaimReceipt]
    pictures: list[ClaimPicture]

    @property
    def media_ids(self) -> set[str]:
        return {picture.media_id for picture in self.pictures}


@dataclass(slots=True)
class Booking:
    """What an entry is about."""

    kind: ledger.EntryKind
    purse: str
    amount: Decimal
    activity: Activity | None = None
    claim: Claim | None = None
    reason: str = ""
    reference: str = ""
    entry_id: str = ""


@dataclass(slots=True)
class Sitting:
    """None stands for what does not exist. ``touched``: (kind, id) -> the commands that changed it."""

    session: AsyncSession
    tenant_id: str
    brand: Brand
    now: datetime
    funds: dict[str, Fund | None] = field(default_factory=dict)
    purses: dict[tuple[str, str], FundPurse] = field(default_factory=dict)
    activities: dict[str, Activity | None] = field(default_factory=dict)
    claims: dict[str, HeldClaim | None] = field(default_factory=dict)
    entries: list[tuple[LedgerEntry, Activity | None, Claim | None, str]] = field(default_factory=list)
    touched: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    # holding

    async def hold(
        self, funds: Collection[str] = (), activities: Collection[str] = (), claims: Collection[str] = ()
    ) -> None:
        """Lock and read what is not held yet, with everything these papers hang on."""
        session, tenant_id = self.session, self.tenant_id
        new_claims = set(claims).difference(self.claims)
        new_activities = set(activities) | await queries.activities_of(session, tenant_id, new_claims)
        new_activities.difference_update(self.activities)
        new_funds = set(funds) | await queries.funds_of(session, tenant_id, new_activities)
        new_funds.difference_update(self.funds)
        held = await queries.held_funds(session, tenant_id, new_funds)
        self.funds.update((id_, held.get(id_)) for id_ in new_funds)
        for purse in await queries.purses(session, tenant_id, held):
            self.purses[purse.fund_id, purse.organisation_id] = purse
        found = await queries.held_activities(session, tenant_id, new_activities)
        self.activities.update((id_, found.get(id_)) for id_ in new_activities)
        if new_claims:
            await self._hold_claims(new_claims)

    async def _hold_claims(self, ids: set[str]) -> None:
        found = await queries.held_claims(self.session, self.tenant_id, ids)
        held = {id_: HeldClaim(claim, [], []) for id_, claim in found.items()}
        for receipt in await queries.receipts(self.session, self.tenant_id, found):
            held[receipt.claim_id].receipts.append(receipt)
        for picture in await queries.pictures(self.session, self.tenant_id, found):
            held[picture.claim_id].pictures.append(picture)
        self.claims.update((id_, held.get(id_)) for id_ in ids)

    def fund(self, fund_id: str) -> Fund:
        found = self.funds[fund_id]
        assert found is not None
        return found

    def activity(self, activity_id: str) -> Activity:
        found = self.activities[activity_id]
        assert found is not None
        return found

    def today(self) -> date:
        return local_day(self.now, self.brand.time_zone)

    # the ledger

    def balances(self, fund: Fund, purse: str) -> dict[ledger.Key, Decimal]:
        """Of the fund's own accounts and one purse."""
        found: dict[ledger.Key, Decimal] = {
            (ledger.SHARED, "source"): fund.source,
            (ledger.SHARED, "pot"): fund.pot,
        }
        held = self.purses.get((fund.id, purse))
        for account in ledger.ACCOUNTS:
            if account in _ACCOUNTS and held is not None:
                found[purse, account] = getattr(held, account)
        return found

    def check(self, fund: Fund, *bookings: Booking) -> None:
        """Raises ``ledger.Overdrawn`` when these could not be booked one after the other."""
        known: dict[ledger.Key, Decimal] = {}
        for each in bookings:
            known = {**self.balances(fund, each.purse), **known}
            known = ledger.book(known, ledger.entry(each.kind, each.purse, each.amount, fund.currency))

    def book(self, fund: Fund, booking: Booking, actor: Actor) -> None:
        """Write an entry. Raises ``ledger.Overdrawn``, having changed nothing."""
        made = ledger.entry(booking.kind, booking.purse, booking.amount, fund.currency)
        after = ledger.book(self.balances(fund, booking.purse), made)
        purse = self.purse(fund, booking.purse)
        fund.source, fund.pot = after[ledger.SHARED, "source"], after[ledger.SHARED, "pot"]
        for account in _ACCOUNTS:
            setattr(purse, account, after.get((booking.purse, account), Decimal(0)))
        fund.entries += 1
        entry = self._entry(fund, booking, actor)
        self.session.add(entry)
        for position, posting in enumerate(made.postings):
            self.session.add(
                LedgerPosting(
                    tenant_id=self.tenant_id,
                    entry_id=entry.id,
                    position=position,
                    fund_id=fund.id,
                    account=posting.account,
                    organisation_id=posting.purse,
                    amount=posting.amount,
                )
            )
        self.entries.append((entry, booking.activity, booking.claim, actor.command))
        self.touch("fund", fund.id, actor.command)
        self.touch("purse", f"{fund.id}/{booking.purse}", actor.command)

    def _entry(self, fund: Fund, booking: Booking, actor: Actor) -> LedgerEntry:
        return LedgerEntry(
            tenant_id=self.tenant_id,
            id=booking.entry_id or new_id(),
            fund_id=fund.id,
            number=fund.entries,
            kind=booking.kind,
            organisation_id=booking.purse if booking.kind != "fund" else "",
            amount=booking.amount,
            currency=fund.currency,
            at=self.now,
            actor_id=actor.id,
            actor_name=actor.name,
            reason=booking.reason,
            activity_id=booking.activity.id if booking.activity is not None else "",
            claim_id=booking.claim.id if booking.claim is not None else "",
            reference=booking.reference,
        )

    def purse(self, fund: Fund, organisation_id: str) -> FundPurse:
        """Made when the fund has none yet for this partner."""
        found = self.purses.get((fund.id, organisation_id))
        if found is None:
            found = FundPurse(
                tenant_id=self.tenant_id,
                fund_id=fund.id,
                organisation_id=organisation_id,
                available=Decimal(0),
                reserved=Decimal(0),
                payable=Decimal(0),
                settled=Decimal(0),
            )
            self.session.add(found)
            self.purses[fund.id, organisation_id] = found
        return found

    def release(self, activity: Activity, actor: Actor, reason: str = "") -> None:
        """Give back what is still reserved for an activity."""
        if activity.left > 0:
            fund = self.fund(activity.fund_id)
            self.book(fund, Booking("release", activity.purse, activity.left, activity, reason=reason), actor)
            activity.left = Decimal(0)

    # telling

    def touch(self, kind: str, row_id: str, cause: str) -> None:
        self.touched.setdefault((kind, row_id), []).append(cause)

    async def tell(self, changes: Changes) -> None:
        """Number what has none, and put every row that was touched."""
        await self._number()
        kept = changes.cause
        for entry, activity, claim, cause in self.entries:
            entry.paper = (claim.number if claim is not None else activity.number if activity is not None else "") or ""
            changes.cause = cause
            changes.put("ledger_entry", rows.entry_row(entry), DESK)
        claims = [held for kind, id_ in self.touched if kind == "claim" and (held := self.claims[id_]) is not None]
        files = await media.views(self.session, self.tenant_id, {id_ for held in claims for id_ in held.media_ids})
        deputies: list[Mandate] = []
        if any(kind == "activity" for kind, _ in self.touched):
            deputies = await running_mandates(self.session, self.tenant_id, self.now)
        for (kind, row_id), causes in self.touched.items():
            for changes.cause in causes:
                if kind == "activity":
                    self._put_activity(changes, self.activity(row_id), deputies)
                else:
                    self._put(changes, kind, row_id, files)
        changes.cause = kept
        self.entries, self.touched = [], {}

    def _put(self, changes: Changes, kind: str, row_id: str, files: dict[str, MediaView]) -> None:
        if kind == "fund":
            fund = self.fund(row_id)
            purses = [purse for (fund_id, _), purse in self.purses.items() if fund_id == row_id]
            changes.put("fund", rows.fund_row(fund, purses), DESK)
        elif kind == "purse":
            fund_id, _, organisation_id = row_id.partition("/")
            fund = self.fund(fund_id)
            purse = self.purses[fund_id, organisation_id]
            row = rows.allocation_row(allocation_id(fund_id, organisation_id), fund, purse)
            changes.put("allocation", row, *map(org_scope, row.organisations), DESK)
        else:
            held = self.claims[row_id]
            assert held is not None
            activity = self.activity(held.claim.activity_id)
            view = rows.claim_row(held.claim, held.receipts, held.pictures, files, activity)
            changes.put("claim", view, org_scope(held.claim.organisation_id), DESK)
            changes.put("claim_review", rows.review_row(held.claim), DESK)

    def _put_activity(self, changes: Changes, activity: Activity, deputies: Sequence[Mandate]) -> None:
        acting = (deputy_scope(each.id) for each in deputies if each.holds(activity, self.now))
        changes.put("activity", rows.activity_row(activity), org_scope(activity.organisation_id), DESK, *acting)

    async def _number(self) -> None:
        """``AC-2026-07-0012`` and ``CL-...``: by month at the brand, in the order they were filed."""
        month = local_day(self.now, self.brand.time_zone).strftime("%Y-%m")
        fresh: dict[str, list[Activity | Claim]] = {"AC": [], "CL": []}
        for kind, row_id in self.touched:
            if kind == "activity" and self.activity(row_id).number is None:
                fresh["AC"].append(self.activity(row_id))
            elif kind == "claim" and (held := self.claims[row_id]) is not None and held.claim.number is None:
                fresh["CL"].append(held.claim)
        for prefix, papers in fresh.items():
            if papers:
                key = {"tenant_id": self.tenant_id, "series": f"{prefix}-{month}"}
                last = await take_numbers(self.session, PaperCounter, key, len(papers))
                for number, paper in enumerate(papers, last - len(papers) + 1):
                    paper.number = f"{prefix}-{month}-{number:04d}"


def allocation_id(fund_id: str, organisation_id: str) -> str:
    return derived_id("allocation", fund_id, organisation_id)


async def open_sitting(session: AsyncSession, tenant_id: str, now: datetime) -> Sitting:
    return Sitting(session, tenant_id, await identity.brand_of(session, tenant_id), now)


def open_one(context: Context) -> Sitting | None:
    """The sitting of this push, if any of its commands opened one."""
    known = context.batch.get(_BATCH)
    return known if isinstance(known, Sitting) else None


async def sitting_of(context: Context) -> Sitting:
    """One for the push."""
    known = context.batch.get(_BATCH)
    if not isinstance(known, Sitting):
        known = await open_sitting(context.session, context.principal.tenant_id, context.now)
        context.batch[_BATCH] = known
    return known


async def prepare(context: Context, commands: Sequence[Command]) -> None:
    """Lock all papers of a push in one order, whatever the order of its commands."""
    sitting = await sitting_of(context)
    await sitting.hold(_named(commands, "fund"), _named(commands, "activity"), _named(commands, "claim"))


def _named(commands: Iterable[Command], name: str) -> set[str]:
    found = (getattr(command, name, None) for command in commands)
    return {id_ for id_ in found if isinstance(id_, str)}


async def held_activity(context: Context, activity_id: str) -> tuple[Sitting, Activity]:
    """Held, whosever it is to see. Refuses with ``activity_unknown``."""
    sitting = await sitting_of(context)
    await sitting.hold(activities={activity_id})
    found = sitting.activities[activity_id]
    if found is None:
        raise Refused("activity_unknown")
    return sitting, found


async def activity_to_change(context: Context, activity_id: str) -> tuple[Sitting, Activity]:
    """Held. Refuses with ``activity_unknown``, also for one that is not the person's to see."""
    sitting, found = await held_activity(context, activity_id)
    if not context.principal.sees(found.organisation_id):
        raise Refused("activity_unknown")
    return sitting, found


async def claim_to_change(context: Context, claim_id: str) -> tuple[Sitting, HeldClaim]:
    """Held. Refuses with ``claim_unknown``, also for one that is not the person's to see."""
    sitting = await sitting_of(context)
    await sitting.hold(claims={claim_id})
    found = sitting.claims[claim_id]
    if found is None or not context.principal.sees(found.claim.organisation_id):
        raise Refused("claim_unknown")
    return sitting, found


def actor_of(context: Context) -> Actor:
    return Actor(context.principal.user_id, context.principal.name, context.command_id)


def add_event(
    paper: Activity | Claim,
    kind: str,
    now: datetime,
    actor: Actor,
    *,
    reason: str = "",
    data: dict[str, str] | None = None,
    local_at: datetime | None = None,
) -> None:
    event = PaperEvent(
        id=new_id(),
        kind=kind,
        at=now,
        actor=actor.id,
        actor_name=actor.name,
        reason=reason,
        data=data or {},
        local_at=local_at,
    )
    # A new list each time: changes inside a JSON value are not seen.
    paper.events = [*paper.events, msgspec.to_builtins(event)]
    paper.changed_at = now
