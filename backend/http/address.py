"""Where people reach us, for what carries our address out of the app: a certificate's link, a contact for push."""

from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Request

from backend.settings import Settings

log = structlog.get_logger("qudao.http")
_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}
_TOLD = "public_address_told"


def public_address(request: Request[Any, Any, Any]) -> str:
    """``https://host[:port]`` as the settings have it. Without that what the request names as its host, which whoever
    sends it may choose: that is told once in a process, unless it is this machine."""
    settings: Settings = request.app.state.settings
    if settings.public_url:
        return settings.public_url
    named = str(request.base_url).rstrip("/")
    if urlsplit(named).hostname not in _OWN_MACHINE and not request.app.state.get(_TOLD):
        request.app.state[_TOLD] = True
        log.warning("our address is not set, taken from a request: set QUDAO_PUBLIC_URL", address=named)
    return named
