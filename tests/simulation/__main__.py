"""``python -m tests.simulation --seeds 10000 --start 0``: runs, and the first seed that fails. A seed runs the same
way each time; ``--seeds 1 --start SEED --trace`` shows what happened in it."""

import argparse
import gc
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from tests.simulation.bugs import BUGS
from tests.simulation.checks import Wrong
from tests.simulation.entropy import seeded
from tests.simulation.run import Run, quiet
from tests.simulation.server import Host


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--start", type=int, default=0, help="the first of them")
    parser.add_argument("--bug", choices=sorted(BUGS), action="append", help="with bugs put in on purpose, in turn")
    parser.add_argument("--trace", action="store_true", help="print what happened in the seed that failed")
    parser.add_argument("--seconds", type=float, default=0, help="stop after so long")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets is part of a run.
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    return run(options)


def run(options: argparse.Namespace) -> int:
    quiet()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        with seeded(Random(0), lambda: 1_772_352_000_000):
            host = Host(Path(folder))
        # Runs leave cycles behind, and little else: looking for them all the time doubles the time.
        gc.collect()
        gc.freeze()
        gc.disable()
        held = [holds(host, bug, options) for bug in options.bug or [""]]
    return 0 if all(held) else 1


def holds(host: Host, bug: str, options: argparse.Namespace) -> bool:
    """Whether all seeds do; says so, or which does not."""
    began = time.monotonic()
    done, last = 0, ""
    for seed in range(options.start, options.start + options.seeds):
        problem, last = one(host, seed, bug, trace=options.trace)
        done += 1
        if done % 50 == 0:  # 4 MB each
            gc.collect()
        if problem:
            told, option = (f"with {bug}: ", f" --bug {bug}") if bug else ("", "")
            print(f"{told}seed {seed} failed: {problem}")
            print(f"again: python -m tests.simulation --start {seed} --seeds 1 --trace{option}")
            return False
        if options.seconds and time.monotonic() - began > options.seconds:
            break
    print(f"{done} seeds from {options.start} hold, {time.monotonic() - began:.0f} s; fingerprint {last}")
    return True


def one(host: Host, seed: int, bug: str, *, trace: bool) -> tuple[str, str]:
    """What is wrong, if anything, and the run's fingerprint."""
    attempt = Run(host, seed, hot=bool(bug))
    try:
        with BUGS[bug]():
            attempt.go()
    except Wrong as wrong:
        if trace:
            print("\n".join(attempt.trace))
            traceback.print_exception(wrong)
        return str(wrong) or repr(wrong), ""
    return "", attempt.fingerprint


if __name__ == "__main__":
    sys.exit(main())
