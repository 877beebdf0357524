"""Half a year of orders: planned from the seed, then played through the very handlers that take them from phones.

What happens when is a queue of moments in order of time; a moment that would lie in the future does not happen, so
that the latest orders stand at every status. Nothing is written to the database before all has been played.
"""

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, cycle
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.service import catalogue_of
from backend.demo.catalogue import Good
from backend.demo.lots import kept_by_lot, lots_of_parcel
from backend.demo.partners import Partner
from backend.demo.people import principal_of
from backend.demo.planning import Plan, plan_orders
from backend.demo.stocking import sold_out
from backend.identity.models import Tenant, User
from backend.orders.cutting import cut_order
from backend.orders.deciding import approve_order, cancel_order, close_order, confirm_price
from backend.orders.delivering import ship_order, sign_order
from backend.orders.holding import hold_order
from backend.orders.models import Order
from backend.orders.placing import place_order
from backend.orders.rows import order_row
from backend.orders.sitting import Sitting, finish, prepare, sitting_of
from backend.sync.changes import Changes
from backend.sync.commands import Context
from offline.ids import derived_id
from offline.money import quantise
from offline.rules.cutting import cut
from offline.rules.ordering import Quote, Wanted
from offline.wire.commands import (
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCut,
    OrderHold,
    OrderPlace,
    OrderShip,
    OrderSign,
    PlacedLine,
)

_SEED = 20260715
_SOLD_OUT_FOR = timedelta(days=4)
_CARRIERS = (("顺丰速运", "SF"), ("京东物流", "JD"), ("德邦快递", "DP"), ("中通快运", "ZT"))
_BROKEN = 2  # base units
_REFUSALS = ("客户改期，重新下单", "重复下单", "地址有误，退回修改", "客户取消")
_HELD = ("客户来电：店面装修，等通知再发", "收货人电话打不通，先核对地址", "客户要改发票抬头，确认后再发")
_CUT = ("客户来电减量", "这批次临期，与客户商定少发", "门店冷柜放不下，减一半")
_OVERRULED = ("老客户，已电话确认本周回款", "已收到部分回款，同意放行", "区域经理担保")


@dataclass(order=True, slots=True)
class Moment:
    """Something that happens to a planned order."""

    at: datetime
    sequence: int
    act: str = field(compare=False)
    plan: Plan = field(compare=False)


async def make_history(
    session: AsyncSession,
    tenant: Tenant,
    *,
    goods: Sequence[Good],
    partners: Sequence[Partner],
    people: Mapping[str, User],
    begun: datetime,
    now: datetime,
    changes: Changes,
) -> int:
    """Plays everything and returns how many orders there are."""
    chance = random.Random(_SEED)
    plans = plan_orders(tenant.id, goods, partners, begun=begun, now=now, chance=chance)
    context = Context(
        session=session,
        principal=principal_of(people["desk"]),
        changes=changes,
        now=begun,
        happened_at=begun,
        local_at=None,
        command_id="",
        device="demo",
        batch={},
    )
    with session.no_autoflush:
        await prepare(context, [_sketch(plan) for plan in plans])
        player = _Player(context, await sitting_of(context), people, chance, goods)
        await player.play(plans, now, {good.draft.product for good in sold_out(goods)})
    await session.flush()
    return len(plans)


def _sketch(plan: Plan) -> OrderPlace:
    """Enough for locking and reading: no figures yet."""
    zero = quantise(plan.zero, "CNY")
    lines = tuple(
        PlacedLine(
            id=derived_id(plan.order_id, str(index)), product=product, quantity=quantity, unit_price=zero, net=zero
        )
        for index, (product, quantity) in enumerate(plan.wanted)
    )
    return OrderPlace(
        order=plan.order_id, organisation=plan.organisation_id, lines=lines, currency="CNY", total=zero, note=plan.note
    )


def _wanted(plan: Plan) -> list[Wanted]:
    return [Wanted(line.id, line.product, line.quantity) for line in _sketch(plan).lines]


