"""Types of the plain ASGI layers around Litestar."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_HEAD = "qudao_head"


def header(scope: Scope, name: bytes) -> bytes:
    """The first value of a header, its name in lower case; empty when it is not there."""
    return next((value for key, value in scope["headers"] if key == name), b"")


class HeadAsGet:
    """Answers HEAD as GET without a body, which Litestar leaves to every route."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def pass_on(message: Message) -> None:
            # The server below counts the body against Content-Length, but for what it knows to be a HEAD.
            scope["method"] = "HEAD"
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        scope[_HEAD] = True
        try:
            await self.app(scope, receive, pass_on)
        finally:
            scope["method"] = "HEAD"


def is_head(scope: Scope) -> bool:
    """Whether the body of the answer is thrown away: worth knowing before a large one is read."""
    return _HEAD in scope


class MethodOverride:
    """Takes ``X-HTTP-Method-Override`` of a POST for its method, as tus wants it, below ``prefix``: some networks let
    no PATCH or DELETE through."""

    def __init__(self, app: App, prefix: str = "/api/media/uploads/") -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(self.prefix):
            asked = header(scope, b"x-http-method-override").decode("latin1").upper()
            if asked in ("PATCH", "DELETE"):
                scope["method"] = asked
        await self.app(scope, receive, send)
