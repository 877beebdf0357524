"""Files are looked into by processes apart: a decoder that crashes, or takes all memory, on a stranger's file ends its
own process and not the server's.

A process is started when a file comes and none is idle, and ends when it had nothing to do for a while. It has bounds
of memory and of processor time, no secret in its environment, and reads one line for each file: the names of the file
and of the folder for what is made of it. Its answer is a line too, a ``Finding`` or why this machine could not tell.
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

from media.content import content_type_in
from media.evidence import Exif
from media.examining import Finding, examine

# What the largest picture we take needs, several times over: decoders of HEIC and video reserve more than they use.
MEMORY = 2 << 30
# A photo takes one, the longest video some ten.
PROCESSOR_SECONDS = 120
# By the clock, on a machine however busy: the processor's time is judged, not this.
_LONGEST = 600.0
_IDLE_SECONDS = 60.0
# A process that looked into so many gives back what it may have kept of them.
_FILES_EACH = 200
_PASSED_ON = ("LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "TZ")
# How a decoder dies of a file; killed otherwise, or gone, it says nothing of it.
_CRASHES = {
    signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGXCPU
}  # fmt: skip


class Decoders(Protocol):
    async def examine(self, path: Path, folder: Path) -> Finding:
        """As ``media.examining.examine``, while the loop goes on."""

    def close(self) -> None: ...


class InThreads:
    """``Decoders`` within this process: for tests, and where nobody strange sends files."""

    def __init__(self, at_once: int = 2, executor: Executor | None = None) -> None:
        self._threads = executor or ThreadPoolExecutor(at_once, "pictures")

    async def examine(self, path: Path, folder: Path) -> Finding:
        return await asyncio.get_running_loop().run_in_executor(self._threads, examine, path, folder)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Died(Exception):
    """The process ended before it answered. ``crashed``: of the file."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.crashed = code < 0 and -code in _CRASHES


class _Child:
    """``idle_since``: by the monotonic clock."""

    def __init__(self, limits: tuple[str, str]) -> None:
        # Not what lies where the server was started from.
        command = (sys.executable, "-P", "-m", "media.apart", *limits)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(  # noqa: S603 - our own program; what strangers send is no part of the command
            command, stdin=pipe, stdout=pipe, env=_surroundings(os.environ)
        )
        self.files = 0
        self.idle_since = 0.0

    def ask(self, question: bytes) -> bytes:
        """Raises ``Died``; the child is of no use any more."""
        self.files += 1
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        late = threading.Timer(_LONGEST, self.process.kill)
        late.start()
        try:
            self.process.stdin.write(question)
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:
            answer = b""
        finally:
            late.cancel()
        if not answer.endswith(b"\n"):
            # One that is about to end by itself tells why.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
            raise Died(self.end())
        return answer

    def end(self) -> int:
        """Returns the exit code, below 0 for a signal."""
        self.process.kill()
        with contextlib.suppress(OSError):
            # Also closes the pipes, with what nobody read.
            self.process.communicate()
        return self.process.wait()


class Apart:
    """``Decoders`` in processes, ``at_once`` of them at most."""

    def __init__(self, at_once: int = 2, memory: int = MEMORY, processor_seconds: int = PROCESSOR_SECONDS) -> None:
        self._limits = str(memory), str(processor_seconds)
        self._threads = ThreadPoolExecutor(at_once, "decoders")
        # Appending to a list and taking from it is one step each: threads share these.
        self._idle: list[_Child] = []
        self._closed = False

    async def examine(self, path: Path, folder: Path) -> Finding:
        """Raises ``OSError`` where it could not be found out. A file that a fresh process dies of too is refused."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._examine, path, folder)
        finally:
            loop.call_later(_IDLE_SECONDS * 1.1, self._let_go)

    def _examine(self, path: Path, folder: Path) -> Finding:
        question = json.dumps([str(path), str(folder)]).encode() + b"\n"
        # What a process dies of may be left of a file before.
        with contextlib.suppress(Died):
            return _finding(self._ask(question, self._take() or _Child(self._limits)), folder)
        try:
            return _finding(self._ask(question, _Child(self._limits)), folder)
        except Died as death:
            if death.crashed:
                return Finding(content_type_in(path), refused="media_damaged")
            raise OSError("the process that looks into files was ended") from death

    def _take(self) -> _Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.process.poll() is None:
                return child
            child.end()
        return None

    def _ask(self, question: bytes, child: _Child) -> bytes:
        answer = child.ask(question)
        child.idle_since = time.monotonic()
        self._idle.append(child)
        if child.files >= _FILES_EACH or self._closed:
            self._let_go(0.0)
        return answer

    def _let_go(self, idle_seconds: float | None = None) -> None:
        """End those that had nothing to do for so long."""
        before = time.monotonic() - (_IDLE_SECONDS if idle_seconds is None else idle_seconds)
        for child in [each for each in self._idle if each.idle_since <= before]:
            with contextlib.suppress(ValueError):
                self._idle.remove(child)
                child.end()

    def close(self) -> None:
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._let_go(0.0)


def _surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    # An arena a thread would be reserved, and counted, by each of a decoder's threads.
    return {name: environ[name] for name in _PASSED_ON if name in environ} | {"MALLOC_ARENA_MAX": "2"}


def _finding(answer: bytes, folder: Path) -> Finding:
    told: dict[str, Any] = json.loads(answer)
    if "fault" in told:
        raise OSError(told["fault"])
    files = {variant: folder / name for variant, name in told.pop("files").items()}
    exif = told.pop("exif")
    return Finding(**told, files=files, exif=Exif(**exif) if exif is not None else None)


def _told(finding: Finding) -> dict[str, Any]:
    names = {variant: path.name for variant, path in finding.files.items()}
    return asdict(replace(finding, files={})) | {"files": names}


def main(memory: int, processor_seconds: int) -> None:
    """The process itself: until its input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    _, hardest = resource.getrlimit(resource.RLIMIT_CPU)
    # What decoders print is no answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for question in sys.stdin.buffer:
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + processor_seconds, hardest))
        path, folder = map(Path, json.loads(question))
        try:
            told = _told(examine(path, folder))
        except OSError as error:
            told = {"fault": str(error)}
        answers.write(json.dumps(told).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C is the server's to hear.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(*map(int, sys.argv[1:]))
