"""Whether the sessions of open apps still run. Thousands may be open: one statement asks for all of a process."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import DATABASE_FAULTS, Sessions, database_reason, snapshot
from backend.sync.live import Subscription

log = structlog.get_logger("qudao.sync.live")
LOOK_SECONDS = 5.0
StillIn = Callable[[AsyncSession, Collection[str], datetime], Awaitable[set[str]]]
"""Those of some tokens (by hash) that would let somebody in. The identity slice knows."""


class Watch:
    """Of one process. The heartbeats of its streams ask it to ``look``, each of them for all."""

    def __init__(self, read_sessions: Sessions, still_in: StillIn) -> None:
        self._read_sessions = read_sessions
        self._still_in = still_in
        self._streams: dict[str, set[Subscription]] = defaultdict(set)
        self._one = asyncio.Lock()
        self._due = 0.0

    @contextlib.contextmanager
    def watched(self, token: str, subscription: Subscription) -> Iterator[None]:
        """While the stream that ``token`` (its hash) let in is open."""
        self._streams[token].add(subscription)
        try:
            yield
        finally:
            self._streams[token].discard(subscription)
            if not self._streams[token]:
                del self._streams[token]

    async def look(self) -> None:
        """Wake the streams whose token is known no more, if nobody has looked within ``LOOK_SECONDS``. Whether they
        really end they ask themselves."""
        async with self._one:
            if time.monotonic() < self._due:
                return
            tokens = list(self._streams)
            try:
                async with snapshot(self._read_sessions) as session:
                    running = await self._still_in(session, tokens, datetime.now(UTC))
            except DATABASE_FAULTS as fault:
                log.warning("sessions of open apps not looked at", reason=database_reason(fault))
                running = set(tokens)
            self._due = time.monotonic() + LOOK_SECONDS
        for token in tokens:
            if token not in running:
                for subscription in self._streams.get(token, ()):
                    subscription.doubt(at_once=True)
