"""The outermost layer: every request has an id, one log line and its place in the metrics, 404s included."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from backend.errors import REQUEST_ID, Problem, problem_of, send_problem
from backend.http.asgi import App, Message, Receive, Scope, Send
from backend.http.origin import Origin, current_origin
from backend.observability.metrics import Metrics
from offline.ids import new_id

log = structlog.get_logger("qudao.requests")
_GIVEN_ID = re.compile(rb"^[A-Za-z0-9._-]{8,64}$")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


@dataclass(slots=True)
class _Answer:
    """What is known about an answer while it passes."""

    request_id: bytes
    send: Send
    status: int = 0
    started: float = field(default_factory=time.perf_counter)

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), (b"x-request-id", self.request_id)]
        await self.send(message)


class RequestLayer:
    """Takes ``X-Request-Id`` when it is a plain token, else makes one; answers with it."""

    def __init__(self, app: App, metrics: Metrics, connections: Callable[[], int] = lambda: 0) -> None:
        """``connections``: how many to the database are in use."""
        self.app = app
        self.metrics = metrics
        self.connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given if _GIVEN_ID.match(given) else new_id().encode()
        scope[REQUEST_ID] = request_id.decode()
        answer = _Answer(request_id, send)
        current_origin.set(_origin(scope, request_id))
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id.decode()),
            self.metrics.running.track_inprogress(),
        ):
            try:
                await self.app(scope, receive, answer.pass_on)
            except Exception as error:  # noqa: BLE001 - the last stop: logged with its traceback, answered as a problem
                await self._fail(error, scope, answer)
            finally:
                self._record(scope, answer)

    async def _fail(self, error: Exception, scope: Scope, answer: _Answer) -> None:
        problem = problem_of(error)
        if not isinstance(error, Problem):
            log.error("request failed", code=problem.code, exc_info=error)
        if answer.status:
            # The head is out: all that is left is to break the connection, so that nobody takes half for a whole.
            raise error
        await send_problem(problem, scope, answer.pass_on)

    def _record(self, scope: Scope, answer: _Answer) -> None:
        seconds = time.perf_counter() - answer.started
        route = str(scope.get("path_template", "")) or "(none)"
        method = scope["method"] if scope["method"] in _METHODS else "(other)"
        self.metrics.requests.labels(method, route, str(answer.status)).inc()
        self.metrics.seconds.labels(method, route).observe(seconds)
        self.metrics.connections.set(self.connections())
        log.info(
            "request",
            method=method,
            route=route,
            status=answer.status,
            ms=round(seconds * 1000, 1),
            user=getattr(scope.get("user"), "user_id", ""),
        )


def _origin(scope: Scope, request_id: bytes) -> Origin:
    client = scope.get("client")
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Origin(
        address=client[0][:64] if client else "",
        agent=agent.decode("latin-1")[:200],
        request_id=request_id.decode(),
    )
