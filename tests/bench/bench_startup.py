"""Cold start of the installed app, offline, to an order screen that answers a tap; against itself without the
memory snapshot and against Actual Budget's web app (npm ``@actual-app/web``, its "Try the demo"), in one run.

Each start is a new browser process on a kept profile, with the network off. Starts alternate, medians count.
"""

import contextlib
import re
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.bench.isolated_site import IsolatedSite
from tests.browser import CHROMIUM_SWITCHES, chromium_path
from tests.running import demo_server

ROUNDS = 5
PEER_VERSION = "26.9.0"
PEERS = Path(__file__).parent.parent.parent / "build" / "peers"
ACTUAL_FIRST_LOAD = 4.0e6  # bytes, brotli: what Actual's app needs before "Try the demo"
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
Figure = dict[str, Any]


@dataclass(frozen=True)
class App:
    """An installed app: where it opens, and what "answers a tap" means there."""

    profile: Path
    url: str
    until_it_answers: Callable[[Page], None]


def peer_folder() -> Path:
    """Actual's built web app, installed once under build/."""
    built = PEERS / "node_modules" / "@actual-app" / "web" / "build"
    if not built.is_dir():
        PEERS.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--ignore-scripts", "--no-save", "--prefix", str(PEERS)]
        subprocess.run([*command, f"@actual-app/web@{PEER_VERSION}"], check=True, capture_output=True)
    return built


@contextlib.contextmanager
def opened(playwright: Playwright, profile: Path, *, offline: bool) -> Iterator[BrowserContext]:
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium_path(),
        args=CHROMIUM_SWITCHES,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        offline=offline,
    )
    try:
        yield context
    finally:
        context.close()


def start_once(playwright: Playwright, app: App, throttle: int) -> tuple[float, float]:
    """(first paint, answered a tap), in ms since the navigation began."""
    with opened(playwright, app.profile, offline=True) as context:
        page = context.pages[0]
        if throttle > 1:
            session = context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        page.goto(app.url, wait_until="commit")
        app.until_it_answers(page)
        answered = float(page.evaluate("performance.now()"))
        return float(page.evaluate(FIRST_PAINT)), answered


def order_answers(page: Page) -> None:
    """Tap + on the first product until its quantity is painted (the screen may still be the saved picture)."""
    # The content policy forbids the evaluation that playwright's wait_for_function needs inside the page.
    while not page.evaluate("performance.getEntriesByName('qudao:interactive').length"):
        page.wait_for_timeout(10)
    page.locator("[data-testid^=add-]").first.click()
    page.locator("[data-testid^=quantity-]").first.wait_for()


def actual_answers(page: Page) -> None:
    page.get_by_text("Usual Expenses").first.wait_for(timeout=60_000)


def install_ours(playwright: Playwright, origin: str, profile: Path) -> str:
    """Sign in, wait until everything is on the phone, open an order; returns its address."""
    with opened(playwright, profile, offline=False) as context:
        page = context.pages[0]
        page.goto(origin)
        page.get_by_test_id("login").fill("rep@demo")
        page.get_by_test_id("password").fill("qudao-demo")
        page.get_by_test_id("sign-in").click()
        page.locator("[data-testid=sync-badge][data-state=synced]").wait_for(timeout=180_000)
        page.get_by_test_id("tab-order").click()
        page.locator("[data-testid^=customer-]:not([data-testid=customer-search])").first.click()
        page.locator("[data-testid^=add-]").first.wait_for()
        page.wait_for_timeout(2000)
        return page.url


def install_actual(playwright: Playwright, origin: str, profile: Path) -> None:
    with opened(playwright, profile, offline=False) as context:
        page = context.pages[0]
        page.goto(origin)
        page.get_by_text("Try the demo").click()
        page.get_by_text("Usual Expenses").first.wait_for(timeout=60_000)
        page.wait_for_timeout(5000)


def first_load_bytes() -> int:
    """Bytes over the wire, brotli, of what the service worker keeps: all of the app."""
    worker = (Path(__file__).parent.parent.parent / "build" / "pwa" / "sw.js").read_text(encoding="utf-8")
    listed = re.search(r"const ASSETS = \[(.*?)\];", worker)
    assert listed, "sw.js lists no assets"
    return sum(int(size) for size in re.findall(r'"[^"]+", (\d+), \d+', listed[1]))


def medians(playwright: Playwright, apps: dict[str, App], throttle: int) -> dict[str, tuple[float, float]]:
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in apps}
    for _ in range(ROUNDS):
        for name, app in apps.items():
            runs[name].append(start_once(playwright, app, throttle))
    return {
        name: (statistics.median(paint for paint, _ in times), statistics.median(tap for _, tap in times))
        for name, times in runs.items()
    }


def figures(times: dict[str, tuple[float, float]], suffix: str) -> dict[str, Figure]:
    paint, tap = times["ours"]
    slow, peer = times["without"][1], times["actual"][1]
    return {
        f"cold_start{suffix}": ratio(tap, slow, "without snapshot", 0.4),
        f"cold_start_vs_actual{suffix}": ratio(tap, peer, f"Actual {PEER_VERSION}", 0.5),
        f"first_paint_vs_actual{suffix}": ratio(paint, peer, f"Actual {PEER_VERSION}, to a budget that answers", 0.1),
    }


def ratio(value: float, other: float, against: str, bound: float) -> Figure:
    text = f"{against} ({other:.0f} ms)"
    return {"value": round(value, 1), "unit": "ms", "ratio": round(value / other, 3), "against": text, "bound": bound}


def measure() -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, demo_server() as server:
        site = IsolatedSite(peer_folder())
        try:
            profile, peer_profile = Path(folder, "ours"), Path(folder, "actual")
            url = install_ours(playwright, server.url, profile)
            install_actual(playwright, site.origin, peer_profile)
            join = "&" if "?" in url else "?"
            apps = {
                "ours": App(profile, url, order_answers),
                "without": App(profile, f"{url}{join}snapshot=off", order_answers),
                "actual": App(peer_profile, site.origin, actual_answers),
            }
            found = figures(medians(playwright, apps, 1), "") | figures(medians(playwright, apps, 4), "_4x_cpu")
        finally:
            site.close()
    size = first_load_bytes()
    weight = {"value": size, "unit": "bytes", "ratio": round(size / ACTUAL_FIRST_LOAD, 3)}
    found["first_load"] = {**weight, "against": "Actual's 4.0 MB", "bound": 1.5}
    return found
