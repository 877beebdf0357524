"""When the next round is due: soon after something happened, slower and slower while the server is away."""

import asyncio
import math
from collections.abc import Callable

from offline.store import Clock

IDLE_SECONDS = 60.0
FIRST_SECONDS = 2.0
MOST_SECONDS = 60.0
MOST_NAMED_SECONDS = 300.0


class Pace:
    """``jitter`` gives 0..1: phones that lost the server together must not come back together."""

    def __init__(self, clock: Clock, jitter: Callable[[], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._failures = 0
        self._named: float | None = None
        self._awake = asyncio.Event()
        self._asked = asyncio.Event()

    def begin(self) -> None:
        """A round begins: whatever wakes us from now on asks for another."""
        self._awake.clear()
        self._asked.clear()

    def wake(self, *, by_person: bool = False) -> None:
        """``by_person``: somebody looks at the phone and asks for it."""
        self._awake.set()
        if by_person:
            self._asked.set()

    def succeeded(self) -> None:
        self._failures = 0
        self._named = None

    def failed(self, named: float | None) -> None:
        """``named``: seconds the server asked for."""
        self._failures += 1
        self._named = named

    def seconds(self, due: float = math.inf) -> float:
        """``due``: in so many seconds there is something to do, if nothing failed."""
        if self._named is not None:
            # Whatever it says, a proxy's "tomorrow" too: a phone that is not heard of for a day is worse.
            return min(self._named, MOST_NAMED_SECONDS * 0.8) * (1 + self._jitter() / 4)
        if self._failures:
            return min(FIRST_SECONDS * 2.0 ** min(self._failures - 1, 10), MOST_SECONDS) * (0.5 + self._jitter() / 2)
        return min(IDLE_SECONDS * (0.75 + self._jitter() / 2), due)

    async def rest(self, *, blocked: bool, due: float = math.inf) -> None:
        """Until the next round is due, at the latest in ``due`` seconds while nothing fails. A wake-up cuts it
        short; a time the server named, only a person's own. ``blocked``: only a
        person can help, so a plain timer does not."""
        named = self._named is not None
        timer = asyncio.ensure_future(self._clock.sleep(MOST_SECONDS if blocked and not named else self.seconds(due)))
        woken = asyncio.ensure_future((self._asked if named else self._awake).wait())
        self._named = None
        try:
            await asyncio.wait((timer, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (timer, woken):
                task.cancel()
