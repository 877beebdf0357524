"""The phone's side of sync: commands go into the outbox at once, a round moves them up and rows down.

It touches the world through what is passed in (stores, transport, clock), so the same code runs on the phone, in
tests and in the simulation. One tab leads and syncs; others append to the shared outbox and reload.
"""

import asyncio
import logging
import math
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from offline.exchange import Exchange
from offline.ids import new_id
from offline.outbox import REFUSED, Outbox
from offline.overlay import replay
from offline.pace import Pace
from offline.portions import Portion
from offline.projection import Memo
from offline.replica import DamagedImage, Replica
from offline.rounds import Round
from offline.setbacks import Needs, Setback, tried
from offline.store import Clock, Entry, ImageStore, KeyValueStore, OutboxStore, Transport
from offline.watched import Watched
from offline.wire.commands import Command
from offline.wire.protocol import MAX_BATCH, SCHEMA

logger = logging.getLogger(__name__)
_OFFSET_KEY = "sync.clock_offset_ms"
_SYNCED_KEY = "sync.last_synced_at"
_FIRST_ROWS, _LEAST_ROWS = 100, 25


class NotRefused(Exception):
    """Only a refused command may be retried, mended or thrown away: the others may be on their way."""


class MayBeOnItsWay(Exception):
    """A request with the command was begun, or others wait for it: it cannot be withdrawn."""


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``pending``: commands not decided yet; ``arriving``: those the server took, whose effect is not here yet;
    ``problems``: refused ones; ``progress`` 0..1 while first pulling. ``state`` is not "synced" before a first pull has
    come to its end, nor while something arrives: the rows would still say "to be sent". ``busy``: "offline" is not for
    want of a network, the server answered that it cannot now."""

    state: Literal["synced", "pending", "offline", "problem"]
    pending: int
    arriving: int
    problems: int
    syncing: bool
    last_synced_at: datetime | None
    oldest_waiting_at: datetime | None
    progress: float | None
    needs: Needs
    busy: bool = False


class Engine(Watched):
    def __init__(  # noqa: PLR0917 - what it is put together from
        self,
        outbox: OutboxStore,
        images: ImageStore,
        settings: KeyValueStore,
        transport: Transport,
        clock: Clock,
        device: str,
        user: str,
        app_schema: int = SCHEMA,
        *,
        pull_limit: int = 1000,
        jitter: Callable[[], float] = random.random,
        make_id: Callable[[int], str] = new_id,
        on_failure: Callable[[Exception], None] | None = None,
    ) -> None:
        super().__init__()
        self.replica = Replica(user, app_schema)
        self.device = device
        self.user = user
        self.schema = app_schema
        self.outbox = Outbox(outbox, user)
        self.exchange = Exchange(transport, clock)
        self.rows = Portion(_FIRST_ROWS, _LEAST_ROWS, pull_limit)
        self.commands = Portion(MAX_BATCH, 1, MAX_BATCH)
        self.progress: float | None = None
        self._images = images
        self._settings = settings
        self._clock = clock
        self._make_id = make_id
        self._on_failure = on_failure or (lambda error: logger.error("a round of sync failed", exc_info=error))
        self._pace = Pace(clock, jitter)
        self._memo: Memo = {}
        self._one_round = asyncio.Lock()
        self._one_reload = asyncio.Lock()
        self._leading = False
        self._syncing = False
        self._offline = False
        self._busy = False
        self._needs: Needs = ""
        self._last_synced_at: datetime | None = None
        self.uncertain: set[str] = set()
        self.drifts = 0
        self.unsaved = 0
        self.reachable = False

    # life

    async def open(self) -> None:
        """Load the outbox and the saved rows; no network. The rows of a damaged image come again."""
        await self._take_over()
        offset = await self._settings.load(_OFFSET_KEY)
        self.exchange.offset_ms = int(offset) if offset else 0
        synced = await self._settings.load(f"{_SYNCED_KEY}.{self.user}")
        self._last_synced_at = datetime.fromisoformat(synced.decode()) if synced else None
        self.show()

    async def _take_over(self) -> bool:
        """Queue and rows as they are stored; whether they are others than those held. The queue first: a settled
        command is removed only after the image with its rows was saved, so an image loaded later has them."""
        version = self.replica.version
        entries_changed = await self.outbox.reload(self._load_image)
        return entries_changed or self.replica.version != version

    async def _load_image(self) -> None:
        """A damaged image, or one of another version, is as good as none: this tab's rows stay. Of one that these rows
        were those of only what came since is read: it may be large, and it is asked for when the first taps come."""
        held = self.replica.journal.end
        more = await self._images.since(self.user, held) if held else None
        if more is not None and (not more or self.replica.follow(more)):
            self.unsaved = 0
            return
        image = await self._images.load(self.user)
        if image is not None:
            with suppress(DamagedImage):
                self.replica.restore(image)
                self.unsaved = 0
                return
        # No command may be removed in favour of rows that are not stored.
        self.replica.journal.lose()
        self.unsaved += 1

    async def reload(self) -> None:
        """Another tab changed the stores. The leader's rows are the newest; a follower takes them over."""
        # One at a time: an image that was asked for earlier must not come after a newer one, nor after this tab
        # began to lead.
        async with self._one_reload:
            if self._leading:
                await self.outbox.reload()
            else:
                await self._take_over()
        self.show()
        if self._leading:
            self.sync_soon()

    async def step_down(self) -> None:
        """Another tab took the lead while ``run`` was cancelled or ended: its rows are the newest, and whether the
        server is there is its to know."""
        self._offline = False
        self._needs = ""
        await self.reload()

    async def save(self) -> None:
        """Make the rows and their cursors durable, in one write: of what came since the last one, where it can be."""
        changes = self.unsaved
        try:
            if not await self._add_to_image():
                await self._images.save(self.user, self.replica.serialize())
        except BaseException:
            self.replica.journal.lose()
            raise
        self.unsaved -= changes

    async def _add_to_image(self) -> bool:
        entry = self.replica.journal.entry()
        return entry is not None and await self._images.append(self.user, *entry)

    # commands

    async def submit(self, command: Command, after: Sequence[str] = (), *, hold: float = 0) -> Entry:
        """Take a command; it is durable when this returns. ``after``: ids of commands it depends on. ``hold``: not
        sent for so many seconds (at most a minute), to be withdrawn meanwhile; sync again then."""
        return await self._append(command.NAME, msgspec.json.encode(command), tuple(after), hold=hold)

    async def submit_all(self, commands: Sequence[Command]) -> list[Entry]:
        """The same with many, which are shown and sent together: laid over the rows one by one, each would lay all
        before it over them again."""
        stored = [await self._store(command.NAME, msgspec.json.encode(command), ()) for command in commands]
        if stored:
            self._submitted()
        return stored

    async def retry(self, entry_id: str) -> Entry:
        """Send a refused command once more: anew, because the verdict for its id stands."""
        entry = self._refused(entry_id)
        if entry.state == "blocked":
            # Nothing was decided about it.
            again = msgspec.structs.replace(entry, state="waiting", code="", detail={})
            await self.outbox.write([again])
            self._submitted()
            return again
        return await self._append(entry.name, entry.args, entry.after, entry.id)

    async def replace(self, entry_id: str, command: Command) -> Entry:
        """Mend a refused command: the new one takes its place, with a new id."""
        entry = self._refused(entry_id)
        return await self._append(command.NAME, msgspec.json.encode(command), entry.after, entry.id)

    async def discard(self, entry_id: str) -> None:
        """The person throws a refused command away."""
        await self.outbox.remove([self._refused(entry_id).id])
        self.show()

    def may_withdraw(self, entry: Entry) -> bool:
        """As far as this tab knows."""
        needed = any(entry.id in each.after for each in self.outbox.entries())
        return entry.state == "waiting" and entry.unsent and not needed

    async def withdraw(self, entry_id: str) -> None:
        """Take a command back that never left this phone. Raises ``MayBeOnItsWay`` and changes nothing when that is
        not certain: what was withdrawn can never reach the server."""
        entry = self.outbox.find(entry_id)
        if entry is None:
            raise KeyError(entry_id)
        if not self.may_withdraw(entry) or not await self.outbox.withdraw(entry_id):
            raise MayBeOnItsWay(entry_id)
        self.show()

    def _refused(self, entry_id: str) -> Entry:
        entry = self.outbox.find(entry_id)
        if entry is None:
            raise KeyError(entry_id)
        if entry.state not in REFUSED:
            raise NotRefused(entry_id)
        return entry

    async def _append(
        self, name: str, args: bytes, after: tuple[str, ...], replaces: str = "", hold: float = 0
    ) -> Entry:
        stored = await self._store(name, args, after, replaces, hold)
        self._submitted()
        return stored

    async def _store(
        self, name: str, args: bytes, after: tuple[str, ...], replaces: str = "", hold: float = 0
    ) -> Entry:
        now = self._clock.now()
        entry = Entry(
            id=self._make_id(int(now.timestamp() * 1000)),
            n=0,
            name=name,
            args=args,
            user=self.user,
            after=after,
            local_at=now,
            clock_offset_ms=self.exchange.offset_ms,
            unsent=True,
            not_before=now + timedelta(seconds=hold) if hold else None,
            replaces=replaces,
        )
        return await self.outbox.append(entry)

    def _submitted(self) -> None:
        self.show()
        self.sync_soon()

    def export(self) -> bytes:
        """Everything in the outbox as JSON, for a person to keep or send."""
        entries = []
        for entry in self.outbox.entries():
            shown = msgspec.structs.asdict(entry)
            shown["args"] = msgspec.Raw(entry.args)
            entries.append(shown)
        head = {"device": self.device, "user": self.user, "exported_at": self._clock.now(), "commands": entries}
        return msgspec.json.format(msgspec.json.encode(head), indent=2)

    def now(self) -> datetime:
        return self._clock.now()

    def entries(self) -> list[Entry]:
        return self.outbox.entries()

    # what is shown

    def show(self) -> None:
        """Lay the pending commands over the rows again and tell the screens."""
        entries = self.outbox.entries()
        self._memo = {entry.id: self._memo[entry.id] for entry in entries if entry.id in self._memo}
        cursors = {name: progress.cursor for name, progress in self.replica.scopes().items()}
        self.replica.lay_over(replay(entries, self.replica, cursors, self.user, self._memo))
        self._tell()

    @property
    def status(self) -> SyncStatus:
        entries = self.outbox.entries()
        waiting = [entry.local_at for entry in entries if entry.state == "waiting"]
        problems = sum(entry.state in REFUSED for entry in entries)
        arriving = sum(entry.state == "applied" for entry in entries)
        state: Literal["synced", "pending", "offline", "problem"] = "synced"
        if problems or self._needs:
            state = "problem"
        elif self._offline:
            state = "offline"
        elif waiting or arriving or self.progress is not None or self._last_synced_at is None:
            # Who goes into the stockroom on "synced" must have the whole catalogue with them.
            state = "pending"
        return SyncStatus(
            state=state,
            pending=len(waiting),
            arriving=arriving,
            problems=problems,
            syncing=self._syncing,
            last_synced_at=self._last_synced_at,
            oldest_waiting_at=min(waiting, default=None),
            progress=self.progress,
            needs=self._needs,
            busy=self._busy,
        )

    # rounds

    async def sync(self) -> bool:
        """One whole round: commands up, verdicts and rows down. Returns whether it came to its end; if not,
        ``status`` says why and nothing is lost. Raises ``Superseded``."""
        async with self._one_round:
            self._syncing = True
            self._tell()
            try:
                setback = await tried(self._round(), self._on_failure)
                if setback is not None:
                    self._failed(setback)
            finally:
                self._syncing = False
                self.progress = None
                self._tell()
            return setback is None

    async def _round(self) -> None:
        await Round(self).run()
        self._offline = self._busy = False
        self.reachable = True
        self._needs = ""
        self._pace.succeeded()
        self._last_synced_at = self._clock.now()
        await self._settings.save(_OFFSET_KEY, str(self.exchange.offset_ms).encode())
        await self._settings.save(f"{_SYNCED_KEY}.{self.user}", self._last_synced_at.isoformat().encode())

    def _failed(self, setback: Setback) -> None:
        self._offline, self._busy = setback.offline, setback.busy
        self._needs = setback.needs or self._needs
        self.reachable = False
        self._pace.failed(setback.seconds)

    def sync_soon(self, *, by_person: bool = False) -> None:
        """Have the leader sync now; followers need their leader told (a broadcast). ``by_person``: even where the
        server named a later time."""
        self._pace.wake(by_person=by_person)

    def hinted(self, seqs: Mapping[str, int]) -> None:
        """The server said where scopes are: sync if that is news."""
        held = self.replica.scopes()
        if any(scope not in held or held[scope].cursor < seq for scope, seq in seqs.items()):
            self.sync_soon()

    def signed_in(self) -> None:
        """The person signed in again: go on."""
        self._needs = ""
        self.sync_soon()
        self._tell()

    async def run(self) -> None:
        """The leader's loop, until cancelled: sync now, at ``sync_soon``, and from time to time. Raises ``Superseded``
        when another tab has taken the lead."""
        try:
            async with self._one_round, self._one_reload:
                self._leading = True
                # Another tab may have led since ``open``. Mostly none did, and no screen need be drawn again.
                changed = await self._take_over()
            if changed:
                self.show()
            while True:
                self._pace.begin()
                await self.sync()
                now = self._clock.now()
                held = self.outbox.due(now)
                # Whoever held a command back may be gone by then: signed out, killed.
                due = (held - now).total_seconds() if held else math.inf
                await self._pace.rest(blocked=bool(self._needs), due=due)
        finally:
            self._leading = False
