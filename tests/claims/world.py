"""Funds, activities and claims of the test brand, made through the real push pipeline."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from backend.claims import queries
from backend.claims.comparing import find_look_alikes, keep_look_alikes
from backend.claims.service import files_arrived
from backend.claims.sitting import open_sitting
from backend.media.models import Media
from offline.ids import derived_id, new_id
from offline.rules import ledger
from offline.wire.activities import Activity, ActivityApply, ActivityDecide, Place
from offline.wire.claims import (
    Claim,
    ClaimAmend,
    ClaimApprove,
    ClaimFile,
    ClaimReview,
    ClaimSettle,
    ReceiptDecision,
    ReceiptDraft,
)
from offline.wire.funds import Allocation, FundSave, FundTopUp
from offline.wire.media import MediaRef, Position
from tests.shop import Shop, writing

PLACE = Place(name="永辉超市 人民路店", latitude=31.23, longitude=121.47)


def picture(content: str = "", **more: Any) -> MediaRef:
    """A reference to a picture whose bytes are ``content`` (its own, if empty), taken where it should be."""
    row_id = new_id()
    data = (content or row_id).encode()
    settings: dict[str, Any] = {"id": row_id, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    return MediaRef(**(settings | {"content_type": "image/jpeg"} | more))


@dataclass(slots=True)
class Funds:
    """What the tests say, over ``shop``. ``stored``: pictures of claims arrive at once, as most do."""

    shop: Shop
    counter: int = 0
    claims: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        return (self.shop.now + timedelta(hours=8)).date()

    async def fund(self, *codes: str, budget: str = "10000", login: str = "hq", **more: Any) -> str:
        """A fund's id; by default for SHOP alone."""
        command = self.fund_save(*codes, **more)
        await self.shop.done(login, command)
        if Decimal(budget):
            await self.shop.done(login, FundTopUp(fund=command.fund, entry=new_id(), amount=Decimal(budget)))
        return command.fund

    def fund_save(self, *codes: str, **more: Any) -> FundSave:
        self.counter += 1
        settings: dict[str, Any] = {
            "fund": new_id(),
            "code": f"F{self.counter}",
            "name": {"zh": "陈列基金", "en": "Display fund"},
            "organisations": tuple(self.shop.organisation(code) for code in codes or ("SHOP",)),
            "currency": "CNY",
            "valid_from": self.today - timedelta(days=30),
            "valid_until": self.today + timedelta(days=300),
        }
        return FundSave(**(settings | more))

    def apply(self, fund: str, amount: str = "1000", code: str = "SHOP", **more: Any) -> ActivityApply:
        settings: dict[str, Any] = {
            "activity": new_id(),
            "fund": fund,
            "organisation": self.shop.organisation(code),
            "kind": "display",
            "title": "夏季堆头陈列",
            "starts_on": self.today,
            "ends_on": self.today + timedelta(days=10),
            "amount": Decimal(amount),
            "place": PLACE,
            "shows": "堆头一组",
        }
        return ActivityApply(**(settings | more))

    async def approved(self, fund: str, amount: str = "1000", login: str = "shop", **more: Any) -> str:
        """The id of an activity that was applied for and approved by head office."""
        command = self.apply(fund, amount, **more)
        await self.shop.done(login, command)
        await self.shop.done("hq", ActivityDecide(activity=command.activity, step=0, accept=True))
        return command.activity

    def receipt(self, total: str = "300", *pictures: MediaRef, **more: Any) -> ReceiptDraft:
        settings: dict[str, Any] = {
            "id": new_id(),
            "seller": f"供应商{new_id()[-6:]}",
            "on": self.today,
            "total": Decimal(total),
            "currency": "CNY",
            "pictures": pictures or (picture(),),
        }
        return ReceiptDraft(**(settings | more))

    def file(self, activity: str, *receipts: ReceiptDraft, **more: Any) -> ClaimFile:
        at = Position(latitude=31.23, longitude=121.47, accuracy=20, at=self.shop.now)
        settings: dict[str, Any] = {
            "claim": new_id(),
            "activity": activity,
            "receipts": receipts or (self.receipt(),),
            "display": (picture(position=at, taken_at=self.shop.now),),
        }
        return ClaimFile(**(settings | more))

    async def filed(self, command: ClaimFile | ClaimAmend, login: str = "shop") -> str:
        """The id of a claim whose pictures have come."""
        await self.shop.done(login, command)
        await self.arrive(*(ref for each in command.receipts for ref in each.pictures), *command.display)
        return command.claim

    async def arrive(
        self,
        *refs: MediaRef,
        looks: Mapping[str, str] | None = None,
        exif: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        """The media slice has verified these files; by id, what they look like and say of themselves."""
        ids = [ref.id for ref in refs]
        async with writing(self.shop) as (session, changes):
            for row_id in ids:
                values = {
                    "status": "stored",
                    "stored_at": self.shop.now,
                    "look": (looks or {}).get(row_id, ""),
                    "exif": (exif or {}).get(row_id),
                }
                statement = update(Media).where(Media.tenant_id == self.shop.tenant_id, Media.id == row_id)
                await session.execute(statement.values(values))
            await files_arrived(session, self.shop.tenant_id, ids, changes)

    async def compare(self, claim_id: str) -> None:
        """What the worker does once a claim's pictures are here."""
        shop = self.shop
        found = await find_look_alikes(shop.sessions, shop.tenant_id, claim_id, shop.now)
        async with writing(shop) as (session, changes):
            sitting = await open_sitting(session, shop.tenant_id, shop.now)
            await keep_look_alikes(sitting, claim_id, found, changes)

    def approve(self, claim: Claim, *amounts: str, **more: Any) -> ClaimApprove:
        """Of each receipt this much, with a reason."""
        parts = zip(claim.receipts, amounts or [str(each.total) for each in claim.receipts], strict=True)
        decisions = {each.id: ReceiptDecision(amount=Decimal(part), reason="按标准") for each, part in parts}
        return ClaimApprove(claim=claim.id, receipts=decisions, **more)

    def settle(self, claim: str, amount: str, **more: Any) -> ClaimSettle:
        settings: dict[str, Any] = {"kind": "credit_note", "reference": "CN-1", "settled_on": self.today}
        return ClaimSettle(claim=claim, settlement=new_id(), amount=Decimal(amount), **(settings | more))

    # what phones and the desk hold

    async def activity(self, activity_id: str) -> Activity:
        row, scopes = await self.shop.feed("activity", activity_id, Activity)
        scopes = {scope for scope in scopes if not scope.startswith("deputy:")}
        assert scopes == {"desk", f"org:{row.organisation}"}
        return row  # type: ignore[no-any-return]  # ``feed`` decodes any kind

    async def claim(self, claim_id: str) -> Claim:
        row, scopes = await self.shop.feed("claim", claim_id, Claim)
        assert scopes == {"desk", f"org:{row.organisation}"}
        return row  # type: ignore[no-any-return]  # ``feed`` decodes any kind

    async def findings(self, claim_id: str) -> list[tuple[str, str, str]]:
        """(check, level, subject); what was found is head office's alone."""
        row, scopes = await self.shop.feed("claim_review", claim_id, ClaimReview)
        assert scopes == {"desk"}
        return [(each.check, each.level, each.subject) for each in row.findings]

    async def allocation(self, fund: str, code: str = "SHOP") -> Allocation:
        purse = self.shop.organisation(code) if code else ""
        row, _ = await self.shop.feed("allocation", derived_id("allocation", fund, purse), Allocation)
        return row  # type: ignore[no-any-return]  # ``feed`` decodes any kind

    async def balance(self, fund: str, code: str = "SHOP") -> tuple[str, ...]:
        """Allocated, available, reserved, payable, settled."""
        row = await self.allocation(fund, code)
        return tuple(f"{amount:f}" for amount in (row.allocated, row.available, row.reserved, row.payable, row.settled))

    async def check_ledger(self) -> Sequence[str]:
        """That every entry adds up to nothing, that entries are the balances, and that papers agree. Returns the kinds
        of all entries."""
        async with self.shop.sessions() as session:
            entries = await queries.entries(session, self.shop.tenant_id)
            postings = await queries.postings(session, self.shop.tenant_id)
            funds = {fund.id: fund for fund in await queries.funds(session, self.shop.tenant_id)}
            purses = await queries.purses(session, self.shop.tenant_id, funds)
        sums: dict[tuple[str, str, str], Decimal] = {}
        by_entry: dict[str, Decimal] = {}
        for posting in postings:
            by_entry[posting.entry_id] = by_entry.get(posting.entry_id, Decimal(0)) + posting.amount
            key = posting.fund_id, posting.organisation_id, posting.account
            sums[key] = sums.get(key, Decimal(0)) + posting.amount
        assert set(by_entry) == {entry.id for entry in entries}
        assert set(by_entry.values()) <= {Decimal(0)}
        for fund in funds.values():
            assert sums.get((fund.id, "", "source"), Decimal(0)) == fund.source <= 0
            assert sums.get((fund.id, "", "pot"), Decimal(0)) == fund.pot >= 0
            assert sorted(each.number for each in entries if each.fund_id == fund.id) == list(
                range(1, fund.entries + 1)
            )
        for purse in purses:
            for account in ledger.ACCOUNTS[2:]:
                kept = getattr(purse, account)
                assert sums.get((purse.fund_id, purse.organisation_id, account), Decimal(0)) == kept >= 0
        return [entry.kind for entry in entries]
