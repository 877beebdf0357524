"""Counts of the brand's own warehouse: set against its ledger at the moment they were taken, given out, audited."""

from datetime import timedelta

import httpx
from sqlalchemy import select

from backend.database import snapshot
from backend.identity.models import Role
from backend.stock import queries
from offline.ids import new_id
from offline.wire import counts as wire
from offline.wire.commands import OrderApprove, OrderShip, StockAdjust
from tests.counts.taking import count, line, review, submit, tolerate
from tests.shop import Shop

HOUR = timedelta(hours=1)


async def stocked(shop: Shop, quantity: int) -> None:
    """What is there of A is ``quantity``, and an hour passes."""
    there = (await on_hand(shop)).get(shop.products["A"], 0)
    adjust = StockAdjust(movement=new_id(), product=shop.products["A"], delta=quantity - there, reason="start")
    if quantity != there:
        await shop.done("hq", adjust)
    shop.now += HOUR


async def on_hand(shop: Shop) -> dict[str, int]:
    """As the levels have it, which is what the ledger sums up to."""
    async with snapshot(shop.sessions) as session:
        levels = {product: there for product, there, _at in await queries.on_hand(session, shop.tenant_id)}
        sums = {product: there for product, there, _reserved in await queries.ledger_sums(session, shop.tenant_id)}
    assert {product: there for product, there in levels.items() if there} == {
        product: there for product, there in sums.items() if there
    }
    return levels


def counted(shop: Shop, *lines: wire.CountedLine, **more: object) -> wire.CountSubmit:
    return submit(shop, *lines, organisation=shop.organisation("HQ"), **more)


async def shipped(shop: Shop, quantity: int) -> None:
    order = await shop.placed({"A": quantity})
    await shop.done("hq", OrderApprove(order=order))
    lines = {each.id: each.quantity for each in (await shop.order(order)).lines}
    await shop.done("hq", OrderShip(order=order, parcel=new_id(), lines=lines))


async def test_what_was_shipped_after_the_count_stays_shipped(shop: Shop) -> None:
    await stocked(shop, 100)
    await tolerate(shop, units=5)
    taken = shop.now
    command = counted(shop, line(shop, "A", 97))
    shop.now += HOUR
    await shipped(shop, 24)
    shop.now += HOUR
    await shop.done("desk", command, at=taken)
    row = await count(shop, command.count)
    (found,) = row.lines
    assert (row.status, row.organisation_code) == ("settled", "HQ")
    assert (found.expected, found.observed, found.adjustment, found.later, found.on_hand) == (100, 97, -3, -24, 73)
    assert (await on_hand(shop))[shop.products["A"]] == 73


async def test_what_the_same_push_took_away_is_seen_by_a_count_before_it(shop: Shop) -> None:
    await stocked(shop, 100)
    command = counted(shop, line(shop, "A", 100))
    shop.now += HOUR
    broken = StockAdjust(movement=new_id(), product=shop.products["A"], delta=-7, reason="broken")
    verdicts = await shop.push("desk", [broken, command])
    assert [verdict.status for verdict in verdicts] == ["applied"] * 2
    (found,) = (await count(shop, command.count)).lines
    assert (found.expected, found.adjustment, found.later, found.on_hand) == (100, 0, -7, 93)
    assert (await on_hand(shop))[shop.products["A"]] == 93


async def test_too_far_off_is_counted_again_or_accepted(shop: Shop) -> None:
    await stocked(shop, 100)
    command = counted(shop, line(shop, "A", 90))
    await shop.done("desk", command)
    assert (await count(shop, command.count)).status == "recount_wanted"
    assert (await on_hand(shop))[shop.products["A"]] == 100
    again = counted(shop, line(shop, "A", 91), count=command.count)
    assert await shop.refused("desk", again, "recount_by_same") == {"products": ["A"]}
    await shop.done("hq", again)
    (found,) = (await review(shop, command.count)).lines
    assert (found.state, found.expected, found.adjustment) == ("settled", 100, -9)
    assert (await on_hand(shop))[shop.products["A"]] == 91

    shop.now += HOUR
    second = counted(shop, line(shop, "A", 80))
    await shop.done("hq", second)
    shop.now += HOUR
    await shipped(shop, 10)
    await shop.done("desk", wire.CountDecide(count=second.count, decision="accept", reason="broken pallet"))
    (found,) = (await count(shop, second.count)).lines
    assert (found.adjustment, found.later, found.on_hand) == (-11, -10, 70)
    assert (await on_hand(shop))[shop.products["A"]] == 70


