"""The brand's own stock. One warehouse a tenant is promised from: its default one.

Levels are changed only while held, and every change leaves a movement: the ledger's sums are the levels.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import Row, columns_of, inserting, updating
from backend.stock import queries
from backend.stock.models import StockLevel, StockMovement, Warehouse
from backend.stock.queries import Level
from backend.sync.changes import STOCK, Changes
from backend.sync.commands import Context, Holding
from offline.ids import new_id
from offline.wire import rows

# Where a push keeps its stock.
HELD = "stock"
_MOVEMENTS = inserting(StockMovement, columns_of(StockMovement))
_FRESH = inserting(StockLevel, columns_of(StockLevel))
_LEVELS = updating(StockLevel, ("on_hand", "reserved", "expected_at", "updated_at"))


@dataclass(slots=True)
class HeldStock(Holding):
    """Levels that are locked, by product, and the movements made since; ``write`` them before the commit."""

    tenant_id: str
    warehouse_id: str
    now: datetime
    actor_id: str | None
    levels: dict[str, Level | None] = field(default_factory=dict)
    movements: list[Row] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    """Products whose level is not in the database yet."""
    freed: set[str] = field(default_factory=set)
    """Products of which more can be promised than could be: they came in, or an order gave them back."""

    def available(self, product_id: str) -> int:
        """What can be promised now, from 0."""
        level = self.levels.get(product_id)
        return max(0, level.on_hand - level.reserved) if level is not None else 0

    def on_hand(self, product_id: str) -> int:
        level = self.levels.get(product_id)
        return level.on_hand if level is not None else 0

    def reserve(self, product_id: str, quantity: int, order_id: str) -> None:
        if quantity > self.available(product_id):
            raise ValueError(f"{quantity} of {product_id} are not to be had")
        self._move(product_id, "reservation", (0, quantity), order_id)

    def release(self, product_id: str, quantity: int, order_id: str) -> None:
        self._move(product_id, "release", (0, -quantity), order_id)

    def ship(self, product_id: str, quantity: int, order_id: str) -> None:
        """Out of what is reserved."""
        self._move(product_id, "shipment", (-quantity, -quantity), order_id)

    def move(self, product_id: str, kind: str, delta: int, *, reason: str = "", movement_id: str = "") -> None:
        """A receipt or an adjustment of what is on hand."""
        self._move(product_id, kind, (delta, 0), None, reason=reason, movement_id=movement_id)

    def count(self, product_id: str, delta: int, at: datetime, *, count_id: str, reason: str = "") -> None:
        """What a count found ``at`` that moment; a ``delta`` of 0 marks the moment. The last of several makes it sound:
        none is looked at alone."""
        self._move(product_id, "adjustment", (delta, 0), None, reason=reason, at=at, count_id=count_id)

    def _move(
        self,
        product_id: str,
        kind: str,
        deltas: tuple[int, int],
        order_id: str | None,
        *,
        reason: str = "",
        movement_id: str = "",
        at: datetime | None = None,
        count_id: str | None = None,
    ) -> None:
        on_hand, reserved = deltas
        if not on_hand and not reserved and count_id is None:
            return
        level = self.levels[product_id]
        assert level is not None, "a movement of a product without a level"
        if count_id is None and (level.on_hand + on_hand < 0 or level.reserved + reserved < 0):
            raise ValueError(f"{kind} of {product_id} goes below nothing")
        level.on_hand += on_hand
        level.reserved += reserved
        level.updated_at = self.now
        self.changed.add(product_id)
        if on_hand > reserved:
            self.freed.add(product_id)
        self.strokes += 1
        self.movements.append(
            (
                self.warehouse_id,
                product_id,
                kind,
                on_hand,
                reserved,
                order_id,
                self.actor_id,
                reason,
                at or self.now,
                count_id,
                self.tenant_id,
                movement_id or new_id(),
            )
        )

    async def write(self, session: AsyncSession, changes: Changes) -> None:
        """The ledger and the levels, and the levels' rows for phones."""
        await session.flush()
        changed = [level for product_id in sorted(self.changed) if (level := self.levels[product_id]) is not None]
        await _FRESH.run(session, [self._row(level) for level in changed if level.product_id in self.fresh])
        known = [level for level in changed if level.product_id not in self.fresh]
        await _LEVELS.run(session, [self._update(level) for level in known])
        await _MOVEMENTS.run(session, self.movements)
        for level in changed:
            changes.put("stock", stock_row(level), STOCK)
        self.movements, self.changed, self.fresh = [], set(), set()

    def _row(self, level: Level) -> Row:
        key = (self.tenant_id, self.warehouse_id, level.product_id)
        return (*key, level.on_hand, level.reserved, level.expected_at, level.updated_at)

    def _update(self, level: Level) -> Row:
        values = (level.on_hand, level.reserved, level.expected_at, level.updated_at)
        return (*values, self.tenant_id, self.warehouse_id, level.product_id)


