"""Orders for programs of others: a list that can be followed, and one order."""

import base64
import binascii
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import FieldError, Forbidden, Invalid, NotFound
from backend.orders import queries
from backend.orders.rows import order_row
from backend.orders.schemas import OrderPage
from backend.sync.commands import Principal
from offline.ids import is_id
from offline.wire import rows

# A transaction commits a moment after the time it writes. What is younger is not listed yet, so that nobody who
# follows the list passes by an order that was on its way.
SETTLED = timedelta(seconds=10)


async def follow_orders(
    session: AsyncSession,
    principal: Principal,
    *,
    statuses: Collection[str],
    since: datetime | None,
    cursor: str,
    limit: int,
) -> OrderPage:
    """Those the person may see, in the order they were last changed: each stands behind a cursor once for every
    change. Raises ``Forbidden``, ``Invalid``."""
    check_may_see_orders(principal)
    after = read_cursor(cursor) if cursor else (_checked(since), "") if since is not None else None
    found = await queries.changed_orders(
        session,
        principal.tenant_id,
        principal.organisations,
        statuses=statuses,
        after=after,
        until=datetime.now(UTC) - SETTLED,
        limit=limit + 1,
    )
    page = found[:limit]
    last = make_cursor(page[-1].changed_at, page[-1].id) if page else cursor
    return OrderPage(orders=tuple(map(order_row, page)), cursor=last, more=len(found) > limit)


async def read_order(session: AsyncSession, principal: Principal, order_id: str) -> rows.Order:
    """Raises ``Forbidden``; ``NotFound`` also for one that is not the person's to see."""
    check_may_see_orders(principal)
    order = await queries.order(session, principal.tenant_id, order_id)
    if order is None or not principal.sees(order.organisation_id):
        raise NotFound("order_unknown", "There is no such order.")
    return order_row(order)


def check_may_see_orders(principal: Principal) -> None:
    """The same as for phones: see the partners slice's scopes."""
    needed = "order.see_all" if principal.organisations is None else "organisation.see"
    if not principal.may(needed):
        raise Forbidden(detail="This needs a permission you do not have.", permission=needed)


def make_cursor(changed_at: datetime, order_id: str) -> str:
    return base64.urlsafe_b64encode(f"{changed_at.isoformat()} {order_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        at, order_id = text.split(" ")
        changed_at = datetime.fromisoformat(at)
    except (binascii.Error, ValueError):
        raise _bad("cursor", "Not a cursor this list gave.") from None
    if not is_id(order_id) or not _is_sound(changed_at):
        raise _bad("cursor", "Not a cursor this list gave.")
    return changed_at.astimezone(UTC), order_id


def _checked(since: datetime) -> datetime:
    if not _is_sound(since):
        raise _bad("since", "A time with a zone, of this age.")
    return since


def _bad(field: str, message: str) -> Invalid:
    return Invalid(f"bad_{field}", message, errors=(FieldError(field, message),))


def _is_sound(at: datetime) -> bool:
    return at.tzinfo is not None and 1970 <= at.year <= 9000
