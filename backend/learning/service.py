"""What the app and other slices use of courses: their files' state, the brand's day, and rows when a file has come."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.service import brand_of, name_of
from backend.learning import queries
from backend.learning.audience import AUTHORS, scopes_for
from backend.learning.models import Course
from backend.learning.rows import content_of, course_row, draft_row
from backend.media.service import papers_of, views
from backend.sync.changes import Changes
from offline.rules.days import local_day

__all__ = ["announce_course", "announce_files", "day_at", "illustrated"]


async def announce_course(session: AsyncSession, tenant_id: str, row: Course, changes: Changes) -> None:
    """To its trainers, and as published to its audience."""
    changes.put("course_draft", draft_row(row), AUTHORS)
    if row.state != "published":
        changes.delete("course", row.id)
        return
    revision = await queries.revision(session, tenant_id, row.id, row.revision)
    assert revision is not None, "published without a revision"
    content = content_of(revision.doc)
    required = await queries.courses(session, tenant_id, content.prerequisites)
    titles = {one: content_of(course.doc).title for one, course in required.items()}
    files = await views(session, tenant_id, {card.media.id for card in content.cards if card.media is not None})
    trainer = await name_of(session, tenant_id, revision.published_by) or ""
    changes.put("course", course_row(revision, titles, files, trainer), *scopes_for(content.audience))


async def illustrated(session: AsyncSession, addresses: Collection[str]) -> set[str]:
    """Those of the public pictures that a course of any brand shows, or once showed to who took it."""
    return {each for each in addresses if await queries.is_shown(session, each)}


async def announce_files(session: AsyncSession, tenant_id: str, media_ids: Collection[str], changes: Changes) -> None:
    """Files came or were refused: the published courses that show them say so."""
    papers = await papers_of(session, tenant_id, media_ids, "course")
    for row in (await queries.courses(session, tenant_id, papers, lock=True)).values():
        if row.state != "published":
            continue
        revision = await queries.revision(session, tenant_id, row.id, row.revision)
        cards = content_of(revision.doc).cards if revision is not None else ()
        if any(card.media is not None and card.media.id in media_ids for card in cards):
            await announce_course(session, tenant_id, row, changes)


async def day_at(session: AsyncSession, tenant_id: str, at: datetime) -> date:
    """The brand's calendar day."""
    return local_day(at, (await brand_of(session, tenant_id)).time_zone)
