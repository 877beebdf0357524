"""Funds, activities and claims on the phone, with no network."""

from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from offline.approving import chain_of
from offline.ids import derived_id
from offline.rules.approvals import Step
from offline.rules.ledger import SHARED
from offline.wire.activities import Activity, Delegation, StepView
from offline.wire.claims import Claim, ClaimFile, ReceiptView
from offline.wire.funds import Allocation
from offline.wire.media import MediaView
from pwa.screens.mending import command_of
from tests.screens.conftest import Start
from tests.screens.world import NOW, OFFICE, PROSPECT, REP, SHOP, SHOPKEEPER, Phone, uid

D = Decimal
FUND = uid("fund")
TODAY = NOW.date()


def allocation(**more: Any) -> Allocation:
    settings: dict[str, Any] = {
        "id": derived_id("allocation", FUND, SHOP), "fund": FUND, "organisation": SHOP, "organisations": (SHOP,),
        "code": "F1", "name": {"zh": "陈列基金", "en": "Display fund"}, "currency": "CNY",
        "valid_from": TODAY - timedelta(days=30), "valid_until": TODAY + timedelta(days=60),
        "allocated": D(10000), "available": D(6000), "reserved": D(3000), "payable": D(600), "settled": D(400),
    }  # fmt: skip
    return Allocation(**(settings | more))


def activity(status: Any = "approved", **more: Any) -> Activity:
    settings: dict[str, Any] = {
        "id": uid("activity"), "number": "AC-2026-07-0001", "fund": FUND, "fund_name": {"zh": "陈列基金"},
        "organisation": SHOP, "organisation_name": {"zh": "好邻居便利店"}, "kind": "display", "title": "夏季堆头",
        "starts_on": TODAY - timedelta(days=3), "ends_on": TODAY + timedelta(days=3),
        "claim_until": TODAY + timedelta(days=33), "amount": D(1000), "left": D(1000), "currency": "CNY",
        "status": status, "steps": (StepView(role="rep", limit=D(500)), StepView(role="finance")),
        "applied_by": SHOPKEEPER, "applied_by_name": "陈美玲", "applied_at": NOW - timedelta(days=4),
    }  # fmt: skip
    return Activity(**(settings | more))


def claim(status: Any = "submitted", **more: Any) -> Claim:
    picture = MediaView(id=uid("picture"), content_type="image/jpeg", size=9, sha256="a" * 64, status="stored")
    receipt = ReceiptView(
        id=uid("receipt"), seller="美陈广告", on=TODAY, total=D("300.00"), currency="CNY", pictures=(picture,)
    )
    settings: dict[str, Any] = {
        "id": uid("claim"), "number": "CL-2026-07-0001", "activity": uid("activity"), "activity_title": "夏季堆头",
        "organisation": SHOP, "currency": "CNY", "status": status, "receipts": (receipt,), "total": D("300.00"),
        "filed_at": NOW - timedelta(days=1),
    }  # fmt: skip
    return Claim(**(settings | more))


def given(phone: Phone) -> list[Any]:
    return [command_of(entry) for entry in phone.app.engine.entries()]


def error(phone: Phone, testid: str) -> str:
    return str(phone.field(testid)["attributes"]["config"].get("error", ""))


async def test_a_partner_sees_what_is_left(start: Start) -> None:
    phone = await start("/", more=[("allocation", allocation())], user=SHOPKEEPER)
    assert phone.text("funds-card").startswith("费用与核销")
    assert (phone.text("purse-used"), phone.text("purse-reserved"), phone.text("purse-free")) == (
        "¥1,000.00", "¥3,000.00", "¥6,000.00",
    )  # fmt: skip
    await phone.tap("see-funds")
    assert phone.app.router.path == "/claims"


async def test_a_partner_with_several_funds_sees_whose_money_each_figure_is(start: Start) -> None:
    """The one that ends first would have passed for all there is."""
    more = [
        ("allocation", allocation(id=uid(name), code=code, name={"zh": name}, available=D(left)))
        for code, name, left in (("A", "开业", 10000), ("B", "陈列", 24000), ("C", "市场", 34200), ("D", "广告", 1))
    ]
    phone = await start("/", more=more, user=SHOPKEEPER)
    shown = phone.text("funds-card")
    for told in ("开业", "¥10,000.00", "陈列", "¥24,000.00", "市场", "¥34,200.00", "还有 1 笔费用"):
        assert told in shown, told
    assert "广告" not in shown


