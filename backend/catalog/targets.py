"""Whom promotions are meant for, and so whose phones may have them.

One that is everybody's lies in the brand's scope. Of one that is meant for some there is one row, in a scope of its own
which the readers of its customers hold: who they are follows from where an organisation stands when somebody asks, so
that nothing has to be written when one moves.
"""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import inserting
from backend.catalog.models import PromotionTarget
from backend.sync.changes import BRAND, DESK, Changes, promotion_scope
from offline.wire import rows

_TARGETS = inserting(PromotionTarget, ("tenant_id", "target", "promotion_id"))


def group_target(group: str) -> str:
    """How a customer group is named among targets; an organisation is by its id."""
    return f"group:{group}"


def targets_of(promotion: rows.Promotion) -> frozenset[str]:
    """Empty for one that is everybody's."""
    return frozenset((*promotion.organisations, *map(group_target, promotion.groups)))


def announce_promotion(changes: Changes, row: rows.Promotion) -> None:
    changes.put("promotion", row, *((DESK, promotion_scope(row.id)) if targets_of(row) else (BRAND,)))


async def aim(session: AsyncSession, tenant_id: str, promotions: Iterable[rows.Promotion]) -> None:
    """Write whom these are meant for now, in the place of what was written before."""
    promotions = list(promotions)
    for row in promotions:
        here = (PromotionTarget.tenant_id == tenant_id, PromotionTarget.promotion_id == row.id)
        await session.execute(delete(PromotionTarget).where(*here))
    await _TARGETS.run(session, [(tenant_id, each, row.id) for row in promotions for each in sorted(targets_of(row))])
