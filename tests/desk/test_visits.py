"""Visits at the desk: the day by rep, one in full, routes, lists, fences and proposed positions."""

from datetime import timedelta

from offline.rules.visiting import FENCE_ID, template_id
from offline.wire import rows
from offline.wire import visits as wire
from offline.wire.media import Position
from pwa.desk.visits.items import choice_ids
from tests.desk.conftest import Open
from tests.desk.world import NOW, SHOP, uid
from tests.screens.test_visits import TODAY, at, item, world
from tests.screens.world import PROSPECT, REP, organisation

DONE = uid("done-visit")


def papers() -> list[tuple[str, rows.Row]]:
    mark = wire.VisitMark(
        at=NOW - timedelta(minutes=40), verdict="outside", mode="block", distance=900, reason="门店在装修",
        position=at(900),
    )  # fmt: skip
    talk = item("谈话", "talk")
    done = wire.Visit(
        id=DONE, organisation=PROSPECT, organisation_code="S0003", organisation_name={"zh": "小桥食品"}, rep=REP,
        rep_name="林晓", day=TODAY, status="done", planned=False, check_in=mark, minutes=25, items=(talk,),
        check_out=wire.VisitMark(at=NOW - timedelta(minutes=15), verdict="inside", distance=4, position=at(4)),
        results={"谈话": wire.VisitResult(item=talk, at=NOW, text="要新陈列")}, orders=(uid("0001"),),
        events=(wire.VisitEvent(kind="checked_in", at=NOW, actor_name="林晓", data={"reason": "门店在装修"}),),
    )  # fmt: skip
    shop = wire.VisitShop(id=SHOP, proposal=Position(latitude=31.2, longitude=121.4, accuracy=14, at=NOW),
                          proposed_by="林晓")  # fmt: skip
    return [*world(), ("visit", done), ("visit_shop", shop)]


async def test_the_day_by_rep_with_what_was_away_from_the_shop(open_desk: Open) -> None:
    desk = await open_desk("/desk/visits", more=papers())
    section = desk.text(f"rep-{REP}")
    for said in ("林晓", "计划 3", "完成 1", "位置异常 1", "不在门店", "900 米", "25 分钟", "门店在装修", "待拜访"):
        assert said in section, said
    await desk.tap("visit-S0003")
    assert desk.app.router.path == f"/desk/visits/{DONE}"
    panel = desk.text("visit-panel")
    for said in ("距门店 900 米 · 精度 ±12 米", "门店在装修", "要新陈列", "SO-0001"):
        assert said in panel, said
    await desk.key("Escape")
    await desk.tap("day-before")
    assert not desk.has(f"rep-{REP}")


async def test_a_route_is_made_and_mended(open_desk: Open) -> None:
    newcomer = wire.VisitRep(id=uid("newcomer"), name="赵敏", role="rep")
    desk = await open_desk("/desk/visits/new?tab=routes", more=[*papers(), ("visit_rep", newcomer)])
    # Who has neither customers nor orders nor routes yet, by name.
    people = desk.field("field-rep")["attributes"]["config"]["options"]
    assert [uid("newcomer"), "赵敏"] in [list(each) for each in people]
    await desk.type("field-rep", REP)
    await desk.tap("weekday-2")
    await desk.tap("field-stops-open")
    await desk.tap(f"field-stops-{SHOP}")
    await desk.tap("save")
    assert desk.error_of("field-name")
    assert desk.commands("visit_route.save") == []
    await desk.type("field-name", "周二城西")
    await desk.type("field-every", "2")
    await desk.type("field-dates", "2026-12-24，2026-12-31")
    await desk.tap("save")
    (command,) = desk.commands("visit_route.save")
    assert (command.name, command.rep, command.stops, command.weekdays, command.every) == (
        "周二城西", REP, (SHOP,), (2,), 2,
    )  # fmt: skip
    assert [day.isoformat() for day in command.dates] == ["2026-12-24", "2026-12-31"]
    assert command.starts_on == TODAY


async def test_a_list_is_changed(open_desk: Open) -> None:
    desk = await open_desk("/desk/visits?tab=lists", more=papers())
    await desk.tap("item-add")
    await desk.tap("save")
    assert desk.commands("visit_template.save") == []
    await desk.type("item-zh-5", "竞品活动")
    await desk.choose("answer-5", "choice")
    await desk.type("item-choices-5", "没有 | None\n打折 | Discount")
    await desk.tap("save")
    (command,) = desk.commands("visit_template.save")
    added = command.items[-1]
    assert (added.title, added.answer, [choice.name["en"] for choice in added.choices]) == (
        {"zh": "竞品活动"}, "choice", ["None", "Discount"],
    )  # fmt: skip
    assert len(command.items) == 6
    row = desk.app.engine.replica.one("visit_template", template_id("shop"))
    assert isinstance(row, wire.VisitTemplate)
    assert row.items == command.items


