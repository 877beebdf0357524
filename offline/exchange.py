"""The sync requests, and what an answer other than 2xx means. None of them takes a command out of the queue.

Unreachable        no answer, or one that is not ours (a captive portal); see ``offline.store``
Trouble            the server answered that it cannot now
├ SignInNeeded     401
├ UpdateNeeded     426: this app's schema is too old
├ TooLarge         413
├ Malformed        400, 422: the request itself was refused
└ Later            429, 503 and every other status; ``seconds`` where it named a time
"""

from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from offline.store import Clock, Response, Transport, Unreachable
from offline.wire.protocol import Known, KnownResult, Pull, PullResult, Push, PushResult, Scopes

T = TypeVar("T")


class Trouble(Exception):
    """The server answered, without a verdict."""


class SignInNeeded(Trouble):
    pass


class UpdateNeeded(Trouble):
    pass


class TooLarge(Trouble):
    pass


class Malformed(Trouble):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Later(Trouble):
    def __init__(self, status: int, seconds: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.seconds = seconds


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""


class Exchange:
    """``offset_ms`` is what to add to this device's clock for the server's, from the quickest answer so far."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self.offset_ms = 0
        self._quickest = float("inf")
        self._decoders: dict[type, msgspec.json.Decoder[object]] = {}

    async def push(self, message: Push) -> PushResult:
        return await self._call("POST", "/api/sync/push", PushResult, message)

    async def known(self, ids: list[str]) -> KnownResult:
        return await self._call("POST", "/api/sync/known", KnownResult, Known(tuple(ids)))

    async def scopes(self) -> Scopes:
        return await self._call("GET", "/api/sync/scopes", Scopes)

    async def pull(self, message: Pull) -> PullResult:
        return await self._call("POST", "/api/sync/pull", PullResult, message)

    async def _call(self, method: str, path: str, kind: type[T], message: msgspec.Struct | None = None) -> T:
        body = msgspec.json.encode(message) if message is not None else None
        sent = self._clock.now()
        response = await self._transport.request(method, path, body)
        came = self._clock.now()
        if not 200 <= response.status < 300:
            raise trouble_of(response)
        decoder = self._decoders.setdefault(kind, msgspec.json.Decoder(kind))
        try:
            answer = decoder.decode(response.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # A captive portal answers 200 with its own page: nothing is known then.
            raise Unreachable("not our server's answer") from error
        assert isinstance(answer, kind)
        server_time = getattr(answer, "server_time", None)
        if server_time is not None:
            self._learn((came - sent).total_seconds(), (server_time - sent).total_seconds())
        return answer

    def _learn(self, round_trip: float, ahead: float) -> None:
        """The quickest round trip tells the offset best; an old record fades, because clocks are set."""
        self._quickest *= 1.1
        if 0 <= round_trip <= self._quickest:
            self._quickest = round_trip
            self.offset_ms = round((ahead - round_trip / 2) * 1000)
        elif round_trip < 0 or abs(ahead * 1000 - self.offset_ms) > round_trip * 1000 + 60_000:
            # The clock was set meanwhile.
            self._quickest = max(round_trip, 0)
            self.offset_ms = round(ahead * 1000)


def of_ours(response: Response) -> Response:
    """The answer, if it can be our server's. A network that wants to be signed in to first answers whatever is asked
    with a page; so may a proxy that wants that. Raises ``Unreachable`` then."""
    page = response.headers.get("content-type", "").startswith("text/html")
    if page and (response.status < 400 or response.status == 401):
        raise Unreachable("not our server's answer")
    return response


def trouble_of(response: Response) -> Trouble:
    """What an answer outside 2xx means."""
    status = response.status
    if status == 401:
        return SignInNeeded()
    if status == 426:
        return UpdateNeeded()
    if status == 413:
        return TooLarge()
    if status in (400, 422):
        try:
            problem = msgspec.json.decode(response.body, type=_Problem)
        except msgspec.DecodeError:
            problem = _Problem()
        if problem.code:
            return Malformed(problem.code)
    return Later(status, _retry_after(response))


def _retry_after(response: Response) -> float | None:
    """Seconds, from a number or a date (against the answer's own ``Date``)."""
    value = response.headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    try:
        named = parsedate_to_datetime(value)
        return max(0.0, (named - parsedate_to_datetime(response.headers["date"])).total_seconds())
    except (ValueError, KeyError, TypeError):
        return None
