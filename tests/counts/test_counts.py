"""Counts: judged line by line, settled at the moment they were taken, each exactly once."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from backend.counts import shelving
from backend.counts.shelving import shelve_finished_counts
from backend.database import transaction
from backend.stock import queries
from offline.ids import new_id
from offline.wire import counts as wire
from offline.wire.commands import OrderApprove, OrderShip, OrderSign
from offline.wire.rows import Pack
from tests.counts.taking import book, count, line, move, opened, review, submit, tolerate
from tests.people import World
from tests.shop import Shop

HOUR = timedelta(hours=1)


async def test_a_count_within_the_tolerance_is_booked(shop: Shop) -> None:
    await opened(shop, "A", 40)
    await tolerate(shop, units=3)
    command = submit(shop, line(shop, "A", 37, base=1), note="shelf and store")
    await shop.done("rep", command)
    row = await count(shop, command.count)
    (found,) = row.lines
    assert (row.status, row.organisation_code, [each.kind for each in row.events]) == ("settled", "SHOP", ["counted"])
    assert (found.state, found.expected, found.observed, found.adjustment, found.tolerance) == (
        "settled",
        40,
        37,
        -3,
        3,
    )
    assert (found.counted_at, found.counted_by_name) == (shop.now, shop.brand.users["rep"].name)
    assert ((await book(shop, "A")).on_hand, (await book(shop, "A")).counted_at) == (37, shop.now)


async def test_a_delivery_signed_meanwhile_is_replayed(shop: Shop) -> None:
    """The rep counts without a signal; the shop signs for goods; then the count arrives."""
    await opened(shop, "A", 40)
    await tolerate(shop, units=5)
    taken = shop.now
    command = submit(shop, line(shop, "A", 37, base=1))
    order = await shop.placed({"A": 24})
    await shop.done("hq", OrderApprove(order=order))
    lines = {each.id: each.quantity for each in (await shop.order(order)).lines}
    shop.now += HOUR
    await shop.done("hq", OrderShip(order=order, parcel=new_id(), lines=lines))
    shop.now += HOUR
    await shop.done("shop", OrderSign(order=order))
    shop.now += HOUR
    await shop.done("rep", command, at=taken)
    (found,) = (await count(shop, command.count)).lines
    assert (found.expected, found.adjustment, found.later, found.on_hand) == (40, -3, 24, 61)
    assert (await book(shop, "A")).on_hand == 61


async def test_two_counts_that_cross_end_in_the_later_one(shop: Shop) -> None:
    await opened(shop, "A", 20)
    await tolerate(shop, units=20)
    first_at, second_at = shop.now + HOUR, shop.now + 2 * HOUR
    first = submit(shop, line(shop, "A", 10, base=1, at=first_at))
    second = submit(shop, line(shop, "A", 12, base=1, at=second_at))
    shop.now += 3 * HOUR
    await shop.done("rep", second, at=second_at)
    await shop.done("shop", first, at=first_at)
    assert (await book(shop, "A")).on_hand == 12
    (late,) = (await count(shop, first.count)).lines
    assert (late.expected, late.adjustment, late.later, late.on_hand) == (20, -10, 2, 12)
    async with shop.sessions() as session:
        booked = await queries.partner_movements(
            session, shop.tenant_id, shop.organisation("SHOP"), shop.products["A"], 10
        )
    # The correction belongs to the count it corrects.
    assert [(each.count_id, each.delta) for each in booked if each.kind == "count"] == [
        (second.count, 10),
        (second.count, -8),
        (first.count, -10),
    ]


async def test_an_older_count_or_movement_that_arrives_late_turns_no_clock_back(shop: Shop) -> None:
    """When a book was counted last is told, and what comes between is still taken back at the counts after it."""
    await opened(shop, "A", 40)
    await tolerate(shop, units=50)
    start = shop.now
    newer = submit(shop, line(shop, "A", 30, base=1, at=start + timedelta(hours=4)))
    older = submit(shop, line(shop, "A", 36, base=1, at=start + timedelta(hours=1)))
    shop.now = start + timedelta(hours=5)
    await shop.done("rep", newer)
    assert (await book(shop, "A")).counted_at == start + timedelta(hours=4)
    await shop.done("rep", older)
    after = await book(shop, "A")
    assert (after.on_hand, after.counted_at) == (30, start + timedelta(hours=4))
    # Sold before the newer count, told after both: that count has seen it.
    await shop.done("shop", move(shop, "A", -3, "sale"), at=start + timedelta(hours=2))
    # And what was sold at its very moment.
    await shop.done("shop", move(shop, "A", -2, "sale"), at=start + timedelta(hours=4))
    after = await book(shop, "A")
    assert (after.on_hand, after.counted_at) == (30, start + timedelta(hours=4))


async def test_what_the_phone_knew_had_happened_whatever_its_clock_says(shop: Shop) -> None:
    """It had the sale in its row when it counted, and its clock an hour before that."""
    await opened(shop, "A", 40)
    await shop.done("shop", move(shop, "A", -5, "sale"))
    sold_at = shop.now
    early = submit(shop, line(shop, "A", 35, base=2, at=sold_at - timedelta(minutes=30)))
    shop.now += HOUR
    await shop.done("rep", early, at=sold_at - timedelta(minutes=30))
    (found,) = (await count(shop, early.count)).lines
    assert (found.state, found.expected, found.counted_at) == ("settled", 35, sold_at)


async def test_what_was_told_late_does_not_hide_what_came_after_it(shop: Shop) -> None:
    """A count is set against all that moved since, not since the movement that was told last."""
    await opened(shop, "A", 40)
    await tolerate(shop)
    start = shop.now
    shop.now = start + timedelta(hours=5)
    await shop.done("shop", move(shop, "A", -5, "sale"), at=start + timedelta(hours=4))
    await shop.done("shop", move(shop, "A", -2, "sale"), at=start + timedelta(hours=1))
    command = submit(shop, line(shop, "A", 38, at=start + timedelta(hours=3)))
    await shop.done("rep", command, at=start + timedelta(hours=3))
    (found,) = (await count(shop, command.count)).lines
    assert (found.expected, found.adjustment, found.later, found.on_hand) == (38, 0, -5, 33)


async def test_a_phones_wrong_clock_is_corrected(shop: Shop) -> None:
    """The count command's own time tells how wrong the clock of its lines is."""
    await opened(shop, "A", 40)
    ahead = timedelta(days=3)
    command = submit(shop, line(shop, "A", 40, base=1, at=shop.now + ahead))
    shop.now += HOUR
    await shop.done("rep", command, at=shop.now + ahead)
    (found,) = (await count(shop, command.count)).lines
    assert found.counted_at == shop.now - HOUR
    # Nor was anything counted after it was submitted.
    submitted = shop.now
    later = submit(shop, line(shop, "A", 40, base=2, at=submitted + HOUR))
    shop.now += 3 * HOUR
    await shop.done("rep", later, at=submitted)
    (found,) = (await count(shop, later.count)).lines
    assert found.counted_at == submitted


