"""Price lists, prices and their history.

A list's ``revision`` grows with every change of the list or of a price in it. A revision is current from ``since``
until the next one's ``since``; what was current at a moment can always be read back (``facts.priced_at``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Update, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import models, queries
from backend.catalog.facts import bump
from backend.catalog.rows import price_id, price_list_row, price_row
from backend.inputs import check_names, check_period, check_text
from backend.locking import locked_by_id
from backend.sync.changes import Changes, list_scope
from backend.sync.commands import Refused
from backend.turns import in_turns
from offline.rules.pricing import tier_faults
from offline.wire.commands import MAX_QUANTITY, PriceListSave
from offline.wire.rows import Tier

MAX_PRIORITY = 10**6
_SETTINGS = ("code", "name", "kind", "currency", "priority", "merge", "valid_from", "valid_until")


@dataclass(slots=True)
class PriceBook:
    """The price lists of a tenant in one transaction. Several changes of a list make one revision of it: nobody ever
    sees a state between."""

    session: AsyncSession
    tenant_id: str
    now: datetime
    changes: Changes
    begun: set[str] = field(default_factory=set)

    async def save_list(self, draft: PriceListSave) -> None:
        """Make or change a list. Refuses with ``code_taken`` {value}, ``currency_fixed`` {currency} (it has prices
        already), ``invalid`` {field}."""
        check_list(draft)
        taken = await queries.price_list_id_by_code(self.session, self.tenant_id, draft.code)
        if taken not in (None, draft.price_list):
            raise Refused("code_taken", value=draft.code)
        settings = {name: getattr(draft, name) for name in _SETTINGS}
        await queries.lock_catalogue(self.session, self.tenant_id)
        held = await locked_by_id(self.session, models.PriceList, self.tenant_id, {draft.price_list})
        row = held.get(draft.price_list)
        if row is None:
            await self._make(draft.price_list, settings)
            return
        if row.currency != draft.currency and await queries.has_prices(self.session, self.tenant_id, row.id):
            raise Refused("currency_fixed", currency=row.currency)
        if any(getattr(row, name) != value for name, value in settings.items()):
            await bump(self.session, self.tenant_id)
            for name, value in settings.items():
                setattr(row, name, value)
            await self._revise(row)

    async def save_prices(self, prices: Mapping[tuple[str, str], Sequence[Tier]]) -> None:
        """Set all tiers of products in lists, by (list id, product id); no tiers take the product out of the list.
        Refuses with ``price_list_unknown``, ``product_unknown`` or ``invalid`` {field}."""
        async for tiers in in_turns(prices.values()):
            check_tiers(tiers)
        list_ids, product_ids = {key[0] for key in prices}, {key[1] for key in prices}
        if len(await queries.product_ids(self.session, self.tenant_id, product_ids)) < len(product_ids):
            raise Refused("product_unknown")
        await queries.lock_catalogue(self.session, self.tenant_id)
        lists = await locked_by_id(self.session, models.PriceList, self.tenant_id, list_ids)
        if len(lists) < len(list_ids):
            raise Refused("price_list_unknown")
        current = await queries.current_price_rows(self.session, self.tenant_id, list_ids, product_ids)
        wanted = {key: _stored(tiers) for key, tiers in prices.items()}
        changed = {key: new for key, new in wanted.items() if new != (current[key].tiers if key in current else [])}
        if changed:
            await bump(self.session, self.tenant_id)
        for list_id in sorted({key[0] for key in changed}):
            await self._revise(lists[list_id])
        async for key, new in in_turns(changed.items()):
            self._set(lists[key[0]], key[1], current.get(key), new)
        await self.session.flush()

    async def _make(self, list_id: str, settings: Mapping[str, Any]) -> None:
        await bump(self.session, self.tenant_id)
        row = models.PriceList(tenant_id=self.tenant_id, id=list_id, revision=1, updated_at=self.now, **settings)
        self.begun.add(list_id)
        self.session.add_all((row, _opened(row)))
        self.changes.put("price_list", price_list_row(row), list_scope(list_id))
        self.changes.access = True
        await self.session.flush()

    async def _revise(self, row: models.PriceList) -> None:
        """Give ``row``, whose columns are changed and which is locked, its revision of this transaction."""
        if row.id in self.begun:
            await self.session.flush()
            await self.session.execute(_revision(row, row.revision).values(doc=_doc(row)))
        else:
            self.begun.add(row.id)
            # Never before the revision it follows, whatever another machine's clock said.
            row.updated_at = max(self.now, row.updated_at)
            row.revision += 1
            await self.session.flush()
            await self.session.execute(_revision(row, row.revision - 1).values(until=row.updated_at))
            self.session.add(_opened(row))
            await self.session.flush()
        self.changes.put("price_list", price_list_row(row), list_scope(row.id))

    def _set(
        self, price_list: models.PriceList, product_id: str, current: models.Price | None, tiers: list[Any]
    ) -> None:
        if current is not None and current.from_revision == price_list.revision:
            current.tiers = tiers
        else:
            if current is not None:
                current.until_revision, current.until = price_list.revision, price_list.updated_at
            self.session.add(_priced(price_list, product_id, tiers))
        if tiers:
            self.changes.put("price", price_row(price_list.id, product_id, tiers), list_scope(price_list.id))
        else:
            self.changes.delete("price", price_id(price_list.id, product_id))


def check_list(draft: PriceListSave) -> None:
    check_names("name", draft.name)
    check_text("code", draft.code)
    if abs(draft.priority) > MAX_PRIORITY:
        raise Refused("invalid", field="priority")
    check_period(draft.valid_from, draft.valid_until)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """The rule phones go by, and quantities that can be ordered."""
    if tier_faults(tiers) or any(tier.quantity > MAX_QUANTITY for tier in tiers):
        raise Refused("invalid", field="tiers")


def _doc(row: models.PriceList) -> dict[str, Any]:
    doc: dict[str, Any] = msgspec.to_builtins(price_list_row(row))
    return doc


def _opened(row: models.PriceList) -> models.PriceListRevision:
    return models.PriceListRevision(
        tenant_id=row.tenant_id, price_list_id=row.id, revision=row.revision, since=row.updated_at, doc=_doc(row)
    )


def _revision(row: models.PriceList, revision: int) -> Update:
    return update(models.PriceListRevision).where(
        models.PriceListRevision.tenant_id == row.tenant_id,
        models.PriceListRevision.price_list_id == row.id,
        models.PriceListRevision.revision == revision,
    )


def _priced(price_list: models.PriceList, product_id: str, tiers: list[Any]) -> models.Price:
    return models.Price(
        tenant_id=price_list.tenant_id,
        price_list_id=price_list.id,
        product_id=product_id,
        from_revision=price_list.revision,
        since=price_list.updated_at,
        tiers=tiers,
    )


def _stored(tiers: Sequence[Tier]) -> list[Any]:
    ordered = sorted(tiers, key=lambda tier: tier.quantity)
    return [{"quantity": tier.quantity, "unit_price": format(tier.unit_price, "f")} for tier in ordered]
