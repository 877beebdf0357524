"""A proxy that nobody told us to trust: people then share its address, and cookies are not marked Secure."""

import structlog

from backend.http.asgi import App, Receive, Scope, Send, header

log = structlog.get_logger("qudao.http")


class ProxyWatch:
    """Warns once in a process when forwarded headers come in that the server did not believe."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.warned and scope["type"] == "http" and (address := _ignored(scope)):
            self.warned = True
            log.warning(
                "X-Forwarded headers of an untrusted address ignored: is it your proxy? Set QUDAO_TRUSTED_PROXIES",
                address=address,
            )
        await self.app(scope, receive, send)


def _ignored(scope: Scope) -> str:
    """The address whose headers were not believed; else empty. A believed proxy's address and scheme stand in
    ``scope`` already as it named them."""
    host = str((scope.get("client") or ("unknown",))[0])
    named = header(scope, b"x-forwarded-for").decode("latin1")
    scheme = header(scope, b"x-forwarded-proto").decode("latin1").strip()
    return host if (named and host not in named) or (scheme and scheme != scope["scheme"]) else ""