async def test_applying_with_no_network_reserves_at_once(start: Start) -> None:
    phone = await start("/claims", more=[("allocation", allocation())], user=SHOPKEEPER)
    await phone.tap("apply-F1")
    await phone.tap("apply-submit")
    assert [error(phone, f"apply-{name}") for name in ("title", "starts_on", "ends_on", "amount")] == [
        "请写活动名称", "请选日期", "请选日期", "请填大于 0 的金额，最多精确到分",
    ]  # fmt: skip
    assert given(phone) == []
    await phone.type("apply-title", "夏季堆头")
    await phone.type("apply-starts_on", TODAY.isoformat())
    await phone.type("apply-ends_on", (TODAY - timedelta(days=1)).isoformat())
    await phone.type("apply-amount", "6000.01")
    await phone.tap("apply-submit")
    assert error(phone, "apply-ends_on") == "结束日期不能早于开始日期"
    assert error(phone, "apply-amount") == "超过可用余额 ¥6,000.00"
    await phone.type("apply-ends_on", (TODAY + timedelta(days=5)).isoformat())
    await phone.type("apply-amount", "2,500.50")
    await phone.tap("kind-tasting")
    await phone.tap("apply-submit")
    (command,) = given(phone)
    assert (command.amount, command.kind, command.organisation) == (D("2500.50"), "tasting", SHOP)
    assert phone.app.router.path == f"/activities/{command.activity}"
    assert phone.text("activity-status") == "待发送"
    await phone.go("/claims")
    assert (phone.text("purse-reserved"), phone.text("purse-free")) == ("¥5,500.50", "¥3,499.50")


async def test_who_looks_after_several_says_for_whom_it_is(start: Start) -> None:
    purse = allocation(id=derived_id("allocation", FUND, SHARED), organisation=SHARED, organisations=(SHOP, PROSPECT))
    phone = await start(f"/claims/apply/{purse.id}", more=[("allocation", purse)], user=REP)
    chosen = phone.field("apply-organisation")
    assert [value for value, _ in chosen["attributes"]["config"]["options"]] == ["", SHOP, PROSPECT]
    await phone.type("apply-title", "夏季堆头")
    await phone.type("apply-starts_on", TODAY.isoformat())
    await phone.type("apply-ends_on", TODAY.isoformat())
    await phone.type("apply-amount", "100")
    await phone.tap("apply-submit")
    assert given(phone) == []
    assert "请选择为哪家申请" in phone.text()
    await phone._event(chosen["eventHandlers"]["report"]["target"], PROSPECT)
    await phone.tap("apply-submit")
    (command,) = given(phone)
    assert command.organisation == PROSPECT


async def test_what_is_typed_outlives_a_kill(start: Start) -> None:
    phone = await start(f"/claims/apply/{allocation().id}", more=[("allocation", allocation())], user=SHOPKEEPER)
    await phone.type("apply-title", "打字到一半")
    await phone.killed()
    await phone.start(f"/claims/apply/{allocation().id}")
    assert phone.field("apply-title")["attributes"]["config"]["value"] == "打字到一半"


async def test_an_approver_takes_the_open_step(start: Start) -> None:
    more = [("activity", activity("applied"))]
    phone = await start("/tasks", more=more, user=REP)
    assert "夏季堆头" in phone.text("tasks-to_approve")
    await phone.tap(f"activity-{uid('activity')}")
    assert "等 业务员 审批" in phone.text("timeline") or "审批" in phone.text("timeline")
    await phone.tap("decline-activity")
    await phone.tap("decline-yes")
    assert given(phone) == []
    await phone.type("reason", "档期已满")
    await phone.tap("decline-yes")
    (command,) = given(phone)
    assert (command.step, command.accept, command.reason) == (0, False, "档期已满")
    assert phone.text("activity-status") == "未通过"


async def test_nobody_approves_their_own(start: Start) -> None:
    phone = await start(f"/activities/{uid('activity')}", more=[("activity", activity("applied", applied_by=REP))])
    assert "approve-activity" not in {node.get("attributes", {}).get("data-testid") for node in phone.nodes()}


