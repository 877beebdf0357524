"""Several tabs over one set of stores: whatever the order in which the stores answer, nothing vanishes from sight."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

import msgspec
import pytest

from offline.engine import Engine
from offline.ids import new_id
from offline.store import Entry, Response, StorageFull, Superseded, Unreachable
from offline.stores import MemoryImages, MemoryKeyValues, MemoryOutbox
from offline.wire import commands as c
from offline.wire.protocol import PullResult, Push, PushResult, ScopePage, Verdict
from offline.wire.rows import Order
from tests.offline.test_engine import NOW, ORDER, SHOP, USER, Clock, Phone, Server, _ok, locale, page, put

T = TypeVar("T")


class Gate:
    """Held: what was read comes later."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    def hold(self) -> None:
        self.open.clear()

    async def late(self, reading: Awaitable[T]) -> T:
        found = await reading
        await self.open.wait()
        return found


class Outbox(MemoryOutbox):
    gate: Gate

    async def load(self) -> list[Entry]:
        return await self.gate.late(super().load())


class Images(MemoryImages):
    gate: Gate
    superseded = False

    async def save(self, user: str, image: bytes) -> None:
        if self.superseded:
            raise Superseded
        await super().save(user, image)

    async def load(self, user: str) -> bytes | None:
        return await self.gate.late(super().load(user))

    async def since(self, user: str, ending: bytes) -> bytes | None:
        return await self.gate.late(super().since(user, ending))


class Tabs:
    """Of one phone, each with its own gates before the shared stores."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.entries: dict[str, Entry] = {}
        self.images: dict[str, bytes] = {}
        self.settings = MemoryKeyValues()

    async def open(self) -> tuple[Engine, Gate, Gate]:
        outbox, images = Outbox(), Images()
        outbox.entries, images.images = self.entries, self.images
        outbox.gate, images.gate = Gate(), Gate()
        engine = Engine(outbox, images, self.settings, self.server, Clock(), "phone", USER, jitter=lambda: 0.5)
        await engine.open()
        return engine, outbox.gate, images.gate


@pytest.fixture
def server() -> Server:
    server = Server()
    server.pages = {"org": page(after=0)}
    return server


@pytest.fixture
def tabs(server: Server) -> Tabs:
    return Tabs(server)


def place() -> c.OrderPlace:
    line = c.PlacedLine(id=new_id(), product=new_id(), quantity=3, unit_price=Decimal(2), net=Decimal(6))
    return c.OrderPlace(order=ORDER, organisation=SHOP, lines=(line,), currency="CNY", total=Decimal(6))


def settle_next(server: Server, engine: Engine) -> None:
    """The server applies the order, and its row is there to be pulled."""
    (entry,) = engine.entries()
    queued = engine.replica.typed(Order, "order", ORDER)
    assert queued
    row = msgspec.structs.replace(queued, status="submitted", number="SO-1")
    applied = Verdict(id=entry.id, status="applied", seqs={"org": 1})

    def apply(_push: Push) -> PushResult:
        server.pages["org"] = page(put("order", row, 1), after=1)
        return PushResult((applied,), NOW)

    server.answers = [apply]


def watched(engine: Engine) -> list[str | None]:
    """The order's status whenever the screens are told."""
    seen: list[str | None] = []

    def look() -> None:
        order = engine.replica.typed(Order, "order", ORDER)
        seen.append(order.status if order else None)

    engine.subscribe(look)
    return seen


async def some_steps() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_order_settled_by_another_tab_stays_in_sight_until_its_rows_are_here(
    tabs: Tabs, server: Server
) -> None:
    """Between the two reads of a reload the person taps something, and the screens are told."""
    leader, *_ = await tabs.open()
    assert await leader.sync()
    follower, _, images = await tabs.open()
    await follower.submit(place())
    settle_next(server, follower)
    assert await leader.sync()
    assert tabs.entries == {}
    seen = watched(follower)
    images.hold()
    reloading = asyncio.ensure_future(follower.reload())
    await some_steps()
    await follower.submit(locale())
    images.open.set()
    await reloading
    assert seen == ["queued", "submitted"]
    assert [entry.name for entry in follower.entries()] == ["me.locale"]


