"""A slice whose papers name files, to tell of what becomes of them."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime

from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions, snapshot, transaction
from backend.media.archive import Archive
from backend.media.models import Media
from backend.media.service import attach, views
from backend.media.sweeping import sweep_files, sweep_uploads, tell_papers
from backend.sync.changes import DESK, Changes
from backend.sync.service import flush_changes
from offline.ids import new_id
from offline.wire.media import MediaRef
from offline.wire.rows import Category
from tests.people import World


def ref(content: bytes, media_id: str = "") -> MediaRef:
    sha256 = hashlib.sha256(content).hexdigest()
    return MediaRef(id=media_id or new_id(), sha256=sha256, size=len(content), content_type="image/jpeg")


class Slice:
    """A slice whose papers name files: a category stands for its row in the feed."""

    def __init__(self, app: Litestar, world: World) -> None:
        self.sessions: Sessions = app.state.sessions
        self.archive: Archive = app.state.archive
        self.archive.listeners = (self.hear,)
        self.world = world
        self.tenant_id = world.demo.tenant.id
        self.heard: list[tuple[str, ...]] = []
        self.faults = 0

    async def hear(self, session: AsyncSession, tenant_id: str, ids: Collection[str], changes: Changes) -> None:
        if self.faults:
            self.faults -= 1
            raise ConnectionError("the database went away")
        assert tenant_id == self.tenant_id
        self.heard.append(tuple(f"{view.id} {view.status}" for view in (await views(session, tenant_id, ids)).values()))
        changes.put("category", Category(id=new_id(), name={"en": "heard"}), DESK)

    async def name(self, *refs: MediaRef, scopes: Collection[str] = (), login: str = "shop") -> tuple[str, list[str]]:
        """A paper in ``scopes``; returns its id and its files' status."""
        paper = new_id()
        async with transaction(self.sessions) as session:
            user_id = self.world.demo.users[login].id
            found = await attach(
                session,
                self.tenant_id,
                refs,
                user_id=user_id,
                entity="category",
                entity_id=paper,
                now=datetime.now(UTC),
            )
            changes = Changes()
            changes.put("category", Category(id=paper, name={"en": "paper"}), *scopes)
            await flush_changes(session, self.tenant_id, changes)
        return paper, [view.status for view in found]

    async def told(self) -> int:
        async with transaction(self.sessions) as session:
            return await tell_papers(session, self.tenant_id, datetime.now(UTC))

    async def swept(self) -> tuple[int, int]:
        """How many uploads and files went."""
        given = self.sessions, self.archive, self.tenant_id, datetime.now(UTC)
        return await sweep_uploads(*given), await sweep_files(*given)

    async def row(self, media_id: str) -> Media | None:
        async with snapshot(self.sessions) as session:
            return await session.get(Media, (self.tenant_id, media_id))

    async def keys(self) -> list[str]:
        return [stored.key async for stored in self.archive.storage.find()]
