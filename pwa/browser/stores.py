"""The protocols of ``offline.store`` on IndexedDB. The transactions themselves are in ``shell/store.js``."""

from collections.abc import Awaitable, Callable
from typing import Any

import js
import msgspec
from pyodide.ffi import JsException, to_js

from offline.store import Entry, StorageFull, Superseded
from offline.uploads import MediaFile


def _bytes(value: Any) -> bytes | None:
    """A JS ``Uint8Array`` or null. Null is not None in Pyodide."""
    return value.to_bytes() if hasattr(value, "to_bytes") else None


class Room:
    """Whether there is still room: ``on_change(fits)`` is told after every write."""

    def __init__(self, on_change: Callable[[bool], None] = lambda _fits: None) -> None:
        self.on_change = on_change

    async def write(self, promise: Awaitable[Any]) -> Any:
        """Wait for a write of ours; raises ``StorageFull`` in place of the browser's own error."""
        try:
            result = await promise
        except JsException as error:
            if getattr(error, "name", "") == "QuotaExceededError":
                self.on_change(False)
                raise StorageFull from error
            raise
        self.on_change(True)
        return result


class IndexedOutbox:
    """``on_write`` is told after every change: other tabs share this store."""

    def __init__(self, on_write: Callable[[], None] = lambda: None, room: Room | None = None) -> None:
        self._on_write = on_write
        self._write = (room or Room()).write

    async def append(self, entry: Entry) -> Entry:
        n = await self._write(js.qudaoStore.appendEntry(entry.id, to_js(msgspec.json.encode(entry)), entry.unsent))
        self._on_write()
        return msgspec.structs.replace(entry, n=int(n))

    async def load(self) -> list[Entry]:
        found = await js.qudaoStore.loadEntries()
        return [
            msgspec.structs.replace(msgspec.json.decode(body.to_bytes(), type=Entry), n=int(n), unsent=bool(unsent))
            for n, body, unsent in found
        ]

    async def write(self, entries: list[Entry]) -> set[str]:
        changes = [[entry.id, msgspec.json.encode(entry), entry.unsent] for entry in entries]
        written = await self._write(js.qudaoStore.writeEntries(to_js(changes)))
        self._on_write()
        return {str(entry_id) for entry_id in written}

    async def withdraw(self, entry_id: str) -> bool:
        withdrawn = bool(await self._write(js.qudaoStore.withdrawEntry(entry_id)))
        self._on_write()
        return withdrawn

    async def remove(self, ids: list[str]) -> None:
        await self._write(js.qudaoStore.removeEntries(to_js(ids)))
        self._on_write()


class IndexedValues:
    """Keys of Python's begin with ``app/``, so that they never meet the page's own (session, device, locks)."""

    def __init__(self, prefix: str = "app/", room: Room | None = None) -> None:
        self._prefix = prefix
        self._write = (room or Room()).write

    async def load(self, key: str) -> bytes | None:
        return _bytes(await js.qudaoStore.loadValue(self._prefix + key))

    async def save(self, key: str, value: bytes | None) -> None:
        await self._write(js.qudaoStore.saveValue(self._prefix + key, None if value is None else to_js(value)))

    async def keys(self, prefix: str) -> list[str]:
        found = await js.qudaoStore.valueKeys(self._prefix + prefix)
        return sorted(str(key).removeprefix(self._prefix) for key in found)


class IndexedImages:
    def __init__(self, on_write: Callable[[], None] = lambda: None, room: Room | None = None) -> None:
        self._on_write = on_write
        self._write = (room or Room()).write

    async def load(self, user: str) -> bytes | None:
        return _bytes(await js.qudaoStore.loadImage(user))

    async def since(self, user: str, ending: bytes) -> bytes | None:
        return _bytes(await js.qudaoStore.imageSince(user, to_js(ending)))

    async def lead(self, user: str) -> None:
        """From now on this tab's images count, and those of who led before do not."""
        await self._write(js.qudaoStore.beginLeading(user))

    async def save(self, user: str, image: bytes) -> None:
        if not await self._write(js.qudaoStore.saveImage(user, to_js(image))):
            raise Superseded
        self._on_write()

    async def append(self, user: str, more: bytes, ending: bytes) -> bool:
        outcome = await self._write(js.qudaoStore.appendToImage(user, to_js(more), to_js(ending)))
        if outcome is None:
            raise Superseded
        if outcome:
            self._on_write()
        return bool(outcome)

    async def remove(self, user: str) -> None:
        await self._write(js.qudaoStore.saveImage(user, None))
        self._on_write()


class IndexedFiles:
    """``offline.media.MediaStore`` on a database of its own (``shell/files.js``)."""

    def __init__(self, on_write: Callable[[], None] = lambda: None, room: Room | None = None) -> None:
        self._on_write = on_write
        self._write = (room or Room()).write

    async def add(self, file: MediaFile, content: Any, preview: Any = None) -> None:
        record = to_js(msgspec.json.encode(file))
        await self._write(js.qudaoFiles.addFile(file.id, record, _buffer(content), _buffer(preview)))
        self._on_write()

    async def load(self) -> list[MediaFile]:
        found = await js.qudaoFiles.loadFiles()
        files = [msgspec.json.decode(record.to_bytes(), type=MediaFile) for record in found]
        return sorted(files, key=lambda file: file.added_at)

    async def write(self, file: MediaFile) -> bool:
        written = await self._write(js.qudaoFiles.writeFile(file.id, to_js(msgspec.json.encode(file)), file.kept))
        self._on_write()
        return bool(written)

    async def read(self, file_id: str, offset: int, length: int) -> bytes | None:
        return _bytes(await js.qudaoFiles.readFile(file_id, offset, length))

    async def remove(self, file_id: str) -> None:
        await self._write(js.qudaoFiles.removeFile(file_id))
        self._on_write()


def _buffer(content: Any) -> Any:
    """Python's bytes as an ``ArrayBuffer``; what is the browser's already, as it is."""
    return to_js(content).buffer if isinstance(content, bytes) else content
