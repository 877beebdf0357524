"""Orders over HTTP, for programs of others: reading only. What changes orders are commands, pushed."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from backend.http.given import Session, Who
from backend.orders.schemas import OrderPage
from backend.orders.service import follow_orders, read_order
from offline.wire.rows import Order, OrderStatus

_SINCE = "Only orders changed at this time (with a zone) or later; a cursor wins over it"


@get("/orders", summary="Follow the orders one may see, in the order they were last changed")
async def list_orders(  # noqa: PLR0917 - Litestar gives them by name
    session: Session,
    principal: Who,
    status: Annotated[list[OrderStatus] | None, QueryParameter(description="May be given several times")] = None,
    since: Annotated[datetime | None, QueryParameter(description=_SINCE)] = None,
    cursor: Annotated[str, QueryParameter(max_length=200, description="From the answer before")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> OrderPage:
    """An order that changes comes again, and once more when it leaves phones for its age. None is passed by: the
    order is that of the commits. For every change without polling, there is the sync protocol."""
    return await follow_orders(session, principal, statuses=status or (), since=since, cursor=cursor, limit=limit)


@get("/orders/{order_id:str}", summary="Read an order")
async def show_order(order_id: FromPath[str], session: Session, principal: Who) -> Order:
    return await read_order(session, principal, order_id)


orders_router = Router("/api", route_handlers=[list_orders, show_order], tags=["orders"])
