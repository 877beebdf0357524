"""A notification in a real browser, from the press that allows it to the one on it. Its push service is our own, on
this machine; everything else is real."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderShip
from tests.browser import browser_profile, chromium_path
from tests.e2e.parts import Office, badge, come_true, sign_in, status, submitted_id
from tests.push.browser_service import BrowserPushService
from tests.running import demo_server, demo_template, qudao
from tests.servers import Served

pytestmark = pytest.mark.timeout(300)
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, ...data }));
}"""
PRESS = """() => self.registration.getNotifications().then(([notification]) =>
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification })) && null)"""
SUBSCRIBED = "async () => Boolean(await (await navigator.serviceWorker.ready).pushManager.getSubscription())"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPushService]:
    chromium_path()
    with BrowserPushService(tmp_path_factory.mktemp("push")).running() as running:
        yield running


@pytest.fixture(scope="module")
def server(service: BrowserPushService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo with a brand that is never quiet: the test must not depend on the hour."""
    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(demo_template(), data)
    qudao("tenant", "set", "demo", "--quiet-hours", "none", data=data)
    with demo_server(data, QUDAO_PUSH_RELAY=service.url) as served:
        yield served


@pytest.fixture
def phone(playwright: Playwright, service: BrowserPushService, tmp_path: Path) -> Iterator[BrowserContext]:
    granted: dict[str, Any] = {"permissions": ["notifications"]}
    with browser_profile(playwright, tmp_path / "phone", switches=service.switches, **granted) as context:
        yield context


def until(condition: Callable[[], bool], told: Callable[[], object] = str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not come to that: {told()}"
        time.sleep(0.1)


def shown(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(SHOWN)
    return found


def test_a_shop_hears_of_its_order_with_the_app_closed(
    phone: BrowserContext, server: Served, service: BrowserPushService, office: Office
) -> None:
    # On a phone the app is on localhost's real name: a secure place, where push is allowed.
    url = server.url.replace("127.0.0.1", "localhost")
    page = phone.pages[0]
    sign_in(page, url, "shop@demo")
    page.get_by_test_id("repeat-last").click()
    order = submitted_id(page)
    status(page, order, "submitted")
    badge(page, "synced")
    page.get_by_test_id("tab-home").click()
    expect(page.get_by_test_id("push-offer")).to_contain_text("有进展时告诉您")
    page.get_by_test_id("push-on").click()
    expect(page.get_by_test_id("push-offer")).to_have_count(0)
    page.get_by_test_id("tab-me").click()
    expect(page.get_by_test_id("notifications")).to_have_attribute("data-state", "on")
    come_true(page, SUBSCRIBED)

    # The app is closed; the browser lives on, as it does on a phone.
    phone.new_page()
    page.close()
    office.applies(OrderApprove(order=order))
    until(lambda: service.sent == [201], lambda: (service.sent, server.log[-12:]))
    lines = next(row for row in office.rows("order") if row["id"] == order)["lines"]
    parcel = {line["id"]: line["reserved"] for line in lines if line.get("reserved")}
    office.applies(OrderShip(order=order, parcel=new_id(), lines=parcel, carrier="顺丰", tracking="SF1024"))
    until(lambda: service.sent == [201, 201])

    page = phone.new_page()
    page.goto(f"{url}/me")
    page.get_by_test_id("notifications").wait_for()
    until(lambda: "SF1024" in "".join(each["body"] for each in shown(page)))
    (found,) = shown(page)  # one for the order, the latest
    assert "发货" in found["title"]
    assert found["url"] == f"/orders/{order}"

    # A press leads the open app to the order.
    phone.service_workers[0].evaluate(PRESS)
    page.wait_for_url(f"**/orders/{order}")
    until(lambda: shown(page) == [])

    # Whoever signed out hears nothing any more.
    page.get_by_test_id("header-back").or_(page.get_by_test_id("tab-me")).first.click()
    page.goto(f"{url}/me")
    page.get_by_test_id("sign_out").click()
    page.get_by_test_id("sign-out-question-yes").click()
    page.get_by_test_id("login").wait_for()
    assert not page.evaluate(SUBSCRIBED)
    assert office.client.get("/api/jobs").json()["failed"] == 0
