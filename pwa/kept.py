"""Files of ours that this phone holds to be opened without a network, by what needs them: a course, a notice."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol

from offline.store import KeyValueStore

State = Literal["", "kept", "keeping", "missing"]


class Shelf(Protocol):
    """What the device does for it: see ``pwa.context.Device``."""

    def keep_files(self, urls: Sequence[str], /) -> Awaitable[bool]: ...

    def held_files(self, urls: Sequence[str], /) -> Awaitable[frozenset[str]]: ...

    def drop_files(self, urls: Sequence[str], /) -> Awaitable[None]: ...


class Kept:
    """Whether a file is here the browser says, which may clear them away or lose them to a signing out; what was kept
    for whom is a setting, so that it can be let go of."""

    def __init__(self, shelf: Shelf, settings: KeyValueStore, user: str) -> None:
        self._shelf = shelf
        self._settings = settings
        self._prefix = f"kept.{user}."
        self._asked: set[str] = set()
        self._held: set[str] = set()
        self._busy: list[frozenset[str]] = []
        self._listeners: list[Callable[[], None]] = []

    def state(self, urls: Collection[str]) -> State:
        """``""`` until the browser has been asked."""
        if any(not each.isdisjoint(urls) for each in self._busy):
            return "keeping"
        if not self._asked.issuperset(urls):
            return ""
        return "kept" if self._held.issuperset(urls) else "missing"

    def here(self, urls: Collection[str]) -> int:
        """How many of them are on this phone, as far as it was asked."""
        return len(self._held.intersection(urls))

    async def look(self, urls: Sequence[str]) -> None:
        """Ask the browser which of them are here."""
        held = await self._shelf.held_files(urls) if urls else frozenset[str]()
        self._asked.update(urls)
        self._held = self._held.difference(urls) | held
        self._tell()

    async def keep(self, owner: str, urls: Sequence[str]) -> bool:
        """Fetch them for ``owner`` (an id); whether all are here now."""
        key = self._prefix + owner
        known = await self._recorded(key)
        # Noted first: what is fetched and not noted would stay for ever.
        if not known.issuperset(urls):
            await self._settings.save(key, _written(known.union(urls)))
        busy = frozenset(urls)
        self._busy.append(busy)
        self._tell()
        try:
            here = await self._fetch(urls)
        finally:
            self._busy.remove(busy)
            self._tell()
        if not here:
            await self.look(urls)
        return here

    async def _fetch(self, urls: Sequence[str]) -> bool:
        """One after the other, so that it can be told how far it came; what is here stays when the line drops."""
        for url in urls:
            if not await self._shelf.keep_files([url]):
                return False
            self._asked.add(url)
            self._held.add(url)
            self._tell()
        return True

    async def clear(self, needs: Callable[[], Mapping[str, Collection[str]]]) -> None:
        """Let go of what was kept and is needed no more. ``needs``: addresses by owner, of all owners there are; not
        asked for where nothing was kept."""
        keys = await self._settings.keys(self._prefix)
        needed = needs() if keys else {}
        for key in keys:
            recorded = await self._recorded(key)
            left = recorded.intersection(needed.get(key.removeprefix(self._prefix), ()))
            if left == recorded:
                continue
            await self._shelf.drop_files(sorted(recorded - left))
            self._held -= recorded - left
            await self._settings.save(key, _written(left) if left else None)
            self._tell()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    async def _recorded(self, key: str) -> set[str]:
        return set(((await self._settings.load(key)) or b"").decode().split("\n")) - {""}


def _written(urls: Collection[str]) -> bytes:
    return "\n".join(sorted(urls)).encode()
