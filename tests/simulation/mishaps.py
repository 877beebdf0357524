"""What goes wrong beside the network: crashes, wrong clocks, lost disks, ended sessions, new versions."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import transaction
from backend.sync.feed import drop_tombstones
from backend.sync.service import renew_epoch
from offline.wire.protocol import SchemaRange
from tests.simulation import loop
from tests.simulation.phone import SETTLING, Phone, Tab
from tests.simulation.strikes import Strike

if TYPE_CHECKING:
    from tests.simulation.run import Run

Happenings = dict[Callable[[Phone], Any], int]
# A round with something to push has about so many moments, and a request so many statements.
_MOMENTS, _STATEMENTS = 26, 30
_TABS = 3


class Mishaps:
    def __init__(self, run: "Run") -> None:
        self.run = run
        self.rng = run.rng
        self.server = run.server
        self.backup_path = run.host.folder / "backup.sqlite3"

    def any(self) -> Happenings:
        """With how often each happens."""
        return {
            self.open_tab: 8,
            self.kill_tab: 8,
            self.kill_phone: 4,
            self.go_offline: 6,
            self.go_online: 6,
            self.kill_server: 6,
            self.sign_out: 3,
            self.set_clock: 2,
            self.lose_image: 2,
            self.fill_disk: 3,
            self.renew_epoch: 2,
            self.backup: 2,
            self.restore: 2,
            self.drop_tombstones: 2,
            self.new_app: 2,
        }

    def hot(self) -> Happenings:
        """Those that need much at once to do harm."""
        return {self.kill_server: 14, self.kill_tab: 10, self.kill_phone: 8, self.open_tab: 14}

    # crashes

    async def open_tab(self, phone: Phone) -> None:
        if len(phone.tabs) < _TABS:
            await phone.open_tab()

    async def kill_tab(self, phone: Phone) -> None:
        if phone.tabs:
            tab = self._some_tab(phone)
            await self._strike(tab, lambda: phone.kill(tab))

    async def kill_phone(self, phone: Phone) -> None:
        """What was there must be there again, without network too."""
        if phone.tabs:
            await self._strike(self._some_tab(phone), phone.kill_all)
        phone.kill_all()
        if self.rng.random() < 0.7:
            before, phone.offline = phone.offline, True
            await phone.open_tab()
            await asyncio.sleep(self.rng.random())
            phone.offline = before

    def _some_tab(self, phone: Phone) -> Tab:
        """Mostly the one that does the work."""
        return phone.leader if phone.leader is not None and self.rng.random() < 0.7 else self.rng.choice(phone.tabs)

    async def _strike(self, tab: Tab, kill: Callable[[], None]) -> None:
        """At any moment of the tab's work, or at any time while a request runs and just after."""
        if self.rng.random() < 0.5:
            await self._until_busy()
        else:
            aimed = self.rng.random() < 0.5
            tab.strike = Strike(self.rng.randint(1, 3), kill, SETTLING) if aimed else Strike(self._moment(), kill)
            tab.engine.sync_soon()
            if tab.opened and self.rng.random() < 0.5:
                await self.run.submit_on(tab)
            await self._until(lambda: not tab.alive)
            tab.strike = None
        if tab.alive:
            kill()

    def _moment(self) -> int:
        return self.rng.randint(1, _MOMENTS)

    async def _until_busy(self) -> None:
        """A crash while nothing happens proves nothing: wait for a request, then a moment into it or into what its
        answer sets off."""
        await self._until(lambda: self.server.busy)
        await asyncio.sleep(self.rng.random() * self.rng.choice((0.4, 2.0)))

    async def _until(self, reached: Callable[[], bool]) -> None:
        for _ in range(100):
            if reached():
                break
            await asyncio.sleep(0.05)

    async def kill_server(self, _phone: Phone) -> None:
        if self.rng.random() < 0.5:
            await self._until_busy()
        else:
            self.server.strike = Strike(self.rng.randint(1, _STATEMENTS), self.server.die)
            await self._until(lambda: not self.server.up)
            self.server.strike = None
        await self.server.kill()
        await asyncio.sleep(self.rng.random() * 10)
        self.server.start()

    # the network, the session, the clock

    async def go_offline(self, phone: Phone) -> None:
        phone.offline = True

    async def go_online(self, phone: Phone) -> None:
        phone.offline = False

    async def sign_out(self, phone: Phone) -> None:
        phone.token = "ended"
        await asyncio.sleep(self.rng.random() * 30)
        phone.sign_in()

    async def set_clock(self, phone: Phone) -> None:
        phone.skew = timedelta(seconds=self.rng.uniform(-90_000, 90_000))

    # what is stored

    async def lose_image(self, phone: Phone) -> None:
        """The browser evicts or damages what can be had again."""
        phone.forget_shown()
        for user, image in list(phone.images.images.items()):
            phone.images.images[user] = image[: self.rng.randrange(len(image))]

    async def fill_disk(self, phone: Phone) -> None:
        """No room for a while: commands are refused to the person's face, and those taken go on their way."""
        phone.full = True
        if tabs := [tab for tab in phone.tabs if tab.opened]:
            await self.run.submit_on(self.rng.choice(tabs))
        await asyncio.sleep(self.rng.random() * 60)
        phone.full = False

    async def renew_epoch(self, _phone: Phone) -> None:
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
            async with transaction(self.run.host.app.state.sessions) as session:
                yield session
        finally:
            if real:
                running.rest()

    async def backup(self, _phone: Phone) -> None:
        if self.run.host.restores:
            self.run.checks.backup(self.backup_path)
            self.run.checks.has_backup = True

    async def restore(self, phone: Phone) -> None:
        """The disk is lost; what was backed up comes back, and the operator renews the epoch."""
        checks = self.run.checks
        if not checks.has_backup:
            return
        await self.server.kill()
        checks.before_restore(self.run.ledger.removed, self.run.phones)
        for suffix in ("-wal", "-shm"):
            self.server.path.with_name(self.server.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.backup_path, self.server.path)
        checks.reopen()
        self.server.start()
        await self.renew_epoch(phone)

    async def drop_tombstones(self, _phone: Phone) -> None:
        async with self._as_operator() as session:
            before = self.server.now() - timedelta(seconds=self.rng.choice((0, 60)))
            await drop_tombstones(session, self.server.template.tenant_id, before)

    # versions

    async def new_app(self, phone: Phone) -> None:
        """The server takes a newer schema only; the phones learn it at their next request, and later update."""
        if self.server.schema.min == 1:
            await self.server.kill()
            self.server.schema = SchemaRange(2, 2)
            self.server.start()
            await asyncio.sleep(self.rng.random() * 30)
        await self.update_app(phone)

    async def update_app(self, phone: Phone) -> None:
        if phone.app_schema < self.server.schema.min:
            phone.kill_all()
            phone.app_schema = self.server.schema.min
            await phone.open_tab()
