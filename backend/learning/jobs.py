"""What a worker does for courses: tell those who are to take one that it is there."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import read_sessions_of, snapshot
from backend.identity.service import people_who_may
from backend.jobs.service import Job, Work, enqueue
from backend.learning import queries
from backend.learning.audience import scopes_for, scopes_held
from backend.learning.rows import content_of
from backend.partners.service import standings
from backend.push.service import notify
from offline.wire.learning import CourseSave

ANNOUNCE = "course.announce"


async def plan_announcement(session: AsyncSession, tenant_id: str, course_id: str, by: str) -> None:
    """``by``: the person who published it, who need not be told."""
    await enqueue(session, ANNOUNCE, {"course": course_id, "by": by}, tenant_id=tenant_id, key=course_id)


async def announce(work: Work) -> None:
    """Of a course that was withdrawn meanwhile nobody hears."""
    course_id = work.args["course"]
    async with snapshot(read_sessions_of(work.sessions)) as session:
        content = await _published(session, work.tenant_id, course_id)
        people = await _takers(session, work.tenant_id, content) if content is not None else set()
    async with work.finishing() as session:
        if content is not None:
            await notify(
                session,
                work.tenant_id,
                people - {work.args["by"]},
                f"course:{course_id}",
                "push.course.new",
                {"title": content.title},
                f"/learn/{course_id}",
            )


async def _published(session: AsyncSession, tenant_id: str, course_id: str) -> CourseSave | None:
    row = (await queries.courses(session, tenant_id, {course_id})).get(course_id)
    if row is None or row.state != "published":
        return None
    revision = await queries.revision(session, tenant_id, course_id, row.revision)
    return content_of(revision.doc) if revision is not None else None


async def _takers(session: AsyncSession, tenant_id: str, content: CourseSave) -> set[str]:
    """By the scopes that put the course on their phones."""
    meant = set(scopes_for(content.audience))
    types = {each.id: each.type for each in await standings(session, tenant_id)}
    people = await people_who_may(session, tenant_id, "course.take")
    return {
        person.id
        for person in people
        if not meant.isdisjoint(scopes_held(person.role, types.get(person.organisation_id, "")))
    }


JOBS: dict[str, Job] = {ANNOUNCE: Job(announce)}
