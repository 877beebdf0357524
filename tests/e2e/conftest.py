"""Phones for the stories. Each person signs in once a module; tests get copies of that phone, and begin where their
story does."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.browser import browser_profile
from tests.e2e.parts import Office, Open, badge, sign_in, synced_anew
from tests.running import demo_server
from tests.servers import Served

# A machine that is busy with other tests takes longer than a person would wait.
expect.set_options(timeout=20_000)


class Installed:
    """``installed("rep@demo")``: the profile of a browser in which that person signed in and that was closed again.
    ``forget`` it when its session was ended at the server."""

    def __init__(self, install: Callable[[str], Path]) -> None:
        self._install = install
        self._profiles: dict[str, Path] = {}

    def __call__(self, login: str) -> Path:
        if login not in self._profiles:
            self._profiles[login] = self._install(login)
        return self._profiles[login]

    def forget(self, login: str) -> None:
        self._profiles.pop(login, None)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with demo_server() as served:
        yield served


@pytest.fixture(scope="module")
def office(server: Served) -> Iterator[Office]:
    with Office(server, "hq@demo") as made:
        yield made


@pytest.fixture(scope="module")
def installed(playwright: Playwright, server: Served, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    def install(login: str) -> Path:
        profile = tmp_path_factory.mktemp("installed") / login
        with browser_profile(playwright, profile) as context:
            sign_in(context.pages[0], server.url, login)
        return profile

    return Installed(install)


@pytest.fixture
def opened(playwright: Playwright, server: Served, installed: Installed, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def begin(login: str) -> Page:
            profile = shutil.copytree(installed(login), tmp_path / login, symlinks=True)
            page: Page = stack.enter_context(browser_profile(playwright, profile)).pages[0]
            page.goto(server.url)
            synced_anew(page)
            badge(page, "synced")
            return page

        yield begin