async def test_too_far_off_is_counted_again_by_somebody_else(shop: Shop) -> None:
    await opened(shop, "A", 40)
    await opened(shop, "B", 10)
    command = submit(shop, line(shop, "A", 30, base=1), line(shop, "B", 10, base=1))
    await shop.done("rep", command)
    row = await count(shop, command.count)
    states = {each.product: each.state for each in row.lines}
    assert (row.status, states) == ("recount_wanted", {shop.products["A"]: "recount", shop.products["B"]: "settled"})
    assert (await book(shop, "A")).on_hand == 40

    again = submit(shop, line(shop, "A", 31, base=1), count=command.count)
    assert await shop.refused("rep", again, "recount_by_same") == {"products": ["A"]}
    shop.now += HOUR
    await shop.done("shop", submit(shop, line(shop, "A", 29, base=1), count=command.count))
    row = await count(shop, command.count)
    found = next(each for each in row.lines if each.product == shop.products["A"])
    assert (row.status, found.state, found.adjustment, found.round) == ("settled", "settled", -11, 2)
    assert [each.kind for each in row.events] == ["counted", "recounted"]
    assert (await book(shop, "A")).on_hand == 29


async def test_a_blind_count_tells_no_figures_before_it_is_settled(shop: Shop) -> None:
    await tolerate(shop, blind=True)
    await opened(shop, "A", 40)
    command = submit(shop, line(shop, "A", 30, base=1))
    await shop.done("rep", command)
    row = await count(shop, command.count)
    (shown,) = row.lines
    assert (row.blind, shown.expected, shown.observed, shown.parts) == (True, None, None, ())
    (known,) = (await review(shop, command.count)).lines
    assert (known.expected, known.observed) == (40, 30)
    await shop.done("shop", submit(shop, line(shop, "A", 31, base=1), count=command.count))
    (shown,) = (await count(shop, command.count)).lines
    assert (shown.expected, shown.observed, shown.adjustment) == (40, 31, -9)


