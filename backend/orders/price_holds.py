"""Orders whose customer says nothing about new prices: reminded, then let go of, so that their goods and their credit
are free for others (``offline.rules.price_holds``)."""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.housekeeping import every_hour
from backend.identity import service as identity
from backend.orders import queries
from backend.orders.backorders import finish_and_fill
from backend.orders.deciding import release
from backend.orders.models import Order
from backend.orders.sitting import Sitting, add_event, order_to_change, prepare, sitting_of, unattended
from backend.orders.telling import remind_people
from backend.sync.changes import Changes
from backend.sync.commands import Context
from backend.sync.service import flush_changes
from offline.rules.price_holds import Step, next_step
from offline.wire.commands import OrderCancel
from offline.wire.rows import OrderEvent

AT_ONCE = 200


async def let_go_of_price_holds(session: AsyncSession, now: datetime) -> int:
    """Housekeeping: looks once an hour, and at the next round again while there are more than ``AT_ONCE``. Returns
    how many orders were reminded of or let go of."""

    async def look(tenant_id: str, most: int) -> int:
        return await _look(session, tenant_id, now, most)

    return await every_hour(session, "price_holds", now, look, at_once=AT_ONCE)


async def _look(session: AsyncSession, tenant_id: str, now: datetime, limit: int) -> int:
    hours = (await identity.brand_of(session, tenant_id)).price_hold_hours
    held = await queries.held_orders(session, tenant_id) if hours else ()
    due = [row.id for row in held if _step(row.holds, row.events, hours, now)][:limit]
    if not due:
        return 0
    changes = Changes()
    context = unattended(session, tenant_id, now, changes)
    commands = [OrderCancel(order=order_id) for order_id in due]
    await prepare(context, commands)
    sitting = await sitting_of(context)
    reminded: list[Order] = []
    for command in commands:
        _, order = await order_to_change(context, command)
        # It may have changed before it was locked.
        step = _step(order.holds, order.events, hours, now)
        if step == "remind":
            add_event(context, order, "price_reminder", named=False)
            sitting.touch(order, context)
            reminded.append(order)
        elif step == "let_go":
            _let_go(context, sitting, order, hours)
    await remind_people(context, reminded, sitting.reps)
    await finish_and_fill(context)
    await flush_changes(session, tenant_id, changes, now)
    return len(due)


def _step(holds: list[object], events: list[object], hours: int, now: datetime) -> Step:
    held = msgspec.convert(holds, tuple[str, ...])
    return next_step(held, msgspec.convert(events, tuple[OrderEvent, ...]), hours, now)


def _let_go(context: Context, sitting: Sitting, order: Order, hours: int) -> None:
    release(sitting, order)
    order.status, order.holds = "cancelled", []
    add_event(context, order, "price_lapsed", data={"hours": str(hours)}, named=False)
    add_event(context, order, "cancelled", named=False)
    sitting.count(order)
    sitting.touch(order, context)
