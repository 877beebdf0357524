"""Reads of orders. Every one takes the tenant first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from backend.bulk import among, id_list, parts
from backend.db import insert_into
from backend.orders.models import Order, OrderCounter, OrderLine

_PART = 1000
_FEW = 500
"""Organisations: those of a rep, or of a distributor's region."""
_WAITING = ("submitted", "on_hold", "approved", "partly_shipped")
_FINISHED = ("closed", "cancelled")
_LOCKED = (
    select(Order)
    .where(Order.tenant_id == bindparam("tenant"), among(Order.id, id_list("orders")))
    .order_by(Order.id)
    .options(selectinload(Order.lines))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def locked_orders(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Order]:
    """With their lines, locked in the order of their ids until the transaction ends."""
    given = {"tenant": tenant_id, "orders": sorted(ids)}
    return {row.id: row for row in await session.scalars(_LOCKED, given)}


async def held_orders(session: AsyncSession, tenant_id: str) -> Sequence[Row[str, list[Any], list[Any]]]:
    """Id, holds and events of the orders that wait for a person. Plain columns: there may be thousands."""
    statement = select(Order.id, Order.holds, Order.events).where(
        Order.tenant_id == tenant_id, Order.status == literal_column("'on_hold'")
    )
    return (await session.execute(statement.order_by(Order.id))).all()


async def waiting_orders(
    session: AsyncSession,
    tenant_id: str,
    product_ids: Collection[str],
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Order]:
    """Open orders that wait for any of these products, the oldest first from behind the pair (placed_at, id) on,
    locked; without those somebody else holds."""
    waiting = select(OrderLine.order_id).where(
        OrderLine.tenant_id == tenant_id,
        # Not a parameter: SQLite takes an index of some rows only where the statement names them as the index does.
        OrderLine.backordered > literal_column("0"),
        among(OrderLine.product_id, id_list("products")),
    )
    statement = select(Order).where(Order.tenant_id == tenant_id, Order.id.in_(waiting), Order.status.in_(_WAITING))
    if after is not None:
        placed_at, order_id = after
        later = and_(Order.placed_at == placed_at, Order.id > order_id)
        statement = statement.where(or_(Order.placed_at > placed_at, later))
    statement = (
        statement.order_by(Order.placed_at, Order.id)
        .limit(limit)
        .options(selectinload(Order.lines))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement, {"products": list(product_ids)})).all()


async def count_ids(session: AsyncSession, ids: Select[str]) -> int:
    return await session.scalar(select(func.count()).select_from(ids.subquery())) or 0


async def finished_orders(
    session: AsyncSession,
    tenant_id: str,
    held: Select[str],
    *,
    before: datetime,
    kept: tuple[int, int],
    limit: int,
) -> dict[str, datetime]:
    """Closed and cancelled ones among the ``held`` ids, the longest untouched first: id -> last changed. Not the latest
    ``kept[0]`` of an organisation, and of its latest ``kept[1]`` only those not touched since ``before``."""
    newest_first = (Order.placed_at.desc(), Order.id.desc())
    place = func.row_number().over(partition_by=Order.organisation_id, order_by=newest_first).label("place")
    columns = (Order.id, Order.status, Order.changed_at, place)
    placed = select(*columns).where(Order.tenant_id == tenant_id, Order.id.in_(held)).subquery()
    due = (placed.c.place > kept[0]) & ((placed.c.changed_at < before) | (placed.c.place > kept[1]))
    found = select(placed.c.id, placed.c.changed_at).where(placed.c.status.in_(_FINISHED), due)
    # Those of an import were all touched at once: the furthest back first.
    found = found.order_by(placed.c.changed_at, placed.c.place.desc()).limit(limit)
    return {row[0]: row[1] for row in await session.execute(found)}


