"""fetch as the engine's transport, the clock, and what tabs of one browser say to each other."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import js
from pyodide.ffi import JsException, create_proxy, to_js

from offline.exchange import of_ours
from offline.store import Response, Unreachable

TIMEOUT_MS = 60_000


class FetchTransport:
    """The session's cookie goes along; bodies of 1 KiB and more are packed.

    ``borrowed``: who uses the app was let in by the phone's own lock while the cookie is somebody else's. Nothing is
    sent then; the answer is the server's to a session that ended."""

    def __init__(self, *, borrowed: bool = False) -> None:
        self._borrowed = borrowed

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        if self._borrowed:
            return Response(401, b'{"code":"signed_out"}')
        packed = None if body is None else to_js(body)
        return await self._answer(js.qudaoNetwork.request(method, path, packed, TIMEOUT_MS))

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        patience_ms: int = TIMEOUT_MS,
    ) -> Response:
        """``offline.uploads.MediaTransport``: nothing is added or packed."""
        if self._borrowed:
            return Response(401, b'{"code":"signed_out"}')
        given = None if body is None else to_js(body)
        return await self._answer(js.qudaoNetwork.exchange(method, path, json.dumps(dict(headers)), given, patience_ms))

    async def _answer(self, asked: Any) -> Response:
        try:
            status, content, headers = await asked
        except JsException as error:
            raise Unreachable(str(error)) from error
        named = {str(name).lower(): str(value) for name, value in headers.to_py()}
        return of_ours(Response(int(status), content.to_bytes(), named))


class DeviceClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Tabs:
    """``changed``: stores were written; ``files``: those of pictures were; ``sync``: whoever leads, sync now;
    ``asked``: a person asks for it. Proxies live as long as the worker."""

    def __init__(self, **handlers: Callable[[], None]) -> None:
        self._handlers = handlers
        self._channel = js.qudaoNetwork.channel("qudao", create_proxy(self._arrived))
        self._telling: set[str] = set()

    def _arrived(self, kind: str) -> None:
        self._handlers.get(kind, lambda: None)()

    def changed(self) -> None:
        """Tell the other tabs, once for all that was written in this turn."""
        self._soon("changed")

    def files(self) -> None:
        self._soon("files")

    def _soon(self, kind: str) -> None:
        if kind not in self._telling:
            self._telling.add(kind)
            asyncio.get_running_loop().call_later(0.03, self._tell, kind)

    def sync(self) -> None:
        self._channel.postMessage("sync")

    def ask(self) -> None:
        self._channel.postMessage("asked")

    def _tell(self, kind: str) -> None:
        self._telling.discard(kind)
        self._channel.postMessage(kind)


def hasten() -> None:
    """Requests of sync and of files that are silent for long are given up now, not in a minute."""
    js.qudaoNetwork.hasten()


def listen_again() -> None:
    """After an outage: listen for hints now, not when the next try is due."""
    js.qudaoNetwork.listenAgain()


def listen_anew() -> None:
    """The server hints at more than it did when it was asked to."""
    js.qudaoNetwork.listenAnew()


def live_hints(hinted: Callable[[dict[str, int]], None], missed: Callable[[], None]) -> None:
    """Follow the server's hints; ``hinted`` gets {scope: seq}, ``missed`` is called when the server was lost for a
    while: what it hinted at meanwhile went by."""

    def arrived(text: str) -> None:
        try:
            message: Any = json.loads(text)
        except ValueError:
            return
        if isinstance(message, dict) and "scope" in message:
            message = {message["scope"]: message.get("seq")}
        if isinstance(message, dict):
            hinted({name: seq for name, seq in message.items() if isinstance(seq, int)})

    js.qudaoNetwork.live("/api/sync/live", create_proxy(arrived), create_proxy(missed))
