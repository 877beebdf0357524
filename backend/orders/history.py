"""Orders of another system's past, taken over as they are: nothing is priced again, nothing reserved."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import service as catalog
from backend.db import made
from backend.identity import service as identity
from backend.inputs import check_amount, check_period, check_text
from backend.locking import take_numbers
from backend.orders import queries
from backend.orders.credit import reconcile_credit
from backend.orders.models import Order, OrderCounter, OrderLine
from backend.orders.pricing import MAX_EXPOSURE, MAX_TOTAL
from backend.orders.rows import order_row
from backend.orders.sitting import insert
from backend.partners import service as partners
from backend.sync.changes import DESK, Changes, org_scope
from backend.sync.commands import Refused
from offline.ids import new_id
from offline.money import quantise
from offline.rules.credit import COUNTED
from offline.rules.taxes import tax_of
from offline.wire import rows
from offline.wire.commands import MAX_QUANTITY

_PART = 500
_OURS = re.compile(r"SO-([0-9]{4}-[0-9]{2})-([0-9]{4}|[1-9][0-9]{4,})")
MAX_NUMBER = 10**9
"""A number of our own form above this would leave its month's counter no room."""


class PastLine(msgspec.Struct, frozen=True, kw_only=True):
    """``unit_price`` per base unit; ``discount`` is off quantity x unit price."""

    id: str
    product: str
    quantity: int
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    tax_rate: Decimal = Decimal(0)


