"""Schemathesis throws what it can make of the OpenAPI document at a running server: no 5xx."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import pytest
import uvicorn
from litestar import Litestar, get
from litestar.params import QueryParameter

from backend.app import create_app
from backend.settings import Settings
from tests.backend.test_serving import populate
from tests.servers import Served, clean_environ, free_port, wait_for_port

SECONDS = int(os.environ.get("STRANGERS_SECONDS", "20"))
# The first never ends by itself; the others would end the session the run goes on with, and have tests of their own.
_LEFT_OUT = ("/api/sync/live", "/api/session$", "/api/sessions$", "/api/session/password")


def strangers(url: str, folder: Path, *options: str, seconds: int = SECONDS) -> str:
    """Runs schemathesis for at most ``seconds``; returns what it said, and fails the test when it found something."""
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{url}/api/openapi.json",
            "--checks=not_a_server_error",
            "--phases=examples,coverage,fuzzing",
            f"--max-time={seconds}",
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
        timeout=seconds + 120,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    return said


def many_strangers(url: str, folder: Path, *options: str, seconds: int = SECONDS) -> None:
    """Once more, and longer, where a machine with much else to do spent the time before the first request."""
    for allowed in (seconds, 4 * seconds):
        said = strangers(url, folder, *options, seconds=allowed)
        found = re.search(r"(\d+) generated", said)
        if found and int(found[1]) > 100:
            return
    pytest.fail(said[-3000:])


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_5xx_is_found(settings: Settings, tmp_path: Path) -> None:
    """The runs below can fail: a route that breaks on what its document allows."""

    @get("/api/fraction", opt={"public": True})
    async def fraction(part: Annotated[int, QueryParameter()]) -> float:
        return 1 / (0 if part > 1000 else 1)

    app = create_app(settings)
    app.register(fraction)
    with in_a_thread(app) as url, pytest.raises(AssertionError, match="Server error"):
        strangers(url, tmp_path, "--include-path=/api/fraction", "--max-failures=1", seconds=15)


@contextmanager
def in_a_thread(app: Litestar) -> Iterator[str]:
    """The app's address while it is served."""
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for_port(f"http://127.0.0.1:{server.config.port}")
    try:
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join()


def test_no_stranger_finds_a_5xx(serve: Callable[..., Served], settings: Settings, tmp_path: Path) -> None:
    world = populate(settings)
    served = serve({"QUDAO_LOG_LEVEL": "warning"})
    token = world.demo.tokens["hq"]
    options = [f"--exclude-path-regex={'|'.join(_LEFT_OUT)}", "-H", f"Authorization: Bearer {token}"]
    many_strangers(served.url, tmp_path, *options)
    faults = [line for line in served.log if '"level": "error"' in line]
    assert faults == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_stranger_without_a_session_does(serve: Callable[..., Served], settings: Settings, tmp_path: Path) -> None:
    populate(settings)
    served = serve({"QUDAO_LOG_LEVEL": "warning"})
    # Most routes ask who it is before anything else, so this needs less time.
    many_strangers(served.url, tmp_path, "--exclude-path=/api/sync/live", seconds=SECONDS // 3)
    assert [line for line in served.log if '"level": "error"' in line] == []
