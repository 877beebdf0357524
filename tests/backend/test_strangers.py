"""Schemathesis throws what it can make of the OpenAPI document at a running server: no 5xx."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.settings import Settings
from tests.backend.test_serving import populate
from tests.servers import Served, clean_environ

SECONDS = int(os.environ.get("STRANGERS_SECONDS", "30"))
# The first never ends by itself; the others would end the session the run goes on with, and have tests of their own.
_LEFT_OUT = ("/api/sync/live", "/api/session$", "/api/sessions$", "/api/session/password")


def strangers(url: str, folder: Path, *options: str) -> str:
    """Runs schemathesis; returns what it said, and fails the test when it found something."""
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{url}/api/openapi.json",
            "--checks=not_a_server_error",
            "--phases=examples,coverage,fuzzing",
            f"--max-time={SECONDS}",
            "--request-timeout=20",
            "--seed=1",
            "--generation-database=none",
            "--warnings=off",
            "--no-color",
            *options,
        ],
        cwd=folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=SECONDS + 120,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    return said


def test_no_stranger_finds_a_5xx(serve: Callable[..., Served], settings: Settings, tmp_path: Path) -> None:
    world = populate(settings)
    served = serve({"QUDAO_LOG_LEVEL": "warning"})
    token = world.demo.tokens["hq"]
    options = [f"--exclude-path-regex={'|'.join(_LEFT_OUT)}", "-H", f"Authorization: Bearer {token}"]
    said = strangers(served.url, tmp_path, *options)
    found = re.search(r"(\d+) generated", said)
    assert found, said[-3000:]
    assert int(found[1]) > 100
    faults = [line for line in served.log if '"level": "error"' in line]
    assert faults == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_stranger_without_a_session_does(serve: Callable[..., Served], settings: Settings, tmp_path: Path) -> None:
    populate(settings)
    served = serve({"QUDAO_LOG_LEVEL": "warning"})
    strangers(served.url, tmp_path, "--exclude-path=/api/sync/live")
    assert [line for line in served.log if '"level": "error"' in line] == []
