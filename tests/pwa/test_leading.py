"""Which of a phone's pages syncs: the one that holds the lock while it is awake, else the one in front."""

import subprocess
import sys
from pathlib import Path

from pwa.bundle import SHELL

NODE = Path(sys.executable).parent / "node"


def test_a_page_that_sleeps_is_relieved_and_one_that_answers_is_not() -> None:
    script = Path(__file__).parent / "leading.mjs"
    printed = subprocess.run([NODE, script, SHELL / "leading.js"], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines() == [
        "first lead",
        "both awake",
        "first asleep",
        "first follow",
        "second lead",
        "after some seconds",
        "first awake",
        # The second page was left.
        "first lead",
    ]
