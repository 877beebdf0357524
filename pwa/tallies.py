"""Counts somebody began and has not handed in."""

from datetime import datetime

import msgspec

from offline.store import KeyValueStore
from offline.wire.counts import CountedPart
from pwa.shelf import Shelf


class TallyLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of a product so far. ``base_seq`` and ``counted_at`` as they were at its last figure."""

    product: str
    parts: tuple[CountedPart, ...]
    base_seq: int = 0
    counted_at: datetime | None = None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` becomes the count's id, so that handing in twice is one count; for one that was asked for it is its."""

    id: str
    organisation: str
    lines: tuple[TallyLine, ...] = ()
    count_list: str | None = None
    visit: str | None = None
    changed_at: datetime | None = None


class Tallies(Shelf[Tally]):
    """One person's."""

    def __init__(self, store: KeyValueStore, user: str) -> None:
        super().__init__(store, f"tally.{user}.", Tally)

    def all(self) -> list[Tally]:
        """Those with a figure, the newest first."""
        found = [tally for tally in self.papers() if tally.lines]
        return sorted(found, key=lambda each: (each.changed_at is not None, each.changed_at, each.id), reverse=True)

    def keep(self, tally: Tally) -> None:
        self.put(tally.id, tally)
