"""Objects (pictures, papers, evidence) behind one interface: a folder, or any S3 store such as MinIO.

    StorageError
    ├── WrongKey        a key that could leave the store, or that not every store can hold
    ├── NoSuchObject    nothing is stored under the key
    └── StorageDown     the store did not answer or refused us; nothing is known about the effect of a write

A key is lower-case ASCII parts joined by ``/`` (``images/3f9c.webp``). A key may not also be the folder of another
one: ``a`` and ``a/b`` cannot both exist in a folder. The content type follows from the key's suffix.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

CHUNK = 1 << 18
MAX_KEY = 500
_KEY = re.compile(r"[a-z0-9_][a-z0-9._-]*(?:/[a-z0-9_][a-z0-9._-]*)*", re.ASCII)
_TYPES = {
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "heic": "image/heic",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


class StorageError(Exception):
    """Root of what a store raises; drawn in the module docstring."""


class WrongKey(StorageError): ...


class NoSuchObject(StorageError): ...


class StorageDown(StorageError): ...


@dataclass(frozen=True, slots=True)
class Stored:
    """``size`` in bytes, ``modified_at`` aware UTC."""

    key: str
    size: int
    content_type: str
    modified_at: datetime


class Storage(Protocol):
    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> Stored:
        """Store whole or not at all, replacing what was there; durable before it returns."""

    def get(self, key: str, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """The object's bytes in chunks of at most ``CHUNK``; a range when asked. Raises ``NoSuchObject``."""

    async def stat(self, key: str) -> Stored | None: ...

    async def delete(self, key: str) -> None:
        """Gone afterwards, whether or not it was there."""

    def find(self, prefix: str = "") -> AsyncIterator[Stored]:
        """Every object whose key begins with ``prefix``, in order of the keys."""

    async def presigned_get(self, key: str, valid: timedelta) -> str | None:
        """An address that anybody may read this one object from until ``valid`` is over; None where browsers do not
        reach the store."""


def checked_key(key: str) -> str:
    """``key``, or ``WrongKey``: no empty part, no ``.`` or ``..``, no leading slash, nothing beyond plain ASCII."""
    if len(key) > MAX_KEY or not _KEY.fullmatch(key) or any(part.endswith(".") for part in key.split("/")):
        raise WrongKey(key[:80])
    return key


def checked_prefix(prefix: str) -> str:
    """A prefix is the beginning of some key."""
    if prefix and not _KEY.fullmatch(prefix.removesuffix("/")):
        raise WrongKey(prefix[:80])
    return prefix


def content_type_of(key: str) -> str:
    """By the key's suffix; ``application/octet-stream`` when it says nothing."""
    return _TYPES.get(key.rpartition(".")[2], "application/octet-stream")


def suffix_of(content_type: str) -> str:
    """What a key ends with for its content type to come out of ``content_type_of``; "bin" for an unknown one."""
    return next((suffix for suffix, known in _TYPES.items() if known == content_type), "bin")


async def read_whole(storage: Storage, key: str) -> bytes:
    """The object in memory: for small ones only."""
    return b"".join([chunk async for chunk in storage.get(key)])
