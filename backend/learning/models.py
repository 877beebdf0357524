"""Courses with their published revisions, who takes them, every attempt, and what was certified."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.learning import AttemptStatus, SetAsideReason


class Course(Base, Owned):
    """``doc`` is the trainers' latest word: ``CourseSave`` without its id, read and written whole. ``revision``: the
    latest published one, 0 = none. ``changed``: ``doc`` says more than that one."""

    __tablename__ = "courses"

    state: Mapped[str] = mapped_column(String(16), default="draft")
    revision: Mapped[int] = mapped_column(default=0)
    changed: Mapped[bool] = mapped_column(default=True)
    doc: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class CourseRevision(Base):
    """A course as it was published: attempts are marked by the revision they were taken in, whenever they arrive."""

    __tablename__ = "course_revisions"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    course_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    doc: Mapped[dict[str, Any]]
    salt: Mapped[str] = mapped_column(String(32))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(36))


class Enrolment(Base, Owned):
    """One person in one course; ``id`` follows from both, so that two phones make one row."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("tenant_id", "course_id", "user_id"),)

    course_id: Mapped[str] = mapped_column(String(36))
    user_id: Mapped[str] = mapped_column(String(36))
    user_name: Mapped[str] = mapped_column(String(200), default="")
    organisation_id: Mapped[str] = mapped_column(String(36), default="")
    organisation_name: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=0)
    cards: Mapped[list[Any]]
    tries: Mapped[int] = mapped_column(default=0)
    period: Mapped[int] = mapped_column(default=0)
    extra: Mapped[list[Any]] = mapped_column(default=list)
    best: Mapped[int | None]
    passed_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]


class CourseAttempt(Base, Owned):
    """``status``: passed, failed, set_aside (``reason`` says why) or left_out. ``passed`` is how it was marked,
    whether it counts or not."""

    __tablename__ = "course_attempts"
    __table_args__ = (Index("ix_course_attempts_person", "tenant_id", "course_id", "user_id"),)

    course_id: Mapped[str] = mapped_column(String(36))
    revision: Mapped[int]
    user_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    period: Mapped[int] = mapped_column(default=0)
    status: Mapped[AttemptStatus] = mapped_column(String(16))
    reason: Mapped[SetAsideReason] = mapped_column(String(16), default="")
    points: Mapped[int]
    total: Mapped[int]
    passed: Mapped[bool]
    answers: Mapped[dict[str, Any]]
    device: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime]
    received_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]


class Certificate(Base, Owned):
    """``code`` is asked for by people who name no tenant, so it is unique among all. Names are those of the day."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index("ix_certificates_code", "code", unique=True),
        Index("ix_certificates_person", "tenant_id", "course_id", "user_id"),
    )

    code: Mapped[str] = mapped_column(String(32))
    course_id: Mapped[str] = mapped_column(String(36))
    user_id: Mapped[str] = mapped_column(String(36))
    user_name: Mapped[str] = mapped_column(String(200))
    organisation_name: Mapped[dict[str, Any]]
    title: Mapped[dict[str, Any]]
    attempt_id: Mapped[str] = mapped_column(String(36))
    percent: Mapped[int]
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    revoked_on: Mapped[date | None]
    revoked_reason: Mapped[str] = mapped_column(Text, default="")


class CourseTally(Base):
    """How often each question was asked and answered right: ``{card: [asked, right]}``."""

    __tablename__ = "course_tallies"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    course_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    questions: Mapped[dict[str, Any]]
