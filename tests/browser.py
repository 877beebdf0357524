"""Debian's Chromium for browser tests and benches."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Playwright
from playwright.sync_api import Error as PlaywrightError

CHROMIUM_SWITCHES = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 800}}


def chromium_path() -> str:
    """Where Chromium is; skips the test, loudly, where it is not."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("NO CHROMIUM on this machine: browser tests did not run (apt-get install chromium)")
    return found


@contextmanager
def browser_profile(
    playwright: Playwright,
    profile: Path,
    *,
    locale: str = "zh-CN",
    dark: bool = False,
    switches: Sequence[str] = (),
    **more: Any,
) -> Iterator[BrowserContext]:
    """A browser on a kept profile, so that it can be closed (or killed) and opened again."""
    options: dict[str, Any] = {**PHONE, **more}
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium_path(),
        args=[*CHROMIUM_SWITCHES, *switches],
        locale=locale,
        timezone_id="Asia/Shanghai",
        color_scheme="dark" if dark else "light",
        **options,
    )
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        with suppress(PlaywrightError):  # it may have been killed
            context.close()


def kill_browser(profile: Path) -> int:
    """SIGKILL to every process of the browser on ``profile``; returns how many there were."""
    listed = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in listed.stdout.split()]
    for pid in pids:
        subprocess.run(["kill", "-9", str(pid)], check=False)
    return len(pids)


def virtual_screen() -> tuple[subprocess.Popen[str], str]:
    """A screen on a display that nobody else uses; its name."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x1200x24"]
    screen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert screen.stdout
    with screen.stdout:
        return screen, f":{screen.stdout.readline().strip()}"
