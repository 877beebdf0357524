"""The stores of ``offline.store`` in memory: for tests and the simulation. On the phone they are IndexedDB. Both pass
``tests/offline/store_contract.py``."""

import msgspec

from offline.store import Entry
from offline.uploads import MediaFile


def _kept_sent(entry: Entry, stored: Entry) -> Entry:
    """A tab that has not heard of a push must not call the entry unsent again."""
    return msgspec.structs.replace(entry, unsent=entry.unsent and stored.unsent)


class MemoryOutbox:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.last_n = 0

    async def append(self, entry: Entry) -> Entry:
        if entry.id in self.entries:
            raise ValueError(f"entry {entry.id} is there already")
        self.last_n += 1
        stored = msgspec.structs.replace(entry, n=self.last_n)
        self.entries[stored.id] = stored
        return stored

    async def load(self) -> list[Entry]:
        return sorted(self.entries.values(), key=lambda entry: entry.n)

    async def write(self, entries: list[Entry]) -> set[str]:
        written = {entry.id: _kept_sent(entry, self.entries[entry.id]) for entry in entries if entry.id in self.entries}
        self.entries |= written
        return set(written)

    async def withdraw(self, entry_id: str) -> bool:
        found = self.entries.get(entry_id)
        if found is None or not found.unsent:
            return False
        del self.entries[entry_id]
        return True

    async def remove(self, ids: list[str]) -> None:
        for entry_id in ids:
            self.entries.pop(entry_id, None)


class MemoryKeyValues:
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def load(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def save(self, key: str, value: bytes | None) -> None:
        if value is None:
            self.values.pop(key, None)
        else:
            self.values[key] = value

    async def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.values if key.startswith(prefix))


class MemoryImages:
    def __init__(self) -> None:
        self.images: dict[str, bytes] = {}

    async def load(self, user: str) -> bytes | None:
        return self.images.get(user)

    async def since(self, user: str, ending: bytes) -> bytes | None:
        _, found, more = self.images.get(user, b"").rpartition(ending)
        return more if found else None

    async def save(self, user: str, image: bytes) -> None:
        self.images[user] = image

    async def append(self, user: str, more: bytes, ending: bytes) -> bool:
        if self.images.get(user, b"")[-8:] != ending:
            return False
        self.images[user] += more
        return True

    async def remove(self, user: str) -> None:
        self.images.pop(user, None)


class MemoryFiles:
    """``offline.media.MediaStore``."""

    def __init__(self) -> None:
        self.records: dict[str, MediaFile] = {}
        self.contents: dict[str, bytes] = {}

    async def add(self, file: MediaFile, content: bytes, _preview: bytes | None = None) -> None:
        if file.id in self.records:
            raise ValueError(f"file {file.id} is there already")
        self.records[file.id] = file
        self.contents[file.id] = content

    async def load(self) -> list[MediaFile]:
        return sorted(self.records.values(), key=lambda file: file.added_at)

    async def write(self, file: MediaFile) -> bool:
        if file.id not in self.records:
            return False
        self.records[file.id] = file
        if not file.kept:
            self.contents.pop(file.id, None)
        return True

    async def read(self, file_id: str, offset: int, length: int) -> bytes | None:
        content = self.contents.get(file_id)
        return None if content is None else content[offset : offset + length]

    async def remove(self, file_id: str) -> None:
        self.records.pop(file_id, None)
        self.contents.pop(file_id, None)
