"""Hands on WebKitGTK (nearest to an iPhone) and Firefox: open, type, tap, look, kill, open again."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any, Protocol

import pytest
from selenium import webdriver
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.browser import virtual_screen

ROOT = Path(__file__).parent.parent.parent


class Hand(Protocol):
    def open(self, url: str) -> None: ...

    def type(self, css: str, text: str) -> None: ...

    def tap(self, css: str) -> None: ...

    def look(self, css: str) -> dict[str, Any]:
        """{"count", "text" and "data" (data-* attributes) of the first}"""

    def kill(self) -> None:
        """End what runs the page, as hard as the engine's driver survives; ``open`` starts it again with what it had
        stored."""

    def close(self) -> None: ...


def wait(hand: Hand, css: str, seconds: float = 60) -> dict[str, Any]:
    """What ``look`` says once there is such an element."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(RuntimeError):
            seen = hand.look(css)
            if seen["count"]:
                return seen
        if time.monotonic() > until:
            raise AssertionError(f"nothing on the page is {css}; there is {hand.look('body')['text'][:500]!r}")
        time.sleep(0.2)


class Firefox:
    """Through puppeteer-core in Node; the profile is kept, the whole browser is killed."""

    def __init__(self, profile: Path) -> None:
        self.path = shutil.which("firefox-esr") or shutil.which("firefox")
        if not self.path:
            pytest.skip("NO FIREFOX on this machine: its test did not run (apt-get install firefox-esr)")
        self.profile = profile
        self.process: subprocess.Popen[str] | None = None

    def _start(self) -> None:
        command = ["node", str(Path(__file__).with_name("firefox.mjs")), str(self.path), str(self.profile)]
        self.profile.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout
        said = self.process.stdout.readline()
        assert said, "Firefox did not start"
        self.browser = json.loads(said)["pid"]

    def _do(self, **command: str) -> dict[str, Any]:
        if self.process is None:
            self._start()
        assert self.process
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def open(self, url: str) -> None:
        self._do(do="open", url=url)

    def type(self, css: str, text: str) -> None:
        self._do(do="type", css=css, text=text)

    def tap(self, css: str) -> None:
        self._do(do="tap", css=css)

    def look(self, css: str) -> dict[str, Any]:
        return self._do(do="look", css=css)

    def kill(self) -> None:
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.browser, signal.SIGKILL)
        self._forget(self.process)
        time.sleep(1)
        for lock in ("lock", ".parentlock"):
            (self.profile / lock).unlink(missing_ok=True)

    def close(self) -> None:
        if self.process is None:
            return
        assert self.process.stdin
        self.process.stdin.close()
        self._forget(self.process)

    def _forget(self, process: subprocess.Popen[str]) -> None:
        process.wait(30)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        self.process = None


class WebKit:
    """Through WebKitWebDriver on a virtual screen."""

    def __init__(self) -> None:
        driver = shutil.which("WebKitWebDriver")
        listed = subprocess.run(["dpkg", "-L", "libwebkit2gtk-4.1-0"], capture_output=True, text=True, check=False)
        browsers = [line for line in listed.stdout.split() if line.endswith("/MiniBrowser")]
        if not driver or not browsers or not shutil.which("Xvfb"):
            pytest.skip("NO WEBKIT on this machine: its test did not run (apt-get install webkit2gtk-driver xvfb)")
        self.screen, display = virtual_screen()
        options = Options()
        options.binary_location = browsers[0]
        options.add_argument("--automation")
        sandbox = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        service = Service(driver, env={**os.environ, **sandbox, "DISPLAY": display})
        with warnings.catch_warnings():
            # Selenium's own driver class uses what selenium itself deprecates.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.driver = webdriver.WebKitGTK(options=options, service=service)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def _one(self, css: str) -> Any:
        found = self.driver.find_elements("css selector", css)
        if not found:
            raise RuntimeError(f"no {css}")
        return found[0]

    def type(self, css: str, text: str) -> None:
        self._one(css).send_keys(text)

    def tap(self, css: str) -> None:
        self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", self._one(css)
        )

    def look(self, css: str) -> dict[str, Any]:
        script = """
            const found = [...document.querySelectorAll(arguments[0])];
            return {count: found.length, text: found[0]?.innerText ?? "", data: {...found[0]?.dataset}};
        """
        seen: dict[str, Any] = self.driver.execute_script(script, css)
        return seen

    def kill(self) -> None:
        """The page is left: an automated session ends with its page's process and forgets its storage with the
        browser, so there is nothing harder that leaves something to open again."""
        self.driver.get("about:blank")

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.driver.quit()
        self.screen.terminate()
        self.screen.wait()
