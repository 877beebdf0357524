"""Whose answer it is: the server's, or that of something on the way to it. How far the phone's clock is off."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from offline.exchange import Exchange, of_ours
from offline.store import Response, Unreachable
from offline.wire.protocol import SchemaRange, Scopes

PAGE = {"content-type": "text/html; charset=utf-8"}


@pytest.mark.parametrize("status", [200, 204, 302, 401])
def test_a_page_is_not_our_servers_answer(status: int) -> None:
    with pytest.raises(Unreachable):
        of_ours(Response(status, b"<html>Welcome to our Wi-Fi</html>", PAGE))


@pytest.mark.parametrize("answer", [
    Response(200, b"{}", {"content-type": "application/json"}),
    Response(401, b"{}", {"content-type": "application/problem+json"}),
    Response(204, b"", {}),
    # What a proxy says for a server that is away may name a time to come again.
    Response(503, b"<html>", {**PAGE, "retry-after": "30"}),
])  # fmt: skip
def test_other_answers_are_taken_as_they_come(answer: Response) -> None:
    assert of_ours(answer) is answer


class Line:
    """A phone's clock and its way to the server, both in one: an answer takes ``seconds``, half of them there. The
    phone's clock is ``behind`` so many."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, tzinfo=UTC)
        self.seconds, self.behind = 1.0, 0.0

    def now(self) -> datetime:
        return self.time - timedelta(seconds=self.behind)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        del method, path, body
        self.time += timedelta(seconds=self.seconds / 2)
        answer = Scopes("epoch", SchemaRange(1, 1), (), server_time=self.time)
        self.time += timedelta(seconds=self.seconds / 2)
        return Response(200, msgspec.json.encode(answer), {})


async def offsets(line: Line, exchange: Exchange, count: int) -> list[int]:
    """Milliseconds that are to be added, after each of so many answers."""
    found = []
    for _ in range(count):
        await exchange.scopes()
        found.append(exchange.offset_ms)
    return found


async def test_a_slow_answer_tells_nothing_of_the_clock_beside_a_quick_one() -> None:
    line = Line()
    exchange = Exchange(line, line)
    line.seconds, line.behind = 0.1, 5.0
    assert await offsets(line, exchange, 1) == [5000]
    line.seconds, line.behind = 20.0, 8.0
    assert await offsets(line, exchange, 1) == [5000]


async def test_a_clock_that_was_set_by_little_is_noticed_after_a_while_and_by_much_at_once() -> None:
    line = Line()
    exchange = Exchange(line, line)
    line.seconds, line.behind = 0.1, 5.0
    await exchange.scopes()
    line.seconds, line.behind = 0.4, 35.0
    found = await offsets(line, exchange, 20)
    assert (found[0], found[-1]) == (5000, 35000)
    line.behind = 3600.0
    (at_once,) = await offsets(line, exchange, 1)
    assert abs(at_once - 3_600_000) <= 1000
