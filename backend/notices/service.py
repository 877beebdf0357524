"""What the app and other slices use of notices: who gets one, how far its readers are, and files that came in."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.identity.service import Known, people_by_id
from backend.jobs.service import Due
from backend.locking import locked_by_id
from backend.media.service import papers_of
from backend.notices import queries
from backend.notices.models import Notice, NoticeReader
from backend.notices.rows import announce_paper, views_of
from backend.notices.schemas import Reader, ReaderPage
from backend.notices.sending import JOINING, reach_of, take_in_joiners
from backend.partners import service as partners
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from offline.rules.notices import Stage, stage

__all__ = ["address_joiners", "follow_files", "reach_of", "read_readers", "reader_rows"]
_PART = 500


@dataclass(frozen=True, slots=True)
class _Seen:
    """A reader as ``offline.rules.notices.stage`` looks at one."""

    delivered: bool
    opened: int
    confirmed: int


async def read_readers(
    session: AsyncSession,
    tenant_id: str,
    notice_id: str,
    *,
    reached: Stage | None,
    missing: Stage | None,
    cursor: str,
    limit: int,
) -> ReaderPage:
    """One page. Raises ``NotFound`` ``notice_unknown``."""
    row = await _known(session, tenant_id, notice_id)
    organisation, _, person = cursor.partition("/")
    statement = queries.readers(
        tenant_id, notice_id, row.asked, reached=reached, missing=missing, after=(organisation, person)
    )
    found = (await session.scalars(statement.limit(limit + 1))).all()
    page = found[:limit]
    last = f"{page[-1].organisation_id}/{page[-1].user_id}" if len(found) > limit else ""
    return ReaderPage(readers=tuple(await _named(session, tenant_id, row.asked, page)), cursor=last)


async def reader_rows(
    session: AsyncSession, tenant_id: str, notice_id: str, *, missing: Stage | None
) -> AsyncIterator[Reader]:
    """All of them, for a table. Raises ``NotFound`` ``notice_unknown``."""
    row = await _known(session, tenant_id, notice_id)

    async def rows() -> AsyncIterator[Reader]:
        after = ("", "")
        while True:
            statement = queries.readers(tenant_id, notice_id, row.asked, missing=missing, after=after)
            part = (await session.scalars(statement.limit(_PART))).all()
            for reader in await _named(session, tenant_id, row.asked, part):
                yield reader
            if len(part) < _PART:
                return
            after = (part[-1].organisation_id, part[-1].user_id)

    return rows()


async def _known(session: AsyncSession, tenant_id: str, notice_id: str) -> Notice:
    row = await queries.notice(session, tenant_id, notice_id)
    if row is None:
        raise NotFound("notice_unknown")
    return row


async def _named(session: AsyncSession, tenant_id: str, asked: int, readers: Sequence[NoticeReader]) -> list[Reader]:
    organisations = await partners.organisations(session, tenant_id, {each.organisation_id for each in readers})
    reps = {row.rep_id for row in organisations.values() if row.rep_id}
    people = await people_by_id(session, tenant_id, {each.user_id for each in readers} | reps)
    return [_reader(each, asked, organisations, people) for each in readers]


def _reader(
    each: NoticeReader, asked: int, organisations: Mapping[str, partners.Organisation], people: Mapping[str, Known]
) -> Reader:
    organisation = organisations.get(each.organisation_id)
    rep = people.get(organisation.rep_id or "") if organisation is not None else None
    person = people.get(each.user_id)
    return Reader(
        id=each.user_id,
        name=person.name if person is not None else "",
        organisation=each.organisation_id,
        organisation_code=organisation.code if organisation is not None else "",
        organisation_name=organisation.name if organisation is not None else {},
        territory=organisation.territory if organisation is not None else "",
        rep_name=rep.name if rep is not None else "",
        stage=stage(asked, _Seen(each.delivered_at is not None, each.opened, each.confirmed)),
        delivered_at=each.delivered_at,
        opened_at=each.opened_at,
        confirmed_at=each.confirmed_at,
        confirmed=each.confirmed,
        reminded_at=each.reminded_at,
    )


async def follow_files(session: AsyncSession, tenant_id: str, media_ids: Collection[str], changes: Changes) -> None:
    """Files of notices came or were refused: their rows say so."""
    papers = await papers_of(session, tenant_id, media_ids, "notice")
    for row in (await locked_by_id(session, Notice, tenant_id, papers)).values():
        announce_paper(changes, row, await views_of(session, row))


async def address_joiners(session: AsyncSession, tenant_id: str, due: Due, now: datetime) -> int:
    """A brand's chore: the people who have come into the audience of these notices. Returns how many."""
    changes = Changes()
    joined = await take_in_joiners(session, changes, tenant_id, due, now)
    await flush_changes(session, tenant_id, changes, now)
    return joined


async def with_joiners(session: AsyncSession, now: datetime) -> Sequence[str]:
    """The brands that may have some."""
    return await queries.tenants_with_joiners(session, now - JOINING)
