"""``kill -9`` of the browser, and of the server, at every step of the story: the person opens the app again and goes
on, and in the end there is one order, with all that was typed."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderShip, OrderSign, StockAdjust
from tests.browser import browser_profile, kill_browser
from tests.e2e.conftest import Installed
from tests.e2e.parts import Office, add, badge, keeps, orders_of, start_order, status, submitted_id, synced_anew
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo",)
STEPS = (
    "signed in", "customer chosen", "lines added", "reviewed", "submitted", "pushing", "answered", "approved",
    "first parcel", "second parcel", "signed",
)  # fmt: skip
NOTE = "放在后门，谢谢"


@dataclass
class Phone:
    """A phone that can be killed and is opened again where it was."""

    playwright: Playwright
    profile: Path
    url: str
    offline: bool = False
    stack: ExitStack = field(default_factory=ExitStack)

    def open(self, path: str = "/") -> None:
        context = self.stack.enter_context(browser_profile(self.playwright, self.profile))
        context.set_offline(self.offline)
        self.page: Page = context.pages[0]
        self.page.goto(self.url + path)
        self.page.get_by_test_id("sync-badge").first.wait_for(timeout=60_000)

    def network(self, there: bool) -> None:
        self.offline = not there
        self.page.context.set_offline(self.offline)

    def keeps(self, text: str) -> None:
        keeps(self.page, text)

    def kill(self) -> None:
        path = self.page.url.removeprefix(self.url)
        assert kill_browser(self.profile) > 0
        self.stack.close()
        self.open(path)


def until(happened: Callable[[], bool], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.01)


def unread_bytes(port: int) -> bool:
    """Whether somebody sent something to this port that was not read yet."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return any(int(each[1].split(":")[1], 16) == port and int(each[4].split(":")[1], 16) for each in fields)


@dataclass
class Story:
    """Walked from the first step to the last; ``interrupt(step)`` comes after each."""

    phone: Phone
    server: Served
    office: Office
    interrupt: Callable[[str], None]

    def walk(self) -> None:
        before = orders_of(self.server)
        order, quantities = self.taken()
        self.sent(order)
        self.delivered(order)
        made = {each: row for each, row in orders_of(self.server).items() if each not in before}
        assert list(made) == [order]
        assert made[order][0].startswith("SO-")
        assert made[order][1] == NOTE
        lines = next(row for row in self.office.rows("order") if row["id"] == order)["lines"]
        assert {line["sku"]: line["quantity"] for line in lines if not line.get("gift")} == quantities
        expect(self.phone.page.get_by_test_id(f"order-{order}")).to_have_count(1)
        badge(self.phone.page, "synced")

    def taken(self) -> tuple[str, dict[str, int]]:
        """Up to "submitted"; the order's id and what was ordered."""
        phone = self.phone
        self.interrupt("signed in")
        phone.network(False)
        start_order(phone.page, "S0001")
        self.interrupt("customer chosen")
        skus = [add(phone.page, 0), add(phone.page, 1)]
        quantity = phone.page.get_by_test_id(f"quantity-{skus[1]}")
        quantity.fill("96")
        quantity.press("Tab")
        quantities = {sku: int(phone.page.get_by_test_id(f"quantity-{sku}").input_value()) for sku in skus}
        phone.keeps(f'"quantity":{quantities[skus[1]]}')
        self.interrupt("lines added")
        phone.page.get_by_test_id("review-order").click()
        phone.page.get_by_test_id("ordering-note").fill(NOTE)
        phone.keeps(NOTE)
        self.interrupt("reviewed")
        for sku in skus:
            expect(phone.page.get_by_test_id(f"quantity-{sku}")).to_have_value(str(quantities[sku]))
        expect(phone.page.get_by_test_id("ordering-note")).to_have_value(NOTE)
        order = submitted_id(phone.page)
        status(phone.page, order, "queued")
        self.interrupt("submitted")
        status(phone.page, order, "queued")
        return order, quantities

    def sent(self, order: str) -> None:
        """The push is caught on its way: it lies before a server that does not read it."""
        assert self.server.process
        self.server.process.send_signal(signal.SIGSTOP)
        self.phone.network(True)
        until(lambda: unread_bytes(self.server.port), "a push under way")
        self.interrupt("pushing")
        self.server.process.send_signal(signal.SIGCONT)
        until(lambda: order in orders_of(self.server), "the order at the server", 120)
        self.interrupt("answered")
        self.phone.page.locator(f"[data-testid=order-{order}]:not([data-status=queued])").wait_for(timeout=120_000)

    def delivered(self, order: str) -> None:
        page, office = self.phone, self.office
        office.applies(OrderApprove(order=order, reason="story"))
        self.interrupt("approved")
        status(page.page, order, "approved")
        row = next(row for row in office.rows("order") if row["id"] == order)
        self.goods_arrive({line["product"] for line in row["lines"]})
        wanted = [{line["id"]: line["quantity"]} for line in row["lines"]]
        first, rest = wanted[0], {line: count for each in wanted[1:] for line, count in each.items()}
        for lines, step, name in ((first, "first parcel", "partly_shipped"), (rest, "second parcel", "shipped")):
            office.applies(OrderShip(order=order, parcel=new_id(), lines=lines, carrier="顺丰", tracking="SF1"))
            self.interrupt(step)
            status(page.page, order, name)
        with Office(self.server, "shop@demo") as shop:
            shop.applies(OrderSign(order=order))
        self.interrupt("signed")
        status(page.page, order, "signed")

    def goods_arrive(self, products: set[str]) -> None:
        """Enough for the whole order: earlier walks may have taken what there was."""
        for product in sorted(products):
            self.office.applies(StockAdjust(movement=new_id(), product=product, delta=1000, reason="delivery"))


@pytest.fixture
def phone(playwright: Playwright, server: Served, installed: Installed, tmp_path: Path) -> Iterator[Phone]:
    made = Phone(playwright, shutil.copytree(installed("rep@demo"), tmp_path / "phone", symlinks=True), server.url)
    made.open()
    synced_anew(made.page)
    yield made
    made.stack.close()


# Each step once: a kill at one step and the next would say no more than this does.
every_step = pytest.mark.parametrize("steps", [STEPS[::2], STEPS[1::2]], ids=["odd steps", "even steps"])


@every_step
def test_the_browser_is_killed(steps: tuple[str, ...], phone: Phone, server: Served, office: Office) -> None:
    Story(phone, server, office, lambda step: phone.kill() if step in steps else None).walk()


@every_step
def test_the_server_is_killed(steps: tuple[str, ...], phone: Phone, server: Served, office: Office) -> None:
    def interrupt(step: str) -> None:
        if step in steps:
            server.kill()
            server.start()

    Story(phone, server, office, interrupt).walk()
