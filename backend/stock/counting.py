"""Counts of the brand's own stock: the same rule as for partners' books, over the levels and their ledger.

The ledger is written as things happen, so nothing but a count comes late; lots are not kept, so all that was counted of
a product is one figure. What is on hand never falls below nothing: a count that would make it so is not booked, since
what was shipped after it was there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.identity.service import audit
from backend.stock import queries
from backend.stock.holdings import Cause
from backend.stock.levels import HeldStock, held_stock, open_levels
from backend.stock.models import StockMovement
from backend.sync.changes import Changes
from backend.sync.commands import Context
from offline.rules.counting import Booked, Settlement, settle


@dataclass(slots=True)
class WarehouseBook:
    """One product's level, held. As ``PartnerBook``, for the brand itself."""

    context: Context
    held: HeldStock
    product_id: str
    opened: bool
    """Whether anything was known of it before."""

    async def moment(self, taken_at: datetime, base_seq: int) -> datetime:
        """Levels on phones carry no number, so the corrected time alone counts."""
        return min(taken_at, self.context.now)

    async def settlement(self, observed: Mapping[str, int], moment: datetime) -> Settlement:
        """What a count would do; nothing is changed but that what this push has moved is written."""
        session = self.context.session
        await self.held.write(session, self.context.changes)
        key = self.held.tenant_id, self.held.warehouse_id, self.product_id
        later = await queries.level_movements_after(session, *key, moment) if self.held.warehouse_id else ()
        on_hand, counted = {"": self.held.on_hand(self.product_id)}, {"": sum(observed.values())}
        return settle(on_hand, _booked(later), counted, moment)

    def takes(self, settlement: Settlement) -> bool:
        return settlement.on_hand >= 0

    async def settle(self, settlement: Settlement, cause: Cause, expiries: Mapping[str, date | None]) -> None:
        """Book what a count does."""
        await open_levels(self.context.session, self.held, {self.product_id})
        before = self.held.on_hand(self.product_id)
        for posting in settlement.postings:
            self.held.count(
                self.product_id,
                posting.delta,
                posting.at,
                count_id=posting.corrects or cause.count_id or "",
                reason=cause.reason,
            )
        self.opened = True
        after = self.held.on_hand(self.product_id)
        detail = {"count": cause.count_id, "before": before, "after": after, "reason": cause.reason}
        audit(self.context.session, self.context.principal, "stock.counted", self.product_id, detail,
              at=self.context.now)  # fmt: skip

    async def announce(self, changes: Changes) -> None:
        await self.held.write(self.context.session, changes)


def _booked(movements: Sequence[StockMovement]) -> list[Booked]:
    return [Booked(each.at, place, each.on_hand_delta, "", each.count_id or "") for place, each in enumerate(movements)]


async def warehouse_books(context: Context, product_ids: Collection[str]) -> dict[str, WarehouseBook]:
    """Held, by product; a level that is not there yet is opened by the first count."""
    held = await held_stock(context, product_ids)
    return {id_: WarehouseBook(context, held, id_, held.levels[id_] is not None) for id_ in sorted(product_ids)}
