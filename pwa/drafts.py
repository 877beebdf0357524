"""Orders somebody began and has not submitted."""

from datetime import date, datetime

import msgspec

from offline.store import KeyValueStore
from offline.wire.kinds import Shortage
from pwa.shelf import Shelf


class DraftLine(msgspec.Struct, frozen=True):
    """``quantity`` as the person left it: it may still break the product's order rule."""

    id: str
    product: str
    quantity: int


class OrderDraft(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` becomes the order's id, so that submitting twice is one order. ``mends`` names the refused command this
    draft will take the place of."""

    id: str
    organisation: str
    lines: tuple[DraftLine, ...] = ()
    note: str = ""
    address: str | None = None
    wanted_on: date | None = None
    shortage: Shortage = "backorder"
    mends: str = ""
    changed_at: datetime | None = None


class Drafts(Shelf[OrderDraft]):
    """One person's drafts."""

    def __init__(self, store: KeyValueStore, user: str) -> None:
        super().__init__(store, f"draft.{user}.", OrderDraft)

    def all(self) -> list[OrderDraft]:
        """Newest first; those without a line are not worth showing."""
        shown = [draft for draft in self.papers() if draft.lines]
        return sorted(shown, key=lambda draft: (draft.changed_at is not None, draft.changed_at, draft.id), reverse=True)

    def of_organisation(self, organisation: str) -> OrderDraft | None:
        """The newest draft for a customer that is not the mending of a refused order."""
        return next((draft for draft in self.all() if draft.organisation == organisation and not draft.mends), None)

    def keep(self, draft: OrderDraft) -> None:
        self.put(draft.id, draft)
