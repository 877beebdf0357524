"""The story of a visit: the rep without signal from check-in to check-out, head office sees it when she is back."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import DESK
from tests.e2e.parts import (
    Office,
    Open,
    add,
    badge,
    come_true,
    cut_off,
    no_network,
    pending,
    serious,
    submitted_id,
    to_tab,
)
from tests.media.conftest import photo
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo", "hq@demo")
# Whether the pictures of the answers are there to be looked at.
SEEN = """() => {
  const shown = [...document.querySelectorAll("[data-testid=visit-answers] img")];
  return shown.length > 0 && shown.every((image) => image.complete && image.naturalWidth > 0);
}"""
REASON = "门店在装修，在对面见的老板"


def stand(page: Page, server: Served, address: dict[str, Any], metres: float) -> None:
    """So far north of an address."""
    page.context.grant_permissions(["geolocation"], origin=server.url)
    latitude = address["latitude"] + metres / 111_195
    page.context.set_geolocation({"latitude": latitude, "longitude": address["longitude"], "accuracy": 15})


def in_status(page: Page, visit: str, status: str) -> None:
    page.locator(f"[data-testid=visit-{visit}][data-status={status}]").wait_for()


def told(office: Office, visit: str) -> dict[str, Any]:
    """What head office knows of a visit."""
    return next(row for row in office.rows("visit") if row["id"] == visit)


def test_a_visit_without_signal_reaches_head_office(
    opened: Open, office: Office, server: Served, tmp_path: Path
) -> None:
    (tmp_path / "shelf.jpg").write_bytes(photo(1200, 900, 3))
    shop = next(row for row in office.rows("organisation") if row["code"] == "S0001")
    page = opened("rep@demo")
    stand(page, server, shop["addresses"][0], 900)
    with no_network(page.context):
        to_tab(page, "tasks")
        stop = page.get_by_test_id("visit-S0001")
        page.get_by_test_id("visits-today").wait_for()
        if not stop.count():  # among those of a long day that are shown on demand
            page.get_by_test_id("all-stops").click()
        stop.click()
        page.wait_for_url("**/visits/*")
        visit = page.url.rsplit("/", 1)[1]
        in_status(page, visit, "planned")
        page.get_by_test_id("check-in").click()
        page.get_by_test_id("fence-sheet").wait_for()
        page.get_by_test_id("check-in-anyway").click()
        expect(page.get_by_test_id("fence-sheet")).to_contain_text("请写明原因")
        page.get_by_test_id("fence-reason").fill(REASON)
        assert serious(page) == []
        page.get_by_test_id("check-in-anyway").click()
        in_status(page, visit, "under_way")
        expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "outside")
        page.get_by_test_id("item-talk").click()
        page.get_by_test_id("answer-text").fill("老板想换门口陈列")
        page.get_by_test_id("item-save").click()
        page.get_by_test_id("item-fridge").click()
        page.get_by_test_id("answer-yes-yes").click()
        page.get_by_test_id("item-save").click()
        expect(page.get_by_test_id("item-fridge")).to_have_attribute("data-done", "yes")
        assert serious(page) == []
        assert cut_off(page) == []
        page.get_by_test_id("item-shelf").click()
        page.get_by_test_id("visit-photos-gallery").set_input_files(tmp_path / "shelf.jpg")
        page.get_by_test_id("visit-photos-0").wait_for()
        page.get_by_test_id("item-save").click()
        expect(page.get_by_test_id("item-shelf")).to_have_attribute("data-done", "yes")
        page.get_by_test_id("item-order").click()
        page.get_by_test_id("product-search").wait_for()
        add(page, 0)
        order = submitted_id(page)
        # Killed, and opened anew from the home screen: back into the visit.
        page.goto(server.url)
        in_status(page, visit, "under_way")
        page.get_by_test_id(f"visit-order-{order}").wait_for()
        page.get_by_test_id("check-out").click()
        page.get_by_test_id("visit-note").fill("下次带样品")
        assert serious(page) == []
        page.get_by_test_id("check-out-yes").click()
        in_status(page, visit, "done")
        # Six commands and the picture.
        pending(page, 7)
    badge(page, "synced")
    made = told(office, visit)
    assert (made["status"], made["orders"], made["note"]) == ("done", [order], "下次带样品")
    assert (made["organisation_code"], made["rep_name"]) == ("S0001", "林晓")
    assert (made["check_in"]["verdict"], made["check_in"]["reason"]) == ("outside", REASON)
    assert made["check_in"].get("excused", True)
    assert made["results"]["fridge"]["yes"] is True
    assert made["results"]["talk"]["text"] == "老板想换门口陈列"

    desk = opened("hq@demo")
    desk.set_viewport_size(DESK["viewport"])  # type: ignore[arg-type]  # width and height
    desk.goto(f"{server.url}/desk/visits")
    row = desk.locator("[data-testid=visit-S0001][data-status=done][data-verdict=outside]")
    expect(row).to_contain_text(REASON)
    row.click()
    expect(desk.get_by_test_id("visit-reason")).to_have_text(REASON)
    expect(desk.get_by_test_id("visit-answers")).to_contain_text("老板想换门口陈列")
    # The shelf as she photographed it, made small by the server out of what came after the visit itself.
    shelf = desk.get_by_test_id("visit-answers").locator("img")
    expect(shelf).to_have_count(1, timeout=60_000)
    come_true(desk, SEEN)
    expect(desk.get_by_test_id("visit-orders").locator("a")).to_have_count(1)
    assert serious(desk) == []