async def test_a_count_that_comes_after_it_was_settled_is_kept_without_effect(shop: Shop) -> None:
    await opened(shop, "A", 40)
    command = submit(shop, line(shop, "A", 30, base=1))
    await shop.done("rep", command)
    shop.now += HOUR
    second = submit(shop, line(shop, "A", 29, base=1), count=command.count)
    await shop.done("shop", second)
    third = submit(shop, line(shop, "A", 12, base=1), count=command.count)
    await shop.done("dealer", third)
    rounds = (await review(shop, command.count)).rounds
    assert [each.late for each in rounds] == [(), (), (shop.products["A"],)]
    assert rounds[2].lines == third.lines
    assert (await count(shop, command.count)).events[-1].kind == "late"
    assert (await book(shop, "A")).on_hand == 29


async def test_the_first_count_opens_the_book_and_is_held_against_nothing(shop: Shop) -> None:
    command = submit(shop, line(shop, "A", 18))
    await shop.done("shop", command)
    (found,) = (await count(shop, command.count)).lines
    assert (found.state, found.opening, found.expected, found.adjustment) == ("settled", True, None, 18)
    assert (await book(shop, "A")).opened


async def test_cartons_and_lots(shop: Shop) -> None:
    case = Pack("CASE", {"en": "case"}, 12)
    await shop.done("hq", shop.product_save("A", packs=(case,), lot_tracked=True))
    soon, later = date(2026, 9, 1), date(2027, 1, 1)
    parts = (
        wire.CountedPart(packs={"CASE": 3, "": 5}, lot="L2", expires_on=later),
        wire.CountedPart(packs={"": 4}, lot="L1", expires_on=soon),
    )
    counted = wire.CountedLine(product=shop.products["A"], parts=parts, observed=45, counted_at=shop.now)
    await shop.done("rep", submit(shop, counted))
    row = await book(shop, "A")
    assert row.on_hand == 45
    assert row.lots == (wire.StockLot("L1", 4, soon), wire.StockLot("L2", 41, later))
    shop.now += HOUR
    await tolerate(shop, units=50)
    only = msgspec.structs.replace(counted, parts=parts[:1], observed=41, counted_at=shop.now, base_seq=row.seq)
    await shop.done("rep", submit(shop, only))
    assert (await book(shop, "A")).lots == (wire.StockLot("L2", 41, later),)


async def test_a_carton_of_another_size_is_counted_again(shop: Shop) -> None:
    """The phone knew cartons of 12; head office has made them 24 meanwhile."""
    await opened(shop, "A", 36)
    await shop.done("hq", shop.product_save("A", packs=(Pack("CASE", {"en": "case"}, 24),)))
    parts = (wire.CountedPart(packs={"CASE": 3}),)
    command = submit(shop, wire.CountedLine(product=shop.products["A"], parts=parts, observed=36, base_seq=1))
    await shop.done("rep", command)
    (found,) = (await count(shop, command.count)).lines
    assert (found.state, found.doubt, found.observed, found.expected) == ("recount", "units", 36, 36)
    await shop.done("hq", wire.CountDecide(count=command.count, decision="accept"))
    assert (await book(shop, "A")).on_hand == 36


