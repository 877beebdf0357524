"""Products' pictures on this phone ahead of being looked at: first of what its customers buy, then of the rest, while
there is a network and nothing else wants it."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol

from offline.engine import Engine
from offline.store import Clock
from offline.watched import Watched

MOST = 1000  # sw.js has room for half as many more, which are looked at
USUAL_ORDERS = 300
USUAL = 400
SLOW_SECONDS = 2.0
PAUSE_SECONDS = 0.05  # what a finger does comes between two of them
MOST_FAILURES = 3


class Album(Protocol):
    """What the device does for it: see ``pwa.context.Device``."""

    def keep_pictures(self, urls: Sequence[str], /) -> Awaitable[bool]: ...

    def held_pictures(self, urls: Sequence[str], /) -> Awaitable[frozenset[str]]: ...


class Pictures(Watched):
    """``wanted``: how many it is to have; ``here``: how many it has, as the browser said; both 0 until it was asked."""

    def __init__(self, album: Album, engine: Engine, clock: Clock) -> None:
        super().__init__()
        self.wanted = 0
        self.here = 0
        self._album = album
        self._engine = engine
        self._clock = clock

    async def look(self) -> tuple[list[str], int, frozenset[str]]:
        """What is wanted, how many of the first of it are usual, and what is here."""
        usual = self._engine.replica.usual_pictures(USUAL_ORDERS, USUAL)
        urls = list(dict.fromkeys([*usual, *self._engine.replica.pictures(MOST)]))[:MOST]
        held = await self._album.held_pictures(urls)
        self._count(len(urls), len(held))
        return urls, len(usual), held

    async def fetch(self) -> bool:
        """Whether all is here that is to be. Not while sync is at work, whose rows count for more; and on a line that
        takes seconds for one, only what is usual."""
        urls, usual, held = await self.look()
        failures = 0
        for place, url in enumerate(urls):
            if url in held:
                continue
            if self._engine.status.syncing or self._engine.status.state == "offline":
                return False
            began = self._clock.now()
            if await self._album.keep_pictures([url]):
                self._count(len(urls), self.here + 1)
            elif (failures := failures + 1) == MOST_FAILURES:
                return False
            slow = (self._clock.now() - began).total_seconds() > SLOW_SECONDS
            if slow and place >= usual:
                return False
            await asyncio.sleep(PAUSE_SECONDS)
        return failures == 0

    def _count(self, wanted: int, here: int) -> None:
        if (wanted, here) != (self.wanted, self.here):
            self.wanted, self.here = wanted, here
            self._tell()