async def test_a_queue_read_before_a_tap_does_not_hide_the_tap(tabs: Tabs) -> None:
    engine, outbox, _ = await tabs.open()
    outbox.hold()
    reloading = asyncio.ensure_future(engine.reload())
    await some_steps()
    submitting = asyncio.ensure_future(engine.submit(place()))
    await some_steps()
    outbox.open.set()
    await asyncio.gather(reloading, submitting)
    assert [entry.name for entry in engine.entries()] == ["order.place"]
    assert engine.replica.one("order", ORDER)


@pytest.mark.parametrize("then", [Engine.reload, Engine.run])
async def test_an_older_image_never_comes_after_a_newer_one(
    tabs: Tabs, server: Server, then: Callable[[Engine], Awaitable[None]]
) -> None:
    """Two reloads at once, or a reload while the tab begins to lead, and the first answer comes last."""
    leader, *_ = await tabs.open()
    assert await leader.sync()
    follower, _, images = await tabs.open()
    await follower.submit(place())
    images.hold()
    first = asyncio.ensure_future(follower.reload())
    await some_steps()
    settle_next(server, follower)
    assert await leader.sync()
    seen = watched(follower)
    images.open, held = asyncio.Event(), images.open
    images.open.set()
    second = asyncio.ensure_future(then(follower))
    await some_steps()
    held.set()
    await first
    await some_steps()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert seen[-1] == "submitted"
    assert "submitted" not in seen or None not in seen[seen.index("submitted") :]


async def test_a_tab_that_slept_while_another_took_over_writes_nothing_and_follows(
    tabs: Tabs, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order was sent by the new leader; the old one wakes with rows that do not have it."""
    slept, *_ = await tabs.open()
    assert await slept.sync()
    leader, *_ = await tabs.open()
    await leader.submit(place())
    settle_next(server, leader)
    assert await leader.sync()
    assert tabs.entries == {}
    newest = dict(tabs.images)
    monkeypatch.setattr(Images, "superseded", True)
    slept.unsaved += 1
    with pytest.raises(Superseded):
        await slept.sync()
    assert tabs.images == newest
    status = slept.status
    assert (status.syncing, status.needs) == (False, "")
    await slept.step_down()
    assert [order.number for order in slept.replica.orders()] == ["SO-1"]
    assert slept.status.state == "synced"


async def test_rows_of_a_round_that_was_cut_off_are_saved_before_their_command_goes(server: Server) -> None:
    """The rows came, the next page did not; the next round finds nothing new and settles the command."""
    phone = Phone(server)
    engine = await phone.open()
    server.pages["user"] = page(after=0)
    assert await engine.sync()
    await engine.submit(place())
    settle_next(server, engine)
    request, cut_off = server.request, False

    async def one_scope_at_a_time(method: str, path: str, body: bytes | None = None) -> Response:
        if not path.endswith("/pull"):
            return await request(method, path, body)
        assert body
        first = next(iter(msgspec.json.decode(body)["scopes"]))
        if first == "user" and not cut_off:
            raise Unreachable
        found: ScopePage = server.pages[first]
        return _ok(PullResult({first: found}, server.epoch, server.time))

    server.request = one_scope_at_a_time  # type: ignore[method-assign]  # for this test
    assert not await engine.sync()
    assert [entry.state for entry in engine.entries()] == ["applied"]
    cut_off = True
    server.pages["org"] = msgspec.structs.replace(server.pages["org"], puts=())
    assert await engine.sync()
    assert engine.entries() == []
    engine = await phone.open()
    assert [order.number for order in engine.replica.orders()] == ["SO-1"]


async def test_a_mended_command_whose_old_one_could_not_go_is_finished_later(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone(server)
    engine = await phone.open()
    bad = await engine.submit(locale())
    phone.outbox.entries[bad.id] = msgspec.structs.replace(bad, state="rejected")
    await engine.reload()

    async def full(_ids: list[str]) -> None:
        raise StorageFull

    with monkeypatch.context() as patch:
        patch.setattr(phone.outbox, "remove", full)
        mended = await engine.retry(bad.id)
        engine = await phone.open()
        assert [entry.id for entry in engine.entries()] == [bad.id, mended.id]
    await engine.reload()
    assert [entry.id for entry in engine.entries()] == [mended.id]
