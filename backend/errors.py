"""Problems as RFC 9457 ``application/problem+json`` with a stable ``code``, for every way a request can fail.

    Problem                 an answer other than success, raised anywhere below a route
    ├ Unauthenticated  401  unauthenticated
    ├ Forbidden        403  forbidden
    ├ NotFound         404  not_found
    ├ Conflict         409  conflict
    ├ TooLarge         413  too_large
    ├ Invalid          422  invalid, with ``errors``: [{field, message}]
    ├ TooMany          429  too_many_requests, with Retry-After
    └ Unavailable      503  unavailable, with Retry-After

What Litestar and SQLAlchemy raise is translated in ``problem_of``; anything unknown becomes 500 ``internal`` and
is logged with its traceback under the request's id, which is all the client is told.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from backend.database import is_contention
from backend.http.asgi import Scope, Send
from backend.sync.commands import Refused
from backend.wrong_values import what_and_where

log = structlog.get_logger("qudao.errors")
REQUEST_ID = "qudao_request_id"
RETRY_SECONDS = 2
_TOLD = 200


# tus names a status of its own.
_PHRASES = {**{status.value: status.phrase for status in HTTPStatus}, 460: "Checksum Mismatch"}


class FieldError(msgspec.Struct, frozen=True):
    """``field`` is the path in what was sent, e.g. ``mutations[0].id``; empty = the whole."""

    field: str
    message: str


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is no success. ``code`` is stable; ``detail`` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = ""
    params: dict[str, Any] = {}
    errors: tuple[FieldError, ...] = ()
    request_id: str = ""


class Problem(Exception):
    """An answer other than success; ``params`` are the values its translation needs."""

    status = 500
    code = "internal"

    def __init__(
        self,
        code: str = "",
        detail: str = "",
        *,
        status: int = 0,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code or self.code, detail)
        self.status = status or self.status
        self.code = code or self.code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.params = params

    def body(self, request_id: str) -> ProblemBody:
        return ProblemBody(
            title=_PHRASES.get(self.status, "Refused"),
            status=self.status,
            code=self.code,
            detail=self.detail,
            params=self.params,
            errors=self.errors,
            request_id=request_id,
        )


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"

    def __init__(self, code: str = "", detail: str = "", **options: Any) -> None:
        super().__init__(code, detail, headers={"WWW-Authenticate": "Bearer"}, **options)


class Forbidden(Problem):
    status = 403
    code = "forbidden"


class NotFound(Problem):
    status = 404
    code = "not_found"


class Conflict(Problem):
    status = 409
    code = "conflict"


class TooLarge(Problem):
    status = 413
    code = "too_large"


class Invalid(Problem):
    status = 422
    code = "invalid"


class TooMany(Problem):
    status = 429
    code = "too_many_requests"

    def __init__(self, code: str = "", detail: str = "", *, retry_after: int, **options: Any) -> None:
        headers = {"Retry-After": str(retry_after)}
        super().__init__(code, detail, headers=headers, retry_after=retry_after, **options)


class Unavailable(Problem):
    status = 503
    code = "unavailable"

    def __init__(self, code: str = "", detail: str = "", *, retry_after: int = RETRY_SECONDS, **options: Any) -> None:
        super().__init__(code, detail, headers={"Retry-After": str(retry_after)}, **options)


_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    503: "unavailable",
}


def problem_of(error: BaseException) -> Problem:
    """The answer ``error`` stands for; 500 ``internal`` when nothing is known about it."""
    match error:
        case Problem():
            return error
        case Refused():
            return Conflict(error.code, **cast("dict[str, Any]", error.detail))
        case ValidationException():
            return Invalid(detail="Some fields are not valid.", errors=_field_errors(error))
        case HTTPException():
            return _http_problem(error)
        case msgspec.ValidationError():
            return Invalid(detail="Some fields are not valid.", errors=(_field_error(str(error)),))
        case UnicodeError():
            return Invalid("unstorable", "Some text cannot be stored.")
        case RecursionError() if "deserializing" in str(error):
            # msgspec's words, of a body that somebody sent.
            return Problem("bad_request", "The body is nested too deeply.", status=400)
    return _database_problem(error) or Problem(
        detail="Something failed on our side. The request id finds it in the log."
    )


def _database_problem(error: BaseException) -> Problem | None:
    if isinstance(error, IntegrityError):
        return Conflict(detail="This contradicts what is stored.")
    if isinstance(error, DBAPIError) and _is_unstorable(error):
        return Invalid("unstorable", "Some text or number cannot be stored.")
    if is_contention(error):
        return Unavailable("busy", "The database is busy. Try again soon.")
    return None


def _http_problem(error: HTTPException) -> Problem:
    status = error.status_code
    code = _CODES.get(status, "bad_request" if status < 500 else "internal")
    return Problem(code, error.detail if status < 500 else "", status=status, headers=error.headers)


def _is_unstorable(error: DBAPIError) -> bool:
    """NUL or half a surrogate pair in a text, a number out of range: PostgreSQL's class 22, and what its driver
    refuses to encode."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, DataError) or state.startswith("22")


