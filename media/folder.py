"""Objects in a folder: the store of an installation on one machine."""

import asyncio
import errno
import os
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from media.storage import CHUNK, NoSuchObject, StorageDown, Stored, checked_key, checked_prefix, content_type_of

# No key can begin with a dot, so half-written files never show.
_INCOMING = ".incoming"
_FORGOTTEN_SECONDS = 24 * 3600
_NOTHING_TO_REMOVE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.EPERM}


class FolderStorage:
    """Files appear by an atomic rename after their bytes were synced."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> Stored:
        path = self._path(key)
        incoming: Path | None = None
        try:
            incoming = await asyncio.to_thread(self._new_incoming)
            await _write(incoming, content)
            return await asyncio.to_thread(self._publish, incoming, path, key)
        except OSError as error:
            # A full disk, a folder that was taken away: what came before holds.
            raise StorageDown(error.strerror or str(error)) from error
        finally:
            if incoming is not None:
                incoming.unlink(missing_ok=True)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise NoSuchObject(key) from error
        except OSError as error:
            raise StorageDown(error.strerror or str(error)) from error
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
        await asyncio.to_thread(_unlink, path, self._root)

    async def find(self, prefix: str = "") -> AsyncIterator[Stored]:
        checked_prefix(prefix)
        for stored in await asyncio.to_thread(lambda: sorted(self._walk(prefix), key=lambda found: found.key)):
            yield stored

    async def presigned_get(self, key: str, valid: timedelta) -> None:
        """None: whoever asks for a file here asks the server, which knows who may read it."""
        del valid
        checked_key(key)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _new_incoming(self) -> Path:
        folder = self._root / _INCOMING
        if not self._swept:
            # Once: what a server that was killed had begun to write.
            self._swept = True
            _remove_old(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / secrets.token_hex(16)

    def _publish(self, incoming: Path, path: Path, key: str) -> Stored:
        _move(incoming, path)
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


async def _write(path: Path, content: bytes | AsyncIterator[bytes]) -> None:
    with path.open("wb") as file:
        if isinstance(content, bytes):
            await asyncio.to_thread(file.write, content)
        else:
            async for chunk in content:
                await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(_sync, file)


def _move(incoming: Path, path: Path) -> None:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            incoming.replace(path)
        except FileNotFoundError:
            # Somebody deleted the folder's last file just now, and with it the folder.
            if not incoming.exists():
                raise
        else:
            return


def _remove_old(folder: Path) -> None:
    before = time.time() - _FORGOTTEN_SECONDS
    with suppress(OSError):
        for path in folder.iterdir():
            if path.stat().st_mtime < before:
                path.unlink()


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _unlink(path: Path, root: Path) -> None:
    """The file, and the folders it leaves empty."""
    try:
        path.unlink()
        for folder in path.parents:
            if folder == root:
                return
            folder.rmdir()
    except OSError as error:
        if error.errno not in _NOTHING_TO_REMOVE:
            raise StorageDown(error.strerror or str(error)) from error
