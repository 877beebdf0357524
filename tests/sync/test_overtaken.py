"""Forms that replace a whole row: who comes second is told who was first, and nothing of that is lost; and what a phone
shows of its own change is the row that the server makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from backend.claims.approving import ROUTE_ID
from backend.identity.service import brand_of
from offline.ids import derived_id, new_id
from offline.overlay import replay
from offline.replica import Replica
from offline.rules.approvals import Step
from offline.rules.seen import NOTHING, differing, print_of
from offline.rules.visiting import FENCE_ID, shop_as_saved, template_id
from offline.store import Entry
from offline.wire import rows
from offline.wire.activities import ApprovalSave
from offline.wire.commands import BrandConfigure, Command
from offline.wire.counts import CountConfigure, CountListSave
from offline.wire.learning import CoursePublish
from offline.wire.notices import NoticeCorrect, NoticeFile, NoticeSend
from offline.wire.protocol import Put, ScopePage
from offline.wire.registry import ENTITIES
from offline.wire.visits import VisitFenceSave, VisitShopSave
from tests.claims.world import Funds
from tests.learning import lessons
from tests.notices.board import Board
from tests.shop import Shop
from tests.visits import visiting

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
replace = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Case:
    """``first`` and ``second`` are what two people make of ``save``."""

    save: Command
    entity: str
    row_id: str
    first: dict[str, Any]
    second: dict[str, Any]
    login: str = "hq"
    before: tuple[Command, ...] = ()


def fund(shop: Shop) -> Case:
    save = Funds(shop).fund_save()
    return Case(save, "fund", save.fund, {"claim_days": 10}, {"note": "late"})


def approval(shop: Shop) -> Case:
    del shop
    first, second = (Step(role="head_office", limit=Decimal(each)) for each in ("500.00", "700"))
    more = {"steps": (first, Step(role="head_office"))}, {"steps": (second, Step(role="head_office"))}
    return Case(ApprovalSave(steps=(Step(),)), "approval_route", ROUTE_ID, *more)


def brand(shop: Shop) -> Case:
    save = BrandConfigure(approval_above=Decimal(500), price_grace_hours=72, price_hold_hours=48)
    return Case(save, "brand", shop.tenant_id, {"price_grace_hours": 24}, {"approval_above": None})


def count_settings(shop: Shop) -> Case:
    save = CountConfigure(units=2, percent=Decimal("2.50"))
    return Case(save, "count_settings", shop.tenant_id, {"blind": True}, {"units": 3})


def count_list(shop: Shop) -> Case:
    del shop
    save = CountListSave(count_list=new_id(), name={"zh": "前柜"}, sold=True)
    return Case(save, "count_list", save.count_list, {"active": False}, {"name": {"zh": "后柜"}})


def course(shop: Shop) -> Case:
    del shop
    save = lessons.course()
    return Case(save, "course_draft", save.course, {"minutes": 9}, {"cards": lessons.CARDS[:2]}, "trainer")


def published_course(shop: Shop) -> Case:
    made = course(shop)
    return replace_case(made, before=(CoursePublish(course=made.row_id),))


def notice(shop: Shop) -> Case:
    files = (NoticeFile(name="a.webp", media=visiting.picture()),)
    due = datetime(2030, 1, 1, tzinfo=UTC)
    save = Board(shop).draft(files=files, confirm=True, due_at=due)
    return Case(save, "notice_paper", save.notice, {"urgent": True}, {"title": {"zh": "新标题"}})


def visit_route(shop: Shop) -> Case:
    save = visiting.route(shop, weekdays=(5, 1), dates=(visiting.TODAY,))
    return Case(save, "visit_route", save.route, {"every": 2}, {"name": "Tuesday"})


def visit_template(shop: Shop) -> Case:
    save = visiting.template(shop, visiting.item("shelf"))
    return Case(save, "visit_template", template_id("shop"), {"items": (visiting.item("till"),)}, {"items": ()})


def visit_fence(shop: Shop) -> Case:
    del shop
    save = VisitFenceSave(mode="warn", radius=200)
    return Case(save, "visit_fence", FENCE_ID, {"mode": "block"}, {"radius": 300})


def replace_case(case: Case, **changes: Any) -> Case:
    return Case(**({name: getattr(case, name) for name in Case.__slots__} | changes))


CASES: tuple[Callable[[Shop], Case], ...] = (
    fund,
    approval,
    brand,
    count_settings,
    count_list,
    course,
    published_course,
    notice,
    visit_route,
    visit_template,
    visit_fence,
)


async def held(shop: Shop, case: Case) -> Any:
    if case.entity == "brand":
        return await brand_row(shop)
    row, _ = await shop.feed(case.entity, case.row_id, ENTITIES[case.entity])
    return row


async def brand_row(shop: Shop) -> rows.Brand:
    async with shop.sessions() as session:
        return await brand_of(session, shop.tenant_id)


async def foreseen(shop: Shop, case: Case, command: Command) -> Any:
    """The row as the phone of who saves shows it before the server has answered."""
    user = shop.brand.users[case.login].id
    replica = Replica(user, 1)
    replica.set_scopes("e1", ["brand"])
    put = Put("brand", shop.tenant_id, 1, msgspec.Raw(msgspec.json.encode(await brand_row(shop))))
    replica.apply("brand", ScopePage(puts=(put,), next=1))
    entry = Entry(
        id=new_id(), n=1, name=command.NAME, args=msgspec.json.encode(command), user=user, local_at=shop.now,
        clock_offset_ms=0,
    )  # fmt: skip
    return replay([entry], replica, {}, user, {})[case.entity, case.row_id]


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
async def test_who_comes_second_is_told_who_was_first_and_changes_nothing(
    shop: Shop, make: Callable[[Shop], Case]
) -> None:
    case = make(shop)
    kind = type(case.save)
    was = print_of(await held(shop, case), kind)
    await shop.done(case.login, replace(case.save, seen=was), *case.before)
    row = await held(shop, case)
    assert not any(differing(row, replace(case.save, **sorted_days(case.save))))
    seen = print_of(row, kind)
    assert seen == print_of(await foreseen(shop, case, case.save), kind)
    theirs = replace(case.save, **case.first, seen=seen)
    await shop.done(case.login, theirs)
    mine = replace(case.save, **case.second, seen=seen)
    detail = await shop.refused(case.login, mine, "changed_meanwhile")
    assert detail["by"] == shop.brand.users[case.login].name
    assert datetime.fromisoformat(str(detail["at"])) >= shop.now
    now = await held(shop, case)
    assert not any(differing(now, replace(theirs, **sorted_days(theirs))))
    # The same once more takes nothing back; who has seen it may; who says nothing (an app of before) may too.
    await shop.done(case.login, replace(theirs, **sorted_days(theirs)))
    await shop.done(case.login, replace(mine, seen=print_of(now, kind)))
    await shop.done(case.login, replace(mine, **case.first, seen=""))


def sorted_days(command: Command) -> dict[str, Any]:
    """Days are kept in their order."""
    return {name: tuple(sorted(getattr(command, name))) for name in ("weekdays", "dates") if hasattr(command, name)}


async def test_a_new_row_is_not_made_over_one_that_came_meanwhile(shop: Shop) -> None:
    case = count_settings(shop)
    await shop.done("hq", replace(case.save, seen=NOTHING))
    await shop.refused("hq", replace(case.save, units=7, seen=NOTHING), "changed_meanwhile")


async def test_a_correction_is_not_written_over_another(shop: Shop) -> None:
    board = Board(shop)
    sent = await board.sent()
    row = await held(shop, Case(board.draft(), "notice_paper", sent, {}, {}))
    correct = NoticeCorrect(
        notice=sent,
        title=row.title,
        text={"zh": "九月起", "en": "Sept"},
        note="日期",
        seen=print_of(row, NoticeCorrect),
    )
    await shop.done("hq", correct)
    await shop.refused("hq", replace(correct, text={"zh": "十月起", "en": "Oct"}), "changed_meanwhile")
    row = await held(shop, Case(board.draft(), "notice_paper", sent, {}, {}))
    await shop.done("hq", replace(correct, text={"zh": "十月起", "en": "Oct"}, seen=print_of(row, NoticeCorrect)))


async def test_a_file_that_comes_meanwhile_is_nobodys_change(shop: Shop) -> None:
    case = notice(shop)
    await shop.done("hq", case.save)
    row = await held(shop, case)
    (file,) = row.files
    here = replace(row, files=(replace(file, media=replace(file.media, status="stored", width=320, height=240)),))
    assert print_of(row, type(case.save)) == print_of(here, type(case.save))
    other = replace(row, files=(replace(file, media=replace(file.media, id=derived_id("other"))),))
    assert print_of(row, type(case.save)) != print_of(other, type(case.save))


async def test_the_place_of_a_shop_that_another_form_moved_is_not_taken_back(shop: Shop) -> None:
    """Its place stands in the partner's address, which the form of the partner changes too."""
    await visiting.on_the_map(shop, radius=100)
    organisation, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    kept = shop_as_saved(organisation, None)
    form = replace(kept, mode="block", seen=print_of(kept, VisitShopSave))
    await visiting.on_the_map(shop, radius=300)
    detail = await shop.refused("hq", form, "changed_meanwhile")
    assert detail["by"] == shop.brand.users["hq"].name
    organisation, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    kept = shop_as_saved(organisation, None)
    await shop.done("hq", replace(kept, mode="block", seen=print_of(kept, VisitShopSave)))


async def test_a_notice_that_was_sent_meanwhile_says_so(shop: Shop) -> None:
    case = notice(shop)
    await shop.done("hq", case.save)
    seen = print_of(await held(shop, case), type(case.save))
    await shop.done("hq", NoticeSend(notice=case.row_id))
    await shop.refused("hq", replace(case.save, **case.second, seen=seen), "notice_status")
