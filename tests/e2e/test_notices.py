"""A notice in real browsers: written at the desk, read with its files and confirmed on a phone without network, and who
is missing."""

import io
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Playwright, expect
from reportlab.pdfgen.canvas import Canvas

from tests.browser import DESK, browser_profile
from tests.e2e.conftest import Installed
from tests.e2e.parts import Open, badge, come_true, cut_off, no_network, serious, synced_anew
from tests.servers import Served

pytestmark = pytest.mark.timeout(300)
PHONES = ("hq@demo", "shop@demo")
ON_A_DESK: dict[str, Any] = {"is_mobile": False, "has_touch": False, "device_scale_factor": 1, **DESK}
WAIT = 60_000
KEPT = "async (count) => (await (await caches.open('qudao-kept')).keys()).length === count"


@pytest.fixture
def desk(playwright: Playwright, server: Served, installed: Installed, tmp_path: Path) -> Iterator[Page]:
    profile = shutil.copytree(installed("hq@demo"), tmp_path / "desk", symlinks=True)
    with browser_profile(playwright, profile, **ON_A_DESK) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/desk")
        synced_anew(page)
        yield page


def readers_of(server: Served, notice: str) -> dict[str, tuple[int, bool]]:
    """Login without ``@`` -> the revision confirmed, and whether the person was reminded; from the server's own
    database."""
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    query = (
        "SELECT users.login, confirmed, reminded_at FROM notice_readers JOIN users ON users.id = user_id "
        "AND users.tenant_id = notice_readers.tenant_id WHERE notice_id = ?"
    )
    try:
        found = database.execute(query, (notice,)).fetchall()
    finally:
        database.close()
    return {login.partition("@")[0]: (confirmed, reminded is not None) for login, confirmed, reminded in found}


def poster() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((900, 1200)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def paper() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 720, "Poster A goes left, poster B right.")
    canvas.save()
    return out.getvalue()


def attach(desk: Page, guide: bytes) -> None:
    """A picture, and a PDF under a name of one's own."""
    picture: FilePayload = {"name": "海报 A.png", "mimeType": "image/png", "buffer": poster()}
    desk.get_by_test_id("notice-files-gallery").set_input_files(picture)
    expect(desk.locator("[data-testid=file-name-1]")).to_have_value("海报 A")
    guide_file: FilePayload = {"name": "scan0042.pdf", "mimeType": "application/pdf", "buffer": guide}
    desk.get_by_test_id("notice-files-file").set_input_files(guide_file)
    expect(desk.get_by_test_id("file-name-2")).to_have_value("scan0042")
    desk.get_by_test_id("file-name-2").fill("张贴说明")
    expect(desk.get_by_test_id("preview")).to_contain_text("张贴说明")


def write(desk: Page, title: str) -> None:
    """To the people of S0001, who must confirm it."""
    desk.get_by_test_id("nav-notices").click()
    desk.get_by_test_id("notice-new").click()
    desk.get_by_test_id("field-title_zh").fill(title)
    desk.get_by_test_id("field-text_zh").fill("请在门口张贴新海报。\n\n- **A 款**贴左侧\n- B 款贴右侧")
    expect(desk.get_by_test_id("preview")).to_contain_text("A 款贴左侧")
    desk.get_by_test_id("field-partners-open").click()
    desk.get_by_test_id("field-partners").fill("S0001")
    desk.locator("[data-testid^=field-partners-]").filter(has_text="S0001").first.click()
    desk.get_by_test_id("field-confirm").click()
    expect(desk.get_by_test_id("reach")).to_contain_text("将送达 2 人，1 家单位", timeout=WAIT)
    assert serious(desk) == []


def read_files(phone: Page, guide: bytes) -> None:
    expect(phone.locator(".file-row[data-state=kept]")).to_have_count(2)
    with phone.expect_download() as downloading:
        phone.get_by_role("button", name="张贴说明").click()
    assert downloading.value.suggested_filename == "张贴说明.pdf"
    assert Path(downloading.value.path()).read_bytes() == guide
    phone.get_by_role("button", name="海报 A").click()
    picture = phone.get_by_test_id("file-picture").locator("img")
    expect(picture).to_be_visible()
    # The small one stands there until the large one has come.
    come_true(phone, "() => document.querySelector('[data-testid=file-picture] img')?.naturalHeight === 1200")
    phone.go_back()
    expect(phone.get_by_test_id("file-sheet")).to_have_count(0)


def test_a_notice_from_the_desk_to_a_phone_without_network_and_back(desk: Page, opened: Open, server: Served) -> None:
    phone = opened("shop@demo")
    phone.evaluate("window.notReloaded = true")
    guide = paper()
    write(desk, "门口海报更换")
    attach(desk, guide)
    assert cut_off(desk) == []
    desk.get_by_test_id("notice-send").click()
    desk.get_by_test_id("send-do").click()
    expect(desk.get_by_test_id("funnel-addressed")).to_have_attribute("data-count", "2", timeout=WAIT)
    notice = desk.url.rpartition("/")[2].partition("?")[0]

    # On the phone by itself, and read where there is no signal.
    row = phone.get_by_test_id(f"letter-{notice}")
    expect(row).to_contain_text("门口海报更换", timeout=WAIT)
    badge(phone, "synced")
    expect(desk.get_by_test_id("funnel-delivered")).to_have_attribute("data-count", "1", timeout=WAIT)
    # Its files come by themselves: two sizes of the picture, and the PDF.
    come_true(phone, KEPT, 3)
    with no_network(phone.context):
        row.click()
        expect(phone.get_by_test_id("notice-text")).to_contain_text("请在门口张贴新海报")
        read_files(phone, guide)
        assert serious(phone) == []
        assert cut_off(phone) == []
        phone.get_by_test_id("confirm-notice").click()
        expect(phone.get_by_test_id("notice-confirmed")).to_be_visible()
        assert readers_of(server, notice) == {"shop": (0, False), "staff": (0, False)}
    assert phone.evaluate("window.notReloaded")

    expect(desk.get_by_test_id("funnel-confirmed")).to_have_attribute("data-count", "1", timeout=WAIT)
    missing = desk.get_by_test_id("reader-S0001")
    expect(missing).to_have_count(1, timeout=WAIT)
    expect(missing).to_contain_text("赵佳怡")
    assert serious(desk) == []

    # Only those who still owe it are reminded.
    desk.get_by_test_id("notice-remind").click()
    desk.get_by_test_id("remind-yes").click()
    expect(desk.get_by_test_id("notice-remind")).to_be_disabled(timeout=WAIT)
    for _ in range(100):
        found = readers_of(server, notice)
        if found["staff"][1]:
            break
        desk.wait_for_timeout(200)
    assert found == {"shop": (1, False), "staff": (0, True)}
