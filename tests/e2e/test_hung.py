"""A line that neither carries nor breaks: the phone tries anew when somebody asks, or when the network is back, and not
only when a minute has passed. In Chromium against the real server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.parts import Open, add, badge, orders_of, pending, start_order, submitted_id
from tests.servers import Served

pytestmark = pytest.mark.timeout(300)
PHONES = ("rep@demo",)
PATIENCE = 40  # seconds; a request that nobody asks about waits for 60


@contextmanager
def hanging(page: Page, path: str, *, taken: bool = False) -> Iterator[list[Route]]:
    """The next request to ``path`` never gets an answer; ``taken``: the server got it all the same. Others pass."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
            return
        held.append(route)
        if taken:
            route.fetch()

    page.context.route(path, hold)
    yield held
    page.context.unroute(path)


def wait_for(page: Page, held: list[Route]) -> None:
    while not held:
        page.wait_for_timeout(50)


def test_who_asks_to_sync_now_does_not_wait_for_a_hung_request_and_orders_once(opened: Open, server: Served) -> None:
    page = opened("rep@demo")
    before = len(orders_of(server))
    with hanging(page, "**/api/sync/push", taken=True) as held:
        start_order(page, "S0011")
        add(page, 0)
        order = submitted_id(page)
        wait_for(page, held)
        began = time.monotonic()
        page.get_by_test_id("sync-badge").first.click()
        now = page.get_by_test_id("sync-now")
        expect(now).to_be_disabled()
        expect(now).to_have_text("没有回应，再试一次")
        now.click()
        badge(page, "synced")
        pending(page, 0)
        assert time.monotonic() - began < PATIENCE
    made = orders_of(server)
    assert len(made) == before + 1
    assert made[order][0]


def test_the_network_that_is_back_ends_a_hung_request(opened: Open, server: Served) -> None:
    page = opened("rep@demo")
    with hanging(page, "**/api/sync/pull") as held:
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_for(page, held)
        began = time.monotonic()
        start_order(page, "S0012")
        add(page, 0)
        order = submitted_id(page)
        page.evaluate("dispatchEvent(new Event('online'))")
        badge(page, "synced")
        pending(page, 0)
        assert time.monotonic() - began < PATIENCE
    assert orders_of(server)[order][0]
