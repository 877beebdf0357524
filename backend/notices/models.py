"""Notices, their revisions, and who gets them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.notices import NoticeStatus


class Notice(Base, Owned):
    """What ``offline.wire.notices.NoticePaper`` says, as it is now. ``title`` and ``text`` by language; ``files`` is
    ``[{"id": media id, "name": ...}]``. The figures are counted now and then, at ``counted_at``."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_status", "tenant_id", "status"),)

    status: Mapped[NoticeStatus] = mapped_column(String(16), default="draft")
    title: Mapped[dict[str, Any]]
    text: Mapped[dict[str, Any]]
    audience: Mapped[dict[str, Any]]
    files: Mapped[list[Any]] = mapped_column(default=list)
    confirm: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    pinned: Mapped[bool] = mapped_column(default=False)
    joiners: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)
    asked: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[str] = mapped_column(String(36))
    author_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    send_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    reminded_at: Mapped[datetime | None]
    organisations: Mapped[int] = mapped_column(default=0)
    addressed: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)
    confirmed: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime | None]


class NoticeRevision(Base):
    """What a notice said, so that a confirmation of an older revision keeps its meaning. Written, never changed."""

    __tablename__ = "notice_revisions"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    notice_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[dict[str, Any]]
    text: Mapped[dict[str, Any]]
    files: Mapped[list[Any]]
    confirm: Mapped[bool]
    due_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    ask_again: Mapped[bool] = mapped_column(default=False)
    actor_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]


class NoticeReader(Base):
    """Somebody a notice is for, through ``organisation_id``. ``told``, ``opened`` and ``confirmed`` are revisions, 0 =
    not yet: told by a row on the phone and a push message; opened and confirmed as the person's phone says."""

    __tablename__ = "notice_readers"
    __table_args__ = (
        Index("ix_notice_readers_user", "tenant_id", "user_id", "notice_id"),
        Index("ix_notice_readers_told", "tenant_id", "notice_id", "told", "user_id"),
        Index("ix_notice_readers_place", "tenant_id", "notice_id", "organisation_id", "user_id"),
    )

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    notice_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(36))
    addressed_at: Mapped[datetime]
    told: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    confirmed: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
