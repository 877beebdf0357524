"""``qudao serve`` as a process: ready, stopped, killed, misconfigured."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from backend.database import make_engine, make_sessions, transaction
from backend.migrations import running
from backend.settings import Settings
from tests.media.conftest import Sender, photo
from tests.people import PASSWORD, World, make_world, sign_in_directly
from tests.servers import ROOT, Served, clean_environ

Serve = Callable[..., Served]
# What loads when it is first used: each took up to a tenth of a second of every start.
LATE = {"aiohttp", "av", "minio", "openpyxl", "pypinyin", "pywebpush", "reportlab", "zxcvbn"}


def populate(settings: Settings) -> World:
    """Two brands, written by this process."""

    async def run() -> World:
        engine = make_engine(settings.database_url)
        world = await make_world(make_sessions(engine))
        await engine.dispose()
        return world

    return asyncio.run(run())


def qudao(*arguments: str, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        cwd=ROOT,
        env=clean_environ() | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_ready_then_stopped_cleanly(serve: Serve) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        served = serve({"PYTHONPROFILEIMPORTTIME": "1"})
        assert f"ready {served.url}" in served.log
        loaded = {line.rpartition("|")[2].strip() for line in served.log if line.startswith("import time:")}
        assert "litestar" in loaded
        assert loaded.isdisjoint(LATE)
        assert httpx.get(f"{served.url}/api/health").json()["status"] == "ok"
        assert served.process
        served.process.send_signal(number)
        assert served.process.wait(15) in (0, -number)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{served.url}/api/health")
        assert not any("Traceback" in line for line in served.log)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("workers", [1, 2])
def test_an_open_stream_ends_with_the_server(serve: Serve, settings: Settings, workers: int) -> None:
    """By itself, not cut off: that is a traceback a stream in the log, of each app that is open."""
    world = populate(settings)
    served = serve({}, "--workers", str(workers))
    headers = world.demo.bearer("rep")
    with httpx.stream("GET", f"{served.url}/api/sync/live", headers=headers, timeout=30) as stream:
        assert stream.status_code == 200
        chunks = stream.iter_raw()
        next(chunks)
        before = time.monotonic()
        served.stop()
        assert time.monotonic() - before < 10
        assert list(chunks) == []
    assert not any("Traceback" in line for line in served.log)


def test_what_was_answered_survives_kill_9(serve: Serve, settings: Settings) -> None:
    """Sessions opened with 201 hold after a crash in the middle of many."""
    world = populate(settings)
    served = serve()
    answered: list[str] = []

    def keep_signing_in() -> None:
        body = {"login": "rep@demo", "password": PASSWORD}
        with httpx.Client() as client:
            for _ in range(200):
                try:
                    answer = client.post(f"{served.url}/api/session", json=body)
                except httpx.TransportError:
                    return
                assert answer.status_code == 201
                answered.append(answer.json()["token"])

    threads = [threading.Thread(target=keep_signing_in) for _ in range(3)]
    for thread in threads:
        thread.start()
    while len(answered) < 10:
        time.sleep(0.01)
    served.kill()
    for thread in threads:
        thread.join()
    served.start()
    for token in answered:
        answer = httpx.get(f"{served.url}/api/session", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
    assert world


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_files_are_looked_into_by_a_process_apart(serve: Serve, settings: Settings) -> None:
    world = populate(settings)
    served = serve()

    async def send(seed: int) -> str:
        async with httpx.AsyncClient(base_url=served.url, timeout=60) as client:
            sender = Sender(client, world.demo.bearer("shop"))
            return str((await sender.view(await sender.send(photo(seed=seed))))["status"])

    assert asyncio.run(send(1)) == "stored"
    assert served.process
    (first,) = _children(served.process.pid)
    assert b"media.apart" in Path(f"/proc/{first}/cmdline").read_bytes()
    # As the kernel does where memory runs out: nobody but that process ends.
    os.kill(first, signal.SIGKILL)
    assert asyncio.run(send(2)) == "stored"
    (second,) = _children(served.process.pid)
    assert second != first
    served.kill()
    # Nor does one stay behind.
    deadline = time.monotonic() + 10
    while Path(f"/proc/{second}/cmdline").exists() and Path(f"/proc/{second}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    return [int(each) for task in Path(f"/proc/{pid}/task").glob("*/children") for each in task.read_text().split()]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_several_workers_share_port_and_metrics(serve: Serve, settings: Settings) -> None:
    world = populate(settings)
    served = serve(None, "--workers", "2")
    for _ in range(20):
        # A connection each, so that both workers get some.
        assert httpx.get(f"{served.url}/api/session", headers=world.demo.bearer("rep")).status_code == 200
    lines = httpx.get(f"{served.url}/metrics").text.splitlines()
    assert 'qudao_http_requests_total{method="GET",route="/api/session",status="200"} 20.0' in lines
    served.stop()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_a_dead_worker_had_open_is_counted_no_more(serve: Serve, tmp_path: Path) -> None:
    def workers() -> set[int]:
        return {int(each.stem.rpartition("_")[2]) for each in tmp_path.glob("qudao-metrics-*/gauge_livesum_*.db")}

    served = serve({"TMPDIR": str(tmp_path)}, "--workers", "2")
    until = time.monotonic() + 60
    while len(workers()) < 2:
        assert time.monotonic() < until
        time.sleep(0.1)
    dead = min(workers())
    os.kill(dead, signal.SIGKILL)
    # One that dies while it is being asked whether it lives is given its 60 s to answer.
    until = time.monotonic() + 180
    while dead in workers() or len(workers()) < 2:
        assert time.monotonic() < until
        time.sleep(0.1)
    served.stop()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_several_workers_on_sqlite_are_refused(environ: dict[str, str]) -> None:
    done = qudao("serve", "--workers", "2", environ=environ)
    assert done.returncode == 2
    assert "--workers above 1 needs PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_only_a_trusted_proxy_is_believed(serve: Serve, settings: Settings) -> None:
    world = populate(settings)
    forwarded = {"X-Forwarded-For": "192.0.2.77", "X-Forwarded-Proto": "https"}
    body = {"login": "hq@demo", "password": PASSWORD}
    for trusted, believed in (("", False), ("127.0.0.1", True)):
        served = serve({"QUDAO_TRUSTED_PROXIES": trusted})
        answer = httpx.post(f"{served.url}/api/session", json=body, headers=forwarded)
        assert ("secure" in answer.headers["set-cookie"].lower()) is believed
        entry = httpx.get(f"{served.url}/api/audit?limit=1", headers=world.demo.bearer("hq")).json()[0]
        assert entry["address"] == ("192.0.2.77" if believed else "127.0.0.1")
        httpx.get(f"{served.url}/api/health", headers=forwarded)
        served.stop()
        warnings = [line for line in served.log if "QUDAO_TRUSTED_PROXIES" in line]
        assert len(warnings) == (0 if believed else 1)
        assert all("127.0.0.1" in line and "warning" in line for line in warnings)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_taken_port_is_told(serve: Serve, environ: dict[str, str]) -> None:
    served = serve()
    done = qudao("serve", environ=environ | {"PORT": str(served.port)})
    assert done.returncode == 2
    assert f"PORT: cannot listen on 127.0.0.1:{served.port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_wrong_settings_are_told(environ: dict[str, str]) -> None:
    done = qudao("serve", environ=environ | {"PORT": "http", "QUDAO_LOG_LEVEL": "loud"})
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "qudao: wrong settings",
        "  PORT: is 'http', must be a whole number from 0 to 65535",
        "  QUDAO_LOG_LEVEL: is 'loud', must be one of debug, info, warning, error",
    ]


def test_a_second_server_on_one_file_says_so(tmp_path: Path) -> None:
    environ = {"QUDAO_DATA": str(tmp_path / "data"), "PORT": "0"}
    served = Served(environ, options=("--migrate",))
    served.start()
    try:
        done = qudao("serve", environ=environ)
    finally:
        served.kill()
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert line.startswith(f"Error: another server works with {tmp_path / 'data'}")
    assert "Traceback" not in done.stderr
    # One that was killed keeps nobody out.
    served.start()
    assert served.stop() == 0


def test_a_database_that_another_process_writes_to_is_told(tmp_path: Path) -> None:
    environ = {"QUDAO_DATA": str(tmp_path)}
    assert qudao("migrate", environ=environ).returncode == 0
    with closing(sqlite3.connect(tmp_path / "qudao.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = qudao("demo", environ=environ)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("qudao: another process is writing to the database")


def test_an_empty_database_is_refused_unless_migrated(tmp_path: Path) -> None:
    environ = {"QUDAO_DATA": str(tmp_path / "fresh"), "PORT": "0"}
    done = qudao("serve", environ=environ)
    assert done.returncode == 1
    assert "run `qudao migrate` first" in done.stderr
    served = Served(environ, options=("--migrate",))
    served.start()
    assert served.stop() == 0
    database = tmp_path / "fresh" / "qudao.sqlite3"
    assert database.exists()
    # A new version brings its rights, as `qudao migrate` does: else nobody could do what is new in it.
    asyncio.run(running.downgrade(f"sqlite+aiosqlite:///{database}", "-1"))
    served.start()
    assert served.stop() == 0
    assert any(line.startswith("roles brought up to date") for line in served.log)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_phone_app_is_served_where_it_was_built(serve: Serve, tmp_path: Path, settings: Settings) -> None:
    shell = tmp_path / "shell"
    (shell / "assets").mkdir(parents=True)
    (shell / "index.html").write_text("<!doctype html><title>Qudao</title>")
    (shell / "assets" / "app.0123.js").write_text("1")
    served = serve({"QUDAO_SHELL": str(shell)})
    for path in ("/", "/orders/123"):
        page = httpx.get(served.url + path)
        assert page.status_code == 200
        assert "Qudao" in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert "immutable" in httpx.get(f"{served.url}/assets/app.0123.js").headers["cache-control"]
    assert httpx.get(f"{served.url}/assets/none.js").status_code == 404
    answer = httpx.get(f"{served.url}/api/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = httpx.post(f"{served.url}/api/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = httpx.post(f"{served.url}/orders")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert settings


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_worker_does_its_round(environ: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    async def expire() -> None:
        engine = make_engine(settings.database_url)
        sessions = make_sessions(engine)
        world = await make_world(sessions)
        async with transaction(sessions) as session:
            sign_in_directly(session, world.demo.users["rep"], datetime(2020, 1, 1, tzinfo=UTC))
        await engine.dispose()

    asyncio.run(expire())
    assert qudao("worker", "--check", environ=environ).returncode == 1
    done = qudao("worker", "--once", environ=environ)
    assert done.returncode == 0, done.stderr
    assert '"duty": "expired_sessions"' in done.stderr
    assert qudao("worker", "--check", environ=environ).returncode == 0
    assert "qudao_housekeeping_rows_total" in (tmp_path / "data" / "worker.prom").read_text()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_worker_ends_on_a_signal(environ: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "backend.cli", "worker", "--interval", "1"],
        cwd=ROOT,
        env=clean_environ() | environ,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        health = Path(environ["QUDAO_DATA"]) / "worker.health"
        until = time.monotonic() + 30
        while not health.exists() and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