async def test_two_counts_that_cross_end_in_the_later_one(shop: Shop) -> None:
    """The later one found the book right: it says so from its moment on all the same."""
    await stocked(shop, 100)
    await tolerate(shop, units=50)
    first_at, second_at = shop.now + HOUR, shop.now + 2 * HOUR
    shop.now += 3 * HOUR
    await shop.done("hq", counted(shop, line(shop, "A", 100, at=second_at)), at=second_at)
    early = counted(shop, line(shop, "A", 95, at=first_at))
    await shop.done("desk", early, at=first_at)
    (found,) = (await count(shop, early.count)).lines
    assert (found.expected, found.adjustment, found.later, found.on_hand) == (100, -5, 5, 100)
    assert (await on_hand(shop))[shop.products["A"]] == 100


async def test_what_was_found_goes_to_the_order_that_waits(shop: Shop) -> None:
    await stocked(shop, 12)
    await tolerate(shop, units=50)
    order = await shop.placed({"A": 24})
    (waiting,) = (await shop.order(order)).lines
    assert (waiting.reserved, waiting.backordered) == (12, 12)
    await shop.done("hq", counted(shop, line(shop, "A", 30)))
    (filled,) = (await shop.order(order)).lines
    assert (filled.reserved, filled.backordered) == (24, 0)


async def test_a_count_that_contradicts_what_was_shipped_is_not_booked(shop: Shop) -> None:
    """Nothing was found there, and then 24 of it were shipped: the count is wrong, or its time is."""
    await stocked(shop, 100)
    await tolerate(shop, units=500)
    taken = shop.now
    command = counted(shop, line(shop, "A", 0))
    shop.now += HOUR
    await shipped(shop, 24)
    await shop.done("desk", command, at=taken)
    assert (await count(shop, command.count)).status == "recount_wanted"
    accept = wire.CountDecide(count=command.count, decision="accept")
    assert await shop.refused("hq", accept, "stock_negative") == {"on_hand": -24}
    assert (await on_hand(shop))[shop.products["A"]] == 76
    shop.now += HOUR
    await shop.done("hq", counted(shop, line(shop, "A", 75), count=command.count))
    assert (await on_hand(shop))[shop.products["A"]] == 75


async def test_it_is_asked_for_and_seen_by_those_who_keep_the_stock_alone(shop: Shop) -> None:
    await stocked(shop, 100)
    head_office = shop.organisation("HQ")
    ask = wire.CountAsk(count=new_id(), organisation=head_office, products=(shop.products["A"],))
    await shop.done("desk", ask)
    assert (await count(shop, ask.count)).status == "wanted"
    for login in ("rep", "shop", "dealer"):
        await shop.refused(login, counted(shop, line(shop, "A", 1), count=ask.count), "organisation_unknown")
    # Nor by a role that decides on counts and does not keep the stock, though it sees the head office.
    async with shop.sessions.begin() as session:
        role = (
            await session.scalars(select(Role).where(Role.tenant_id == shop.tenant_id, Role.name == "finance"))
        ).one()
        role.permissions = [*role.permissions, "count.decide"]
    await shop.refused("finance", wire.CountDecide(count=ask.count, decision="drop"), "count_unknown")
    await shop.done("hq", counted(shop, line(shop, "A", 100), count=ask.count))
    assert (await count(shop, ask.count)).status == "settled"
    assert (await on_hand(shop))[shop.products["A"]] == 100


async def test_its_movements_are_read_over_http(shop: Shop, client: httpx.AsyncClient) -> None:
    await stocked(shop, 100)
    await tolerate(shop, units=5)
    await shop.done("hq", counted(shop, line(shop, "A", 98)))
    path, product = f"/api/partner-stock/{shop.organisation('HQ')}", shop.products["A"]
    answer = await client.get(f"{path}/{product}/movements", headers=shop.brand.bearer("desk"))
    latest = answer.json()[0]
    assert (latest["kind"], latest["delta"], latest["actor_name"]) == ("count", -2, shop.brand.users["hq"].name)
    held = (await client.get(path, headers=shop.brand.bearer("desk"))).json()
    assert {each["product"]: each["on_hand"] for each in held}[product] == 98
    assert (await client.get(path, headers=shop.brand.bearer("rep"))).status_code == 404
