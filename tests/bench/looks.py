"""How fast the looks of a brand's claim pictures are read, on both engines, against the databases' own drivers."""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert

from backend.database import Sessions, close_engine, make_engine, make_sessions, read_sessions_of, snapshot, transaction
from backend.db import table_of
from backend.media import service as media
from backend.media.models import Media, MediaLink
from backend.migrations import running
from offline.ids import new_id
from tests.servers import PostgreSQL

PICTURES = 50_000
ROUNDS = 5
NOW = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=400)
_STATEMENT = """
SELECT media.id, media_links.entity_id, media.look FROM media
JOIN media_links ON media_links.tenant_id = media.tenant_id AND media_links.media_id = media.id
WHERE media_links.entity = 'claim' AND media.look <> ''
"""
Figure = dict[str, Any]
Way = Callable[[], Awaitable[int]]


async def looks() -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "looks.sqlite3")
        figures = await _engine("sqlite", f"sqlite+aiosqlite:///{path}", lambda: asyncio.to_thread(_by_sqlite, path))
    server = PostgreSQL()
    try:
        dsn = server.url(server.create())
        address = dsn.replace("postgresql:", "postgresql+asyncpg:", 1)
        return figures | await _engine("postgresql", address, lambda: _by_asyncpg(dsn))
    finally:
        server.stop()


async def _engine(name: str, address: str, by_driver: Way) -> dict[str, Figure]:
    await running.upgrade(address)
    engine = make_engine(address)
    try:
        sessions = make_sessions(engine)
        tenant_id = await _populate(sessions)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(await _timed(lambda: _read(sessions, tenant_id)))
            theirs.append(await _timed(by_driver))
    finally:
        await close_engine(engine)
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return {
        f"media.looks.{name}": {
            "value": round(statistics.median(ours) * 1000, 1),
            "unit": "ms",
            "ratio": round(ratio, 3),
            "against": f"the driver alone ({statistics.median(theirs) * 1000:.0f} ms)",
            "bound": 3.0,
        }
    }


async def _timed(way: Way) -> float:
    began = time.perf_counter()
    assert await way() == PICTURES
    return time.perf_counter() - began


async def _read(sessions: Sessions, tenant_id: str) -> int:
    async with snapshot(read_sessions_of(sessions)) as session:
        return sum([len(part) async for part in media.looks(session, tenant_id, "claim", SINCE, at_once=500)])


def _by_sqlite(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return len(connection.execute(_STATEMENT).fetchall())
    finally:
        connection.close()


async def _by_asyncpg(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return len(await connection.fetch(_STATEMENT))
    finally:
        await connection.close()


async def _populate(sessions: Sessions) -> str:
    """A brand whose claims have so many pictures."""
    chance, tenant_id = random.Random(1), new_id()
    ids = [new_id() for _ in range(PICTURES)]
    exif = {"make": "vendor", "model": "a phone", "taken_at": "2026-07-06T10:00:00"}
    pictures = [
        {
            "tenant_id": tenant_id, "id": id_, "owner_id": tenant_id, "sha256": f"{chance.getrandbits(256):064x}",
            "size": 400_000, "content_type": "image/jpeg", "filename": "", "source": "camera", "status": "stored",
            "refused": "", "width": 1600, "height": 1200, "seconds": 0.0, "exif": exif,
            "look": f"{chance.getrandbits(2560):0640x}", "variants": {"1600": "image/webp", "320": "image/webp"},
            "announced": True, "created_at": NOW, "stored_at": NOW,
        }
        for id_ in ids
    ]  # fmt: skip
    links = [
        {
            "tenant_id": tenant_id, "media_id": id_, "entity": "claim", "entity_id": new_id(), "scopes": ["desk"],
            "attached_at": NOW,
        }
        for id_ in ids
    ]  # fmt: skip
    async with transaction(sessions) as session:
        await session.execute(insert(table_of(Media)), pictures)
        await session.execute(insert(table_of(MediaLink)), links)
    return tenant_id
