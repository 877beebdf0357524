"""The ground of the overlay: a patch over the rows, and how one command sees it."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from offline.rules.facts import Facts
from offline.store import Entry
from offline.wire.rows import OrderLine, Row

R = TypeVar("R", bound=Row)
Memo = dict[str, tuple[OrderLine, ...]]


class Rows(Protocol):
    """The part of the replica projections read: rows as the server sent them."""

    def base(self, entity: str, row_id: str) -> Row | None: ...

    def all(self, entity: str) -> Sequence[Row]: ...

    def facts(self, organisation_id: str) -> Facts | None: ...


class Patch:
    """Rows changed so far, over the server's."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.changed: dict[tuple[str, str], Row | None] = {}

    def one(self, entity: str, row_id: str) -> Row | None:
        key = (entity, row_id)
        return self.changed[key] if key in self.changed else self.rows.base(entity, row_id)


class View:
    """The rows as one pending command finds them."""

    def __init__(self, patch: Patch, entry: Entry, cursors: Mapping[str, int], user: str, memo: Memo) -> None:
        self._patch = patch
        self._cursors = cursors
        self.entry = entry
        self.user = user
        self.memo = memo

    @property
    def rows(self) -> Rows:
        return self._patch.rows

    def row(self, kind: type[R], entity: str, row_id: str) -> R | None:
        found = self._patch.one(entity, row_id)
        return found if isinstance(found, kind) else None

    def put(self, entity: str, row: Row) -> None:
        self._patch.changed[entity, row.id] = row

    def hide(self, entity: str, row_id: str) -> None:
        self._patch.changed[entity, row_id] = None

    def reached(self, *scopes: str) -> bool:
        """Whether the row came back from the server since the command was applied: one of ``scopes``, which hold
        it, is past the command's sequence number. A row's document is the same in all its scopes."""
        seqs = self.entry.seqs
        return any(scope in seqs and self._cursors.get(scope, -1) >= seqs[scope] for scope in scopes)
