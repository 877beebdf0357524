"""One run: people work on phones while everything goes wrong, then the world comes to rest and is looked at."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from random import Random
from typing import Any
from unittest import mock

import msgspec

from offline import journal
from offline.engine import MayBeOnItsWay, NotRefused
from offline.store import Entry, StorageFull
from offline.wire.commands import Command
from tests.simulation import loop
from tests.simulation.checks import Checks, Wrong
from tests.simulation.deeds import deed
from tests.simulation.entropy import seeded
from tests.simulation.mishaps import Mishaps
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
    """What the people did, and what was seen of it. ``thrown``: ids a person discarded, mended or withdrew;
    ``withdrawn``: those the phone said will never be sent."""

    checks: Checks
    submitted: dict[str, Submitted] = field(default_factory=dict)
    thrown: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
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
        problem = self.checks.in_sight(tab)
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
        # Some phones write all their rows often, some hardly ever.
        limit = Random(f"journal {self.seed}").choice((300, 3_000, 64 * 1024))
        with (
            mock.patch.object(journal, "LIMIT", limit),
            seeded(ids, lambda: int((START + timedelta(days=1, seconds=virtual.time())).timestamp() * 1000)),
        ):
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
        self.checks = self.host.make_checks()
        self.ledger = self.checks.ledger = Ledger(self.checks)
        self.mishaps = Mishaps(self)
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
            self._withdraw: 6,
            **self.mishaps.any(),
        }
        if self.hot:
            happenings = {self._submit_everywhere: 30, self._mend: 2, self._withdraw: 6, **self.mishaps.hot()}
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
            await self.submit_on(self.rng.choice(tabs))

    async def submit_on(self, tab: Tab) -> None:
        for command, after in deed(self.rng, self.host.template, tab.engine, tab.phone.user):
            if await self._submit_one(tab, command, after) is None:
                return
        tab.phone.broadcast(tab)

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
        try:
            entry = await tab.do(tab.engine.submit(command, after))
        except StorageFull:
            # The person was told.
            if set(tab.phone.outbox.entries) - before - self.ledger.submitted.keys():
                self.ledger.wrong.append(f"a command that was not taken is in the queue of {tab.phone.name}")
            return None
        if entry is None:
            # The tab died in the act: taken or not, but not half.
            for new in set(tab.phone.outbox.entries) - before - self.ledger.submitted.keys():
                stored = tab.phone.outbox.entries[new]
                if stored.args == msgspec.json.encode(command):
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
        self.ledger.thrown.add(entry.id)
        before = set(phone.outbox.entries)
        try:
            if self.rng.random() < 0.4:
                await tab.do(tab.engine.discard(entry.id))
                return
            again = await tab.do(tab.engine.retry(entry.id))
        except (KeyError, NotRefused, StorageFull):
            # Another tab was quicker, or there is no room.
            self.ledger.thrown.discard(entry.id)
            return
        if entry.state == "blocked":
            # The same one is tried again.
            self.ledger.thrown.discard(entry.id)
        for new in {*phone.outbox.entries, *([again.id] if again else [])} - before:
            self.ledger.submitted.setdefault(new, Submitted(phone, entry, known.command))

    async def _withdraw(self, phone: Phone) -> None:
        """A person takes back what still waits, mostly just after it was submitted."""
        tabs = [tab for tab in phone.tabs if tab.opened]
        if not tabs:
            return
        if self.rng.random() < 0.5:
            await self.submit_on(self.rng.choice(tabs))
            tabs = [tab for tab in phone.tabs if tab.opened]
        waiting = [(tab, entry) for tab in tabs for entry in tab.engine.entries() if entry.state == "waiting"]
        known = [(tab, entry) for tab, entry in waiting if entry.id in self.ledger.submitted]
        if not known:
            return
        tab, entry = self.rng.choice(known)
        self.ledger.thrown.add(entry.id)
        try:
            await tab.do(tab.engine.withdraw(entry.id))
        except (KeyError, MayBeOnItsWay, StorageFull):
            self.ledger.thrown.discard(entry.id)
            return
        if entry.id in phone.outbox.entries:
            # The tab died before it was done.
            self.ledger.thrown.discard(entry.id)
        else:
            self.ledger.withdrawn.add(entry.id)
            phone.broadcast(tab)

    # the world at rest

    async def _rest(self) -> None:
        self.faults.heal()
        if not self.server.up:
            self.server.start()
        for phone in self.phones:
            phone.offline = False
            await self.mishaps.update_app(phone)
            phone.kill_all()
        # Late messages arrive: the longest of them is a minute under way.
        await asyncio.sleep(130)
        for phone in self.phones:
            # Large pages, mostly, and no rounds but those asked for: a run's time is for its work.
            phone.page_sizes = (2, 1000, 1000, 1000)
            tab = await phone.open_tab(leads=False)
            phone.sign_in()
            for _ in range(_ROUNDS_TO_REST):
                await asyncio.sleep(1)
                await tab.engine.sync()
                if all(entry.state in ("rejected", "blocked") for entry in tab.engine.entries()):
                    break
            else:
                raise Wrong(f"{phone.name} does not come to rest: {tab.engine.status} {tab.engine.entries()}")
        # Rows that the last one's commands changed.
        for phone in self.phones[:-1]:
            if not await phone.tabs[0].engine.sync():
                raise Wrong(f"{phone.name} cannot sync at rest: {phone.tabs[0].engine.status}")
        if self.ledger.wrong:
            raise Wrong(self.ledger.wrong[0])


def quiet() -> None:
    logging.disable(logging.CRITICAL)
