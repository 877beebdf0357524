"""What phones ask: which scopes, which of their commands were decided, and the rows since their cursors.

A page holds documents as they were stored; nobody parses them on the way out. All of an answer is read in one
snapshot of the database, so that rows, cursors and digests agree.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import BigInteger, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.db import table_of
from backend.sync.commands import Principal
from backend.sync.judging import read_receipts
from backend.sync.models import SyncCounter, SyncEpoch, SyncRow
from offline.digest import digest
from offline.wire.protocol import (
    SCHEMA,
    Del,
    KnownResult,
    Pull,
    PullResult,
    Put,
    SchemaRange,
    Scope,
    ScopePage,
    Scopes,
)

ScopesOf = Callable[[AsyncSession, Principal], Awaitable[list[str]]]
Why = Literal["deleted", "evicted"]
OLDEST_SCHEMA = 1
MOST_ROWS = 5000
_TOGETHER = 100
_ROWS = table_of(SyncRow)
_COUNTERS = table_of(SyncCounter)
_EPOCH_ROWS = table_of(SyncEpoch)

# Built once: building a statement costs as much as running it.
_EPOCHS = select(_EPOCH_ROWS.c.tenant_id, _EPOCH_ROWS.c.epoch).where(
    or_(_EPOCH_ROWS.c.tenant_id == "", _EPOCH_ROWS.c.tenant_id == bindparam("tenant"))
)
_COUNTERS_OF = select(
    _COUNTERS.c.scope, _COUNTERS.c.seq, _COUNTERS.c.count, _COUNTERS.c.hash, _COUNTERS.c.horizon
).where(_COUNTERS.c.tenant_id == bindparam("tenant"), among(_COUNTERS.c.scope, id_list("names")))

_COLUMNS = (_ROWS.c.scope, _ROWS.c.entity, _ROWS.c.id, _ROWS.c.seq, _ROWS.c.doc, _ROWS.c.gone)
_CURSOR = bindparam("cursor", type_=BigInteger)
# From the start on, nobody needs to hear of rows that are gone.
_SCOPE = (
    select(*_COLUMNS)
    .where(
        _ROWS.c.tenant_id == bindparam("tenant"),
        _ROWS.c.scope == bindparam("scope"),
        _ROWS.c.seq > _CURSOR,
        or_(_ROWS.c.gone == "", _CURSOR > 0),
    )
    .order_by(_ROWS.c.seq)
    .limit(bindparam("most", type_=BigInteger))
)


@dataclass(frozen=True, slots=True)
class Counter:
    seq: int = 0
    count: int = 0
    hash: int = 0
    horizon: int = 0


_SCHEMA = SchemaRange(OLDEST_SCHEMA, SCHEMA)


@dataclass(frozen=True, slots=True)
class Reader:
    """Answers phones. ``scopes_of``: of every slice, in the order phones should pull them."""

    scopes_of: Sequence[ScopesOf]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    schema: SchemaRange = _SCHEMA

    async def allowed(
        self, session: AsyncSession, principal: Principal, asked: AbstractSet[str] | None = None
    ) -> list[str]:
        """The scopes a person may hold, each once; no more than it takes to know about those ``asked`` for."""
        found: dict[str, None] = {}
        for scopes_of in self.scopes_of:
            if asked is not None and asked <= found.keys():
                break
            found.update(dict.fromkeys(await scopes_of(session, principal)))
        return list(found)

    async def scopes(self, session: AsyncSession, principal: Principal) -> Scopes:
        names = await self.allowed(session, principal)
        counters = await _counters(session, principal.tenant_id, names)
        held = ((name, counters.get(name, Counter())) for name in names)
        return Scopes(
            epoch=await current_epoch(session, principal.tenant_id),
            schema=self.schema,
            scopes=tuple(Scope(name, counter.horizon, counter.count) for name, counter in held),
            server_time=self.clock(),
        )

    async def known(self, session: AsyncSession, principal: Principal, ids: Iterable[str]) -> KnownResult:
        """Verdicts of one's own commands; others' do not appear."""
        receipts = await read_receipts(session, principal.tenant_id, set(ids))
        mine = (receipt.verdict for receipt in receipts.values() if receipt.user_id == principal.user_id)
        return KnownResult(tuple(mine))

    async def pull(self, session: AsyncSession, principal: Principal, asked: Pull) -> PullResult:
        """Pages in the order asked, until ``limit`` rows; scopes beyond are absent."""
        epoch = await current_epoch(session, principal.tenant_id)
        pages: dict[str, ScopePage] = {}
        if asked.epoch and asked.epoch != epoch:
            pages = dict.fromkeys(asked.scopes, ScopePage(reset="epoch"))
        elif not self.schema.min <= asked.schema <= self.schema.current:
            pages = dict.fromkeys(asked.scopes, ScopePage(reset="schema"))
        else:
            allowed = frozenset(await self.allowed(session, principal, asked.scopes.keys()))
            pages = await _Pages(session, principal.tenant_id, asked, allowed).read()
        return PullResult(scopes=pages, epoch=epoch, server_time=self.clock())


async def current_epoch(session: AsyncSession, tenant_id: str) -> str:
    """The installation's epoch and the tenant's own."""
    found = await session.execute(_EPOCHS, {"tenant": tenant_id})
    epochs = {row.tenant_id: row.epoch for row in found}
    return "/".join(epochs.get(owner, "0") for owner in ("", tenant_id))


async def _counters(session: AsyncSession, tenant_id: str, names: Iterable[str]) -> dict[str, Counter]:
    found = await session.execute(_COUNTERS_OF, {"tenant": tenant_id, "names": list(names)})
    return {scope: Counter(*rest) for scope, *rest in found.all()}


class _Pages:
    def __init__(self, session: AsyncSession, tenant_id: str, asked: Pull, allowed: frozenset[str]) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._asked = asked
        self._allowed = allowed
        self._left = max(1, min(asked.limit, MOST_ROWS))
        self._counters: Mapping[str, Counter] = {}
        self.pages: dict[str, ScopePage] = {}

    async def read(self) -> dict[str, ScopePage]:
        names = [name for name in self._asked.scopes if name in self._allowed]
        self._counters = await _counters(self._session, self._tenant_id, names)
        together: dict[str, int] = {}
        room = self._left
        for name, cursor in self._asked.scopes.items():
            page = self._without_rows(name, cursor)
            if page is not None:
                self.pages[name] = page
                continue
            # No more rows can have changed than numbers were given.
            most = self._counters[name].seq - cursor
            if most > room or len(together) == _TOGETHER:
                await self._read_together(together)
                together, room = {}, self._left
                if room <= 0:
                    break
            if most > room:
                await self._read_one(name, cursor)
                room = self._left
                if room <= 0:
                    break
            else:
                together[name] = cursor
                room -= most
        await self._read_together(together)
        return self.pages

    def _without_rows(self, name: str, cursor: int) -> ScopePage | None:
        """The page, where no row needs to be read."""
        if name not in self._allowed:
            return ScopePage(reset="revoked")
        counter = self._counters.get(name, Counter())
        if cursor < 0 or cursor > counter.seq:
            # Of a history that is not ours.
            return ScopePage(reset="epoch")
        if 0 < cursor < counter.horizon and self._asked.horizons.get(name, 0) != counter.horizon:
            return ScopePage(reset="expired")
        return self._last(name, (), ()) if cursor == counter.seq else None

    def _last(self, name: str, puts: Iterable[Put], dels: Iterable[Del]) -> ScopePage:
        counter = self._counters.get(name, Counter())
        return ScopePage(
            puts=tuple(puts),
            dels=tuple(dels),
            next=counter.seq,
            digest=digest(counter.count, counter.hash),
            horizon=counter.horizon,
        )

    async def _read_together(self, cursors: Mapping[str, int]) -> None:
        """Scopes whose changes all fit in, with one question."""
        if not cursors:
            return
        rows: dict[str, list[Any]] = {name: [] for name in cursors}
        if len(cursors) == 1:
            ((name, cursor),) = cursors.items()
            rows[name] += await self._fetch(name, cursor, self._left)
        else:
            wanted = or_(*(_since(name, cursor) for name, cursor in cursors.items()))
            statement = select(*_COLUMNS).where(_ROWS.c.tenant_id == self._tenant_id, wanted)
            for row in (await self._session.execute(statement.order_by(_ROWS.c.scope, _ROWS.c.seq))).all():
                rows[row.scope].append(row)
        for name, found in rows.items():
            self.pages[name] = self._last(name, *_split(found))
            self._left -= len(found)

    async def _read_one(self, name: str, cursor: int) -> None:
        """A scope that may hold more than fits."""
        found = await self._fetch(name, cursor, self._left + 1)
        if len(found) <= self._left:
            self.pages[name] = self._last(name, *_split(found))
        else:
            found = found[: self._left]
            puts, dels = _split(found)
            horizon = self._counters[name].horizon
            self.pages[name] = ScopePage(
                puts=tuple(puts), dels=tuple(dels), next=found[-1].seq, more=True, horizon=horizon
            )
        self._left -= len(found)

    async def _fetch(self, name: str, cursor: int, most: int) -> Sequence[Any]:
        given = {"tenant": self._tenant_id, "scope": name, "cursor": cursor, "most": most}
        return (await self._session.execute(_SCOPE, given)).all()


def _since(name: str, cursor: int) -> Any:
    """As ``_SCOPE``, one of many."""
    where = (_ROWS.c.scope == name, _ROWS.c.seq > cursor)
    return and_(*where) if cursor else and_(*where, _ROWS.c.gone == "")


def _split(rows: Sequence[Any]) -> tuple[list[Put], list[Del]]:
    puts: list[Put] = []
    dels: list[Del] = []
    for _scope, entity, row_id, seq, doc, gone in rows:
        if doc is not None:
            puts.append(Put(entity, row_id, seq, msgspec.Raw(doc.encode())))
        else:
            dels.append(Del(entity, row_id, seq, cast("Why", gone)))
    return puts, dels
