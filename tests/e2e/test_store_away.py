"""A claim while the store of files is away: it hangs, answers 503, refuses. The phone keeps the pictures and says why,
the claim waits for them and goes on by itself to the review. In Chromium, the real server and a real S3 store."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Playwright, expect

from offline.ids import new_id
from offline.wire.activities import ActivityApply, ActivityDecide
from offline.wire.funds import FundSave, FundTopUp
from tests.browser import DESK, browser_profile
from tests.e2e.conftest import Installed, People
from tests.e2e.parts import Office, Open, go, synced_anew
from tests.e2e.test_claims import until
from tests.media.conftest import photo
from tests.running import demo_server
from tests.servers import S3Server, Served, running_s3

pytestmark = pytest.mark.timeout(600)
PHONES = ("dealer@demo", "finance@demo")
Mode = Literal["open", "hangs", "503", "refuses"]
AWAY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Gate:
    """Before the store: lets through, or answers as one that is away."""

    target: int
    mode: Mode = "open"
    calls: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            first = client.recv(65536)
            self.calls += 1
            if self.mode == "hangs":
                while self.mode == "hangs":  # no longer: whoever restarts a store cuts what hung on it
                    time.sleep(0.1)
            elif self.mode == "503":
                client.sendall(AWAY)
            elif self.mode == "open":
                self._relay(client, first)

    def _relay(self, client: socket.socket, first: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.target)) as store:
            store.sendall(first)
            back = threading.Thread(target=_pour, args=(store, client), daemon=True)
            back.start()
            while self.mode == "open" and (more := client.recv(65536)):
                store.sendall(more)


def _pour(source: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while more := source.recv(65536):
            into.sendall(more)
    with suppress(OSError):
        into.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("store") / "s3"
    folder.mkdir()
    with running_s3(folder) as store:
        gate = Gate(int(store.endpoint.rpartition(":")[2]))
        gate.listener.settimeout(None)
        yield gate
        gate.listener.close()


@pytest.fixture(scope="module")
def server(playwright: Playwright, people: People, gate: Gate) -> Iterator[Served]:
    people.sign_in(playwright, PHONES)
    store = S3Server(gate.endpoint, "AKIAQUDAO", "qudao-secret-key", "qudao")
    environ: dict[str, Any] = {**store.environ}
    with demo_server(template=people.demo, port=people.port, **environ) as served:
        yield served


def approved(office: Office, server: Served) -> str:
    """An activity the dealer may claim for."""
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    dealer = next(row for row in office.rows("organisation") if row["code"] == "J-SH1")["id"]
    fund, activity = new_id(), new_id()
    office.applies(
        FundSave(
            fund=fund, code="AWAY", name={"zh": "基金", "en": "Fund"}, organisations=(dealer,), currency="CNY",
            valid_from=today - timedelta(days=10), valid_until=today + timedelta(days=90),
        )
    )  # fmt: skip
    office.applies(FundTopUp(fund=fund, entry=new_id(), amount=Decimal(10000), reason="开业支持"))
    with Office(server, "dealer@demo") as partner:
        partner.applies(
            ActivityApply(
                activity=activity, fund=fund, organisation=dealer, title="开业堆头", kind="display",
                starts_on=today, ends_on=today + timedelta(days=7), amount=Decimal(5000),
            )
        )  # fmt: skip
    with Office(server, "finance@demo") as finance:
        finance.applies(ActivityDecide(activity=activity, step=0, accept=True))
    office.applies(ActivityDecide(activity=activity, step=1, accept=True))
    return activity


def test_a_claim_waits_for_its_pictures_and_goes_on_once_the_store_is_back(
    opened: Open,
    office: Office,
    server: Served,
    gate: Gate,
    playwright: Playwright,
    installed: Installed,
    tmp_path: Path,
) -> None:
    activity = approved(office, server)
    phone = opened("dealer@demo")
    until(office, "activity", activity, "approved")
    gate.mode = "hangs"
    go(phone, f"/activities/{activity}")
    phone.get_by_test_id("file-claim").click()
    (tmp_path / "receipt.jpg").write_bytes(photo(800, 600, 1))
    phone.get_by_test_id("receipt-0-photos-gallery").set_input_files(tmp_path / "receipt.jpg")
    phone.get_by_test_id("receipt-0-photos-0").wait_for()
    phone.get_by_test_id("receipt-0-seller").fill("美陈广告")
    phone.get_by_test_id("receipt-0-on").fill((datetime.now(UTC) + timedelta(hours=8)).date().isoformat())
    phone.get_by_test_id("receipt-0-total").fill("3200")
    (tmp_path / "display.jpg").write_bytes(photo(800, 600, 2))
    phone.get_by_test_id("display-photos-gallery").set_input_files(tmp_path / "display.jpg")
    phone.get_by_test_id("display-photos-0").wait_for()
    phone.get_by_test_id("claim-submit").click()
    phone.get_by_test_id("claim-screen").wait_for()
    claim = phone.url.rpartition("/")[2]
    waiting = until(office, "claim", claim, "media_pending")
    told = phone.get_by_test_id("upload-told")
    go(phone, "/sync")
    # There is a network: what is away is behind the server.
    expect(told).to_contain_text("服务器暂时收不了文件", timeout=45_000)
    modes: tuple[Mode, ...] = ("503", "refuses")
    for mode in modes:
        gate.mode, before = mode, gate.calls
        phone.get_by_test_id("sync-now").click()
        end = time.monotonic() + 60
        while gate.calls == before:
            assert time.monotonic() < end, mode
            phone.wait_for_timeout(200)
        expect(told).to_contain_text("服务器暂时收不了文件")
    assert next(row for row in office.rows("claim") if row["id"] == claim)["status"] == "media_pending"
    gate.mode = "open"
    phone.get_by_test_id("sync-now").click()
    until(office, "claim", claim, "submitted")
    expect(phone.get_by_test_id("uploads")).to_have_count(0, timeout=60_000)
    at_desk: dict[str, Any] = {**DESK, "has_touch": False, "is_mobile": False}
    with browser_profile(playwright, installed("finance@demo"), **at_desk) as context:
        desk = context.pages[0]
        desk.goto(f"{server.url}/desk/claims")
        synced_anew(desk)
        desk.get_by_test_id(f"claim-{waiting['number']}").click()
        picture = desk.get_by_test_id("review-picture")
        picture.wait_for()
        expect(picture.locator("img").first).to_have_js_property("complete", True)
        assert picture.locator("img").first.evaluate("each => each.naturalWidth") > 300
