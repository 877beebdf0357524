"""Visits on the phone, without network: today's route, the fence, the list, leaving, and coming back after a kill."""

from datetime import date, timedelta
from typing import Any

import msgspec

from offline.rules.routes import planned_visit
from offline.rules.visiting import FENCE_ID, template_id
from offline.wire import rows
from offline.wire import visits as wire
from offline.wire.media import Position
from offline.wire.registry import COMMANDS
from pwa.context import Located
from pwa.desk.visits.reading import is_outside
from pwa.visiting import find_visit, map_link, under_way
from tests.screens.conftest import Start
from tests.screens.test_counts import asked
from tests.screens.world import NOW, PROSPECT, REP, SHOP, Phone, order, organisation, uid

TODAY = date(2026, 7, 14)
LATITUDE, LONGITUDE = 31.2304, 121.4737
VISIT = planned_visit(REP, SHOP, TODAY)


def item(name: str, kind: Any = "question", **more: Any) -> wire.VisitItem:
    return wire.VisitItem(id=name, kind=kind, title={"zh": name, "en": name}, **more)


ITEMS = (
    item("订货", "order", required=True),
    item("盘点", "count"),
    item("谈话", "talk", required=True),
    item("有竞品", answer="yes_no"),
    item("冰柜温度", answer="number", unit={"zh": "℃", "en": "°C"}),
)


def world(mode: Any = "block") -> list[tuple[str, rows.Row]]:
    place = rows.Address(
        id=uid("S0001", "address"), line="中山北路 137 号", city="上海", phone="138", latitude=LATITUDE,
        longitude=LONGITUDE,
    )  # fmt: skip
    route = wire.VisitRoute(
        id=uid("route"), name="周二", rep=REP, stops=(SHOP, PROSPECT, uid("gone")), weekdays=(2,),
        starts_on=date(2026, 6, 1),
    )  # fmt: skip
    return [
        ("organisation", organisation(SHOP, "S0001", "好邻居便利店", addresses=(place,))),
        ("visit_route", route),
        ("visit_fence", wire.VisitFence(id=FENCE_ID, mode=mode, radius=200)),
        ("visit_template", wire.VisitTemplate(id=template_id("shop"), type="shop", items=ITEMS)),
    ]


def at(metres: float, accuracy: float = 12) -> Position:
    return Position(latitude=LATITUDE + metres / 111_195, longitude=LONGITUDE, accuracy=accuracy, at=NOW)


def stands(phone: Phone, position: Position | None) -> None:
    async def locate() -> Located:
        return Located(position, "" if position else "denied")

    phone.app.device.locate = locate


def commands(phone: Phone, name: str) -> list[Any]:
    return [
        msgspec.json.decode(entry.args, type=COMMANDS[name])
        for entry in phone.app.engine.entries()
        if entry.name == name
    ]


async def test_todays_route_in_order_with_distance_and_the_way(start: Start) -> None:
    phone = await start("/tasks", more=world())
    stands(phone, at(1200))
    assert "已完成 0/2" in phone.text("visits-today")
    text = phone.text("visits-today")
    assert text.index("好邻居便利店") < text.index("小桥食品")
    assert "公里" not in text
    await phone.tap("locate")
    assert "1.2 公里" in phone.text("visit-S0001")
    shop = phone.app.organisation(SHOP)
    assert shop is not None
    assert map_link(phone.app, shop).startswith("https://uri.amap.com/marker?position=121.4737,31.2304")
    await phone.tap("visit-S0001")
    assert phone.app.router.path == f"/visits/{VISIT}"


