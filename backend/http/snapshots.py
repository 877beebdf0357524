"""One snapshot a request: who asks, and what is read for them, come from one state of the database.

The guard begins it (``begin_snapshot``), the route's dependency takes it over (``request_snapshot``). In between a
request may fail or be cut off: ``WorkEnder`` ends what nobody took, and what nobody ended (``held``).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import DATABASE_FAULTS, Sessions, snapshot
from backend.http.asgi import App, Receive, Scope, Send

_BEGUN = "qudao_snapshot"
_ENDING = "qudao_snapshot_ending"
_HELD = "qudao_held"

Work = AbstractAsyncContextManager[AsyncSession]


def begin_snapshot(scope: Scope, read_sessions: Sessions) -> AsyncSession:
    """A session for reading that stays open until the request's ``request_snapshot`` or ``end_snapshot``."""
    session: AsyncSession = read_sessions()
    scope[_BEGUN] = session
    return session


async def end_snapshot(scope: Scope) -> None:
    """End the request's snapshot, if there is one that nobody has taken."""
    session: AsyncSession | None = scope.pop(_BEGUN, None)
    if session is not None:
        await asyncio.shield(_ending(session))


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
        await asyncio.shield(_ending(session))
        raise
    scope[_ENDING] = _ending(session)


def _ending(session: AsyncSession) -> asyncio.Task[None]:
    """In a task of its own, to be shielded: a session that is cancelled while it closes keeps its connection."""
    return asyncio.create_task(_end(session), name="end of a snapshot")


async def _end(session: AsyncSession) -> None:
    # What was read stands. A connection that breaks now is not used again.
    with suppress(*DATABASE_FAULTS):
        await session.close()


@asynccontextmanager
async def held(scope: Scope, work: Work) -> AsyncIterator[AsyncSession]:
    """``work``'s session, for a dependency of Litestar's: a request that is cancelled while another dependency is
    provided leaves this one as it stands, with neither its end nor its failure, until the collector finds it."""
    session = await work.__aenter__()
    works: list[Work] = scope.setdefault(_HELD, [])
    works.append(work)
    try:
        yield session
    except BaseException as error:
        if work not in works:
            raise
        works.remove(work)
        if not await work.__aexit__(type(error), error, error.__traceback__):
            raise
    else:
        works.remove(work)
        await work.__aexit__(None, None, None)


async def _let_go(scope: Scope) -> None:
    works: list[Work] = scope.get(_HELD, [])
    while works:
        work, cut = works.pop(), asyncio.CancelledError()
        with suppress(asyncio.CancelledError):
            await work.__aexit__(type(cut), cut, None)


class WorkEnder:
    """A request ends with its work on the database: no connection is out after it, whatever happened."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            await end_snapshot(scope)
            await _let_go(scope)
            ending: asyncio.Task[None] | None = scope.pop(_ENDING, None)
            if ending is not None:
                await asyncio.shield(ending)
