"""Work that waits to be done in the background."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned

WAITING, RUNNING, FAILED = "waiting", "running", "failed"
# As text: PostgreSQL knows the index of an ON CONFLICT by these very words.
KEYED = text("status = 'waiting' AND key <> ''")


class QueuedJob(Owned, Base):
    """A job until it is done: then the row is gone. ``failed``: for good, until a person decides.

    ``due_at`` is when it may be taken: at first when it shall run, then when the lease of whoever runs it ends.
    ``runs`` grows each time it is taken, so it tells one who was taken for dead from its successor; ``failures``
    counts runs that failed or died, since it was put in or a person ran it again. ``reason`` is a stable code with
    ``detail`` for people, without secrets."""

    __tablename__ = "jobs"
    __table_args__ = (
        # One that waits, by key.
        Index("ix_jobs_key", "tenant_id", "kind", "key", unique=True, sqlite_where=KEYED, postgresql_where=KEYED),
        Index("ix_jobs_due", "status", "due_at"),
    )

    kind: Mapped[str] = mapped_column(String(64))
    args: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(String(128), default="")
    status: Mapped[str] = mapped_column(String(8), default=WAITING)
    due_at: Mapped[datetime]
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str] = mapped_column(String(128), default="")
    reason: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
