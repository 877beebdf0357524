"""What phones ask: which scopes, which of their commands were decided, and the rows since their cursors.

A page holds documents as they were stored; nobody parses them on the way out. The database puts its rows together as
JSON, because each row that Python sees costs several times what reading it does, and a first pull has ten thousand.
All of an answer is read in one snapshot of the database, so that rows, cursors and digests agree.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, reduce
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list, json_text
from backend.db import table_of
from backend.sync.commands import Principal
from backend.sync.judging import read_receipts
from backend.sync.models import SyncCounter, SyncEpoch, SyncRow
from offline.digest import digest
from offline.wire.protocol import (
    SCHEMA,
    KnownResult,
    Pull,
    PullResult,
    SchemaRange,
    Scope,
    ScopePage,
    Scopes,
)

ScopesOf = Callable[[AsyncSession, Principal], Awaitable[list[str]]]
OLDEST_SCHEMA = 1
MOST_ROWS = 5000
_TOGETHER = 100
_ROWS = table_of(SyncRow)
_COUNTERS = table_of(SyncCounter)
_EPOCH_ROWS = table_of(SyncEpoch)

# Built once: building a statement costs as much as running it. Epochs and counters are one question, because each
# costs a pull as much as reading a hundred rows.
_COUNTED = ("seq", "count", "hash", "horizon")
_STANDING = union_all(
    select(_COUNTERS.c.scope, null().label("epoch"), *(_COUNTERS.c[name] for name in _COUNTED)).where(
        _COUNTERS.c.tenant_id == bindparam("tenant"), among(_COUNTERS.c.scope, id_list("names"))
    ),
    select(_EPOCH_ROWS.c.tenant_id, _EPOCH_ROWS.c.epoch, *(null().label(name) for name in _COUNTED)).where(
        or_(_EPOCH_ROWS.c.tenant_id == "", _EPOCH_ROWS.c.tenant_id == bindparam("tenant"))
    ),
)


def _joined(*pieces: str | ColumnElement[Any]) -> ColumnElement[str]:
    """The pieces as one text; NULL if one of them is. Those of our own may hold no apostrophe."""
    columns = (literal_column(f"'{piece}'", String) if isinstance(piece, str) else piece for piece in pieces)
    return reduce(lambda text, piece: text.concat(piece), columns)


def _page_of(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    """How many ``rows`` there are, their latest number, and what stands between the brackets of ``ScopePage.puts`` and
    ``dels``: NULL for none. Entities and reasons are words of our own, ids may have come from anywhere."""
    head = ('{"entity":"', rows.c.entity, '","id":', json_text(rows.c.id), ',"seq":', rows.c.seq)
    put = _joined(*head, ',"doc":', rows.c.doc, "}")
    gone = case((rows.c.gone != "", _joined(*head, ',"why":"', rows.c.gone, '"}')))
    return (
        func.count().label("rows"),
        func.max(rows.c.seq).label("last"),
        func.aggregate_strings(put, ",").label("puts"),
        func.aggregate_strings(gone, ",").label("dels"),
    )


_COLUMNS = (_ROWS.c.scope, _ROWS.c.entity, _ROWS.c.id, _ROWS.c.seq, _ROWS.c.doc, _ROWS.c.gone)
_CURSOR = bindparam("cursor", type_=BigInteger)
# From the start on, nobody needs to hear of rows that are gone.
_FOUND = (
    select(*_COLUMNS)
    .where(
        _ROWS.c.tenant_id == bindparam("tenant"),
        _ROWS.c.scope == bindparam("scope"),
        _ROWS.c.seq > _CURSOR,
        or_(_ROWS.c.gone == "", _CURSOR > 0),
    )
    .order_by(_ROWS.c.seq)
    .limit(bindparam("most", type_=BigInteger))
    .subquery("found")
)
_SCOPE = select(*_page_of(_FOUND))


@lru_cache(128)
def _together(new: int, count: int) -> Select[Any]:
    """As ``_SCOPE``, for ``count`` scopes at once and without a limit; the first ``new`` of them from the start on."""
    wanted = []
    for number in range(count):
        # The brand in each of them: else SQLite reads all that its feed has, in the order asked for.
        where = (
            _ROWS.c.tenant_id == bindparam("tenant"),
            _ROWS.c.scope == bindparam(f"scope_{number}"),
            _ROWS.c.seq > bindparam(f"cursor_{number}", type_=BigInteger),
        )
        wanted.append(and_(*where, _ROWS.c.gone == "") if number < new else and_(*where))
    rows = select(*_COLUMNS).where(or_(*wanted)).order_by(_ROWS.c.scope, _ROWS.c.seq).subquery("found")
    return select(rows.c.scope, *_page_of(rows)).group_by(rows.c.scope)


@dataclass(frozen=True, slots=True)
class Counter:
    seq: int = 0
    count: int = 0
    hash: int = 0
    horizon: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a tenant's feed stands: its epoch (the installation's and its own) and counters by scope."""

    epoch: str
    counters: Mapping[str, Counter]

    def counter(self, scope: str) -> Counter:
        return self.counters.get(scope, _NOTHING)


