"""What must hold after any history: credit used, reservations and the ledger are what the orders say."""

import asyncio
import random
from collections import defaultdict
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import selectinload

from backend.catalog.models import Product
from backend.orders import queries
from backend.orders.deciding import approve_order
from backend.orders.delivering import ship_order
from backend.orders.models import Order, OrderLine
from backend.orders.placing import place_order
from backend.orders.rows import order_row
from backend.orders.service import reconcile_credit
from backend.orders.sitting import finish, prepare
from backend.partners.models import Organisation
from backend.stock.models import StockLevel
from backend.stock.queries import ledger_sums
from offline.ids import new_id
from offline.rules.credit import exposure, order_document
from offline.rules.cutting import cut, totals_of
from offline.rules.settling import credit_of, credited, fault
from offline.wire import rows
from offline.wire.commands import (
    Command,
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCredit,
    OrderCut,
    OrderHold,
    OrderRelease,
    OrderResend,
    OrderShip,
    OrderSign,
    StockAdjust,
)
from tests.shop import GOODS, Shop, writing

Dice = random.Random


async def check(shop: Shop) -> list[rows.Order]:
    """The stored figures against those worked out from scratch. Returns the orders."""
    async with shop.sessions() as session:
        statement = select(Order).where(Order.tenant_id == shop.tenant_id).options(selectinload(Order.lines))
        orders = [order_row(each) for each in await session.scalars(statement)]
        lines = await session.scalar(select(func.count()).where(OrderLine.tenant_id == shop.tenant_id))
        organisations = (
            await session.scalars(select(Organisation).where(Organisation.tenant_id == shop.tenant_id))
        ).all()
        levels = (await session.scalars(select(StockLevel).where(StockLevel.tenant_id == shop.tenant_id))).all()
        ledger = {
            product: (on_hand, reserved) for product, on_hand, reserved in await ledger_sums(session, shop.tenant_id)
        }
    # No foreign key holds that.
    assert lines == sum(len(order.lines) for order in orders), "a line without its order"
    for organisation in organisations:
        own = [order_document(order) for order in orders if order.organisation == organisation.id]
        assert organisation.credit_used == exposure(own)
    reserved: dict[str, int] = defaultdict(int)
    for order in orders:
        assert order.totals == totals_of(order.lines, order.currency, included=True, credited=order.credits)
        for line in order.lines:
            reserved[line.product] += line.reserved
            assert line.reserved >= 0
            assert line.backordered >= 0
            sent = sum(each.lines.get(line.id, 0) for each in order.parcels)
            again = sum(each.lacking.get(line.id, 0) for each in order.parcels if each.settled == "resent")
            assert line.shipped == sent - again
            assert line.shipped + line.reserved + line.backordered in {0, line.quantity} or order.status == "closed"
    for level in levels:
        assert ledger[level.product_id] == (level.on_hand, level.reserved)
        assert level.reserved == reserved[level.product_id]
    numbers = [order.number for order in orders]
    assert sorted(numbers) == [f"SO-2026-07-{number:04d}" for number in range(1, len(orders) + 1)]
    return orders


async def place(shop: Shop, dice: Dice) -> tuple[str, Command]:
    wanted = {sku: dice.randint(1, 40) for sku in dice.sample(sorted(GOODS), dice.randint(1, 3))}
    command = await shop.draft("SHOP", wanted, shortage=dice.choice(["full", "partial", "backorder"]))
    if dice.random() < 0.3:
        command = msgspec.structs.replace(command, total=command.total + 1)
    return dice.choice(["shop", "rep", "dealer"]), command


def parcel(dice: Dice, order: rows.Order) -> OrderShip:
    lines = {line.id: dice.randint(1, line.quantity) for line in order.lines if line.quantity and dice.random() < 0.7}
    return OrderShip(order=order.id, parcel=new_id(), lines=lines or {order.lines[0].id: 1})


def all_of_it(order: rows.Order) -> OrderShip:
    lines = {line.id: line.reserved for line in order.lines if line.reserved}
    return OrderShip(order=order.id, parcel=new_id(), lines=lines or {order.lines[0].id: 1})


