"""Runs with pictures: claims that name files, files that travel apart, and everything that goes wrong with either.

    python -m tests.simulation.pictures --seeds 300 --start 0

In the end every claim has exactly its pictures, on the server as on every phone; the server's bytes are the phone's,
and no phone lost one on the way.
"""

import argparse
import asyncio
import gc
import hashlib
import logging
import os
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from offline.media import StillNamed, Taken
from offline.store import Entry, StorageFull
from offline.wire.claims import ClaimAmend, ClaimFile
from offline.wire.media import MediaRef
from tests.simulation import loop
from tests.simulation.checks import Wrong
from tests.simulation.entropy import seeded
from tests.simulation.phone import Faults
from tests.simulation.picture_bugs import BUGS
from tests.simulation.picture_claims import ACTIVITIES, Notebook, approve_activities, check_claims, first_of, next_of
from tests.simulation.picture_phone import PicturePhone, PictureTab
from tests.simulation.run import quiet
from tests.simulation.server import Host
from tests.simulation.shelf import Inline, PictureServer, Shelf
from tests.simulation.template import START


class PictureRun:
    def __init__(self, host: Host, seed: int) -> None:
        self.host = host
        self.seed = seed
        self.rng = Random(seed)
        self.trace: list[str] = []
        self.failures: list[BaseException] = []
        self.book = Notebook()
        self.activities = list(ACTIVITIES)
        self.killed = False  # the server, at some time

    def go(self) -> None:
        """Raises ``Wrong`` where something was lost."""
        virtual = loop.VirtualLoop()
        virtual._default_executor = Inline()  # type: ignore[attr-defined]  # runs in the caller
        virtual.set_exception_handler(self._failed)
        ids = Random(f"ids {self.seed}")
        with seeded(ids, lambda: int((START + timedelta(days=1, seconds=virtual.time())).timestamp() * 1000)):
            loop.run(virtual, self._go())
        if self.failures:
            raise Wrong(f"an exception escaped: {self.failures[0]!r}") from self.failures[0]

    def _failed(self, _loop: Any, context: dict[str, Any]) -> None:
        if context["message"] == "a tab failed":
            self.failures.append(context["exception"])

    async def _go(self) -> None:
        self.server = PictureServer(self.host, self.rng, self.host.folder / "run.sqlite3", 0.2)
        self.shelf = self.server.shelf = Shelf(self.rng)
        self.server.start()
        self.faults = Faults(self.rng)
        self.checks = self.host.make_checks()
        try:
            self.phones = [self._phone("phone-0", "rep"), self._phone("phone-1", "shop")]
            for phone in self.phones:
                await phone.open_tab()
            for _ in range(self.rng.randint(6, 16)):
                await asyncio.sleep(self.rng.choice((0.05, 0.5, 5, 30)) * self.rng.random())
                await self._step()
            await self._rest()
            self._look()
        finally:
            for phone in self.phones:
                phone.kill_all()
            await self.server.kill()
            self.checks.close()

    def _phone(self, name: str, user: str) -> PicturePhone:
        template = self.host.template
        token = template.tokens[user]
        return PicturePhone(name, user, token, template.users[user], self.server, self.rng, self.faults, self.book)

    async def _step(self) -> None:
        phone = self.rng.choice(self.phones)
        happenings = {
            self.paper_before_pictures: 16, self.pictures_before_paper: 16, self.amend: 8, self.throw_away: 4,
            self.open_tab: 5,
            self.kill_tab: 8, self.kill_phone: 5, self.go_offline: 6, self.go_online: 8, self.kill_server: 7,
            self.shelf_down: 7, self.sign_out: 3, self.fill_disk: 3, self.set_clock: 2,
        }  # fmt: skip
        (happening,) = self.rng.choices(list(happenings), list(happenings.values()))
        self.trace.append(f"{asyncio.get_running_loop().time():9.2f} {phone.name} {happening.__name__}")
        await happening(phone)

    # people

    def _tab(self, phone: PicturePhone) -> PictureTab | None:
        tabs = [tab for tab in phone.tabs if tab.opened]
        tab = self.rng.choice(tabs) if tabs else None
        assert tab is None or isinstance(tab, PictureTab)
        return tab

    async def _photograph(self, tab: PictureTab) -> MediaRef | None:
        """None: it was not kept, which the person saw."""
        rng = self.rng
        good = rng.random() < 0.9
        body = rng.randbytes(rng.choice((1, 40, 149, 150, 151, 400, 900)))
        content = b"%PDF-1.4\n" + body + b"\n%%EOF\n" if good else b"\x00\x01 nothing anybody knows " + body
        taken = Taken(content_type="application/pdf", source=rng.choice(("camera", "gallery", "file")))
        before = set(tab.phone.files.records)
        with suppress(StorageFull):
            await tab.do(tab.queue.add(content, taken))
        for new in set(tab.phone.files.records) - before - self.book.contents.keys():
            # A tab that died in the act kept it whole or not at all.
            self.book.contents[new] = content
            tab.phone.broadcast(tab)
            return tab.phone.files.records[new].ref
        return None

    async def _photographs(self, phone: PicturePhone) -> list[MediaRef] | None:
        """None: there is nowhere to take them."""
        tab = self._tab(phone)
        if tab is None:
            return None
        refs = [ref for ref in [await self._photograph(tab) for _ in range(self.rng.randint(0, 3))] if ref]
        await asyncio.sleep(self.rng.choice((0, 1, 20)) * self.rng.random())
        return refs

    async def pictures_before_paper(self, phone: PicturePhone) -> None:
        refs = await self._photographs(phone)
        if refs is not None:
            await self._submit(phone, first_of(self.rng, self.activities.pop(), refs))

    async def amend(self, phone: PicturePhone) -> None:
        """A claim anew, with other pictures: mostly while those it had are still on their way."""
        refs = await self._photographs(phone)
        tab = self._tab(phone)
        claims = self.book.amendable(tab.engine, phone.filed) if tab is not None else []
        if refs is not None and claims:
            await self._submit(phone, next_of(self.rng, self.rng.choice(claims), refs))

    async def paper_before_pictures(self, phone: PicturePhone) -> None:
        """The line lets papers through and no files."""
        held, self.shelf.down = self.shelf.down, True
        await self.pictures_before_paper(phone)
        await asyncio.sleep(self.rng.random() * 5)
        if self.rng.random() < 0.4:
            await self.amend(phone)
        self.shelf.down = held

    async def _submit(self, phone: PicturePhone, command: ClaimFile | ClaimAmend) -> None:
        tab = self._tab(phone)
        if tab is None:
            return
        before = set(phone.outbox.entries)
        with suppress(StorageFull):
            await tab.do(tab.engine.submit(command))
        for new in phone.outbox.entries.keys() - before:
            if phone.outbox.entries[new].args == msgspec.json.encode(command):
                self.book.commands[new] = phone.outbox.entries[new], command
                phone.filed.append(new)
                phone.broadcast(tab)

    async def throw_away(self, phone: PicturePhone) -> None:
        tab = self._tab(phone)
        files = tab.queue.files() if tab else []
        if tab is None or not files:
            return
        file = self.rng.choice(files)
        if file.id in self.book.named and not tab.queue.is_named(file.id):
            # Its paper is settled: the phone may not know any more, and no screen offers it.
            return
        try:
            await tab.do(tab.queue.discard(file.id))
        except (StillNamed, StorageFull):
            return
        if file.id not in phone.files.records:
            self.book.thrown.add(file.id)

    # mishaps

    async def open_tab(self, phone: PicturePhone) -> None:
        if len(phone.tabs) < 3:
            await phone.open_tab()

    async def kill_tab(self, phone: PicturePhone) -> None:
        if phone.tabs:
            await asyncio.sleep(self.rng.random() * 2)
            phone.kill(self.rng.choice(phone.tabs))

    async def kill_phone(self, phone: PicturePhone) -> None:
        phone.kill_all()
        if self.rng.random() < 0.8:
            await phone.open_tab()

    async def go_offline(self, phone: PicturePhone) -> None:
        phone.offline = True

    async def go_online(self, phone: PicturePhone) -> None:
        phone.offline = False

    async def kill_server(self, _phone: PicturePhone) -> None:
        self.killed = True
        await self.server.kill()
        await asyncio.sleep(self.rng.random() * 10)
        self.server.start()

    async def shelf_down(self, _phone: PicturePhone) -> None:
        self.shelf.down = True
        await asyncio.sleep(self.rng.random() * 40)
        self.shelf.down = False

    async def sign_out(self, phone: PicturePhone) -> None:
        phone.token = "ended"
        await asyncio.sleep(self.rng.random() * 20)
        phone.sign_in()

    async def fill_disk(self, phone: PicturePhone) -> None:
        phone.full = True
        await self.pictures_before_paper(phone)
        await asyncio.sleep(self.rng.random() * 30)
        phone.full = False

    async def set_clock(self, phone: PicturePhone) -> None:
        phone.skew = timedelta(seconds=self.rng.uniform(-90_000, 90_000))

    # at rest

    async def _rest(self) -> None:
        self.faults.heal()
        self.shelf.down, self.shelf.fails = False, 0.0
        for phone in self.phones:
            phone.offline = phone.full = False
            phone.kill_all()
        # Late messages arrive: the longest of them is a minute under way.
        await asyncio.sleep(130)
        for phone in self.phones:
            tab = await phone.open_tab(leads=False)
            assert isinstance(tab, PictureTab)
            phone.sign_in()
            for _ in range(12):
                await asyncio.sleep(1)
                if await tab.engine.sync() and await tab.queue.upload() and not _pending(tab):
                    break
            waiting = [file for file in tab.queue.files() if file.state == "waiting"]
            if waiting or _pending(tab):
                raise Wrong(f"{phone.name} does not come to rest: {tab.queue.status} {waiting} {_pending(tab)}")
        if self.killed:
            await self.server.keep_house()
        # What the pictures that came last made of the claims.
        for phone in self.phones:
            if not await phone.tabs[0].engine.sync():
                raise Wrong(f"{phone.name} cannot sync at rest: {phone.tabs[0].engine.status}")

    def _look(self) -> None:
        check_claims(self.checks, self.book, [phone.tabs[0].engine for phone in self.phones])
        held = {row[0]: row[1:] for row in self.checks._rows("SELECT id, status, sha256, size FROM media")}
        for file_id, content in self.book.contents.items():
            if file_id in self.book.thrown:
                continue
            status, sha256, size = held.get(file_id, ("nothing", "", 0))
            good = content.startswith(b"%PDF")
            if status != ("stored" if good else "refused"):
                raise Wrong(f"{file_id} is {status} at the server")
            if (sha256, size) != (hashlib.sha256(content).hexdigest(), len(content)):
                raise Wrong(f"{file_id}: {size} bytes {sha256} in the database")
            if content not in [body for key, body in self.shelf.objects.items() if f"/{file_id}/" in key]:
                raise Wrong(f"{file_id} is not in the store as it was taken")
        self._on_the_phones(held)

    def _on_the_phones(self, held: dict[str, tuple[str, str, int]]) -> None:
        """A phone lets go of bytes only once the server has them, and keeps what was refused."""
        for phone in self.phones:
            for file_id in phone.believed - self.book.thrown:
                if held.get(file_id, ("",))[0] != "stored":
                    raise Wrong(f"{phone.name} believed {file_id} stored, which is {held.get(file_id)}")
            for file in phone.files.records.values():
                if not file.kept and held[file.id][0] != "stored":
                    raise Wrong(f"{phone.name} let go of {file.id}")
                if file.kept and phone.files.contents[file.id] != self.book.contents[file.id]:
                    raise Wrong(f"{phone.name} has other bytes for {file.id}")
        left = [key for key in self.shelf.objects if key.startswith("uploads/")]
        unfinished = (
            {key.split("/")[2] for key in left} - self.book.thrown - {f for f in held if held[f][0] != "expected"}
        )
        if unfinished:
            raise Wrong(f"parts of {unfinished} were left")


