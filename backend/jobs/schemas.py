"""What the routes of jobs give."""

from datetime import datetime

import msgspec


class FailedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed for good. ``reason`` is a stable code, ``detail`` a few words beside it; ``runs`` how often it
    was taken in all."""

    id: str
    kind: str
    reason: str
    detail: str
    runs: int
    created_at: datetime
    failed_at: datetime


class TryingJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed and is tried again by itself, next at ``due_at``."""

    id: str
    kind: str
    reason: str
    detail: str
    runs: int
    created_at: datetime
    due_at: datetime


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first; ``more``: ask again with ``before`` set to the last id. ``waiting`` and ``running`` count
    the brand's other jobs; of those that wait ``trying`` failed before, the first few to come."""

    jobs: tuple[FailedJob, ...]
    more: bool
    waiting: int
    running: int
    failed: int
    trying: tuple[TryingJob, ...] = ()
