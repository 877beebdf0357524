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
from offline.wire.activities import (
    ActivityApply,
    ActivityCancel,
    ActivityDecide,
    ApprovalDelegate,
    ApprovalRecall,
    ApprovalSave,
)
from offline.wire.claims import ClaimAmend, ClaimApprove, ClaimAsk, ClaimFile, ClaimRefuse, ClaimSettle, ClaimWithdraw
from offline.wire.commands import Command
from offline.wire.funds import FundAllocate, FundSave, FundTopUp

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
    _on_papers(FundSave, "fund.manage", save_fund),
    _on_papers(FundTopUp, "fund.manage", top_up_fund),
    _on_papers(FundAllocate, "fund.manage", allocate_fund),
    Handler(ApprovalSave, "fund.manage", save_route),
    Handler(ApprovalDelegate, "activity.approve", delegate),
    Handler(ApprovalRecall, "activity.approve", recall),
    _on_papers(ActivityApply, "activity.apply", apply_for_activity),
    _on_papers(ActivityDecide, "activity.approve", decide_activity),
    _on_papers(ActivityCancel, "activity.apply", cancel_activity),
    _on_papers(ClaimFile, "claim.file", file_claim),
    _on_papers(ClaimAmend, "claim.file", amend_claim),
    _on_papers(ClaimWithdraw, "claim.file", withdraw_claim),
    _on_papers(ClaimApprove, "claim.review", approve_claim),
    _on_papers(ClaimAsk, "claim.review", ask_for_more),
    _on_papers(ClaimRefuse, "claim.review", refuse_claim),
    _on_papers(ClaimSettle, "claim.settle", settle_claim),
)
