"""``/api/sync``: push, known, scopes, pull, live. See ARCHITECTURE.md, "Sync", for the protocol."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import structlog
from litestar import Request, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import JSONBody
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import DATABASE_FAULTS, database_reason, snapshot
from backend.errors import Invalid, Problem, TooLarge, TooMany
from backend.http.asgi import Scope
from backend.http.given import Who
from backend.http.snapshots import end_snapshot
from backend.sync.commands import Principal
from backend.sync.live import Hub, Subscription
from backend.sync.pull import Reader
from backend.sync.push import Taker
from backend.sync.watching import Watch
from offline.wire.protocol import (
    MAX_BATCH,
    MAX_PUSH_BYTES,
    Hint,
    Known,
    KnownResult,
    Pull,
    PullResult,
    Push,
    PushResult,
    Scopes,
)
from offline.wire.registry import COMMANDS

log = structlog.get_logger("qudao.sync")
HEARTBEAT_SECONDS = 15.0
RENEW_SECONDS = 300.0
"""So often an open app's session and scopes are looked at without a sign that they changed: a sign may be lost."""
MOST_LISTENING = 30
_MOST_DEVICE = 64
_MOST_SCOPES = 10_000
_NULL = Schema(type=OpenAPIType.NULL)
_encode = msgspec.json.Encoder().encode
_decode_push = msgspec.json.Decoder(Push).decode


@dataclass
class PushOperation(Operation):
    """How the OpenAPI document describes what ``push`` reads by itself."""

    def __post_init__(self) -> None:
        text, number = Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.INTEGER)
        mutation = Schema(
            type=OpenAPIType.OBJECT,
            required=["id", "n", "name", "args"],
            properties={
                "id": Schema(type=OpenAPIType.STRING, description="UUIDv7 made by the device"),
                "n": number,
                "name": Schema(type=OpenAPIType.STRING, enum=sorted(COMMANDS)),
                "args": Schema(type=OpenAPIType.OBJECT),
                "after": Schema(type=OpenAPIType.ARRAY, items=text, max_items=MAX_BATCH),
                "local_at": Schema(one_of=[Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME), _NULL]),
                "clock_offset_ms": number,
            },
        )
        whole = Schema(
            type=OpenAPIType.OBJECT,
            required=["device", "mutations"],
            properties={
                "device": Schema(type=OpenAPIType.STRING, min_length=1, max_length=_MOST_DEVICE),
                "mutations": Schema(type=OpenAPIType.ARRAY, items=mutation, max_items=MAX_BATCH),
                "schema": number,
            },
        )
        self.request_body = RequestBody(content={"application/json": OpenAPIMediaType(schema=whole)}, required=True)


@dataclass(slots=True)
class Sync:
    """What the routes share; made once per app, from its state."""

    taker: Taker
    reader: Reader
    hub: Hub
    watch: Watch


def make_sync(state: State) -> Sync:
    """From ``sessions``, ``read_sessions``, ``handlers``, ``scopes``, ``hub`` and ``still_in`` of the app's state."""
    handlers = {handler.command.NAME: handler for handler in state.handlers}
    if len(handlers) != len(state.handlers):
        raise ValueError("two handlers for one command")
    watch = Watch(state.read_sessions, state.still_in)
    return Sync(Taker(state.sessions, handlers), Reader(state.scopes), state.hub, watch)


def provide_sync(state: State) -> Sync:
    if "sync" not in state:
        state.sync = make_sync(state)
    sync: Sync = state.sync
    return sync


Given = NamedDependency[Sync]
ReadSession = NamedDependency[AsyncSession]


