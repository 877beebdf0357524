"""A phone that saves data, and one that is nearly full when it is opened: the person is told, and may do otherwise."""

import pytest
from playwright.sync_api import expect

from tests.e2e.parts import Open, badge, come_true, cut_off, go, room_of, serious, synced_anew
from tests.servers import Served

pytestmark = pytest.mark.timeout(300)
PHONES = ("rep@demo",)

HELD = "async () => (await (await caches.open('qudao-images')).keys()).length"


def test_nearly_full_is_told_at_the_start_and_what_to_do(blank: Open, server: Served) -> None:
    page = blank("rep@demo")
    used, allow = room_of(page, server.url)
    allow(used + 10_000_000)
    page.goto(server.url)
    expect(page.get_by_test_id("notice")).to_contain_text("手机空间快满了")
    page.get_by_test_id("notice-action").click()
    expect(page.get_by_test_id("storage-warning")).to_contain_text("手机空间快满了")
    assert serious(page) == []
    assert cut_off(page) == []


def test_a_phone_that_saves_data_fetches_no_pictures_ahead_unless_asked(blank: Open, server: Served) -> None:
    page = blank("rep@demo")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    page.goto(server.url)
    synced_anew(page)
    badge(page, "synced")
    go(page, "/sync")
    spared = page.get_by_test_id("pictures-spared")
    expect(spared).to_contain_text("手机开了省流量")
    assert serious(page) == []
    assert cut_off(page) == []
    held = page.evaluate(HELD)
    page.wait_for_timeout(1500)
    assert page.evaluate(HELD) == held
    page.get_by_test_id("pictures-get").click()
    come_true(page, f"async (held) => await ({HELD})() > held + 20", held)
    expect(page.get_by_test_id("pictures-get")).to_have_count(0)
