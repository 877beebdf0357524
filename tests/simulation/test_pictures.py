"""Runs with pictures hold, and notice bugs. By hand: ``python -m tests.simulation.pictures --seeds 300``."""

import os
import re
import subprocess
import sys

import pytest

from tests.servers import ROOT
from tests.simulation.picture_bugs import BUGS

SEEDS, PARTS = 200, 2
KNOWN = sorted(set(BUGS) - {""})


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


@pytest.fixture(scope="module")
def with_bugs() -> str:
    """What is said of each bug."""
    code, output = run(*(f"--bug={bug}" for bug in KNOWN), "--seeds", "100")
    assert code == 1, output
    return output


@pytest.mark.parametrize("bug", KNOWN)
def test_a_bug_put_in_on_purpose_is_caught(bug: str, with_bugs: str) -> None:
    assert re.search(rf"with {bug}: seed \d+ failed: ", with_bugs), with_bugs
