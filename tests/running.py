"""The demo, served for real: what ``make run`` serves, on a free port and in a folder of its own."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ROOT, Served, clean_environ


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


@functools.cache
def demo_template() -> Path:
    """A data folder with the demo, made once per test process (or given by QUDAO_TEST_DEMO)."""
    given = os.environ.get("QUDAO_TEST_DEMO")
    if given:
        return Path(given)
    data = Path(tempfile.mkdtemp(prefix="qudao-demo-")) / "data"
    qudao("migrate", data=data)
    qudao("demo", data=data)
    return data


@contextmanager
def demo_server(data: Path | None = None, **environ: str) -> Iterator[Served]:
    """Qudao serving a copy of the demo (or ``data``, which is then kept)."""
    with tempfile.TemporaryDirectory(prefix="qudao-served-", ignore_cleanup_errors=True) as folder:
        if data is None:
            data = Path(folder, "data")
            shutil.copytree(demo_template(), data)
        served = Served({"QUDAO_DATA": str(data), **environ})
        served.start()
        try:
            yield served
        finally:
            served.stop()
