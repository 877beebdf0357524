"""What the phone's requests wait for: bytes, not the whole answer."""

import subprocess
import sys
from pathlib import Path

from pwa.bundle import SHELL

NODE = Path(sys.executable).parent / "node"


def test_an_answer_that_goes_on_is_waited_for_and_one_that_stopped_is_not() -> None:
    script = Path(__file__).parent / "network.mjs"
    printed = subprocess.run([NODE, script, SHELL / "network.js"], capture_output=True, text=True, check=True).stdout
    assert [line.split() for line in printed.splitlines()] == [
        ["dribbles", "200", "120"],
        ["stops", "TimeoutError"],
        ["never-ends", "TimeoutError"],
        ["never", "TimeoutError"],
        # Asked to sync now: what is silent for long by then is given up, what goes on or is no part of sync is not.
        ["/api/sync/never", "TimeoutError", "soon"],
        ["/api/media/never", "TimeoutError", "soon"],
        ["/api/reports/never", "TimeoutError", "late"],
        ["/api/imports/never", "TimeoutError", "late"],
        ["/api/sync/dribbles", "200", "late"],
    ]
