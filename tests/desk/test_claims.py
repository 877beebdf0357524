"""Funds and claims at the desk, with no network."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from offline.ids import derived_id
from offline.rules.approvals import Step
from offline.rules.evidence import Finding
from offline.wire.activities import ActivityDecide, Colleague, StepView
from offline.wire.claims import ClaimReview, PictureFacts
from offline.wire.funds import Fund, LedgerEntry
from offline.wire.media import MediaView
from offline.wire.rows import PaperEvent
from tests.desk.world import DEALER, HQ, NOW, SHOP, Desk, uid
from tests.screens.test_claims import FUND, activity, allocation, claim
from tests.screens.world import SHOPKEEPER, D


def fund(**more: Any) -> Fund:
    settings: dict[str, Any] = {
        "id": FUND, "code": "F1", "name": {"zh": "陈列基金"}, "organisations": (SHOP,), "currency": "CNY",
        "valid_from": NOW.date(), "valid_until": NOW.date() + timedelta(days=60), "budget": D("10000.00"),
        "unallocated": D(0), "available": D("6000.00"),
        "reserved": D("3000.00"), "payable": D("600.00"), "settled": D("400.00"),
    }  # fmt: skip
    return Fund(**(settings | more))


def papers(**more: Any) -> list[tuple[str, Any]]:
    earlier = Finding(
        check="look_alike", level="hint", subject=uid("picture"), claim=uid("older"), number="CL-0", picture=uid("old"),
        detail={"distance": "3"},
    )  # fmt: skip
    odd = Finding(check="over_reserved", level="review", detail={"total": "300.00", "left": "200.00"})
    return [
        ("fund", fund()),
        ("allocation", allocation()),
        ("activity", activity(left=D("200.00"))),
        ("claim", claim(filed_by=SHOPKEEPER, **more)),
        ("claim_review", ClaimReview(id=uid("claim"), findings=(odd, earlier))),
    ]


async def start(path: str, **more: Any) -> Desk:
    return await Desk().start(path, more=papers(**more))


async def test_what_waits_for_finance_is_listed_with_what_was_found() -> None:
    desk = await start("/desk/claims")
    assert "请核对 2" in desk.text("claims-table")
    await desk.tap("claim-CL-2026-07-0001")
    assert desk.app.router.path == f"/desk/claims/{uid('claim')}"
    await desk.killed()


async def test_the_earlier_picture_stands_beside_the_one_like_it() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    assert "合计 ¥300.00，超过预留的 ¥200.00" in desk.text("findings")
    assert "CL-0" in desk.text("review-earlier")
    await desk.killed()


async def test_what_was_found_marks_its_picture_and_is_looked_at() -> None:
    """A finding about a receipt stands on the receipt's picture."""
    odd = Finding(check="receipt_outside_period", level="review", subject=uid("receipt"), detail={"on": "2026-05-02"})
    said = Finding(check="exif_time_differs", level="hint", subject=uid("other"), detail={"hours": "1200"})
    shots = [MediaView(id=uid(name), content_type="image/jpeg", size=9, sha256="b" * 64) for name in ("other", "plain")]
    facts = PictureFacts(picture=uid("picture"), taken_at=NOW, exif=True, exif_taken_at=NOW - timedelta(days=50))
    desk = await start(f"/desk/claims/{uid('claim')}", display=tuple(shots))
    desk.put([("claim_review", ClaimReview(id=uid("claim"), findings=(odd, said), pictures=(facts,)))])
    await desk.go(f"/desk/claims/{uid('claim')}")
    marks = {name: desk.port.find(f"mark-{uid(name)}") for name in ("picture", "other", "plain")}
    assert marks["plain"] is None
    assert marks["picture"]["attributes"]["aria-label"] == "票据日期 5月2日 不在活动期内"  # type: ignore[index]  # the test fails here without it
    assert "至少差 50 天" in marks["other"]["attributes"]["aria-label"]  # type: ignore[index]  # the test fails here without it
    assert "文件记录拍于 5月" in desk.text("review-picture")
    await desk.tap(f"tile-{uid('plain')}")
    await desk.tap("finding-0")
    tile = desk.port.find(f"tile-{uid('picture')}")
    assert tile is not None
    assert tile["attributes"]["aria-pressed"] == "true"
    finding = desk.port.find("finding-0")
    assert finding is not None
    assert finding["attributes"]["aria-pressed"] == "true", "which of them is looked at can be seen"
    await desk.killed()


