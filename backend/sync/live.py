"""Hints for open apps: which scope moved to which number, never data. Losing one costs time only.

Within a process they go from hand to hand. Between processes on PostgreSQL they go by NOTIFY, gathered for a moment
and sent from a connection of its own, because a NOTIFY within a transaction makes commits wait for each other.
"""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.sync.changes import ACCESS, STOCK, user_scope
from offline.ids import new_id

log = structlog.get_logger("qudao.sync.live")
_CHANNEL = "qudao_sync"
_APPLICATION = "qudao hints"
"""What PostgreSQL lists these connections under."""
_GATHER_SECONDS = 0.02
_RETRY_SECONDS = 2.0
_ASK_SECONDS = 15.0
# The last is what the driver says of a statement that meets the server's goodbye.
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_ANSWER_SECONDS = 10.0
_SCOPES_A_MESSAGE = 60  # a payload stays below PostgreSQL's 8,000 bytes
_NOT_AT_ONCE = frozenset({STOCK})
"""Each order changes it and every app holds it: told at once, each order has all apps of the brand pull, at one moment.
It comes with the next other news, or some seconds later, to each app at a time of its own."""
_LATER_SECONDS = 10.0
_OWN = user_scope("")
# What SQLAlchemy takes for itself.
_OF_THE_ENGINE = {
    "async_creator_fn",
    "async_fallback",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
}
Seqs = Mapping[str, int]


class _Message(msgspec.Struct, frozen=True):
    sender: str
    tenant: str
    seqs: dict[str, int]


