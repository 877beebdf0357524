"""Products' pictures on this phone ahead of being looked at: first of what its customers buy, then of the rest, while
there is a network and nothing else wants it."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Literal, Protocol

from offline.engine import Engine
from offline.store import Clock
from offline.watched import Watched

MOST = 1000  # sw.js has room for half as many more, which are looked at
USUAL_ORDERS = 300
USUAL = 400
SLOW_SECONDS = 2.0
PAUSE_SECONDS = 0.05  # what a finger does comes between two of them
MOST_FAILURES = 3
BYTES = 7000  # of one, mostly

Line = Literal["", "saver", "slow", "metered"]
"""How the line asks to be used: the person saves data, it takes long for little, it is paid for by the byte."""
Choice = Literal["", "always", "never"]
"""What the person wants fetched ahead; ``""``: what suits the line."""
Spared = Line | Literal["never"]
CHOICES: tuple[Choice, ...] = ("", "always", "never")


class Album(Protocol):
    """What the device does for it: see ``pwa.context.Device``."""

    def keep_pictures(self, urls: Sequence[str], /) -> Awaitable[bool]: ...

    def held_pictures(self, urls: Sequence[str], /) -> Awaitable[frozenset[str]]: ...

    @property
    def line(self) -> Line: ...


class Pictures(Watched):
    """``wanted``: how many it is to have; ``here``: how many it has, as the browser said; both 0 until it was asked.
    ``spared``: why the others are fetched only when they are looked at; ``asked``: the person wants all of them now;
    ``lines``: how often the line was another; ``held_up``: none are fetched for now."""

    def __init__(self, album: Album, engine: Engine, clock: Clock) -> None:
        super().__init__()
        self.wanted = 0
        self.here = 0
        self.choice: Choice = ""
        self.asked = False
        self.held_up = False
        self.lines = 0
        self.spared: Spared = ""
        self._one_fetch = asyncio.Lock()
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

    def choose(self, choice: Choice) -> None:
        self.choice = choice
        self.asked = False
        self._tell()

    def ask(self) -> None:
        """All of them, once, whatever was chosen."""
        self.asked = True
        self._tell()

    def line_changed(self) -> None:
        """What was left may be fetched now."""
        self.lines += 1
        self._tell()

    def _spare(self, *, found_slow: bool = False) -> None:
        """Look at the line anew: it changes on the way. ``found_slow``: by what it took."""
        spared: Spared = ""
        if not self.asked and self.choice != "always":
            spared = "never" if self.choice == "never" else self._album.line or ("slow" if found_slow else "")
        self._spared(spared)

    def _spared(self, spared: Spared) -> None:
        if spared != self.spared:
            self.spared = spared
            self._tell()

    async def fetch(self) -> bool:
        """Whether all is here that is to be. Not while sync is at work, whose rows count for more; of a line that is
        paid for by the byte, or takes seconds for one, only what is usual; none where data is saved."""
        async with self._one_fetch:
            return await self._fetch()

    async def _fetch(self) -> bool:
        urls, usual, held = await self.look()
        failures = 0
        for place, url in enumerate(urls):
            if url in held:
                continue
            if self.held_up or self._engine.status.syncing or self._engine.status.state == "offline":
                return False
            self._spare()
            if self.spared and (place >= usual or self.spared != "metered"):
                return False
            began = self._clock.now()
            if await self._album.keep_pictures([url]):
                self._count(len(urls), self.here + 1)
            elif (failures := failures + 1) == MOST_FAILURES:
                return False
            if (self._clock.now() - began).total_seconds() > SLOW_SECONDS and place >= usual:
                self._spare(found_slow=True)
                if self.spared:
                    return False
            await asyncio.sleep(PAUSE_SECONDS)
        self.asked = False
        self._spared("")
        return failures == 0

    def _count(self, wanted: int, here: int) -> None:
        if (wanted, here) != (self.wanted, self.here):
            self.wanted, self.here = wanted, here
            self._tell()
