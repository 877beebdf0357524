"""Taking a command back: only one that no request was begun with, whoever began it, and whenever."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from offline.engine import Engine, MayBeOnItsWay
from offline.store import Response, Unreachable
from offline.wire.commands import OrderCancel
from offline.wire.protocol import Push, PushResult
from offline.wire.rows import Order
from tests.offline.test_engine import ORDER, Phone, Server, locale, page
from tests.offline.test_tabs import Tabs, place

Held = Callable[[Engine, str], Any]


class SlowServer(Server):
    """Holds what it is asked until ``open`` is set; ``asked`` tells that a push is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.open = asyncio.Event(), asyncio.Event()

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        if path.endswith("/push"):
            self.asked.set()
            await self.open.wait()
        return await super().request(method, path, body)


class Cut(Server):
    """No network at all."""

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        self.paths.append(path.removeprefix("/api/sync/"))
        raise Unreachable


@pytest.fixture
def server() -> Server:
    return Server()


async def test_what_never_left_is_gone_for_good(server: Server) -> None:
    phone = Phone(server)
    engine = await phone.open()
    entry = await engine.submit(place())
    assert engine.replica.typed(Order, "order", ORDER)
    await engine.withdraw(entry.id)
    assert engine.replica.typed(Order, "order", ORDER) is None
    assert await phone.outbox.load() == []
    assert await engine.sync()
    assert server.pushes == []


async def test_a_phone_without_network_does_not_mark_what_it_cannot_send() -> None:
    server = Cut()
    phone = Phone(server)
    engine = await phone.open()
    entry = await engine.submit(place())
    for _ in range(3):
        assert not await engine.sync()
    assert "push" not in server.paths
    await (await phone.open()).withdraw(entry.id)
    assert await phone.outbox.load() == []


async def test_after_a_lost_answer_it_may_be_on_its_way_even_after_a_restart(server: Server) -> None:
    phone = Phone(server)
    engine = await phone.open()
    assert await engine.sync()
    entry = await engine.submit(place())
    server.answers = [Unreachable()]
    assert not await engine.sync()
    for each in (engine, await phone.open()):
        assert not each.may_withdraw(each.entries()[0])
        with pytest.raises(MayBeOnItsWay):
            await each.withdraw(entry.id)
    assert [kept.id for kept in await phone.outbox.load()] == [entry.id]


async def test_while_a_push_is_under_way_it_is_refused() -> None:
    server = SlowServer()
    phone = Phone(server)
    engine = await phone.open()
    entry = await engine.submit(place())
    round_ = asyncio.create_task(engine.sync())
    await server.asked.wait()
    with pytest.raises(MayBeOnItsWay):
        await engine.withdraw(entry.id)
    server.open.set()
    assert await round_
    assert [mutation.id for push in server.pushes for mutation in push.mutations] == [entry.id]


async def test_another_tab_cannot_withdraw_what_the_leader_sends(server: Server) -> None:
    tabs = Tabs(server)
    leader, _, _ = await tabs.open()
    follower, _, _ = await tabs.open()
    entry = await follower.submit(place())
    server.answers = [Unreachable()]
    assert not await leader.sync()
    # The follower has not heard of it: the store has.
    assert follower.may_withdraw(follower.entries()[0])
    with pytest.raises(MayBeOnItsWay):
        await follower.withdraw(entry.id)
    assert [kept.id for kept in tabs.entries.values()] == [entry.id]


async def test_the_leader_does_not_send_what_another_tab_withdrew_meanwhile(server: Server) -> None:
    tabs = Tabs(server)
    server.pages = {"org": page(after=0)}
    leader, _, _ = await tabs.open()
    follower, _, _ = await tabs.open()
    entry = await follower.submit(place())
    other = await follower.submit(locale())
    await leader.reload()
    known = server.request

    async def withdrawing(method: str, path: str, body: bytes | None = None) -> Response:
        if path.endswith("/scopes") and not server.pushes and entry.id in tabs.entries:
            await follower.withdraw(entry.id)  # after the leader read the queue, before it pushes
        return await known(method, path, body)

    server.request = withdrawing  # type: ignore[method-assign]  # for this test
    assert await leader.sync()
    assert [mutation.id for push in server.pushes for mutation in push.mutations] == [other.id]
    assert leader.entries() == []


