"""Orders for programs of others: a list that can be followed, and one order."""

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import FieldError, Forbidden, Invalid, NotFound
from backend.inputs import is_time
from backend.orders import queries
from backend.orders.models import Order
from backend.orders.rows import order_row
from backend.orders.schemas import OrderPage
from backend.sync.changes import DESK
from backend.sync.commands import Principal
from backend.sync.service import changes_of, scope_seq
from offline.ids import is_id
from offline.wire import rows


class Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """How far somebody has followed: first orders that the desk does not hold (any more), to the one last changed
    at ``past``, ``id``; then the desk's changes, to number ``seq``. ``since``: what was asked for at first."""

    seq: int = 0
    past: datetime | None = None
    id: str = ""
    since: datetime | None = None


async def follow_orders(
    session: AsyncSession,
    principal: Principal,
    *,
    statuses: Collection[str],
    since: datetime | None,
    cursor: str,
    limit: int,
) -> OrderPage:
    """Those the person may see, in the order their changes were committed: each stands behind a cursor once for every
    change, because the desk's numbers have no gaps (see the sync slice). Raises ``Forbidden``, ``Invalid``."""
    check_may_see_orders(principal)
    at = read_cursor(cursor) if cursor else Cursor(since=_checked(since) if since is not None else None)
    asked = queries.Asked(principal.tenant_id, principal.organisations, statuses, at.since)
    feed = changes_of(principal.tenant_id, DESK, "order").subquery()
    # Both are read in one snapshot of the database.
    newest = await scope_seq(session, principal.tenant_id, DESK)
    if at.seq > newest:
        raise _bad("cursor", "Of a history that is not ours (any more): begin anew.")

    page: list[Order] = []
    if not at.seq:
        after = (at.past, at.id) if at.past is not None else None
        page = await queries.orders_without(session, asked, feed, after=after, limit=limit + 1)
        if len(page) > limit:
            last = page[limit - 1]
            return _page(page[:limit], Cursor(past=last.changed_at, id=last.id, since=at.since), more=True)
    found = await queries.orders_changed(session, asked, feed, after=at.seq, limit=limit - len(page) + 1)
    more = len(found) > limit - len(page)
    numbered = found[: limit - len(page)]
    # With room left for the first of the others, none of them was looked at.
    seq = (numbered[-1][0] if numbered else at.seq) if more else newest
    if more and not seq:
        last = page[-1]
        return _page(page, Cursor(past=last.changed_at, id=last.id, since=at.since), more=True)
    return _page([*page, *(order for _, order in numbered)], Cursor(seq=seq, since=at.since), more=more)


def _page(orders: Sequence[Order], cursor: Cursor, *, more: bool) -> OrderPage:
    return OrderPage(orders=tuple(map(order_row, orders)), cursor=make_cursor(cursor), more=more)


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


def make_cursor(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(plain, type=Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise _bad("cursor", "Not a cursor this list gave.") from None
    times = [at for at in (cursor.past, cursor.since) if at is not None]
    if not 0 <= cursor.seq < 1 << 63 or not all(map(is_time, times)) or (cursor.past and not is_id(cursor.id)):
        raise _bad("cursor", "Not a cursor this list gave.")
    return cursor


def _checked(since: datetime) -> datetime:
    if not is_time(since):
        raise _bad("since", "A time with a zone, of this age.")
    return since


def _bad(field: str, message: str) -> Invalid:
    return Invalid(f"bad_{field}", message, errors=(FieldError(field, message),))
