"""Who may come in: every route asks for a session unless it says ``opt={"public": True}``; ``requires`` asks for a
permission on top, and for sight of all the brand where that is what it opens. The token comes as ``Authorization:
Bearer`` or in the cookie; the header wins.
"""

from datetime import UTC, datetime
from typing import Any, cast

import structlog
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from backend.database import is_contention, transaction
from backend.errors import Forbidden, Unauthenticated
from backend.http.asgi import Scope
from backend.http.snapshots import begin_snapshot, end_snapshot
from backend.identity.service import Signed, authenticate, touch
from backend.sync.commands import Principal

log = structlog.get_logger("qudao.identity")
COOKIE = "qudao_session"
PUBLIC = "public"
PERMISSION = "permission"
WHOLE_BRAND = "whole_brand"
Connection = ASGIConnection[Any, Any, Any, Any]


def token_of(connection: Connection) -> str:
    """The session token that came with the request; empty when none did."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return connection.cookies.get(COOKIE, "")


async def require_session(connection: Connection, handler: BaseRouteHandler) -> None:
    """The application's guard: sets ``user`` (Principal) and ``auth`` (Signed), or answers 401."""
    if handler.opt.get(PUBLIC) or connection.scope["type"] != ScopeType.HTTP:
        return
    token = token_of(connection)
    if not token:
        raise Unauthenticated(detail="Sign in first.")
    state = connection.app.state
    scope = cast("Scope", connection.scope)
    now = datetime.now(UTC)
    goes_on = _reads_on(scope, handler)
    if goes_on:
        # Before the database is asked: on a thin line it may take a while, and a connection is not to wait for it.
        await cast("Request[Any, Any, Any]", connection).body()
    signed = await authenticate(begin_snapshot(scope, state.read_sessions), token, now, state.reach)
    if signed is None:
        raise Unauthenticated("session_ended", "The session has ended. Sign in again.")
    to_touch = signed.stale or bool(signed.anew)
    if to_touch or not goes_on:
        await end_snapshot(scope)
    if to_touch:
        await _keep_alive(state, signed, now)
    connection.scope["user"] = signed.principal
    connection.scope["auth"] = signed


def _reads_on(scope: Scope, handler: BaseRouteHandler) -> bool:
    """Whether the route goes on reading, so that it may have the guard's snapshot: a session of its own would cost
    it three round trips more."""
    asked = handler.parsed_fn_signature.parameters
    return "read_session" in asked or ("session" in asked and scope["method"] in {"GET", "HEAD"})


async def _keep_alive(state: Any, signed: Signed, now: datetime) -> None:
    try:
        async with transaction(state.sessions) as session:
            await touch(session, signed, now, state.settings.session_days)
    except Exception as error:
        if not is_contention(error):
            raise
        # The next request will do it.
        log.warning("session not touched", exc_info=error)


def requires(permission: str, *, whole_brand: bool = False) -> dict[str, Any]:
    """Keyword arguments for a route decorator: ``@get("/x", **requires("audit.see", whole_brand=True))``. They stand in
    ``opt`` too, where tests and the OpenAPI document read them. ``whole_brand``: only for who sees all of the brand,
    whatever else a role may do that the brand has made."""

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        principal: Principal = connection.scope["user"]
        if not principal.may(permission):
            raise Forbidden(detail="This needs a permission you do not have.", permission=permission)
        if whole_brand and principal.organisations is not None:
            raise Forbidden(detail="This is for who sees all of the brand.", permission=permission)

    guards: list[Guard] = [guard]
    return {"guards": guards, "opt": {PERMISSION: permission, WHOLE_BRAND: whole_brand}}


def provide_principal(request: Request[Principal, Signed, Any]) -> Principal:
    return request.user


def provide_signed(request: Request[Principal, Signed, Any]) -> Signed:
    return request.auth
