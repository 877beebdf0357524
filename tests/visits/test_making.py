"""Visits through the real push pipeline: the fence, the list, two phones, late and doubled commands."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from backend.database import transaction
from backend.media.models import Media
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from backend.visits.models import Visit, VisitShop
from backend.visits.service import show_photos
from offline.ids import new_id
from offline.wire import visits as wire
from tests.people import World
from tests.shop import Shop, open_shop
from tests.visits.visiting import (
    TODAY,
    at_shop,
    check_in,
    check_out,
    fence,
    item,
    on_the_map,
    picture,
    planned,
    record,
    route,
    template,
    visit_of,
)


async def test_a_visit_from_route_to_check_out(shop: Shop) -> None:
    await on_the_map(shop)
    tasks = (item("stock", "count", required=True), item("price", answer="number", required=True))
    await shop.done("hq", fence("block"), template(shop, *tasks), route(shop))
    due = await visit_of(shop)
    assert (due.status, due.rank, due.rep_name, due.day) == ("planned", 1, "Rep", TODAY)
    begun = shop.now
    await shop.done("rep", check_in(shop))
    here = await visit_of(shop)
    assert here.status == "under_way"
    assert here.items == tasks
    assert here.check_in is not None
    assert (here.check_in.verdict, here.check_in.distance, here.check_in.at) == ("inside", 0, begun)
    # A list that head office changes now is for the visits after this one.
    await shop.done("hq", template(shop, item("other")))
    await shop.done("rep", check_in(shop))
    assert (await visit_of(shop)).items == tasks
    shop.now += timedelta(minutes=25)
    order = await shop.placed({"A": 2}, "rep")
    await shop.done("rep", record(shop, tasks[1], number="12.50"), check_out(shop, orders=(order,), note="good"))
    done = await visit_of(shop)
    assert (done.status, done.minutes, done.orders, done.note) == ("done", 25, (order,), "good")
    assert str(done.results["price"].number) == "12.50"
    assert [event.kind for event in done.events] == [
        "planned", "checked_in", "checked_in_again", "recorded", "checked_out",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["off", "warn", "block"])
async def test_outside_the_fence_is_kept_with_its_reason(shop: Shop, mode: str) -> None:
    await on_the_map(shop)
    await shop.done("hq", fence(mode))
    await shop.done("rep", check_in(shop, position=at_shop(shop, 900)))
    mark = (await visit_of(shop)).check_in
    assert mark is not None
    assert (mark.verdict, mark.distance, mark.mode, mark.excused) == ("outside", 900, mode, mode != "block")
    await shop.done("rep", wire.VisitExplain(visit=planned(shop), reason="The street is closed"))
    mark = (await visit_of(shop)).check_in
    assert mark is not None
    assert (mark.verdict, mark.excused, mark.reason) == ("outside", True, "The street is closed")


async def test_a_reason_given_at_once_excuses(shop: Shop) -> None:
    await on_the_map(shop)
    await shop.done("hq", fence("block"))
    await shop.done("rep", check_in(shop, position=None, reason="No signal in the basement"))
    visit = await visit_of(shop)
    assert visit.check_in is not None
    assert (visit.check_in.verdict, visit.check_in.excused) == ("no_position", True)
    assert visit.events[-1].data["reason"] == "No signal in the basement"
    blank = new_id()
    await shop.done("rep", check_in(shop, blank, position=None, reason="  "))
    mark = (await visit_of(shop, blank)).check_in
    assert mark is not None
    assert not mark.excused


async def test_the_nearest_setting_counts(shop: Shop) -> None:
    """The address's radius, the shop's mode before its type's, the type's before the brand's."""
    await on_the_map(shop)
    by_type = {"shop": wire.TypeFence(mode="block", radius=1000)}
    await shop.done("hq", fence("off", by_type=by_type))
    await shop.done("rep", check_in(shop, new_id(), position=at_shop(shop, 900)))
    assert await _verdicts(shop) == [("inside", "block")]
    await shop.done("hq", wire.VisitShopSave(
        organisation=shop.organisation("SHOP"), mode="warn", radius=50, latitude=31.2304, longitude=121.4737
    ))  # fmt: skip
    await shop.done("rep", check_in(shop, new_id(), position=at_shop(shop, 900)))
    assert await _verdicts(shop) == [("inside", "block"), ("outside", "warn")]


