"""Small worlds written down briefly: what vectors and tests hand to the rules.

A world is JSON with the fields of the rows, left out where they don't matter; prices are written as in a price book,
``{"DEFAULT": {"A": "9@1 8@2 6@5"}}`` (price@from-quantity by list and product). Runs in CPython and in Pyodide.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from offline.rules.facts import Facts
from offline.wire.rows import (
    AssignedList,
    Assortment,
    Brand,
    Category,
    Organisation,
    Price,
    PriceList,
    Product,
    Promotion,
    Row,
    Tier,
)

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Noon in Shanghai: when nothing else is said, it is then."""

Document = dict[str, Any]
R = TypeVar("R", bound=Row)


def facts_of(world: Document) -> Facts:
    """The facts a written world stands for. Lists count in the order of ``price_lists`` unless the organisation's
    ``applicable`` says how far away each is."""
    lists = [_list(row) for row in world.get("price_lists", [])]
    organisation: Document = {"id": "o", "code": "o", "name": {}, "type": "shop"} | world.get("organisation", {})
    organisation.setdefault("applicable", [AssignedList(row.id, 0) for row in lists])
    brand: Document = {"id": "b", "code": "b", "name": {}, "currency": "CNY"} | world.get("brand", {})
    organisation.setdefault("currency", brand["currency"])
    products = [
        {"sku": row["id"], "name": {}, "unit": {}, "barcodes": [], **row} for row in _with_id(world.get("products", []))
    ]
    return Facts(
        brand=msgspec.convert(brand, Brand),
        organisation=msgspec.convert(organisation, Organisation),
        products=_by_id(msgspec.convert(products, list[Product])),
        price_lists=_by_id(lists),
        prices=_prices(world.get("prices", {})),
        promotions=tuple(_promotion(row) for row in world.get("promotions", [])),
        assortments=_by_id(
            [msgspec.convert({"name": {}, **row}, Assortment) for row in world.get("assortments", [])],
        ),
        categories=_by_id([msgspec.convert({"name": {}, **row}, Category) for row in world.get("categories", [])]),
    )


def tiers_of(text: str) -> tuple[Tier, ...]:
    """``9@1 8@2`` as tiers."""
    return tuple(Tier(int(quantity), Decimal(price)) for price, quantity in (tier.split("@") for tier in text.split()))


def _with_id(rows: list[Any]) -> list[Document]:
    return [row if isinstance(row, dict) else {"id": row} for row in rows]


def _list(row: Document) -> PriceList:
    full = {"code": row["id"], "name": {}, "kind": "base", "currency": "CNY", "revision": 1, **row}
    return msgspec.convert(full, PriceList)


def _promotion(row: Document) -> Promotion:
    return msgspec.convert({"code": row["id"], "name": {}, **row}, Promotion)


def _prices(book: dict[str, dict[str, str]]) -> dict[tuple[str, str], Price]:
    return {
        (list_id, product): Price(id=f"{list_id}/{product}", price_list=list_id, product=product, tiers=tiers_of(text))
        for list_id, page in book.items()
        for product, text in page.items()
    }


def _by_id(rows: list[R]) -> dict[str, R]:
    return {row.id: row for row in rows}
