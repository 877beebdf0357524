"""Lighthouse on a page of ours, in Debian's Chromium on a kept profile: a phone's screen, its own throttling."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser import CHROMIUM_SWITCHES, chromium_path
from tests.servers import ROOT

CLI = ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"


@contextmanager
def _debugged(profile: Path) -> Iterator[int]:
    """Chromium on the profile; the port its debugger listens on."""
    listed = profile / "DevToolsActivePort"
    listed.unlink(missing_ok=True)
    # The store of passwords that playwright's profiles are kept with, or the session's cookie can't be read.
    kept = ["--password-store=basic", "--use-mock-keychain", f"--user-data-dir={profile}"]
    command = [chromium_path(), *CHROMIUM_SWITCHES, *kept, "--headless=new", "--remote-debugging-port=0", "about:blank"]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not (listed.is_file() and listed.read_text().strip()):
            if browser.poll() is not None or time.monotonic() > until:
                raise RuntimeError("Chromium did not start")
            time.sleep(0.1)
        yield int(listed.read_text().split()[0])
    finally:
        browser.terminate()
        browser.wait(30)


CATEGORIES = ("accessibility", "best-practices", "performance")


# What Lighthouse says when the browser gave it no trace: on a machine that is busy it asks to be run again.
_AGAIN = "NO_NAVSTART"


def lighthouse(url: str, profile: Path) -> dict[str, Any]:
    """The report, as Lighthouse writes it; skips, loudly, where Lighthouse is missing."""
    if not CLI.is_file():
        pytest.skip("NO Lighthouse: its tests did not run (npm ci)")
    for tries_left in (2, 1, 0):
        try:
            return _report(url, profile)
        except RuntimeError as fault:
            if not tries_left or _AGAIN not in str(fault):
                raise
    raise AssertionError("unreachable")


def _report(url: str, profile: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _debugged(profile) as port:
        report = Path(folder, "report.json")
        command = ["node", str(CLI), url, f"--port={port}", "--output=json", f"--output-path={report}", "--quiet"]
        command += [f"--only-categories={','.join(CATEGORIES)}", "--disable-storage-reset", "--locale=en"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
        if done.returncode:
            raise RuntimeError(f"Lighthouse failed:\n{done.stdout}\n{done.stderr}")
        found: dict[str, Any] = json.loads(report.read_text())
    if "runtimeError" in found:
        raise RuntimeError(f"Lighthouse failed: {found['runtimeError']}")
    return found


def score(report: dict[str, Any], category: str) -> float:
    """0 to 100."""
    return round(float(report["categories"][category]["score"]) * 100, 1)


def marks(report: dict[str, Any]) -> set[str]:
    """The moments that the page marked (``performance.mark``)."""
    return {each["name"] for each in report["audits"]["user-timings"].get("details", {}).get("items", [])}


def shortcomings(report: dict[str, Any], category: str) -> list[str]:
    """The audits that cost points: id, score and what they found."""
    audits = [report["audits"][each["id"]] for each in report["categories"][category]["auditRefs"] if each["weight"]]
    return [
        f"{audit['id']} {audit['score']}: {audit.get('displayValue', '')} {json.dumps(audit.get('details', {}))[:400]}"
        for audit in audits
        if audit["score"] is not None and audit["score"] < 1
    ]
