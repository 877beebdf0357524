"""The demo's stock: plenty while its history runs, then what a real warehouse looks like on a working day."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.demo.catalogue import Good
from backend.stock.service import hold_stock, receive, set_levels
from backend.sync.changes import Changes

_SEED = 20260717
_ALWAYS_OUT = "JR-0500-"
_NEVER_OUT = {"QS-0450-LM", "MT-0200-WW", "XG-1000-OR", "YX-0006-OG", "BY-0120-MT", "MY-0250-WH", "MT-0100-WW"}
_PLENTY = 400_000


async def open_stock(
    session: AsyncSession, tenant_id: str, goods: Sequence[Good], now: datetime, changes: Changes
) -> None:
    """Enough of everything for half a year."""
    await receive(
        session, tenant_id, {good.draft.product: _PLENTY for good in goods}, now=now, changes=changes, reason="期初入库"
    )


def sold_out(goods: Sequence[Good]) -> list[Good]:
    """What is out of stock today, and has been for some days."""
    chance = random.Random(_SEED)
    drawn = [(good, chance.random() < 0.04) for good in goods]
    return [
        good
        for good, out in drawn
        if good.draft.sku not in _NEVER_OUT and (out or good.draft.sku.startswith(_ALWAYS_OUT + "LV"))
    ]


async def settle_stock(
    session: AsyncSession, tenant_id: str, goods: Sequence[Good], now: datetime, changes: Changes
) -> None:
    """Count the warehouse: what is reserved is there, the rest as the goods turn; most of what is out is on its
    way."""
    chance = random.Random(_SEED + 1)
    out = {good.draft.product for good in sold_out(goods)}
    held = await hold_stock(session, tenant_id, [good.draft.product for good in goods], now=now)
    counted, expected = {}, {}
    for good in goods:
        id_ = good.draft.product
        level = held.levels[id_]
        reserved = level.reserved if level is not None else 0
        if id_ in out:
            counted[id_] = reserved
            if chance.random() < 0.85:
                expected[id_] = (now + timedelta(days=chance.randrange(2, 18))).date()
            continue
        cases = chance.lognormvariate(3.2, 0.9) * (0.3 + min(good.popularity, 3.0))
        low = chance.random() < 0.07
        free = chance.randrange(1, good.case + 2) if low else max(1, int(cases)) * good.case
        counted[id_] = reserved + (0 if good.draft.status == "withdrawn" else free)
    await set_levels(session, tenant_id, counted, now=now, changes=changes, expected=expected, reason="月度盘点")