async def test_approving_in_part_takes_a_reason_and_no_more_than_is_reserved() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    await desk.tap("approve-claim")
    assert desk.error_of("accept-1") == "合计超过预留的 ¥200.00"
    await desk.type("accept-1", "viel")
    assert desk.text("sum").endswith("—")
    await desk.type("accept-1", "180.50")
    assert desk.text("sum").endswith("¥180.50")
    await desk.tap("approve-claim")
    assert desk.error_of("why-1") == "核减要写原因"
    assert desk.commands("claim.approve") == []
    await desk.type("why-1", "按标准核减")
    await desk.tap("approve-claim")
    (command,) = desk.commands("claim.approve")
    decision = command.receipts[uid("receipt")]
    assert (decision.amount, decision.reason, command.release) == (D("180.50"), "按标准核减", True)
    assert desk.text("claim-status") == "已核准"
    await desk.killed()


async def test_asking_and_refusing_need_words() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    await desk.tap("ask-claim")
    assert {"type": "focus", "selector": "[data-testid=ask-text]"} in desk.port.sent
    await desk.tap("ask-yes")
    assert desk.error_of("ask-text") == "请写明原因"
    await desk.type("ask-text", "请补拍全景")
    await desk.tap("ask-yes")
    (command,) = desk.commands("claim.ask")
    assert command.question == "请补拍全景"
    await desk.killed()


async def test_a_question_that_comes_too_late_is_told_by_whom() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    await desk.tap("refuse-claim")
    await desk.type("refuse-text", "票据不清楚", leave=False)
    done = PaperEvent(id=uid("done"), kind="approved", at=NOW, actor=uid("finance"), actor_name="李娜")
    desk.put([("claim", claim(status="approved", approved=D("180.50"), events=(done,)))])
    await desk.port.settle()
    assert "不能再驳回李娜" in desk.text("overtaken")
    assert not desk.has("refuse-yes")
    assert not desk.has("refuse-text")
    await desk.tap("understood")
    assert not desk.has("overtaken")
    assert desk.has("settle-claim")
    await desk.killed()


async def test_finance_reviews_with_the_keys_alone() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    later = claim(id=uid("later"), filed_by=SHOPKEEPER, filed_at=NOW - timedelta(days=2))
    desk.put([("claim", later)])
    await desk.port.settle()
    assert "R 驳回" in desk.text("desk-review")
    await desk.key("z")
    # The arrows move what is too large for its frame.
    assert {"type": "focus", "selector": "[data-testid=review-picture] .review-picture"} in desk.port.sent
    await desk.key("Escape")
    assert desk.has("desk-review")
    await desk.key("z")
    await desk.key("r")
    assert {"type": "focus", "selector": "[data-testid=refuse-text]"} in desk.port.sent
    await desk.type("refuse-text", "不是我们的店", leave=False)
    await desk.key("Escape")
    assert not desk.has("refuse-yes")
    await desk.key("r")
    assert desk.value_of("refuse-text") == "不是我们的店"
    await desk.tap("refuse-yes")
    assert desk.commands("claim.refuse")[0].reason == "不是我们的店"
    # What was decided is not asked about again, nor are its keys told; the next that waits is a key away.
    assert "R 驳回" not in desk.text("desk-review")
    await desk.key("q")
    assert not desk.has("ask-yes")
    for _ in range(2):
        await desk.key("j")
        assert desk.app.router.path == f"/desk/claims/{later.id}"
    await desk.killed()


async def test_the_pictures_are_gone_through_with_the_arrows() -> None:
    display = MediaView(id=uid("shelf"), content_type="image/jpeg", size=9, sha256="b" * 64, status="stored")
    desk = await start(f"/desk/claims/{uid('claim')}", display=(display,))

    def pressed() -> list[str]:
        tiles = [
            node["attributes"] for node in desk.nodes() if node.get("attributes", {}).get("className") == "review-tile"
        ]
        return [each["data-testid"] for each in tiles if each["aria-pressed"] == "true"]

    first = pressed()
    await desk.key("ArrowRight")
    second = pressed()
    await desk.key("ArrowLeft")
    assert pressed() == first
    assert second != first
    await desk.killed()


