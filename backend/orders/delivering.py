"""Parcels: shipped out of what is reserved, signed for by the customer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.inputs import check_day, check_text
from backend.media import service as media
from backend.orders import queries
from backend.orders.models import Order, OrderLine
from backend.orders.rows import order_row
from backend.orders.sitting import Sitting, add_event, order_to_change
from backend.stock import service as stock
from backend.sync.changes import DESK, Changes, org_scope
from backend.sync.commands import Context, Refused
from offline.rules import statuses
from offline.rules.parcels import arrived, wrong_lacking, wrong_lots
from offline.wire import rows
from offline.wire.commands import OrderShip, OrderSign, ShippedLot


@dataclass(frozen=True, slots=True)
class _Packed:
    """``quantity`` of a line goes into a parcel; ``fresh`` of it was backordered and is there now."""

    line: OrderLine
    quantity: int
    fresh: int


async def ship_order(context: Context, command: OrderShip) -> None:
    """One parcel. What was backordered is shipped when it has come in meanwhile. Refuses with

    order_unknown, order_status {status}
    parcel_exists  the order has a parcel with this id
    line_unknown   {lines}
    lots_wrong     {lines, products} see ``parcels.wrong_lots``
    not_reserved   {lines, products, available} more than can be shipped of these lines now
    invalid        {field}
    """
    sitting, order = await order_to_change(context, command)
    check_text("carrier", command.carrier, command.tracking)
    _check_lots(order, command)
    if order.status not in {"approved", "partly_shipped"}:
        raise Refused("order_status", status=order.status)
    if any(parcel["id"] == command.parcel for parcel in order.parcels):
        raise Refused("parcel_exists")
    packed = _pack(sitting, order, command)

    for each in packed:
        line = each.line
        if each.fresh:
            sitting.stock.reserve(line.product_id, each.fresh, order.id)
        sitting.stock.ship(line.product_id, each.quantity, order.id)
        line.reserved += each.fresh - each.quantity
        line.backordered -= each.fresh
        line.shipped += each.quantity
    parcel = rows.Parcel(
        id=command.parcel,
        carrier=command.carrier,
        tracking=command.tracking,
        lines=dict(command.lines),
        shipped_at=context.now,
        lots={line_id: tuple(map(_lot, parts)) for line_id, parts in command.lots.items()},
    )
    order.parcels = [*order.parcels, msgspec.to_builtins(parcel)]
    order.status = statuses.shipped_status(cast("list[rows.OrderLine]", order.lines))
    data = {"parcel": parcel.id, "carrier": parcel.carrier, "tracking": parcel.tracking}
    add_event(context, order, order.status, data=data)
    sitting.count(order)
    sitting.touch(order, context)


def _check_lots(order: Order, command: OrderShip) -> None:
    for part in (part for parts in command.lots.values() for part in parts):
        check_text("lot", part.lot)
        check_day("expires_on", part.expires_on)
    if wrong := wrong_lots(command.lines, command.lots):
        products = [line.sku for line in order.lines if line.id in wrong]
        raise Refused("lots_wrong", lines=list(wrong), products=products)


def _lot(part: ShippedLot) -> rows.ParcelLot:
    return rows.ParcelLot(lot=part.lot, quantity=part.quantity, expires_on=part.expires_on)


def _pack(sitting: Sitting, order: Order, command: OrderShip) -> list[_Packed]:
    """Changes nothing yet."""
    lines = {line.id: line for line in order.lines}
    unknown = sorted(set(command.lines).difference(lines))
    if unknown:
        raise Refused("line_unknown", lines=unknown)
    held = sitting.stock
    products = {lines[line_id].product_id for line_id in command.lines}
    free = {product: held.available(product) for product in products}
    there = {product: held.on_hand(product) for product in products}
    packed: list[_Packed] = []
    short: list[tuple[OrderLine, int]] = []
    for line_id, quantity in sorted(command.lines.items()):
        line = lines[line_id]
        fresh = max(0, quantity - line.reserved)
        most = min(line.reserved + min(line.backordered, free[line.product_id]), there[line.product_id])
        if quantity > most:
            short.append((line, most))
            continue
        free[line.product_id] -= fresh
        there[line.product_id] -= quantity
        packed.append(_Packed(line, quantity, fresh))
    if short:
        raise Refused(
            "not_reserved",
            lines=[line.id for line, _ in short],
            products=[line.sku for line, _ in short],
            available=[str(most) for _, most in short],
        )
    return packed


async def sign_order(context: Context, command: OrderSign) -> None:
    """The customer has a parcel, or all that are on the way. Refuses with ``order_unknown``, ``order_status``
    {status}, ``parcel_unknown``, ``nothing_to_sign``: it is signed for already, or ``lacking_wrong`` {lines, products}:
    more lacks than was in it; ``invalid`` {field} and as ``media.attach`` does. What lacks is not in the customer's
    stock, and head office's to settle with them: the order's sum stays as it is. A name that could not be read may be
    written again, which changes nothing else."""
    sitting, order = await order_to_change(context, command)
    check_text("remark", command.remark)
    if _unreadable(order, command):
        await _sign_again(context, sitting, order, command)
        return
    # What was sent before somebody stopped the rest arrives all the same.
    if order.status not in {"partly_shipped", "shipped"} and not (order.held and order.parcels):
        raise Refused("order_status", status=order.status)
    if command.parcel is not None and all(parcel["id"] != command.parcel for parcel in order.parcels):
        raise Refused("parcel_unknown")
    parcels = msgspec.convert(order.parcels, list[rows.Parcel])
    open_ids = {parcel.id for parcel in parcels if parcel.signed_at is None}
    signing = open_ids if command.parcel is None else open_ids & {command.parcel}
    if not signing:
        raise Refused("nothing_to_sign")
    _check_lacking(order, parcels, command)

    given = {"signed_at": context.now, "remark": command.remark, "lacking": dict(command.lacking)}
    given |= await _signature(context, command)
    signed = [msgspec.structs.replace(parcel, **given) if parcel.id in signing else parcel for parcel in parcels]
    order.parcels = msgspec.to_builtins(signed)
    for parcel_id in sorted(signing):
        add_event(context, order, "parcel_signed", data={"parcel": parcel_id})
        if command.lacking:
            add_event(context, order, "parcel_lacking", reason=command.remark, data={"parcel": parcel_id})
    if order.status == "shipped" and signing == open_ids:
        order.status = "signed"
        add_event(context, order, "signed")
    sitting.count(order)
    sitting.touch(order, context)
    for parcel in signed:
        if parcel.id in signing:
            await _deliver(context, order, parcel)


def _check_lacking(order: Order, parcels: Collection[rows.Parcel], command: OrderSign) -> None:
    if not command.lacking:
        return
    if command.parcel is None:  # of several nobody knows in which it lacked
        raise Refused("invalid", field="parcel")
    (lines,) = (parcel.lines for parcel in parcels if parcel.id == command.parcel)
    if wrong := wrong_lacking(lines, command.lacking):
        raise Refused(
            "lacking_wrong", lines=list(wrong), products=[line.sku for line in order.lines if line.id in wrong]
        )


def _unreadable(order: Order, command: OrderSign) -> bool:
    """Whether the command brings a name for a parcel whose own could not be read."""
    parcels = (parcel for parcel in order.parcels if parcel["id"] == command.parcel)
    return command.signature is not None and any(parcel.get("signature_status") == "refused" for parcel in parcels)


async def _sign_again(context: Context, sitting: Sitting, order: Order, command: OrderSign) -> None:
    given = await _signature(context, command)
    order.parcels = [{**each, **given} if each["id"] == command.parcel else each for each in order.parcels]
    add_event(context, order, "signature_renewed", data={"parcel": command.parcel or ""})
    sitting.touch(order, context)


async def _signature(context: Context, command: OrderSign) -> dict[str, str]:
    """Its picture belongs to the order: whoever may see that may see it. What the parcel says of it."""
    ref = command.signature
    if ref is None:
        return {}
    if not ref.content_type.startswith("image/"):
        raise Refused("invalid", field="signature")
    principal = context.principal
    (view,) = await media.attach(
        context.session,
        principal.tenant_id,
        [ref],
        user_id=principal.user_id,
        entity="order",
        entity_id=command.order,
        now=context.now,
    )
    return {"signature": view.id, "signature_status": view.status}


async def show_signatures(session: AsyncSession, tenant_id: str, media_ids: Collection[str], changes: Changes) -> None:
    """Written names came, or could not be read: their parcels say so."""
    papers = set(await media.papers_of(session, tenant_id, media_ids, "order"))
    known = await media.views(session, tenant_id, media_ids) if papers else {}
    for order in (await queries.locked_orders(session, tenant_id, papers)).values():
        shown = [
            {**parcel, "signature_status": known[parcel["signature"]].status}
            if parcel.get("signature") in known
            else parcel
            for parcel in order.parcels
        ]
        if shown != order.parcels:
            order.parcels = shown
            changes.put("order", order_row(order), org_scope(order.organisation_id), DESK)


async def _deliver(context: Context, order: Order, parcel: rows.Parcel) -> None:
    """Into the partner's stock, but for what lacked, when it was signed for: no clock makes that earlier than it was
    shipped."""
    lines = {line.id: line.product_id for line in order.lines}
    unnamed: dict[str, int] = {}
    goods: dict[str, list[stock.Part]] = {}
    for line_id, quantity in parcel.lines.items():
        product_id, lacking = lines[line_id], parcel.lacking.get(line_id, 0)
        lots = parcel.lots.get(line_id, ())
        for lot, came in zip(lots, arrived([each.quantity for each in lots], lacking), strict=True):
            if came:
                goods.setdefault(product_id, []).append(stock.Part(came, lot.lot, lot.expires_on))
        if not lots and quantity > lacking:
            unnamed[product_id] = unnamed.get(product_id, 0) + quantity - lacking
    for product_id, quantity in unnamed.items():
        goods.setdefault(product_id, []).append(stock.Part(quantity))
    if not goods:
        return
    await stock.deliver(
        context.session,
        order.tenant_id,
        order.organisation_id,
        goods,
        at=max(context.happened_at, parcel.shipped_at),
        now=context.now,
        changes=context.changes,
        order_id=order.id,
        actor_id=context.principal.user_id or None,
    )
