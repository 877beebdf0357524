"""Whatever people do, in whatever order: the ledger adds up, and papers and balances agree with it."""

import random
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from backend.claims import queries
from offline.ids import new_id
from offline.rules.papers import OPEN_CLAIMS
from offline.wire.activities import Activity, ActivityApply, ActivityCancel, ActivityDecide
from offline.wire.claims import Claim, ClaimFile, ClaimRefuse, ClaimWithdraw
from offline.wire.commands import Command
from offline.wire.funds import FundAllocate, FundTopUp
from tests.claims.world import Funds

STEPS = 170


class Walk:
    """Random commands over two funds, sound ones and others; ``given`` counts those that were applied."""

    def __init__(self, funds: Funds, chance: random.Random, ids: list[str]) -> None:
        self.funds, self.chance, self.fund_ids = funds, chance, ids
        self.activities: list[str] = []
        self.claims: list[str] = []
        self.given: dict[str, int] = {}

    def amount(self, most: int = 900) -> Decimal:
        return Decimal(self.chance.randint(1, most * 100)) / 100

    async def step(self) -> None:
        often = (self.apply, self.decide, self.approve, self.file, self.settle)
        deeds: tuple[Callable[[], Awaitable[tuple[str, Command] | None]], ...] = (
            *(self.top_up, self.allocate, self.cancel, self.refuse, self.withdraw),
            *(often * 2),
            *(self.file, self.approve),
        )
        made = await self.chance.choice(deeds)()
        if made is not None:
            login, command = made
            verdict = await self.funds.shop.give(login, command)
            assert verdict.code != "internal", (command, verdict)
            if verdict.status == "applied":
                self.given[command.NAME] = self.given.get(command.NAME, 0) + 1
                if isinstance(command, ActivityApply):
                    self.activities.append(command.activity)
                elif isinstance(command, ClaimFile):
                    self.claims.append(command.claim)
                    refs = [ref for each in command.receipts for ref in each.pictures]
                    await self.funds.arrive(*refs, *command.display)

    async def top_up(self) -> tuple[str, Command]:
        amount = self.amount() * self.chance.choice((1, 1, -1))
        return "hq", FundTopUp(fund=self.chance.choice(self.fund_ids), entry=new_id(), amount=amount)

    async def allocate(self) -> tuple[str, Command]:
        where = self.funds.shop.organisation(self.chance.choice(("SHOP", "DEAL")))
        amount = self.amount() * self.chance.choice((1, 1, -1))
        fund = self.chance.choice(self.fund_ids)
        return "hq", FundAllocate(fund=fund, entry=new_id(), organisation=where, amount=amount)

    async def apply(self) -> tuple[str, Command]:
        command = self.funds.apply(
            self.chance.choice(self.fund_ids), str(self.amount()), self.chance.choice(("SHOP", "DEAL"))
        )
        return "dealer", command

    async def decide(self) -> tuple[str, Command] | None:
        if not self.activities:
            return None
        accept = self.chance.random() < 0.8
        activity = self.chance.choice(self.activities[-4:])
        return "finance", ActivityDecide(activity=activity, step=0, accept=accept, reason="ok")

    async def cancel(self) -> tuple[str, Command] | None:
        return ("dealer", ActivityCancel(activity=self.chance.choice(self.activities))) if self.activities else None

    async def file(self) -> tuple[str, Command] | None:
        if not self.activities:
            return None
        receipts = [self.funds.receipt(str(self.amount(400))) for _ in range(self.chance.randint(1, 3))]
        command = self.funds.file(self.chance.choice(self.activities[-4:]), *receipts)
        return "dealer", command

    async def _claim(self) -> Claim | None:
        if not self.claims:
            return None
        row, _ = await self.funds.shop.feed("claim", self.chance.choice(self.claims[-5:]), Claim)
        return row  # type: ignore[no-any-return]  # ``feed`` decodes any kind

    async def approve(self) -> tuple[str, Command] | None:
        claim = await self._claim()
        if claim is None:
            return None
        parts = [str(min(each.total, self.amount(400))) for each in claim.receipts]
        return "finance", self.funds.approve(claim, *parts, release=self.chance.random() < 0.5)

    async def refuse(self) -> tuple[str, Command] | None:
        if not self.claims or self.chance.random() < 0.7:
            return None
        return "finance", ClaimRefuse(
            claim=self.chance.choice(self.claims), reason="no", release=self.chance.random() < 0.5
        )

    async def withdraw(self) -> tuple[str, Command] | None:
        if not self.claims or self.chance.random() < 0.7:
            return None
        return "dealer", ClaimWithdraw(claim=self.chance.choice(self.claims))

    async def settle(self) -> tuple[str, Command] | None:
        claim = await self._claim()
        return ("finance", self.funds.settle(claim.id, str(self.amount(150)))) if claim is not None else None


@pytest.mark.parametrize(
    ("engine_name", "seed"), [("sqlite", 1), ("sqlite", 2), ("postgresql", 3)], indirect=["engine_name"]
)
async def test_the_ledger_holds_after_any_walk(funds: Funds, seed: int) -> None:
    ids = [
        await funds.fund("SHOP", "DEAL", shared=True, budget="9000"),
        await funds.fund("SHOP", "DEAL", budget="9000"),
    ]
    for code in ("SHOP", "DEAL"):
        where = funds.shop.organisation(code)
        await funds.shop.done("hq", FundAllocate(fund=ids[1], entry=new_id(), organisation=where, amount=Decimal(2000)))
    walk = Walk(funds, random.Random(seed), ids)
    for number in range(STEPS):
        await walk.step()
        if number % 10 == 0:
            await funds.check_ledger()
    kinds = await funds.check_ledger()
    assert {"fund", "allocate", "reserve", "release", "consume", "settle"} == set(kinds), walk.given
    await _papers_agree(funds)


async def _papers_agree(funds: Funds) -> None:
    """What purses hold is what activities and claims say."""
    reserved: dict[tuple[str, str], Decimal] = {}
    owed: dict[tuple[str, str], Decimal] = {}
    activities: dict[str, Activity] = {}
    async with funds.shop.sessions() as session:
        tenant_id = funds.shop.tenant_id
        all_ids = {each.activity_id for each in await queries.entries(session, tenant_id) if each.activity_id}
        claims = await queries.claims(session, tenant_id)
        purses = await queries.purses(session, tenant_id, {each.id for each in await queries.funds(session, tenant_id)})
        shared = {fund.id for fund in await queries.funds(session, tenant_id) if fund.shared}
    for id_ in all_ids:
        activities[id_] = await funds.activity(id_)
    for row in activities.values():
        key = row.fund, "" if row.fund in shared else row.organisation
        reserved[key] = reserved.get(key, Decimal(0)) + row.left
        assert (row.left > 0) == (row.status in ("applied", "approved")), row
        mine = [each for each in claims if each.activity_id == row.id]
        assert sum((each.approved or Decimal(0) for each in mine), Decimal(0)) == row.spent
        assert sum(each.status in OPEN_CLAIMS for each in mine) <= 1
        for each in mine:
            owed[key] = owed.get(key, Decimal(0)) + (each.approved or Decimal(0)) - each.settled
    for purse in purses:
        key = purse.fund_id, purse.organisation_id
        assert purse.reserved == reserved.get(key, Decimal(0))
        assert purse.payable == owed.get(key, Decimal(0))