async def test_a_claim_with_pictures_and_fields(start: Start) -> None:
    more = [("allocation", allocation()), ("activity", activity())]
    phone = await start(f"/activities/{uid('activity')}", more=more, user=SHOPKEEPER)
    await phone.tap("file-claim")
    await phone.tap("claim-submit")
    assert error(phone, "receipt-0-seller") == "请写商家名称"
    for field, name in (("receipt-0-photos", "票据照片"), ("display-photos", "现场照片")):
        group = phone.port.find(field)
        assert group is not None
        assert (group["attributes"]["role"], group["attributes"]["aria-label"]) == ("group", name)
    await phone.photographs("receipt-0-photos", b"receipt")
    await phone.type("receipt-0-seller", "美陈广告")
    # What was mended is not called wrong any more; what was not, is.
    assert error(phone, "receipt-0-seller") == ""
    assert error(phone, "receipt-0-total")
    await phone.type("receipt-0-on", date(2020, 1, 1).isoformat())
    await phone.type("receipt-0-total", "1200")
    await phone.photographs("display-photos", b"display")
    # The rule says on the phone what the reviewer will see.
    assert "不在活动期内" in phone.text("warnings")
    assert "超过预留的 ¥1,000.00" in phone.text("warnings")
    await phone.type("receipt-0-on", TODAY.isoformat())
    await phone.type("receipt-0-total", "880.50")
    await phone.tap("claim-submit")
    (command,) = given(phone)
    (receipt,) = command.receipts
    assert (receipt.seller, receipt.total, len(receipt.pictures), len(command.display)) == (
        "美陈广告",
        D("880.50"),
        1,
        1,
    )
    assert phone.app.router.path == f"/claims/{command.claim}"
    assert phone.text("claim-status") == "待发送"


async def test_a_file_used_before_is_told_before_it_is_sent(start: Start) -> None:
    seen = MediaView(id=uid("old"), content_type="image/jpeg", size=7, sha256=sha256(b"receipt").hexdigest())
    old = claim("settled", id=uid("older"), activity=uid("other"), display=(seen,))
    phone = await start(
        f"/activities/{uid('activity')}/claim", more=[("activity", activity()), ("claim", old)], user=SHOPKEEPER
    )
    await phone.type("receipt-0-seller", "美陈广告")
    await phone.type("receipt-0-on", TODAY.isoformat())
    await phone.type("receipt-0-total", "88")
    await phone.photographs("receipt-0-photos", b"receipt")
    assert "同一张照片在 CL-2026-07-0001 里用过" in phone.text("warnings")
    await phone.tap("claim-submit")
    assert "同一张照片在 CL-2026-07-0001 里用过" in phone.text("look-again")
    await phone.tap("look-again-back")
    assert given(phone) == []
    # The same twice in this claim needs no other one to be named.
    await phone.photographs("display-photos", b"new")
    await phone.photographs("display-photos", b"new")
    assert "同一张照片在这张单里放了两次" in phone.text("warnings")
    await phone.tap("claim-submit")
    await phone.tap("look-again-yes")
    assert [type(command) for command in given(phone)] == [ClaimFile]


async def test_what_finance_asks_for_is_added(start: Start) -> None:
    wanted = claim("more_wanted", question="请补拍全景")
    phone = await start("/tasks", more=[("activity", activity()), ("claim", wanted)], user=SHOPKEEPER)
    assert "需补充" in phone.text("tasks-to_claim")
    await phone.tap(f"claim-{uid('claim')}")
    assert "请补拍全景" in phone.text("asked")
    await phone.tap("amend-claim")
    await phone.photographs("display-photos", b"the whole of it")
    await phone.tap("claim-submit")
    (command,) = given(phone)
    assert (command.claim, len(command.receipts), len(command.display)) == (uid("claim"), 1, 1)
    assert command.receipts[0].pictures[0].id == uid("picture")


