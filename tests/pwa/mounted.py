"""Mounts a root over a port for the length of a ``with``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pwa.runtime import MemoryPort, run


@asynccontextmanager
async def mounted(root: Callable[[], Any], port: MemoryPort, **options: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(run(root, port, **options))
    await port.settle()
    try:
        yield
    finally:
        port.post(None)
        await asyncio.wait_for(task, 60)
