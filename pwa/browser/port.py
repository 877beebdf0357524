"""The worker's end of the MessagePort to the page.

Messages are JSON text, one copy and no proxies to look after; but for bytes, which come as an object whose
``content`` and ``preview`` are the browser's own buffers: what is only kept need not pass through Python.
"""

import asyncio
import json
from typing import Any

from pyodide.ffi import create_proxy


class PagePort:
    """``shown`` is set with the first picture sent."""

    def __init__(self, js_port: Any) -> None:
        self._js_port = js_port
        self.shown = asyncio.Event()
        self._inbox: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        # Alive as long as the worker.
        self._proxy = create_proxy(self._arrived)
        js_port.onmessage = self._proxy

    def send(self, message: dict[str, Any]) -> None:
        self._js_port.postMessage(json.dumps(message, separators=(",", ":"), ensure_ascii=False))
        if not self.shown.is_set() and message.get("type") == "layout-update":
            self.shown.set()

    async def receive(self) -> dict[str, Any] | None:
        return await self._inbox.get()

    def _arrived(self, event: Any) -> None:
        data = event.data
        if isinstance(data, str):
            self._inbox.put_nowait(json.loads(data))
        else:
            names = ("type", "token", "content", "preview")
            self._inbox.put_nowait({name: getattr(data, name) for name in names})
