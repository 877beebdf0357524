"""The heart of the runtime in the two other engines: WebKitGTK, the nearest to an iPhone there is here, and Firefox.
Neither driver can switch the network off: the server is stopped, which is the better test."""

import glob
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from pwa.bundling.sources import PROJECT
from tests.browser import virtual_screen
from tests.pwa.phone import CHECKS, assert_contract
from tests.pwa.server import PASSWORD, Served

INTERACTIVE = "return performance.getEntriesByName('qudao:interactive').length > 0"


def _until(look: Callable[[], Any], what: str, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = look()
        except WebDriverException:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


@contextmanager
def _display() -> Iterator[None]:
    """A screen of our own, where there is none."""
    if os.environ.get("DISPLAY"):
        yield
        return
    if not shutil.which("Xvfb"):
        pytest.skip("NO Xvfb: WebKitGTK was not tried (apt-get install xvfb)")
    screen, os.environ["DISPLAY"] = virtual_screen()
    try:
        yield
    finally:
        del os.environ["DISPLAY"]
        screen.terminate()
        screen.wait()


@pytest.fixture
def webkit(monkeypatch: pytest.MonkeyPatch) -> Iterator[webdriver.WebKitGTK]:
    browsers = glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
    driver_path = shutil.which("WebKitWebDriver")
    if not browsers or not driver_path:
        pytest.skip("NO WebKitGTK on this machine: it was not tried (apt-get install webkit2gtk-driver)")
    monkeypatch.setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")  # tests may run as root
    monkeypatch.setenv("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
    options = Options()
    options.binary_location = browsers[0]
    options.add_argument("--automation")
    with _display():
        driver = webdriver.WebKitGTK(options=options, service=Service(driver_path))
        yield driver
        driver.quit()


# selenium's own, about itself
@pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
def test_webkit_lives_without_its_server(served: Served, webkit: webdriver.WebKitGTK) -> None:
    def get(testid: str) -> WebElement:
        element: WebElement = _until(lambda: webkit.find_element(By.CSS_SELECTOR, f'[data-testid="{testid}"]'), testid)
        return element

    def open_page(path: str) -> None:
        webkit.get(served.origin + path)
        _until(lambda: webkit.execute_script(INTERACTIVE), "interactive")

    webkit.get(served.origin)
    get("login").send_keys("rep@demo")
    get("password").send_keys(PASSWORD)
    get("sign-in").click()
    get("add").click()
    _until(lambda: get("count").text == "1", "first count")
    served.stop()
    open_page("/")
    assert webkit.execute_script("return qudaoMarks.frozen") is True
    get("add").click()
    _until(lambda: get("count").text == "1", "count without a server")
    open_page("/contract")
    _until(lambda: "images" in get("outcomes").text, "outcomes")
    assert_contract(get("outcomes").text)
    open_page("/order")
    get("why-QS-0450").click()
    _until(lambda: get("why").is_displayed(), "sheet")
    webkit.back()
    _until(lambda: not webkit.find_elements(By.CSS_SELECTOR, "dialog"), "closed sheet")
    assert webkit.current_url == f"{served.origin}/order"
    served.start()


def test_firefox_lives_without_its_server(served: Served) -> None:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not firefox or not (PROJECT / "node_modules" / "puppeteer-core").is_dir():
        pytest.skip("NO Firefox, or no puppeteer-core: it was not tried (apt-get install firefox-esr; npm ci)")
    node = PROJECT / ".venv" / "bin" / "node"
    command = [str(node), str(PROJECT / "tests/pwa/firefox.mjs"), served.origin, firefox, PASSWORD]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stdout.readline() == "done signed in\n"
        served.stop()
        print("next", file=run.stdin, flush=True)
        assert run.stdout.readline() == "frozen true\n"
        assert_contract("".join(run.stdout.readline() for _ in CHECKS))
        assert run.stdout.readline() == "done offline\n"
        print("next", file=run.stdin, flush=True)
        assert run.wait(120) == 0
    served.start()