async def test_head_office_accepts_or_asks_again(shop: Shop) -> None:
    await opened(shop, "A", 40)
    taken = shop.now
    command = submit(shop, line(shop, "A", 30, base=1))
    await shop.done("rep", command)
    shop.now += HOUR
    await shop.done("shop", move(shop, "A", -4, "sale"))
    shop.now += HOUR
    decide = wire.CountDecide(count=command.count, decision="accept", reason="a pallet was broken up")
    await shop.done("hq", decide)
    row = await count(shop, command.count)
    (found,) = row.lines
    assert (row.status, found.counted_at, found.adjustment, found.later, found.on_hand) == (
        "settled",
        taken,
        -10,
        -4,
        26,
    )
    assert (row.events[-1].kind, row.events[-1].reason) == ("accepted", "a pallet was broken up")
    assert await shop.refused("hq", decide, "count_status") == {"status": "settled"}

    again = wire.CountDecide(count=command.count, decision="again")
    await shop.refused("hq", again, "reason_needed")
    await shop.done("hq", msgspec.structs.replace(again, reason="not believed"))
    await shop.refused("rep", submit(shop, line(shop, "A", 27), count=command.count), "recount_by_same")
    await shop.done("shop", submit(shop, line(shop, "A", 27), count=command.count))
    assert (await book(shop, "A")).on_hand == 27
    assert (await count(shop, command.count)).status == "settled"
    # Whoever has counted it, this time or before, is not the one to count it once more.
    await shop.done("hq", msgspec.structs.replace(again, reason="still not believed"))
    for login in ("rep", "shop"):
        await shop.refused(login, submit(shop, line(shop, "A", 27), count=command.count), "recount_by_same")
    await shop.done("dealer", submit(shop, line(shop, "A", 26), count=command.count))
    assert (await book(shop, "A")).on_hand == 26


async def test_one_line_is_accepted_and_the_other_waits(shop: Shop) -> None:
    await opened(shop, "A", 40)
    await opened(shop, "B", 10)
    command = submit(shop, line(shop, "A", 30, base=1), line(shop, "B", 9, base=1))
    await shop.done("rep", command)
    await shop.done("hq", wire.CountDecide(count=command.count, decision="accept", products=(shop.products["A"],)))
    row = await count(shop, command.count)
    states = {each.product: each.state for each in row.lines}
    assert (row.status, states) == ("recount_wanted", {shop.products["A"]: "settled", shop.products["B"]: "recount"})
    assert ((await book(shop, "A")).on_hand, (await book(shop, "B")).on_hand) == (30, 10)


async def test_what_was_asked_for_again_may_stay_as_it_was(shop: Shop) -> None:
    await opened(shop, "A", 40)
    command = submit(shop, line(shop, "A", 40, base=1))
    await shop.done("rep", command)
    await shop.done("hq", wire.CountDecide(count=command.count, decision="again", reason="sure?"))
    booked = (await book(shop, "A")).seq
    await shop.done("hq", wire.CountDecide(count=command.count, decision="accept"))
    assert (await count(shop, command.count)).status == "settled"
    assert (await book(shop, "A")).seq == booked


async def test_asked_for_dropped_and_counted_all_the_same(shop: Shop) -> None:
    products = (shop.products["A"], shop.products["B"])
    ask = wire.CountAsk(
        count=new_id(),
        organisation=shop.organisation("SHOP"),
        products=products,
        due_on=date(2026, 7, 10),
        blind=True,
        note="before the fair",
    )
    await shop.done("hq", ask)
    row = await count(shop, ask.count)
    assert (row.status, row.blind, row.due_on, row.asked_by_name) == (
        "wanted",
        True,
        date(2026, 7, 10),
        shop.brand.users["hq"].name,
    )
    assert await shop.refused("hq", ask, "count_exists") == {}
    await shop.done("hq", wire.CountDecide(count=ask.count, decision="drop", reason="the fair is off"))
    assert (await count(shop, ask.count)).status == "dropped"
    visit = new_id()
    await shop.done("rep", submit(shop, line(shop, "A", 3), count=ask.count, visit=visit))
    row = await count(shop, ask.count)
    assert (row.status, row.visit, [each.state for each in row.lines]) == ("settled", visit, ["settled", "wanted"])
    # The visit on which it was begun stays with it.
    await shop.done("rep", submit(shop, line(shop, "B", 4), count=ask.count))
    assert (await count(shop, ask.count)).visit == visit
    drop = wire.CountDecide(count=ask.count, decision="drop")
    assert await shop.refused("hq", drop, "count_status") == {"status": "settled"}


