"""Runs with pictures hold, and notice bugs. By hand: ``python -m tests.simulation.pictures --seeds 300``."""

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT

SEEDS = 25


def run(*options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.simulation.pictures", *options]
    finished = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=False
    )
    return finished.returncode, finished.stdout + finished.stderr


def test_every_paper_gets_exactly_its_pictures_whatever_goes_wrong() -> None:
    code, output = run("--seeds", str(SEEDS), "--trace")
    assert code == 0, output
    assert f"{SEEDS} seeds from 0 hold" in output


# The first seeds that notice them are 3 and 27.
@pytest.mark.parametrize(("bug", "start"), [("let_go_early", 0), ("stored_in_hope", 20)])
def test_a_bug_put_in_on_purpose_is_caught(bug: str, start: int) -> None:
    code, output = run("--bug", bug, "--start", str(start), "--seeds", "100")
    assert code == 1, output
    assert "failed: " in output
