"""One round of sync: what is asked, in which order, and until when."""

import asyncio

import msgspec
import pytest

from offline.store import Response
from offline.wire.protocol import Pull, PullResult, ScopePage, Verdict
from tests.offline.test_engine import Phone, Server, _ok, locale, page, put
from tests.offline.test_replica import product, product_id


async def test_a_phone_that_was_through_sends_first_and_asks_then() -> None:
    """Only after a round that found no network it looks whether there is one: a question less in each other round."""
    server = Server()
    server.pages = {"brand": page(after=1)}
    engine = await Phone(server).open()
    assert await engine.sync()
    server.paths.clear()
    await engine.submit(locale())
    assert await engine.sync()
    assert server.paths == ["push", "pull"]


async def test_a_round_is_one_question_and_hears_of_scopes_with_it() -> None:
    server = Server()
    server.pages = {"brand": page(after=1), "org:a": page(put("product", product(1), 3), after=3)}
    engine = await Phone(server).open()
    assert await engine.sync()
    server.pages["org:a"] = msgspec.structs.replace(server.pages["org:a"], puts=())
    server.paths.clear()
    version = engine.replica.version
    assert await engine.sync()
    assert server.paths == ["pull"]
    assert engine.replica.version == version, "nothing is new, and no screen need look again"

    server.pages = {"brand": page(after=1), "org:b": page(put("product", product(2), 5), after=5)}
    server.paths.clear()
    assert await engine.sync()
    assert server.paths == ["pull", "pull"]
    assert list(engine.replica.scopes()) == ["brand", "org:b"]
    assert [row.id for row in engine.replica.all("product")] == [product_id(2)]


async def test_a_scope_with_nothing_new_costs_one_look() -> None:
    """People hold hundreds: to read where all of them stand for each would be their square."""
    server = Server()
    server.pages = {f"org:{number}": page(after=1) for number in range(200)}
    engine = await Phone(server).open()
    assert await engine.sync()
    statements: list[str] = []
    engine.replica._db.set_trace_callback(statements.append)
    assert await engine.sync()
    assert len(statements) < 220


async def test_another_epoch_is_learned_with_the_rows_and_what_it_may_have_lost_is_sent_again() -> None:
    server = Server()
    server.pages = {"brand": page(after=1)}
    engine = await Phone(server).open()
    assert await engine.sync()
    entry = await engine.submit(locale())
    server.verdicts[entry.id] = Verdict(entry.id, "applied", seqs={"brand": 9})
    assert await engine.sync()
    assert [each.state for each in engine.entries()] == ["applied"]
    server.epoch = "e2"
    server.verdicts.clear()
    server.paths.clear()
    assert await engine.sync()
    assert server.paths == ["pull", "push", "pull"]
    assert engine.entries() == []
    assert (engine.replica.epoch, engine.drifts) == ("e2", 0)


async def test_a_server_of_before_is_asked_for_the_scopes_apart() -> None:
    """An app may be newer than one of the servers, while they are renewed one by one."""
    server = Server()
    server.pages = {"brand": page(after=1)}
    server.scopes_too = False
    engine = await Phone(server).open()
    assert await engine.sync()
    server.pages["org:a"] = page(put("product", product(1), 3), after=3)
    server.paths.clear()
    assert await engine.sync()
    assert server.paths == ["pull", "scopes", "pull"]
    assert [row.id for row in engine.replica.all("product")] == [product_id(1)]


@pytest.mark.parametrize("lost", ["DELETE FROM member", "UPDATE scope SET hash = hash + 1"])
async def test_rows_that_were_lost_are_noticed_though_nothing_is_new(lost: str) -> None:
    server = Server()
    server.pages = {"brand": page(put("product", product(1), 3), after=3)}
    engine = await Phone(server).open()
    assert await engine.sync()
    engine.replica._db.execute(lost)
    whole = server.pages["brand"]
    server.pages["brand"] = msgspec.structs.replace(whole, puts=())
    answer = server.request

    async def request(method: str, path: str, body: bytes | None = None) -> Response:
        if path.endswith("/pull") and body and msgspec.json.decode(body, type=Pull).scopes["brand"] == 0:
            server.pages["brand"] = whole
        return await answer(method, path, body)

    server.request = request  # type: ignore[method-assign]  # the server mends its page as it is asked for
    assert await engine.sync()
    assert engine.drifts == 1
    assert [row.id for row in engine.replica.all("product")] == [product_id(1)]


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
    server.request = request  # type: ignore[method-assign]  # between the two: what was asked is written down
    engine = await Phone(server).open()
    assert await engine.sync()
    assert [pull.horizons for pull in asked] == [{}, {"brand": 9}]
