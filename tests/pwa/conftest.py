"""The trial app, built once, and a browser on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from pwa.bundle import PYODIDE, Plan, build
from pwa.bundling.sources import PROJECT
from tests.browser import browser_profile
from tests.pwa.phone import Phone
from tests.pwa.server import Served

TRIAL = Plan(
    out=PROJECT / "build" / "pwa-trial",
    root="tests.pwa.trial:App",
    extra=("tests.pwa.trial", "tests.pwa.contract_screen", "tests.offline.store_contract"),
    without=("pwa.app", "pwa.desk", "pwa.screens"),
)


@pytest.fixture(scope="session")
def trial_build() -> Path:
    if not PYODIDE.is_dir():
        pytest.skip("NO node_modules: the phone app could not be built (npm ci)")
    build(TRIAL)
    return TRIAL.out


@pytest.fixture
def served(trial_build: Path, tmp_path: Path) -> Iterator[Served]:
    """A server on a copy of the build, which a test may change."""
    copy = tmp_path / "built"
    shutil.copytree(trial_build, copy)
    server = Served(copy)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def phone(served: Served, tmp_path: Path) -> Iterator[Phone]:
    """A fresh phone in front of the sign-in page. Broken rules of the content policy fail the test."""
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    with sync_playwright() as playwright, browser_profile(playwright, tmp_path / "profile") as context:
        context.on("page", listen)
        page = context.pages[0]
        listen(page)
        yield Phone(served, context, page, complaints)
    assert [text for text in complaints if "Content Security Policy" in text] == []
