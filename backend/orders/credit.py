"""Credit used, worked out from the orders again. Every transition keeps it right; this finds and mends what a restore
or an import left wrong."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from backend.orders import queries
from backend.partners import service as partners
from backend.sync.changes import Changes
from offline.rules.credit import COUNTED


async def reconcile_credit(
    session: AsyncSession, tenant_id: str, changes: Changes, organisations: Collection[str] | None = None
) -> set[str]:
    """Set what each order of ``organisations`` (None: all that ever ordered) counts with, and of each the credit used
    and the time of its last order. Returns the ids of the organisations that were not right."""
    await session.flush()
    # Before the orders are read: who places one meanwhile, counts it there, and would be forgotten.
    if organisations is None:
        organisations = await queries.who_ordered(session, tenant_id)
    await partners.hold_organisations(session, tenant_id, organisations)
    used: dict[str, Decimal] = {}
    last: dict[str, datetime] = {}
    wrong: dict[str, Decimal] = {}
    for order_id, organisation_id, status, total, counted, placed_at in await queries.counted_credit(
        session, tenant_id, organisations
    ):
        due = total if status in COUNTED else total * 0
        used[organisation_id] = used.get(organisation_id, Decimal(0)) + due
        last[organisation_id] = max(placed_at, last.get(organisation_id, placed_at))
        if due != counted:
            wrong[order_id] = due
    for order_id, order in (await queries.locked_orders(session, tenant_id, wrong)).items():
        order.credit_counted = wrong[order_id]
    mended = await partners.reset_credit(session, tenant_id, used, last)
    for row in (await partners.organisations(session, tenant_id, mended)).values():
        partners.announce_organisation(changes, row)
    await session.flush()
    return mended
