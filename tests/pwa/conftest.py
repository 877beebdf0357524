"""The trial app, built once, and a browser on it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from pwa.bundle import PYODIDE, Plan, build
from pwa.bundling.sources import PROJECT
from tests.browser import browser_profile
from tests.pwa.phone import Phone
from tests.pwa.server import Served
from tests.servers import free_port

TRIAL = Plan(
    out=PROJECT / "build" / "pwa-trial",
    root="tests.pwa.trial:App",
    extra=("tests.pwa.trial", "tests.pwa.contract_screen", "tests.pwa.media_screen", "tests.offline.store_contract"),
    without=("pwa.app", "pwa.desk", "pwa.screens"),
    quick=True,
)


@pytest.fixture(scope="session")
def trial_build() -> Path:
    if not PYODIDE.is_dir():
        pytest.skip("NO node_modules: the phone app could not be built (npm ci)")
    build(TRIAL)
    return TRIAL.out


@pytest.fixture(scope="session")
def port() -> int:
    """One for all tests: what a browser keeps belongs to the origin."""
    return free_port()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Not for longer: beside it no test of coroutines can run."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def kept_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser") / "profile"


@pytest.fixture(scope="module")
def signed_in_profile(playwright: Playwright, trial_build: Path, port: int, kept_profile: Path) -> Path:
    """A browser's profile with the app installed, its snapshot made and ``rep@demo`` signed in: once for all."""
    if not kept_profile.exists():
        server = Served(trial_build, port)
        server.start()
        with browser_profile(playwright, kept_profile) as context:
            Phone(server, context, context.pages[0], []).sign_in()
        server.stop()
    return kept_profile


@pytest.fixture
def served(trial_build: Path, port: int, tmp_path: Path) -> Iterator[Served]:
    """A server on a copy of the build, which a test may change."""
    copy = tmp_path / "built"
    shutil.copytree(trial_build, copy)
    server = Served(copy, port)
    server.start()
    yield server
    server.stop()


@contextmanager
def _phone(playwright: Playwright, served: Served, profile: Path) -> Iterator[Phone]:
    """Broken rules of the content policy fail the test."""
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    with browser_profile(playwright, profile) as context:
        context.on("page", listen)
        page = context.pages[0]
        listen(page)
        yield Phone(served, context, page, complaints)
    assert [text for text in complaints if "Content Security Policy" in text] == []


@pytest.fixture
def new_phone(playwright: Playwright, served: Served, tmp_path: Path) -> Iterator[Phone]:
    """Never been here."""
    with _phone(playwright, served, tmp_path / "profile") as phone:
        yield phone


@pytest.fixture
def phone(playwright: Playwright, served: Served, signed_in_profile: Path, tmp_path: Path) -> Iterator[Phone]:
    """The app is installed and the person signed in."""
    shutil.copytree(signed_in_profile, tmp_path / "profile")
    with _phone(playwright, served, tmp_path / "profile") as phone:
        yield phone
