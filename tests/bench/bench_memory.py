"""The page's memory after an hour of simulated use.

An hour is ``VISITS`` visits to customers, three minutes each for a rep with a full day, pressed together: from the
home screen to the customer, three searches with scrolling, eight taps on quantities, a price explained, the review,
the order submitted and synced, the orders and one of them looked at. That is some 600 screens and lists drawn, in the
real app against the real server. What a person's pauses would add is left out: then nothing happens.

Measured after the first visits (everything is loaded by then), half-way and at the end, each after a forced collection.
What an hour's use loads and compiles stays, up to a bound; a leak shows in the second half:
``renderer`` is what the browser's process for the page and its worker holds in memory (Python's heap, which never
shrinks, and the page's), ``page_js`` the page's own JavaScript heap.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, sync_playwright

from tests.bench.phone_page import CUSTOMERS, install, opened, tap_add
from tests.e2e.parts import badge
from tests.running import demo_server

VISITS = 20
WARM = 3
SEARCHES = ("清泉", "茶", "500")
GROWTH = 1.2  # by how much the second half of an hour may grow it
Figure = dict[str, Any]


def measure() -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, demo_server() as server:
        profile = Path(folder)
        install(playwright, server.url, profile)
        with opened(playwright, profile, offline=False) as context:
            page = context.pages[0]
            page.goto(server.url)
            badge(page, "synced")
            session = context.new_cdp_session(page)
            screens, taken = 0, []
            for number in range(WARM + VISITS):
                if number in {WARM, WARM + VISITS // 2}:
                    taken.append(memory(page, session, profile))
                drawn = visit(page, number)
                screens += drawn if number >= WARM else 0
            taken.append(memory(page, session, profile))
    found: dict[str, Figure] = {"memory.hour.screens": {"value": screens, "unit": "screens"}}
    for name in taken[0]:
        start, half, end = (each[name] for each in taken)
        found[f"memory.{name}.at_start"] = {"value": round(start, 1), "unit": "MB"}
        grown = {"ratio": round(end / half, 3), "against": f"half an hour before ({half:.1f} MB)", "bound": GROWTH}
        found[f"memory.{name}.after_an_hour"] = {"value": round(end, 1), "unit": "MB", **grown}
    return found


def visit(page: Page, number: int) -> int:
    """One customer's order, as in the module's docstring; returns how many screens and lists were drawn."""
    page.get_by_test_id("tab-order").click()
    shown(page.locator(CUSTOMERS).nth(number % 8)).click()
    shown(page.locator("[data-testid^=add-]"))
    page.get_by_test_id("chip-all").click()
    drawn = 3
    for text in SEARCHES:
        page.get_by_test_id("product-search").fill(text)
        page.wait_for_timeout(350)
        for _ in range(3):
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(120)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(200)
        drawn += 5
    page.get_by_test_id("product-search").fill("")
    page.wait_for_timeout(400)
    for _ in range(8):
        tap_add(page)
    why = page.locator("[data-testid^=why-]").first
    why.click()
    shown(page.locator("dialog[open]"))
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    page.get_by_test_id("review-order").click()
    shown(page.get_by_test_id("submit-order")).click()
    shown(page.locator("[data-testid^=order-]")).click()
    page.wait_for_timeout(300)
    page.get_by_test_id("tab-home").click()
    badge(page, "synced")
    return drawn + 8 + 5


def shown(found: Locator) -> Locator:
    found.first.wait_for()
    return found.first


def memory(page: Page, session: CDPSession, profile: Path) -> dict[str, float]:
    """MB by name."""
    page.wait_for_timeout(1500)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(500)
    heap = session.send("Runtime.getHeapUsage")
    return {"renderer": resident(profile), "page_js": float(heap["usedSize"]) / 1e6}


def resident(profile: Path) -> float:
    """MB of the largest renderer of the browser on ``profile``, shared pages counted by share."""
    listed = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True)
    sizes = []
    for pid in listed.stdout.split():
        try:
            if "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text():
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                sizes.append(sum(int(kb) for kb in re.findall(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)) / 1000)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return max(sizes)
