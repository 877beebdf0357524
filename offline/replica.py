"""What the phone shows: the rows the server sent, in an SQLite database in memory, under the pending commands.

``serialize()`` gives the whole database as one image, cursors included, so that rows and cursors can never part;
``journal`` what came since, to be written behind it.
A scope that must be rebuilt is pulled into a shadow beside the old one; ``apply`` swaps them when it is whole.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

from offline.digest import MODULUS, digest, row_hash
from offline.journal import (
    Applied,
    Damaged,
    Dropped,
    Journal,
    Rebuilt,
    ScopesSet,
    Step,
    Stored,
    end_of_image,
    steps_behind,
)
from offline.replica_queries import Queries
from offline.replica_schema import FORMAT, NARROW, empty_image, insert_sql, line_of, temp_script
from offline.wire.protocol import Del, Put, ScopePage
from offline.wire.registry import ENTITIES
from offline.wire.rows import Row

R = TypeVar("R", bound=Row)
_CACHED_ROWS = 5000
_DECODERS = {entity: msgspec.json.Decoder(kind) for entity, kind in ENTITIES.items()}


class DamagedImage(Exception):
    """The saved image cannot be used: broken, or of another user, schema or format."""


class Progress(msgspec.Struct, frozen=True):
    """How far one scope is. ``whole``: it was pulled to its end at least once."""

    cursor: int
    horizon: int
    whole: bool


class _Memory(sqlite3.Connection):
    """Ends with whoever holds it, wherever that is noticed; left open, Python 3.13 would warn of it."""

    def __del__(self) -> None:
        self.close()


class Replica(Queries):
    """One user's rows. Not safe for threads. ``version`` grows with everything that may change an answer."""

    def __init__(self, user: str, schema: int) -> None:
        self.version = 0
        self._identity = {"user": user, "schema": str(schema), "format": str(FORMAT)}
        self._cache: dict[tuple[str, str], Row] = {}
        self._over: dict[tuple[str, str], Row | None] = {}
        self.journal = Journal()
        self._db = self._connect(None)

    def _connect(self, image: bytes | memoryview | None) -> sqlite3.Connection:
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, factory=_Memory)
        try:
            db.deserialize(empty_image() if image is None else image)
            if image is None:
                db.executemany("INSERT INTO meta VALUES (?, ?)", self._identity.items())
            else:
                saved = dict(db.execute("SELECT key, value FROM meta").fetchall())
                if any(saved.get(key) != value for key, value in self._identity.items()):
                    raise DamagedImage("of another user or app")
            db.executescript(temp_script())
        except sqlite3.DatabaseError as error:
            db.close()
            raise DamagedImage(str(error)) from error
        except DamagedImage:
            db.close()
            raise
        return db

    # image

    def serialize(self) -> bytes:
        """The image to save: the database and its end. The journal begins behind it."""
        image = self._db.serialize()
        end = end_of_image(image)
        self.journal.begin(end)
        return image + end

    def restore(self, saved: bytes) -> None:
        """Take over what was saved, the steps behind the image as far as they fit. Raises ``DamagedImage`` and is then
        as before."""
        try:
            stored = Stored(saved)
        except Damaged as error:
            raise DamagedImage(str(error)) from error
        fresh = self._connect(stored.image)
        self._db.close()
        self._db = fresh
        self.journal.lose()
        self._redo(stored)
        self._forget()
        if saved.endswith(stored.end):
            self.journal.begin(stored.end, stored.size)

    def follow(self, more: bytes) -> bool:
        """Do what another wrote behind the state that these rows are. Returns False where it does not fit, or these
        rows can't take it: they may then be of no state that is stored."""
        try:
            steps, end, size = steps_behind(self.journal.end, more)
        except (Damaged, msgspec.MsgspecError):
            return False
        written = self.journal.written
        try:
            for step in steps:
                self._do(step)
        except (msgspec.MsgspecError, sqlite3.DatabaseError):
            self.journal.lose()
            return False
        self.journal.begin(end, written + size)
        return True

    def _redo(self, stored: Stored) -> None:
        """What is left out is older than its cursor: the server sends it again."""
        with suppress(msgspec.MsgspecError, sqlite3.DatabaseError):
            for steps in stored.steps():
                for step in steps:
                    self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case ScopesSet(epoch, names):
                self.set_scopes(epoch, names)
            case Dropped(name):
                self.drop(name)
            case Rebuilt(name):
                self.rebuild(name)
            case Applied(name, page):
                self.apply(name, page)

    def _forget(self) -> None:
        self._cache.clear()
        self._over = {}
        self.version += 1

    # rows

    def one(self, entity: str, row_id: str) -> Row | None:
        """The row as shown: with what pending commands make of it."""
        key = (entity, row_id)
        return self._over[key] if key in self._over else self.base(entity, row_id)

    def typed(self, kind: type[R], entity: str, row_id: str) -> R | None:
        row = self.one(entity, row_id)
        return row if isinstance(row, kind) else None

    def base(self, entity: str, row_id: str) -> Row | None:
        """The row as the server sent it."""
        key = (entity, row_id)
        cached = self._cache.get(key)
        if cached is not None:
            return cached
        found = self._db.execute("SELECT doc FROM row WHERE entity = ? AND id = ?", key).fetchone()
        return self._decode(entity, row_id, found[0]) if found else None

    def all(self, entity: str) -> list[Row]:
        """Every row of an entity, by id. For entities of which there are few."""
        found = self._db.execute("SELECT id, doc FROM row WHERE entity = ?", (entity,)).fetchall()
        rows = {row_id: self._decode(entity, row_id, doc) for row_id, doc in found}
        for (over_entity, row_id), row in self._over.items():
            if over_entity == entity:
                if row is None:
                    rows.pop(row_id, None)
                else:
                    rows[row_id] = row
        return [rows[row_id] for row_id in sorted(rows)]

    def _decode(self, entity: str, row_id: str, doc: str) -> Row:
        key = (entity, row_id)
        row = self._cache.get(key)
        if row is None:
            if len(self._cache) >= _CACHED_ROWS:
                for old in list(self._cache)[: _CACHED_ROWS // 4]:
                    del self._cache[old]
            row = self._cache[key] = _DECODERS[entity].decode(doc)
        return row

    # overlay

    def lay_over(self, rows: Mapping[tuple[str, str], Row | None]) -> None:
        """Replace what pending commands show: a row, or None for one that is hidden."""
        db = self._db
        db.execute("BEGIN")
        db.execute("DELETE FROM temp.hidden")
        for entity in NARROW:
            db.execute(f"DELETE FROM temp.{entity}_narrow")  # noqa: S608 - of names of our own
        for (entity, row_id), row in rows.items():
            if entity in NARROW:
                db.execute("INSERT INTO temp.hidden VALUES (?, ?)", (entity, row_id))
                if row is not None:
                    db.execute(insert_sql("temp", entity), line_of(entity, row))
        db.execute("COMMIT")
        self._over = dict(rows)
        self.version += 1

    # scopes

    @property
    def epoch(self) -> str:
        found = self._db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        return str(found[0]) if found else ""

    def scopes(self) -> dict[str, Progress]:
        """How far each scope held is, as shown: a shadow does not count yet."""
        sql = "SELECT name, cursor, horizon, whole FROM scope WHERE shadow = 0 ORDER BY sid"
        return {name: Progress(cursor, horizon, bool(whole)) for name, cursor, horizon, whole in self._db.execute(sql)}

    def wanted(self) -> dict[str, Progress]:
        """What to ask the server for: each scope's cursor, its shadow's where there is one."""
        sql = "SELECT name, cursor, horizon, whole FROM scope ORDER BY shadow, sid"
        return {name: Progress(cursor, horizon, bool(whole)) for name, cursor, horizon, whole in self._db.execute(sql)}

    def set_scopes(self, epoch: str, names: Sequence[str]) -> bool:
        """Hold exactly these scopes. Rows of scopes no longer held go; another epoch rebuilds every scope beside
        the old one. Returns whether the epoch changed under rows that were held."""
        db = self._db
        before = self.epoch
        held = {name for (name,) in db.execute("SELECT DISTINCT name FROM scope")}
        wanted = set(names)
        if before == epoch and held == wanted:
            return False
        self._db.execute("BEGIN")
        try:
            for name in held - wanted:
                self._drop(name)
            if epoch != before:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", (epoch,))
                for name in held & wanted:
                    self._begin_shadow(name)
            db.executemany("INSERT INTO scope (name) VALUES (?)", [(name,) for name in names if name not in held])
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        self.journal.note(ScopesSet(epoch, tuple(names)))
        self._cache.clear()
        self.version += 1
        return bool(before) and epoch != before

    def drop(self, name: str) -> None:
        """Forget a scope that was revoked, and the rows only it held."""
        self._db.execute("BEGIN")
        self._drop(name)
        self._db.execute("COMMIT")
        self.journal.note(Dropped(name))
        self._cache.clear()
        self.version += 1

    def rebuild(self, name: str) -> None:
        """Pull a scope anew, beside what is shown."""
        self._db.execute("BEGIN")
        self._begin_shadow(name)
        self._db.execute("COMMIT")
        self.journal.note(Rebuilt(name))

    def _begin_shadow(self, name: str) -> None:
        shadow = self._sid(name, shadow=1)
        if shadow is not None:
            self._drop_sid(shadow)
        self._db.execute("INSERT INTO scope (name, shadow) VALUES (?, 1)", (name,))

    def _sid(self, name: str, shadow: int) -> int | None:
        found = self._db.execute("SELECT sid FROM scope WHERE name = ? AND shadow = ?", (name, shadow)).fetchone()
        return int(found[0]) if found else None

    def _drop(self, name: str) -> None:
        for (sid,) in self._db.execute("SELECT sid FROM scope WHERE name = ?", (name,)).fetchall():
            self._drop_sid(sid)

    def _drop_sid(self, sid: int) -> None:
        rids = self._db.execute("SELECT rid FROM member WHERE sid = ?", (sid,)).fetchall()
        self._db.execute("DELETE FROM member WHERE sid = ?", (sid,))
        self._db.execute("DELETE FROM scope WHERE sid = ?", (sid,))
        self._drop_orphans(rids)

    def _drop_orphans(self, rids: Iterable[tuple[int]]) -> None:
        self._db.executemany(
            "DELETE FROM row WHERE rid = ?1 AND NOT EXISTS (SELECT 1 FROM member WHERE rid = ?1)", rids
        )

    # pages

    def apply(self, name: str, page: ScopePage) -> bool:
        """Take in one page of a scope, all or nothing. Returns False when the scope is at its end and its digest
        is not the server's: rows were lost, rebuild it. Raises ``msgspec.ValidationError`` for a row this app does
        not understand."""
        if self._says_nothing_new(name, page):
            return True
        sid = self._sid(name, shadow=1)
        shadow = sid is not None
        if sid is None:
            sid = self._sid(name, shadow=0)
        if sid is None:
            return True
        self._db.execute("BEGIN")
        try:
            changed = self._take(sid, page)
            good = page.more or not page.digest or self._digest(sid) == page.digest
            if shadow and not page.more:
                self._swap(name, sid)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._cache.clear()
            raise
        if changed:
            self.journal.note(Applied(name, page))
        self.version += 1
        return good

    def _says_nothing_new(self, name: str, page: ScopePage) -> bool:
        """Most pages of most rounds: the scope is whole, and just so here."""
        if page.puts or page.dels or page.more:
            return False
        found = self._db.execute(
            "SELECT shadow, cursor, horizon, whole, hash, (SELECT count(*) FROM member WHERE sid = scope.sid) "
            "FROM scope WHERE name = ?",
            (name,),
        ).fetchall()
        if len(found) != 1:
            return False
        ((shadow, cursor, horizon, whole, total, count),) = found
        if shadow or not whole or total is None or cursor != page.next or (cursor == 0 and horizon != page.horizon):
            return False
        return digest(count, total) == page.digest

    def _take(self, sid: int, page: ScopePage) -> bool:
        """Whether the page said anything new."""
        db = self._db
        cursor, horizon, total, whole = db.execute(
            "SELECT cursor, horizon, hash, whole FROM scope WHERE sid = ?", (sid,)
        ).fetchone()
        puts = page.puts
        gone = self._members(sid, page.dels)
        # While a snapshot runs the hash is unknown (NULL) and is taken over all rows at its end.
        if total is not None:
            total -= sum(row_hash(put.entity, put.id, seq) for put, _, seq in self._members(sid, puts))
            total -= sum(row_hash(row.entity, row.id, seq) for row, _, seq in gone)
            total += sum(row_hash(put.entity, put.id, put.seq) for put in puts)
        self._put(sid, puts)
        db.executemany("DELETE FROM member WHERE sid = ? AND rid = ?", [(sid, rid) for _, rid, _ in gone])
        self._drop_orphans((rid,) for _, rid, _ in gone)
        for row, _, _ in gone:
            self._cache.pop((row.entity, row.id), None)
        db.execute(
            "UPDATE scope SET cursor = ?, horizon = ?, hash = ?, whole = MAX(whole, ?) WHERE sid = ?",
            (
                page.next,
                page.horizon if cursor == 0 else horizon,
                total % MODULUS if total is not None else None,
                not page.more,
                sid,
            ),
        )
        return bool(puts or page.dels or page.next != cursor or not whole)

    def _members(self, sid: int, rows: Sequence[Put] | Sequence[Del]) -> list[tuple[Put | Del, int, int]]:
        sql = "SELECT rid, seq FROM row JOIN member USING (rid) WHERE entity = ? AND id = ? AND sid = ?"
        found = []
        for row in rows:
            held = self._db.execute(sql, (row.entity, row.id, sid)).fetchone()
            if held:
                found.append((row, held[0], held[1]))
        return found

    def _put(self, sid: int, puts: Sequence[Put]) -> None:
        db = self._db
        for put in puts:
            # Those with a narrow table are read below anyway; of an unknown entity nothing will be asked.
            if put.entity not in NARROW and put.entity in _DECODERS:
                _DECODERS[put.entity].decode(put.doc)
        db.executemany(
            "INSERT INTO row (entity, id, doc) VALUES (?, ?, ?) "
            "ON CONFLICT (entity, id) DO UPDATE SET doc = excluded.doc",
            [(put.entity, put.id, str(put.doc, "utf-8")) for put in puts],
        )
        db.executemany(
            "INSERT OR REPLACE INTO member (sid, rid, seq) SELECT ?, rid, ? FROM row WHERE entity = ? AND id = ?",
            [(sid, put.seq, put.entity, put.id) for put in puts],
        )
        for entity in NARROW:
            lines = [line_of(entity, _DECODERS[entity].decode(put.doc)) for put in puts if put.entity == entity]
            if lines:
                db.executemany(insert_sql("main", entity), lines)
        for put in puts:
            self._cache.pop((put.entity, put.id), None)

    def _digest(self, sid: int) -> str:
        db = self._db
        count = db.execute("SELECT count(*) FROM member WHERE sid = ?", (sid,)).fetchone()[0]
        total = db.execute("SELECT hash FROM scope WHERE sid = ?", (sid,)).fetchone()[0]
        if total is None:
            rows = db.execute("SELECT entity, id, seq FROM member JOIN row USING (rid) WHERE sid = ?", (sid,))
            total = sum(row_hash(*row) for row in rows) % MODULUS
        db.execute("UPDATE scope SET count = ?, hash = ? WHERE sid = ?", (count, total, sid))
        return digest(count, total)

    def _swap(self, name: str, shadow: int) -> None:
        old = self._sid(name, shadow=0)
        if old is not None:
            self._drop_sid(old)
            self._cache.clear()
        self._db.execute("UPDATE scope SET shadow = 0 WHERE sid = ?", (shadow,))
