"""A notification in a real browser, from the press that allows it to the one on it. Its push service is our own, on
this machine; everything else is real."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderShip
from offline.wire.notices import Audience, NoticeSave, NoticeSend
from tests.browser import browser_profile, chromium_path
from tests.e2e.parts import Office, badge, come_true, serious, sign_in, status, submitted_id, to_tab
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
# What is shown, as the service worker knows it: no page of the app needs to be open.
SHOWN_BY_WORKER = """async () => (await self.registration.getNotifications())
  .map(({ title, body, tag, lang, data }) => ({ title, body, tag, lang, ...data }))"""
# A browser opens a window for a real press only, and there is none to be had here: what the press would open is told.
PRESS_WITHOUT_PAGE = """async () => {
  const opened = [];
  self.clients.openWindow = async (path) => { opened.push(path); };
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  self.dispatchEvent(event);
  while (!opened.length) await new Promise((done) => setTimeout(done, 20));
  delete self.clients.openWindow;
  return opened;
}"""
# The push service takes the subscription back, as one does after a long time off. Chromium's own event for it can't be
# brought about from outside; the worker is told the same way.
TAKEN_BACK = """async () => {
  const before = await self.registration.pushManager.getSubscription();
  await before.unsubscribe();
  self.dispatchEvent(new ExtendableEvent("pushsubscriptionchange"));
  return before.endpoint;
}"""
ENDPOINT = "async () => (await self.registration.pushManager.getSubscription())?.endpoint ?? ''"
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
    with browser_profile(playwright, tmp_path / "phone", whole=True, switches=service.switches, **granted) as context:
        yield context


def until(condition: Callable[[], bool], told: Callable[[], object] = str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not come to that: {told()}"
        time.sleep(0.1)


def shown(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(SHOWN)
    return found


def server_knows(server: Served) -> tuple[str, str]:
    """Language of the shop's person, and the endpoint of their device; empty when there is none."""
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    query = (
        "SELECT locale, coalesce(endpoint, '') FROM users "
        "LEFT JOIN push_subscriptions ON users.id = user_id WHERE login = 'shop@demo'"
    )
    try:
        found: tuple[str, str] = database.execute(query).fetchone()
    finally:
        database.close()
    return found


def send_notice(office: Office) -> str:
    """To all shops; its id."""
    notice = new_id()
    text = {"zh": "请张贴新海报", "en": "Put them up by Friday."}
    title = {"zh": "新海报", "en": "New posters"}
    office.applies(NoticeSave(notice=notice, title=title, text=text, audience=Audience(types=("shop",))))
    office.applies(NoticeSend(notice=notice))
    return notice


def sign(page: Page, office: Office, order: str) -> None:
    """With a finger, for the first parcel; head office sees the name once the phone has sent it."""
    page.locator("[data-testid^=sign-]").first.click()
    pad = page.get_by_test_id("parcel-signature")
    box = pad.bounding_box()
    assert box
    left, top = box["x"], box["y"]
    page.mouse.move(left + 40, top + 90)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(left + 40 + 24 * step, top + 90 + (40 if step % 2 else -40))
    page.mouse.up()
    expect(page.get_by_test_id("parcel-signature-told")).to_have_text("已签名")
    assert serious(page) == []
    page.get_by_test_id("signing-confirm").click()
    kept = page.locator("[data-testid^=signature-] img")
    expect(kept).to_be_visible()
    badge(page, "synced")

    def signature() -> str:
        parcels = next(row for row in office.rows("order") if row["id"] == order)["parcels"]
        return str(parcels[0].get("signature", ""))

    until(lambda: signature() != "")
    until(lambda: office.client.get(f"/api/media/{signature()}/320").status_code == 200)


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
    to_tab(page, "home")
    expect(page.get_by_test_id("push-offer")).to_contain_text("有进展时告诉您")
    page.get_by_test_id("push-on").click()
    expect(page.get_by_test_id("push-offer")).to_have_count(0)
    to_tab(page, "me")
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

    # A press leads the open app to the order, where its goods are signed for.
    phone.service_workers[0].evaluate(PRESS)
    page.wait_for_url(f"**/orders/{order}")
    until(lambda: shown(page) == [])
    sign(page, office, order)

    # A notice, once the browser's push service had given the device another address, in the language chosen meanwhile.
    page.goto(f"{url}/me")
    page.get_by_test_id("language-en").click()
    until(lambda: server_knows(server)[0] == "en")
    phone.new_page()
    page.close()
    worker = phone.service_workers[0]
    old = worker.evaluate(TAKEN_BACK)
    until(lambda: server_knows(server)[1] not in ("", old))
    assert worker.evaluate(ENDPOINT) == server_knows(server)[1]
    notice = send_notice(office)
    until(lambda: service.sent == [201, 201, 201], lambda: (service.sent, server.log[-12:]))
    until(lambda: bool(worker.evaluate(SHOWN_BY_WORKER)))
    (found,) = worker.evaluate(SHOWN_BY_WORKER)
    assert (found["title"], found["body"], found["lang"]) == ("New notice", "New posters", "en")
    assert worker.evaluate(PRESS_WITHOUT_PAGE) == [f"/notices/{notice}"]
    page = phone.new_page()
    page.goto(f"{url}/notices/{notice}")
    expect(page.get_by_test_id("notice-text")).to_contain_text("Put them up")

    # Whoever signed out hears nothing any more.
    page.goto(f"{url}/me")
    page.get_by_test_id("sign_out").click()
    page.get_by_test_id("sign-out-question-yes").click()
    page.get_by_test_id("login").wait_for()
    assert not page.evaluate(SUBSCRIBED)
    assert office.client.get("/api/jobs").json()["failed"] == 0
