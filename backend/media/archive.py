"""What the files of a process need: the store, the database, who is told, and how much is done at once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions
from backend.sync.changes import Changes
from media.apart import Decoders, InThreads
from media.storage import Storage

# async (session, tenant_id, ids of files whose status changed, changes to put the papers' rows into).
Listener = Callable[[AsyncSession, str, Collection[str], Changes], Awaitable[None]]
# async (session, addresses) -> those of the public pictures that rows of any brand name.
Namer = Callable[[AsyncSession, Collection[str]], Awaitable[set[str]]]
ARCHIVE = "archive"
"""Key in ``session.info``: housekeeping and handlers find the archive there, with ``archive_of``."""
SWEPT_WITHIN = timedelta(minutes=11)
"""What was marked longer ago is swept by nobody any more: the job had ten minutes."""
# Each takes up to some 60 MB for a photo of 12 megapixels: what a server's memory holds, whatever comes at once.
PICTURES_AT_ONCE = 2


@dataclass(slots=True)
class Archive:
    storage: Storage
    sessions: Sessions
    listeners: Sequence[Listener] = ()
    namers: Sequence[Namer] = ()
    # Bounds temporary files and decoded pixels; the event loop goes on meanwhile.
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURES_AT_ONCE))
    decoders: Decoders = field(default_factory=lambda: InThreads(PICTURES_AT_ONCE))
    _finishing: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def finishing(self, tenant_id: str, media_id: str) -> asyncio.Lock:
        """One at a time finishes an upload; who comes meanwhile waits and finds it done. There as long as somebody
        holds it."""
        return self._finishing.setdefault((tenant_id, media_id), asyncio.Lock())

    def close(self) -> None:
        self.decoders.close()


def being_swept(swept_at: datetime | None, now: datetime) -> bool:
    """Whether the store may lose at any moment what is put there."""
    return swept_at is not None and swept_at > now - SWEPT_WITHIN


def archive_of(session: AsyncSession) -> Archive:
    archive: Archive = session.info[ARCHIVE]
    return archive


def parts_prefix(tenant_id: str, media_id: str) -> str:
    return f"uploads/{tenant_id}/{media_id}/"


def media_key(tenant_id: str, media_id: str, name: str) -> str:
    """``name``: variant and suffix, such as "1600.webp"."""
    return f"media/{tenant_id}/{media_id}/{name}"


def quarantine_key(tenant_id: str, media_id: str) -> str:
    return f"quarantine/{tenant_id}/{media_id}/file.bin"


def prefixes_of(tenant_id: str, media_id: str) -> tuple[str, ...]:
    """Everything that is stored of a file."""
    return tuple(f"{top}/{tenant_id}/{media_id}/" for top in ("uploads", "media", "quarantine"))


async def delete_below(storage: Storage, *prefixes: str) -> int:
    """Returns how many objects there were."""
    keys = [stored.key for prefix in prefixes for stored in [each async for each in storage.find(prefix)]]
    for key in keys:
        await storage.delete(key)
    return len(keys)