def _field_errors(error: ValidationException) -> tuple[FieldError, ...]:
    extra = error.extra if isinstance(error.extra, list) else []
    found = [
        _field_error(str(item.get("message", "")), str(item.get("key", ""))) for item in extra if isinstance(item, dict)
    ]
    return tuple(found) or (_field_error(error.detail),)


def _field_error(message: str, key: str = "") -> FieldError:
    what, path = what_and_where(message)
    key = key.removeprefix("data.")
    # Both may repeat what was sent, megabytes of it.
    return FieldError(field=(path or ("" if key == "data" else key))[:_TOLD], message=what[:_TOLD])


def request_id_of(scope: Mapping[str, Any]) -> str:
    return str(scope.get(REQUEST_ID, ""))


def problem_response(problem: Problem, scope: Mapping[str, Any]) -> Response[bytes]:
    return Response(
        msgspec.json.encode(problem.body(request_id_of(scope))),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={**problem.headers, "Cache-Control": "no-store"},
    )


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's handler for every exception."""
    problem = _wrong_method(request) if isinstance(error, MethodNotAllowedException) else problem_of(error)
    if problem.status >= 500 and not isinstance(error, Problem):
        level = log.warning if problem.status == 503 else log.error
        level("request failed", code=problem.code, exc_info=error)
    return problem_response(problem, cast("Mapping[str, Any]", request.scope))


def _wrong_method(request: Request[Any, Any, Any]) -> Problem:
    """405 with what is allowed. Where only the phone app's catch-all answers, 404 tells more."""
    methods: set[str] = set()
    for route in request.app.routes:
        catches_all = any(getattr(part, "type", None) is Path for part in route.path_components)
        pattern = re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(route.path_format))
        if not catches_all and re.fullmatch(pattern, request.scope["path"].rstrip("/") or "/"):
            methods |= set(getattr(route, "methods", ()))
    if not methods and request.scope["path"].startswith("/api/"):
        return NotFound()
    allowed = {"Allow": ", ".join(sorted(methods or {"GET", "HEAD", "OPTIONS"}))}
    return Problem("method_not_allowed", "This method is not allowed here.", status=405, headers=allowed)


async def send_problem(problem: Problem, scope: Scope, send: Send) -> None:
    """The same from plain ASGI layers, which stand outside of Litestar's error handling."""
    start, body = _messages(problem, scope)
    await send(start)
    await send(body)


def _messages(problem: Problem, scope: Scope) -> tuple[dict[str, Any], dict[str, Any]]:
    content = msgspec.json.encode(problem.body(request_id_of(scope)))
    headers = {
        **problem.headers,
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
    }
    return (
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        },
        {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content, "more_body": False},
    )