async def test_a_long_day_shows_the_next_stops_and_the_others_on_demand(start: Start) -> None:
    shops = [organisation(uid("stop", str(n)), f"D{n:02}", f"第{n}家") for n in range(8)]
    route = wire.VisitRoute(
        id=uid("route"), name="周二", rep=REP, stops=tuple(shop.id for shop in shops), weekdays=(2,),
        starts_on=date(2026, 6, 1),
    )  # fmt: skip
    first = wire.Visit(
        id=planned_visit(REP, shops[0].id, TODAY), organisation=shops[0].id, organisation_code="D00",
        organisation_name=shops[0].name, rep=REP, rep_name="林晓", day=TODAY, status="done", planned=True,
    )  # fmt: skip
    more = [*(("organisation", shop) for shop in shops), ("visit_route", route), ("visit", first)]
    phone = await start("/tasks", more=more)
    shown = [n for n in range(8) if phone.has(f"visit-D{n:02}")]
    assert shown == [1, 2, 3, 4]
    assert phone.text("visit-D01").startswith("2")  # as the route numbers it
    assert "已完成 1/8" in phone.text("visits-today")
    await phone.tap("all-stops")
    assert [n for n in range(8) if phone.has(f"visit-D{n:02}")] == list(range(8))
    await phone.tap("visit-D06")
    phone.app.router.popped("/tasks", phone.asked("keep")[-1]["kept"])
    await phone.port.settle()
    assert phone.has("visit-D07")  # as it was left
    await phone.tap("all-stops")
    assert not phone.has("visit-D07")


async def test_tasks_that_wait_come_before_those_that_have_none(start: Start) -> None:
    phone = await start("/tasks", more=[asked()])
    said = phone.text()
    assert said.index("开始盘点") < said.index("今日拜访")


async def test_a_clock_that_is_a_day_ahead_shows_todays_route_and_says_so(start: Start) -> None:
    phone = await start("/tasks", more=world())
    phone.clock.at = NOW + timedelta(days=1)
    phone.app.engine.exchange.offset_ms = -86_400_000  # as the first answer tells
    phone.app.engine.show()
    await phone.port.settle()
    assert "已完成 0/2" in phone.text("visits-today")
    await phone.tap("visit-S0001")
    assert phone.app.router.path == f"/visits/{VISIT}"
    assert "昨天" not in phone.text("visit-screen")
    stands(phone, msgspec.structs.replace(at(10), at=phone.clock.at))
    await phone.tap("check-in")
    (command,) = commands(phone, "visit.check_in")
    assert command.day == TODAY
    assert "相差 1 天" in phone.text("notice")
    await phone.tap("notice-action")
    assert "1 天" in phone.text("clock-fault")


async def test_what_there_will_be_to_do_is_told_before_the_check_in(start: Start) -> None:
    talk = item("谈话", "talk")
    last = wire.Visit(
        id=uid("last"), organisation=SHOP, organisation_code="S0001", organisation_name={"zh": "好邻居便利店"},
        rep=REP, rep_name="林晓", day=TODAY - timedelta(days=7), status="done", items=(talk,),
        results={"谈话": wire.VisitResult(item=talk, at=NOW, text="老板想要新海报")},
    )  # fmt: skip
    phone = await start("/", more=[*world(), ("visit", last)])
    assert "好邻居便利店" in phone.text("next-stop")
    assert "今日已完成 0/2" in phone.text("next-stop")
    await phone.tap("start-visit")
    assert phone.app.router.path == f"/visits/{VISIT}"
    assert "签到后开始" in phone.text("visit-list")
    assert "冰柜温度" in phone.text("visit-list")
    assert "老板想要新海报" in phone.text("last-visit")
    assert "eventHandlers" not in (phone.port.find("item-谈话") or {})


async def close_sheet(phone: Phone) -> None:
    """By a tap beside it, or Android's back."""
    sheet = next(node for node in phone.nodes() if node.get("tagName") == "q-sheet")
    await phone._event(sheet["eventHandlers"]["close"]["target"], {})


async def test_a_check_in_at_the_shop_is_one_tap(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(30))
    await phone.tap("check-in")
    (command,) = commands(phone, "visit.check_in")
    assert (command.visit, command.organisation, command.day, command.reason) == (VISIT, SHOP, TODAY, "")
    assert command.position == at(30)
    assert phone.text("visit-status") == "拜访中"
    assert "在店内" in phone.text("verdict")
    assert "距门店 30 米 · 精度 ±12 米" in phone.text("visit-times")
    await phone.tap("item-谈话")
    assert phone.has("item-sheet")


