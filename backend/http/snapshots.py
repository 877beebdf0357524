"""One snapshot a request: who asks, and what is read for them, come from one state of the database.

The guard begins it (``begin_snapshot``), the route's dependency takes it over (``request_snapshot``). In between a
request may fail or be cut off: ``SnapshotEnder`` ends what nobody took.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import DATABASE_FAULTS, Sessions, snapshot
from backend.http.asgi import App, Receive, Scope, Send

_BEGUN = "qudao_snapshot"
_ENDING = "qudao_snapshot_ending"


def begin_snapshot(scope: Scope, read_sessions: Sessions) -> AsyncSession:
    """A session for reading that stays open until the request's ``request_snapshot`` or ``end_snapshot``."""
    session: AsyncSession = read_sessions()
    scope[_BEGUN] = session
    return session


async def end_snapshot(scope: Scope) -> None:
    """End the request's snapshot, if there is one that nobody has taken."""
    session: AsyncSession | None = scope.pop(_BEGUN, None)
    if session is not None:
        await session.close()


@asynccontextmanager
async def request_snapshot(scope: Scope, read_sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """The snapshot that was begun for this request, else a fresh one. The block must have read all it needs; while the
    answer goes out the database is told that nothing follows."""
    session: AsyncSession | None = scope.pop(_BEGUN, None)
    if session is None:
        async with snapshot(read_sessions) as fresh:
            yield fresh
        return
    try:
        yield session
    except BaseException:
        await session.close()
        raise
    scope[_ENDING] = asyncio.create_task(_end(session), name="end of a snapshot")


async def _end(session: AsyncSession) -> None:
    # What was read stands. A connection that breaks now is not used again.
    with suppress(*DATABASE_FAULTS):
        await session.close()


class SnapshotEnder:
    """A request ends with its snapshot: no connection is out after it, whatever happened."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            await end_snapshot(scope)
            ending: asyncio.Task[None] | None = scope.pop(_ENDING, None)
            if ending is not None:
                await ending