async def test_tolerances_and_lists(shop: Shop) -> None:
    await opened(shop, "A", 100)
    await opened(shop, "B", 100)
    rule = wire.ToleranceRule(product=shop.products["A"], percent=Decimal(10))
    await tolerate(shop, units=1, rules=(rule,))
    saved = wire.CountListSave(count_list=new_id(), name={"en": "Cooler"}, sold=True, types=("shop",), blind=True)
    await shop.done("hq", saved)
    listed, scopes = await shop.feed("count_list", saved.count_list, wire.CountList)
    assert (listed.name, listed.types, scopes) == ({"en": "Cooler"}, ("shop",), {"brand"})
    command = submit(shop, line(shop, "A", 90, base=1), line(shop, "B", 98, base=1), count_list=saved.count_list)
    await shop.done("rep", command)
    lines = {each.product: each for each in (await review(shop, command.count)).lines}
    row = await count(shop, command.count)
    assert (lines[shop.products["A"]].state, lines[shop.products["B"]].state, row.blind) == ("settled", "recount", True)
    # Who asks for a count by this list may still let the figures be seen.
    where, products = shop.organisation("SHOP"), (shop.products["A"],)
    ask = wire.CountAsk(count=new_id(), organisation=where, products=products, count_list=saved.count_list, blind=False)
    await shop.done("hq", ask)
    assert not (await count(shop, ask.count)).blind


async def test_what_is_refused(shop: Shop, world: World) -> None:
    one = line(shop, "A", 3)
    await shop.refused("shop", submit(shop, one, organisation=shop.organisation("RIVAL")), "organisation_unknown")
    await shop.refused("rep", submit(shop, one, organisation=shop.organisation("HQ")), "organisation_unknown")
    await shop.refused("shop", submit(shop, one, count_list=new_id()), "count_list_unknown")
    await shop.refused("shop", submit(shop, msgspec.structs.replace(one, product=new_id())), "product_unknown")
    assert await shop.refused("shop", submit(shop, one, one), "invalid") == {"field": "lines"}
    twice = msgspec.structs.replace(one, parts=one.parts * 2)
    assert await shop.refused("shop", submit(shop, twice), "invalid") == {"field": "parts"}
    command = submit(shop, one)
    await shop.done("shop", command)
    elsewhere = submit(shop, line(shop, "A", 1), count=command.count, organisation=shop.organisation("DEAL"))
    await shop.refused("hq", elsewhere, "count_unknown")
    unknown = wire.CountDecide(count=new_id(), decision="accept")
    await shop.refused("hq", unknown, "count_unknown")
    foreign = wire.CountDecide(count=command.count, decision="again", reason="x", products=(shop.products["B"],))
    assert await shop.refused("hq", foreign, "line_unknown") == {"lines": [shop.products["B"]]}
    both = wire.ToleranceRule(product=shop.products["A"], category=new_id())
    assert await shop.refused("hq", wire.CountConfigure(rules=(both,)), "invalid") == {"field": "rules"}
    await shop.refused("hq", wire.CountConfigure(rules=(wire.ToleranceRule(category=new_id()),)), "category_unknown")
    nothing = wire.CountListSave(count_list=new_id(), name={"en": "x"})
    assert await shop.refused("hq", nothing, "invalid") == {"field": "products"}


async def test_old_counts_leave_phones_and_stay_on_the_server(shop: Shop) -> None:
    old, waiting = submit(shop, line(shop, "A", 3)), submit(shop, line(shop, "A", 99, base=1))
    await shop.done("shop", old)
    await shop.done("shop", waiting)
    assert (await count(shop, waiting.count)).status == "recount_wanted"
    async with transaction(shop.sessions) as session:
        assert await shelve_finished_counts(session, shop.tenant_id, shop.now + timedelta(days=181)) == 1
    assert (await shop.feed("count", old.count, wire.Count))[0] is None
    assert (await count(shop, waiting.count)).status == "recount_wanted"
    decide = wire.CountDecide(count=old.count, decision="again", reason="after all")
    await shop.done("hq", decide)
    assert (await count(shop, old.count)).status == "recount_wanted"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_of_many_counts_the_latest_stay_on_the_phones(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "MOST_KEPT", 2)
    taken: list[str] = []
    for _ in range(3):
        command = submit(shop, line(shop, "A", 3, base=len(taken)))
        await shop.done("shop", command)
        taken.append(command.count)
        shop.now += HOUR
    async with transaction(shop.sessions) as session:
        assert await shelve_finished_counts(session, shop.tenant_id, shop.now) == 1
    left = [(await shop.feed("count", each, wire.Count))[0] is not None for each in taken]
    assert left == [False, True, True]