async def test_outside_it_asks_for_a_reason_and_keeps_it(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(900))
    await phone.tap("check-in")
    assert "您不在门店范围内" in phone.text("fence-sheet")
    await phone.tap("check-in-anyway")
    assert commands(phone, "visit.check_in") == []
    await phone.type("fence-reason", "门店搬到对面")
    await phone.tap("check-in-anyway")
    (command,) = commands(phone, "visit.check_in")
    assert command.reason == "门店搬到对面"
    visit = find_visit(phone.app, VISIT)
    assert visit is not None
    assert visit.check_in is not None
    assert (visit.check_in.verdict, visit.check_in.distance, visit.check_in.excused) == ("outside", 900, True)


async def test_a_warning_needs_none_and_without_position_it_says_what_to_do(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world("warn"))
    stands(phone, None)
    await phone.tap("check-in")
    assert phone.has("place-problem")
    stands(phone, at(5))
    await phone.tap("locate-again")
    assert "已在店内" in phone.text("fence-sheet")
    await phone.tap("check-in-anyway")
    assert [each.position for each in commands(phone, "visit.check_in")] == [at(5)]


async def test_where_nobody_checks_being_elsewhere_is_no_fault(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world("off"))
    stands(phone, at(900))
    await phone.tap("check-in")
    assert "900 米" in phone.text("visit-times")
    badge = phone.port.find("verdict")
    assert badge is not None
    assert "badge-bad" not in badge["attributes"]["className"]
    visit = find_visit(phone.app, VISIT)
    assert visit is not None
    assert not is_outside(visit)