class _Player:
    """Keeps the clock: whoever acts does so at the moment's time."""

    def __init__(
        self,
        context: Context,
        sitting: Sitting,
        people: Mapping[str, User],
        chance: random.Random,
        goods: Sequence[Good],
    ) -> None:
        self.context = context
        self.sitting = sitting
        self.principals = {login: principal_of(user) for login, user in people.items()}
        self.chance = chance
        self.multiples = {good.draft.product: good.draft.multiple for good in goods}
        self.lots = kept_by_lot(goods)
        self.reasons = {"hold": cycle(_HELD), "cut": cycle(_CUT)}
        self.queue: list[Moment] = []
        self.sequence = count()

    async def play(self, plans: Sequence[Plan], now: datetime, sold_out_ids: set[str]) -> None:
        for plan in plans:
            self._later(plan.placed_at, "place", plan)
        empties_at = now - _SOLD_OUT_FOR
        month = ""
        while self.queue and self.queue[0].at <= now:
            moment = heapq.heappop(self.queue)
            if moment.at >= empties_at and sold_out_ids:
                self._empty(sold_out_ids, empties_at)
                sold_out_ids = set()
            # Numbers go by month: what a month brought is numbered and told before the next begins.
            local_month = (moment.at + timedelta(hours=8)).strftime("%Y-%m")
            if month and local_month != month:
                await finish(self.context)
            month = local_month
            self._clock(moment.at)
            await getattr(self, f"_{moment.act}")(moment.plan)
        await finish(self.context)

    def _later(self, at: datetime, act: str, plan: Plan) -> None:
        heapq.heappush(self.queue, Moment(at, next(self.sequence), act, plan))

    def _after(self, low: float, high: float, act: str, plan: Plan) -> None:
        """Between ``low`` and ``high`` hours from now, at the order's own pace."""
        hours = self.chance.uniform(low, high) * plan.pace
        if plan.stops != act:
            self._later(self.context.now + timedelta(hours=hours), act, plan)

    def _clock(self, at: datetime) -> None:
        context, stock = self.context, self.sitting.stock
        context.now = context.happened_at = stock.now = at
        context.local_at = None

    def _as(self, login: str) -> None:
        self.context.principal = self.principals[login]
        self.sitting.stock.actor_id = self.principals[login].user_id

    def _order(self, plan: Plan) -> Order:
        order = self.sitting.orders[plan.order_id]
        assert order is not None
        return order

    def _empty(self, product_ids: set[str], at: datetime) -> None:
        stock = self.sitting.stock
        self._as("desk")
        stock.now = at
        for product_id in sorted(product_ids):
            if stock.levels.get(product_id) is not None:
                stock.move(product_id, "adjustment", -stock.available(product_id), reason="仓库盘点")

    async def _place(self, plan: Plan) -> None:
        self._as(plan.by)
        context = self.context
        organisation = self.sitting.organisation(plan.organisation_id)
        # A sitting lasts seconds elsewhere; here promotions begin and end while it goes on.
        self.sitting.pricers.pop(organisation.id, None)
        pricer = self.sitting.pricer(organisation, await catalogue_of(context), context.now)
        quote = pricer.quote(_wanted(plan), plan.order_id)
        once, times = plan.wanted, 1
        while quote.totals.total <= plan.above:
            # As many times as it takes at this customer's prices: how much comes off with quantity is not foreseen.
            times += max(1, int(plan.above / quote.totals.total) - 1)
            plan.wanted = tuple((product, quantity * times) for product, quantity in once)
            quote = pricer.quote(_wanted(plan), plan.order_id)
        assert not quote.problems, [(problem.code, problem.detail) for problem in quote.problems]
        if plan.stale:
            context.happened_at = context.local_at = context.now - timedelta(hours=100)
        elif plan.by != "desk":
            context.local_at = context.happened_at = context.now - timedelta(minutes=self.chance.randrange(1, 90))
        await place_order(context, _command(plan, quote))
        if plan.fate == "cancel":
            self._after(1, 20, "cancel", plan)
        elif plan.by_hand == "hold":
            self._after(2, 20, "hold", plan)
        else:
            self._after(0.5, 26, "decide", plan)

    async def _decide(self, plan: Plan) -> None:
        order = self._order(plan)
        reason = ""
        if "price" in order.holds:
            if plan.fate == "wait":
                return
            self._as(plan.by)
            await confirm_price(self.context, OrderConfirmPrice(order=order.id, accept=True, total=order.total))
        if "credit" in order.holds or plan.fate == "wait":
            # Half of what exceeds its credit waits for money, and is overruled or given up later.
            if plan.fate == "wait" or self.chance.random() < 0.4:
                if plan.fate != "wait":
                    self._after(30, 90, self.chance.choice(("cancel", "decide")), plan)
                    plan.fate = "go"
                return
            reason = self.chance.choice(_OVERRULED)
        self._as("finance" if order.holds else "desk")
        await approve_order(self.context, OrderApprove(order=order.id, reason=reason))
        if plan.by_hand == "cut":
            self._after(2, 10, "cut", plan)
        self._after(12, 52, "ship", plan)

    async def _hold(self, plan: Plan) -> None:
        self._as("desk")
        await hold_order(self.context, OrderHold(order=plan.order_id, reason=next(self.reasons["hold"])))

    async def _cut(self, plan: Plan) -> None:
        """Half of the line of which there is most."""
        order = self._order(plan)
        lines = [line for line in order.lines if not line.shipped and line.net]
        line = max(lines, key=lambda line: (line.quantity, line.id))
        step = self.multiples[line.product_id]
        keep = {line.id: line.quantity // 2 // step * step}
        after = cut(order_row(order), keep, included=self.sitting.brand.prices_include_tax)
        self._as("desk")
        command = OrderCut(order=order.id, keep=keep, total=after.totals.total, reason=next(self.reasons["cut"]))
        await cut_order(self.context, command)

    async def _cancel(self, plan: Plan) -> None:
        self._as("desk")
        await cancel_order(self.context, OrderCancel(order=plan.order_id, reason=self.chance.choice(_REFUSALS)))

    async def _ship(self, plan: Plan) -> None:
        order = self._order(plan)
        lines = {line.id: line.reserved for line in order.lines if line.reserved}
        if not lines:
            self._after(24, 48, "ship", plan)
            return
        first = not order.parcels
        if first and plan.parcels > 1 and len(lines) > 1:
            kept = sorted(lines)[: len(lines) // 2]
            lines = {line_id: lines[line_id] for line_id in kept}
        self._as("desk")
        carrier, prefix = self.chance.choice(_CARRIERS)
        products = {line.id: line.product_id for line in order.lines}
        await ship_order(
            self.context,
            OrderShip(
                order=order.id,
                parcel=derived_id(order.id, "parcel", str(len(order.parcels))),
                lines=lines,
                carrier=carrier,
                tracking=f"{prefix}{self.chance.randrange(10**11, 10**12)}",
                lots=lots_of_parcel(self.lots, products, lines, self.context.now),
            ),
        )
        if order.status == "shipped":
            self._after(20, 76, "sign", plan)
        elif plan.stops != "second" and any(line.reserved for line in order.lines):
            self._after(20, 60, "ship", plan)

    async def _sign(self, plan: Plan) -> None:
        self._as(plan.by if plan.by in {"shop", "dealer", "distributor"} else "desk")
        await sign_order(self.context, self._signing(self._order(plan)))
        days = plan.payment_days or 3
        self._after(24 * days * 0.7, 24 * days * 1.3 + 24, "close", plan)

    def _signing(self, order: Order) -> OrderSign:
        """Of one order in some forty a few pieces of the first line were broken."""
        (parcel, *others) = order.parcels
        line_id, quantity = next(iter(parcel["lines"].items()))
        if others or UUID(order.id).int % 40 or quantity < _BROKEN:
            return OrderSign(order=order.id)
        return OrderSign(order=order.id, parcel=parcel["id"], lacking={line_id: _BROKEN}, remark="到货时外箱压坏")

    async def _close(self, plan: Plan) -> None:
        self._as("finance")
        await close_order(self.context, OrderClose(order=plan.order_id, reason="货款已收"))


def _command(plan: Plan, quote: Quote) -> OrderPlace:
    """What the phone would have sent; a stale one shows last season's prices."""
    lines = tuple(
        PlacedLine(id=line.id, product=line.product, quantity=line.quantity, unit_price=line.unit_price, net=line.net)
        for line in quote.lines
    )
    total = quote.totals.total
    if plan.stale:
        old = lines[0].unit_price * 95 / 100
        net = quantise(quantise(old, "CNY") * lines[0].quantity, "CNY")
        total -= lines[0].net - net
        first = PlacedLine(
            id=lines[0].id,
            product=lines[0].product,
            quantity=lines[0].quantity,
            unit_price=quantise(old, "CNY"),
            net=net,
        )
        lines = (first, *lines[1:])
    return OrderPlace(
        order=plan.order_id,
        organisation=plan.organisation_id,
        lines=lines,
        currency="CNY",
        total=total,
        price_lists=quote.price_lists,
        address=plan.address_id,
        shortage="backorder",
        note=plan.note,
    )
