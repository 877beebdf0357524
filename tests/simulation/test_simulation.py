"""The simulation holds for its seeds, notices bugs, and runs the same way twice. By hand, with any number of seeds:
``python -m tests.simulation --seeds 10000 --start 0``."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from tests.scenes import Templates
from tests.servers import PostgreSQL
from tests.simulation.bugs import BUGS
from tests.simulation.postgres import PostgresHost
from tests.simulation.run import Run

ROOT = Path(__file__).parent.parent.parent
SEEDS, PARTS, POSTGRESQL_SEEDS = 2000, 4, 20
KNOWN = sorted(set(BUGS) - {""})
pytestmark = pytest.mark.timeout(1800)


def start(*options: str) -> subprocess.Popen[str]:
    """A process of its own: the order of sets is part of a run, and so is the hash seed."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate()
    return process.returncode, output


@pytest.mark.parametrize("part", range(PARTS))
def test_seeds_hold(part: int) -> None:
    share = SEEDS // PARTS
    code, output = finish(start("--start", str(part * share), "--seeds", str(share), "--trace"))
    assert code == 0, output
    assert f"{share} seeds from {part * share} hold" in output


@pytest.fixture(scope="module")
def with_bugs() -> str:
    """What is said of each bug: by one process, which takes longer to begin than most bugs take to show."""
    code, output = finish(start(*(f"--bug={bug}" for bug in KNOWN), "--seeds", "200"))
    assert code == 1, output
    return output


@pytest.mark.parametrize("bug", KNOWN)
def test_a_bug_put_in_on_purpose_is_caught(bug: str, with_bugs: str) -> None:
    said = rf"with {bug}: seed \d+ failed: .+\nagain: python -m tests.simulation --start \d+ .*--bug {bug}"
    assert re.search(said, with_bugs), with_bugs


def test_a_bug_is_gone_when_its_run_is_over() -> None:
    """It is put in for pushes that overlap; what stayed of it would be caught in the place of those that follow."""
    _, output = finish(start("--bug=receipt_apart", "--bug=", "--seeds", "6"))
    assert output.splitlines()[-1].startswith("6 seeds from 0 hold"), output


def test_a_seed_runs_the_same_way_each_time() -> None:
    runs = [start("--start", "41", "--seeds", "3") for _ in range(2)]
    prints = [re.search(r"fingerprint (\w+)", finish(run)[1]) for run in runs]
    assert prints[0]
    assert prints[1]
    assert prints[0][1] == prints[1][1]


def test_seeds_hold_on_postgresql(postgresql: PostgreSQL, postgresql_templates: Templates, tmp_path: Path) -> None:
    logging = structlog.get_config()
    try:
        host = PostgresHost(tmp_path, postgresql, postgresql_templates["tables"].place)
        for seed in range(POSTGRESQL_SEEDS):
            Run(host, seed).go()
    finally:
        structlog.configure(**logging)
