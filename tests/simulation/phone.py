"""A phone: stores shared by its tabs, a clock that is wrong, a network that does what networks do."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from offline.engine import Engine
from offline.store import Entry, Response, StorageFull, Unreachable
from offline.stores import MemoryImages, MemoryKeyValues, MemoryOutbox
from tests.simulation.server import Server
from tests.simulation.strikes import Strike

T = TypeVar("T")
Asked = tuple[str, str, bytes | None]
TIMEOUT = 20.0
# The moments after rows or a removal were stored: of these two, one must never be durable without the other.
SETTLING = "settling"


class Died(BaseException):  # nothing that means to outlive faults may outlive this
    """This tab is gone: nothing it still does may touch the world."""


class Faults:
    """How bad the network and the machine are; all probabilities 0 once the run comes to rest."""

    def __init__(self, rng: Random) -> None:
        self.lost_up = rng.choice((0.0, 0.03, 0.2))
        self.lost_down = rng.choice((0.0, 0.05, 0.3))
        self.doubled = rng.choice((0.0, 0.05, 0.3))
        self.slow = rng.choice((0.0, 0.05, 0.2))
        self.pauses = rng.choice((0.05, 0.3))

    def heal(self) -> None:
        self.lost_up = self.lost_down = self.doubled = self.slow = self.pauses = 0.0


class Watch:
    """Sees every removal from an outbox and every change of what is shown."""

    def removing(self, phone: "Phone", ids: list[str]) -> None: ...

    def shown(self, tab: "Tab") -> None: ...


class Phone:
    def __init__(
        self, name: str, user: str, token: str, user_id: str, server: Server, rng: Random, faults: Faults, watch: Watch
    ) -> None:
        self.name = name
        self.user = user
        self.user_id = user_id
        self.right_token = self.token = token
        self.server = server
        self.rng = rng
        self.faults = faults
        self.watch = watch
        self.skew = timedelta(seconds=rng.choice((0, 0, rng.uniform(-90_000, 90_000))))
        self.offline = False
        self.full = False
        self.app_schema = 1
        self.page_sizes: tuple[int, ...] = (2, 5, 1000)
        self.outbox = MemoryOutbox()
        self.images = MemoryImages()
        self.settings = MemoryKeyValues()
        self.tabs: list[Tab] = []
        self.leader: Tab | None = None
        self.shown_orders: set[str] = set()
        self.messages: set[asyncio.Future[Any]] = set()

    async def open_tab(self, *, leads: bool = True) -> "Tab":
        """``leads``: may become the one that syncs by itself."""
        tab = self.new_tab()
        self.tabs.append(tab)
        # What was shown before must be there again at once.
        tab.seen_orders = set(self.shown_orders)
        tab.seen_entries = set(self.outbox.entries)
        await tab.do(tab.engine.open())
        if tab.alive:
            self.watch.shown(tab)
            tab.opened = True
            if leads:
                self.elect()
        return tab

    def new_tab(self) -> "Tab":
        return Tab(self)

    def forget_shown(self) -> None:
        """What was shown need not be there again."""
        self.shown_orders.clear()
        for tab in self.tabs:
            tab.seen_orders.clear()

    def sign_in(self) -> None:
        self.token = self.right_token
        for tab in self.tabs:
            if tab.opened:
                tab.engine.signed_in()

    def elect(self) -> None:
        """The lock that makes one tab the leader; it is free again when that tab dies."""
        opened = [tab for tab in self.tabs if tab.opened]
        if self.leader is None and opened:
            self.leader = self.rng.choice(opened)
            self.leader.lead()

    def kill(self, tab: "Tab") -> None:
        tab.kill()
        self.tabs.remove(tab)
        if self.leader is tab:
            self.leader = None
            self.elect()

    def kill_all(self) -> None:
        for tab in self.tabs:
            tab.kill()
        self.tabs.clear()
        self.leader = None

    def broadcast(self, sender: "Tab") -> None:
        """Tell the other tabs that the stores changed; now and then one does not hear it."""
        for tab in self.tabs:
            if tab is not sender and tab.opened and self.rng.random() < 0.9:
                tab.spawn(tab.reload_later())


class Tab:
    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.alive = True
        self.opened = False
        # Not a set: they are killed in the order they began, whatever their addresses are.
        self.tasks: dict[asyncio.Future[Any], None] = {}
        self.seen_orders: set[str] = set()
        self.seen_entries: set[str] = set()
        self.strike: Strike | None = None
        self.engine = Engine(
            Outbox(self),
            Images(self),
            Settings(self),
            Wire(self),
            Clock(self),
            phone.name,
            phone.user_id,
            phone.app_schema,
            pull_limit=phone.rng.choice(phone.page_sizes),
            jitter=phone.rng.random,
            on_failure=self._tell,
        )
        self.engine.subscribe(self._changed)

    def _changed(self) -> None:
        if self.opened and self.alive:
            self.phone.watch.shown(self)

    def spawn(self, work: Awaitable[Any]) -> asyncio.Future[Any]:
        """Work of this tab, which dies with it."""
        task = self._begin(work)
        task.add_done_callback(self._report)
        return task

    def _begin(self, work: Awaitable[T]) -> asyncio.Future[T]:
        task = asyncio.ensure_future(work)
        self.tasks[task] = None
        task.add_done_callback(self.tasks.pop)
        return task

    def _report(self, task: asyncio.Future[Any]) -> None:
        if not task.cancelled() and task.exception() is not None and not isinstance(task.exception(), Died):
            self._tell(task.exception())

    def _tell(self, error: BaseException | None) -> None:
        asyncio.get_running_loop().call_exception_handler({"message": "a tab failed", "exception": error})

    async def do(self, work: Awaitable[T]) -> T | None:
        """Do it to its end, or until the tab dies: then None. What it raises is the caller's."""
        task = self._begin(work)
        await asyncio.wait({task})
        if task.cancelled() or isinstance(task.exception(), Died):
            return None
        return task.result()

    def lead(self) -> None:
        self.spawn(self.engine.run())

    async def reload_later(self) -> None:
        await asyncio.sleep(self.phone.rng.random())
        await self.engine.reload()

    def kill(self) -> None:
        self.alive = self.opened = False
        for task in list(self.tasks):
            task.cancel()

    async def pause(self, kind: str = "") -> None:
        """Before and after everything that touches the world."""
        if self.strike is not None:
            self.strike.moment(kind)
        if not self.alive:
            raise Died
        if self.phone.rng.random() < self.phone.faults.pauses:
            await asyncio.sleep(self.phone.rng.random() * 0.3)
        if not self.alive:
            raise Died


