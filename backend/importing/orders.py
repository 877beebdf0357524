"""Orders of the past from a file: one row a line, put together by their number. Nothing is priced or promised again.

What is still open elsewhere is no past: such rows are refused, the order is to be placed here. An order that is
already there is left as it is; one of the same number with other content is refused.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from backend.catalog.service import product_ids_by_sku
from backend.importing.reasons import Named, Reason
from backend.importing.records import Field, Record
from backend.importing.taking import Draft, Import, save_drafts
from backend.orders import models
from backend.orders.service import PastLine, PastOrder, import_orders
from backend.partners.service import ids_by_code
from backend.sync.changes import Changes
from i18n.translate import translate
from offline.ids import new_id
from offline.money import quantise
from offline.wire.commands import MAX_QUANTITY

PAST = ("shipped", "signed", "closed", "cancelled")
_PAST_IN_CHINESE = [translate("zh-CN", f"status.{each}") for each in PAST]
FIELDS = (
    Field("number", needed=True),
    Field("customer", needed=True),
    Field("placed_at", "moment", needed=True),
    Field("status"),
    Field("sku", needed=True),
    Field("quantity", "whole", needed=True),
    Field("unit_price", "decimal", needed=True),
    Field("discount", "decimal"),
    Field("tax_rate", "rate"),
    Field("placed_by"),
    Field("note"),
)
_PART = 500

Content = tuple[str, str, Counter[tuple[str, int, Decimal]]]
"""Customer's code, status and (SKU, quantity, net) of the lines: what tells two orders apart."""


async def take_orders(work: Import, records: Iterable[Record]) -> None:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.values["number"], []).append(record)
    products = await product_ids_by_sku(
        work.session, work.tenant_id, {record.values["sku"] for group in groups.values() for record in group}
    )
    customers = await ids_by_code(
        work.session, work.tenant_id, {record.values["customer"] for group in groups.values() for record in group}
    )
    existing = await _existing(work, list(groups))
    drafts: list[Draft[PastOrder]] = []
    for number, group in groups.items():
        known = existing.get(number)
        if known is not None:
            _compare(work, group, known)
            continue
        order = _order(work, group, products, customers)
        if order is not None:
            drafts.append(Draft(order, group, fresh=True))
    for start in range(0, len(drafts), _PART):
        await save_orders(work, drafts[start : start + _PART])
        work.progress("orders", min(start + _PART, len(drafts)))


async def save_orders(work: Import, drafts: Sequence[Draft[PastOrder]]) -> None:
    async def save(items: Sequence[PastOrder], changes: Changes) -> None:
        await import_orders(work.session, work.tenant_id, items, now=work.now, changes=changes)

    await save_drafts(work, drafts, save)


async def _existing(work: Import, numbers: Sequence[str]) -> dict[str, Content]:
    found: dict[str, Content] = {}
    for start in range(0, len(numbers), _PART):
        statement = (
            select(models.Order)
            .where(models.Order.tenant_id == work.tenant_id, models.Order.number.in_(numbers[start : start + _PART]))
            .options(selectinload(models.Order.lines))
            .execution_options(populate_existing=True)
        )
        for row in await work.session.scalars(statement):
            lines = Counter((line.sku, line.quantity, line.net) for line in row.lines if line.quantity)
            found[row.number or ""] = (row.organisation_code, row.status, lines)
    return found


def _compare(work: Import, group: Sequence[Record], known: Content) -> None:
    first = group[0].values
    lines = Counter((each.values["sku"], each.values["quantity"], _net(work, each.values)) for each in group)
    if (first["customer"], first.get("status", "closed"), lines) == known:
        work.report.unchanged += len(group)
        return
    for record in group:
        record.refuse(work.report, Reason("order_differs"), "number")


def _net(work: Import, values: Mapping[str, Decimal]) -> Decimal:
    goods = quantise(values["unit_price"] * values["quantity"], work.currency)
    return goods - quantise(values.get("discount", Decimal(0)), work.currency)


def _order(
    work: Import, group: Sequence[Record], products: Mapping[str, str], customers: Mapping[str, str]
) -> PastOrder | None:
    """The order of these rows; when one of them is wrong none is taken: half an order is no order."""
    wrong = {id(record): found for record in group if (found := _fault(record, group[0], products, customers))}
    if wrong:
        for record in group:
            reason, field = wrong.get(id(record), (Reason("order_row"), ""))
            record.refuse(work.report, reason, field)
        return None
    first = group[0].values
    return PastOrder(
        id=new_id(),
        organisation=customers[first["customer"]],
        placed_at=first["placed_at"],
        number=first["number"],
        status=first.get("status", "closed"),
        placed_by_name=first.get("placed_by", ""),
        note=first.get("note", ""),
        lines=tuple(
            PastLine(
                id=new_id(),
                product=products[record.values["sku"]],
                quantity=record.values["quantity"],
                unit_price=record.values["unit_price"],
                discount=record.values.get("discount", Decimal(0)),
                tax_rate=record.values.get("tax_rate", Decimal(0)),
            )
            for record in group
        ),
    )


def _fault(
    record: Record, first: Record, products: Mapping[str, str], customers: Mapping[str, str]
) -> tuple[Reason, str] | None:
    """(reason, field) of what is wrong with a row."""
    values = record.values
    if values["customer"] not in customers:
        return Reason("no_partner"), "customer"
    if values["sku"] not in products:
        return Reason("no_product"), "sku"
    if values.get("status", "closed") not in PAST:
        return Reason("still_open", statuses=Named(", ".join(PAST), "、".join(_PAST_IN_CHINESE))), "status"
    if not 1 <= values["quantity"] <= MAX_QUANTITY:
        return Reason("range", least=1, most=MAX_QUANTITY), "quantity"
    if values["unit_price"] < 0 or values.get("discount", 0) < 0:
        return Reason("below_zero"), "unit_price" if values["unit_price"] < 0 else "discount"
    for field in ("customer", "placed_at", "status"):
        if values.get(field) != first.values.get(field):
            return Reason("differs"), field
    return None
