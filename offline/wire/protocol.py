"""The sync protocol's messages; what they mean is told in ARCHITECTURE.md, "Sync"."""

from datetime import datetime
from typing import Literal

import msgspec

SCHEMA = 1
# What a message that names none is of. It must stay: apps of this schema leave it out.
UNNAMED_SCHEMA = 1
MAX_BATCH = 100
MAX_PUSH_BYTES = 1 << 20


class Mutation(msgspec.Struct, frozen=True, omit_defaults=True):
    """``n`` orders a device's commands; ``after`` names commands this one depends on; ``clock_offset_ms`` is what
    to add to ``local_at`` for server time, as far as the phone knows."""

    id: str
    n: int
    name: str
    args: msgspec.Raw
    after: tuple[str, ...] = ()
    local_at: datetime | None = None
    clock_offset_ms: int = 0


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    device: str
    mutations: tuple[Mutation, ...]
    schema: int = UNNAMED_SCHEMA


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """``code`` is stable and translated on the phone (``error.<code>``); ``detail`` its parameters. ``seqs`` are the
    sequence numbers per scope that the effect got: the phone shows the command until it has pulled them."""

    id: str
    status: Literal["applied", "rejected", "blocked"]
    code: str = ""
    detail: dict[str, str | int | list[str]] = {}
    replayed: bool = False
    seqs: dict[str, int] = {}


class PushResult(msgspec.Struct, frozen=True):
    results: tuple[Verdict, ...]
    server_time: datetime


class Known(msgspec.Struct, frozen=True):
    ids: tuple[str, ...]


class KnownResult(msgspec.Struct, frozen=True):
    """Only ids with a verdict appear."""

    results: tuple[Verdict, ...]


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """``horizon``: the oldest cursor still answered; below it a pull answers ``reset: expired``. ``rows``: how many
    live rows it has now, for a progress bar."""

    id: str
    horizon: int = 0
    rows: int = 0


class SchemaRange(msgspec.Struct, frozen=True):
    min: int
    current: int


class Scopes(msgspec.Struct, frozen=True):
    """``epoch`` changes when the server's history was restored or rebuilt: every cursor is then void."""

    epoch: str
    schema: SchemaRange
    scopes: tuple[Scope, ...]
    server_time: datetime


class Pull(msgspec.Struct, frozen=True, omit_defaults=True):
    """``scopes``: id -> cursor (0 = from the start), served in the order given until ``limit`` rows; a scope that
    was not reached is absent from the answer. ``horizons``: for a snapshot under way, the ``horizon`` of its first
    page: a cursor below the horizon is good while no tombstone was dropped since then. ``scopes_too``: answer what
    ``/scopes`` would as well, so that a round of a phone that has been here is one request."""

    scopes: dict[str, int]
    horizons: dict[str, int] = {}
    limit: int = 2000
    schema: int = UNNAMED_SCHEMA
    epoch: str = ""
    scopes_too: bool = False


class Put(msgspec.Struct, frozen=True):
    entity: str
    id: str
    seq: int
    doc: msgspec.Raw


class Del(msgspec.Struct, frozen=True):
    entity: str
    id: str
    seq: int
    why: Literal["deleted", "evicted"]


class ScopePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """``digest`` (only when ``more`` is false) is ``"<count>:<hash>"`` over the scope's live rows, where hash is the
    sum modulo 2**61 of ``row_hash(entity, id, seq)``."""

    puts: tuple[Put, ...] = ()
    dels: tuple[Del, ...] = ()
    next: int = 0
    more: bool = False
    digest: str = ""
    horizon: int = 0
    reset: Literal["", "epoch", "expired", "schema", "revoked"] = ""


class PullResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """``allowed``: for who asked for ``scopes_too``. A server of before leaves it out."""

    scopes: dict[str, ScopePage]
    epoch: str
    server_time: datetime
    allowed: Scopes | None = None


class Hint(msgspec.Struct, frozen=True):
    """One server-sent event of ``/api/sync/live``."""

    scope: str
    seq: int
