"""The commands that are not settled, one user's, as this tab knows them; the store is the truth, shared by all tabs.

A command leaves the store only when the server's verdict is known and every row it changed was pulled, or when the
person throws a refused one away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from offline.store import Entry, OutboxStore, StorageFull
from offline.wire.protocol import MAX_BATCH, MAX_PUSH_BYTES, Mutation, Verdict

REFUSED = ("rejected", "blocked")
LONGEST_HOLD = timedelta(minutes=1)
_FRAME = 300  # bytes of one mutation beside its args, and of the request around them: generous


class Outbox:
    """Entries by id, in the order of ``n``. What is done to the store and to this tab's knowledge of it is one step:
    an answer that comes late cannot undo what was done meanwhile."""

    def __init__(self, store: OutboxStore, user: str) -> None:
        self._store = store
        self._user = user
        self._entries: dict[str, Entry] = {}
        self._leaving: dict[str, Entry] = {}
        self._one_step = asyncio.Lock()

    async def reload(self, rows: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Take over what the store holds; whether anything differs. Work of ``replaces`` that was cut off is
        finished.

        ``rows``, in a tab that does not pull itself, loads the rows. Another tab removed a settled entry after it
        saved the rows in its place: until those are here, the entry stays among those shown.
        """
        async with self._one_step:
            entries = [entry for entry in await self._store.load() if entry.user == self._user]
            found = {entry.id: entry for entry in sorted(entries, key=lambda entry: entry.n)}
            changed = found != self._entries
            if rows is not None:
                self._leaving |= {each: entry for each, entry in self._entries.items() if each not in found}
            self._entries = found
            with suppress(StorageFull):
                # Else at the next time.
                await self._finish_replacements()
        if rows is not None:
            await rows()
            self._leaving.clear()
        return changed

    async def append(self, entry: Entry) -> Entry:
        async with self._one_step:
            stored = await self._store.append(entry)
            self._entries[stored.id] = stored
            with suppress(StorageFull):
                await self._finish_replacements()
        return stored

    async def _finish_replacements(self) -> None:
        """What was mended goes; what waited for it now waits for its successor."""
        successors = {entry.replaces: entry.id for entry in self._entries.values() if entry.replaces in self._entries}
        if not successors:
            return
        waiting = []
        for entry in self._entries.values():
            if entry.id not in successors and any(needed in successors for needed in entry.after):
                after = tuple(successors.get(needed, needed) for needed in entry.after)
                state = "waiting" if entry.state == "blocked" else entry.state
                waiting.append(msgspec.structs.replace(entry, after=after, state=state))
        await self._write(waiting)
        await self._remove(list(successors))

    async def claim(self, entries: list[Entry]) -> list[Entry]:
        """Note durably that these may leave the phone from now on. Returns those still there: what was withdrawn
        meanwhile, by any tab, must not be sent."""
        async with self._one_step:
            claimed = [msgspec.structs.replace(entry, unsent=False) for entry in entries if entry.unsent]
            written = await self._store.write(claimed) if claimed else set()
            for entry in claimed:
                if entry.id in written and entry.id in self._entries:
                    self._entries[entry.id] = entry
                else:
                    self._entries.pop(entry.id, None)
            return [self._entries[entry.id] for entry in entries if entry.id in self._entries]

    async def withdraw(self, entry_id: str) -> bool:
        """Remove an entry no request was begun with; whether that was still so."""
        async with self._one_step:
            withdrawn = await self._store.withdraw(entry_id)
            if withdrawn:
                self._entries.pop(entry_id, None)
            return withdrawn

    async def write(self, entries: list[Entry]) -> None:
        async with self._one_step:
            await self._write(entries)

    async def _write(self, entries: list[Entry]) -> None:
        if entries:
            await self._store.write(entries)
            for entry in entries:
                if entry.id in self._entries:
                    self._entries[entry.id] = entry

    async def remove(self, ids: list[str]) -> None:
        async with self._one_step:
            await self._remove(ids)

    async def _remove(self, ids: list[str]) -> None:
        if ids:
            await self._store.remove(ids)
            for entry_id in ids:
                self._entries.pop(entry_id, None)

    def find(self, entry_id: str) -> Entry | None:
        return self._entries.get(entry_id)

    def entries(self) -> list[Entry]:
        """All that is shown."""
        if not self._leaving:
            return list(self._entries.values())
        return sorted((self._leaving | self._entries).values(), key=lambda entry: entry.n)

    def waiting(self) -> list[Entry]:
        """Not decided yet, in the order to send: by ``n``, but what others depend on first."""
        todo = {entry.id: entry for entry in self._entries.values() if entry.state == "waiting"}
        ordered: dict[str, Entry] = {}

        def visit(entry: Entry, path: frozenset[str]) -> None:
            for needed in entry.after:
                if needed in todo and needed not in ordered and needed not in path:
                    visit(todo[needed], path | {entry.id})
            ordered[entry.id] = entry

        for entry in todo.values():
            if entry.id not in ordered:
                visit(entry, frozenset())
        return list(ordered.values())

    def ready(self, now: datetime) -> list[Entry]:
        """``waiting`` without what is held back for a moment, and what depends on that."""
        held: set[str] = set()
        found = []
        for entry in self.waiting():
            if _is_held(entry, now) or held.intersection(entry.after):
                held.add(entry.id)
            else:
                found.append(entry)
        return found

    def due(self, now: datetime) -> datetime | None:
        """When the next of those held back for a moment may go."""
        held = (entry.not_before for entry in self.waiting() if _is_held(entry, now))
        return min((each for each in held if each is not None), default=None)


def _is_held(entry: Entry, now: datetime) -> bool:
    # Farther ahead than anything is held, the clock was set back meanwhile: that must not hold it for a year.
    return entry.unsent and entry.not_before is not None and now < entry.not_before <= now + LONGEST_HOLD


def batch_of(waiting: list[Entry], most: int = MAX_BATCH) -> list[Entry]:
    """The first commands that fit in one push; at least one."""
    size = 0
    for position, entry in enumerate(waiting[:most]):
        size += len(entry.args) + _FRAME + 40 * len(entry.after)
        if size > MAX_PUSH_BYTES - _FRAME and position:
            return waiting[:position]
    return waiting[:most]


def mutation_of(entry: Entry) -> Mutation:
    return Mutation(
        id=entry.id,
        n=entry.n,
        name=entry.name,
        args=msgspec.Raw(entry.args),
        after=entry.after,
        local_at=entry.local_at,
        clock_offset_ms=entry.clock_offset_ms,
    )


def decided(entry: Entry, verdict: Verdict) -> Entry:
    """The entry with its verdict."""
    return msgspec.structs.replace(
        entry, state=verdict.status, code=verdict.code, detail=verdict.detail, seqs=verdict.seqs
    )