async def test_the_list_is_worked_through_and_the_visit_ends(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.tap("item-谈话")
    await phone.tap("item-save")
    assert commands(phone, "visit.record") == []
    await phone.type("answer-text", "老板想换陈列")
    await phone.tap("item-save")
    await phone.tap("item-有竞品")
    await phone.tap("answer-yes-no")
    await phone.tap("item-save")
    await phone.tap("item-冰柜温度")
    await phone.type("answer-number", "４．５")
    await phone.tap("item-save")
    assert "已完成 3/5" in phone.text("visit-list")
    assert "4.5 ℃" in phone.text("item-冰柜温度")
    await phone.tap("item-盘点")
    assert phone.app.router.path == f"/counts/new?organisation={SHOP}&visit={VISIT}"
    await phone.go(f"/visits/{VISIT}")
    await phone.tap("check-out")
    assert "订货" in phone.text("left-open")
    await phone.tap("check-out-yes")
    assert commands(phone, "visit.check_out") == []
    phone.put([("order", order("here", "submitted", placed_by=REP, at=NOW + timedelta(minutes=1)))])
    await phone.port.settle()
    assert not phone.has("left-open")
    await phone.type("visit-note", "下次带样品")
    await phone.tap("check-out-yes")
    (command,) = commands(phone, "visit.check_out")
    assert (command.orders, command.note, command.left_open) == ((uid("here"),), "下次带样品", "")
    assert phone.text("visit-status") == "已完成"
    await phone.tap("next-stop")
    assert phone.app.router.path == f"/visits/{planned_visit(REP, PROSPECT, TODAY)}"


async def test_what_was_begun_in_a_sheet_outlives_a_thumb_beside_it_and_a_kill(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.tap("item-谈话")
    await phone.type("answer-text", "老板想换陈列")
    await close_sheet(phone)
    assert not phone.has("item-sheet")
    await phone.tap("item-谈话")
    assert phone.field("answer-text")["attributes"]["config"]["value"] == "老板想换陈列"
    await close_sheet(phone)
    await phone.tap("check-out")
    await phone.type("left-reason", "老板不在")
    await phone.type("visit-note", "下次带样品")
    await phone.app.jottings.settled()
    await phone.killed()
    await phone.start(f"/visits/{VISIT}")
    await phone.tap("item-谈话")
    await phone.tap("item-save")
    assert [each.text for each in commands(phone, "visit.record")] == ["老板想换陈列"]
    await phone.tap("check-out")
    await phone.tap("check-out-yes")
    (command,) = commands(phone, "visit.check_out")
    assert (command.note, command.left_open) == ("下次带样品", "老板不在")
    await phone.app.jottings.settled()
    assert await phone.values.keys("jotting.") == []


async def test_a_killed_app_comes_back_into_the_visit(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.killed()
    await phone.start("/")
    assert phone.app.router.path == f"/visits/{VISIT}"
    assert phone.text("visit-status") == "拜访中"
    await phone.go("/")
    assert "拜访中" in phone.text("under-way")
    await phone.tap("under-way")
    assert phone.app.router.path == f"/visits/{VISIT}"


async def test_an_unplanned_visit_and_one_that_is_called_off(start: Start) -> None:
    phone = await start("/tasks", more=world())
    await phone.tap("visit-add")
    await phone.tap("visit-at-S0001")
    assert phone.app.router.path == f"/visits/{VISIT}"
    await phone.tap("cancel-visit")
    await phone.type("reason", "门店装修")
    await phone.tap("cancel-yes")
    (cancelled,) = commands(phone, "visit.cancel")
    assert (cancelled.visit, cancelled.day, cancelled.reason) == (VISIT, TODAY, "门店装修")
    assert phone.text("visit-status") == "已取消"
    await phone.go("/visits/new")
    await phone.tap("visit-at-S0001")
    (added,) = commands(phone, "visit.add")
    assert phone.app.router.path == f"/visits/{added.visit}"
    assert under_way(phone.app) is None


async def test_the_reason_the_server_asks_for_is_given_afterwards(start: Start) -> None:
    mark = wire.VisitMark(at=NOW, verdict="outside", mode="block", distance=900, excused=False, position=at(900))
    visit = wire.Visit(id=VISIT, organisation=SHOP, rep=REP, day=TODAY, status="under_way", check_in=mark)
    phone = await start(f"/visits/{VISIT}", more=[*world(), ("visit", visit)])
    await phone.tap("explain")
    await phone.type("reason", "商场后门")
    await phone.tap("explain-yes")
    assert commands(phone, "visit.explain") == [wire.VisitExplain(visit=VISIT, reason="商场后门")]
    assert not phone.has("unexcused")


async def test_a_double_tap_cancels_once(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    await phone.tap("cancel-visit")
    await phone.type("reason", "门店装修")
    await phone.double_tap("cancel-yes")
    assert len(commands(phone, "visit.cancel")) == 1


async def test_a_double_tap_answers_once(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.tap("item-谈话")
    await phone.type("answer-text", "老板想换陈列")
    await phone.double_tap("item-save")
    assert len(commands(phone, "visit.record")) == 1


async def test_two_things_of_one_name_left_open_are_both_told(start: Start) -> None:
    twins = tuple(wire.VisitItem(id=name, kind="photo", title={"zh": "拍照"}, required=True) for name in ("a", "b"))
    template = wire.VisitTemplate(id=template_id("shop"), type="shop", items=twins)
    phone = await start(f"/visits/{VISIT}", more=[*world(), ("visit_template", template)])
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.tap("check-out")
    assert phone.text("left-open").count("拍照") == 2


async def test_what_is_left_open_leads_to_where_it_is_done(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.tap("check-out")
    await phone.type("visit-note", "下次带样品")
    await phone.tap("left-谈话")
    assert not phone.has("check-out-sheet")
    await phone.type("answer-text", "老板想换陈列")
    await phone.tap("item-save")
    await phone.tap("check-out")
    assert not phone.has("left-谈话")
    assert phone.field("visit-note")["attributes"]["config"]["value"] == "下次带样品"
    await phone.tap("left-订货")
    assert phone.app.router.path == f"/order/{SHOP}"


async def test_a_button_tapped_right_after_typing_takes_what_was_typed(start: Start) -> None:
    phone = await start(f"/visits/{VISIT}", more=world())
    stands(phone, at(0))
    await phone.tap("check-in")
    await phone.tap("item-谈话")
    await phone.type("answer-text", "老板想")
    await phone.type_and_tap("answer-text", "老板想换陈列", "item-save")
    assert [each.text for each in commands(phone, "visit.record")] == ["老板想换陈列"]
    await phone.tap("check-out")
    await phone.type_and_tap("left-reason", "老板不在", "check-out-yes")
    (command,) = commands(phone, "visit.check_out")
    assert command.left_open == "老板不在"
