"""Pictures and files between the page that takes them, the queue that sends them, and the screens."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from offline.media import MediaQueue, Taken
from offline.rules.evidence import UNSAID_ACCURACY
from offline.wire.media import MediaRef, Position

_MOST_ARRIVALS = 20


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an element of ``shell/media.js`` says of bytes it has handed over under ``token``."""

    token: int
    sha256: str
    size: int
    content_type: str
    source: Literal["camera", "gallery", "file"]
    name: str = ""
    taken_at: datetime | None = None
    position: Position | None = None


def _with_radius(position: Position | None) -> Position | None:
    """A camera that wrote no radius tells 0: nobody knows a place that well."""
    if position is None or position.accuracy > 0:
        return position
    return msgspec.structs.replace(position, accuracy=UNSAID_ACCURACY)


class Media:
    """``queue`` keeps and sends. Bytes come from the page ahead of the report about them."""

    def __init__(self, queue: MediaQueue) -> None:
        self.queue = queue
        self._arrivals: dict[int, tuple[Any, Any]] = {}

    def arrived(self, message: dict[str, Any]) -> None:
        """Bytes from the page. Those nobody asks for make room for later ones."""
        self._arrivals[int(message["token"])] = (message["content"], message["preview"])
        while len(self._arrivals) > _MOST_ARRIVALS:
            del self._arrivals[next(iter(self._arrivals))]

    def bytes_of(self, token: int) -> bytes:
        """What the page brought under this number. Raises ``KeyError`` when it never came."""
        content, _preview = self._arrivals.pop(token)
        return content if isinstance(content, bytes) else bytes(content.to_bytes())

    async def keep(self, report: str) -> MediaRef:
        """The file an element reported; it is durable when this returns. Raises ``StorageFull``; ``KeyError`` when
        its bytes never came."""
        told = msgspec.json.decode(report, type=Report)
        content, preview = self._arrivals.pop(told.token)
        taken = Taken(
            content_type=told.content_type,
            source=told.source,
            sha256=told.sha256,
            size=told.size,
            name=told.name[:200],
            taken_at=told.taken_at,
            position=_with_radius(told.position),
        )
        return await self.queue.add(content, taken, preview)
