"""Partners' stock over HTTP: reading only. What changes it are commands, pushed."""

from typing import Annotated

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from backend.http.given import Session, Who
from backend.stock.reading import partner_ledger, partner_stock
from offline.wire.counts import PartnerMovementView, PartnerStock


@get("/partner-stock/{organisation_id:str}", summary="What a partner has of each product")
async def list_partner_stock(
    organisation_id: FromPath[str], session: Session, principal: Who
) -> tuple[PartnerStock, ...]:
    return await partner_stock(session, principal, organisation_id)


@get("/partner-stock/{organisation_id:str}/{product_id:str}/movements", summary="How a partner came to have it")
async def list_partner_movements(
    organisation_id: FromPath[str],
    product_id: FromPath[str],
    session: Session,
    principal: Who,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> tuple[PartnerMovementView, ...]:
    """The latest first, by when they happened."""
    return await partner_ledger(session, principal, organisation_id, product_id, limit)


stock_router = Router("/api", route_handlers=[list_partner_stock, list_partner_movements], tags=["stock"])
