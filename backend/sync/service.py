"""What the other slices and the ground use of sync: writing the feed, renewing the epoch, housekeeping.

``flush_changes`` is the one way rows reach phones. It is the last act of a transaction; once that is committed, open
apps are told through the hub that the session's maker carries (``sessions.kw["info"]["hub"]``).
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from backend.bulk import among, id_list
from backend.sync.changes import Changes
from backend.sync.feed import Seqs, drop_tombstones, write_feed
from backend.sync.live import Hub
from backend.sync.models import SyncCounter, SyncEpoch, SyncRow
from offline.ids import new_id

HUB = "hub"
TOMBSTONES_KEPT = timedelta(days=90)


async def flush_changes(
    session: AsyncSession, tenant_id: str, changes: Changes, now: datetime | None = None
) -> dict[str, int]:
    """Write what changed to the feed, as the last act of the transaction. Returns the scopes' new numbers."""
    written = await write_feed(session, tenant_id, changes, now)
    tell_after_commit(session, tenant_id, written.hints)
    return written.scopes


def tell_after_commit(session: AsyncSession, tenant_id: str, seqs: Seqs) -> None:
    """Hints go out when the transaction holds; none if it does not."""
    hub: Hub | None = session.info.get(HUB)
    if hub is None or not seqs:
        return

    def publish(_session: Session) -> None:
        hub.publish(tenant_id, seqs)

    event.listen(session.sync_session, "after_commit", publish, once=True)


def held_ids(tenant_id: str, entity: str, scope: str = "") -> Select[str]:
    """Ids of the rows that any scope holds, or this one."""
    held = select(SyncRow.id).where(SyncRow.tenant_id == tenant_id, SyncRow.entity == entity, SyncRow.gone == "")
    return held.where(SyncRow.scope == scope) if scope else held


async def count_held(session: AsyncSession, tenant_id: str, scope: str) -> int:
    """How many rows of any kind the scope holds: kept with every change, so that nothing is counted."""
    here = (SyncCounter.tenant_id == tenant_id, SyncCounter.scope == scope)
    return await session.scalar(select(SyncCounter.count).where(*here)) or 0


async def is_held(session: AsyncSession, tenant_id: str, entity: str, row_id: str, scopes: Collection[str]) -> bool:
    """Whether any of ``scopes`` holds a row now."""
    statement = (
        select(SyncRow.id)
        .where(
            SyncRow.tenant_id == tenant_id,
            SyncRow.entity == entity,
            SyncRow.id == row_id,
            SyncRow.gone == "",
            among(SyncRow.scope, id_list("scopes")),
        )
        .limit(1)
    )
    return await session.scalar(statement, {"scopes": sorted(scopes)}) is not None


async def rows_held(session: AsyncSession, tenant_id: str, entity: str, row_ids: Collection[str]) -> set[str]:
    """Of these rows, the ids of those that any scope holds."""
    statement = held_ids(tenant_id, entity).where(among(SyncRow.id, id_list("rows")))
    return set(await session.scalars(statement, {"rows": sorted(row_ids)}))


def changes_of(tenant_id: str, scope: str, entity: str) -> Select[str, int]:
    """Id and latest number of the rows a scope holds, and of those that left it lately."""
    return select(SyncRow.id, SyncRow.seq).where(
        SyncRow.tenant_id == tenant_id, SyncRow.scope == scope, SyncRow.entity == entity
    )


async def scope_seq(session: AsyncSession, tenant_id: str, scope: str) -> int:
    """The latest number of a scope; whatever has a higher one is committed later."""
    return (
        await session.scalar(
            select(SyncCounter.seq).where(SyncCounter.tenant_id == tenant_id, SyncCounter.scope == scope)
        )
        or 0
    )


async def renew_epoch(session: AsyncSession, tenant_id: str = "") -> str:
    """After history was restored from a backup or the feed rebuilt: every phone pulls anew and sends again what it
    had settled since. ``tenant_id`` empty = all tenants. Counters must never be set back."""
    epoch = await session.get(SyncEpoch, tenant_id)
    if epoch is None:
        epoch = SyncEpoch(tenant_id=tenant_id, epoch="")
        session.add(epoch)
    epoch.epoch = new_id()
    await session.flush()
    return epoch.epoch


async def forget_tombstones(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore: rows gone for long. Returns how many."""
    return await drop_tombstones(session, tenant_id, now - TOMBSTONES_KEPT)