async def test_a_decided_claim_says_what_was_accepted_and_why(start: Start) -> None:
    receipt = claim().receipts[0]
    cut = ReceiptView(
        id=receipt.id, seller=receipt.seller, on=receipt.on, total=receipt.total, currency="CNY",
        approved=D("120.00"), reason="按标准核减",
    )  # fmt: skip
    phone = await start(
        f"/claims/{uid('claim')}",
        more=[("claim", claim("approved", receipts=(cut,), approved=D("120.00")))],
        user=SHOPKEEPER,
    )
    assert "核准 ¥120.00" in phone.text(f"receipt-{receipt.id}")
    assert "按标准核减" in phone.text(f"receipt-{receipt.id}")


def test_steps_of_a_row_are_those_of_the_rule() -> None:
    taken = StepView(role="rep", outcome="approved", decided_by=REP)
    chain = chain_of((taken, StepView(person=OFFICE, same_person=True)), SHOPKEEPER)
    assert chain.steps == (Step(role="rep"), Step(person=OFFICE, same_person=True))
    assert [each.person for each in chain.decided] == [REP]


def away(**more: Any) -> Delegation:
    """Finance is, and the rep stands in."""
    settings: dict[str, Any] = {
        "id": uid("away"), "person": uid("finance"), "person_name": "周宁", "role": "finance", "deputy": REP,
        "deputy_name": "林晓", "since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1),
    }  # fmt: skip
    return Delegation(**(settings | more))


def foreign(**more: Any) -> Activity:
    """Of a partner that the rep does not look after: no row of it is on the phone."""
    name = {"organisation": uid("far"), "organisation_name": {"zh": "远方商店"}}
    return activity("applied", **(name | {"steps": (StepView(role="finance"),)} | more))


async def test_a_deputy_decides_what_waits_for_somebody_away(start: Start) -> None:
    phone = await start("/tasks", more=[("activity", foreign()), ("delegation", away())], user=REP)
    assert "您替 周宁 审批" in phone.text(f"activity-{uid('activity')}")
    await phone.tap(f"activity-{uid('activity')}")
    assert "您替 周宁 审批" in phone.text("for-whom")
    assert "远方商店" in phone.text("activity-screen")
    await phone.tap("approve-activity")
    assert len(given(phone)) == 1
    assert "林晓（代 周宁）" in phone.text("timeline")
    # Approved: it is not theirs to claim for, nor to call off.
    assert not phone.has("file-claim")
    assert not phone.has("cancel-activity")


async def test_nobody_decides_by_themselves_what_came_for_somebody_away(start: Start) -> None:
    """A step of anybody who may approve: the rep may for finance, and after that no more."""
    anybody = foreign(steps=(StepView(),))
    over = away(until=NOW)
    phone = await start(f"/activities/{uid('activity')}", more=[("activity", anybody), ("delegation", over)], user=REP)
    assert not phone.has("approve-activity")


async def test_a_deputy_of_a_rep_decides_for_the_partners_of_that_rep(start: Start) -> None:
    """SHOP is looked after by this rep, and not by the one who is away."""
    waits = activity("applied", steps=(StepView(person=uid("other rep")),))
    other = away(person=uid("other rep"), role="rep")
    path = f"/activities/{uid('activity')}"
    phone = await start(path, more=[("activity", waits), ("delegation", other)], user=REP)
    assert not phone.has("approve-activity")


async def test_a_double_tap_files_once(start: Start) -> None:
    phone = await start(f"/activities/{uid('activity')}/claim", more=[("activity", activity())], user=SHOPKEEPER)
    await phone.type("receipt-0-seller", "美陈广告")
    await phone.type("receipt-0-on", TODAY.isoformat())
    await phone.type("receipt-0-total", "88")
    await phone.photographs("receipt-0-photos", b"receipt")
    await phone.photographs("display-photos", b"display")
    await phone.double_tap("claim-submit")
    assert len(given(phone)) == 1


async def test_a_double_tap_applies_once(start: Start) -> None:
    phone = await start("/claims", more=[("allocation", allocation())], user=SHOPKEEPER)
    await phone.tap("apply-F1")
    await phone.type("apply-title", "夏季堆头")
    await phone.type("apply-starts_on", TODAY.isoformat())
    await phone.type("apply-ends_on", (TODAY + timedelta(days=3)).isoformat())
    await phone.type("apply-amount", "600")
    await phone.double_tap("apply-submit")
    assert len(given(phone)) == 1
