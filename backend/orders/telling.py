"""Who is told on their devices that an order went on: the customer's buyers, and who placed it. Where something
happens because nobody said anything, or head office steps in, the customer's rep too."""

from collections.abc import Mapping, Sequence

from backend.identity import service as identity
from backend.orders.models import Order
from backend.push.service import notify
from backend.sync.commands import Context

# What is not here happens while the customer looks at it.
TOLD = frozenset({"on_hold", "approved", "partly_shipped", "shipped", "signed", "cancelled", "closed"})
_LAPSED = "price_lapsed"
# Nobody in the field brought these about.
REP_TOO = frozenset({"price_reminder", _LAPSED, "held", "released", "cut", "resent", "credited"})


async def tell_people(
    context: Context, orders: Sequence[Order], reps: Mapping[str, str], news: Mapping[str, str]
) -> None:
    """``orders`` are those whose status this push changed, or of which there is ``news`` (the last part of the text's
    key, by order); ``reps``: by organisation. One notification an order: the latest. Nobody is told what they did
    themselves."""
    told = {order: news.get(order.id) or _text(order) for order in orders if order.id in news or order.status in TOLD}
    await _tell(context, told, reps)


async def remind_people(context: Context, orders: Sequence[Order], reps: Mapping[str, str]) -> None:
    """Of orders that are let go of when nobody says anything about their new prices."""
    await _tell(context, dict.fromkeys(orders, "price_reminder"), reps)


def _text(order: Order) -> str:
    lapsed = order.status == "cancelled" and any(event["kind"] == _LAPSED for event in order.events)
    return _LAPSED if lapsed else order.status


async def _tell(context: Context, told: Mapping[Order, str], reps: Mapping[str, str]) -> None:
    """``told``: the last part of the text's key by order."""
    if not told:
        return
    tenant_id = context.principal.tenant_id
    organisations = {order.organisation_id for order in told}
    buyers = await identity.people_with(context.session, tenant_id, organisations, "order.place")
    for order, text in told.items():
        people = {*buyers.get(order.organisation_id, ()), order.placed_by}
        if text in REP_TOO:
            people.add(reps.get(order.organisation_id, ""))
        parcel = order.parcels[-1] if order.parcels and order.status in {"partly_shipped", "shipped"} else {}
        await notify(
            context.session,
            tenant_id,
            people - {context.principal.user_id, ""},
            f"order:{order.id}",
            f"push.order.{text}",
            {
                "number": order.number or "",
                "organisation": order.organisation_name,
                "parcel": " ".join(filter(None, (parcel.get("carrier", ""), parcel.get("tracking", "")))),
            },
            f"/orders/{order.id}",
        )
