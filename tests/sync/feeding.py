"""Rows put into scopes, without a slice that has any."""

from backend.database import Sessions, transaction
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from offline.ids import new_id
from offline.wire.rows import Category
from tests.people import World


class Feed:
    """Categories, put where the test wants them."""

    def __init__(self, sessions: Sessions, world: World) -> None:
        self.sessions = sessions
        self.tenant_id = world.demo.tenant.id

    async def put(self, ids: list[str], *scopes: str, name: str = "x") -> dict[str, int]:
        changes = Changes()
        for row_id in ids:
            changes.put("category", Category(id=row_id, name={"en": name}), *scopes)
        return await self.flush(changes)

    async def delete(self, *ids: str) -> dict[str, int]:
        changes = Changes()
        for row_id in ids:
            changes.delete("category", row_id)
        return await self.flush(changes)

    async def flush(self, changes: Changes) -> dict[str, int]:
        async with transaction(self.sessions) as session:
            return await flush_changes(session, self.tenant_id, changes)


def fresh_ids(count: int) -> list[str]:
    return [new_id() for _ in range(count)]