def _read_push(body: bytes) -> Push:
    try:
        return _decode_push(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("bad_request", "The body is not JSON.", status=400) from error


@post(
    "/push",
    status_code=200,
    summary="Push commands",
    request_max_body_size=MAX_PUSH_BYTES,
    operation_class=PushOperation,
)
async def push(request: Request[Any, Any, Any], sync: Given, principal: Who, state: State) -> PushResult:
    """Decides each command once and answers with the verdicts, in the order sent. A verdict exists in a 2xx answer
    only: after any other, or none, send the same commands again."""
    # Read here and not by the framework: args stay the bytes that were sent, for their fingerprint.
    data = _read_push(await request.body())
    oldest = sync.reader.schema.min
    if data.schema < oldest:
        raise Problem("update_needed", "This app is too old.", status=426, min=oldest)
    if len(data.mutations) > MAX_BATCH:
        raise TooLarge("too_many_commands", "Too many commands in one push.", limit=MAX_BATCH)
    if not 0 < len(data.device) <= _MOST_DEVICE or "\0" in data.device:
        raise Invalid("invalid_device", "The device's name is missing or too long.")
    result, seqs = await sync.taker.take(principal, data)
    _count(state, data, result)
    sync.hub.publish(principal.tenant_id, seqs)
    return result


def _count(state: State, data: Push, result: PushResult) -> None:
    for mutation, verdict in zip(data.mutations, result.results, strict=True):
        name = mutation.name if mutation.name in COMMANDS else "(other)"
        outcome = "replayed" if verdict.replayed else "failed" if verdict.code == "internal" else verdict.status
        state.metrics.commands.labels(name, outcome).inc()


@post("/known", status_code=200, summary="Which commands were decided")
async def known(data: JSONBody[Known], sync: Given, principal: Who, read_session: ReadSession) -> KnownResult:
    """Verdicts of those of the ids that were decided, for a phone that lost an answer."""
    if len(data.ids) > MAX_BATCH * 10:
        raise TooLarge("too_many_commands", "Too many ids.", limit=MAX_BATCH * 10)
    return await sync.reader.known(read_session, principal, data.ids)


@get("/scopes", summary="Scopes a person may hold")
async def scopes(sync: Given, principal: Who, read_session: ReadSession) -> Scopes:
    """In the order in which a phone should pull them."""
    return await sync.reader.scopes(read_session, principal)


@post("/pull", status_code=200, summary="Pull rows")
async def pull(data: JSONBody[Pull], request: Request[Principal, Any, Any], read_session: ReadSession) -> PullResult:
    """Rows since the cursors, page by page; see the fields for what a phone does with them."""
    # Asked for most of all: each dependency more than one would be a task more, a twentieth of what a pull takes.
    if len(data.scopes) > _MOST_SCOPES:
        raise TooLarge("too_many_scopes", "Too many scopes.", limit=_MOST_SCOPES)
    return await provide_sync(request.app.state).reader.pull(read_session, request.user, data)


@get("/live", summary="Hints of changes, as server-sent events", media_type="text/event-stream")
async def live(request: Request[Any, Any, Any], sync: Given, state: State) -> Stream:
    """One event ``{scope, seq}`` for each scope that moved; a comment now and then. It ends with the session, within
    some seconds, and follows what the person may hold."""
    # A phone has one, a person a few; without a bound, one that opens more and more takes every socket there is.
    if sync.hub.listening(request.user.user_id) >= MOST_LISTENING:
        raise TooMany("live_too_many", "Too many of your apps listen already.", retry_after=60)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_hints(request, sync, state), media_type="text/event-stream", headers=headers)


async def _hints(request: Request[Any, Any, Any], sync: Sync, state: State) -> AsyncIterator[bytes]:
    who = cast("Principal", request.scope["user"])
    # One subscription for the whole stream: what moves between two heartbeats must not be passed by.
    allowed = await _allowed(request, sync, state)
    with (
        state.metrics.live.track_inprogress(),
        sync.hub.subscribed(who.tenant_id, allowed, who.user_id) as subscription,
        sync.watch.watched(request.scope["auth"].token, subscription),
    ):
        looked = time.monotonic()
        # Only now: an app pulls when it is let in, and hears from then on of all that this pull did not see.
        yield b"retry: 3000\n\n"
        while True:
            due = time.monotonic() + HEARTBEAT_SECONDS
            while not sync.hub.closed and not subscription.hurried and (left := due - time.monotonic()) > 0:
                for scope, seq in (await subscription.news(left)).items():
                    yield _hint(scope, seq)
            if sync.hub.closed:
                return
            yield b": still here\n\n"
            await sync.watch.look()
            if not subscription.doubted and time.monotonic() < looked + RENEW_SECONDS:
                continue
            looked, held = time.monotonic(), subscription.scopes
            if not await _goes_on(request, sync, state, subscription):
                return
            if new := subscription.scopes - held:
                # Nothing that it holds tells of a scope that it has not pulled yet.
                yield _hint(min(new), 0)


def _hint(scope: str, seq: int) -> bytes:
    return b"data: " + _encode(Hint(scope, seq)) + b"\n\n"


async def _goes_on(request: Request[Any, Any, Any], sync: Sync, state: State, subscription: Subscription) -> bool:
    """Whether the session still lets its person in; then limits the stream to what they may hold now."""
    subscription.settle()
    try:
        await request.route_handler.authorize_connection(request)
        subscription.limit(await _allowed(request, sync, state))
    except (Problem, HTTPException):
        return False
    except DATABASE_FAULTS as fault:
        # What was held is held on: a thousand apps that all begin anew would be no help to a database that is away.
        log.warning("session and scopes of an open app not looked at", reason=database_reason(fault))
        subscription.doubt()
    finally:
        # The guard's, where it broke off: the next look begins another.
        await end_snapshot(cast("Scope", request.scope))
    return True


async def _allowed(request: Request[Any, Any, Any], sync: Sync, state: State) -> frozenset[str]:
    async with snapshot(state.read_sessions) as session:
        return frozenset(await sync.reader.allowed(session, request.scope["user"]))


sync_router = Router(
    "/api/sync",
    route_handlers=[push, known, scopes, pull, live],
    dependencies={"sync": Provide(provide_sync, sync_to_thread=False)},
    tags=["sync"],
)
