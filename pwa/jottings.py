"""What is typed into a sheet and not sent yet. It is there again when the sheet is opened."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from offline.store import Clock, KeyValueStore
from pwa.shelf import Shelf

KEPT = timedelta(days=60)


class Jotting(msgspec.Struct, frozen=True, kw_only=True):
    """Texts by the name of their field."""

    values: Mapping[str, str]
    changed_at: datetime


class Jottings(Shelf[Jotting]):
    """One person's, by the sheet's name."""

    def __init__(self, store: KeyValueStore, clock: Clock, user: str) -> None:
        super().__init__(store, f"jotting.{user}.", Jotting)
        self._clock = clock

    async def load(self) -> None:
        """Read all, and let go of what nobody came back to."""
        await super().load()
        for name, jotting in list(self.named()):
            if self._clock.now() - jotting.changed_at > KEPT:
                self.drop(name)

    def values(self, name: str) -> Mapping[str, str]:
        held = self.find(name)
        return held.values if held is not None else {}

    def keep(self, name: str, **values: str) -> None:
        self.put(name, Jotting(values={**self.values(name), **values}, changed_at=self._clock.now()))