class PastOrder(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` empty: it gets one of ours, of the month it was placed in. ``shipped`` and ``signed`` orders count
    for credit, the others are done."""

    id: str
    organisation: str
    placed_at: datetime
    lines: tuple[PastLine, ...]
    status: Literal["shipped", "signed", "closed", "cancelled"] = "closed"
    number: str = ""
    placed_by: str = ""
    placed_by_name: str = ""
    note: str = ""


async def import_orders(
    session: AsyncSession, tenant_id: str, orders: Sequence[PastOrder], *, now: datetime, changes: Changes
) -> None:
    """Refuses, before any order is written, with ``order_exists`` {value}, ``number_taken`` {value},
    ``organisation_unknown`` {value}, ``product_unknown`` {value}, ``total_limit`` {limit, value}: all that its customer
    owes with it, or ``invalid`` {field, value}; ``value`` is the order's number or id."""
    for order in orders:
        _check(order)
    await _pass_numbers(session, tenant_id, orders)
    await _check_fresh(session, tenant_id, orders)
    organisations = await partners.organisations(session, tenant_id, {order.organisation for order in orders})
    catalogue = catalog.Catalogue(tenant_id, version=-1)
    await catalogue.load_products(session, {line.product for order in orders for line in order.lines})
    for order in orders:
        if order.organisation not in organisations:
            raise Refused("organisation_unknown", value=order.number or order.id)
        if any(catalogue.products[line.product] is None for line in order.lines):
            raise Refused("product_unknown", value=order.number or order.id)
    numbers = await _numbers(session, tenant_id, orders)
    brand = await identity.brand_of(session, tenant_id)
    made_of = []
    for order in orders:
        given = {"tenant_id": tenant_id, "number": numbers[order.id], "changed_at": now}
        made_of.append(_row(given, order, organisations[order.organisation], catalogue, brand))
    _check_exposure(made_of, organisations)
    for start in range(0, len(made_of), _PART):
        part = made_of[start : start + _PART]
        for row in part:
            changes.put("order", order_row(row), org_scope(row.organisation_id), DESK)
        await insert(session, part)
    await reconcile_credit(session, tenant_id, changes, organisations)


def _check(order: PastOrder) -> None:
    name = order.number or order.id
    try:
        check_text("note", order.note, order.number, order.placed_by_name)
        check_period(order.placed_at, None)
        for line in order.lines:
            check_amount("unit_price", line.unit_price)
            check_amount("discount", line.discount)
            check_amount("tax_rate", line.tax_rate, Decimal(1))
    except Refused as refused:
        raise Refused("invalid", field=refused.detail["field"], value=name) from None
    if not order.lines or any(not 1 <= line.quantity <= MAX_QUANTITY for line in order.lines):
        raise Refused("invalid", field="lines", value=name)
    if sum(line.unit_price * line.quantity for line in order.lines) > MAX_TOTAL:
        raise Refused("invalid", field="unit_price", value=name)
    if any(line.discount > line.unit_price * line.quantity for line in order.lines):
        raise Refused("invalid", field="discount", value=name)
    if len({line.id for line in order.lines}) != len(order.lines) or len(order.number) > 32:
        raise Refused("invalid", field="lines" if len(order.number) <= 32 else "number", value=name)
    ours = _OURS.fullmatch(order.number)
    if ours and int(ours[2]) > MAX_NUMBER:
        raise Refused("invalid", field="number", value=name)


def _check_exposure(orders: Sequence[Order], organisations: Mapping[str, partners.Organisation]) -> None:
    """What a customer owes in all stays within what a column holds."""
    due = {id_: row.credit_used for id_, row in organisations.items()}
    for order in orders:
        if order.status in COUNTED:
            due[order.organisation_id] += order.total
            if due[order.organisation_id] > MAX_EXPOSURE:
                raise Refused("total_limit", limit=MAX_EXPOSURE, value=order.number or order.id)


async def _pass_numbers(session: AsyncSession, tenant_id: str, orders: Sequence[PastOrder]) -> None:
    """Numbers that look like ours are never drawn again: their months' counters go on behind them. Before anything
    is looked up, because whoever draws a number meanwhile waits for the counter."""
    highest: dict[str, int] = {}
    for order in orders:
        if ours := _OURS.fullmatch(order.number):
            highest[ours[1]] = max(int(ours[2]), highest.get(ours[1], 0))
    for month, number in sorted(highest.items()):
        await queries.pass_number(session, tenant_id, month, number)


async def _check_fresh(session: AsyncSession, tenant_id: str, orders: Sequence[PastOrder]) -> None:
    ids, numbers = [order.id for order in orders], [order.number for order in orders if order.number]
    taken_ids, taken_numbers = await queries.taken(session, tenant_id, ids, numbers)
    for order in orders:
        if order.id in taken_ids:
            raise Refused("order_exists", value=order.number or order.id)
        if order.number and order.number in taken_numbers:
            raise Refused("number_taken", value=order.number)
        taken_ids.add(order.id)
        taken_numbers.add(order.number)


async def _numbers(session: AsyncSession, tenant_id: str, orders: Sequence[PastOrder]) -> dict[str, str]:
    zone = ZoneInfo((await identity.brand_of(session, tenant_id)).time_zone)
    numbers = {order.id: order.number for order in orders if order.number}
    by_month: dict[str, list[PastOrder]] = {}
    for order in sorted(orders, key=lambda each: (each.placed_at, each.id)):
        if not order.number:
            by_month.setdefault(order.placed_at.astimezone(zone).strftime("%Y-%m"), []).append(order)
    for month, waiting in sorted(by_month.items()):
        last = await take_numbers(session, OrderCounter, {"tenant_id": tenant_id, "month": month}, len(waiting))
        for number, order in enumerate(waiting, last - len(waiting) + 1):
            numbers[order.id] = f"SO-{month}-{number:04d}"
    return numbers


def _row(
    given: dict[str, Any],
    order: PastOrder,
    organisation: partners.Organisation,
    catalogue: catalog.Catalogue,
    brand: rows.Brand,
) -> Order:
    currency = organisation.currency
    lines = [
        _line(given["tenant_id"], order, position, catalogue, (currency, brand))
        for position, _ in enumerate(order.lines)
    ]
    return made(
        Order,
        {
            **given,
            "id": order.id,
            "organisation_id": organisation.id,
            "organisation_code": organisation.code,
            "organisation_name": organisation.name,
            "placed_by": order.placed_by,
            "placed_by_name": order.placed_by_name,
            "status": order.status,
            "holds": [],
            "held": False,
            "currency": currency,
            **_totals(lines, currency, brand),
            "quoted": None,
            "credit_counted": quantise(Decimal(0), currency),
            "price_lists": {},
            "note": order.note,
            "shortage": "backorder",
            "address_id": None,
            "wanted_on": None,
            "local_at": None,
            "events": _events(order),
            "parcels": _parcels(order),
            "credits": [],
            "placed_at": order.placed_at,
            "lines": lines,
        },
    )


def _totals(lines: Sequence[OrderLine], currency: str, brand: rows.Brand) -> dict[str, Decimal]:
    zero = quantise(Decimal(0), currency)
    net, tax = sum((line.net for line in lines), zero), sum((line.tax for line in lines), zero)
    discount = sum((line.discount for line in lines), zero)
    total = net if brand.prices_include_tax else net + tax
    return {"goods": net + discount, "discount": discount, "tax": tax, "total": total}


def _line(
    tenant_id: str, order: PastOrder, position: int, catalogue: catalog.Catalogue, money: tuple[str, rows.Brand]
) -> OrderLine:
    line, (currency, brand) = order.lines[position], money
    product = catalogue.products[line.product]
    assert product is not None
    discount = quantise(line.discount, currency)
    net = quantise(line.unit_price * line.quantity, currency) - discount
    return made(
        OrderLine,
        {
            "tenant_id": tenant_id,
            "order_id": order.id,
            "id": line.id,
            "position": position,
            "product_id": product.id,
            "sku": product.sku,
            "name": product.name,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount": discount,
            "net": net,
            "tax": tax_of(net, line.tax_rate, currency, included=brand.prices_include_tax),
            "tax_rate": line.tax_rate,
            "reason": "imported",
            "price_list_id": None,
            "promotion_id": None,
            "quoted_unit_price": None,
            "quoted_net": None,
            "gift": False,
            "reserved": 0,
            "backordered": 0,
            "shipped": line.quantity if order.status != "cancelled" else 0,
            "cut": 0,
        },
    )


def _events(order: PastOrder) -> list[object]:
    events = [
        rows.OrderEvent(
            id=new_id(), kind=kind, at=order.placed_at, actor=order.placed_by, actor_name=order.placed_by_name
        )
        for kind in ("submitted", order.status)
    ]
    found: list[object] = msgspec.to_builtins(events)
    return found


def _parcels(order: PastOrder) -> list[object]:
    if order.status == "cancelled":
        return []
    parcel = rows.Parcel(
        id=new_id(),
        carrier="",
        tracking="",
        lines={line.id: line.quantity for line in order.lines},
        shipped_at=order.placed_at,
        signed_at=order.placed_at if order.status in {"signed", "closed"} else None,
    )
    return [msgspec.to_builtins(parcel)]
