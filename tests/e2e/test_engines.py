"""The heart of the story in Firefox and WebKitGTK: sign in, stop the server, order, kill, reopen, start the server,
one order."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.engines import Firefox, Hand, WebKit, wait
from tests.running import demo_server
from tests.servers import Served

pytestmark = pytest.mark.timeout(900)


def by_id(name: str) -> str:
    return f"[data-testid='{name}']"


SYNCED = "[data-testid=sync-badge][data-state=synced]"
OFFLINE = "[data-testid=sync-badge][data-state=offline]"
QUEUED = "[data-testid^=order-][data-status=queued]"


def order_numbers(server: Served) -> dict[str, str]:
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    try:
        return dict(database.execute("SELECT id, number FROM orders").fetchall())
    finally:
        database.close()


@pytest.fixture(params=["firefox", "webkit"])
def hand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hand]:
    made: Hand = Firefox(tmp_path / "profile") if request.param == "firefox" else WebKit()
    yield made
    made.close()


def test_an_order_without_signal_arrives_once(hand: Hand) -> None:
    with demo_server() as server:
        before = order_numbers(server)
        hand.open(server.url)
        wait(hand, by_id("login"))
        hand.type(by_id("login"), "rep@demo")
        hand.type(by_id("password"), "qudao-demo")
        hand.tap(by_id("sign-in"))
        wait(hand, SYNCED, 240)
        server.stop()

        hand.open(f"{server.url}/order")
        wait(hand, by_id("customer-S0001"))
        wait(hand, OFFLINE)
        hand.tap(by_id("customer-S0001"))
        wait(hand, "[data-testid^=add-]")
        hand.tap("[data-testid^=add-]")
        wait(hand, "[data-testid^=line-total-]")
        hand.tap(by_id("review-order"))
        submit = f"{by_id('review-screen')} {by_id('submit-order')}"
        wait(hand, submit)
        hand.tap(submit)
        wait(hand, QUEUED)

        hand.kill()
        hand.open(f"{server.url}/orders")
        wait(hand, QUEUED)
        wait(hand, OFFLINE)
        server.start()
        wait(hand, SYNCED + "[data-pending='0']", 120)
        made = {order_id: number for order_id, number in order_numbers(server).items() if order_id not in before}
        assert len(made) == 1
        order_id, number = made.popitem()
        assert number in wait(hand, f"[data-testid='order-{order_id}']")["text"]
