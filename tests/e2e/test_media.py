"""A picture taken without network reaches the server whole, though the browser is killed and the line drops on the
way. The screen is the trial's: it has every piece of ``components/media.py``; the server is the real one."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, Route, expect

from pwa.bundle import PYODIDE, build
from tests.browser import browser_profile, kill_browser
from tests.e2e.parts import PASSWORD
from tests.pwa.conftest import TRIAL
from tests.pwa.phone import INTERACTIVE
from tests.running import demo_server
from tests.servers import Served

FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# What the phone knows of its files: {id: [state, sent, kept]}.
RECORDS = """async () => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("qudao-media");
    asked.onsuccess = () => done(asked.result);
  });
  const found = await new Promise((done) => {
    const asked = db.transaction("records").objectStore("records").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  db.close();
  return found.map((record) => JSON.parse(new TextDecoder().decode(record)));
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    if not PYODIDE.is_dir():
        pytest.skip("NO node_modules: the phone app could not be built (npm ci)")
    build(TRIAL)
    with demo_server(QUDAO_SHELL=str(TRIAL.out)) as served:
        yield served


def at_the_server(server: Served) -> dict[str, tuple[str, str]]:
    """{id: (status, sha256)}."""
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    try:
        return {each[0]: each[1:] for each in database.execute("SELECT id, status, sha256 FROM media")}
    finally:
        database.close()


def records(page: Page) -> dict[str, dict[str, Any]]:
    return {record["ref"]["id"]: record for record in page.evaluate(RECORDS)}


def noise(path: Path) -> None:
    """A picture that is sent as it is, in several pieces."""
    Image.effect_noise((1000, 900), 90).convert("RGB").save(path, quality=92)


def test_a_picture_taken_offline_survives_a_kill_and_a_dropped_line(
    playwright: Playwright, server: Served, tmp_path: Path
) -> None:
    before = at_the_server(server)
    noise(tmp_path / "shelf.jpg")
    profile = tmp_path / "phone"
    more: Any = {"switches": FAKE, "permissions": ["camera"]}
    with browser_profile(playwright, profile, **more) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/photos")
        page.get_by_test_id("login").fill("rep@demo")
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        page.get_by_test_id("photos-camera").wait_for(timeout=120_000)
    with browser_profile(playwright, profile, **more) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/photos")
        page.wait_for_function(INTERACTIVE)
        context.set_offline(True)
        page.get_by_test_id("photos-camera").click()
        page.get_by_test_id("camera-shutter").click()
        page.get_by_text("已拍 1 张").wait_for()
        page.get_by_test_id("camera-done").click()
        page.get_by_test_id("photos-gallery").set_input_files(tmp_path / "shelf.jpg")
        expect(page.locator(".photo-tile")).to_have_count(2)
        refs = {ref["id"]: ref for ref in json.loads(page.get_by_test_id("refs").inner_text())}
        large = max(refs.values(), key=lambda ref: ref["size"])
        assert large["size"] > 600_000
        assert kill_browser(profile) > 0
    assert at_the_server(server) == before
    with browser_profile(playwright, profile, **more) as context:
        context.set_offline(True)
        page = context.pages[0]
        page.goto(f"{server.url}/photos")
        page.wait_for_function(INTERACTIVE)
        assert {file_id: record["state"] for file_id, record in records(page).items()} == dict.fromkeys(refs, "waiting")
        cut = drop_once(page, large["id"])
        context.set_offline(False)
        until(page, lambda: len(cut) == 1)
        # The server goes too, in the middle of the file.
        server.kill()
        assert records(page)[large["id"]]["state"] == "waiting"
        server.start()
        until(page, lambda: {record["state"] for record in records(page).values()} == {"stored"})
    sent = {file_id: ("stored", ref["sha256"]) for file_id, ref in refs.items()}
    assert at_the_server(server) == before | sent
    assert large["sha256"] == hashlib.sha256((tmp_path / "shelf.jpg").read_bytes()).hexdigest()


def drop_once(page: Page, file_id: str) -> list[str]:
    """The second piece of this file never arrives; filled once that has happened."""
    seen: list[str] = []
    cut: list[str] = []

    def handle(route: Route) -> None:
        if route.request.method == "PATCH" and file_id in route.request.url:
            seen.append(route.request.url)
            if len(seen) == 2:
                cut.append(route.request.url)
                return route.abort("connectionreset")
        return route.continue_()

    page.context.route("**/api/media/**", handle)
    return cut


def until(page: Page, happened: Any, seconds: float = 60) -> None:
    for _ in range(int(seconds * 10)):
        if happened():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not within {seconds} s")