async def test_fences_and_a_proposed_position(open_desk: Open) -> None:
    desk = await open_desk("/desk/visits?tab=fences", more=papers())
    await desk.choose("field-mode", "warn")
    await desk.type("field-radius_shop", "80")
    await desk.tap("save")
    (fence,) = desk.commands("visit_fence.save")
    assert (fence.mode, fence.radius, fence.by_type["shop"].radius) == ("warn", 200, 80)
    assert isinstance(desk.app.engine.replica.one("visit_fence", FENCE_ID), wire.VisitFence)
    await desk.tap(f"proposal-{SHOP}")
    await desk.tap("take-over")
    # The brand's rule has a button of the same name beside it.
    (*_, save) = [node for node in desk.nodes() if node.get("attributes", {}).get("data-testid") == "save"]
    await desk._event(save["eventHandlers"]["onClick"]["target"], {})
    (shop,) = desk.commands("visit_shop.save")
    assert (shop.organisation, shop.latitude, shop.longitude) == (SHOP, 31.2, 121.4)
    assert not desk.has(f"proposal-{SHOP}")


async def test_choices_keep_their_ids_when_the_lines_around_them_change(open_desk: Open) -> None:
    """An answer that is already on a phone names the id: it must not turn into another one."""
    choices = tuple(wire.Choice(id=uid(name), name={"zh": name}) for name in ("很好", "一般", "缺货"))
    item = wire.VisitItem(id=uid("stand"), kind="question", title={"zh": "陈列"}, answer="choice", choices=choices)
    row = wire.VisitTemplate(id=template_id("shop"), type="shop", items=(item,))
    desk = await open_desk("/desk/visits?tab=lists", more=[("visit_template", row)])
    await desk.type("item-choices-0", "没有\n缺货\n还可以")
    await desk.tap("save")
    (command,) = desk.commands("visit_template.save")
    gone, out, fair = command.items[0].choices
    assert out.id == uid("缺货")
    assert {gone.id, fair.id}.isdisjoint(choice.id for choice in choices)


def test_a_choice_written_anew_in_its_place_is_the_same_choice() -> None:
    known = [("很好", "1"), ("一般", "2"), ("缺货", "3")]
    assert choice_ids(known, ["很好", "还行", "缺货"]) == ["1", "2", "3"]
    assert choice_ids(known, ["缺货", "很好", "一般"]) == ["3", "1", "2"]
    assert choice_ids(known, ["一般", "缺货"]) == ["2", "3"]
    doubled = choice_ids(known, ["很好", "很好", "一般", "缺货"])
    assert (doubled[0], doubled[2:], len(set(doubled))) == ("1", ["2", "3"], 4)


async def test_a_refused_fence_says_why_and_comes_back_as_it_was_typed(open_desk: Open) -> None:
    desk = await open_desk("/desk/visits?tab=fences", more=papers())
    await desk.type("field-radius_shop", "80")
    await desk.tap("save")
    await desk.refuse("forbidden", permission="visit.plan")
    assert desk.has("refusal")
    assert desk.value_of("field-radius_shop") == "80"
    await desk.type("field-radius_shop", "90")
    await desk.tap("save")
    assert [(command.by_type["shop"].radius) for command in desk.commands("visit_fence.save")] == [90]


async def test_a_refused_place_of_a_shop_says_why_and_comes_back_as_it_was_typed(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/visits/{SHOP}?tab=fences", more=papers())
    await desk.tap("take-over")
    (*_, save) = [node for node in desk.nodes() if node.get("attributes", {}).get("data-testid") == "save"]
    await desk._event(save["eventHandlers"]["onClick"]["target"], {})
    await desk.refuse("forbidden", permission="visit.plan")
    assert desk.has("refusal")
    assert desk.value_of("field-latitude") == "31.2"


async def test_the_rep_s_own_shops_are_offered_first_wherever_they_stand_in_the_list(open_desk: Open) -> None:
    others = [organisation(uid(f"A{n:02}"), f"A{n:02}", f"别家 {n}", rep=uid("other")) for n in range(50)]
    desk = await open_desk("/desk/visits/new?tab=routes", more=[*papers(), *(("organisation", row) for row in others)])
    await desk.choose("field-rep", REP)
    await desk.tap("field-stops-open")
    assert desk.has(f"field-stops-{SHOP}")


async def test_more_stops_than_a_route_takes_are_told_of_and_none_is_dropped(open_desk: Open) -> None:
    stops = tuple(uid(f"stop {n}") for n in range(wire.MAX_STOPS))
    route = wire.VisitRoute(id=uid("long"), name="长线", rep=REP, stops=stops, weekdays=(2,), starts_on=TODAY)
    desk = await open_desk(f"/desk/visits/{uid('long')}?tab=routes", more=[*papers(), ("visit_route", route)])
    await desk.tap("field-stops-open")
    await desk.tap(f"field-stops-{SHOP}")
    await desk.tap("save")
    assert "最多 100 项" in desk.text("route-panel")
    assert desk.commands("visit_route.save") == []
