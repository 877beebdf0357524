"""Files looked into by processes apart: the same answers, and what a file does to its process is its own end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media import apart
from media.apart import Apart
from media.examining import Finding, examine
from tests.media.conftest import photo


@pytest.fixture
async def decoders() -> AsyncIterator[Apart]:
    made = Apart()
    yield made
    made.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture"
    path.write_bytes(photo(640, 480))
    return path


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def pids(decoders: Apart) -> list[int]:
    return [child.process.pid for child in decoders._idle]


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    """In place of the process's own ``examine``, by a module that lies in front of ours."""
    (tmp_path / "sitecustomize.py").write_text(f"import os, signal, sys\nimport media.examining as real\n{body}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def test_the_answer_is_that_of_a_thread(decoders: Apart, picture: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(photo(640, 480)[:900])
    for number, path in enumerate((picture, broken)):
        there, here = folder(tmp_path, f"there{number}"), folder(tmp_path, f"here{number}")
        found, known = await decoders.examine(path, there), examine(path, here)
        assert (found.content_type, found.refused, found.width, found.height, found.exif, found.look) == (
            known.content_type, known.refused, known.width, known.height, known.exif, known.look,
        )  # fmt: skip
        assert {name: made.read_bytes() for name, made in found.files.items()} == {
            name: made.read_bytes() for name, made in known.files.items()
        }
    assert len(pids(decoders)) == 1


async def test_two_at_once_are_two_processes_and_idle_ones_go(
    decoders: Apart, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(decoders.examine(picture, folder(tmp_path, name)) for name in "ab"))
    idle = [child.process for child in decoders._idle]
    monkeypatch.setattr(apart, "_IDLE_SECONDS", 0.05)
    await decoders.examine(picture, folder(tmp_path, "c"))
    async with asyncio.timeout(10):
        while decoders._idle:
            await asyncio.sleep(0.01)
    assert len(idle) == 2
    assert all(process.returncode is not None for process in idle)


async def test_a_process_that_was_killed_costs_nobody_an_answer(decoders: Apart, picture: Path, tmp_path: Path) -> None:
    await decoders.examine(picture, folder(tmp_path, "a"))
    (pid,) = pids(decoders)
    os.kill(pid, signal.SIGKILL)
    assert (await decoders.examine(picture, folder(tmp_path, "b"))).width == 640
    assert pids(decoders) != [pid]


@pytest.mark.parametrize(
    "body",
    [
        "def examine(path, folder): os.kill(os.getpid(), signal.SIGSEGV)\nreal.examine = examine",
        "def examine(path, folder):\n    while True: pass\nreal.examine = examine",
    ],
    ids=["crash", "endless"],
)
async def test_a_file_that_its_process_dies_of_is_refused(
    body: str, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, body)
    decoders = Apart(processor_seconds=1)
    found = await decoders.examine(picture, tmp_path)
    assert (found.refused, found.content_type) == ("media_damaged", "image/jpeg")
    decoders.close()


async def test_memory_has_a_bound(picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that asks for more is told that there is none; where it takes that well, so does the file."""
    stand_in(
        monkeypatch,
        tmp_path,
        "def _picture(path, content_type, folder): return bytearray(1 << 30)\nreal._picture = _picture",
    )
    decoders = Apart(memory=512 << 20)
    assert (await decoders.examine(picture, tmp_path)).refused == "media_damaged"
    decoders.close()


async def test_a_process_that_somebody_ends_says_nothing_of_the_file(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(
        monkeypatch,
        tmp_path,
        "def examine(path, folder): os.kill(os.getpid(), signal.SIGKILL)\nreal.examine = examine",
    )
    decoders = Apart()
    with pytest.raises(OSError, match="ended"):
        await decoders.examine(picture, tmp_path)
    decoders.close()


async def test_a_fault_of_the_machine_is_one_here_too(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "def examine(path, folder): raise OSError('no space left')\nreal.examine = examine")
    decoders = Apart()
    with pytest.raises(OSError, match="no space left"):
        await decoders.examine(picture, tmp_path)
    decoders.close()


async def test_it_sees_no_secret(picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(
        monkeypatch,
        tmp_path,
        "def examine(path, folder): return real.Finding(','.join(sorted(os.environ)))\nreal.examine = examine",
    )
    monkeypatch.setenv("QUDAO_DATABASE_PASSWORD", "hush")
    decoders = Apart()
    found = await decoders.examine(picture, tmp_path)
    assert "QUDAO" not in found.content_type
    assert isinstance(found, Finding)
    decoders.close()
