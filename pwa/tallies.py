"""Counts somebody began and has not handed in: kept on the phone at every figure, so that a kill loses nothing."""

import asyncio
from datetime import datetime

import msgspec

from offline.store import KeyValueStore
from offline.wire.counts import CountedPart


class TallyLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of a product so far. ``base_seq`` and ``counted_at`` as they were at its last figure."""

    product: str
    parts: tuple[CountedPart, ...]
    base_seq: int = 0
    counted_at: datetime | None = None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` becomes the count's id, so that handing in twice is one count; for one that was asked for it is its."""

    id: str
    organisation: str
    lines: tuple[TallyLine, ...] = ()
    count_list: str | None = None
    visit: str | None = None
    changed_at: datetime | None = None


class Tallies:
    """One person's. Reading is from memory after ``load``; ``keep`` writes behind, the newest state wins."""

    def __init__(self, store: KeyValueStore, user: str) -> None:
        self._store = store
        self._prefix = f"tally.{user}."
        self._tallies: dict[str, Tally] = {}
        self._dirty: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read all. One that can't be read (a newer app wrote it) is left where it is."""
        for key in await self._store.keys(self._prefix):
            try:
                tally = msgspec.json.decode(await self._store.load(key) or b"", type=Tally)
            except msgspec.DecodeError:
                continue
            self._tallies.setdefault(tally.id, tally)

    def all(self) -> list[Tally]:
        """Those with a figure, the newest first."""
        found = [tally for tally in self._tallies.values() if tally.lines]
        return sorted(found, key=lambda each: (each.changed_at is not None, each.changed_at, each.id), reverse=True)

    def find(self, tally_id: str) -> Tally | None:
        return self._tallies.get(tally_id)

    def keep(self, tally: Tally) -> None:
        self._tallies[tally.id] = tally
        self._write_soon(tally.id)

    def drop(self, tally_id: str) -> None:
        self._tallies.pop(tally_id, None)
        self._write_soon(tally_id)

    async def settled(self) -> None:
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    def _write_soon(self, tally_id: str) -> None:
        self._dirty.add(tally_id)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._dirty:
            tally_id = self._dirty.pop()
            tally = self._tallies.get(tally_id)
            try:
                await self._store.save(f"{self._prefix}{tally_id}", msgspec.json.encode(tally) if tally else None)
            except Exception:
                self._dirty.add(tally_id)
                raise