async def test_settling_names_a_document() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}", status="approved", approved=D("180.50"))
    await desk.tap("settle-claim")
    assert desk.error_of("settle-reference") == "请填凭证号"
    await desk.type("settle-reference", "CN-2026-7")
    await desk.tap("settle-claim")
    (command,) = desk.commands("claim.settle")
    assert (command.amount, command.reference, command.kind) == (D("180.50"), "CN-2026-7", "credit_note")
    assert desk.text("claim-status") == "已结算"
    for said in ("账扣", "CN-2026-7", "¥180.50"):
        assert said in desk.text("settlements")
    await desk.killed()


async def test_nobody_reviews_their_own() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    row = claim(filed_by=HQ)
    desk.put([("claim", row)])
    await desk.go(f"/desk/claims/{uid('claim')}")
    shown = {node.get("attributes", {}).get("data-testid") for node in desk.nodes()}
    assert "approve-claim" not in shown
    await desk.killed()


async def test_a_fund_is_opened_and_filled() -> None:
    desk = await start("/desk/funds")
    assert "¥10,000.00" in desk.text("funds-table")
    await desk.tap("fund-new")
    await desk.type("field-name_zh", "新品铺货基金")
    await desk.type("field-code", "F2")
    await desk.tap("save")
    await desk.tap("field-organisations-open")
    await desk.tap(f"field-organisations-{SHOP}")
    await desk.tap("save")
    (command,) = desk.commands("fund.save")
    assert (command.name, command.organisations, command.needs) == (
        {"zh": "新品铺货基金"}, (SHOP,), ("receipt", "display"),
    )  # fmt: skip
    assert desk.app.router.path == f"/desk/funds/{command.fund}"
    await desk.type("book-amount", "5000")
    await desk.tap("book")
    (booked,) = desk.commands("fund.top_up")
    assert (booked.fund, booked.amount) == (command.fund, D(5000))
    assert desk.text("sum-budget").endswith("¥5,000.00")
    await desk.killed()


async def test_what_all_funds_come_to_stands_below_them() -> None:
    desk = await start("/desk/funds")
    assert "合计" not in desk.text("funds-table"), "of one there is nothing to add"
    desk.put([("fund", fund(id=uid("other"), code="F2", budget=D(500), available=D(500), reserved=D(0)))])
    await desk.go("/desk/funds")
    assert "合计¥10,500.00" in desk.text("funds-table")
    await desk.killed()


async def test_an_entry_of_the_ledger_leads_to_its_claim() -> None:
    entry = LedgerEntry(
        id=uid("entry"), fund=FUND, number=7, kind="consume", amount=D("180.50"), currency="CNY", at=NOW,
        claim=uid("claim"), paper="CL-2026-7", actor_name="李娜",
    )  # fmt: skip
    desk = await start("/desk/funds")
    desk.put([("ledger_entry", entry)])
    await desk.go(f"/desk/funds/{FUND}")
    for said in ("核销", "¥180.50", "CL-2026-7", "李娜"):
        assert said in desk.text("ledger")
    links = [node["attributes"].get("href") for node in desk.nodes() if node.get("tagName") == "a"]
    assert f"/desk/claims/{uid('claim')}" in links
    await desk.killed()


async def test_the_sums_of_a_fund_add_up_on_screen() -> None:
    desk = await start(f"/desk/funds/{FUND}")
    shown = [desk.text(f"sum-{name}") for name in ("available", "reserved", "payable", "settled", "budget")]
    amounts = [D(text.partition("¥")[2].replace(",", "")) for text in shown]
    assert sum(amounts[:-1]) == amounts[-1]
    await desk.killed()


