"""Reads of organisations. Every one takes the tenant first."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Text, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list, parts
from backend.db import table_of
from backend.partners.models import Organisation

_ROWS = table_of(Organisation)
_OF_REP = select(_ROWS.c.id).where(_ROWS.c.tenant_id == bindparam("tenant"), _ROWS.c.rep_id == bindparam("rep"))
# For statements of other slices to join.
STANDING = select(_ROWS.c.tenant_id, _ROWS.c.id, _ROWS.c.type, _ROWS.c.status).subquery("standing")
_THESE = (_ROWS.c.tenant_id == bindparam("tenant"), among(_ROWS.c.id, id_list("organisations")))
_BY_ID = select(Organisation).where(*_THESE).order_by(Organisation.id)
_LOCKED = _BY_ID.with_for_update().execution_options(populate_existing=True)
_STATUSES = select(_ROWS.c.status).where(*_THESE)
_TYPE = select(_ROWS.c.type).where(_ROWS.c.tenant_id == bindparam("tenant"), _ROWS.c.id == bindparam("organisation"))
_ASSIGNED = (
    select(_ROWS.c.applicable, _ROWS.c.assortments, _ROWS.c.ancestors, _ROWS.c.customer_group).where(*_THESE).distinct()
)
_STANDINGS = select(
    _ROWS.c.id,
    _ROWS.c.type,
    _ROWS.c.status,
    _ROWS.c.territory,
    _ROWS.c.customer_group,
    _ROWS.c.ancestors,
    _ROWS.c.rep_id,
).where(_ROWS.c.tenant_id == bindparam("tenant"))
MAX_DEPTH = 12
# Level by level, which is one statement for a shop and two for its dealer: of one recursive statement PostgreSQL read
# all organisations of the brand at each level, for each request of a partner. Of attributes, not of columns: who moves
# organisations asks again, and what is not flushed yet must count.
_OURS = select(Organisation.id).where(Organisation.tenant_id == bindparam("tenant"))
_BELOW = _OURS.where(among(Organisation.parent_id, id_list("ids")))
_THEY_AND_BELOW = select(_OURS.where(among(Organisation.id, id_list("ids"))).union(_BELOW).cte("subtree").c.id)


async def by_ids(
    session: AsyncSession, tenant_id: str, ids: Collection[str], *, lock: bool = False
) -> dict[str, Organisation]:
    """``lock``: in the order of their ids, as they are now, until the transaction ends."""
    given = {"tenant": tenant_id, "organisations": sorted(ids)}
    return {row.id: row for row in await session.scalars(_LOCKED if lock else _BY_ID, given)}


async def lock_tree(session: AsyncSession, tenant_id: str) -> None:
    """One change of the tree at a time: two moves that are sound alone could make a circle together. The head office
    stands for the tree; no order locks it."""
    await session.execute(
        select(Organisation.id)
        .where(Organisation.tenant_id == tenant_id, Organisation.parent_id.is_(None))
        .with_for_update()
    )


async def everyone(session: AsyncSession, tenant_id: str) -> dict[str, Organisation]:
    statement = select(Organisation).where(Organisation.tenant_id == tenant_id).order_by(Organisation.id)
    return {row.id: row for row in await session.scalars(statement)}


async def standings(session: AsyncSession, tenant_id: str) -> Sequence[Any]:
    """Where every organisation stands, as plain columns: there may be thousands."""
    return (await session.execute(_STANDINGS, {"tenant": tenant_id})).all()


async def id_by_code(session: AsyncSession, tenant_id: str, code: str) -> str | None:
    statement = select(Organisation.id).where(Organisation.tenant_id == tenant_id, Organisation.code == code)
    return await session.scalar(statement)


async def ids_by_code(session: AsyncSession, tenant_id: str, codes: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(codes):
        statement = select(Organisation.code, Organisation.id).where(
            Organisation.tenant_id == tenant_id, Organisation.code.in_(part)
        )
        found.update((code, id_) for code, id_ in await session.execute(statement))
    return found


async def existing_ids(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in parts(ids):
        statement = select(Organisation.id).where(Organisation.tenant_id == tenant_id, Organisation.id.in_(part))
        found.update(await session.scalars(statement))
    return found


async def ids_with(session: AsyncSession, tenant_id: str, word: str, limit: int) -> list[str]:
    """Ids of organisations whose text for searching has the word, so many at most."""
    statement = select(Organisation.id).where(
        Organisation.tenant_id == tenant_id, Organisation.search.contains(word, autoescape=True)
    )
    return list(await session.scalars(statement.order_by(Organisation.code).limit(limit)))


async def ids_of_rep(session: AsyncSession, tenant_id: str, user_id: str) -> list[str]:
    found = (await session.execute(_OF_REP, {"tenant": tenant_id, "rep": user_id})).all()
    return [row[0] for row in found]


def assigned_to(tenant_id: ColumnElement[str], user_id: ColumnElement[str]) -> ScalarSelect[str]:
    """``ids_of_rep`` for statements of other slices: joined by commas, NULL for none. A rep may have hundreds and each
    request asks: as one text they cost a tenth of as many rows."""
    joined = select(func.aggregate_strings(_ROWS.c.id, ","))
    return joined.where(_ROWS.c.tenant_id == tenant_id, _ROWS.c.rep_id == user_id).scalar_subquery()


async def statuses(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> list[str]:
    return [row[0] for row in await session.execute(_STATUSES, {"tenant": tenant_id, "organisations": sorted(ids)})]


async def type_of(session: AsyncSession, tenant_id: str, organisation_id: str) -> str:
    found = await session.scalar(_TYPE, {"tenant": tenant_id, "organisation": organisation_id})
    return found or ""


async def head_office_id(session: AsyncSession, tenant_id: str) -> str:
    """Empty where there is none yet."""
    statement = select(Organisation.id).where(Organisation.tenant_id == tenant_id, Organisation.type == "head_office")
    return await session.scalar(statement) or ""


async def with_status(session: AsyncSession, tenant_id: str, ids: Collection[str], status: str) -> set[str]:
    statement = select(_ROWS.c.id).where(*_THESE, _ROWS.c.status == status)
    given = {"tenant": tenant_id, "organisations": sorted(ids)}
    return {row[0] for row in await session.execute(statement, given)}


async def subtree_ids(session: AsyncSession, tenant_id: str, roots: Collection[str]) -> set[str]:
    """``roots`` and everything below them."""
    found: set[str] = set()
    asked, statement = set(roots), _THEY_AND_BELOW
    while asked:
        ids = set(await session.scalars(statement, {"tenant": tenant_id, "ids": sorted(asked)}))
        # Each once: a circle could not run for ever.
        asked = ids - found - set(roots)
        found |= ids
        statement = _BELOW
    return found


async def count_holders(session: AsyncSession, tenant_id: str, assortment_id: str) -> int:
    held = cast(Organisation.assortments, Text).contains(assortment_id, autoescape=True)
    statement = select(func.count()).where(Organisation.tenant_id == tenant_id, held)
    return await session.scalar(statement) or 0


async def assigned(
    session: AsyncSession, tenant_id: str, ids: Collection[str]
) -> Sequence[tuple[list[tuple[str, int]], list[str], list[str], str]]:
    """``Organisation.applicable``, ``assortments``, ``ancestors`` and ``group`` of any of them, each four once: most
    shops have the same."""
    given = {"tenant": tenant_id, "organisations": sorted(ids)}
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(_ASSIGNED, given)]
