"""Ids made by the client: UUIDv7 (RFC 9562), so that rows sort by the time they were made."""

import os
import re
import time
import uuid
from hashlib import sha1

_NAMES = uuid.UUID("018f7d2e-6c1b-5a90-8d43-2b7e0c9a51f6")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id(now_ms: int | None = None) -> str:
    """A fresh UUIDv7 as text. Random bits come from the system, never from ``random``: a restored memory
    snapshot shares its random state with every other phone."""
    milliseconds = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return _text(value)


def derived_id(*names: str) -> str:
    """The same id for the same names on every side (UUIDv5): e.g. the row of a product's price in a list, which the
    phone must know before the server has answered."""
    return named_id(_NAMES, "/".join(names))


def named_id(space: uuid.UUID, name: str) -> str:
    """``str(uuid.uuid5(space, name))`` in a third of the time: a push makes hundreds."""
    value = int.from_bytes(sha1(space.bytes + name.encode(), usedforsecurity=False).digest()[:16], "big")
    value = value & ~(0xF << 76) | 0x5 << 76
    return _text(value & ~(0x3 << 62) | 0x2 << 62)


def _text(value: int) -> str:
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def is_id(text: str) -> bool:
    """Whether ``text`` is a UUID in its canonical lower-case form."""
    return _ID.fullmatch(text) is not None
