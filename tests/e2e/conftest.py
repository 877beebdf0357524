"""Phones for the stories. Each person signs in once; tests get copies of that phone, and begin where their story
does. A module names in ``PHONES`` who has signed in before its server starts; others do at that server."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.browser import DESK, browser_profile
from tests.e2e.parts import Office, Open, badge, sign_in, synced_anew
from tests.running import demo_server, demo_template
from tests.servers import Served, free_port

# A machine that is busy with other tests takes longer than a person would wait.
expect.set_options(timeout=20_000)
LONGEST_STORY = timedelta(seconds=100)
ON_A_DESK: dict[str, Any] = {"is_mobile": False, "has_touch": False, "device_scale_factor": 1, **DESK}


class People:
    """The demo with people signed in, and their phones: each person signs in once, for all modules this process runs.
    A browser knows an app by its address, so that every server these phones meet has the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.demo = folder / "demo"  # knows their sessions
        self.phones: dict[str, Path] = {}
        self._folder = folder
        self._apps: dict[str, Path] = {}  # by address

    def sign_in(self, playwright: Playwright, logins: Sequence[str]) -> None:
        missing = [login for login in logins if login not in self.phones]
        if not missing:
            return
        if not self.demo.exists():
            shutil.copytree(demo_template(), self.demo)
        with demo_server(self.demo, port=self.port) as server:
            for login in missing:
                profile = self.phone(playwright, server, self._folder / login)
                self.phones[login] = _signed_in(playwright, server, login, profile)

    def phone(self, playwright: Playwright, server: Served, profile: Path) -> Path:
        """One on which the app is installed and nobody signed in yet: copies of one that it was installed on."""
        if server.url not in self._apps:
            app = self._folder / f"app-{server.port}"
            with browser_profile(playwright, app) as context:
                page = context.pages[0]
                page.goto(server.url)
                page.locator("[data-role=download].finished").wait_for(state="attached", timeout=120_000)
            self._apps[server.url] = app
        return shutil.copytree(self._apps[server.url], profile, symlinks=True)


def _signed_in(playwright: Playwright, server: Served, login: str, profile: Path) -> Path:
    with browser_profile(playwright, profile) as context:
        sign_in(context.pages[0], server.url, login)
    return profile


class Installed:
    """``installed("rep@demo")``: the profile of a browser in which that person signed in and that was closed again.
    ``forget`` it when its session was ended at the server."""

    def __init__(self, known: Mapping[str, Path], install: Callable[[str], Path]) -> None:
        self._install = install
        self._profiles = dict(known)

    def __call__(self, login: str) -> Path:
        if login not in self._profiles:
            self._profiles[login] = self._install(login)
        return self._profiles[login]

    def forget(self, login: str) -> None:
        self._profiles.pop(login, None)


@pytest.fixture(autouse=True)
def within_a_day() -> None:
    """No story is told over midnight at the brand: half-way, what is for today would be another day's."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    left = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo) - now
    if left < LONGEST_STORY:
        time.sleep((left + timedelta(seconds=10)).total_seconds())


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Not for the session: its event loop would be in the way of the tests after these that run one."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, playwright: Playwright, people: People) -> Iterator[Served]:
    """The demo; whoever the module names in ``PHONES`` has signed in before."""
    logins = getattr(request.module, "PHONES", ())
    people.sign_in(playwright, logins)
    with demo_server(template=people.demo if logins else None, port=people.port) as served:
        yield served


@pytest.fixture(scope="module")
def office(server: Served) -> Iterator[Office]:
    with Office(server, "hq@demo") as made:
        yield made


@pytest.fixture(scope="module")
def installed(
    request: pytest.FixtureRequest,
    playwright: Playwright,
    server: Served,
    people: People,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installed:
    known = {login: people.phones[login] for login in getattr(request.module, "PHONES", ())}
    folder = tmp_path_factory.mktemp("installed")
    names = count()

    def install(login: str) -> Path:
        profile = people.phone(playwright, server, folder / f"{next(names)}-{login}")
        return _signed_in(playwright, server, login, profile)

    return Installed(known, install)


@pytest.fixture
def phone(playwright: Playwright, server: Served, people: People, tmp_path: Path) -> Callable[[str], Path]:
    """``phone(name)``: a browser's profile with the app, and nobody signed in."""
    return lambda name: people.phone(playwright, server, tmp_path / name)


@pytest.fixture
def blank(playwright: Playwright, installed: Installed, tmp_path: Path) -> Iterator[Open]:
    """As ``opened``, but the app is not on the page yet."""
    with ExitStack() as stack:

        def begin(login: str) -> Page:
            profile = shutil.copytree(installed(login), tmp_path / login, symlinks=True)
            page: Page = stack.enter_context(browser_profile(playwright, profile)).pages[0]
            return page

        yield begin


@pytest.fixture
def opened(blank: Open, server: Served) -> Open:
    def begin(login: str) -> Page:
        page = blank(login)
        page.goto(server.url)
        synced_anew(page)
        badge(page, "synced")
        return page

    return begin


@pytest.fixture(scope="module")
def desk_profile(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Head office's browser, kept for the whole module."""
    return shutil.copytree(installed("hq@demo"), tmp_path_factory.mktemp("desk") / "profile", symlinks=True)


@pytest.fixture
def desk(playwright: Playwright, server: Served, desk_profile: Path) -> Iterator[Page]:
    with browser_profile(playwright, desk_profile, **ON_A_DESK) as context:
        page = context.pages[0]
        page.goto(f"{server.url}/desk")
        synced_anew(page)
        badge(page, "synced", 120_000)
        yield page
