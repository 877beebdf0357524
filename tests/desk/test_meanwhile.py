"""Two people at one form: who comes second sees who was first and what would change, and keeps what was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from offline.rules.approvals import Step
from offline.rules.seen import print_of
from offline.rules.visiting import FENCE_ID
from offline.wire.activities import ApprovalRoute, ApprovalSave
from offline.wire.commands import BrandConfigure, Command
from offline.wire.counts import CountList, CountListSave
from offline.wire.funds import FundSave
from offline.wire.learning import CourseSave
from offline.wire.notices import NoticeSave
from offline.wire.rows import Brand, Row
from offline.wire.visits import VisitFence, VisitFenceSave
from tests.desk.conftest import Open
from tests.desk.test_claims import fund
from tests.desk.test_courses import ME, TRAINER, draft
from tests.desk.test_notices import paper
from tests.desk.world import HQ, NOW, Desk, uid

LIST = uid("list")


@dataclass(frozen=True, slots=True)
class Case:
    """``row`` is what the form of ``kind`` at ``path`` begins with; one types ``text`` into ``field``, somebody else
    has made ``theirs`` of it. ``said``: what the form then tells."""

    path: str
    row: tuple[str, Row]
    kind: type[Command]
    field: str
    text: str
    theirs: dict[str, Any]
    said: tuple[str, ...]
    save: str = "save"
    user: str = HQ
    open: tuple[str, ...] = ()
    more: tuple[tuple[str, Row], ...] = ()


def a_fund() -> Case:
    return Case(
        f"/desk/funds/{fund().id}", ("fund", fund()), FundSave, "field-code", "F2", {"note": "别超支"},
        ("编号：F1 → F2", "备注：别超支 → 无"), open=("fund-edit",),
    )  # fmt: skip


def a_course() -> Case:
    return Case(
        f"/desk/courses/{draft()[1].id}", draft(), CourseSave, "field-minutes", "7", {"pass_mark": 90},
        ("5 → 7", "90 → 70"), user=TRAINER, more=(ME,),
    )  # fmt: skip


def a_notice() -> Case:
    return Case(
        f"/desk/notices/{uid('one')}", paper(), NoticeSave, "field-title_zh", "新标题", {"urgent": True},
        ("调价通知 → 新标题", "是 → 否"), save="notice-save",
    )  # fmt: skip


def a_fence() -> Case:
    row = VisitFence(id=FENCE_ID, mode="warn", radius=200)
    return Case(
        "/desk/visits?tab=fences", ("visit_fence", row), VisitFenceSave, "field-radius", "300", {"mode": "block"},
        ("200 → 300", "→"),
    )  # fmt: skip


def a_count_list() -> Case:
    row = CountList(id=LIST, name={"zh": "前柜"}, sold=True)
    return Case(
        "/desk/counts", ("count_list", row), CountListSave, "field-name_zh", "后柜", {"active": False},
        ("中文名称：前柜 → 后柜", "启用：否 → 是"), save="list-save", open=("counts-setup", f"list-{LIST}"),
    )  # fmt: skip


def approval_steps() -> Case:
    row = ApprovalRoute(id=uid("steps"), currency="CNY", steps=(Step(limit=None),))
    return Case(
        "/desk/funds/approvals", ("approval_route", row), ApprovalSave, "", "", {"steps": (Step(role="finance"),)},
        ("审批步骤：已修改",),
    )  # fmt: skip


CASES = (a_fund, a_course, a_notice, a_fence, a_count_list, approval_steps)


async def _type(desk: Desk, case: Case) -> None:
    if case.field:
        await desk.type(case.field, case.text)
    else:
        await desk.choose("step-0-who", "role:rep")


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
async def test_who_comes_second_sees_who_was_first_and_loses_nothing(open_desk: Open, make: Callable[[], Case]) -> None:
    case = make()
    entity, row = case.row
    desk = await open_desk(case.path, more=[*case.more, case.row], user=case.user)
    for testid in case.open:
        await desk.tap(testid)
    await _type(desk, case)
    await desk.tap(case.save)
    (command,) = desk.commands(case.kind.NAME)
    assert command.seen == print_of(row, case.kind)
    theirs = msgspec.structs.replace(row, **case.theirs)
    desk.put([(entity, theirs)])
    await desk.refuse("changed_meanwhile", by="王静", at=NOW.isoformat())
    for testid in case.open:
        if not desk.has(case.save):
            await desk.tap(testid)
    assert "command." not in desk.text("refusal")
    assert "王静" in desk.text("meanwhile-by")
    for said in case.said:
        assert said in desk.text("meanwhile-would")
    if case.field:
        assert desk.value_of(case.field) == case.text
    await desk.tap(case.save)
    (again,) = desk.commands(case.kind.NAME)
    assert again == msgspec.structs.replace(command, seen=print_of(theirs, case.kind))
    assert not desk.has("refusal")


async def test_rules_of_orders_say_what_they_were(open_desk: Open) -> None:
    desk = await open_desk("/desk/orders/rules")
    brand = next(row for row in desk.app.engine.replica.all("brand") if isinstance(row, Brand))
    await desk.type("field-price_grace_hours", "24")
    await desk.tap("save")
    (command,) = desk.commands("brand.configure")
    assert command.seen == print_of(brand, BrandConfigure)
