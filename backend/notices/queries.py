"""Reads and bulk writes of notices. Every one takes the tenant first."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import columns_of, inserting
from backend.db import by_key, table_of
from backend.notices.models import Notice, NoticeReader, NoticeRevision
from offline.rules.notices import Stage

MOST_HELD = 200
"""Of so many notices a phone holds the latest."""
_READERS = inserting(NoticeReader, columns_of(NoticeReader))
_HELD = table_of(NoticeReader)
# Asked with every round of a phone, so built once and of plain columns.
_HELD_BY = (
    select(_HELD.c.notice_id)
    .where(_HELD.c.tenant_id == bindparam("tenant"), _HELD.c.user_id == bindparam("reader"))
    .order_by(_HELD.c.notice_id.desc())
    .limit(MOST_HELD)
)


async def notice(session: AsyncSession, tenant_id: str, notice_id: str, *, lock: bool = False) -> Notice | None:
    """``lock``: as it is now, until the transaction ends."""
    return await by_key(session, Notice, (tenant_id, notice_id), lock=lock)


async def notices(session: AsyncSession, tenant_id: str, statuses: Collection[str]) -> Sequence[Notice]:
    statement = (
        select(Notice).where(Notice.tenant_id == tenant_id, Notice.status.in_(sorted(statuses))).order_by(Notice.id)
    )
    return (await session.scalars(statement)).all()


async def tenants_with_joiners(session: AsyncSession, since: datetime) -> Sequence[str]:
    """Those with a notice sent since then that takes in who joins: of all tenants, for housekeeping."""
    statement = select(Notice.tenant_id).where(Notice.status == "sent", Notice.joiners, Notice.sent_at > since)
    return (await session.scalars(statement.distinct().order_by(Notice.tenant_id))).all()


async def tenants_with_old(session: AsyncSession, before: datetime) -> Sequence[str]:
    """Those with a notice that was sent before then: of all tenants, for housekeeping."""
    statement = select(Notice.tenant_id).where(Notice.sent_at < before).distinct().order_by(Notice.tenant_id)
    return (await session.scalars(statement)).all()


async def old_ids(
    session: AsyncSession,
    tenant_id: str,
    before: datetime,
    withdrawn_before: datetime,
    most: int,
    *,
    among: Select[str] | None = None,
) -> Sequence[str]:
    """Ids of those that ``_is_old``, the oldest first."""
    statement = select(Notice.id).where(Notice.tenant_id == tenant_id, _is_old(before, withdrawn_before))
    if among is not None:
        statement = statement.where(Notice.id.in_(among))
    return (await session.scalars(statement.order_by(Notice.sent_at, Notice.id).limit(most))).all()


async def is_old(
    session: AsyncSession, tenant_id: str, notice_id: str, before: datetime, withdrawn_before: datetime
) -> bool:
    statement = select(Notice.id).where(
        Notice.tenant_id == tenant_id, Notice.id == notice_id, _is_old(before, withdrawn_before)
    )
    return await session.scalar(statement) is not None


def _is_old(before: datetime, withdrawn_before: datetime) -> ColumnElement[bool]:
    """Nothing was said of it since ``before``, or it was withdrawn before ``withdrawn_before``; a pinned one only once
    withdrawn."""
    since = (Notice.sent_at, Notice.corrected_at, Notice.due_at)
    quiet = and_(Notice.sent_at.is_not(None), *(or_(at.is_(None), at < before) for at in since))
    return or_(
        and_(Notice.status == "sent", ~Notice.pinned, quiet),
        and_(Notice.status == "withdrawn", Notice.sent_at.is_not(None), Notice.withdrawn_at < withdrawn_before),
    )


async def readers_after(
    session: AsyncSession, tenant_id: str, notice_id: str, after: str, most: int
) -> Sequence[NoticeReader]:
    """By person, those after the person ``after``."""
    statement = (
        select(NoticeReader)
        .where(*_of(tenant_id, notice_id), NoticeReader.user_id > after)
        .order_by(NoticeReader.user_id)
        .limit(most)
    )
    return (await session.scalars(statement)).all()


async def forget_revisions(session: AsyncSession, tenant_id: str, notice_id: str) -> None:
    await session.execute(
        delete(NoticeRevision)
        .where(NoticeRevision.tenant_id == tenant_id, NoticeRevision.notice_id == notice_id)
        .execution_options(synchronize_session=False)
    )


async def held_by(session: AsyncSession, tenant_id: str, user_id: str) -> list[str]:
    """Ids of the notices a person is a reader of, the latest first."""
    return [row[0] for row in await session.execute(_HELD_BY, {"tenant": tenant_id, "reader": user_id})]


async def readers_of(
    session: AsyncSession, tenant_id: str, user_id: str, notice_ids: Collection[str]
) -> dict[str, NoticeReader]:
    """A person's own, by notice, locked in the order of the notices' ids."""
    statement = (
        select(NoticeReader)
        .where(
            NoticeReader.tenant_id == tenant_id,
            NoticeReader.user_id == user_id,
            NoticeReader.notice_id.in_(sorted(notice_ids)),
        )
        .order_by(NoticeReader.notice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.notice_id: row for row in await session.scalars(statement)}


async def add_readers(
    session: AsyncSession, tenant_id: str, notice_id: str, people: Mapping[str, str], now: datetime
) -> None:
    """``people``: person -> organisation; none of them a reader yet, which whoever holds the notice locked knows."""
    await session.flush()
    values: dict[str, Any] = {"tenant_id": tenant_id, "notice_id": notice_id, "addressed_at": now}
    values |= dict.fromkeys(("told", "opened", "confirmed"), 0)
    names = columns_of(NoticeReader)
    lines = (
        {**values, "user_id": user_id, "organisation_id": organisation_id}
        for user_id, organisation_id in sorted(people.items())
    )
    await _READERS.run(session, [tuple(line.get(name) for name in names) for line in lines])


async def reader_ids(session: AsyncSession, tenant_id: str, notice_id: str) -> set[str]:
    statement = select(NoticeReader.user_id).where(
        NoticeReader.tenant_id == tenant_id, NoticeReader.notice_id == notice_id
    )
    return set(await session.scalars(statement))


def _of(tenant_id: str, notice_id: str) -> tuple[ColumnElement[bool], ...]:
    return NoticeReader.tenant_id == tenant_id, NoticeReader.notice_id == notice_id


async def untold(
    session: AsyncSession, tenant_id: str, notice_id: str, asked: int, most: int
) -> Sequence[NoticeReader]:
    """Readers who have not been told of revision ``asked``, locked."""
    statement = (
        select(NoticeReader)
        .where(*_of(tenant_id, notice_id), NoticeReader.told < asked)
        .order_by(NoticeReader.user_id)
        .limit(most)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def mark_told(
    session: AsyncSession, tenant_id: str, notice_id: str, user_ids: Collection[str], asked: int
) -> None:
    await session.execute(
        update(NoticeReader)
        .where(*_of(tenant_id, notice_id), NoticeReader.user_id.in_(sorted(user_ids)))
        .values(told=asked)
        .execution_options(synchronize_session=False)
    )


def _reached(stage: Stage, asked: int) -> ColumnElement[bool]:
    """``offline.rules.notices.stage`` as a condition: this stage or a later one. A test holds the two equal."""
    confirmed = NoticeReader.confirmed >= asked
    opened = or_(NoticeReader.opened >= asked, confirmed)
    delivered = or_(NoticeReader.delivered_at.is_not(None), NoticeReader.opened > 0, NoticeReader.confirmed > 0)
    found: Mapping[Stage, ColumnElement[bool]] = {
        "addressed": NoticeReader.told >= 0,
        "delivered": delivered,
        "opened": opened,
        "confirmed": confirmed,
    }
    return found[stage]


async def figures(session: AsyncSession, tenant_id: str, notice_id: str, asked: int) -> tuple[int, int, int, int]:
    """Readers addressed, delivered, opened and confirmed."""
    stages: tuple[Stage, ...] = ("delivered", "opened", "confirmed")
    statement = select(
        func.count(), *(func.coalesce(func.sum(case((_reached(stage, asked), 1), else_=0)), 0) for stage in stages)
    ).where(*_of(tenant_id, notice_id))
    addressed, delivered, opened, confirmed = (await session.execute(statement)).one()
    return int(addressed), int(delivered), int(opened), int(confirmed)


async def lacking(
    session: AsyncSession, tenant_id: str, notice: Notice, at: datetime, most: int
) -> Sequence[NoticeReader]:
    """Told readers who have not done what is asked and were not reminded at ``at``, locked."""
    wanted: Stage = "confirmed" if notice.confirm else "opened"
    statement = (
        select(NoticeReader)
        .where(
            *_of(tenant_id, notice.id),
            NoticeReader.told > 0,
            ~_reached(wanted, notice.asked),
            or_(NoticeReader.reminded_at.is_(None), NoticeReader.reminded_at < at),
        )
        .order_by(NoticeReader.user_id)
        .limit(most)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


def readers(
    tenant_id: str,
    notice_id: str,
    asked: int,
    *,
    reached: Stage | None = None,
    missing: Stage | None = None,
    after: tuple[str, str] | None = None,
) -> Select[NoticeReader]:
    """By organisation and person: those who ``reached`` a stage, or are still ``missing`` there."""
    conditions = list(_of(tenant_id, notice_id))
    if reached is not None:
        conditions.append(_reached(reached, asked))
    if missing is not None:
        conditions.append(~_reached(missing, asked))
    if after is not None:
        conditions.append(tuple_(NoticeReader.organisation_id, NoticeReader.user_id) > after)
    return select(NoticeReader).where(and_(*conditions)).order_by(NoticeReader.organisation_id, NoticeReader.user_id)