def shorter(dice: Dice, order: rows.Order) -> OrderCut:
    """Less of some lines, at what they come to then; often nonsense."""
    keep = {line.id: dice.randint(0, line.quantity) for line in order.lines if dice.random() < 0.6}
    keep = keep or {order.lines[0].id: max(0, order.lines[0].quantity - 1)}
    return OrderCut(
        order=order.id, keep=keep, total=cut(order, keep, included=True).totals.total, reason="not to be had"
    )


def incomplete(dice: Dice, order: rows.Order) -> OrderSign:
    """Some of a parcel's goods lacked."""
    sent = dice.choice(order.parcels) if order.parcels else None
    lacking = {line: dice.randint(1, count) for line, count in sent.lines.items()} if sent else {}
    return OrderSign(order=order.id, parcel=sent.id if sent else None, lacking=lacking)


def settled(order: rows.Order) -> list[Command]:
    """Either way of each parcel of which something lacks."""
    found: list[Command] = []
    for each in order.parcels:
        if fault(order, each.id) is None:
            credit = credit_of(order, each.id, order.parcels[0].shipped_at, included=True)
            total = credited(order, credit, included=True).totals.total
            found += [
                OrderResend(order=order.id, parcel=each.id),
                OrderCredit(order=order.id, parcel=each.id, total=total, reason="crushed"),
            ]
    return found


def change(dice: Dice, order: rows.Order) -> Command:
    """Mostly what the order's status allows."""
    accept = dice.random() < 0.7
    steps: dict[str, list[Command]] = {
        "on_hold": [
            OrderConfirmPrice(order=order.id, accept=accept, total=order.totals.total),
            OrderApprove(order=order.id, reason=dice.choice(["", "good"])),
            OrderRelease(order=order.id),
            shorter(dice, order),
        ],
        "submitted": [
            OrderApprove(order=order.id),
            OrderApprove(order=order.id),
            OrderCancel(order=order.id),
            OrderHold(order=order.id, reason="wait"),
        ],
        "approved": [parcel(dice, order), all_of_it(order), all_of_it(order), shorter(dice, order)],
        "partly_shipped": [
            parcel(dice, order),
            shorter(dice, order),
            OrderHold(order=order.id, reason="wait"),
            all_of_it(order),
            OrderSign(order=order.id),
            incomplete(dice, order),
            OrderClose(order=order.id),
            *settled(order),
        ],
        "shipped": [OrderSign(order=order.id), incomplete(dice, order), OrderClose(order=order.id)],
        "signed": [OrderClose(order=order.id), *settled(order)],
    }
    anything = [command for each in steps.values() for command in each]
    return dice.choice(steps.get(order.status, anything) if dice.random() < 0.85 else anything)


def next_command(dice: Dice, shop: Shop, orders: list[rows.Order]) -> tuple[str, Command]:
    """Who gives it and what it is; orders are looked at as they were before the push."""
    if not orders or dice.random() < 0.1:
        product = shop.products[dice.choice(sorted(GOODS))]
        return "hq", StockAdjust(movement=new_id(), product=product, delta=dice.choice([-20, 30, 60]))
    status = dice.choice(sorted({order.status for order in orders} - {"closed", "cancelled"} or {orders[0].status}))
    order = dice.choice([order for order in orders if order.status == status])
    return dice.choice(["hq", "hq", "hq", "shop"]), change(dice, order)


@pytest.mark.parametrize("seed", range(2))
async def test_any_history_keeps_the_figures_right(shop: Shop, seed: int) -> None:
    """Random commands by random people, several to a push; many are refused, which is part of it."""
    dice = random.Random(seed)
    await shop.set_organisation("SHOP", credit_limit=Decimal(4000))
    orders: list[rows.Order] = []
    applied: set[str] = set()
    for _ in range(24):
        batch: dict[str, list[Command]] = defaultdict(list)
        for _ in range(dice.randint(1, 5)):
            if dice.random() < 0.35:
                login, command = await place(shop, dice)
                batch[login].append(command)
            else:
                login, command = next_command(dice, shop, orders)
                batch[login].append(command)
        for login, commands in batch.items():
            verdicts = await shop.push(login, commands, one_by_one=dice.random() < 0.2)
            assert all(verdict.code != "internal" for verdict in verdicts)
            applied.update(
                type(command).__name__
                for command, verdict in zip(commands, verdicts, strict=True)
                if verdict.status == "applied"
            )
        orders = await check(shop)
    assert len(applied) >= 7, applied
    # What phones were told is what is stored.
    for order in orders:
        assert await shop.order(order.id) == order
    organisation, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    assert organisation.credit_used == await shop.credit_used("SHOP")


