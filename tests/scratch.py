"""Where tests write. In memory where there is plenty: tests make thousands of databases and browser profiles, and on a
disk they wait for it longer than they compute. No test pulls the plug, so that what is durable for them stays so."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 12 << 30  # bytes; a whole run writes a third of that
PREFIX = "qudao-tests-"


def use_memory() -> Path | None:
    """From here on temporary files of this process and its children are in memory; the folder, None where there is too
    little room and they stay where they were."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or min(_free(), _available()) < ROOM:
        return None
    _forget_the_dead()
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=MEMORY)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    return Path(folder)


def _free() -> int:
    return shutil.disk_usage(MEMORY).free


def _available() -> int:
    """Bytes this process may still take, by what the machine has and what its container was given."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    machine = int(lines["MemAvailable"].split()[0]) << 10
    limit = Path("/sys/fs/cgroup/memory.max")
    given = limit.read_text(encoding="ascii").strip() if limit.exists() else "max"
    return machine if given == "max" else min(machine, int(given))


def _forget_the_dead() -> None:
    """What a run that was killed left behind."""
    for folder in MEMORY.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
