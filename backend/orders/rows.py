"""Orders as the rows phones hold."""

import msgspec

from backend.catalog.service import brief
from backend.orders import models
from offline.money import quantise
from offline.wire import rows


def line_row(line: models.OrderLine, currency: str) -> rows.OrderLine:
    """Read past the instrumentation, which asks of every attribute whether it must be loaded: a push tells of
    hundreds of lines. Every column is there (a missing one is an error), but for those that may be null."""
    kept = line.__dict__
    quoted_unit_price, quoted_net = kept.get("quoted_unit_price"), kept.get("quoted_net")
    return rows.OrderLine(
        id=kept["id"],
        product=kept["product_id"],
        sku=kept["sku"],
        name=kept["name"],
        quantity=kept["quantity"],
        unit_price=brief(kept["unit_price"]),
        discount=quantise(kept["discount"], currency),
        net=quantise(kept["net"], currency),
        tax=quantise(kept["tax"], currency),
        tax_rate=brief(kept["tax_rate"]),
        price_list=kept.get("price_list_id"),
        reason=kept["reason"],
        gift=kept["gift"],
        promotion=kept.get("promotion_id"),
        reserved=kept["reserved"],
        backordered=kept["backordered"],
        shipped=kept["shipped"],
        quoted_unit_price=brief(quoted_unit_price) if quoted_unit_price is not None else None,
        quoted_net=quantise(quoted_net, currency) if quoted_net is not None else None,
        cut=kept["cut"],
    )


def totals_row(order: models.Order) -> rows.Totals:
    return rows.Totals(
        goods=quantise(order.goods, order.currency),
        discount=quantise(order.discount, order.currency),
        tax=quantise(order.tax, order.currency),
        total=quantise(order.total, order.currency),
    )


def order_row(order: models.Order) -> rows.Order:
    return rows.Order(
        id=order.id,
        number=order.number or "",
        organisation=order.organisation_id,
        organisation_code=order.organisation_code,
        organisation_name=order.organisation_name,
        placed_by=order.placed_by,
        placed_by_name=order.placed_by_name,
        status=order.status,
        holds=tuple(order.holds),
        held=order.held,
        lines=tuple(line_row(line, order.currency) for line in order.lines),
        totals=totals_row(order),
        quoted_totals=msgspec.convert(order.quoted, rows.Totals) if order.quoted is not None else None,
        currency=order.currency,
        note=order.note,
        address=order.address_id,
        wanted_on=order.wanted_on,
        shortage=order.shortage,
        events=msgspec.convert(order.events, tuple[rows.OrderEvent, ...]),
        parcels=msgspec.convert(order.parcels, tuple[rows.Parcel, ...]),
        credits=msgspec.convert(order.credits, tuple[rows.OrderCredit, ...]),
        local_at=order.local_at,
        placed_at=order.placed_at,
        changed_at=order.changed_at,
    )
