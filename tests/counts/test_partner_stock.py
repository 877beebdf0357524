"""What partners have: the sum of its movements, goods signed for included."""

from datetime import date, timedelta

import httpx
import msgspec

from backend.stock import queries
from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderShip, OrderSign
from tests.counts.taking import book, line, move, opened, stock_id, submit
from tests.people import World
from tests.shop import Shop


async def shipped(shop: Shop, wanted: dict[str, int]) -> str:
    order = await shop.placed(wanted)
    await shop.done("hq", OrderApprove(order=order))
    lines = {each.id: each.quantity for each in (await shop.order(order)).lines}
    await shop.done("hq", OrderShip(order=order, parcel=new_id(), lines=lines))
    return order


async def test_goods_signed_for_come_into_the_partners_stock(shop: Shop) -> None:
    order = await shipped(shop, {"A": 24, "B": 3})
    row, _ = await shop.feed("partner_stock", stock_id(shop, "A"), msgspec.Raw)
    assert row is None
    shop.now += timedelta(days=1)
    await shop.done("shop", OrderSign(order=order))
    a, b = await book(shop, "A"), await book(shop, "B")
    assert (a.on_hand, a.seq, a.opened, b.on_hand) == (24, 1, False, 3)
    async with shop.sessions() as session:
        (moved,) = await queries.partner_movements(
            session, shop.tenant_id, shop.organisation("SHOP"), shop.products["A"], 10
        )
    assert (moved.kind, moved.order_id, moved.at) == ("delivery", order, shop.now)


async def test_a_parcel_signed_offline_was_delivered_then_but_not_before_it_was_shipped(shop: Shop) -> None:
    order = await shipped(shop, {"A": 24})
    sent = shop.now
    shop.now += timedelta(days=1)
    await shop.done("shop", OrderSign(order=order), at=sent + timedelta(hours=2))
    other = await shipped(shop, {"A": 6})
    wrong = shop.now - timedelta(days=9)
    shipped_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("shop", OrderSign(order=other), at=wrong)
    async with shop.sessions() as session:
        found = await queries.partner_movements(
            session, shop.tenant_id, shop.organisation("SHOP"), shop.products["A"], 10
        )
    assert [(each.delta, each.at) for each in found] == [(6, shipped_at), (24, sent + timedelta(hours=2))]


async def test_movements_add_up_by_lot(shop: Shop) -> None:
    expiry = date(2026, 12, 1)
    await shop.done("shop", move(shop, "A", 40, "opening", lot="L1", expires_on=expiry))
    await shop.done("shop", move(shop, "A", -10, lot="L1"))
    # Who takes of a lot need not say again when it expires.
    assert [(each.lot, each.quantity, each.expires_on) for each in (await book(shop, "A")).lots] == [("L1", 30, expiry)]
    await shop.done("shop", move(shop, "A", -6, "sale"), move(shop, "A", 2, lot="L2"), move(shop, "A", -30, lot="L1"))
    row = await book(shop, "A")
    assert (row.on_hand, row.seq, row.opened) == (-4, 5, True)
    assert [(each.lot, each.quantity) for each in row.lots] == [("L2", 2)]
    async with shop.sessions() as session:
        sums = await queries.partner_sums(session, shop.tenant_id)
    assert sums == {(shop.organisation("SHOP"), shop.products["A"]): -4}


async def test_what_a_movement_is_refused_for(shop: Shop, world: World) -> None:
    assert await shop.refused("shop", move(shop, "A", 0), "invalid") == {"field": "delta"}
    assert await shop.refused("shop", move(shop, "A", 4, "sale"), "invalid") == {"field": "delta"}
    assert await shop.refused("shop", move(shop, "A", -4, "opening"), "invalid") == {"field": "delta"}
    early = date(1, 1, 1)
    assert await shop.refused("shop", move(shop, "A", 1, expires_on=early), "invalid") == {"field": "expires_on"}
    await shop.refused("shop", move(shop, "A", 1, organisation=shop.organisation("RIVAL")), "organisation_unknown")
    await shop.refused("hq", move(shop, "A", 1, organisation=new_id()), "organisation_unknown")
    await shop.refused("shop", msgspec.structs.replace(move(shop, "A", 1), product=new_id()), "product_unknown")
    done = move(shop, "A", 5, "opening")
    await shop.done("shop", done)
    await shop.refused("shop", msgspec.structs.replace(done, delta=2, kind="manual"), "movement_exists")
    await shop.refused("shop", move(shop, "A", 5, "opening"), "stock_opened")


async def test_a_counted_book_was_opened(shop: Shop) -> None:
    await shop.done("shop", submit(shop, line(shop, "A", 7)))
    await shop.refused("shop", move(shop, "A", 5, "opening"), "stock_opened")


async def test_the_ledger_is_read_by_who_may_see_the_partner(shop: Shop, client: httpx.AsyncClient) -> None:
    await opened(shop, "A", 40)
    await shop.done("shop", move(shop, "A", -6, "sale", reason="day's till"))
    where = f"/api/partner-stock/{shop.organisation('SHOP')}"
    answer = await client.get(where, headers=shop.brand.bearer("hq"))
    assert [(each["product"], each["on_hand"]) for each in answer.json()] == [(shop.products["A"], 34)]
    answer = await client.get(f"{where}/{shop.products['A']}/movements", headers=shop.brand.bearer("rep"))
    shown = [(each["kind"], each["delta"], each.get("reason", ""), each["actor_name"]) for each in answer.json()]
    name = shop.brand.users["shop"].name
    assert shown == [("sale", -6, "day's till", name), ("opening", 40, "", name)]
    assert (await client.get(where, headers=shop.brand.bearer("staff"))).status_code in {403, 404}