async def _verdicts(shop: Shop) -> list[tuple[str, str]]:
    async with shop.sessions() as session:
        found = (await session.scalars(select(Visit).order_by(Visit.id))).all()
    marks = [msgspec.convert(visit.check_in, wire.VisitMark) for visit in found if visit.check_in]
    return [(mark.verdict, mark.mode) for mark in marks]


async def test_the_phones_own_clock_dates_its_position(shop: Shop) -> None:
    """A phone that is three hours late is judged like any other; a position from yesterday is stale."""
    await on_the_map(shop)
    late = shop.now - timedelta(hours=3)
    first, second = new_id(), new_id()
    await shop.push("rep", [check_in(shop, first, position=at_shop(shop, at=late))], at=late)
    await shop.push("rep", [check_in(shop, second, position=at_shop(shop, at=late - timedelta(minutes=5)))], at=late)
    verdicts = [mark.verdict for each in (first, second) if (mark := (await visit_of(shop, each)).check_in)]
    assert verdicts == ["inside", "stale"]


async def test_check_out_may_come_first(shop: Shop) -> None:
    begun, ended = shop.now - timedelta(minutes=50), shop.now - timedelta(minutes=10)
    await shop.done("rep", check_out(shop, note="late phone"), at=ended)
    half = await visit_of(shop)
    assert (half.status, half.minutes, half.check_in) == ("under_way", None, None)
    await shop.done("rep", check_in(shop), at=begun)
    whole = await visit_of(shop)
    assert (whole.status, whole.minutes, whole.note) == ("done", 40, "late phone")


async def test_of_two_phones_the_first_check_in_and_the_last_check_out_count(shop: Shop) -> None:
    await on_the_map(shop)
    start = shop.now - timedelta(hours=1)
    await shop.done("rep", check_in(shop, position=at_shop(shop, 5, at=start)), at=start + timedelta(minutes=3))
    await shop.done("rep", check_in(shop, position=at_shop(shop, 80, at=start)), at=start)
    one, other = [await shop.placed({"A": 1}, "rep") for _ in range(2)]
    await shop.done("rep", check_out(shop, note="second", orders=(one,)), at=start + timedelta(minutes=45))
    await shop.done("rep", check_out(shop, note="first", orders=(other,)), at=start + timedelta(minutes=30))
    visit = await visit_of(shop)
    assert visit.orders == (one, other)
    assert visit.check_in is not None
    assert (visit.check_in.distance, visit.minutes, visit.note) == (80, 45, "second")
    kinds = [event.kind for event in visit.events]
    assert kinds == ["checked_in", "checked_in_again", "checked_out", "checked_out_again"]
    assert visit.events[-1].data["note"] == "first"
    await shop.done("rep", check_out(shop, note="third"), at=start + timedelta(minutes=50))
    visit = await visit_of(shop)
    assert (visit.minutes, visit.note, visit.events[-1].data["note_before"]) == (50, "third", "second")


async def test_a_visit_is_of_the_day_it_is_at_the_brand(shop: Shop) -> None:
    shop.now = shop.now.replace(hour=17)  # one o'clock in Shanghai, of the next day
    visit = new_id()
    await shop.done("rep", check_in(shop, visit, day=None))
    assert (await visit_of(shop, visit)).day == TODAY + timedelta(days=1)


async def test_clocks_that_disagree_never_make_a_negative_visit(shop: Shop) -> None:
    await shop.done("rep", check_in(shop), at=shop.now)
    await shop.done("rep", check_out(shop), at=shop.now - timedelta(minutes=5))
    assert (await visit_of(shop)).minutes == 0


async def test_the_latest_answer_counts_and_the_others_stay_among_the_events(shop: Shop) -> None:
    question = item("open", answer="text")
    await shop.done("rep", record(shop, question, text="second"), at=shop.now)
    await shop.done("rep", record(shop, question, text="first"), at=shop.now - timedelta(minutes=1))
    visit = await visit_of(shop)
    assert visit.results["open"].text == "second"
    assert [(event.kind, event.data["said"]) for event in visit.events] == [
        ("recorded", "second"),
        ("recorded_late", "first"),
    ]


