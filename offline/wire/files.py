"""Pictures, videos and papers that commands and rows speak of. The file itself travels apart, by tus, and in any order:
picture before paper and paper before picture both end in the same.

A command carries ``MediaRef``; a row ``MediaView``. Length and SHA-256 are what the server verifies.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# "$" alone would let a trailing newline through.
Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\n)")]
MAX_FILE = 200 << 20
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
ContentType = Annotated[str, Meta(pattern=r"^[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,80}$(?!\n)")]
MediaStatus = Literal["expected", "stored", "refused"]


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where a phone was: WGS 84 degrees; ``accuracy`` is the radius in metres that holds it with 68 %."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    accuracy: Annotated[float, Meta(ge=0, le=10_000_000)]
    at: datetime


class MediaRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file that a command names. ``size`` in bytes; ``taken_at`` and ``position`` as the phone had them, None when
    it did not know."""

    id: Id
    sha256: Sha256
    size: Annotated[int, Meta(ge=1, le=MAX_FILE)]
    content_type: ContentType
    taken_at: datetime | None = None
    position: Position | None = None
    source: Literal["camera", "gallery", "file"] = "camera"


class MediaView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file as rows carry it. ``expected``: not here yet. ``refused``: here, and not what it should be; ``refused``
    is then the reason, shown as ``error.<refused>``. ``width`` and ``height`` in pixels as it is to be looked at,
    0 where there is nothing to look at."""

    id: str
    content_type: str
    size: int
    sha256: str
    status: MediaStatus = "expected"
    width: int = 0
    height: int = 0
    refused: str = ""
