"""What is typed into a sheet and not sent yet: kept on the phone at every change, so that neither a thumb beside the
sheet nor a kill loses it. It is there again when the sheet is opened."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from offline.store import Clock, KeyValueStore

KEPT = timedelta(days=60)


class Jotting(msgspec.Struct, frozen=True, kw_only=True):
    """Texts by the name of their field."""

    values: Mapping[str, str]
    changed_at: datetime


class Jottings:
    """One person's. Reading is from memory after ``load``; ``keep`` writes behind, the newest state wins."""

    def __init__(self, store: KeyValueStore, clock: Clock, user: str) -> None:
        self._store = store
        self._clock = clock
        self._prefix = f"jotting.{user}."
        self._held: dict[str, Jotting] = {}
        self._dirty: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read all, and let go of what nobody came back to. One that can't be read is left where it is."""
        for key in await self._store.keys(self._prefix):
            try:
                found = msgspec.json.decode(await self._store.load(key) or b"", type=Jotting)
            except msgspec.DecodeError:
                continue
            name = key.removeprefix(self._prefix)
            self._held.setdefault(name, found)
            if self._clock.now() - found.changed_at > KEPT:
                self.drop(name)

    def find(self, name: str) -> Mapping[str, str]:
        held = self._held.get(name)
        return held.values if held is not None else {}

    def keep(self, name: str, **values: str) -> None:
        self._held[name] = Jotting(values={**self.find(name), **values}, changed_at=self._clock.now())
        self._write_soon(name)

    def drop(self, name: str) -> None:
        if self._held.pop(name, None) is not None:
            self._write_soon(name)

    async def settled(self) -> None:
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    def _write_soon(self, name: str) -> None:
        self._dirty.add(name)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._dirty:
            name = self._dirty.pop()
            held = self._held.get(name)
            try:
                await self._store.save(f"{self._prefix}{name}", msgspec.json.encode(held) if held else None)
            except Exception:
                self._dirty.add(name)
                raise
