"""Writing the change feed: one row per (scope, entity, id) with its latest sequence number.

The counter row of a scope is locked until the commit, in sorted order, as the last thing a transaction does. So
sequence numbers become visible in their own order, a cursor has no gaps, and whoever holds the counter may trust
what it reads of that scope: nobody else writes there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import Row, among, columns_of, id_list, inserting, updating
from backend.db import affected, table_of
from backend.sync.changes import ACCESS, Changes, Put
from backend.sync.models import GONE, SyncCounter, SyncRow
from offline.digest import MODULUS, row_hash

Key = tuple[str, str]
Seqs = dict[str, int]
_ROWS = table_of(SyncRow)
_COUNTERS = table_of(SyncCounter)
_CHUNK = 5000
DROPPED_AT_ONCE = 50
_PUT_ROWS = inserting(SyncRow, columns_of(SyncRow), changing=("seq", "doc", "gone", "gone_at"))
# Every counter that is written was locked, and made before that where it was missing.
_SET_COUNTERS = updating(SyncCounter, ("seq", "count", "hash"))
_LOCK_COUNTERS = (
    select(_COUNTERS.c.scope, _COUNTERS.c.seq, _COUNTERS.c.count, _COUNTERS.c.hash)
    .where(_COUNTERS.c.tenant_id == bindparam("tenant"), among(_COUNTERS.c.scope, id_list("scopes")))
    .order_by(_COUNTERS.c.scope)
    .with_for_update()
)
_HELD_ROWS = select(_ROWS.c.id, _ROWS.c.scope, _ROWS.c.seq, _ROWS.c.doc).where(
    _ROWS.c.tenant_id == bindparam("tenant"),
    _ROWS.c.entity == bindparam("entity"),
    among(_ROWS.c.id, id_list("row_ids")),
)
_HELD_AMONG = _HELD_ROWS.where(among(_ROWS.c.scope, id_list("scopes")))
# PostgreSQL gives the keys of JSON back in an order of its own: a row that was read must not pass for changed by that.
_encode = msgspec.json.Encoder(order="deterministic").encode
_NO_PUTS: Mapping[Key, Put] = {}


@dataclass(slots=True)
class Counter:
    seq: int
    count: int
    hash: int
    changed: bool = False

    def take(self) -> int:
        self.seq += 1
        self.changed = True
        return self.seq


@dataclass(slots=True)
class Held:
    """A feed row as stored."""

    seq: int
    doc: str | None


_NOWHERE: Mapping[str, Held] = {}


@dataclass(slots=True)
class Written:
    """What a flush did: the latest sequence number per scope, and per row and scope. ``hints``: what open apps and
    other servers are told."""

    scopes: Seqs = field(default_factory=dict)
    rows: dict[Key, Seqs] = field(default_factory=dict)
    access: bool = False

    @property
    def hints(self) -> Seqs:
        return {**self.scopes, ACCESS: 0} if self.access else self.scopes


async def write_feed(session: AsyncSession, tenant_id: str, changes: Changes, now: datetime | None = None) -> Written:
    """Write ``changes`` as the last act of the session's transaction. Rows that did not change get no new number."""
    await session.flush()
    keys = [*changes.puts, *changes.deletes]
    if not keys:
        return Written()
    counters: dict[str, Counter] = {}
    wanted = {scope for put in changes.puts.values() for scope in put.touched}
    if changes.deletes:
        wanted |= {scope for held in (await _held(session, tenant_id, changes.deletes)).values() for scope in held}
    while True:
        await _lock(session, tenant_id, wanted - counters.keys(), counters)
        held = await _held(session, tenant_id, keys, changes.puts)
        # Scopes that hold a row which moves away are known only now. One more look, once they are locked too.
        wanted = {scope for scopes in held.values() for scope, row in scopes.items() if row.doc is not None}
        if wanted <= counters.keys():
            break
    return await _write(session, tenant_id, _Plan(tenant_id, changes, held, counters, now or datetime.now(UTC)))


async def _lock(session: AsyncSession, tenant_id: str, scopes: set[str], into: dict[str, Counter]) -> None:
    """Lock and read the counters of ``scopes``, made where they are missing."""
    names = sorted(scopes)
    await _read_counters(session, tenant_id, names, into)
    if missing := [name for name in names if name not in into]:
        rows = [
            {"tenant_id": tenant_id, "scope": name, "seq": 0, "count": 0, "hash": 0, "horizon": 0} for name in missing
        ]
        await session.execute(_insert(session, _COUNTERS).on_conflict_do_nothing(), rows)
        await _read_counters(session, tenant_id, missing, into)


async def _read_counters(session: AsyncSession, tenant_id: str, names: list[str], into: dict[str, Counter]) -> None:
    found = await session.execute(_LOCK_COUNTERS, {"tenant": tenant_id, "scopes": names})
    for scope, *rest in found.all():
        into[scope] = Counter(*rest)


