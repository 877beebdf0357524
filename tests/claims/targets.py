"""One command of each kind that would succeed for whoever may give it, aimed at papers of SHOP."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from offline.ids import new_id
from offline.rules.approvals import Step
from offline.wire.activities import ActivityCancel, ActivityDecide, ApprovalDelegate, ApprovalRecall, ApprovalSave
from offline.wire.claims import Claim, ClaimAmend, ClaimAsk, ClaimRefuse, ClaimWithdraw
from offline.wire.commands import Command
from offline.wire.funds import FundAllocate, FundTopUp
from tests.claims.world import Funds
from tests.shop import Shop


def _funds(shop: Shop) -> Funds:
    return Funds(shop)


async def _fund(shop: Shop) -> str:
    return await _funds(shop).fund(code=new_id())


async def _activity(shop: Shop) -> str:
    return await _funds(shop).approved(await _fund(shop))


async def _claim(shop: Shop) -> Claim:
    """Submitted."""
    funds = _funds(shop)
    return await funds.claim(await funds.filed(funds.file(await _activity(shop))))


async def save(shop: Shop) -> Command:
    return _funds(shop).fund_save(code=new_id(), note=new_id())


async def top_up(shop: Shop) -> Command:
    return FundTopUp(fund=await _fund(shop), entry=new_id(), amount=Decimal(5))


async def allocate(shop: Shop) -> Command:
    fund = await _funds(shop).fund("SHOP", "DEAL", code=new_id())
    return FundAllocate(fund=fund, entry=new_id(), organisation=shop.organisation("SHOP"), amount=Decimal(5))


async def save_steps(_shop: Shop) -> Command:
    # By anybody, so that other targets can still be approved by head office.
    return ApprovalSave(steps=(Step(same_person=True),))


def _delegation(shop: Shop) -> ApprovalDelegate:
    """To the rep, who cannot stand for themselves."""
    until = shop.now + timedelta(days=30)
    return ApprovalDelegate(delegation=new_id(), deputy=shop.brand.users["rep"].id, since=shop.now, until=until)


async def delegate(shop: Shop) -> Command:
    return _delegation(shop)


async def recall(shop: Shop) -> Command:
    made = _delegation(shop)
    await shop.done("finance", made)
    return ApprovalRecall(delegation=made.delegation)


async def apply(shop: Shop) -> Command:
    return _funds(shop).apply(await _fund(shop))


async def decide(shop: Shop) -> Command:
    command = _funds(shop).apply(await _fund(shop))
    await shop.done("shop", command)
    return ActivityDecide(activity=command.activity, step=0, accept=True)


async def cancel(shop: Shop) -> Command:
    return ActivityCancel(activity=await _activity(shop), reason="改期")


async def file(shop: Shop) -> Command:
    return _funds(shop).file(await _activity(shop))


async def amend(shop: Shop) -> Command:
    claim = await _claim(shop)
    await shop.done("hq", ClaimAsk(claim=claim.id, question="?"))
    return ClaimAmend(claim=claim.id, receipts=(_funds(shop).receipt(),))


async def withdraw(shop: Shop) -> Command:
    return ClaimWithdraw(claim=(await _claim(shop)).id)


async def approve(shop: Shop) -> Command:
    return _funds(shop).approve(await _claim(shop))


async def ask(shop: Shop) -> Command:
    return ClaimAsk(claim=(await _claim(shop)).id, question="?")


async def refuse(shop: Shop) -> Command:
    return ClaimRefuse(claim=(await _claim(shop)).id, reason="no")


async def settle(shop: Shop) -> Command:
    claim = await _claim(shop)
    await shop.done("hq", _funds(shop).approve(claim))
    return _funds(shop).settle(claim.id, "5")


CLAIM_TARGETS: Mapping[str, Callable[[Shop], Awaitable[Command]]] = {
    "fund.save": save,
    "fund.top_up": top_up,
    "fund.allocate": allocate,
    "approval.save": save_steps,
    "approval.delegate": delegate,
    "approval.recall": recall,
    "activity.apply": apply,
    "activity.decide": decide,
    "activity.cancel": cancel,
    "claim.file": file,
    "claim.amend": amend,
    "claim.withdraw": withdraw,
    "claim.approve": approve,
    "claim.ask": ask,
    "claim.refuse": refuse,
    "claim.settle": settle,
}
