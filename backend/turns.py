"""Long work on many things, in turns with everybody else.

A server has one thread for all requests. A table of 20,000 products keeps it busy for seconds, in which nobody else
would be answered.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")
TURN_SECONDS = 0.02


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The items; between two of them others are served, whenever a turn has lasted ``TURN_SECONDS``."""
    began = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - began >= TURN_SECONDS:
            await asyncio.sleep(0)
            began = time.perf_counter()
