"""A claim, as it happens: head office opens a fund, the dealer applies, two people approve, the dealer claims with no
signal and two photos, finance approves in part at the desk, and the ledger adds up on screen."""

import re
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, expect

from offline.ids import new_id
from offline.wire.activities import ActivityDecide
from offline.wire.funds import FundSave, FundTopUp
from tests.browser import DESK, browser_profile
from tests.e2e.conftest import Installed
from tests.e2e.parts import Office, Open, no_network, synced_anew
from tests.media.conftest import photo
from tests.servers import Served

PHONES = ("dealer@demo", "finance@demo")

AT_DESK: dict[str, Any] = {**DESK, "has_touch": False, "is_mobile": False}


def until(office: Office, entity: str, row_id: str, status: str) -> dict[str, Any]:
    """The row once it has this status at the server."""
    end = time.monotonic() + 60
    while True:
        found = [row for row in office.rows(entity) if row["id"] == row_id and row["status"] == status]
        if found:
            return found[0]
        assert time.monotonic() < end, [row for row in office.rows(entity) if row["id"] == row_id]
        time.sleep(0.5)


def test_from_the_fund_to_the_ledger(
    opened: Open, office: Office, server: Served, playwright: Playwright, installed: Installed, tmp_path: Path
) -> None:
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    dealer = next(row for row in office.rows("organisation") if row["code"] == "J-SH1")["id"]
    fund = new_id()
    office.applies(
        FundSave(
            fund=fund, code="E2E", name={"zh": "开业基金", "en": "Opening fund"}, organisations=(dealer,),
            currency="CNY", valid_from=today - timedelta(days=10), valid_until=today + timedelta(days=90),
        )
    )  # fmt: skip
    office.applies(FundTopUp(fund=fund, entry=new_id(), amount=Decimal(10000), reason="开业支持"))
    phone = opened("dealer@demo")
    phone.get_by_test_id("see-funds").click()
    phone.get_by_test_id("apply-E2E").click()
    phone.get_by_test_id("apply-title").fill("开业堆头")
    phone.get_by_test_id("apply-starts_on").fill(today.isoformat())
    phone.get_by_test_id("apply-ends_on").fill((today + timedelta(days=7)).isoformat())
    phone.get_by_test_id("apply-amount").fill("5000")
    phone.get_by_test_id("apply-submit").click()
    phone.get_by_test_id("activity-screen").wait_for()
    activity = phone.url.rpartition("/")[2]
    until(office, "activity", activity, "applied")
    with Office(server, "finance@demo") as finance:
        finance.applies(ActivityDecide(activity=activity, step=0, accept=True))
    office.applies(ActivityDecide(activity=activity, step=1, accept=True))
    phone.get_by_test_id("file-claim").click()
    for name, seed in (("receipt", 1), ("display", 2)):
        (tmp_path / f"{name}.jpg").write_bytes(photo(800, 600, seed))
    with no_network(phone.context):
        phone.get_by_test_id("receipt-0-photos-gallery").set_input_files(tmp_path / "receipt.jpg")
        phone.get_by_test_id("receipt-0-photos-0").wait_for()
        phone.get_by_test_id("receipt-0-seller").fill("美陈广告")
        phone.get_by_test_id("receipt-0-on").fill(today.isoformat())
        phone.get_by_test_id("receipt-0-total").fill("3200")
        phone.get_by_test_id("display-photos-gallery").set_input_files(tmp_path / "display.jpg")
        phone.get_by_test_id("display-photos-0").wait_for()
        phone.get_by_test_id("claim-submit").click()
        expect(phone.get_by_test_id("claim-status")).to_have_text("待发送")
    claim = phone.url.rpartition("/")[2]
    number = until(office, "claim", claim, "submitted")["number"]
    with browser_profile(playwright, installed("finance@demo"), **AT_DESK) as context:
        desk = context.pages[0]
        desk.goto(f"{server.url}/desk/claims")
        synced_anew(desk)
        desk.get_by_test_id(f"claim-{number}").click()
        desk.get_by_test_id("review-picture").wait_for()
        desk.get_by_test_id("accept-1").fill("3000")
        desk.get_by_test_id("why-1").fill("运费不在支持范围")
        desk.get_by_test_id("approve-claim").click()
        expect(desk.get_by_test_id("claim-status")).to_have_text("已核准")
        until(office, "claim", claim, "approved")
        desk.goto(f"{server.url}/desk/funds/{fund}")
        expect(desk.get_by_test_id("sum-payable")).to_contain_text("3,000.00", timeout=60_000)
        expect(desk.get_by_test_id("sum-available")).to_contain_text("7,000.00")
        shown = {
            name: Decimal(re.sub(r"[^\d.]", "", desk.get_by_test_id(f"sum-{name}").inner_text()))
            for name in ("available", "reserved", "payable", "settled", "budget")
        }
    assert shown.pop("budget") == sum(shown.values()) == 10000
    expect(phone.get_by_test_id("claim-status")).to_have_text("已核准", timeout=60_000)
    expect(phone.get_by_test_id("claim-screen")).to_contain_text("运费不在支持范围")
