"""Reads of courses and results. Every one takes the tenant first, but for the certificate that a stranger verifies."""

from collections.abc import Collection

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.learning.models import Certificate, Course, CourseAttempt, CourseRevision, CourseTally, Enrolment


async def courses(
    session: AsyncSession, tenant_id: str, ids: Collection[str] | None = None, *, lock: bool = False
) -> dict[str, Course]:
    """All, or those of ``ids``; ``lock``: in the order of their ids, until the transaction ends."""
    statement = select(Course).where(Course.tenant_id == tenant_id).order_by(Course.id)
    if ids is not None:
        statement = statement.where(Course.id.in_(sorted(ids)))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(statement)}


async def revision(session: AsyncSession, tenant_id: str, course_id: str, number: int) -> CourseRevision | None:
    return await session.get(CourseRevision, (tenant_id, course_id, number))


async def enrolments_of(
    session: AsyncSession, tenant_id: str, user_id: str, courses: Collection[str]
) -> list[Enrolment]:
    statement = select(Enrolment).where(
        Enrolment.tenant_id == tenant_id, Enrolment.user_id == user_id, Enrolment.course_id.in_(sorted(courses))
    )
    return list(await session.scalars(statement)) if courses else []


async def attempts_of(session: AsyncSession, tenant_id: str, course_id: str, user_id: str) -> list[CourseAttempt]:
    """Of one person, as they were finished."""
    statement = (
        select(CourseAttempt)
        .where(
            CourseAttempt.tenant_id == tenant_id,
            CourseAttempt.course_id == course_id,
            CourseAttempt.user_id == user_id,
        )
        .order_by(CourseAttempt.received_at, CourseAttempt.id)
    )
    return list(await session.scalars(statement))


async def certificates_of(
    session: AsyncSession, tenant_id: str, user_id: str, courses: Collection[str]
) -> list[Certificate]:
    """Of one person for these courses, the oldest first, those that are over too."""
    statement = (
        select(Certificate)
        .where(
            Certificate.tenant_id == tenant_id,
            Certificate.user_id == user_id,
            Certificate.course_id.in_(sorted(courses)),
        )
        .order_by(Certificate.issued_on, Certificate.id)
    )
    return list(await session.scalars(statement)) if courses else []


async def certificate_by_code(session: AsyncSession, code: str) -> Certificate | None:
    return await session.scalar(select(Certificate).where(Certificate.code == code))


async def locked_tallies(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, CourseTally]:
    statement = (
        select(CourseTally)
        .where(CourseTally.tenant_id == tenant_id, CourseTally.course_id.in_(sorted(ids)))
        .order_by(CourseTally.course_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.course_id: row for row in await session.scalars(statement)}


async def is_shown(session: AsyncSession, address: str) -> bool:
    """Whether a course of any brand, or a revision of one, has the public picture."""
    for kind in (Course, CourseRevision):
        doc = cast(kind.doc, Text)
        if await session.scalar(select(kind.tenant_id).where(doc.contains(address)).limit(1)) is not None:
            return True
    return False
