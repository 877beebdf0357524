"""Runs with pictures hold, and notice bugs. By hand: ``python -m tests.simulation.pictures --seeds 300``."""

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT
from tests.simulation.picture_bugs import BUGS

SEEDS, PARTS = 200, 2


def run(*options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.simulation.pictures", *options]
    finished = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=False
    )
    return finished.returncode, finished.stdout + finished.stderr


@pytest.mark.parametrize("part", range(PARTS))
def test_every_claim_gets_exactly_its_pictures_whatever_goes_wrong(part: int) -> None:
    share = SEEDS // PARTS
    code, output = run("--start", str(part * share), "--seeds", str(share), "--trace")
    assert code == 0, output
    assert f"{share} seeds from {part * share} hold" in output


@pytest.mark.parametrize("bug", sorted(set(BUGS) - {""}))
def test_a_bug_put_in_on_purpose_is_caught(bug: str) -> None:
    code, output = run("--bug", bug, "--seeds", "100")
    assert code == 1, output
    assert "failed: " in output