class Subscription:
    """What one open app has not been told yet. ``listed``: who hears of a scope of this brand. ``doubted``: its person
    may hold other scopes by now, or none; ``hurried``: that is not to wait for the next heartbeat."""

    def __init__(self, scopes: frozenset[str], listed: "_Listed") -> None:
        self.scopes: frozenset[str] = frozenset()
        self._listed = listed
        self._news: dict[str, int] = {}
        self._some = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        self.doubted = self.hurried = False
        listed[ACCESS].add(self)
        self.limit(scopes)

    def tell(self, scope: str, seq: int) -> None:
        """Of a scope that it hears of."""
        if scope == ACCESS:
            self.doubt()
            return
        if scope.startswith(_OWN):
            # Who one is, and what one is to read, is told there.
            self.doubt()
        self._news[scope] = max(seq, self._news.get(scope, 0))
        if scope not in _NOT_AT_ONCE:
            self.wake()
        elif self._later is None:
            seconds = _LATER_SECONDS * (1 + random.random()) / 2
            self._later = asyncio.get_running_loop().call_later(seconds, self.wake)

    def limit(self, scopes: frozenset[str]) -> None:
        """To these scopes from now on, for what was not told yet, too."""
        for scope in scopes - self.scopes:
            self._listed[scope].add(self)
        for scope in self.scopes - scopes:
            self._unlist(scope)
        self.scopes = scopes
        self._news = {scope: seq for scope, seq in self._news.items() if scope in scopes}

    def doubt(self, *, at_once: bool = False) -> None:
        self.doubted = True
        if at_once:
            self.hurried = True
            self.wake()

    def settle(self) -> None:
        """To be called before it is looked into: what comes meanwhile is another doubt."""
        self.doubted = self.hurried = False

    async def news(self, seconds: float) -> dict[str, int]:
        """What is new, at the latest after ``seconds``; then perhaps nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._some.wait()
        if not self._some.is_set():
            return {}
        found, self._news = self._news, {}
        self._some.clear()
        self._forget_later()
        return found

    def wake(self) -> None:
        """Whoever waits for news goes on, perhaps without any."""
        self._some.set()

    def end(self) -> None:
        self.limit(frozenset())
        self._unlist(ACCESS)
        self._forget_later()

    def _unlist(self, scope: str) -> None:
        self._listed[scope].discard(self)
        if not self._listed[scope]:
            del self._listed[scope]

    def _forget_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None


_Listed = defaultdict[str, set[Subscription]]


class Hub:
    """The subscriptions of this process."""

    def __init__(self) -> None:
        self.closed = False
        self._open: set[Subscription] = set()
        # By brand and scope: a commit concerns a few of the thousands of apps that may be open.
        self._by_tenant: dict[str, _Listed] = {}
        self._by_person: Counter[str] = Counter()

    @contextlib.contextmanager
    def subscribed(self, tenant_id: str, scopes: frozenset[str], person: str = "") -> Iterator[Subscription]:
        listed = self._by_tenant.setdefault(tenant_id, defaultdict(set))
        subscription = Subscription(scopes, listed)
        self._open.add(subscription)
        self._by_person[person] += 1
        try:
            yield subscription
        finally:
            subscription.end()
            self._open.discard(subscription)
            if not listed and self._by_tenant.get(tenant_id) is listed:
                del self._by_tenant[tenant_id]
            self._by_person[person] -= 1
            if not self._by_person[person]:
                del self._by_person[person]

    def listening(self, person: str) -> int:
        """How many of the person's apps listen in this process."""
        return self._by_person[person]

    def close(self) -> None:
        """The process is about to end: so are all streams, which would otherwise be cut off."""
        self.closed = True
        for subscription in self._open:
            subscription.wake()

    def publish(self, tenant_id: str, seqs: Seqs) -> None:
        """To be called after the commit."""
        if seqs:
            self.tell(tenant_id, seqs)

    def tell(self, tenant_id: str, seqs: Seqs) -> None:
        """Tell the subscribers of this process."""
        listed = self._by_tenant.get(tenant_id)
        if listed is None:
            return
        for scope in listed.keys() & seqs.keys():
            for subscription in listed[scope]:
                subscription.tell(scope, seqs[scope])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the server runs."""
        yield

    async def flush(self) -> None:
        """Send what waits for other processes: for commands, which end after their commit and do not run a hub."""


class PostgresHub(Hub):
    """Tells the other processes, and hears them."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._arguments = _arguments(engine)
        self._name = new_id()
        self._outgoing: dict[str, dict[str, int]] = {}
        self._some = asyncio.Event()

    def publish(self, tenant_id: str, seqs: Seqs) -> None:
        super().publish(tenant_id, seqs)
        if seqs:
            waiting = self._outgoing.setdefault(tenant_id, {})
            waiting.update((scope, max(seq, waiting.get(scope, 0))) for scope, seq in seqs.items())
            self._some.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run(), name="sync hints")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def flush(self) -> None:
        if not self._outgoing:
            return
        try:
            connection = await self._connect()
        except _LOST as error:
            log.warning("no connection for hints", error=str(error))
            return
        try:
            await self._send_waiting(connection)
        except _LOST as error:
            log.warning("connection for hints lost", error=str(error))
        finally:
            connection.terminate()

    async def _connect(self) -> Any:
        settings = {"application_name": _APPLICATION}
        return await asyncpg.connect(**self._arguments, timeout=10, server_settings=settings)

    async def _run(self) -> None:
        """Connected as long as the database is there; hints are lost meanwhile, phones sync on their timer."""
        while True:
            try:
                connection = await self._connect()
            except _LOST as error:
                log.warning("no connection for hints", error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            try:
                await connection.add_listener(_CHANNEL, self._heard)
                await self._send(connection)
            except _LOST as error:
                log.warning("connection for hints lost", error=str(error))
            finally:
                connection.terminate()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _send(self, connection: Any) -> None:
        """Until the connection is lost, which a process that only listens learns by asking now and then."""
        while True:
            try:
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
                async with asyncio.timeout(_ASK_SECONDS):
                    await self._some.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS)
                continue
            await asyncio.sleep(_GATHER_SECONDS)
            self._some.clear()
            await self._send_waiting(connection)

    async def _send_waiting(self, connection: Any) -> None:
        outgoing, self._outgoing = self._outgoing, {}
        for tenant_id, seqs in outgoing.items():
            scopes = list(seqs.items())
            for start in range(0, len(scopes), _SCOPES_A_MESSAGE):
                part = dict(scopes[start : start + _SCOPES_A_MESSAGE])
                message = msgspec.json.encode(_Message(self._name, tenant_id, part)).decode()
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, message, timeout=_ANSWER_SECONDS)

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        try:
            message = msgspec.json.decode(str(payload), type=_Message)
        except msgspec.DecodeError:
            return
        if message.sender != self._name:
            self.tell(message.tenant, message.seqs)


def _arguments(engine: AsyncEngine) -> dict[str, Any]:
    """How the engine itself connects: its address may say more than where the server is, such as ``ssl``."""
    _, found = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in found.items() if name not in _OF_THE_ENGINE}


def make_hub(engine: AsyncEngine) -> Hub:
    return PostgresHub(engine) if engine.dialect.name == "postgresql" else Hub()
