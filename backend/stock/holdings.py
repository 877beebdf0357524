"""What partners have: books of one product at one partner each, changed only while held.

Every change leaves a movement: the ledger's sums are the books. What a movement means when it comes late, and how a
count is set against the moment it was taken, is ruled in offline/rules/counting.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.stock import queries
from backend.stock.models import PartnerHolding, PartnerMovement
from backend.sync.changes import Changes, org_scope
from offline.ids import derived_id, new_id
from offline.rules.counting import Booked, Posting, Settlement, book, moment_of, settle
from offline.wire.counts import MovementKind, PartnerStock, StockLot


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a movement is booked. ``movement_id``: the client's, of a movement of its own."""

    kind: MovementKind
    actor_id: str | None = None
    order_id: str | None = None
    count_id: str | None = None
    reason: str = ""
    movement_id: str = ""


@dataclass(slots=True)
class PartnerBook:
    """One held book. ``announce`` it after the last change."""

    session: AsyncSession
    holding: PartnerHolding
    now: datetime

    @property
    def opened(self) -> bool:
        return self.holding.opened

    def takes(self, settlement: Settlement) -> bool:
        """A book may fall below nothing: a count puts it right."""
        return True

    @property
    def lots(self) -> dict[str, int]:
        return {lot: int(kept["quantity"]) for lot, kept in self.holding.lots.items()}

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.holding.tenant_id, self.holding.organisation_id, self.holding.product_id

    async def moment(self, taken_at: datetime, base_seq: int) -> datetime:
        """When a count was taken by a phone that knew the movements up to ``base_seq``."""
        if base_seq <= 0 or taken_at >= self.holding.latest_at:
            return min(taken_at, self.now)
        known = await queries.known_at(self.session, *self._key, base_seq)
        return moment_of(taken_at, known, self.now)

    async def settlement(self, observed: Mapping[str, int], moment: datetime) -> Settlement:
        """What a count would do; nothing is changed."""
        later: Sequence[PartnerMovement] = ()
        if moment < self.holding.latest_at:
            later = await queries.movements_after(self.session, *self._key, moment)
        return settle(self.lots, [_booked(each) for each in later], observed, moment)

    async def settle(self, settlement: Settlement, cause: Cause, expiries: Mapping[str, date | None]) -> None:
        """Book what a count does."""
        for posting in settlement.postings:
            self._post(posting, cause, expiries.get(posting.lot))
        moment = settlement.postings[0].at
        counted = self.holding.counted_at
        self.holding.counted_at = max(moment, counted) if counted is not None else moment
        self.holding.opened = True

    async def move(self, delta: int, at: datetime, cause: Cause, lot: str = "", expires_on: date | None = None) -> None:
        """Goods that came or left ``at``."""
        anchors: Sequence[PartnerMovement] = ()
        if at <= self.holding.latest_at and self.holding.counted_at is not None:
            anchors = await queries.movements_after(self.session, *self._key, at, counts=True)
        for posting in book(at, delta, lot, [_booked(each) for each in anchors]):
            self._post(posting, cause, expires_on)
        if cause.kind == "opening":
            self.holding.opened = True

    def _post(self, posting: Posting, cause: Cause, expires_on: date | None) -> None:
        holding = self.holding
        lots = dict(holding.lots)
        kept = lots.pop(posting.lot, {"quantity": 0, "expires_on": None})
        quantity = int(kept["quantity"]) + posting.delta
        if quantity:
            expiry = expires_on.isoformat() if expires_on is not None else kept["expires_on"]
            lots[posting.lot] = {"quantity": quantity, "expires_on": expiry}
        fresh = holding.seq == 0
        holding.lots = lots
        holding.on_hand += posting.delta
        holding.seq += 1
        holding.latest_at = posting.at if fresh else max(holding.latest_at, posting.at)
        holding.updated_at = self.now
        if fresh:
            self.session.add(holding)
        self.session.add(
            PartnerMovement(
                tenant_id=holding.tenant_id,
                id=(not posting.corrects and cause.movement_id) or new_id(),
                organisation_id=holding.organisation_id,
                product_id=holding.product_id,
                seq=holding.seq,
                kind="count" if posting.corrects else cause.kind,
                delta=posting.delta,
                lot=posting.lot,
                expires_on=expires_on,
                order_id=cause.order_id,
                count_id=posting.corrects or cause.count_id,
                actor_id=cause.actor_id,
                reason=cause.reason,
                at=posting.at,
                recorded_at=self.now,
            )
        )

    async def announce(self, changes: Changes) -> None:
        changes.put("partner_stock", partner_stock_row(self.holding), org_scope(self.holding.organisation_id))


def _booked(row: PartnerMovement) -> Booked:
    return Booked(row.at, row.seq, row.delta, row.lot, row.count_id or "")


def partner_stock_id(organisation_id: str, product_id: str) -> str:
    return derived_id("partner_stock", organisation_id, product_id)


def partner_stock_row(row: PartnerHolding) -> PartnerStock:
    lots = sorted(row.lots.items(), key=lambda each: (each[1]["expires_on"] or "9999", each[0]))
    return PartnerStock(
        id=partner_stock_id(row.organisation_id, row.product_id),
        organisation=row.organisation_id,
        product=row.product_id,
        on_hand=row.on_hand,
        seq=row.seq,
        as_of=row.updated_at,
        lots=tuple(StockLot(lot, kept["quantity"], _day(kept["expires_on"])) for lot, kept in lots if lot),
        opened=row.opened,
        counted_at=row.counted_at,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def partner_books(
    session: AsyncSession, tenant_id: str, organisation_id: str, product_ids: Collection[str], now: datetime
) -> dict[str, PartnerBook]:
    """Held, by product; those a partner never had are new and empty."""
    # What other commands of the same push did is not read again otherwise, nor a book they opened found.
    await session.flush()
    found = await queries.locked_holdings(session, tenant_id, organisation_id, product_ids)
    return {
        product_id: PartnerBook(
            session, found.get(product_id) or _fresh(tenant_id, organisation_id, product_id, now), now
        )
        for product_id in sorted(product_ids)
    }


def _fresh(tenant_id: str, organisation_id: str, product_id: str, now: datetime) -> PartnerHolding:
    return PartnerHolding(
        tenant_id=tenant_id,
        organisation_id=organisation_id,
        product_id=product_id,
        on_hand=0,
        lots={},
        seq=0,
        opened=False,
        latest_at=now,
        counted_at=None,
        updated_at=now,
    )


async def partner_stock_of(session: AsyncSession, tenant_id: str, organisation_id: str) -> list[PartnerStock]:
    """All a partner has or had, by product."""
    return [partner_stock_row(row) for row in await queries.holdings(session, tenant_id, organisation_id)]


@dataclass(frozen=True, slots=True)
class Part:
    """Of one lot, "" where none is known."""

    quantity: int
    lot: str = ""
    expires_on: date | None = None


async def deliver(
    session: AsyncSession,
    tenant_id: str,
    organisation_id: str,
    goods: Mapping[str, Sequence[Part]],
    *,
    at: datetime,
    now: datetime,
    changes: Changes,
    order_id: str,
    actor_id: str | None,
) -> None:
    """Goods a partner signed for ``at``, by product."""
    books = await partner_books(session, tenant_id, organisation_id, goods, now)
    cause = Cause("delivery", actor_id=actor_id, order_id=order_id)
    for product_id, parts in goods.items():
        for part in parts:
            await books[product_id].move(part.quantity, at, cause, part.lot, part.expires_on)
        await books[product_id].announce(changes)
