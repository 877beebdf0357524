"""What the client engine needs from its surroundings, as Protocols.

On the phone ``pwa/browser`` implements them on IndexedDB and fetch; tests and the simulation on memory and SQLite.
Both kinds pass one contract test (``tests/offline/store_contract.py``).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

State = Literal["waiting", "applied", "rejected", "blocked"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A command in the outbox. ``args`` is its JSON, kept byte for byte: the server's receipt fingerprints it.

    waiting    not decided yet
    applied    decided, shown until every cursor in ``seqs`` was reached, then removed
    rejected   refused (``code``, ``detail``): stays until the person mends, retries or discards it
    blocked    what it depends on was refused

    ``unsent``: no request that holds it was begun, by any tab. A push clears it durably before it sends, and nothing
    sets it again; entries of an app that did not know it count as sent.

    ``not_before``: sent from then on (by this phone's clock), so that the person can still think better of it.

    ``replaces`` names the refused entry this one was mended from: appending it is the one write that counts, and
    removing the old one is repeated until done.
    """

    id: str
    n: int
    name: str
    args: bytes
    user: str
    after: tuple[str, ...] = ()
    local_at: datetime
    clock_offset_ms: int = 0
    state: State = "waiting"
    code: str = ""
    detail: dict[str, str | int | list[str]] = {}
    seqs: dict[str, int] = {}
    unsent: bool = False
    not_before: datetime | None = None
    replaces: str = ""


class StorageFull(Exception):
    """The device has no room left. What was to be written was not, what was there still is."""


class Superseded(Exception):
    """Another tab leads by now: what this one was to write is older, and was not written."""


class OutboxStore(Protocol):
    """Durable before it returns. Shared by all tabs of one browser."""

    async def append(self, entry: Entry) -> Entry:
        """Store the entry with the next ``n`` of this device, both in one transaction; returns it with ``n``."""

    async def load(self) -> list[Entry]:
        """All entries by ``n``."""

    async def write(self, entries: list[Entry]) -> set[str]:
        """Replace entries with the same ids, all or none; ids no longer stored are skipped. Returns those replaced.
        ``unsent`` stays false once it was."""

    async def withdraw(self, entry_id: str) -> bool:
        """Remove the entry if it is stored and unsent, as one step with every ``write``; whether it was."""

    async def remove(self, ids: list[str]) -> None: ...


class KeyValueStore(Protocol):
    """Small things that must outlive the app: drafts, settings, the session record, cursors of uploads."""

    async def load(self, key: str) -> bytes | None: ...

    async def save(self, key: str, value: bytes | None) -> None:
        """None removes."""

    async def keys(self, prefix: str) -> list[str]: ...


class ImageStore(Protocol):
    """The serialised replica of one user: a whole SQLite image, and what came since behind it (``offline.journal``)."""

    async def load(self, user: str) -> bytes | None:
        """The image and all that was appended."""

    async def since(self, user: str, ending: bytes) -> bytes | None:
        """What was appended behind the part that ends in these eight bytes, told without reading the image: nothing
        where that is the last one; None where it is not among what is stored."""

    async def save(self, user: str, image: bytes) -> None:
        """In place of what was there. Raises ``Superseded`` where tabs can take the lead from each other."""

    async def append(self, user: str, more: bytes, ending: bytes) -> bool:
        """Put ``more`` behind what is stored, if that ends in ``ending``; whether it does, in one step with every
        ``save``. Raises as ``save`` does."""

    async def remove(self, user: str) -> None: ...


class Response(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class Unreachable(Exception):
    """No answer: no network, time-out, or the connection broke. Nothing is known about the request's effect."""


class Transport(Protocol):
    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        """JSON in and out; raises ``Unreachable``. Header names come back in lower case."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC, as this device believes."""

    async def sleep(self, seconds: float) -> None: ...
