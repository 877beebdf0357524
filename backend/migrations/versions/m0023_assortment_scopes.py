"""A feed for each assortment, as each price list has one, in the place of a copy in the feed of every holder: one that
names thousands of products, with thousands of holders, was gigabytes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.db import Json, UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MODULUS = 1 << 61
_ENTITY = "assortment"
_CHUNK = 5000
_ROWS = sa.table(
    "sync_rows",
    *(sa.column(name) for name in ("tenant_id", "entity", "id", "scope", "seq", "doc", "gone")),
    sa.column("gone_at", UtcDateTime()),
)
_COUNTERS = sa.table(
    "sync_counters", *(sa.column(name) for name in ("tenant_id", "scope", "seq", "count", "hash", "horizon"))
)
_ORGANISATIONS = sa.table("organisations", sa.column("tenant_id"), sa.column("id"), sa.column("assortments", Json))
_HERE = (_ROWS.c.entity == _ENTITY, _ROWS.c.gone == "")
_AT_HOLDERS = _ROWS.c.scope.like("org:%")
_ONE_ROW = tuple(_ROWS.c[name] == sa.bindparam(f"b_{name}") for name in ("tenant_id", "entity", "id", "scope"))
_ONE_COUNTER = tuple(_COUNTERS.c[name] == sa.bindparam(f"b_{name}") for name in ("tenant_id", "scope"))
Scope = tuple[str, str]


def upgrade() -> None:
    held = _found(sa.select(_ROWS.c.tenant_id, _ROWS.c.scope, _ROWS.c.id, _ROWS.c.seq).where(*_HERE, _AT_HOLDERS))
    _put((tenant, f"range:{id_}", id_, doc) for (tenant, id_), doc in _docs().items())
    _evict(held)


def downgrade() -> None:
    docs = _docs()
    ranges = (_ROWS.c.entity == _ENTITY, _ROWS.c.scope.like("range:%"))
    op.execute(sa.delete(_ROWS).where(sa.or_(sa.and_(*ranges), sa.and_(_ROWS.c.entity == _ENTITY, _AT_HOLDERS))))
    op.execute(sa.delete(_COUNTERS).where(_COUNTERS.c.scope.like("range:%")))
    organisations = _found(sa.select(_ORGANISATIONS.c.tenant_id, _ORGANISATIONS.c.id, _ORGANISATIONS.c.assortments))
    _put(
        (tenant, f"org:{organisation}", id_, docs[tenant, id_])
        for tenant, organisation, held in organisations
        for id_ in sorted(set(held))
        if (tenant, id_) in docs
    )


def _found(statement: sa.Select[Any]) -> Sequence[Any]:
    return op.get_bind().execute(statement).all()


def _docs() -> Mapping[Scope, str]:
    """Every assortment, as the desk has it."""
    rows = _found(sa.select(_ROWS.c.tenant_id, _ROWS.c.id, _ROWS.c.doc).where(*_HERE, _ROWS.c.scope == "desk"))
    return {(tenant, id_): doc for tenant, id_, doc in rows}


def _put(rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Rows that their scopes do not have: tenant, scope, id and document."""
    rows = list(rows)
    counters = _Counters({(tenant, scope) for tenant, scope, _, _ in rows})
    made = []
    for tenant, scope, id_, doc in rows:
        seq = counters.add(tenant, scope, id_)
        keys = {"tenant_id": tenant, "entity": _ENTITY, "id": id_, "scope": scope}
        made.append({**keys, "seq": seq, "doc": doc, "gone": "", "gone_at": None})
    _run(sa.insert(_ROWS), made)
    counters.write()


def _evict(rows: Iterable[tuple[str, str, str, int]]) -> None:
    """Rows that their scopes have: tenant, scope, id and sequence number."""
    rows = list(rows)
    counters = _Counters({(tenant, scope) for tenant, scope, _, _ in rows})
    now = datetime.now(UTC)
    gone = []
    for tenant, scope, id_, seq in rows:
        keys = {"b_tenant_id": tenant, "b_entity": _ENTITY, "b_id": id_, "b_scope": scope}
        gone.append({**keys, "b_seq": counters.take(tenant, scope, id_, seq)})
    values = {"seq": sa.bindparam("b_seq"), "doc": sa.null(), "gone": "evicted", "gone_at": now}
    _run(sa.update(_ROWS).where(*_ONE_ROW).values(**values), gone)
    counters.write()


class _Counters:
    """Sequence numbers, counts and hashes of some scopes; those not there yet begin at nothing."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self._held = {scope: [0, 0, 0] for scope in sorted(scopes)}
        columns = (_COUNTERS.c[name] for name in ("tenant_id", "scope", "seq", "count", "hash"))
        found = {(tenant, scope): counted for tenant, scope, *counted in _found(sa.select(*columns))}
        self._new = self._held.keys() - found.keys()
        self._held.update((scope, found[scope]) for scope in self._held.keys() & found.keys())

    def add(self, tenant: str, scope: str, id_: str) -> int:
        held = self._held[tenant, scope]
        held[0] += 1
        held[1] += 1
        held[2] = (held[2] + _hash(id_, held[0])) % _MODULUS
        return int(held[0])

    def take(self, tenant: str, scope: str, id_: str, seq: int) -> int:
        held = self._held[tenant, scope]
        held[0] += 1
        held[1] -= 1
        held[2] = (held[2] - _hash(id_, seq)) % _MODULUS
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


def _hash(id_: str, seq: int) -> int:
    """As ``offline.digest`` has it today."""
    text = f"{_ENTITY}\0{id_}\0{seq}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % _MODULUS
