"""Lighthouse's performance score of sign-in and of home, as on a middling phone with a slow network: at least 90."""

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser import browser_profile
from tests.e2e.parts import sign_in
from tests.lighthouse import lighthouse, score
from tests.running import demo_server

LEAST = 90


def measure() -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, demo_server() as server:
        new, used = Path(folder, "new"), Path(folder, "used")
        with sync_playwright() as playwright, browser_profile(playwright, used, whole=True) as context:
            sign_in(context.pages[0], server.url, "rep@demo")
        reports = {"sign-in": lighthouse(server.url, new), "home": lighthouse(server.url, used)}
    return {f"lighthouse performance, {screen}": _figure(report) for screen, report in reports.items()}


def _figure(report: dict[str, Any]) -> dict[str, Any]:
    found = score(report, "performance")
    return {"value": found, "unit": "points", "ratio": LEAST / max(found, 1), "against": f"{LEAST}", "bound": 1.0}
