"""What pricing an order needs of the catalogue, read in bulk and kept while nothing changes.

A ``Catalogue`` belongs to one version of one tenant. Every change bumps the version in its own transaction, so whoever
read version 7 and finds 7 again may go on using what was read since.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries
from backend.catalog.models import CatalogueVersion
from backend.catalog.rows import (
    assortment_row,
    category_row,
    price_list_row,
    price_row,
    product_row,
    promotion_row,
)
from backend.db import insert_into
from backend.sync.commands import Context
from offline.wire import rows

MAX_PRICES = 200_000
MAX_TENANTS = 64
_BATCH = "catalogue"
CATALOGUES = "catalogues"
"""Key in a session's ``info``: where a process keeps its ``Catalogues``. Without it every push reads anew."""

Pair = tuple[str, str]


@dataclass(slots=True, eq=False)
class Catalogue:
    """Rows by id, prices by (list, product); None says that there is no such row."""

    tenant_id: str
    version: int
    products: dict[str, rows.Product | None] = field(default_factory=dict)
    prices: dict[Pair, rows.Price | None] = field(default_factory=dict)
    price_lists: dict[str, rows.PriceList] = field(default_factory=dict)
    assortments: dict[str, rows.Assortment] = field(default_factory=dict)
    categories: dict[str, rows.Category] = field(default_factory=dict)
    promotions: tuple[rows.Promotion, ...] = ()
    gifts: frozenset[str] = frozenset()
    """Products that promotions may add to an order."""
    loaded: bool = False

    async def load_small(self, session: AsyncSession) -> None:
        """Everything a tenant has few of."""
        if self.loaded:
            return
        lists = await queries.price_lists(session, self.tenant_id)
        self.price_lists = {id_: price_list_row(row) for id_, row in lists.items()}
        assortments = await queries.assortments(session, self.tenant_id)
        self.assortments = {id_: assortment_row(row) for id_, row in assortments.items()}
        categories = await queries.categories(session, self.tenant_id)
        self.categories = {id_: category_row(row) for id_, row in categories.items()}
        self.promotions = tuple(promotion_row(row) for row in await queries.promotions(session, self.tenant_id))
        named = (row.reward.product for row in self.promotions if row.active)
        self.gifts = frozenset(product for product in named if product is not None)
        self.loaded = True

    async def load_products(self, session: AsyncSession, ids: Iterable[str]) -> None:
        missing = set(ids).difference(self.products)
        if missing:
            found = {row.id: product_row(row) for row in await queries.plain_products(session, self.tenant_id, missing)}
            # Only now that all is there: other pushes of this process use these mappings too.
            self.products.update((id_, found.get(id_)) for id_ in missing)

    async def load_prices(self, session: AsyncSession, pairs: Iterable[Pair]) -> None:
        missing = set(pairs).difference(self.prices)
        if not missing:
            return
        list_ids, product_ids = {pair[0] for pair in missing}, {pair[1] for pair in missing}
        tiers = await queries.current_tiers(session, self.tenant_id, list_ids, product_ids)
        found = {(row[0], row[1]): price_row(*row) for row in tiers}
        # As above; and a price between the lists and products of others is as good as one that was asked for.
        self.prices.update((pair, found.get(pair)) for pair in missing.union(found))


class Catalogues:
    """The catalogues of one process, one a tenant, the least lately used dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Catalogue] = OrderedDict()

    def at(self, tenant_id: str, version: int) -> Catalogue:
        kept = self._kept.get(tenant_id)
        # A catalogue is never emptied under a push that is using it: it is let go and a new one begun.
        if kept is None or kept.version != version or len(kept.prices) > MAX_PRICES:
            kept = self._kept[tenant_id] = Catalogue(tenant_id, version)
        self._kept.move_to_end(tenant_id)
        while len(self._kept) > MAX_TENANTS:
            self._kept.popitem(last=False)
        return kept


async def catalogue_of(context: Context) -> Catalogue:
    """The catalogue as this push sees it: shared with other pushes until this one changes something itself."""
    known = context.batch.get(_BATCH)
    if isinstance(known, Catalogue):
        return known
    tenant_id = context.principal.tenant_id
    version = await queries.version(context.session, tenant_id)
    shared = context.session.info.get(CATALOGUES)
    found = shared.at(tenant_id, version) if isinstance(shared, Catalogues) else Catalogue(tenant_id, version)
    context.batch[_BATCH] = found
    return found


async def catalogue_changed(context: Context) -> None:
    """From now on this push reads what it wrote itself, which nobody else may see before it is committed."""
    await context.session.flush()
    context.batch[_BATCH] = Catalogue(context.principal.tenant_id, version=-1)


async def bump(session: AsyncSession, tenant_id: str) -> int:
    """The tenant's next catalogue version; its row stays locked until the transaction ends."""
    statement = insert_into(session, CatalogueVersion).values(tenant_id=tenant_id, version=1)
    upsert: Insert = statement.on_conflict_do_update(
        index_elements=["tenant_id"], set_={"version": CatalogueVersion.version + 1}
    )
    found = await session.scalar(upsert.returning(CatalogueVersion.version))
    assert isinstance(found, int)
    return found


async def priced_at(
    session: AsyncSession,
    tenant_id: str,
    list_ids: Collection[str],
    product_ids: Collection[str],
    at: datetime,
) -> tuple[dict[str, rows.PriceList], dict[Pair, rows.Price]]:
    """The price lists and the prices of ``product_ids`` in them as they were at ``at``."""
    docs = await queries.price_list_docs_at(session, tenant_id, list_ids, at)
    lists = {row.id: row for row in msgspec.convert(docs, list[rows.PriceList])}
    tiers = await queries.tiers_at(session, tenant_id, list_ids, product_ids, at)
    return lists, {(list_id, product_id): price_row(list_id, product_id, kept) for list_id, product_id, kept in tiers}
