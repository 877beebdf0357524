"""A processor some times slower, for a whole browser: every process of it is stopped most of the time.

Chromium's own throttling (CDP ``Emulation.setCPUThrottlingRate``) slows a page's main thread alone and is refused for
a worker ("Operation is only supported for pages, not workers"). The app's Python runs in a worker, so that throttling
would slow the peers and spare us. To stop and go on costs something itself, so what is asked for is set by what was
measured (``share_for``), and ``measured_slowdown`` shows what came of it.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page

# Of each turn the browser runs this long: far below a frame, far above a timer's inaccuracy.
RUNS = 0.002  # seconds
SPIN = """(() => { const began = performance.now(); let x = 0;
  for (let i = 0; i < 2e7; i++) x += Math.sqrt(i);
  return performance.now() - began; })()"""


@contextmanager
def slowed(profile: Path, rate: float) -> Iterator[None]:
    """While inside, the browser on ``profile`` gets one ``rate``-th of the time."""
    if rate <= 1:
        yield
        return
    command = [sys.executable, "-m", "tests.bench.slow_cpu", str(_group_of(profile)), str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as slowing:
        assert slowing.stdout is not None
        slowing.stdout.readline()
        try:
            yield
        finally:
            slowing.terminate()


def share_for(page: Page, profile: Path, times: float) -> float:
    """The rate at which work in ``page`` and its worker takes ``times`` as long."""
    return times * times / statistics.mean(measured_slowdown(page, profile, times))


def measured_slowdown(page: Page, profile: Path, rate: float) -> tuple[float, float]:
    """How many times longer the same sum takes when slowed: (in the page, in its worker)."""

    def spins() -> tuple[float, float]:
        page_took = min(float(page.evaluate(SPIN)) for _ in range(3))
        return page_took, min(float(page.workers[0].evaluate(SPIN)) for _ in range(3))

    full = spins()
    with slowed(profile, rate):
        slow = spins()
    return slow[0] / full[0], slow[1] / full[1]


def _group_of(profile: Path) -> int:
    """The browser leads a process group, which all its processes are in."""
    listed = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True)
    (group,) = {os.getpgid(int(pid)) for pid in listed.stdout.split()}
    assert group != os.getpgid(0), "the browser shares the bench's own group"
    return group


def _slow_down(group: int, rate: float) -> None:
    """What it ran too long, because this process was woken late, it is stopped the longer."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(20))
    print("slow", flush=True)
    ran = stopped = 0.0
    try:
        while True:
            os.killpg(group, signal.SIGSTOP)
            stopped += _slept(max(RUNS, ran * (rate - 1) - stopped))
            os.killpg(group, signal.SIGCONT)
            ran += _slept(RUNS)
    except ProcessLookupError:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)


def _slept(seconds: float) -> float:
    began = time.monotonic()
    time.sleep(seconds)
    return time.monotonic() - began


if __name__ == "__main__":
    _slow_down(int(sys.argv[1]), float(sys.argv[2]))
