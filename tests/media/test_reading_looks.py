"""What pictures look like is read in parts, by one statement however many there are."""

from datetime import UTC, datetime, timedelta

from litestar import Litestar
from sqlalchemy import event

from backend.database import snapshot, transaction
from backend.media.models import Media, MediaLink
from backend.media.service import looks
from offline.ids import new_id
from tests.people import World

NOW = datetime(2026, 7, 6, tzinfo=UTC)


async def test_looks_are_read_by_one_statement(app: Litestar, world: World) -> None:
    mine, other = world.demo.tenant.id, world.other.tenant.id
    wanted = []
    async with transaction(app.state.sessions) as session:
        for tenant_id, entity, days, look, count in (
            (mine, "claim", 1, "a1", 7),
            (mine, "claim", 1, "", 1),
            (mine, "claim", 401, "b2", 1),
            (mine, "visit", 1, "c3", 1),
            (other, "claim", 1, "d4", 1),
        ):
            for _ in range(count):
                id_, paper, at = new_id(), new_id(), NOW - timedelta(days=days)
                picture = {"owner_id": "", "sha256": "", "size": 1, "content_type": "image/jpeg", "variants": {}}
                session.add(Media(tenant_id=tenant_id, id=id_, look=look, created_at=at, **picture))
                link = {"entity": entity, "entity_id": paper, "scopes": [], "attached_at": at}
                session.add(MediaLink(tenant_id=tenant_id, media_id=id_, **link))
                wanted += [(id_, paper, look)] if count > 1 else []
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(app.state.engine.sync_engine, "before_cursor_execute", note)
    try:
        async with snapshot(app.state.read_sessions) as session:
            found = [part async for part in looks(session, mine, "claim", NOW - timedelta(days=400), at_once=3)]
    finally:
        event.remove(app.state.engine.sync_engine, "before_cursor_execute", note)
    assert [len(part) for part in found] == [3, 3, 1]
    assert sorted(each for part in found for each in part) == sorted(wanted)
    assert len([each for each in asked if "media_links" in each]) == 1
