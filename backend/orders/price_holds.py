"""Orders whose customer says nothing about new prices: reminded, then let go of, so that their goods and their credit
are free for others (``offline.rules.price_holds``)."""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity import service as identity
from backend.jobs.service import Chore, in_parts
from backend.orders import queries
from backend.orders.backorders import finish_and_fill
from backend.orders.deciding import end, release
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


async def let_go_of_price_holds(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore. Returns how many orders were reminded of or let go of, at most ``AT_ONCE``."""
    hours = (await identity.brand_of(session, tenant_id)).price_hold_hours
    held = await queries.held_orders(session, tenant_id) if hours else ()
    due = [row.id for row in held if _step(row.holds, row.events, hours, now)][:AT_ONCE]
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
    end(order, "cancelled")
    add_event(context, order, "price_lapsed", data={"hours": str(hours)}, named=False)
    add_event(context, order, "cancelled", named=False)
    sitting.count(order)
    sitting.touch(order, context)


CHORES: dict[str, Chore] = {"order.price_holds": Chore(in_parts(let_go_of_price_holds, AT_ONCE))}
