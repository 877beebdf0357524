"""A working brand out of a wholesaler's invoice lines (UCI "Online Retail"): nothing is made up that the lines do not
say, and every row is accounted for.

products   the codes of the rows taken; the name is the description used most often; gone when the last sale was more
           than ``GONE_AFTER`` before the end of the file
prices     one base list, its tiers found by ``price_breaks``, weighed over the whole file
customers  the ids of the rows taken, below a head office; the group is home or export. Terms: ``PAYMENT_DAYS``, and a
           credit limit of ``CREDIT_TIMES`` the most that the customer bought within 30 days, in full hundreds
orders     one for each invoice, closed; what its cancellations took back is not in it. A cancellation is matched to
           the latest earlier sale of the same code to the same customer at the same price that has enough left
phones     hold each customer's latest ``KEPT_FOR_SHOPS`` orders and the desk's latest ``KEPT_FOR_DESK``; the others
           are on the server
"""

import asyncio
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries as catalog
from backend.catalog.products import save_products
from backend.catalog.service import PriceBook
from backend.database import Sessions
from backend.identity.models import Tenant
from backend.identity.service import brand_of
from backend.identity.users import create_tenant
from backend.importing.price_breaks import find_tiers
from backend.importing.report import Report
from backend.importing.retail_rows import HEADERS, Line, NotTaken, judge
from backend.importing.running import carry_out, ending, silent
from backend.importing.tables import Table, UnreadableFile, open_table
from backend.importing.taking import Import, Progress
from backend.orders.models import Order, OrderLine
from backend.orders.service import PastLine, PastOrder, import_orders
from backend.partners import queries as partners
from backend.partners.saving import found_tenant, save_organisations
from backend.stock.service import set_levels
from backend.sync.changes import Changes, Put, org_scope
from offline.ids import derived_id
from offline.wire.commands import OrganisationSave, PriceListSave, ProductSave
from offline.wire.rows import Address

HOME = "United Kingdom"
GONE_AFTER = timedelta(days=120)
PAYMENT_DAYS = 30
CREDIT_TIMES = Decimal("1.5")
KEPT_FOR_SHOPS = 20
KEPT_FOR_DESK = 500
_PART = 500


@dataclass(slots=True)
class Sale:
    """A line that is taken, and how much of it later invoices took back."""

    line: Line
    taken_back: int = 0

    @property
    def left(self) -> int:
        return self.line.quantity - self.taken_back


@dataclass(slots=True)
class Found:
    """What the file says. ``cancels``: row of a cancellation -> the invoice it is taken from."""

    sales: list[Sale] = field(default_factory=list)
    cancels: dict[int, str] = field(default_factory=dict)

    @property
    def end(self) -> datetime:
        return max(sale.line.at for sale in self.sales)