async def _held(
    session: AsyncSession, tenant_id: str, keys: Iterable[Key], puts: Mapping[Key, Put] = _NO_PUTS
) -> dict[Key, dict[str, Held]]:
    """Every scope's row, tombstones included, of each key; of a put among some scopes theirs."""
    together: dict[tuple[str, frozenset[str] | None], list[str]] = defaultdict(list)
    for entity, row_id in keys:
        put = puts.get((entity, row_id))
        together[entity, put.among if put is not None else None].append(row_id)
    found: dict[Key, dict[str, Held]] = defaultdict(dict)
    for (entity, some), row_ids in together.items():
        given = {"tenant": tenant_id, "entity": entity, "row_ids": row_ids}
        statement = _HELD_ROWS if some is None else _HELD_AMONG
        rows = await session.execute(statement, given if some is None else {**given, "scopes": sorted(some)})
        for row_id, scope, seq, doc in rows.all():
            found[entity, row_id][scope] = Held(seq, doc)
    return found


class _Plan:
    """Which rows to write, with their numbers; counters kept in step."""

    def __init__(
        self,
        tenant_id: str,
        changes: Changes,
        held: dict[Key, dict[str, Held]],
        counters: dict[str, Counter],
        now: datetime,
    ) -> None:
        self.tenant_id = tenant_id
        self.counters = counters
        self.now = now
        self.written = Written(access=changes.access)
        self.rows: list[Row] = []
        for key, put in changes.puts.items():
            doc = _encode(put.row).decode()
            there = held.get(key, _NOWHERE)
            for scope in sorted(put.scopes) if len(put.scopes) > 1 else put.scopes:
                self._put(key, scope, there.get(scope), doc)
            self._remove(key, there, put.scopes, "evicted")
        for key in changes.deletes:
            self._remove(key, held.get(key, _NOWHERE), frozenset(), "deleted")

    def _put(self, key: Key, scope: str, old: Held | None, doc: str) -> None:
        if old is not None and old.doc == doc:
            return
        counter = self.counters[scope]
        if old is not None and old.doc is not None:
            counter.hash -= row_hash(*key, old.seq)
        else:
            counter.count += 1
        seq = self._row(key, scope, counter, doc)
        counter.hash += row_hash(*key, seq)

    def _remove(self, key: Key, there: Mapping[str, Held], kept: frozenset[str], why: str) -> None:
        for scope, old in there.items():
            if old.doc is None or scope in kept:
                continue
            counter = self.counters[scope]
            counter.count -= 1
            counter.hash -= row_hash(*key, old.seq)
            self._row(key, scope, counter, None, why)

    def _row(self, key: Key, scope: str, counter: Counter, doc: str | None, gone: str = "") -> int:
        seq = counter.take()
        self.rows.append((self.tenant_id, *key, scope, seq, doc, gone, self.now if gone else None))
        self.written.rows.setdefault(key, {})[scope] = seq
        self.written.scopes[scope] = seq
        return seq


async def _write(session: AsyncSession, tenant_id: str, plan: _Plan) -> Written:
    if not plan.rows:
        return plan.written
    for chunk in _chunks(plan.rows):
        await _PUT_ROWS.run(session, chunk)
    lines = (
        (counter.seq, counter.count, counter.hash % MODULUS, tenant_id, scope)
        for scope, counter in sorted(plan.counters.items())
        if counter.changed
    )
    await _SET_COUNTERS.run(session, lines)
    return plan.written


def _insert(session: AsyncSession, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, of the session's engine."""
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


def _chunks(items: Sequence[Any]) -> Iterable[Any]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


async def drop_tombstones(session: AsyncSession, tenant_id: str, before: datetime) -> int:
    """Forget rows gone since before ``before`` and move the horizons of their scopes. A phone with an older cursor
    pulls those scopes anew. Returns how many. At most ``DROPPED_AT_ONCE`` scopes: their counters stay locked."""
    old = (GONE, _ROWS.c.gone_at < before)
    found = await session.execute(
        select(_ROWS.c.scope, func.max(_ROWS.c.seq))
        .where(_ROWS.c.tenant_id == tenant_id, *old)
        .group_by(_ROWS.c.scope)
        .order_by(_ROWS.c.scope)
        .limit(DROPPED_AT_ONCE)
    )
    dropped = 0
    for scope, seq in found.all():
        here = (_COUNTERS.c.tenant_id == tenant_id, _COUNTERS.c.scope == scope)
        await session.execute(select(_COUNTERS.c.seq).where(*here).with_for_update())
        await session.execute(update(_COUNTERS).where(*here, _COUNTERS.c.horizon < seq).values(horizon=seq))
        gone = await session.execute(
            delete(_ROWS).where(_ROWS.c.tenant_id == tenant_id, _ROWS.c.scope == scope, _ROWS.c.seq <= seq, *old)
        )
        dropped += affected(gone)
    return dropped