async def test_sent_twice_it_is_one_visit(shop: Shop) -> None:
    commands = [check_in(shop), check_out(shop)]
    for _ in range(2):
        await shop.done("rep", *commands)
    visit = await visit_of(shop)
    assert visit.status == "done"
    assert [event.kind for event in visit.events].count("checked_in") == 1


async def test_photos_show_when_they_have_come(shop: Shop) -> None:
    shelf, ref = item("shelf", "photo"), picture()
    await shop.done("rep", record(shop, shelf, photos=(ref,)))
    assert [(each.id, each.status) for each in (await visit_of(shop)).results["shelf"].photos] == [(ref.id, "expected")]
    async with transaction(shop.sessions) as session:
        row = await session.get_one(Media, (shop.tenant_id, ref.id))
        row.status, row.width, row.height = "stored", 1600, 1200
        await session.flush()
        changes = Changes()
        await show_photos(session, shop.tenant_id, {ref.id}, changes)
        await flush_changes(session, shop.tenant_id, changes, shop.now)
    (shown,) = (await visit_of(shop)).results["shelf"].photos
    assert (shown.status, shown.width) == ("stored", 1600)


async def test_a_shop_without_a_place_is_proposed_one_and_head_office_accepts(shop: Shop) -> None:
    rough = at_shop(shop, accuracy=400)
    await shop.done("rep", check_in(shop, new_id(), position=rough))
    assert await shop.feed("visit_shop", shop.organisation("SHOP"), wire.VisitShop) == (None, set())
    good = at_shop(shop, 12)
    await shop.done("rep", check_in(shop, new_id(), position=good))
    await shop.done("rep", check_in(shop, new_id(), position=at_shop(shop, 900)))
    row, scopes = await shop.feed("visit_shop", shop.organisation("SHOP"), wire.VisitShop)
    assert (row.proposal, row.proposed_by, scopes) == (good, "Rep", {"visit_rules"})
    accepted = wire.VisitShopSave(
        organisation=shop.organisation("SHOP"), latitude=good.latitude, longitude=good.longitude, radius=80
    )
    await shop.done("hq", accepted)
    row, _ = await shop.feed("visit_shop", shop.organisation("SHOP"), wire.VisitShop)
    assert row.proposal is None
    visit = new_id()
    await shop.done("rep", check_in(shop, visit, position=at_shop(shop, 12)))
    mark = (await visit_of(shop, visit)).check_in
    assert mark is not None
    assert (mark.verdict, mark.distance) == ("inside", 0)
    async with shop.sessions() as session:
        assert (await session.scalars(select(VisitShop))).one().proposal is None


async def test_what_is_refused_changes_nothing(shop: Shop, world: World) -> None:
    own = check_in(shop)
    stranger = msgspec.structs.replace(own, organisation=shop.organisation("RIVAL"))
    await shop.refused("rep", stranger, "organisation_unknown")
    await shop.refused("hq", msgspec.structs.replace(own, organisation=shop.organisation("HQ")), "organisation_unknown")
    for login in ("shop", "desk", "dealer", "staff", "trainer"):
        await shop.refused(login, own, "forbidden")
    for days in (500, -500):
        far = msgspec.structs.replace(own, day=TODAY + timedelta(days=days))
        assert await shop.refused("rep", far, "invalid") == {"field": "day"}
    wrong = record(shop, item("open", answer="number"), text="ten")
    assert await shop.refused("rep", wrong, "invalid") == {"field": "number"}
    await shop.refused("rep", wire.VisitExplain(visit=planned(shop), reason="x"), "visit_unknown")
    await shop.done("rep", own)
    await shop.refused("hq", own, "visit_of_another")
    await shop.refused("hq", wire.VisitExplain(visit=planned(shop), reason="x"), "visit_of_another")
    elsewhere = msgspec.structs.replace(own, organisation=shop.organisation("DEAL"))
    assert await shop.refused("rep", elsewhere, "invalid") == {"field": "organisation"}
    other = await open_shop(shop.sessions, world, world.other)
    await other.refused("rep", own, "organisation_unknown")