class _Store:
    """A durable store: an operation is done at one moment; the tab may die just before it or just after."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    async def durably(self, operation: Callable[[], Awaitable[T]], kind: str = "", *, writes: bool = True) -> T:
        await self.tab.pause()
        if writes and self.tab.phone.full:
            raise StorageFull("no room")
        result = await operation()
        await self.tab.pause(kind)
        return result


class Outbox(_Store):
    async def append(self, entry: Entry) -> Entry:
        return await self.durably(lambda: self.tab.phone.outbox.append(entry))

    async def load(self) -> list[Entry]:
        return await self.durably(self.tab.phone.outbox.load, writes=False)

    async def write(self, entries: list[Entry]) -> set[str]:
        return await self.durably(lambda: self.tab.phone.outbox.write(entries))

    async def withdraw(self, entry_id: str) -> bool:
        return await self.durably(lambda: self.tab.phone.outbox.withdraw(entry_id))

    async def remove(self, ids: list[str]) -> None:
        async def remove() -> None:
            self.tab.phone.watch.removing(self.tab.phone, ids)
            await self.tab.phone.outbox.remove(ids)

        await self.durably(remove, SETTLING)


class Images(_Store):
    async def load(self, user: str) -> bytes | None:
        return await self.durably(lambda: self.tab.phone.images.load(user), writes=False)

    async def since(self, user: str, ending: bytes) -> bytes | None:
        return await self.durably(lambda: self.tab.phone.images.since(user, ending), writes=False)

    async def save(self, user: str, image: bytes) -> None:
        await self.durably(lambda: self.tab.phone.images.save(user, image), SETTLING)

    async def append(self, user: str, more: bytes, ending: bytes) -> bool:
        return await self.durably(lambda: self.tab.phone.images.append(user, more, ending), SETTLING)

    async def remove(self, user: str) -> None:
        await self.durably(lambda: self.tab.phone.images.remove(user))


class Settings(_Store):
    async def load(self, key: str) -> bytes | None:
        return await self.durably(lambda: self.tab.phone.settings.load(key), writes=False)

    async def save(self, key: str, value: bytes | None) -> None:
        await self.durably(lambda: self.tab.phone.settings.save(key, value))

    async def keys(self, prefix: str) -> list[str]:
        return await self.durably(lambda: self.tab.phone.settings.keys(prefix), writes=False)


class Clock:
    """The phone's own, wrong one; its seconds are as long as anybody's."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def now(self) -> datetime:
        return self._tab.phone.server.now() + self._tab.phone.skew

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Wire:
    """Requests get lost, answers get lost, either comes late, some arrive twice, and late ones arrive anyway."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    async def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        await self._tab.pause()
        phone = self._tab.phone
        if phone.offline:
            await asyncio.sleep(0.2)
            raise Unreachable("offline")
        journey = asyncio.ensure_future(self._journey(phone, (method, path, body), headers))
        phone.messages.add(journey)
        journey.add_done_callback(phone.messages.discard)
        done, _ = await asyncio.wait({journey}, timeout=TIMEOUT)
        await self._tab.pause()
        response = journey.result() if done else None
        if response is None:
            raise Unreachable("no answer")
        return response

    async def _journey(self, phone: Phone, asked: Asked, headers: Mapping[str, str] | None) -> Response | None:
        """None = no answer comes back. Goes on when nobody waits any more."""
        rng, faults, token = phone.rng, phone.faults, phone.token
        await asyncio.sleep(self._delay(rng, faults))
        if rng.random() < faults.lost_up:
            return None
        if rng.random() < faults.doubled:
            late = asyncio.ensure_future(self._again(phone, asked, token, headers))
            phone.messages.add(late)
            late.add_done_callback(phone.messages.discard)
        try:
            response = await phone.server.handle(*asked, token, headers, cut=self._cut(asked[2], headers))
        except Unreachable:
            return None
        await asyncio.sleep(self._delay(rng, faults))
        return None if rng.random() < faults.lost_down else response

    async def _again(self, phone: Phone, asked: Asked, token: str, headers: Mapping[str, str] | None) -> None:
        await asyncio.sleep(phone.rng.uniform(0, 60))
        with contextlib.suppress(Unreachable):
            await phone.server.handle(*asked, token, headers)

    def _cut(self, body: bytes | None, headers: Mapping[str, str] | None) -> int | None:
        """After how many bytes the line breaks; of files only: all else is small."""
        rng, faults = self._tab.phone.rng, self._tab.phone.faults
        return rng.randrange(len(body)) if headers and body and rng.random() < faults.lost_up else None

    def _delay(self, rng: Random, faults: Faults) -> float:
        return rng.uniform(0, 2 * TIMEOUT) if rng.random() < faults.slow else rng.uniform(0.02, 0.3)
