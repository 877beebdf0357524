"""The stores of ``offline.store`` in memory and in an SQLite file: for tests, the simulation and command-line use.
On the phone they are IndexedDB. All of them pass ``tests/offline/store_contract.py``."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from offline.store import Entry
from offline.uploads import MediaFile

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


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

    async def ends_with(self, user: str, ending: bytes) -> bool:
        return self.images.get(user, b"")[-8:] == ending

    async def save(self, user: str, image: bytes) -> None:
        self.images[user] = image

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


class _File:
    def __init__(self, path: Path, table: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS {table};")

    def close(self) -> None:
        self._db.close()


class FileOutbox(_File):
    """Several may be open on one file, as tabs are."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "outbox (id TEXT PRIMARY KEY, n INTEGER NOT NULL, entry BLOB NOT NULL)")
        self._db.execute("CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER)")

    async def append(self, entry: Entry) -> Entry:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            bump = "INSERT INTO counter VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET n = n + 1 RETURNING n"
            (number,) = self._db.execute(bump).fetchone()
            stored = msgspec.structs.replace(entry, n=number)
            self._db.execute("INSERT INTO outbox VALUES (?, ?, ?)", (stored.id, number, _encode(stored)))
            self._db.execute("COMMIT")
        except BaseException as error:
            self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise ValueError(f"entry {entry.id} is there already") from error
            raise
        return stored

    async def load(self) -> list[Entry]:
        return [_decode(entry) for (entry,) in self._db.execute("SELECT entry FROM outbox ORDER BY n")]

    async def write(self, entries: list[Entry]) -> set[str]:
        with self._one_step():
            stored = {entry.id: self._stored(entry.id) for entry in entries}
            kept = [(entry, found) for entry in entries if (found := stored[entry.id]) is not None]
            values = [(_encode(_kept_sent(entry, found)), entry.id) for entry, found in kept]
            self._db.executemany("UPDATE outbox SET entry = ? WHERE id = ?", values)
        return {entry.id for entry, _ in kept}

    async def withdraw(self, entry_id: str) -> bool:
        with self._one_step():
            found = self._stored(entry_id)
            unsent = found is not None and found.unsent
            if unsent:
                self._db.execute("DELETE FROM outbox WHERE id = ?", (entry_id,))
        return unsent

    async def remove(self, ids: list[str]) -> None:
        with self._one_step():
            self._db.executemany("DELETE FROM outbox WHERE id = ?", [(entry_id,) for entry_id in ids])

    def _stored(self, entry_id: str) -> Entry | None:
        found = self._db.execute("SELECT entry FROM outbox WHERE id = ?", (entry_id,)).fetchone()
        return _decode(found[0]) if found else None

    @contextmanager
    def _one_step(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise


class FileKeyValues(_File):
    def __init__(self, path: Path) -> None:
        super().__init__(path, "key_values (key TEXT PRIMARY KEY, value BLOB NOT NULL)")

    async def load(self, key: str) -> bytes | None:
        found = self._db.execute("SELECT value FROM key_values WHERE key = ?", (key,)).fetchone()
        return bytes(found[0]) if found else None

    async def save(self, key: str, value: bytes | None) -> None:
        if value is None:
            self._db.execute("DELETE FROM key_values WHERE key = ?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO key_values VALUES (?, ?)", (key, value))

    async def keys(self, prefix: str) -> list[str]:
        found = self._db.execute("SELECT key FROM key_values WHERE substr(key, 1, ?) = ?", (len(prefix), prefix))
        return sorted(key for (key,) in found)


class FileImages(_File):
    def __init__(self, path: Path) -> None:
        super().__init__(path, "images (user TEXT PRIMARY KEY, image BLOB NOT NULL)")

    async def load(self, user: str) -> bytes | None:
        found = self._db.execute("SELECT image FROM images WHERE user = ?", (user,)).fetchone()
        return bytes(found[0]) if found else None

    async def ends_with(self, user: str, ending: bytes) -> bool:
        found = self._db.execute("SELECT substr(image, -8) FROM images WHERE user = ?", (user,)).fetchone()
        return found is not None and bytes(found[0]) == ending

    async def save(self, user: str, image: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO images VALUES (?, ?)", (user, image))

    async def remove(self, user: str) -> None:
        self._db.execute("DELETE FROM images WHERE user = ?", (user,))
