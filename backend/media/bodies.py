"""A request's body as it comes in, cut into parts: never more of it in memory than a network packet."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

from backend.errors import Problem, TooLarge
from backend.http.asgi import Receive

# A line that gives nothing for so long is dead; what came by then is kept.
_PATIENCE_SECONDS = 60.0


class Body:
    """It ends where the client goes away, too. ``count``: bytes given out. More than ``limit`` raise ``TooLarge``."""

    def __init__(self, receive: Receive, limit: int, running: "hashlib._Hash | None" = None) -> None:
        self._receive = receive
        self._limit = limit
        self._running = running
        self._held = b""
        self._ended = False
        self.count = 0

    async def more(self) -> bool:
        """Whether bytes are left, once the next have come."""
        while not self._held and not self._ended:
            await self._fill()
        return bool(self._held)

    async def part(self, most: int) -> AsyncIterator[bytes]:
        """At most ``most`` bytes."""
        left = most
        while left and await self.more():
            piece, self._held = self._held[:left], self._held[left:]
            left -= len(piece)
            self.count += len(piece)
            if self._running is not None:
                self._running.update(piece)
            yield piece

    async def _fill(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                message = await self._receive()
        except TimeoutError:
            message = {"type": "http.disconnect"}
        if message["type"] != "http.request":
            self._ended = True
            return
        self._held = message.get("body", b"")
        self._ended = not message.get("more_body", False)
        if self.count + len(self._held) > self._limit:
            raise TooLarge("media_too_large", "More bytes than the upload has left.", limit=self._limit)


def check_length(headers_length: str | None, limit: int) -> None:
    """Refuse before a byte is read what says that it is too long."""
    if headers_length is not None and (not headers_length.isdecimal() or int(headers_length) > limit):
        if not headers_length.isdecimal():
            raise Problem("bad_request", "Content-Length must be a whole number.", status=400)
        raise TooLarge("media_too_large", "More bytes than the upload has left.", limit=limit)
