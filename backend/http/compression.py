"""Compression both ways: gzip request bodies within bounds, brotli or gzip answers.

Answers that stream (server-sent events) or are compressed already (the phone app's files) pass untouched.
"""

import asyncio
import gzip
import re
import zlib

import brotli

from backend.errors import Problem, TooLarge, send_problem
from backend.http.asgi import App, Message, Receive, Scope, Send, header

MAX_BODY = 8 << 20
_SMALLEST = 700
_LARGE = 256 << 10
_COMPRESSIBLE = re.compile(
    rb"^(text/(?!event-stream)|application/(json|problem\+json|javascript|xml|manifest\+json)|image/svg)"
)


class BodyReader:
    """Reads gzip bodies: decompressed here, never beyond ``limit`` bytes, neither packed nor unpacked; a body that is
    no gzip, or goes on behind its end, is 400, another encoding 415. Plain bodies pass; Litestar's own
    ``request_max_body_size`` bounds them."""

    def __init__(self, app: App, limit: int = MAX_BODY) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = header(scope, b"content-encoding").lower() if scope["type"] == "http" else b""
        if encoding in (b"", b"identity"):
            await self.app(scope, receive, send)
            return
        try:
            if encoding not in (b"gzip", b"x-gzip"):
                raise Problem("unsupported_encoding", "Bodies may be gzip or plain.", status=415)
            body = await self._unpacked(receive)
        except Problem as problem:
            await send_problem(problem, scope, send)
            return
        headers = [item for item in scope["headers"] if item[0] not in (b"content-encoding", b"content-length")]
        scope["headers"] = [*headers, (b"content-length", str(len(body)).encode())]
        await self.app(scope, _once(body, receive), send)

    async def _unpacked(self, receive: Receive) -> bytes:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        body = bytearray()
        packed = 0
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise Problem("bad_request", "The body broke off.", status=400)
            more = message.get("more_body", False)
            part: bytes = message.get("body", b"")
            packed += len(part)
            if packed > self.limit:
                # An empty gzip block costs bytes and unpacks to none.
                raise TooLarge(detail="The body is too large.", limit=self.limit)
            try:
                body += unpacker.decompress(part, self.limit + 1 - len(body))
            except zlib.error:
                raise Problem("bad_encoding", "The body is not gzip.", status=400) from None
            if len(body) > self.limit or unpacker.unconsumed_tail:
                raise TooLarge(detail="The body is too large when unpacked.", limit=self.limit)
            if unpacker.unused_data:
                # zlib keeps all that follows the end of the stream.
                raise Problem("bad_encoding", "The gzip body goes on behind its end.", status=400)
        if not unpacker.eof:
            raise Problem("bad_encoding", "The gzip body is not complete.", status=400)
        return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def give() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def chosen_encoding(accept: bytes) -> bytes:
    """Brotli before gzip, as far as ``Accept-Encoding`` takes them; empty = neither."""
    accepted = set()
    for item in accept.lower().split(b","):
        name, _, parameters = item.partition(b";")
        if parameters.strip().replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"):
            accepted.add(name.strip())
    return next((name for name in (b"br", b"gzip") if name in accepted), b"")


def compress(body: bytes, encoding: bytes) -> bytes:
    """Fast levels: a pull of 10,000 rows must not hold up the others. Brotli with a window of 64 kB: rows resemble
    their neighbours, so that a larger one finds no more, writes longer distances and makes pulls a little larger. Level
    4 takes nearly twice the time of 2 and saves less than 2 %."""
    if encoding == b"br":
        return bytes(brotli.compress(body, quality=2, lgwin=16))
    return gzip.compress(body, compresslevel=5, mtime=0)


class AnswerCompressor:
    """Compresses answers that come whole, are text and are worth it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = chosen_encoding(header(scope, b"accept-encoding")) if scope["type"] == "http" else b""
        if not encoding:
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def pass_on(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                held = message
                return
            if held is not None:
                start, held = held, None
                if message["type"] == "http.response.body" and _worth_it(start, message):
                    message = await _compressed(start, message, encoding)
                await send(start)
            await send(message)

        await self.app(scope, receive, pass_on)


def _worth_it(start: Message, message: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    return (
        not message.get("more_body", False)
        and len(message.get("body", b"")) >= _SMALLEST
        and b"content-encoding" not in headers
        and start["status"] != 206
        and bool(_COMPRESSIBLE.match(headers.get(b"content-type", b"")))
    )


async def _compressed(start: Message, message: Message, encoding: bytes) -> Message:
    body: bytes = message["body"]
    packed = await asyncio.to_thread(compress, body, encoding) if len(body) > _LARGE else compress(body, encoding)
    start["headers"] = [
        *(item for item in start["headers"] if item[0].lower() != b"content-length"),
        (b"content-length", str(len(packed)).encode()),
        (b"content-encoding", encoding),
        (b"vary", b"Accept-Encoding"),
    ]
    return {"type": "http.response.body", "body": packed, "more_body": False}