async def test_reconciling_mends_what_is_wrong_and_finds_nothing_else(shop: Shop) -> None:
    order_id = await shop.placed({"A": 10})
    await shop.placed({"B": 1}, login="rival", code="RIVAL")
    async with writing(shop) as (session, changes):
        assert await reconcile_credit(session, shop.tenant_id, changes) == set()
        assert not changes.puts
    async with writing(shop) as (session, _):
        organisation = await session.get(Organisation, (shop.tenant_id, shop.organisation("SHOP")))
        (order,) = (await queries.locked_orders(session, shop.tenant_id, {order_id})).values()
        assert organisation is not None
        organisation.credit_used = Decimal(7)
        order.credit_counted = Decimal(7)
    async with writing(shop) as (session, changes):
        assert await reconcile_credit(session, shop.tenant_id, changes) == {shop.organisation("SHOP")}
    row, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    assert row.credit_used == Decimal("90.00") == await shop.credit_used("SHOP")
    await check(shop)


async def test_the_last_unit_is_promised_once(shop: Shop) -> None:
    await shop.placed({"A": 99})
    one, two = await shop.draft("SHOP", {"A": 1}, shortage="full"), await shop.draft("RIVAL", {"A": 1}, shortage="full")
    first, second = await asyncio.gather(shop.give("shop", one), shop.give("rival", two))
    assert sorted([first.code, second.code]) == ["", "stock_short"]
    assert await shop.available("A") == 0
    await check(shop)


async def test_many_at_once_never_promise_more_than_there_is_nor_wait_in_a_circle(shop: Shop) -> None:
    """Each push holds its orders' products in another order; on PostgreSQL that would be a deadlock."""
    skus = sorted(GOODS)
    dice = random.Random(5)
    pushes = []
    for turn in range(16):
        login, code = ("shop", "SHOP") if turn % 2 else ("rival", "RIVAL")
        drafts = []
        for _ in range(3):
            wanted = {sku: dice.randint(2, 6) for sku in dice.sample(skus, 3)}
            drafts.append(await shop.draft(code, wanted, shortage="backorder"))
        pushes.append((login, f"{login}-{turn}", drafts))
    answers = await asyncio.gather(*(shop.push(login, drafts, device=device) for login, device, drafts in pushes))
    assert all(verdict.status == "applied" for verdicts in answers for verdict in verdicts)
    orders = await check(shop)
    assert len(orders) == 48
    async with shop.sessions() as session:
        products = {row.id: row.sku for row in await session.scalars(select(Product))}
        if session.get_bind().dialect.name == "postgresql":
            query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            assert await session.scalar(query) == 0
    promised: dict[str, int] = defaultdict(int)
    for order in orders:
        for line in order.lines:
            promised[products[line.product]] += line.reserved
    assert max(promised.values()) == 100


async def test_a_sitting_goes_on_after_its_rows_were_written(shop: Shop) -> None:
    """Who plays a long history finishes more than once; an order placed before is changed after."""
    command = await shop.draft("SHOP", {"A": 10})
    head_office = await shop.principal("hq")
    async with writing(shop) as (session, changes):
        context = shop.context(session, head_office)
        context.changes = changes
        await prepare(context, [command])
        await place_order(context, command)
        await finish(context)
        await approve_order(context, OrderApprove(order=command.order))
        order = context.batch["orders"].orders[command.order]
        await ship_order(context, OrderShip(order=order.id, parcel=new_id(), lines={order.lines[0].id: 4}))
        await finish(context)
    (stored,) = await check(shop)
    assert (stored.status, stored.lines[0].shipped, stored.lines[0].reserved) == ("partly_shipped", 4, 6)
    assert await shop.order(command.order) == stored
