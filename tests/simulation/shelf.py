"""The server's side of runs with pictures: an object store in memory that is down at times, and no threads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from backend.app import MEDIA_LISTENERS
from backend.database import transaction
from backend.media.archive import ARCHIVE, Archive
from backend.media.sweeping import tell_papers
from media.apart import InThreads
from media.storage import NoSuchObject, StorageDown, Stored, content_type_of
from tests.simulation.server import Server


class Inline(Executor):
    """Threads there are none: what would run in one is done at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            done.set_exception(error)
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        del wait, cancel_futures


class Shelf:
    """An object store that outlives servers, is down at times, and takes a while."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.objects: dict[str, bytes] = {}
        self.down = False
        self.fails = rng.choice((0.0, 0.02, 0.15))

    async def _trip(self) -> None:
        if self.rng.random() < 0.3:
            await asyncio.sleep(self.rng.random() * 0.2)
        if self.down or self.rng.random() < self.fails:
            raise StorageDown("down")

    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> Stored:
        whole = content if isinstance(content, bytes) else b"".join([chunk async for chunk in content])
        await self._trip()
        self.objects[key] = whole
        # The answer may be lost where the effect was not.
        await self._trip()
        return self._stored(key)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        await self._trip()
        if key not in self.objects:
            raise NoSuchObject(key)
        content = self.objects[key][offset:]
        yield content if length is None else content[:length]

    async def stat(self, key: str) -> Stored | None:
        await self._trip()
        return self._stored(key) if key in self.objects else None

    async def delete(self, key: str) -> None:
        await self._trip()
        self.objects.pop(key, None)

    async def find(self, prefix: str = "") -> AsyncIterator[Stored]:
        await self._trip()
        for key in sorted(self.objects):
            if key.startswith(prefix) and key in self.objects:
                yield self._stored(key)

    async def presigned_get(self, key: str, valid: timedelta) -> None:
        """Browsers do not reach it."""

    def _stored(self, key: str) -> Stored:
        return Stored(key, len(self.objects.get(key, b"")), content_type_of(key), datetime.now(UTC))


class PictureServer(Server):
    shelf: Shelf

    def start(self) -> None:
        super().start()
        state = self.host.app.state
        decoders = InThreads(executor=Inline())
        archive = Archive(self.shelf, state.sessions, MEDIA_LISTENERS, decoders=decoders)  # type: ignore[arg-type]  # all of a store that runs need
        state.sessions.kw["info"][ARCHIVE] = archive
        state.archive = archive
        state.storage = self.shelf

    async def keep_house(self) -> None:
        """A server killed between the file and its papers leaves them untold: housekeeping tells them."""
        async with transaction(self.host.app.state.sessions) as session:
            await tell_papers(session, self.host.template.tenant_id, datetime.now(UTC) + timedelta(hours=1))
