"""Objects in a folder: the store of an installation on one machine."""

import asyncio
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from media.storage import CHUNK, NoSuchObject, Stored, checked_key, checked_prefix, content_type_of

# No key can begin with a dot, so half-written files never show.
_INCOMING = ".incoming"


class FolderStorage:
    """``secret`` signs the addresses of ``presigned_get``, which begin with ``base_url`` and are judged by
    ``verify``. Files appear by an atomic rename after their bytes were synced."""

    def __init__(self, root: Path, secret: bytes = b"", base_url: str = "/files") -> None:
        self._root = root
        self._secret = secret or secrets.token_bytes(32)
        self._base_url = base_url.rstrip("/")

    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> Stored:
        path = self._path(key)
        incoming = await asyncio.to_thread(self._new_incoming)
        try:
            with incoming.open("wb") as file:
                if isinstance(content, bytes):
                    await asyncio.to_thread(file.write, content)
                else:
                    async for chunk in content:
                        await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_sync, file.fileno())
            return await asyncio.to_thread(self._publish, incoming, path, key)
        finally:
            incoming.unlink(missing_ok=True)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise NoSuchObject(key) from error
        with file:
            file.seek(offset)
            left = length
            while left is None or left > 0:
                chunk = await asyncio.to_thread(file.read, CHUNK if left is None else min(CHUNK, left))
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk

    async def stat(self, key: str) -> Stored | None:
        return await asyncio.to_thread(self._stat, key, self._path(key))

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await asyncio.to_thread(_unlink, path)

    async def find(self, prefix: str = "") -> AsyncIterator[Stored]:
        checked_prefix(prefix)
        for stored in await asyncio.to_thread(lambda: sorted(self._walk(prefix), key=lambda found: found.key)):
            yield stored

    async def presigned_get(self, key: str, valid: timedelta) -> str:
        expires = int(time.time() + valid.total_seconds())
        return f"{self._base_url}/{checked_key(key)}?expires={expires}&signature={self._sign(key, expires)}"

    def verify(self, key: str, expires: int, signature: str) -> bool:
        """Whether ``presigned_get`` gave out this address and it still holds."""
        return time.time() < expires and hmac.compare_digest(self._sign(key, expires), signature)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _sign(self, key: str, expires: int) -> str:
        return hmac.new(self._secret, f"{expires}\n{key}".encode(), hashlib.sha256).hexdigest()

    def _new_incoming(self) -> Path:
        folder = self._root / _INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        return folder / secrets.token_hex(16)

    def _publish(self, incoming: Path, path: Path, key: str) -> Stored:
        path.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        stored = self._stat(key, path)
        assert stored is not None
        return stored

    def _stat(self, key: str, path: Path) -> Stored | None:
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not path.is_file():
            return None
        return Stored(key, found.st_size, content_type_of(key), datetime.fromtimestamp(found.st_mtime, UTC))

    def _walk(self, prefix: str) -> Iterator[Stored]:
        for folder, folders, names in os.walk(self._root / prefix.rpartition("/")[0]):
            folders[:] = [name for name in folders if name != _INCOMING]
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self._root).as_posix()
                stored = self._stat(key, path) if key.startswith(prefix) else None
                if stored is not None:
                    yield stored


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
