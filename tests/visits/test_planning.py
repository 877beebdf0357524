"""Routes, a day's rows, visits added and called off, and what head office sets."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec

from backend.visits.days import DAYS_KEPT
from backend.visits.scopes import scopes_of
from offline.ids import new_id
from offline.rules.visiting import FENCE_ID, template_id
from offline.wire import visits as wire
from tests.people import World
from tests.shop import Shop, open_shop
from tests.visits.visiting import (
    TODAY,
    check_in,
    check_out,
    day_begins,
    fence,
    item,
    planned,
    route,
    template,
    visit_of,
)

WEEK = timedelta(days=7)


def adding(shop: Shop, visit: str, **more: Any) -> wire.VisitAdd:
    return wire.VisitAdd(visit=visit, organisation=shop.organisation("SHOP"), day=TODAY, **more)


def calling_off(shop: Shop, visit: str = "", day: date = TODAY, **more: Any) -> wire.VisitCancel:
    return wire.VisitCancel(
        visit=visit or planned(shop, day), organisation=shop.organisation("SHOP"), day=day, reason="Closed",
        **more,
    )  # fmt: skip


async def test_a_day_is_made_closed_and_put_away(shop: Shop) -> None:
    await shop.done("hq", route(shop))
    await day_begins(shop, TODAY + WEEK)
    missed, due = await visit_of(shop), await visit_of(shop, planned(shop, TODAY + WEEK))
    assert (missed.status, due.status) == ("missed", "planned")
    assert missed.events[-1].kind == "missed"
    assert await day_begins(shop, TODAY + WEEK) == 0
    # The phone was offline on that day: what happened then counts, whenever it arrives.
    await shop.done("rep", check_in(shop), at=shop.now + timedelta(minutes=1))
    await shop.done("rep", check_out(shop), at=shop.now + timedelta(minutes=9))
    assert (await visit_of(shop)).status == "done"
    await day_begins(shop, TODAY + timedelta(days=DAYS_KEPT))
    assert (await visit_of(shop)).status == "done"
    await day_begins(shop, TODAY + timedelta(days=DAYS_KEPT + 1))
    row, scopes = await shop.feed("visit", planned(shop), wire.Visit)
    assert (row, scopes) == (None, set())


async def test_a_visit_left_open_ends_with_its_day(shop: Shop) -> None:
    await shop.done("rep", check_in(shop))
    await day_begins(shop, TODAY + timedelta(days=1))
    visit = await visit_of(shop)
    assert (visit.status, visit.minutes, visit.events[-1].kind) == ("done", None, "left_open")


async def test_a_changed_route_changes_today(shop: Shop) -> None:
    command = route(shop)
    await shop.done("hq", command)
    assert (await visit_of(shop)).status == "planned"
    await shop.done("hq", msgspec.structs.replace(command, weekdays=(2,)))
    assert await shop.feed("visit", planned(shop), wire.Visit) == (None, set())
    await shop.done("hq", msgspec.structs.replace(command, weekdays=(1,)))
    await shop.done("rep", check_in(shop))
    await shop.done("hq", msgspec.structs.replace(command, active=False))
    assert (await visit_of(shop)).status == "under_way"


async def test_a_route_that_goes_to_another_rep_leaves_the_first(shop: Shop) -> None:
    command = route(shop)
    await shop.done("hq", command)
    hq = shop.brand.users["hq"].id
    await shop.done("hq", msgspec.structs.replace(command, rep=hq))
    row, scopes = await shop.feed("visit_route", command.route, wire.VisitRoute)
    assert (row.rep_name, scopes) == ("Hq", {"visits", f"user:{hq}"})
    assert await shop.feed("visit", planned(shop), wire.Visit) == (None, set())
    assert (await visit_of(shop, planned(shop, login="hq"))).status == "planned"


async def test_a_shop_that_left_or_is_anothers_is_not_due(shop: Shop) -> None:
    await shop.set_organisation("SHOP", rep=None)
    await shop.done("hq", route(shop))
    assert await shop.feed("visit", planned(shop), wire.Visit) == (None, set())
    await shop.set_organisation("SHOP")
    assert await day_begins(shop, TODAY) == 1
    await shop.set_organisation("SHOP", status="exited")
    assert await day_begins(shop, TODAY) == 1
    assert await shop.feed("visit", planned(shop), wire.Visit) == (None, set())


async def test_a_visit_is_added_by_oneself_and_by_head_office(shop: Shop) -> None:
    mine, given = new_id(), new_id()
    await shop.done("rep", adding(shop, mine, note="asked for it"))
    await shop.done("hq", adding(shop, given, rep=shop.brand.users["rep"].id))
    assert {(await visit_of(shop, each)).rep_name for each in (mine, given)} == {"Rep"}
    hq = shop.brand.users["hq"].id
    await shop.refused("rep", adding(shop, new_id(), rep=hq), "forbidden")
    await shop.refused("hq", adding(shop, mine), "visit_exists")
    await shop.refused("hq", adding(shop, new_id(), rep=new_id()), "rep_unknown")
    # Nobody who does not plan for others calls off another's.
    own = new_id()
    await shop.done("hq", adding(shop, own))
    await shop.refused("rep", calling_off(shop, own), "visit_of_another")
    # What was added is on no route, and no route takes it away; nor what is due and was asked for by hand as well.
    weekly = route(shop)
    await shop.done("hq", weekly)
    await shop.done("rep", adding(shop, planned(shop)))
    await shop.done("hq", msgspec.structs.replace(weekly, weekdays=(2,)))
    assert {(await visit_of(shop, each)).status for each in (mine, given, planned(shop))} == {"planned"}
    await shop.done("rep", check_in(shop, mine), adding(shop, mine))
    assert (await visit_of(shop, mine)).status == "under_way"


async def test_calling_off(shop: Shop) -> None:
    await shop.done("rep", calling_off(shop))
    off = await visit_of(shop)
    assert (off.status, off.cancelled_for, off.planned) == ("cancelled", "Closed", True)
    await shop.done("hq", route(shop))
    assert (await visit_of(shop)).status == "cancelled"
    # The rep's phone did not know: she was there.
    await shop.done("rep", check_in(shop))
    assert (await visit_of(shop)).status == "under_way"
    await shop.refused("hq", calling_off(shop), "visit_begun")
    await shop.refused("rep", calling_off(shop, new_id()), "visit_unknown")
    rep = shop.brand.users["rep"].id
    await shop.done("hq", calling_off(shop, day=TODAY + WEEK, rep=rep))
    tomorrow = await visit_of(shop, planned(shop, TODAY + WEEK))
    assert (tomorrow.status, tomorrow.rep_name) == ("cancelled", "Rep")


async def test_what_a_plan_is_refused_for(shop: Shop, world: World) -> None:
    for login in ("rep", "desk", "finance", "shop", "staff"):
        for command in (route(shop), template(shop), fence("warn")):
            await shop.refused(login, command, "forbidden")
    cases = {
        "weekdays": route(shop, weekdays=()), "ends_on": route(shop, ends_on=TODAY - WEEK),
        "stops": route(shop, stops=(shop.organisation("SHOP"),) * 2), "name": route(shop, name=" "),
    }  # fmt: skip
    for field, command in cases.items():
        assert await shop.refused("hq", command, "invalid") == {"field": field}
    await shop.refused("hq", route(shop, rep=new_id()), "rep_unknown")
    await shop.refused("hq", route(shop, stops=(new_id(),)), "organisation_unknown")
    twice = (item("a"), item("a"))
    one_choice = (item("a", answer="choice", choices=(wire.Choice(id="x", name={"en": "X"}),)),)
    for items in (twice, one_choice, (wire.VisitItem(id="a", kind="talk", title={}),)):
        assert await shop.refused("hq", template(shop, *items), "invalid") == {"field": "items"}
    half = wire.VisitShopSave(organisation=shop.organisation("SHOP"), latitude=31.0)
    assert await shop.refused("hq", half, "invalid") == {"field": "longitude"}
    bare = wire.VisitShopSave(organisation=shop.organisation("RIVAL"), latitude=31.0, longitude=121.0)
    await shop.set_organisation("RIVAL", addresses=())
    await shop.refused("hq", bare, "no_address")
    other = await open_shop(shop.sessions, world, world.other)
    await other.refused("hq", route(shop), "organisation_unknown")


async def test_the_rules_reach_who_visits(shop: Shop) -> None:
    await shop.done("hq", fence("block"), template(shop, item("a")))
    for entity, row_id, kind in (
        ("visit_fence", FENCE_ID, wire.VisitFence),
        ("visit_template", template_id("shop"), wire.VisitTemplate),
    ):
        row, scopes = await shop.feed(entity, row_id, kind)
        assert row is not None
        assert scopes == {"visit_rules"}


async def test_all_visits_are_seen_by_who_sees_all_of_the_brand(shop: Shop) -> None:
    """They tell where people were: a permission alone does not show those of other regions."""
    async with shop.sessions() as session:
        hq, rep = await shop.principal("hq"), await shop.principal("rep")
        assert await scopes_of(session, hq) == ["visit_rules", "visits"]
        given = replace(rep, permissions=rep.permissions | {"visit.see_all"})
        assert await scopes_of(session, given) == ["visit_rules"]