async def order(session: AsyncSession, tenant_id: str, order_id: str) -> Order | None:
    """With its lines, for reading."""
    statement = (
        select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id).options(selectinload(Order.lines))
    )
    return await session.scalar(statement)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which orders somebody follows: those of ``organisations`` (None: all), of ``statuses`` (none: any), changed at
    ``since`` or later."""

    tenant_id: str
    organisations: Collection[str] | None
    statuses: Collection[str]
    since: datetime | None

    def where(self) -> list[ColumnElement[bool]]:
        found = [Order.tenant_id == self.tenant_id]
        if self.organisations is not None:
            # A distributor may see more of them than a statement takes parameters.
            found.append(among(Order.organisation_id, id_list("seen")))
        if self.statuses:
            found.append(Order.status.in_(sorted(self.statuses)))
        if self.since is not None:
            found.append(Order.changed_at >= self.since)
        return found

    def at_once(self, found: Select[Any, Any]) -> FromClause:
        """For who sees some organisations, all of their orders before any is put in its place; for others row by row,
        in the order asked for. Left to itself PostgreSQL keeps one plan for both, and went through all of a brand's
        orders for the forty of a shop."""
        return found.cte("mine").prefix_with("MATERIALIZED") if self.few else found.subquery("mine")

    @property
    def few(self) -> bool:
        return self.organisations is not None and len(self.organisations) <= _FEW

    @property
    def given(self) -> dict[str, list[str]]:
        """The parameters of ``where``."""
        return {} if self.organisations is None else {"seen": sorted(self.organisations)}


async def orders_without(
    session: AsyncSession, asked: Asked, feed: Subquery, *, after: tuple[datetime, str] | None, limit: int
) -> list[Order]:
    """Those that are not in ``feed`` (id, seq), in the order they were last changed, from behind the pair
    (changed_at, id) on."""
    absent = _number_in(feed).is_(None) if asked.few else ~exists().where(feed.c.id == Order.id)
    found = select(Order.id.label("id"), Order.changed_at.label("at")).where(*asked.where(), absent)
    if after is not None:
        changed_at, order_id = after
        later = and_(Order.changed_at == changed_at, Order.id > order_id)
        # The first says nothing new, but to an index, which else reads all from the first order on for each page.
        found = found.where(Order.changed_at >= changed_at, or_(Order.changed_at > changed_at, later))
    mine = asked.at_once(found)
    statement = _of(asked, mine).order_by(mine.c.at, mine.c.id).limit(limit)
    return [row[1] for row in await session.execute(statement, asked.given)]


async def orders_changed(
    session: AsyncSession, asked: Asked, feed: Subquery, *, after: int, limit: int
) -> list[tuple[int, Order]]:
    """Those in ``feed`` with their numbers, from behind number ``after`` on."""
    if asked.few:
        found = select(Order.id.label("id"), _number_in(feed).label("at"))
    else:
        found = select(Order.id.label("id"), feed.c.seq.label("at")).join(feed, feed.c.id == Order.id)
    mine = asked.at_once(found.where(*asked.where()))
    statement = _of(asked, mine).where(mine.c.at > after).order_by(mine.c.at).limit(limit)
    return [(row[0], row[1]) for row in await session.execute(statement, asked.given)]


def _number_in(feed: Subquery) -> ScalarSelect[int]:
    """Asked of each order: both engines would begin a join, or what becomes one, with the whole feed."""
    return select(feed.c.seq).where(feed.c.id == Order.id).scalar_subquery()


def _of(asked: Asked, mine: FromClause) -> Select[Any, Order]:
    """Where each of ``mine`` (id, at) stands, and the order with its lines."""
    whole = select(mine.c.at, Order).join(mine, (mine.c.id == Order.id) & (Order.tenant_id == asked.tenant_id))
    return whole.options(selectinload(Order.lines))


async def pass_number(session: AsyncSession, tenant_id: str, month: str, number: int) -> None:
    """No fresh number of the tenant's month is ``number`` or below; the counter stays locked until the commit."""
    higher = case((OrderCounter.last < number, number), else_=OrderCounter.last)
    await session.execute(
        insert_into(session, OrderCounter)
        .values(tenant_id=tenant_id, month=month, last=number)
        .on_conflict_do_update(index_elements=["tenant_id", "month"], set_={"last": higher})
    )


async def who_ordered(session: AsyncSession, tenant_id: str) -> list[str]:
    """Ids of organisations that have an order."""
    statement = select(Order.organisation_id).where(Order.tenant_id == tenant_id).distinct()
    return list(await session.scalars(statement))


async def counted_credit(
    session: AsyncSession, tenant_id: str, organisations: Collection[str]
) -> list[tuple[str, str, str, Decimal, Decimal, datetime]]:
    """Of every order of ``organisations``: id, organisation, status, total, what it is counted with, when
    it was placed."""
    columns = (Order.id, Order.organisation_id, Order.status, Order.total, Order.credit_counted, Order.placed_at)
    found: list[tuple[str, str, str, Decimal, Decimal, datetime]] = []
    for part in parts(organisations, _PART):
        statement = select(*columns).where(Order.tenant_id == tenant_id, Order.organisation_id.in_(part))
        rows = await session.execute(statement)
        found += [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]
    return found


async def taken(
    session: AsyncSession, tenant_id: str, ids: Collection[str], numbers: Collection[str]
) -> tuple[set[str], set[str]]:
    """Which of these ids and numbers orders have already."""
    found_ids: set[str] = set()
    found_numbers: set[str] = set()
    for part in parts(ids, _PART):
        statement = select(Order.id).where(Order.tenant_id == tenant_id, Order.id.in_(part))
        found_ids.update(await session.scalars(statement))
    for part in parts(numbers, _PART):
        by_number = select(Order.number).where(Order.tenant_id == tenant_id, Order.number.in_(part))
        found_numbers.update(number for number in await session.scalars(by_number) if number is not None)
    return found_ids, found_numbers
