"""What the kinds of import share: their surroundings, and saving in parts so that one bad row refuses itself only."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.importing.reasons import Reason, of_refusal
from backend.importing.records import Record
from backend.importing.report import Report
from backend.sync.changes import Changes
from backend.sync.commands import Refused

T = TypeVar("T")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Import:
    """One import: everything it does is in ``session``'s transaction; ``progress`` is told (what, how many)."""

    session: AsyncSession
    tenant_id: str
    currency: str
    zone: ZoneInfo
    now: datetime
    changes: Changes
    report: Report
    progress: Progress


@dataclass(slots=True)
class Draft(Generic[T]):
    """Something to be saved, with the records it came from. ``fresh``: there is none yet."""

    item: T
    records: list[Record]
    fresh: bool


Save = Callable[[Sequence[T], Changes], Awaitable[None]]


async def save_drafts(work: Import, drafts: Sequence[Draft[T]], save: Save[T]) -> None:
    """Save all; where the service refuses, halve until the one that is refused stands alone, and report it."""
    if not drafts:
        return
    attempt = Changes()
    try:
        async with work.session.begin_nested():
            await save([draft.item for draft in drafts], attempt)
            await work.session.flush()
    except Refused as refused:
        if len(drafts) > 1:
            middle = len(drafts) // 2
            await save_drafts(work, drafts[:middle], save)
            await save_drafts(work, drafts[middle:], save)
            return
        for record in drafts[0].records:
            record.refuse(work.report, of_refusal(refused), str(refused.detail.get("field", "")))
        return
    work.changes.add(attempt)
    for draft in drafts:
        count(work.report, draft)


def count(report: Report, draft: Draft[T]) -> None:
    if draft.fresh:
        report.made += len(draft.records)
    else:
        report.changed += len(draft.records)


def once(record: Record, key: str, seen: dict[str, int], report: Report, field: str) -> bool:
    """Whether ``key`` has not come before in this file; refuses the later row."""
    if key in seen:
        record.refuse(report, Reason("same_as", row=seen[key]), field)
        return False
    seen[key] = record.row
    return True
