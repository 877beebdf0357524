"""Two pages of one phone: the one in front sends, also while the one that led is asleep."""

from playwright.sync_api import Page, expect

from tests.e2e.parts import Open, add, badge, pending, start_order, submitted_id
from tests.servers import Served

PHONES = ("rep@demo",)


def lifecycle(page: Page, state: str) -> None:
    """As a phone stops the pages that are not in sight: neither the page nor its worker runs."""
    page.context.new_cdp_session(page).send("Page.setWebLifecycleState", {"state": state})


def test_the_page_in_front_takes_over_from_one_that_sleeps(opened: Open, server: Served) -> None:
    sleeper = opened("rep@demo")
    lifecycle(sleeper, "frozen")
    page = sleeper.context.new_page()
    page.goto(server.url)
    start_order(page, "S0001")
    add(page, 0)
    order = submitted_id(page)
    badge(page, "synced")
    pending(page, 0)

    # Awake again it follows, and shows what the other page did.
    lifecycle(sleeper, "active")
    sleeper.bring_to_front()
    expect(sleeper.get_by_test_id(f"order-{order}")).to_contain_text("SO-")