async def test_steps_are_defined_and_judged() -> None:
    desk = await start("/desk/funds/approvals")
    await desk.tap("step-add")
    await desk.choose("step-0-who", "role:rep")
    await desk.choose("step-1-who", "role:finance")
    await desk.tap("save")
    assert "第 1 步要填上限金额" in desk.text("approvals-panel")
    await desk.type("step-0-limit", "1000")
    await desk.tap("save")
    (command,) = desk.commands("approval.save")
    assert command.steps == (Step(role="rep", limit=D(1000)), Step(role="finance"))
    await desk.killed()


async def test_an_activity_is_approved_where_its_approver_sits() -> None:
    """The way of the notification leads there as the list does, and what waits is counted at the side."""
    waits = activity("applied", steps=(StepView(role="head_office"),), amount=D("1200.00"))
    other = activity("approved", id=uid("other"), number="AC-2026-07-0009", title="冬季陈列")
    more = [*papers()[:2], ("activity", waits), ("activity", other)]
    desk = await Desk().start("/desk/claims", more=more)
    assert desk.text("nav-claims").endswith("1")
    await desk.tap("filter-activities")
    assert desk.text("activities-table").index("夏季堆头") < desk.text("activities-table").index("冬季陈列")
    assert "待您审批" in desk.text(f"activity-{waits.number}")
    await desk.go(f"/activities/{waits.id}")
    assert "¥1,200.00" in desk.text("activity-panel")
    assert "¥6,000.00" in desk.text("purse-free")
    await desk.tap("approve-activity")
    assert desk.commands("activity.decide") == [ActivityDecide(activity=waits.id, step=0, accept=True)]
    assert not desk.has("approve-activity")
    await desk.key("Escape")
    assert not desk.has("activity-panel")
    await desk.killed()


async def test_an_activity_is_declined_at_the_desk_with_a_reason_only() -> None:
    waits = activity("applied", steps=(StepView(role="head_office"),))
    desk = await Desk().start(f"/desk/claims/{waits.id}?filter=activities", more=[*papers()[:2], ("activity", waits)])
    await desk.tap("decline-activity")
    await desk.tap("decline-yes")
    assert desk.commands("activity.decide") == []
    await desk.type("reason", "已有同类活动")
    await desk.tap("decline-yes")
    (command,) = desk.commands("activity.decide")
    assert (command.accept, command.reason) == (False, "已有同类活动")
    await desk.killed()


async def test_who_took_a_step_for_another_is_told_why_the_next_is_not_theirs() -> None:
    taken = StepView(
        role="finance", outcome="approved", decided_by=HQ, decided_by_name="王静", on_behalf_of=uid("李娜"),
        on_behalf_of_name="李娜", at=NOW,
    )  # fmt: skip
    waits = activity("applied", steps=(taken, StepView(role="head_office")))
    desk = await Desk().start(f"/desk/claims/{waits.id}?filter=activities", more=[*papers()[:2], ("activity", waits)])
    assert "请由别人审批" in desk.text("not-twice")
    assert not desk.has("approve-activity")
    await desk.killed()


async def test_an_activity_that_waits_for_somebody_else_is_shown_and_not_decided() -> None:
    waits = activity("applied", steps=(StepView(role="finance"), StepView(role="head_office")))
    desk = await Desk().start(f"/desk/claims/{waits.id}?filter=activities", more=[*papers()[:2], ("activity", waits)])
    assert "等财务审批" in desk.text("activity-panel")
    assert not desk.has("approve-activity")
    await desk.killed()


async def test_nobody_becomes_a_deputy_who_was_not_chosen() -> None:
    people = [("colleague", Colleague(id=uid(name), name=name, role="rep")) for name in ("吴浩", "林晓")]
    desk = await Desk().start("/desk/funds/approvals", more=[*papers(), *people])
    await desk.tap("away-yes")
    assert desk.commands("approval.delegate") == []
    assert "请选择" in desk.text("approvals-panel")
    await desk.choose("away-deputy", uid("林晓"))
    await desk.tap("away-yes")
    assert [command.deputy for command in desk.commands("approval.delegate")] == [uid("林晓")]
    await desk.killed()


def test_the_purse_of_a_partner_has_the_id_the_phone_works_out() -> None:
    assert allocation().id == derived_id("allocation", FUND, SHOP)


