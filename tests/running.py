"""The demo, served for real: what ``make run`` serves, on a free port and in a folder of its own."""

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ROOT, Served, clean_environ, free_port


def qudao(*arguments: str, data: Path, **environ: str) -> str:
    """Run the command line on ``data``; returns what it printed."""
    finished = subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        cwd=ROOT,
        env=clean_environ() | {"QUDAO_DATA": str(data)} | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"qudao {' '.join(arguments)}:\n{finished.stdout}\n{finished.stderr}")
    return finished.stdout


def _shared() -> Path:
    """Where the demo of this run is; the processes of one run share it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir(), f"qudao-demo-{run}")


@functools.cache
def demo_template() -> Path:
    """A data folder with the demo, made once per run."""
    folder = _shared()
    folder.mkdir(exist_ok=True)
    data = folder / "data"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            qudao("migrate", data=data)
            (folder / "made").write_text(qudao("demo", data=data), encoding="utf-8")
    return data


def demo_told() -> str:
    """What ``qudao demo`` said when it made the demo of this run."""
    return (demo_template().parent / "made").read_text(encoding="utf-8")


def forget_demo() -> None:
    shutil.rmtree(_shared(), ignore_errors=True)


@contextmanager
def demo_server(
    data: Path | None = None, *, template: Path | None = None, port: int = 0, **environ: str
) -> Iterator[Served]:
    """Qudao serving a copy of the demo (of ``template``), or ``data``, which is then kept. ``port`` 0: a free one."""
    with tempfile.TemporaryDirectory(prefix="qudao-served-", ignore_cleanup_errors=True) as folder:
        if data is None:
            data = Path(folder, "data")
            shutil.copytree(template or demo_template(), data)
        served = Served({"QUDAO_DATA": str(data), **environ}, port=port or free_port())
        served.start()
        try:
            yield served
        finally:
            served.stop()
