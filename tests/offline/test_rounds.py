"""One round of sync: what is asked, in which order, and until when."""

import asyncio

import msgspec

from offline.store import Response
from offline.wire.protocol import Pull, PullResult, ScopePage
from tests.offline.test_engine import Phone, Server, _ok, locale, page


async def test_a_phone_that_was_through_sends_first_and_asks_then() -> None:
    """Only after a round that found no network it looks whether there is one: a question less in each other round."""
    server = Server()
    server.pages = {"brand": page(after=1)}
    engine = await Phone(server).open()
    assert await engine.sync()
    server.paths.clear()
    await engine.submit(locale())
    assert await engine.sync()
    assert server.paths[:2] == ["push", "scopes"]


class Patient(Server):
    """Lets others run before it answers, as a network does: else nothing ends a loop."""

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        await asyncio.sleep(0)
        return await super().request(method, path, body)


async def test_a_page_that_leads_nowhere_is_not_asked_for_for_ever() -> None:
    server = Patient()
    server.pages = {"brand": ScopePage(next=0, more=True)}
    engine = await Phone(server).open()
    async with asyncio.timeout(10):
        assert not await engine.sync()
    assert server.paths.count("pull") == 1


async def test_a_snapshot_under_way_names_the_horizon_it_began_under() -> None:
    """Else the server takes its cursor for one of before the tombstones went, and it would begin anew for ever."""
    server = Server()
    asked: list[Pull] = []
    pages = [ScopePage(next=5, more=True, horizon=9), msgspec.structs.replace(page(after=12), horizon=9)]

    async def request(method: str, path: str, body: bytes | None = None) -> Response:
        if not path.endswith("/pull"):
            return await Server.request(server, method, path, body)
        assert body
        asked.append(msgspec.json.decode(body, type=Pull))
        return _ok(PullResult({"brand": pages.pop(0)}, server.epoch, server.time))

    server.pages = {"brand": page(after=12)}
    server.request = request  # type: ignore[method-assign]
    engine = await Phone(server).open()
    assert await engine.sync()
    assert [pull.horizons for pull in asked] == [{}, {"brand": 9}]
