"""The brand's data as tables that an import reads again."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from backend.catalog import queries as catalog
from backend.catalog.rows import assortment_row, brief, price_list_row, product_row
from backend.identity import queries as identity
from backend.identity.service import brand_of
from backend.importing.cells import MAX_TEXT
from backend.importing.mapping import Kind
from backend.importing.tables import Cell
from backend.orders import models as orders
from backend.orders.service import order_row
from backend.partners.models import Organisation
from backend.partners.service import organisation_row
from backend.stock import models as stock
from offline.money import quantise
from offline.rules.settling import charged
from offline.wire.rows import Names, OrderLine

_PART = 500


@dataclass(frozen=True, slots=True)
class Export:
    """All rows are in memory but those of orders, of which there are many: they come as they are read."""

    headers: tuple[str, ...]
    rows: AsyncIterator[Sequence[Cell]]

    def emptied(self) -> "Export":
        """The headings alone."""
        return Export(self.headers, _each(()))


async def export_table(session: AsyncSession, tenant_id: str, kind: Kind) -> Export:
    """The table that ``import`` reads with the mapping shipped for ``kind``."""
    match kind:
        case "products":
            return await _products(session, tenant_id)
        case "assortments":
            return await _assortments(session, tenant_id)
        case "partners":
            return await _partners(session, tenant_id)
        case "price-lists":
            return await _price_lists(session, tenant_id)
        case "stock":
            return await _stock(session, tenant_id)
        case "orders":
            return Export(_ORDER_HEADERS, _orders(session, tenant_id))


async def _each(rows: Sequence[Sequence[Cell]]) -> AsyncIterator[Sequence[Cell]]:
    for row in rows:
        yield row


def _tags(names: Sequence[Names]) -> tuple[str, ...]:
    """The languages there are: Chinese and English always, and first."""
    return tuple(dict.fromkeys(("zh", "en", *sorted(tag for each in names for tag in each))))


def _spread(field: str, tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{field}_{tag}" for tag in tags)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def _products(session: AsyncSession, tenant_id: str) -> Export:
    found = [product_row(row) for row in await catalog.all_products(session, tenant_id)]
    found.sort(key=lambda row: (row.sort, row.sku))
    categories = await catalog.categories(session, tenant_id)
    shown: Mapping[str | None, Names] = {id_: row.name for id_, row in categories.items()}
    name, unit, spec = (_tags([getattr(row, each) for row in found]) for each in ("name", "unit", "spec"))
    category = _tags(list(shown.values()))
    headers = (
        "sku",
        *_spread("name", name),
        *_spread("unit", unit),
        *_spread("category", category),
        "brand",
        *_spread("spec", spec),
        *(
            "barcodes",
            "packs",
            "minimum",
            "multiple",
            "tax_rate",
            "status",
            "available_from",
            "image",
            "sort",
            "lot_tracked",
        ),
    )
    return Export(
        headers,
        _each(
            [
                (
                    row.sku,
                    *(row.name.get(tag) for tag in name),
                    *(row.unit.get(tag) for tag in unit),
                    *(shown.get(row.category, {}).get(tag) for tag in category),
                    row.brand,
                    *(row.spec.get(tag) for tag in spec),
                    "; ".join(row.barcodes),
                    _json(row.packs),
                    row.minimum,
                    row.multiple,
                    _percent(row.tax_rate),
                    row.status,
                    row.available_from,
                    row.image,
                    row.sort,
                    "yes" if row.lot_tracked else "no",
                )
                for row in found
            ]
        ),
    )


async def _assortments(session: AsyncSession, tenant_id: str) -> Export:
    """Who holds them is in the table of partners. A list that is too long for a cell goes on in rows below."""
    found = [assortment_row(row) for row in (await catalog.assortments(session, tenant_id)).values()]
    found.sort(key=lambda row: row.code)
    skus = {row.id: row.sku for row in await catalog.all_products(session, tenant_id)}
    categories = {id_: row.name for id_, row in (await catalog.categories(session, tenant_id)).items()}
    shown = {id_: name.get("zh") or next(iter(name.values())) for id_, name in categories.items()}
    tags = _tags([row.name for row in found])
    table: list[Sequence[Cell]] = []
    for row in found:
        lists = [
            _parts([by[each] for each in ids if each in by])
            for by, ids in ((skus, row.products), (shown, row.categories), (skus, row.excluded))
        ]
        names = tuple(row.name.get(tag) for tag in tags)
        for place, cells in enumerate(zip_longest(*lists)):
            about = (*names, row.everything) if place == 0 else (*(None for _ in tags), None)
            period = (row.valid_from, row.valid_until) if place == 0 else (None, None)
            table.append((row.code, *about, *cells, *period))
    headers = ("code", *_spread("name", tags), "everything", *("products", "categories", "excluded"))
    return Export((*headers, "valid_from", "valid_until"), _each(table))


def _parts(items: Sequence[str]) -> list[str]:
    """Lists that a cell holds each, at least one."""
    parts = [""]
    for item in items:
        longer = f"{parts[-1]}; {item}" if parts[-1] else item
        if len(longer) <= MAX_TEXT:
            parts[-1] = longer
        else:
            parts.append(item)
    return parts


async def _partners(session: AsyncSession, tenant_id: str) -> Export:
    statement = select(Organisation).where(Organisation.tenant_id == tenant_id).order_by(Organisation.code)
    found = [(row.parent_id, organisation_row(row)) for row in await session.scalars(statement)]
    codes = {row.id: row.code for _, row in found}
    lists = {id_: row.code for id_, row in (await catalog.price_lists(session, tenant_id)).items()}
    ranges = {id_: row.code for id_, row in (await catalog.assortments(session, tenant_id)).items()}
    # Without the brand's code, so that another brand can read it.
    logins = {user.id: user.login.partition("@")[0] for user in await identity.users(session, tenant_id)}
    tags = _tags([row.name for _, row in found])
    place = ("line", "city", "region", "contact", "phone", "latitude", "longitude", "fence_radius")
    headers = (
        *("code", *_spread("name", tags), "type", "parent", "status", "blocked_reason", "group", "territory", "rep"),
        *(f"address_{each}" for each in place),
        *("more_addresses", "payment_days", "credit_limit", "price_lists", "assortments"),
    )
    return Export(
        headers,
        _each(
            [
                (
                    row.code,
                    *(row.name.get(tag) for tag in tags),
                    row.type,
                    codes.get(parent or ""),
                    row.status,
                    row.blocked_reason,
                    row.group,
                    row.territory,
                    logins.get(row.rep or ""),
                    *(getattr(row.addresses[0], each) if row.addresses else None for each in place),
                    _json(row.addresses[1:]) if len(row.addresses) > 1 else None,
                    row.payment_days,
                    row.credit_limit,
                    "; ".join(lists[each] for each in row.price_lists if each in lists),
                    "; ".join(ranges[each] for each in row.assortments if each in ranges),
                )
                for parent, row in found
            ]
        ),
    )


async def _price_lists(session: AsyncSession, tenant_id: str) -> Export:
    lists = {id_: price_list_row(row) for id_, row in (await catalog.price_lists(session, tenant_id)).items()}
    skus = {row.id: row.sku for row in await catalog.all_products(session, tenant_id)}
    prices = await catalog.current_tiers(session, tenant_id, set(lists), set(skus))
    prices.sort(key=lambda price: (lists[price[0]].code, skus[price[1]]))
    tags = _tags([row.name for row in lists.values()])
    about = ("kind", "currency", "priority", "merge", "valid_from", "valid_until")
    headers = ("price_list", *_spread("name", tags), *about, "sku", "from_quantity", "unit_price")
    return Export(
        headers,
        _each(
            [
                (
                    lists[list_id].code,
                    *(lists[list_id].name.get(tag) for tag in tags),
                    *(getattr(lists[list_id], each) for each in about),
                    skus[product_id],
                    tier["quantity"],
                    _price(Decimal(tier["unit_price"]), lists[list_id].currency),
                )
                for list_id, product_id, tiers in prices
                for tier in tiers
            ]
        ),
    )


def _price(price: Decimal, currency: str) -> Decimal:
    """With its currency's digits at least: a column of 5.2, 5.04 and 13 is hard to read down."""
    whole = quantise(price, currency)
    return whole if whole == price else brief(price)


