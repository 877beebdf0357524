"""Security headers on every answer, and the refusal of requests another site makes a browser send."""

from urllib.parse import urlsplit

from backend.errors import Forbidden, send_problem
from backend.http.asgi import App, Message, Receive, Scope, Send

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(self), geolocation=(self), microphone=()",
    b"x-frame-options": b"DENY",
    # Answers of the API are never pages. The shell's pages bring their own policy.
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    # Who may read an answer may do so now. What is worth keeping, pictures and the shell, says so itself.
    b"cache-control": b"no-store",
}
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


class SecurityHeaders:
    """Adds what is not there yet."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = dict([*_HEADERS.items(), *([_HTTPS_ONLY] if scope["scheme"] == "https" else [])])

        async def pass_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                message["headers"] = headers + [item for item in wanted.items() if item[0] not in present]
            await send(message)

        await self.app(scope, receive, pass_on)


def is_cross_origin(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser sent this for another site, by the rules of Go's ``http.CrossOriginProtection``:
    ``Sec-Fetch-Site`` decides; without it ``Origin`` must name our host; without both it is no browser."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")
    origin = headers.get(b"origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get(b"host", b"").lower()
    except ValueError:
        return True


class CrossOriginGuard:
    """Refuses unsafe cross-origin requests. A bearer token needs no such guard: no browser adds it by itself."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            headers = dict(scope["headers"])
            bears = headers.get(b"authorization", b"").lower().startswith(b"bearer ")
            if not bears and is_cross_origin(headers):
                await send_problem(Forbidden("cross_origin", "Sent from another site."), scope, send)
                return
        await self.app(scope, receive, send)
