"""Who is told on their devices that an order went on: the customer's buyers, and who placed it."""

from collections.abc import Sequence

from backend.identity import service as identity
from backend.orders.models import Order
from backend.push.service import notify
from backend.sync.commands import Context

# What is not here happens while the customer looks at it.
TOLD = frozenset({"on_hold", "approved", "partly_shipped", "shipped", "signed", "cancelled", "closed"})


async def tell_people(context: Context, orders: Sequence[Order]) -> None:
    """``orders`` are those whose status this push changed. One notification an order: the latest. Nobody is told what
    they did themselves."""
    told = [order for order in orders if order.status in TOLD]
    if not told:
        return
    tenant_id = context.principal.tenant_id
    organisations = {order.organisation_id for order in told}
    buyers = await identity.people_with(context.session, tenant_id, organisations, "order.place")
    for order in told:
        people = {*buyers.get(order.organisation_id, ()), order.placed_by} - {context.principal.user_id, ""}
        parcel = order.parcels[-1] if order.parcels and order.status in {"partly_shipped", "shipped"} else {}
        await notify(
            context.session,
            tenant_id,
            people,
            f"order:{order.id}",
            f"push.order.{order.status}",
            {
                "number": order.number or "",
                "organisation": order.organisation_name,
                "parcel": " ".join(filter(None, (parcel.get("carrier", ""), parcel.get("tracking", "")))),
            },
            f"/orders/{order.id}",
        )
