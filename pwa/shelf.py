"""Where the phone keeps what a person began and has not sent: papers of one kind, at every change, so that neither a
kill nor a thumb beside a sheet loses them."""

import asyncio
from collections.abc import Collection
from typing import Generic, TypeVar

import msgspec

from offline.store import KeyValueStore

Paper = TypeVar("Paper", bound=msgspec.Struct)


class Shelf(Generic[Paper]):
    """One person's papers of a kind, by name. Reading is from memory after ``load``; ``put`` and ``drop`` write behind,
    the newest state wins, and ``settled`` waits until all is durable."""

    def __init__(self, store: KeyValueStore, prefix: str, kind: type[Paper]) -> None:
        self._store = store
        self._prefix = prefix
        self._kind = kind
        self._held: dict[str, Paper] = {}
        self._dirty: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read all. One that can't be read (a newer app wrote it) is left where it is."""
        for key in await self._store.keys(self._prefix):
            try:
                paper = msgspec.json.decode(await self._store.load(key) or b"", type=self._kind)
            except msgspec.DecodeError:
                continue
            self._held.setdefault(key.removeprefix(self._prefix), paper)

    def find(self, name: str) -> Paper | None:
        return self._held.get(name)

    def papers(self) -> Collection[Paper]:
        return self._held.values()

    def named(self) -> Collection[tuple[str, Paper]]:
        return self._held.items()

    def put(self, name: str, paper: Paper) -> None:
        self._held[name] = paper
        self._write_soon(name)

    def drop(self, name: str) -> None:
        self._held.pop(name, None)
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
            paper = self._held.get(name)
            try:
                await self._store.save(f"{self._prefix}{name}", msgspec.json.encode(paper) if paper else None)
            except Exception:
                self._dirty.add(name)
                raise
