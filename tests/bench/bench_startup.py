"""Cold start of the installed app, offline, with the demo's data, to an order screen that answers a tap; against
itself as it is without a memory snapshot and against Actual Budget's web app (npm ``@actual-app/web``, its "Try the
demo"), in one run.

Each start is a new browser process on a kept profile, with the network off, timed from the navigation once the
browser's own start is over. Starts alternate, medians count. "Answers a tap": a finger taps "+" on the first product,
and the line's total, which only Python can know, is painted; the line is taken out again, so that each start finds the
same screen. For Actual it is enough that its budget is in sight. "Without" has no snapshot on its phone.
"""

import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Page, Playwright, sync_playwright

from tests.bench.isolated_site import IsolatedSite
from tests.bench.phone_page import install, opened, tap_add, until_interactive
from tests.bench.slow_cpu import measured_slowdown, share_for, slowed
from tests.running import demo_server
from tests.servers import ROOT

ROUNDS = 5
PEER_VERSION = "26.9.0"
PEERS = ROOT / "build" / "peers"
ACTUAL_FIRST_LOAD = 4.0e6  # bytes, brotli: what Actual's app needs before "Try the demo"
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
FORGET_SNAPSHOT = """async () => {
  localStorage.removeItem("qudao.frozen");
  await caches.delete("qudao-snapshots");
  const root = await navigator.storage.getDirectory();
  for (let tries = 0; ; tries++) { // the worker of the page before may still hold it
    try { return await root.removeEntry("snapshots", { recursive: true }); } catch (error) {
      if (error.name === "NotFoundError") return;
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}"""
Figure = dict[str, Any]


@dataclass(frozen=True)
class App:
    """An installed app: where it opens, what "answers a tap" means there (returns ms since the navigation), and how
    its state is put back for the next start."""

    profile: Path
    url: str
    until_it_answers: Callable[[Page], float]
    put_back: Callable[[Page], None] = lambda _page: None


def peer_folder() -> Path:
    """Actual's built web app, installed once under build/."""
    built = PEERS / "node_modules" / "@actual-app" / "web" / "build"
    if not built.is_dir():
        PEERS.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--ignore-scripts", "--no-save", "--prefix", str(PEERS)]
        subprocess.run([*command, f"@actual-app/web@{PEER_VERSION}"], check=True, capture_output=True)
    return built


def start_once(playwright: Playwright, app: App, rate: float) -> tuple[float, float]:
    """(first paint, answered a tap), in ms since the navigation began."""
    with opened(playwright, app.profile, offline=True) as context:
        page = context.pages[0]
        with slowed(app.profile, rate):
            page.goto(app.url, wait_until="commit")
            answered = app.until_it_answers(page)
        painted = float(page.evaluate(FIRST_PAINT))
        app.put_back(page)
        return painted, answered


def order_answers(page: Page) -> float:
    until_interactive(page)
    return tap_add(page)["at"]


def take_out(page: Page) -> None:
    """The line goes, and the screen without it is kept as the next start's first picture."""
    total = page.locator("[data-testid^=line-total-]").first
    sku = (total.get_attribute("data-testid") or "").removeprefix("line-total-")
    while total.count():
        page.get_by_test_id(f"less-{sku}").click()
        page.wait_for_timeout(200)
    page.wait_for_timeout(1000)


def with_snapshot(page: Page) -> None:
    assert page.evaluate("qudaoMarks.frozen"), "this start was to be from the snapshot"
    take_out(page)


def without_snapshot(page: Page) -> None:
    """What a start without one makes behind the screen is gone for the next."""
    assert not page.evaluate("qudaoMarks.frozen"), "this start was to be without a snapshot"
    take_out(page)
    forget_snapshot(page)


def forget_snapshot(page: Page) -> None:
    """From a page of the app's origin on which no worker of it runs."""
    page.goto(urljoin(page.url, "/manifest.webmanifest"))
    page.evaluate(FORGET_SNAPSHOT)


def actual_answers(page: Page) -> float:
    page.get_by_text("Usual Expenses").first.wait_for(timeout=60_000)
    return float(page.evaluate("performance.now()"))


def install_actual(playwright: Playwright, origin: str, profile: Path) -> None:
    with opened(playwright, profile, offline=False) as context:
        page = context.pages[0]
        page.goto(origin)
        page.get_by_text("Try the demo").click()
        page.get_by_text("Usual Expenses").first.wait_for(timeout=60_000)
        page.wait_for_timeout(5000)


@contextmanager
def installed(playwright: Playwright, folder: Path) -> Iterator[dict[str, App]]:
    """Ours with and without a snapshot, and Actual; the servers stay up but the phones never reach them."""
    ours, without, actual = folder / "ours", folder / "without", folder / "actual"
    with demo_server() as server:
        site = IsolatedSite(peer_folder())
        try:
            url = install(playwright, server.url, ours)
            install_actual(playwright, site.origin, actual)
            shutil.copytree(ours, without, ignore=shutil.ignore_patterns("Singleton*"))
            with opened(playwright, without, offline=True) as context:
                context.pages[0].goto(url)
                forget_snapshot(context.pages[0])
            yield {
                "ours": App(ours, url, order_answers, with_snapshot),
                "without": App(without, url, order_answers, without_snapshot),
                "actual": App(actual, site.origin, actual_answers),
            }
        finally:
            site.close()


def first_load_bytes() -> int:
    """Bytes over the wire, brotli, of what the service worker keeps: all of the app."""
    worker = (ROOT / "build" / "pwa" / "sw.js").read_text(encoding="utf-8")
    listed = re.search(r"const ASSETS = \[(.*?)\];", worker)
    assert listed, "sw.js lists no assets"
    return sum(int(size) for size in re.findall(r'"[^"]+", (\d+), \d+', listed[1]))


def medians(playwright: Playwright, apps: dict[str, App], rate: float) -> dict[str, tuple[float, float]]:
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in apps}
    for _ in range(ROUNDS):
        for name, app in apps.items():
            runs[name].append(start_once(playwright, app, rate))
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
        f"first_paint_vs_actual{suffix}": ratio(paint, peer, f"Actual {PEER_VERSION}, to a budget in sight", 0.1),
    }


def ratio(value: float, other: float, against: str, bound: float) -> Figure:
    text = f"{against} ({other:.0f} ms)"
    return {"value": round(value, 1), "unit": "ms", "ratio": round(value / other, 3), "against": text, "bound": bound}


def slowdown(playwright: Playwright, app: App) -> tuple[float, dict[str, Figure]]:
    """The rate that makes work take four times as long, and what it does to a page and to a worker."""
    with opened(playwright, app.profile, offline=True) as context:
        page = context.pages[0]
        page.goto(app.url)
        until_interactive(page)
        rate = share_for(page, app.profile, 4)
        in_page, in_worker = measured_slowdown(page, app.profile, rate)
    return rate, {
        "slowed_4x.page": {"value": round(in_page, 2), "unit": "times"},
        "slowed_4x.worker": {"value": round(in_worker, 2), "unit": "times"},
    }


def measure() -> dict[str, Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        installed(playwright, Path(folder)) as apps,
    ):
        found = figures(medians(playwright, apps, 1), "")
        rate, measured = slowdown(playwright, apps["ours"])
        found |= figures(medians(playwright, apps, rate), "_4x_cpu") | measured
    size = first_load_bytes()
    weight = {"value": size, "unit": "bytes", "ratio": round(size / ACTUAL_FIRST_LOAD, 3)}
    found["first_load"] = {**weight, "against": "Actual's 4.0 MB", "bound": 1.5}
    return found
