"""A partner's shelf in a test: what the phone would send for it, and what the server makes of it."""

from datetime import datetime, timedelta
from typing import Any

from offline.ids import derived_id, new_id
from offline.wire import counts as wire
from tests.shop import Shop


def stock_id(shop: Shop, sku: str, code: str = "SHOP") -> str:
    return derived_id("partner_stock", shop.organisation(code), shop.products[sku])


async def book(shop: Shop, sku: str, code: str = "SHOP") -> wire.PartnerStock:
    row, scopes = await shop.feed("partner_stock", stock_id(shop, sku, code), wire.PartnerStock)
    assert isinstance(row, wire.PartnerStock)
    assert scopes == {f"org:{shop.organisation(code)}"}
    return row


def move(shop: Shop, sku: str, delta: int, kind: Any = "manual", **more: Any) -> wire.PartnerStockMove:
    settings: dict[str, Any] = {"organisation": shop.organisation("SHOP")}
    return wire.PartnerStockMove(
        movement=new_id(), product=shop.products[sku], kind=kind, delta=delta, **(settings | more)
    )


def line(shop: Shop, sku: str, observed: int, *, base: int = 0, at: datetime | None = None) -> wire.CountedLine:
    part = wire.CountedPart(packs={"": observed})
    return wire.CountedLine(
        product=shop.products[sku], parts=(part,), observed=observed, base_seq=base, counted_at=at or shop.now
    )


def submit(shop: Shop, *lines: wire.CountedLine, **more: Any) -> wire.CountSubmit:
    settings: dict[str, Any] = {"count": new_id(), "organisation": shop.organisation("SHOP")}
    return wire.CountSubmit(lines=lines, **(settings | more))


async def count(shop: Shop, count_id: str) -> wire.Count:
    row, scopes = await shop.feed("count", count_id, wire.Count)
    assert isinstance(row, wire.Count)
    assert scopes == {"desk", f"org:{row.organisation}"}
    return row


async def review(shop: Shop, count_id: str) -> wire.CountReview:
    row, scopes = await shop.feed("count_review", count_id, wire.CountReview)
    assert isinstance(row, wire.CountReview)
    assert scopes == {"desk"}
    return row


async def opened(shop: Shop, sku: str, quantity: int) -> None:
    """The book begins with ``quantity``, an hour passes."""
    await shop.done("shop", move(shop, sku, quantity, "opening"))
    shop.now += timedelta(hours=1)


async def tolerate(shop: Shop, units: int = 0, **more: Any) -> None:
    await shop.done("hq", wire.CountConfigure(units=units, **more))