def _percent(rate: Decimal) -> str:
    """``13%`` for 0.13, as people say it. With its sign, for a bare 0.5 is read as half."""
    return f"{brief(rate * 100):f}%"


async def _stock(session: AsyncSession, tenant_id: str) -> Export:
    skus = {row.id: row.sku for row in await catalog.all_products(session, tenant_id)}
    statement = select(stock.StockLevel).where(stock.StockLevel.tenant_id == tenant_id)
    levels = [row for row in await session.scalars(statement) if row.product_id in skus]
    levels.sort(key=lambda row: skus[row.product_id])
    return Export(
        ("sku", "on_hand", "expected_at"),
        _each([(skus[row.product_id], row.on_hand, row.expected_at) for row in levels]),
    )


_ORDER_HEADERS = (
    *("number", "customer", "placed_at", "status", "sku", "quantity", "unit_price", "discount", "tax_rate"),
    *("placed_by", "note"),
)


def _charged(row: orders.Order, *, included: bool) -> Iterator[tuple[OrderLine | orders.OrderLine, int, Decimal]]:
    """Lines with how many units are charged and their net, but for those of which nothing is."""
    if row.credits:
        found = charged(order_row(row), included=included)
        yield from (each for each in found if each[1])
    else:
        yield from ((each, each.quantity, quantise(each.net, row.currency)) for each in row.lines if each.quantity)


async def _orders(session: AsyncSession, tenant_id: str) -> AsyncIterator[Sequence[Cell]]:
    """Oldest first, a part at a time; of each line what is charged."""
    included = (await brand_of(session, tenant_id)).prices_include_tax
    after = ""
    while True:
        statement = (
            select(orders.Order)
            .where(orders.Order.tenant_id == tenant_id, orders.Order.number > after)
            .options(selectinload(orders.Order.lines))
            .order_by(orders.Order.number)
            .limit(_PART)
        )
        found = (await session.scalars(statement)).all()
        for row in found:
            for line, quantity, net in _charged(row, included=included):
                goods = quantise(line.unit_price * quantity, row.currency)
                yield (
                    row.number,
                    row.organisation_code,
                    row.placed_at,
                    row.status,
                    line.sku,
                    quantity,
                    _price(line.unit_price, row.currency),
                    goods - net,
                    _percent(line.tax_rate),
                    row.placed_by_name,
                    row.note,
                )
        if len(found) < _PART:
            return
        after = found[-1].number or ""
        session.expunge_all()
