"""Moving rows of the change feed between scopes, for migrations: numbers, counts and hashes as if it had always been
so, and nothing that phones hold begun anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.db import UtcDateTime

_MODULUS = 1 << 61
_CHUNK = 5000
_ROWS = sa.table(
    "sync_rows",
    *(sa.column(name) for name in ("tenant_id", "entity", "id", "scope", "seq", "doc", "gone")),
    sa.column("gone_at", UtcDateTime()),
)
_COUNTERS = sa.table(
    "sync_counters", *(sa.column(name) for name in ("tenant_id", "scope", "seq", "count", "hash", "horizon"))
)
_AT_HOLDERS = _ROWS.c.scope.like("org:%")
_ONE_ROW = tuple(_ROWS.c[name] == sa.bindparam(f"b_{name}") for name in ("tenant_id", "entity", "id", "scope"))
_ONE_COUNTER = tuple(_COUNTERS.c[name] == sa.bindparam(f"b_{name}") for name in ("tenant_id", "scope"))
Key = tuple[str, str]
"""Tenant, and a scope or a row's id."""


def found(statement: sa.Select[Any]) -> Sequence[Any]:
    return op.get_bind().execute(statement).all()


def own_feeds(entity: str, prefix: str) -> None:
    """Of each row that the desk has one copy in a scope of its own, ``<prefix>:<id>``, in the place of those in the
    scopes of organisations."""
    columns = (_ROWS.c[name] for name in ("tenant_id", "scope", "id", "seq"))
    held = found(sa.select(*columns).where(*_live(entity), _AT_HOLDERS))
    _put(entity, ((tenant, f"{prefix}:{id_}", id_, doc) for (tenant, id_), doc in docs_at_desk(entity).items()))
    _evict(entity, held)


def feeds_of_holders(entity: str, prefix: str, holders: Iterable[tuple[str, str, str]]) -> None:
    """Back: a copy for each of ``holders`` (tenant, organisation, id of the row)."""
    docs = docs_at_desk(entity)
    ours = (_ROWS.c.entity == entity, sa.or_(_ROWS.c.scope.like(f"{prefix}:%"), _AT_HOLDERS))
    op.execute(sa.delete(_ROWS).where(*ours))
    op.execute(sa.delete(_COUNTERS).where(_COUNTERS.c.scope.like(f"{prefix}:%")))
    _put(entity, ((each[0], f"org:{each[1]}", each[2], docs[each[0], each[2]]) for each in holders))


def docs_at_desk(entity: str) -> Mapping[Key, str]:
    """Each row as the desk has it, by tenant and id."""
    rows = found(sa.select(_ROWS.c.tenant_id, _ROWS.c.id, _ROWS.c.doc).where(*_live(entity), _ROWS.c.scope == "desk"))
    return {(tenant, id_): doc for tenant, id_, doc in rows}


def _live(entity: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _ROWS.c.entity == entity, _ROWS.c.gone == ""


def _put(entity: str, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Rows that their scopes do not have: tenant, scope, id and document."""
    rows = list(rows)
    counters = _Counters(entity, {(tenant, scope) for tenant, scope, _, _ in rows})
    made = []
    for tenant, scope, id_, doc in rows:
        seq = counters.add(tenant, scope, id_)
        keys = {"tenant_id": tenant, "entity": entity, "id": id_, "scope": scope}
        made.append({**keys, "seq": seq, "doc": doc, "gone": "", "gone_at": None})
    _run(sa.insert(_ROWS), made)
    counters.write()


def _evict(entity: str, rows: Iterable[tuple[str, str, str, int]]) -> None:
    """Rows that their scopes have: tenant, scope, id and sequence number."""
    rows = list(rows)
    counters = _Counters(entity, {(tenant, scope) for tenant, scope, _, _ in rows})
    now = datetime.now(UTC)
    gone = []
    for tenant, scope, id_, seq in rows:
        keys = {"b_tenant_id": tenant, "b_entity": entity, "b_id": id_, "b_scope": scope}
        gone.append({**keys, "b_seq": counters.take(tenant, scope, id_, seq)})
    values = {"seq": sa.bindparam("b_seq"), "doc": sa.null(), "gone": "evicted", "gone_at": now}
    _run(sa.update(_ROWS).where(*_ONE_ROW).values(**values), gone)
    counters.write()


class _Counters:
    """Sequence numbers, counts and hashes of some scopes; those not there yet begin at nothing."""

    def __init__(self, entity: str, scopes: Iterable[Key]) -> None:
        self._entity = entity
        self._held = {scope: [0, 0, 0] for scope in sorted(scopes)}
        columns = (_COUNTERS.c[name] for name in ("tenant_id", "scope", "seq", "count", "hash"))
        there = {(tenant, scope): counted for tenant, scope, *counted in found(sa.select(*columns))}
        self._new = self._held.keys() - there.keys()
        self._held.update((scope, there[scope]) for scope in self._held.keys() & there.keys())

    def add(self, tenant: str, scope: str, id_: str) -> int:
        held = self._held[tenant, scope]
        held[0] += 1
        held[1] += 1
        held[2] = (held[2] + _hash(self._entity, id_, held[0])) % _MODULUS
        return int(held[0])

    def take(self, tenant: str, scope: str, id_: str, seq: int) -> int:
        held = self._held[tenant, scope]
        held[0] += 1
        held[1] -= 1
        held[2] = (held[2] - _hash(self._entity, id_, seq)) % _MODULUS
        return int(held[0])

    def write(self) -> None:
        names = ("tenant_id", "scope", "seq", "count", "hash")
        lines = [dict(zip(names, (*scope, *held), strict=True)) for scope, held in self._held.items()]
        new = [{**line, "horizon": 0} for line in lines if (line["tenant_id"], line["scope"]) in self._new]
        old = [line for line in lines if (line["tenant_id"], line["scope"]) not in self._new]
        _run(sa.insert(_COUNTERS), new)
        values: Any = {name: sa.bindparam(f"b_{name}") for name in ("seq", "count", "hash")}
        statement = sa.update(_COUNTERS).where(*_ONE_COUNTER).values(**values)
        _run(statement, [{f"b_{name}": value for name, value in line.items()} for line in old])


def _run(statement: Any, lines: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(lines), _CHUNK):
        op.get_bind().execute(statement, list(lines[start : start + _CHUNK]))


def _hash(entity: str, id_: str, seq: int) -> int:
    """As ``offline.digest`` has it today."""
    text = f"{entity}\0{id_}\0{seq}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % _MODULUS
