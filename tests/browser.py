"""Debian's Chromium for browser tests and benches."""

import os
import shutil
import signal
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
# V8's second compiler of WebAssembly takes a quarter of the work of a start, and gives it back in minutes of use; the
# pages of tests are open for seconds.
COMPILED_ONCE = "--js-flags=--liftoff-only"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 800}}


def chromium_path() -> str:
    """Where Chromium is; skips the test, loudly, where it is not."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("NO CHROMIUM on this machine: browser tests did not run (apt-get install chromium)")
    return found


def shell_path() -> str:
    """Chromium without what stands around a page (windows, menus, extensions, notifications): the same engine, network
    and stores for two thirds of the work. Where it is missing, the whole of it does."""
    chromium = chromium_path()
    return chromium if "CHROMIUM" in os.environ else shutil.which("chromium-headless-shell") or chromium


@contextmanager
def browser_profile(
    playwright: Playwright,
    profile: Path,
    *,
    locale: str = "zh-CN",
    dark: bool = False,
    switches: Sequence[str] = (),
    whole: bool = False,
    **more: Any,
) -> Iterator[BrowserContext]:
    """A browser on a kept profile, so that it can be closed (or killed) and opened again. ``whole``: as people have it,
    with all that is about it."""
    options: dict[str, Any] = {**PHONE, **more}
    kind = [] if whole else [COMPILED_ONCE]
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium_path() if whole else shell_path(),
        args=[*CHROMIUM_SWITCHES, *kind, *switches],
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
    named = _processes("-f", f"user-data-dir={profile}")
    if not named:
        return 0
    # Its children need not name the profile. Playwright gives each browser a group of its own.
    group = os.getpgid(named[0])
    assert group != os.getpgid(0)
    pids = _processes("-g", str(group))
    os.killpg(group, signal.SIGKILL)
    return len(pids)


def _processes(*criteria: str) -> list[int]:
    listed = subprocess.run(["pgrep", *criteria], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def virtual_screen() -> tuple[subprocess.Popen[str], str]:
    """A screen on a display that nobody else uses; its name."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x1200x24"]
    screen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert screen.stdout
    with screen.stdout:
        return screen, f":{screen.stdout.readline().strip()}"
