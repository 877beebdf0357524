"""From a tap on "+", or a digit typed, to the painted quantity, with 5,000 products on the phone.

Each is timed in the page, from the input event's own time stamp to after the frame that shows the outcome: ``preview``
is the quantity (which the page shows at once, by what Python said the next press leads to), ``total`` the line's new
total, which only Python can know. The order grows to ``LINES`` lines meanwhile. The bound of 100 ms is of the 95th of
100, as is the figure; "4x" is a processor four times slower for page, worker and browser (see ``slow_cpu``).
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, sync_playwright

from tests.bench.big_catalogue import enlarge
from tests.bench.phone_page import ARM, install, opened, tap_add, until_interactive
from tests.bench.slow_cpu import share_for, slowed
from tests.running import demo_server, demo_template

PRODUCTS = 5000
TAPS = 160
DIGITS = 60
LINES = 40
PAUSE = 120  # ms from an answer to the next tap: a quick thumb
BOUND = 100.0  # ms
Figure = dict[str, Any]


def percentile(times: list[float], of_100: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * of_100 // 100)]


def figures(name: str, times: list[float]) -> dict[str, Figure]:
    late = percentile(times, 95)
    return {
        f"{name}.p50": {"value": round(percentile(times, 50), 1), "unit": "ms"},
        f"{name}.p95": {
            "value": round(late, 1),
            "unit": "ms",
            "ratio": round(late / BOUND, 3),
            "against": f"{BOUND:.0f} ms",
            "bound": 1,
        },
    }


def shown(page: Page) -> list[str]:
    """SKUs of the products whose "+" is in sight."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('#app [data-testid^="add-"]')].filter((button) => {
          const { x, y, width, height } = button.getBoundingClientRect();
          return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
        }).map((button) => button.dataset.testid.slice(4))"""
    )
    return found


def taps(page: Page) -> dict[str, list[float]]:
    """Taps all over the list: a screenful of products, four presses each, then the next screenful."""
    times: dict[str, list[float]] = {"preview": [], "total": []}
    lines: set[str] = set()
    while len(times["total"]) < TAPS:
        for sku in shown(page):
            for _ in range(4):
                taken = tap_add(page, sku)
                times["preview"].append(taken["quantity"])
                times["total"].append(taken["total"])
                page.wait_for_timeout(PAUSE)
            lines.add(sku)
        page.mouse.wheel(0, 520 if len(lines) < LINES else -520)
        page.wait_for_timeout(400)
    return times


def digits(page: Page) -> list[float]:
    """A digit more into a quantity with the keyboard, to its line's total."""
    times: list[float] = []
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(400)
    while len(times) < DIGITS:
        for sku in shown(page):
            field = page.get_by_test_id(f"quantity-{sku}")
            field.focus()
            for digit in "123":
                page.evaluate(ARM, sku)
                page.keyboard.press(digit)
                times.append(float(page.evaluate("tapped")["total"]))
                page.wait_for_timeout(PAUSE)
    return times


def measured(playwright: Playwright, profile: Path, url: str, rate: int) -> dict[str, Figure]:
    suffix = "" if rate == 1 else f"_{rate}x_cpu"
    with opened(playwright, profile, offline=True) as context:
        page = context.pages[0]
        page.goto(url)
        until_interactive(page)
        page.get_by_test_id("chip-all").click()
        page.wait_for_timeout(2000)
        with slowed(profile, share_for(page, profile, rate) if rate > 1 else 1):
            times = taps(page)
            typed = digits(page)
    return {
        **figures(f"tap_to_preview{suffix}", times["preview"]),
        **figures(f"tap_to_total{suffix}", times["total"]),
        **figures(f"digit_to_total{suffix}", typed),
    }


def measure() -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data, profile = Path(folder, "data"), Path(folder, "phone")
        shutil.copytree(demo_template(), data)
        enlarge(data, PRODUCTS)
        with demo_server(data) as server:
            url = install(playwright, server.url, profile)
            return measured(playwright, profile, url, 1) | measured(playwright, profile, url, 4)
