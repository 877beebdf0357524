"""Event loops on virtual time: sleeping costs nothing, and one seed always runs the same way."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NoFiles:
    """Stands in for a selector: where the real one would wait, virtual time passes."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("deadlock: nobody will ever wake this loop")
        self._loop.now += timeout
        return []

    def close(self) -> None:
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """No files, no threads: everything in it must be plain coroutines."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = _NoFiles(self)

    def time(self) -> float:
        return self.now

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class RealIoLoop(asyncio.SelectorEventLoop):
    """Virtual time, but real sockets: while ``busy`` is above zero somebody waits for one, and time crawls, so that
    others may come in between."""

    def __init__(self) -> None:
        real = selectors.DefaultSelector()
        super().__init__(real)
        self.now = 0.0
        self.busy = 0
        select = real.select

        def wait(timeout: float | None) -> list[Any]:
            if timeout == 0:
                return list(select(0))
            if self.busy:
                events = select(0.002)
                self.now += min(0.02, timeout or 0.02)
                return list(events)
            events = select(0)
            if not events:
                if timeout is None:
                    return list(select(0.05))
                self.now += timeout
            return list(events)

        real.select = wait  # type: ignore[method-assign, assignment]  # its clock is ours

    def rest(self) -> None:
        self.busy -= 1

    def time(self) -> float:
        return self.now


def run(loop: asyncio.AbstractEventLoop, main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` on ``loop``, which is closed at the end."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        asyncio.set_event_loop(None)
        loop.close()
