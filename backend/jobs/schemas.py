"""What the routes of jobs give."""

from datetime import datetime

import msgspec


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed. ``reason`` is a stable code, ``detail`` a few words beside it; ``runs`` how often it was taken
    in all."""

    id: str
    kind: str
    reason: str
    detail: str
    runs: int
    created_at: datetime


class FailedJob(_Job, frozen=True, kw_only=True):
    """For good."""

    failed_at: datetime


class TryingJob(_Job, frozen=True, kw_only=True):
    """So far: it is tried again by itself, next at ``due_at``."""

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
