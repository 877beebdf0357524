"""Rows that are locked until the transaction ends: several of a kind, always in one order, and counters."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import parts
from backend.db import Base, Owned, insert_into, table_of

OwnedRow = TypeVar("OwnedRow", bound=Owned)


async def locked_by_id(
    session: AsyncSession, kind: type[OwnedRow], tenant_id: str, ids: Collection[str]
) -> dict[str, OwnedRow]:
    """As they are now, locked in the order of their ids: two who lock several each do not wait for each other in a
    circle."""
    found: dict[str, OwnedRow] = {}
    for part in parts(ids):
        statement = (
            select(kind)
            .where(kind.tenant_id == tenant_id, kind.id.in_(part))
            .order_by(kind.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update((row.id, row) for row in await session.scalars(statement))
    return found


async def take_numbers(session: AsyncSession, counter: type[Base], key: Mapping[str, str], count: int) -> int:
    """The last of ``count`` fresh numbers. ``counter`` keeps for each ``key`` the ``last`` one that was given, in a row
    that is locked then."""
    last: Any = table_of(counter).c.last
    statement = (
        insert_into(session, counter)
        .values(**key, last=count)
        .on_conflict_do_update(index_elements=list(key), set_={"last": last + count})
        .returning(last)
    )
    taken = await session.scalar(statement)
    assert isinstance(taken, int)
    return taken