def _pending(tab: PictureTab) -> list[Entry]:
    return [entry for entry in tab.engine.entries() if entry.state in ("waiting", "applied")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.pictures", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many")
    parser.add_argument("--start", type=int, default=0, help="the first of them")
    parser.add_argument("--bug", choices=sorted(BUGS), action="append", help="with bugs put in on purpose, in turn")
    parser.add_argument("--trace", action="store_true", help="print what happened in the seed that failed")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.simulation.pictures", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"PYTHONHASHSEED": "0"})
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        with seeded(Random(0), lambda: 1_772_352_000_000):
            host = Host(Path(folder))
            approve_activities(host)
        # Runs leave cycles behind, and little else: looking for them all the time doubles the time.
        gc.collect()
        gc.freeze()
        gc.disable()
        held = [holds(host, bug, options) for bug in options.bug or [""]]
    return 0 if all(held) else 1


def holds(host: Host, bug: str, options: argparse.Namespace) -> bool:
    """Whether all seeds do; says so, or which does not."""
    began = time.monotonic()
    files = commands = amended = 0
    for seed in range(options.start, options.start + options.seeds):
        run = PictureRun(host, seed)
        try:
            with BUGS[bug]():
                run.go()
        except Wrong as wrong:
            if options.trace:
                print("\n".join(run.trace))
                logging.disable(logging.NOTSET)
                logging.exception("seed %s", seed)
            print(f"{f'with {bug}: ' if bug else ''}seed {seed} failed: {wrong}")
            return False
        files += len(run.book.contents)
        commands += len(run.book.commands)
        amended += sum(isinstance(command, ClaimAmend) for _, command in run.book.commands.values())
        if seed % 20 == 0:
            gc.collect()
    taken = f"{time.monotonic() - began:.0f} s"
    told = f"{files} files, {commands} claims filed or amended ({amended})"
    print(f"{options.seeds} seeds from {options.start} hold, {taken}; {told}")
    return True


if __name__ == "__main__":
    sys.exit(main())