def stock_row(level: Level) -> rows.StockLevel:
    return rows.StockLevel(
        id=level.product_id,
        available=max(0, level.on_hand - level.reserved),
        as_of=level.updated_at,
        expected_at=level.expected_at,
    )


async def hold_stock(
    session: AsyncSession,
    tenant_id: str,
    product_ids: Collection[str],
    *,
    now: datetime,
    actor_id: str | None = None,
    held: HeldStock | None = None,
) -> HeldStock:
    """Lock the levels of ``product_ids``, in the order of their ids: before organisations and counters. ``held``:
    add to what is held already."""
    if held is None:
        warehouse_id = await queries.default_warehouse(session, tenant_id) or ""
        held = HeldStock(tenant_id, warehouse_id, now, actor_id)
    missing = set(product_ids).difference(held.levels)
    if missing:
        found = await queries.locked_levels(session, tenant_id, held.warehouse_id, missing) if held.warehouse_id else {}
        held.levels.update((product_id, found.get(product_id)) for product_id in missing)
    return held


async def held_stock(context: Context, product_ids: Collection[str]) -> HeldStock:
    """The stock of a push, one for all its commands, with these products locked too."""
    principal = context.principal
    held = await hold_stock(
        context.session,
        principal.tenant_id,
        product_ids,
        now=context.now,
        actor_id=principal.user_id or None,
        held=context.batch.get(HELD),
    )
    context.batch[HELD] = held
    return held


async def open_levels(session: AsyncSession, held: HeldStock, product_ids: Collection[str]) -> None:
    """Make the levels of held products that have none yet, and the warehouse if there is none at all."""
    if not held.warehouse_id:
        held.warehouse_id = new_id()
        session.add(
            Warehouse(tenant_id=held.tenant_id, id=held.warehouse_id, code="MAIN", name="Main", is_default=True)
        )
    for product_id in sorted(product_ids):
        if held.levels.get(product_id) is None:
            held.levels[product_id] = Level(product_id, 0, 0, None, held.now)
            held.changed.add(product_id)
            held.fresh.add(product_id)
            held.strokes += 1


async def receive(
    session: AsyncSession,
    tenant_id: str,
    quantities: Mapping[str, int],
    *,
    now: datetime,
    changes: Changes,
    reason: str = "",
) -> None:
    """Goods that came in, by product."""
    held = await hold_stock(session, tenant_id, quantities, now=now)
    await open_levels(session, held, quantities)
    for product_id, quantity in quantities.items():
        held.move(product_id, "receipt", quantity, reason=reason)
    await held.write(session, changes)


async def set_levels(
    session: AsyncSession,
    tenant_id: str,
    counted: Mapping[str, int],
    *,
    now: datetime,
    changes: Changes,
    expected: Mapping[str, date] | None = None,
    reason: str = "",
) -> None:
    """What was counted on hand, by product: the difference becomes an adjustment (a receipt where nothing was known).
    ``expected``: when more is to come."""
    held = await hold_stock(session, tenant_id, counted, now=now)
    fresh = {product_id for product_id in counted if held.levels[product_id] is None}
    await open_levels(session, held, counted)
    for product_id, quantity in counted.items():
        kind = "receipt" if product_id in fresh else "adjustment"
        held.move(product_id, kind, quantity - held.on_hand(product_id), reason=reason)
        level = held.levels[product_id]
        if expected is not None and level is not None and level.expected_at != expected.get(product_id):
            level.expected_at = expected.get(product_id)
            held.changed.add(product_id)
    await held.write(session, changes)
