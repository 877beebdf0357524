"""The phone's pictures and files on their way to the server: kept until the server has verified their hash.

    waiting   its bytes are on this phone and are sent, piece by piece, whenever there is a server
    stored    the server has verified length and hash. The bytes stay as long as a draft or an undecided command may
              still need them, a preview some weeks longer
    refused   the server does not take it (``code``): kept, until the person tries again or removes it

Commands that name a file may be sent before or after it. One tab sends, as with ``offline.engine``.
"""

import asyncio
import hashlib
import logging
import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from offline.exchange import Later
from offline.ids import new_id
from offline.pace import Pace
from offline.setbacks import Needs, Setback, tried
from offline.store import Clock, Entry
from offline.uploads import CHUNK, FileRefused, MediaFile, MediaTransport, Removed, Upload, pieces_of
from offline.watched import Watched
from offline.wire.media import MediaRef, Position

logger = logging.getLogger(__name__)
_ALL_FILES = (429, 502, 503, 504)  # not about one of them
KEEP_UNNAMED = timedelta(days=180)
KEEP_PREVIEWS = timedelta(days=200)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file when it is added; ``sha256`` and ``size`` where they were reckoned already."""

    content_type: str
    source: Literal["camera", "gallery", "file"]
    sha256: str = ""
    size: int = 0
    name: str = ""
    taken_at: datetime | None = None
    position: Position | None = None


class MediaStore(Protocol):
    """Durable before it returns; shared by all tabs of one browser. On the phone contents are buffers of the
    browser's, which need not pass through Python."""

    async def add(self, file: MediaFile, content: Any, preview: Any = None) -> None:
        """Record and bytes, in one transaction. Raises ``StorageFull``: nothing was added."""

    async def load(self) -> list[MediaFile]:
        """In the order they were added."""

    async def write(self, file: MediaFile) -> bool:
        """Replace the record; False where it is gone. A record with ``kept`` false loses its bytes."""

    async def read(self, file_id: str, offset: int, length: int) -> bytes | None:
        """At most ``length`` bytes; None where they are not here."""

    async def remove(self, file_id: str) -> None: ...


class MediaStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``waiting`` files of ``size`` bytes, ``sent`` of them; ``refused`` files; ``sending``: the one under way;
    ``busy``: there is a network, but the server cannot take files now."""

    waiting: int = 0
    size: int = 0
    sent: int = 0
    refused: int = 0
    sending: str = ""
    offline: bool = False
    busy: bool = False
    needs: Needs = ""


class StillNamed(Exception):
    """A command that is not settled names the file: it cannot be removed."""


class MediaQueue(Watched):
    """``entries`` gives the commands that are not settled."""

    def __init__(
        self,
        store: MediaStore,
        transport: MediaTransport,
        clock: Clock,
        user: str,
        *,
        entries: Callable[[], Iterable[Entry]] = list,
        chunk: int = CHUNK,
        jitter: Callable[[], float] = random.random,
        make_id: Callable[[int], str] = new_id,
        on_failure: Callable[[Exception], None] | None = None,
    ) -> None:
        super().__init__()
        self.user = user
        self._store = store
        self._transport = transport
        self._clock = clock
        self._entries = entries
        self._pieces = pieces_of(chunk)
        self._make_id = make_id
        self._on_failure = on_failure or (lambda error: logger.error("an upload failed", exc_info=error))
        self._pace = Pace(clock, jitter)
        self._files: dict[str, MediaFile] = {}
        # What is done to the store and to this tab's knowledge of it is one step.
        self._one_step = asyncio.Lock()
        self._sending = ""
        self._offline = False
        self._busy = False
        self._needs: Needs = ""

    # files

    async def open(self) -> None:
        """What is kept on this phone; no network."""
        async with self._one_step:
            self._files = {file.id: file for file in await self._store.load() if file.user == self.user}
        self._tell()

    async def reload(self) -> None:
        """Another tab changed the store."""
        await self.open()
        self.upload_soon()

    async def add(self, content: Any, taken: Taken, preview: Any = None) -> MediaRef:
        """Keep a file; it is durable when this returns, and on its way. Raises ``StorageFull``."""
        now = self._clock.now()
        ref = MediaRef(
            id=self._make_id(int(now.timestamp() * 1000)),
            sha256=taken.sha256 or hashlib.sha256(content).hexdigest(),
            size=taken.size or len(content),
            content_type=taken.content_type,
            taken_at=taken.taken_at,
            position=taken.position,
            source=taken.source,
        )
        file = MediaFile(ref=ref, user=self.user, added_at=now, name=taken.name)
        async with self._one_step:
            await self._store.add(file, content, preview)
            self._files[file.id] = file
        self._tell()
        self.upload_soon()
        return ref

    def files(self) -> list[MediaFile]:
        return list(self._files.values())

    def find(self, file_id: str) -> MediaFile | None:
        return self._files.get(file_id)

    def is_named(self, file_id: str) -> bool:
        """Whether a command that is not settled names it."""
        sought = file_id.encode()
        return any(sought in entry.args for entry in self._entries())

    async def discard(self, file_id: str) -> None:
        """The person removes a file. Raises ``StillNamed``, and nothing is removed."""
        if self.is_named(file_id):
            raise StillNamed(file_id)
        await self._remove(file_id)

    async def _remove(self, file_id: str) -> None:
        async with self._one_step:
            await self._keep(file_id, None)
        self._tell()

    async def retry(self, file_id: str) -> None:
        """Send a refused file once more, from the start."""
        file = self._files.get(file_id)
        if file is not None and file.state == "refused":
            await self._write(msgspec.structs.replace(file, state="waiting", code="", upload="", sent=0))
            self.upload_soon()

    async def _write(self, file: MediaFile) -> None:
        """Raises ``Removed`` where the person removed it meanwhile."""
        async with self._one_step:
            await self._keep(file.id, file)
        self._tell()
        if file.id not in self._files:
            raise Removed(file.id)

    async def _keep(self, file_id: str, file: MediaFile | None) -> None:
        """Within one step: the record, or nothing, here as in the store."""
        if file is None:
            await self._store.remove(file_id)
        if file is not None and await self._store.write(file):
            self._files[file_id] = file
        else:
            self._files.pop(file_id, None)

    # what is shown

    @property
    def status(self) -> MediaStatus:
        waiting = [file for file in self._files.values() if file.state == "waiting"]
        return MediaStatus(
            waiting=len(waiting),
            size=sum(file.ref.size for file in waiting),
            sent=sum(file.sent for file in waiting),
            refused=sum(file.state == "refused" for file in self._files.values()),
            sending=self._sending,
            offline=self._offline,
            busy=self._busy,
            needs=self._needs,
        )

    # sending

    def upload_soon(self, *, by_person: bool = False) -> None:
        self._pace.wake(by_person=by_person)

    def signed_in(self) -> None:
        self._needs = ""
        self.upload_soon()

    async def upload(self) -> bool:
        """One round: every waiting file, the oldest first. Returns whether it came to its end; if not, ``status``
        says why and nothing is lost."""
        try:
            setback = await tried(self._round(), self._on_failure)
            if setback is not None:
                self._failed(setback)
        finally:
            self._sending = ""
            self._tell()
        return setback is None

    async def _round(self) -> None:
        await self._tidy()
        await self._send_all()
        self._offline, self._busy, self._needs = False, False, ""
        self._pace.succeeded()

    def _failed(self, setback: Setback) -> None:
        self._offline, self._busy = setback.offline, setback.busy
        self._needs = setback.needs or self._needs
        self._pace.failed(setback.seconds)

    async def _send_all(self) -> None:
        """A file at which the server fails again and again must not hold up the others; that it failed is told."""
        failed: Exception | None = None
        for file in [file for file in self._files.values() if file.state == "waiting"]:
            try:
                await self._send(file.id)
            except Later as trouble:
                if trouble.status in _ALL_FILES:
                    raise
                failed = trouble
        if failed is not None:
            raise failed

    async def _send(self, file_id: str) -> None:
        file = self._files.get(file_id)
        if file is None or file.state != "waiting":
            return
        self._sending = file_id
        self._tell()
        upload = Upload(self._store.read, self._transport, self._write, self._pieces, self._clock)
        try:
            await self._write(await upload.run(file))
        except FileRefused as refusal:
            await self._write(msgspec.structs.replace(self._files[file_id], state="refused", code=refusal.code))
        except Removed:
            return

    async def _tidy(self) -> None:
        """Mark what commands name; let go of what nobody on this phone needs any more."""
        arguments = [entry.args for entry in self._entries()]
        for file_id in list(self._files):
            open_command = any(file_id.encode() in each for each in arguments)
            async with self._one_step:
                # As it is by now: the person may have removed it meanwhile, or wants it tried again.
                file = self._files.get(file_id)
                tidied = _tidied(file, self._clock.now(), open_command=open_command) if file is not None else None
                if tidied == file:
                    continue
                await self._keep(file_id, tidied)
            self._tell()

    async def run(self) -> None:
        """The leader's loop, until cancelled."""
        await self.open()
        while True:
            self._pace.begin()
            await self.upload()
            await self._pace.rest(blocked=bool(self._needs))


def _tidied(file: MediaFile, now: datetime, *, open_command: bool) -> MediaFile | None:
    """``file`` as it should be kept; None: not at all. ``open_command``: one that is not settled names it."""
    age = now - file.added_at
    changed = msgspec.structs.replace(file, named=file.named or open_command)
    if changed.named and not file.named and file.state == "stored":
        # The server does not keep for ever what no paper needs: ask whether it is still there.
        changed = msgspec.structs.replace(changed, state="waiting")
    if file.state == "stored" and not open_command and (changed.named or age > KEEP_UNNAMED):
        changed = msgspec.structs.replace(changed, kept=False)
    return changed if changed.kept or age <= KEEP_PREVIEWS else None