async def test_a_receipt_that_comes_while_a_reason_is_typed_stands_in_the_form() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}", status="more_wanted")
    await desk.tap("refuse-claim")
    await desk.type("refuse-text", "照片看不清", leave=False)
    row = claim(filed_by=SHOPKEEPER)
    another = replace(row.receipts[0], id=uid("second"), pictures=())
    desk.put([("claim", replace(row, receipts=(*row.receipts, another)))])
    await desk.port.settle()
    assert desk.value_of("accept-2") == "300.00"
    assert desk.value_of("refuse-text") == "照片看不清"
    await desk.killed()


async def test_the_way_back_from_a_claim_leads_to_the_list_it_was_opened_from() -> None:
    desk = await start("/desk/claims", status="approved", approved=D("180.50"))
    await desk.tap("filter-to_settle")
    await desk.tap("claim-CL-2026-07-0001")
    await desk.key("Escape")
    assert desk.has("claim-CL-2026-07-0001")
    await desk.tap("claim-CL-2026-07-0001")
    await desk.tap("back")
    assert desk.has("claim-CL-2026-07-0001")
    await desk.killed()


async def test_a_double_click_decides_once() -> None:
    desk = await start(f"/desk/claims/{uid('claim')}")
    await desk.type("accept-1", "180.50")
    await desk.type("why-1", "按标准核减")
    await desk.double_tap("approve-claim")
    assert len(desk.commands("claim.approve")) == 1
    await desk.killed()


async def test_a_double_click_books_once_and_finds_no_fault() -> None:
    desk = await start(f"/desk/funds/{FUND}")
    await desk.type("book-amount", "5000")
    await desk.double_tap("book")
    assert len(desk.commands("fund.top_up")) == 1
    assert desk.error_of("book-amount") == ""
    await desk.killed()


async def test_refused_steps_come_back_as_they_were_typed() -> None:
    desk = await start("/desk/funds/approvals")
    await desk.tap("step-add")
    await desk.type("step-0-limit", "1000")
    await desk.tap("save")
    await desk.refuse("forbidden", permission="fund.manage")
    assert desk.has("refusal")
    assert desk.value_of("step-0-limit") == "1000"
    await desk.type("step-0-limit", "2000")
    await desk.tap("save")
    assert [command.steps[0].limit for command in desk.commands("approval.save")] == [D(2000)]
    await desk.killed()


async def test_a_refused_share_comes_back_as_it_was_typed() -> None:
    desk = Desk()
    await desk.start("/desk/funds", more=[*papers(), ("fund", fund(organisations=(SHOP, DEALER), unallocated=D(500)))])
    await desk.tap("fund-F1")
    label = next(node for node in desk.nodes() if node.get("attributes", {}).get("config", {}).get("label") == "操作")
    await desk._event(label["eventHandlers"]["report"]["target"], "allocate")
    await desk.choose("book-organisation", DEALER)
    await desk.type("book-amount", "800")
    await desk.tap("book")
    assert desk.value_of("book-amount") == ""
    await desk.refuse("fund_short")
    assert (desk.value_of("book-organisation"), desk.value_of("book-amount")) == (DEALER, "800.00")
    await desk.type("book-amount", "500")
    await desk.tap("book")
    assert [command.amount for command in desk.commands("fund.allocate")] == [D(500)]
    await desk.killed()


@pytest.mark.parametrize("path", ["/desk/claims", "/desk/funds"])
async def test_a_search_that_finds_nothing_does_not_say_that_there_is_nothing(path: str) -> None:
    desk = await start(path)
    await desk.type("desk-search", "没有的东西")
    assert "没有找到“没有的东西”" in desk.text()
    assert "没有待审核的核销单" not in desk.text()
    assert "还没有市场费用" not in desk.text()
    await desk.killed()


async def test_a_list_that_is_cut_off_says_how_many_more_there_are() -> None:
    rows = [claim(id=uid("claim", str(n)), number=f"CL-{n}", filed_by=SHOPKEEPER) for n in range(210)]
    desk = Desk()
    await desk.start("/desk/claims", more=[("claim", row) for row in rows])
    assert "还有 10 项" in desk.text("desk-claims")
    await desk.killed()