async def test_a_tab_that_has_not_heard_of_the_push_does_not_call_it_unsent_again(server: Server) -> None:
    tabs = Tabs(server)
    leader, _, _ = await tabs.open()
    entry = await leader.submit(place())
    (stale,) = leader.entries()
    server.answers = [Unreachable()]
    await leader.sync()
    follower, _, _ = await tabs.open()
    await follower.outbox.write([stale])
    with pytest.raises(MayBeOnItsWay):
        await follower.withdraw(entry.id)


async def test_what_others_wait_for_stays(server: Server) -> None:
    phone = Phone(server)
    engine = await phone.open()
    entry = await engine.submit(place())
    later = await engine.submit(OrderCancel(order=ORDER, reason="x"), after=[entry.id])
    with pytest.raises(MayBeOnItsWay):
        await engine.withdraw(entry.id)
    await engine.withdraw(later.id)
    await engine.withdraw(entry.id)
    assert engine.entries() == []


async def test_a_refused_command_and_one_of_an_older_app_are_not_withdrawn(server: Server) -> None:
    phone = Phone(server)
    engine = await phone.open()
    entry = await engine.submit(place())
    phone.outbox.entries[entry.id] = msgspec.structs.replace(entry, unsent=False)  # as an older app left it
    engine = await phone.open()
    with pytest.raises(MayBeOnItsWay):
        await engine.withdraw(entry.id)
    with pytest.raises(KeyError):
        await engine.withdraw("unknown")

    def refuse(push: Push) -> PushResult:
        verdicts = tuple(msgspec.structs.replace(each, status="rejected") for each in server.apply(push).results)
        return PushResult(verdicts, server.time)

    server.answers = [refuse]
    assert await engine.sync()
    with pytest.raises(MayBeOnItsWay):
        await engine.withdraw(entry.id)


async def test_what_is_held_back_goes_out_when_its_time_has_come_and_what_needs_it_after_it(server: Server) -> None:
    phone = Phone(server)
    engine = await phone.open()
    held = await engine.submit(place(), hold=6)
    later = await engine.submit(OrderCancel(order=ORDER, reason="x"), after=[held.id])
    other = await engine.submit(locale())
    assert await engine.sync()
    assert [mutation.id for push in server.pushes for mutation in push.mutations] == [other.id]
    assert engine.status.pending == 2
    phone.clock.time += timedelta(seconds=6)
    assert await (await phone.open()).sync()
    assert [mutation.id for mutation in server.pushes[-1].mutations] == [held.id, later.id]


async def test_a_clock_set_back_holds_nothing_for_long(server: Server) -> None:
    phone = Phone(server)
    engine = await phone.open()
    entry = await engine.submit(place(), hold=6)
    phone.clock.time -= timedelta(days=1)
    assert await engine.sync()
    assert [mutation.id for push in server.pushes for mutation in push.mutations] == [entry.id]


async def test_what_was_held_back_goes_without_anybody_left_to_ask_for_it(server: Server) -> None:
    """Who submits it is signed out, or killed, before the time has come."""
    phone = Phone(server)
    engine = await phone.open()
    held = await engine.submit(place(), hold=6)
    opened = await phone.open()
    gone = asyncio.Event()

    async def pass_time(seconds: float) -> None:
        phone.clock.slept.append(seconds)
        phone.clock.time += timedelta(seconds=seconds)
        if server.pushes:
            gone.set()
            await asyncio.Event().wait()

    phone.clock.sleep = pass_time  # type: ignore[method-assign]  # for this test
    leading = asyncio.create_task(opened.run())
    await asyncio.wait_for(gone.wait(), 60)
    leading.cancel()
    assert phone.clock.slept[0] == 6
    assert [mutation.id for push in server.pushes for mutation in push.mutations] == [held.id]
