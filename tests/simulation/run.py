"""One run: people work on phones while everything goes wrong, then the world comes to rest and is looked at."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from random import Random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import transaction
from backend.sync.feed import drop_tombstones
from backend.sync.service import renew_epoch
from offline.engine import NotRefused
from offline.store import Entry
from offline.wire.commands import Command
from offline.wire.protocol import SchemaRange
from tests.simulation import loop
from tests.simulation.checks import Checks, Wrong
from tests.simulation.deeds import deed
from tests.simulation.entropy import seeded
from tests.simulation.phone import Faults, Phone, Tab, Watch
from tests.simulation.server import Host
from tests.simulation.template import START

STEPS = (4, 10)
_ROUNDS_TO_REST = 12


@dataclass(slots=True)
class Submitted:
    phone: Phone
    entry: Entry
    command: Command


@dataclass(slots=True)
class Ledger(Watch):
    """What the people did, and what was seen of it. ``thrown``: ids a person discarded or mended."""

    checks: Checks
    submitted: dict[str, Submitted] = field(default_factory=dict)
    thrown: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def removing(self, phone: Phone, ids: list[str]) -> None:
        for entry_id in ids:
            if entry_id in self.thrown:
                continue
            self.removed.add(entry_id)
            if self.checks.verdict(entry_id) != "applied":
                self.wrong.append(f"{phone.name} removed {entry_id}, which the server had not applied")

    def shown(self, tab: Tab) -> None:
        problem = self.checks.flicker(tab)
        if problem:
            self.wrong.append(problem)


class Run:
    """``hot``: much at once, and crashes in the middle of it; a third of the seeds are, and those that hunt a bug."""

    def __init__(self, host: Host, seed: int, *, hot: bool = False) -> None:
        self.host = host
        self.hot = hot or seed % 3 == 2
        self.seed = seed
        self.rng = Random(seed)
        self.trace: list[str] = []
        self.failures: list[BaseException] = []

    @property
    def fingerprint(self) -> str:
        """Equal for two runs that went the same way."""
        told = [*self.trace, str(self.server.handled), *sorted(self.ledger.submitted)]
        return blake2b("\n".join(told).encode(), digest_size=6).hexdigest()

    def go(self) -> None:
        """Raises ``Wrong`` where an invariant does not hold."""
        virtual = self.host.make_loop()
        virtual.set_exception_handler(self._failed)
        ids = Random(f"ids {self.seed}")
        with seeded(ids, lambda: int((START + timedelta(days=1, seconds=virtual.time())).timestamp() * 1000)):
            try:
                loop.run(virtual, self._go())
            finally:
                self.host.done()
        if self.failures:
            raise Wrong(f"an exception escaped: {self.failures[0]!r}") from self.failures[0]

    def _failed(self, _loop: Any, context: dict[str, Any]) -> None:
        # Of a killed server's tasks nobody hears.
        if context["message"] == "a tab failed":
            self.failures.append(context["exception"])

    async def _go(self) -> None:
        self.server = self.host.make_server(self.rng, 0.5 if self.hot else 0.12)
        self.backup = self.host.folder / "backup.sqlite3"
        self.checks = self.host.make_checks()
        self.ledger = Ledger(self.checks)
        self.server.start()
        try:
            await self._people_work()
            await self._rest()
            await self.checks.everything(self.ledger, self.phones, self.server)
        finally:
            for phone in self.phones:
                phone.kill_all()
            await self.server.kill()
            self.checks.close()

    # the world at work

    async def _people_work(self) -> None:
        self.faults = Faults(self.rng)
        users = ["rep", "hq" if self.hot else self.rng.choice(("hq", "rep", "shop"))]
        self.phones = [self._phone(f"phone-{number}", user) for number, user in enumerate(users)]
        for phone in self.phones:
            await phone.open_tab()
        await asyncio.sleep(self.rng.choice((0, 3, 3)))
        for _ in range(self.rng.randint(*STEPS)):
            await asyncio.sleep(self.rng.choice((0.05, 0.5, 5, 40)) * self.rng.random())
            await self._step()
            if self.ledger.wrong:
                raise Wrong(self.ledger.wrong[0])

    async def _step(self) -> None:
        phone = self.rng.choice(self.phones)
        happenings: dict[Callable[[Phone], Any], int] = {
            self._submit: 40,
            self._mend: 6,
            self._open_tab: 8,
            self._kill_tab: 8,
            self._kill_phone: 4,
            self._go_offline: 6,
            self._go_online: 6,
            self._kill_server: 6,
            self._sign_out: 3,
            self._set_clock: 2,
            self._lose_image: 2,
            self._renew_epoch: 2,
            self._backup: 2,
            self._restore: 2,
            self._drop_tombstones: 2,
            self._new_app: 2,
        }
        if self.hot:
            happenings = {self._submit_everywhere: 30, self._kill_server: 14, self._kill_tab: 10, self._open_tab: 14}
            happenings[self._mend] = 2
        (happening,) = self.rng.choices(list(happenings), list(happenings.values()))
        self.trace.append(f"{asyncio.get_running_loop().time():9.2f} {phone.name} {happening.__name__}")
        await happening(phone)

    def _phone(self, name: str, user: str) -> Phone:
        template = self.host.template
        return Phone(
            name,
            user,
            template.tokens[user],
            template.users[user],
            self.server,
            self.rng,
            self.faults,
            self.ledger,
        )

    async def _submit(self, phone: Phone) -> None:
        tabs = [tab for tab in phone.tabs if tab.opened]
        if not tabs:
            return
        for _ in range(self.rng.choice((1, 1, 2, 4))):
            tab = self.rng.choice(tabs)
            for command, after in deed(self.rng, self.host.template, tab.engine, phone.user):
                if await self._submit_one(tab, command, after) is None:
                    return
            phone.broadcast(tab)

    async def _submit_everywhere(self, _phone: Phone) -> None:
        """Several tabs of several phones at one moment."""
        tabs = [tab for phone in self.phones for tab in phone.tabs if tab.opened]
        acts = [(tab, deed(self.rng, self.host.template, tab.engine, tab.phone.user)) for tab in tabs]
        await asyncio.gather(*(self._submit_one(tab, *commands[0]) for tab, commands in acts if commands))
        for phone in self.phones:
            for tab in phone.tabs:
                phone.broadcast(tab)

    async def _submit_one(self, tab: Tab, command: Command, after: tuple[str, ...]) -> Entry | None:
        before = set(tab.phone.outbox.entries)
        entry = await tab.do(tab.engine.submit(command, after))
        if entry is None:
            # The tab died in the act: taken or not, but not half.
            for new in set(tab.phone.outbox.entries) - before - self.ledger.submitted.keys():
                stored = tab.phone.outbox.entries[new]
                if stored.name == command.NAME:
                    self.ledger.submitted[new] = Submitted(tab.phone, stored, command)
            return None
        self.ledger.submitted[entry.id] = Submitted(tab.phone, entry, command)
        return entry

    async def _mend(self, phone: Phone) -> None:
        """A person deals with a refused command."""
        tabs = [tab for tab in phone.tabs if tab.opened]
        if not tabs:
            return
        tab = self.rng.choice(tabs)
        refused = [entry for entry in tab.engine.entries() if entry.state in ("rejected", "blocked")]
        if not refused:
            return
        entry = self.rng.choice(refused)
        known = self.ledger.submitted.get(entry.id)
        if known is None:
            return
        try:
            if self.rng.random() < 0.4:
                self.ledger.thrown.add(entry.id)
                await tab.do(tab.engine.discard(entry.id))
                return
            if entry.state == "rejected":
                self.ledger.thrown.add(entry.id)
            before = set(phone.outbox.entries)
            again = await tab.do(tab.engine.retry(entry.id))
            for new in {*phone.outbox.entries, *([again.id] if again else [])} - before:
                self.ledger.submitted.setdefault(new, Submitted(phone, entry, known.command))
        except (KeyError, NotRefused):
            # Another tab was quicker.
            return

    async def _open_tab(self, phone: Phone) -> None:
        if len(phone.tabs) < 3:
            await phone.open_tab()

    async def _until_busy(self) -> None:
        """A crash while nothing happens proves nothing: wait for a request, then a moment into it."""
        for _ in range(100):
            if self.server.busy:
                break
            await asyncio.sleep(0.05)
        # Into the request; with STRIKE_LATE half of the time into what its answer sets off, which is not yet sound.
        longest = self.rng.choice((0.4, 2.0)) if "STRIKE_LATE" in os.environ else 0.4
        await asyncio.sleep(self.rng.random() * longest)

    async def _kill_tab(self, phone: Phone) -> None:
        await self._until_busy()
        if phone.tabs:
            phone.kill(self.rng.choice(phone.tabs))

    async def _kill_phone(self, phone: Phone) -> None:
        await self._until_busy()
        phone.kill_all()

    async def _go_offline(self, phone: Phone) -> None:
        phone.offline = True

    async def _go_online(self, phone: Phone) -> None:
        phone.offline = False

    async def _kill_server(self, _phone: Phone) -> None:
        await self._until_busy()
        await self.server.kill()
        await asyncio.sleep(self.rng.random() * 10)
        self.server.start()

    async def _sign_out(self, phone: Phone) -> None:
        phone.token = "ended"
        await asyncio.sleep(self.rng.random() * 30)
        self._sign_in(phone)

    def _sign_in(self, phone: Phone) -> None:
        phone.token = phone.right_token
        for tab in phone.tabs:
            if tab.opened:
                tab.engine.signed_in()

    async def _set_clock(self, phone: Phone) -> None:
        phone.skew = timedelta(seconds=self.rng.uniform(-90_000, 90_000))

    async def _lose_image(self, phone: Phone) -> None:
        """The browser evicts or damages what can be had again."""
        phone.shown_orders.clear()
        for user, image in list(phone.images.images.items()):
            phone.images.images[user] = image[: self.rng.randrange(len(image))]

    async def _renew_epoch(self, _phone: Phone) -> None:
        async with self._as_operator() as session:
            await renew_epoch(session)

    @asynccontextmanager
    async def _as_operator(self) -> AsyncIterator[AsyncSession]:
        """A transaction beside the requests."""
        running: Any = asyncio.get_running_loop()
        real = isinstance(running, loop.RealIoLoop)
        if real:
            running.busy += 1
        try:
            async with transaction(self.host.app.state.sessions) as session:
                yield session
        finally:
            if real:
                running.rest()

    async def _backup(self, _phone: Phone) -> None:
        if not self.host.restores:
            return
        self.checks.backup(self.backup)
        self.checks.has_backup = True

    async def _restore(self, phone: Phone) -> None:
        """The disk is lost; what was backed up comes back, and the operator renews the epoch."""
        if not self.checks.has_backup:
            return
        await self.server.kill()
        self.checks.before_restore(self.ledger.removed)
        for suffix in ("-wal", "-shm"):
            self.server.path.with_name(self.server.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.backup, self.server.path)
        self.checks.reopen()
        for each in self.phones:
            each.shown_orders.clear()
        self.server.start()
        await self._renew_epoch(phone)

    async def _drop_tombstones(self, _phone: Phone) -> None:
        async with self._as_operator() as session:
            await drop_tombstones(session, self.server.now() - timedelta(seconds=self.rng.choice((0, 60))))

    async def _new_app(self, phone: Phone) -> None:
        """The server takes a newer schema only; the phones learn it at their next request, and later update."""
        if self.server.schema.min == 1:
            await self.server.kill()
            self.server.schema = SchemaRange(2, 2)
            self.server.start()
            await asyncio.sleep(self.rng.random() * 30)
        await self._update_app(phone)

    async def _update_app(self, phone: Phone) -> None:
        if phone.app_schema < self.server.schema.min:
            phone.kill_all()
            phone.shown_orders.clear()
            phone.app_schema = self.server.schema.min
            await phone.open_tab()

    # the world at rest

    async def _rest(self) -> None:
        self.faults.heal()
        if not self.server.up:
            self.server.start()
        for phone in self.phones:
            phone.offline = False
            await self._update_app(phone)
            phone.kill_all()
        # Late messages arrive: the longest of them is a minute under way.
        await asyncio.sleep(130)
        for phone in self.phones:
            tab = await phone.open_tab()
            self._sign_in(phone)
            for _ in range(_ROUNDS_TO_REST):
                await asyncio.sleep(1)
                await tab.engine.sync()
                if all(entry.state in ("rejected", "blocked") for entry in tab.engine.entries()):
                    break
            else:
                raise Wrong(f"{phone.name} does not come to rest: {tab.engine.status} {tab.engine.entries()}")
        # Rows that others' last commands changed.
        for phone in self.phones:
            if not await phone.tabs[0].engine.sync():
                raise Wrong(f"{phone.name} cannot sync at rest: {phone.tabs[0].engine.status}")
        if self.ledger.wrong:
            raise Wrong(self.ledger.wrong[0])


def quiet() -> None:
    logging.disable(logging.CRITICAL)