_NOTHING = Counter()
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
        return self._scopes(names, await read_standing(session, principal.tenant_id, names))

    def _scopes(self, names: Iterable[str], standing: Standing) -> Scopes:
        held = ((name, standing.counter(name)) for name in names)
        return Scopes(
            epoch=standing.epoch,
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
        found = await self.allowed(session, principal, None if asked.scopes_too else asked.scopes.keys())
        allowed = frozenset(found)
        names = found if asked.scopes_too else [name for name in asked.scopes if name in allowed]
        standing = await read_standing(session, principal.tenant_id, names)
        if asked.epoch and asked.epoch != standing.epoch:
            pages = dict.fromkeys(asked.scopes, ScopePage(reset="epoch"))
        elif not self.schema.min <= asked.schema <= self.schema.current:
            pages = dict.fromkeys(asked.scopes, ScopePage(reset="schema"))
        else:
            pages = await _Pages(session, principal.tenant_id, asked, allowed, standing).read()
        return PullResult(
            scopes=pages,
            epoch=standing.epoch,
            server_time=self.clock(),
            allowed=self._scopes(found, standing) if asked.scopes_too else None,
        )


async def read_standing(session: AsyncSession, tenant_id: str, scopes: Iterable[str]) -> Standing:
    """With the counters of those of ``scopes`` that have any."""
    found = await session.execute(_STANDING, {"tenant": tenant_id, "names": list(scopes)})
    epochs: dict[str, str] = {}
    counters: dict[str, Counter] = {}
    for name, epoch, *counted in found.all():
        if epoch is not None:
            epochs[name] = epoch
        else:
            counters[name] = Counter(*counted)
    return Standing("/".join(epochs.get(owner, "0") for owner in ("", tenant_id)), counters)


class _Pages:
    def __init__(
        self, session: AsyncSession, tenant_id: str, asked: Pull, allowed: frozenset[str], standing: Standing
    ) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._asked = asked
        self._allowed = allowed
        self._left = max(1, min(asked.limit, MOST_ROWS))
        self._standing = standing
        self.pages: dict[str, ScopePage] = {}

    async def read(self) -> dict[str, ScopePage]:
        together: dict[str, int] = {}
        room = self._left
        for name, cursor in self._asked.scopes.items():
            page = self._without_rows(name, cursor)
            if page is not None:
                self.pages[name] = page
                continue
            # No more rows can have changed than numbers were given.
            most = self._standing.counter(name).seq - cursor
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
        counter = self._standing.counter(name)
        if cursor < 0 or cursor > counter.seq:
            # Of a history that is not ours.
            return ScopePage(reset="epoch")
        if 0 < cursor < counter.horizon and self._asked.horizons.get(name, 0) != counter.horizon:
            return ScopePage(reset="expired")
        return self._last(name) if cursor == counter.seq else None

    async def _read_together(self, cursors: Mapping[str, int]) -> None:
        """Scopes whose changes all fit in, with one question."""
        if len(cursors) == 1:
            ((name, cursor),) = cursors.items()
            await self._read_one(name, cursor)
        elif cursors:
            # Those from the start on come first, so that few statements do for all: nothing else hangs on the order.
            ordered = sorted(cursors.items(), key=lambda each: each[1] > 0)
            statement = _together(sum(not cursor for cursor in cursors.values()), len(cursors))
            given: dict[str, Any] = {"tenant": self._tenant_id}
            for number, (name, cursor) in enumerate(ordered):
                given |= {f"scope_{number}": name, f"cursor_{number}": cursor}
            pages = {scope: page for scope, *page in (await self._session.execute(statement, given)).all()}
            for name in cursors:
                rows_found, _last, puts, dels = pages.get(name, (0, None, None, None))
                self.pages[name] = self._last(name, puts, dels)
                self._left -= rows_found

    async def _read_one(self, name: str, cursor: int) -> None:
        """A scope that may hold more than fits. It does not where there was room for more rows, or where the last one
        has the latest number; else another page tells, which may be empty."""
        given = {"tenant": self._tenant_id, "scope": name, "cursor": cursor, "most": self._left}
        rows, last, puts, dels = (await self._session.execute(_SCOPE, given)).one()
        counter = self._standing.counter(name)
        if rows < self._left or last == counter.seq:
            self.pages[name] = self._last(name, puts, dels)
        else:
            self.pages[name] = ScopePage(
                puts=_as_list(puts), dels=_as_list(dels), next=last, more=True, horizon=counter.horizon
            )
        self._left -= rows

    def _last(self, name: str, puts: str | None = None, dels: str | None = None) -> ScopePage:
        counter = self._standing.counter(name)
        return ScopePage(
            puts=_as_list(puts),
            dels=_as_list(dels),
            next=counter.seq,
            digest=digest(counter.count, counter.hash),
            horizon=counter.horizon,
        )


def _as_list(rows: str | None) -> Any:
    """JSON that goes out as it is, where the message has a tuple of rows."""
    return msgspec.Raw(f"[{rows}]".encode()) if rows else ()