async def import_online_retail(
    sessions: Sessions,
    tenant_code: str,
    path: Path,
    *,
    stock: int = 0,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Report:
    """Take the file over into the brand ``tenant_code``, which is made (in pounds) when there is none. ``stock``:
    how much of each product is put in stock, which the file does not say."""
    report = Report("online-retail", dry_run=dry_run)

    def read() -> Found:
        with open_table(path) as table:
            found = read_lines(table, report, progress)
        if not found.sales:
            raise UnreadableFile("no_sale")
        return found

    async def make(session: AsyncSession) -> Tenant:
        return await _make_brand(session, tenant_code)

    with ending(report):
        found = await asyncio.to_thread(read)
        await carry_out(
            sessions, tenant_code, report, lambda done: _take(done, found, stock), progress=progress, found=make
        )
    return report


async def _make_brand(session: AsyncSession, code: str) -> Tenant:
    return await create_tenant(
        session,
        code,
        {"en": "Gift wholesale", "zh": "礼品批发"},
        currency="GBP",
        prices_include_tax=False,
        industry="gifts",
        time_zone="Europe/London",
    )


def read_lines(table: Table, report: Report, progress: Progress = silent) -> Found:
    """Judge every row; refusals go to the report."""
    missing = [header for header in HEADERS if header not in table.headers]
    if missing:
        raise UnreadableFile("no_columns", columns=", ".join(missing))
    found, cancelling = Found(), []
    customers: dict[str, str] = {}
    for row in table.rows:
        report.rows += 1
        if report.rows % 20_000 == 0:
            progress("rows read", report.rows)
        try:
            line = judge(row)
            if customers.setdefault(line.invoice, line.customer) != line.customer:
                raise NotTaken("second_customer: its invoice began with another customer", "CustomerID")
        except NotTaken as refused:
            report.refuse(row.number, refused.reason, refused.column, row.cells.get(refused.column))
            continue
        if line.cancels:
            cancelling.append(line)
        else:
            found.sales.append(Sale(line))
    _cancel(found, cancelling, report)
    return found


def _cancel(found: Found, cancelling: Iterable[Line], report: Report) -> None:
    """The earliest cancellation first, each from the latest sale before it that has enough left."""
    sales: dict[tuple[str, str, Decimal], list[Sale]] = defaultdict(list)
    for sale in sorted(found.sales, key=lambda each: each.line.at):
        sales[sale.line.customer, sale.line.code, sale.line.unit_price].append(sale)
    for line in sorted(cancelling, key=lambda each: (each.at, each.row)):
        candidates = sales.get((line.customer, line.code, line.unit_price), [])
        before = bisect_right(candidates, line.at, key=lambda each: each.line.at)
        match = next((sale for sale in reversed(candidates[:before]) if sale.left >= line.quantity), None)
        if match is None:
            reason = "cancellation_unmatched: no earlier sale of as much to this customer at this price"
            report.refuse(line.row, reason, "InvoiceNo", line.invoice)
        else:
            match.taken_back += line.quantity
            found.cancels[line.row] = match.line.invoice


async def _take(work: Import, found: Found, stock: int) -> None:
    head_office = await _head_office(work)
    products = await _take_products(work, found)
    list_id = await _take_prices(work, found, products)
    customers = await _take_customers(work, found, head_office, list_id)
    if stock:
        known = dict.fromkeys(products.values(), stock)
        await set_levels(
            work.session, work.tenant_id, known, now=work.now, changes=work.changes, reason="opening stock"
        )
    await _take_orders(work, found, products, customers)


async def _head_office(work: Import) -> str:
    """The head office; made when there is none."""
    everyone = await partners.everyone(work.session, work.tenant_id)
    known = next((row.id for row in everyone.values() if row.type == "head_office"), None)
    if known is not None:
        return known
    brand = await brand_of(work.session, work.tenant_id)
    id_ = derived_id(work.tenant_id, "organisation", "HQ")
    draft = OrganisationSave(organisation=id_, code="HQ", name=brand.name, type="distributor", parent=id_)
    await found_tenant(work.session, work.tenant_id, draft, work.currency, now=work.now, changes=work.changes)
    work.report.notes[f"head office made: {id_}"] += 1
    return id_


async def _take_products(work: Import, found: Found) -> dict[str, str]:
    """Ids by code. What is there already stays as it is: since the last time a person may have mended a name."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    last: dict[str, datetime] = {}
    sold: Counter[str] = Counter()
    for sale in found.sales:
        line = sale.line
        names[line.code][line.description] += 1
        last[line.code] = max(line.at, last.get(line.code, line.at))
        sold[line.code] += 1
    ids = await catalog.ids_by_sku(work.session, work.tenant_id, set(names))
    gone = found.end - GONE_AFTER
    drafts = [
        ProductSave(
            product=derived_id(work.tenant_id, "product", code),
            sku=code,
            name={"en": max(names[code], key=lambda name: (names[code][name], name))},
            unit={"en": "piece", "zh": "件"},
            status="withdrawn" if last[code] < gone else "active",
            sort=place,
        )
        for place, (code, _) in enumerate(sold.most_common())
        if code not in ids
    ]
    for start in range(0, len(drafts), _PART):
        await save_products(work.session, work.tenant_id, drafts[start : start + _PART], work.now, work.changes)
        work.progress("products", start)
    work.report.notes["products"] += len(drafts)
    return ids | {draft.sku: draft.product for draft in drafts}


async def _take_prices(work: Import, found: Found, products: Mapping[str, str]) -> str:
    """The base list's id."""
    charged: dict[str, Counter[tuple[int, Decimal]]] = defaultdict(Counter)
    for sale in found.sales:
        charged[sale.line.code][sale.line.quantity, sale.line.unit_price] += 1
    tiers = {code: find_tiers(counts) for code, counts in charged.items()}
    code = "OBSERVED"
    known = await catalog.price_list_id_by_code(work.session, work.tenant_id, code)
    list_id = known or derived_id(work.tenant_id, "price_list", code)
    book = PriceBook(work.session, work.tenant_id, work.now, work.changes)
    if known is None:
        name = {"en": "Prices found in past invoices", "zh": "历史发票价目表"}
        await book.save_list(
            PriceListSave(price_list=list_id, code=code, name=name, kind="base", currency=work.currency)
        )
    await book.save_prices({(list_id, products[sku]): steps for sku, steps in tiers.items()})
    work.report.notes["products with volume breaks"] += sum(len(steps) > 1 for steps in tiers.values())
    work.report.notes["volume breaks"] += sum(len(steps) - 1 for steps in tiers.values())
    return list_id


async def _take_customers(work: Import, found: Found, head_office: str, list_id: str) -> dict[str, str]:
    """Ids by the file's customer id."""
    spent: dict[str, list[tuple[datetime, Decimal]]] = defaultdict(list)
    country: dict[str, str] = {}
    for sale in found.sales:
        spent[sale.line.customer].append((sale.line.at, sale.line.unit_price * sale.left))
        country[sale.line.customer] = sale.line.country
    ids = await partners.ids_by_code(work.session, work.tenant_id, set(spent))
    drafts = [
        OrganisationSave(
            organisation=derived_id(work.tenant_id, "organisation", code),
            code=code,
            name={"en": f"Customer {code} ({country[code]})", "zh": f"客户 {code}（{country[code]}）"},
            type="shop",
            parent=head_office,
            group="home" if country[code] == HOME else "export",
            territory=country[code],
            addresses=(Address(id=derived_id(work.tenant_id, "address", code), line=country[code]),),
            payment_days=PAYMENT_DAYS,
            credit_limit=credit_limit(spent[code]),
            price_lists=(list_id,),
        )
        for code in sorted(spent)
        if code not in ids
    ]
    if drafts:
        await save_organisations(work.session, work.tenant_id, drafts, work.now, work.changes)
    work.report.notes["customers"] += len(drafts)
    return ids | {draft.code: draft.organisation for draft in drafts}


def credit_limit(spent: Sequence[tuple[datetime, Decimal]]) -> Decimal:
    """``CREDIT_TIMES`` the most spent within 30 days, in full hundreds, at least one of them."""
    window: list[tuple[datetime, Decimal]] = []
    running = most = Decimal(0)
    for at, amount in sorted(spent):
        window.append((at, amount))
        running += amount
        while window[0][0] <= at - timedelta(days=30):
            running -= window.pop(0)[1]
        most = max(most, running)
    hundreds = (most * CREDIT_TIMES / 100).quantize(Decimal(1), rounding=ROUND_UP)
    return max(hundreds, Decimal(1)) * 100


async def _take_orders(work: Import, found: Found, products: Mapping[str, str], customers: Mapping[str, str]) -> None:
    invoices: dict[str, list[Sale]] = defaultdict(list)
    for sale in found.sales:
        invoices[sale.line.invoice].append(sale)
    cancelling: dict[str, list[int]] = defaultdict(list)
    for row, invoice in found.cancels.items():
        cancelling[invoice].append(row)
    known = await quantities_by_number(work.session, work.tenant_id)
    fresh: list[PastOrder] = []
    for number, sales in invoices.items():
        rows = len(sales) + len(cancelling[number])
        if number not in known:
            fresh.append(_order(number, sales, products, customers))
            work.report.made += rows
        elif known[number] == sum(line.quantity for line in _order(number, sales, products, customers).lines):
            work.report.unchanged += rows
        else:
            work.report.unchanged += len(sales)
            for row in cancelling[number]:
                work.report.refuse(row, "cancellation_late: its invoice was taken over before", "InvoiceNo", number)
    fresh.sort(key=lambda order: (order.placed_at, order.number))
    kept = _kept(fresh)
    for start in range(0, len(fresh), _PART * 3):
        changes = Changes()
        part = fresh[start : start + _PART * 3]
        await import_orders(work.session, work.tenant_id, part, now=work.now, changes=changes)
        _keep(changes, kept)
        work.changes.add(changes)
        work.progress("orders", start + len(part))
    work.report.notes["orders"] += len(fresh)
    work.report.notes["cancelled lines taken from their orders"] += len(found.cancels)


def _order(number: str, sales: Sequence[Sale], products: Mapping[str, str], customers: Mapping[str, str]) -> PastOrder:
    """Net of what was taken back; when that is everything, the order as it was, cancelled."""
    whole = not any(sale.left for sale in sales)
    lines = tuple(
        PastLine(
            id=derived_id(number, str(place)),
            product=products[sale.line.code],
            quantity=sale.line.quantity if whole else sale.left,
            unit_price=sale.line.unit_price,
        )
        for place, sale in enumerate(sales)
        if whole or sale.left
    )
    return PastOrder(
        id=derived_id(customers[sales[0].line.customer], "invoice", number),
        organisation=customers[sales[0].line.customer],
        placed_at=min(sale.line.at for sale in sales),
        lines=lines,
        status="cancelled" if whole else "closed",
        number=number,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """Which orders phones hold."""

    shops: frozenset[str]
    desk: frozenset[str]


def _kept(orders: Sequence[PastOrder]) -> _Kept:
    latest: dict[str, list[str]] = defaultdict(list)
    for order in orders:
        latest[order.organisation].append(order.id)
    shops = frozenset(id_ for ids in latest.values() for id_ in ids[-KEPT_FOR_SHOPS:])
    return _Kept(shops, frozenset(order.id for order in orders[-KEPT_FOR_DESK:]))


def _keep(changes: Changes, kept: _Kept) -> None:
    for key, put in list(changes.puts.items()):
        if key[0] != "order":
            continue
        own = {scope for scope in put.scopes if scope.startswith(org_scope(""))}
        scopes = (own if key[1] in kept.shops else set()) | (put.scopes - own if key[1] in kept.desk else set())
        if scopes:
            changes.puts[key] = Put(put.entity, put.row, frozenset(scopes))
        else:
            del changes.puts[key]


async def quantities_by_number(session: AsyncSession, tenant_id: str) -> dict[str, int]:
    """How much all lines of each order have, by its number."""
    statement = (
        select(Order.number, func.sum(OrderLine.quantity))
        .join(OrderLine, and_(OrderLine.tenant_id == Order.tenant_id, OrderLine.order_id == Order.id))
        .where(Order.tenant_id == tenant_id)
        .group_by(Order.number)
    )
    return {number or "": int(total) for number, total in await session.execute(statement)}
