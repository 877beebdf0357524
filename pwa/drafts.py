"""Orders somebody began and has not submitted: kept on the phone at every change, so that a kill loses nothing."""

import asyncio
from datetime import date, datetime

import msgspec

from offline.store import KeyValueStore
from offline.wire.kinds import Shortage


class DraftLine(msgspec.Struct, frozen=True):
    """``quantity`` as the person left it: it may still break the product's order rule."""

    id: str
    product: str
    quantity: int


class OrderDraft(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` becomes the order's id, so that submitting twice is one order. ``mends`` names the refused command this
    draft will take the place of."""

    id: str
    organisation: str
    lines: tuple[DraftLine, ...] = ()
    note: str = ""
    address: str | None = None
    wanted_on: date | None = None
    shortage: Shortage = "backorder"
    mends: str = ""
    changed_at: datetime | None = None


class Drafts:
    """One person's drafts. Reading is from memory after ``load``; ``keep`` writes behind, newest state wins, and
    ``settled`` waits until all is durable."""

    def __init__(self, store: KeyValueStore, user: str) -> None:
        self._store = store
        self._prefix = f"draft.{user}."
        self._drafts: dict[str, OrderDraft] = {}
        self._dirty: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read all. One that can't be read (a newer app wrote it) is left where it is."""
        for key in await self._store.keys(self._prefix):
            raw = await self._store.load(key)
            try:
                draft = msgspec.json.decode(raw or b"", type=OrderDraft)
            except msgspec.DecodeError:
                continue
            self._drafts.setdefault(draft.id, draft)

    def all(self) -> list[OrderDraft]:
        """Newest first; those without a line are not worth showing."""
        shown = [draft for draft in self._drafts.values() if draft.lines]
        return sorted(shown, key=lambda draft: (draft.changed_at is not None, draft.changed_at, draft.id), reverse=True)

    def find(self, draft_id: str) -> OrderDraft | None:
        return self._drafts.get(draft_id)

    def of_organisation(self, organisation: str) -> OrderDraft | None:
        """The newest draft for a customer that is not the mending of a refused order."""
        return next((draft for draft in self.all() if draft.organisation == organisation and not draft.mends), None)

    def keep(self, draft: OrderDraft) -> None:
        self._drafts[draft.id] = draft
        self._write_soon(draft.id)

    def drop(self, draft_id: str) -> None:
        self._drafts.pop(draft_id, None)
        self._write_soon(draft_id)

    async def settled(self) -> None:
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    def _write_soon(self, draft_id: str) -> None:
        self._dirty.add(draft_id)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._dirty:
            draft_id = self._dirty.pop()
            draft = self._drafts.get(draft_id)
            try:
                await self._store.save(f"{self._prefix}{draft_id}", msgspec.json.encode(draft) if draft else None)
            except Exception:
                self._dirty.add(draft_id)
                raise
