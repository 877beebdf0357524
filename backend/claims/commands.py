"""Commands of funds, activities and claims. They share ``prepare`` and ``finish``: one set of locks and rows a push."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.claims.applying import apply_for_activity, cancel_activity
from backend.claims.approving import decide_activity, delegate, recall, save_route
from backend.claims.filing import amend_claim, file_claim, withdraw_claim
from backend.claims.funding import allocate_fund, save_fund, top_up_fund
from backend.claims.reviewing import approve_claim, ask_for_more, refuse_claim, settle_claim
from backend.claims.sitting import open_one, prepare
from backend.claims.telling import tell_people
from backend.sync.commands import Context, Handler
from offline.wire import claims as wire
from offline.wire.commands import Command

Handle = Callable[[Context, Any], Awaitable[None]]


async def finish(context: Context) -> None:
    """Number the papers, put their rows, and tell people on their devices."""
    sitting = open_one(context)
    if sitting is not None:
        touched = list(sitting.touched)
        await sitting.tell(context.changes)
        await tell_people(context, sitting, touched)


def _on_papers(command: type[Command], permission: str, handle: Handle) -> Handler:
    return Handler(command, permission, handle, prepare, finish)


HANDLERS: tuple[Handler, ...] = (
    _on_papers(wire.FundSave, "fund.manage", save_fund),
    _on_papers(wire.FundTopUp, "fund.manage", top_up_fund),
    _on_papers(wire.FundAllocate, "fund.manage", allocate_fund),
    Handler(wire.ApprovalSave, "fund.manage", save_route),
    Handler(wire.ApprovalDelegate, "activity.approve", delegate),
    Handler(wire.ApprovalRecall, "activity.approve", recall),
    _on_papers(wire.ActivityApply, "activity.apply", apply_for_activity),
    _on_papers(wire.ActivityDecide, "activity.approve", decide_activity),
    _on_papers(wire.ActivityCancel, "activity.apply", cancel_activity),
    _on_papers(wire.ClaimFile, "claim.file", file_claim),
    _on_papers(wire.ClaimAmend, "claim.file", amend_claim),
    _on_papers(wire.ClaimWithdraw, "claim.file", withdraw_claim),
    _on_papers(wire.ClaimApprove, "claim.review", approve_claim),
    _on_papers(wire.ClaimAsk, "claim.review", ask_for_more),
    _on_papers(wire.ClaimRefuse, "claim.review", refuse_claim),
    _on_papers(wire.ClaimSettle, "claim.settle", settle_claim),
)
