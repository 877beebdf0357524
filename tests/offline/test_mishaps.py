"""What no round of sync expects: a full device, a row of a newer server, a fault of our own. The leader's loop outlives
each, commands still go up, and the person is told what helps."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from offline.engine import Engine
from offline.store import StorageFull
from offline.stores import MemoryImages, MemoryKeyValues, MemoryOutbox
from offline.wire.protocol import Put
from tests.offline.test_engine import ORDER, USER, Clock, Server, locale, page


@pytest.fixture
def server() -> Server:
    return Server()


class Hurried(Clock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 10_000)


class Images(MemoryImages):
    error: Exception | None = None

    async def save(self, user: str, image: bytes) -> None:
        if self.error is not None:
            raise self.error
        await super().save(user, image)


class Alarm(Exception):
    pass


@asynccontextmanager
async def leading(server: Server, images: MemoryImages, failures: list[Exception]) -> AsyncIterator[Engine]:
    """A tab that leads, whose rounds follow one another at once; its loop must be alive at the end."""
    engine = Engine(
        MemoryOutbox(), images, MemoryKeyValues(), server, Hurried(), "phone", USER,
        jitter=lambda: 0.5, on_failure=failures.append,
    )  # fmt: skip
    await engine.open()
    task = asyncio.create_task(engine.run())
    yield engine
    assert not task.done()
    task.cancel()


async def until(condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it did not happen")


def a_brand(currency: str = '"CNY"') -> Put:
    doc = f'{{"id": "{ORDER}", "code": "demo", "name": {{}}, "currency": {currency}}}'
    return Put("brand", ORDER, 1, msgspec.Raw(doc.encode()))


async def test_a_full_device_is_told_and_orders_still_go_up(server: Server) -> None:
    server.pages = {"brand": page(a_brand(), after=1)}
    images, failures = Images(), list[Exception]()
    images.error = StorageFull()
    async with leading(server, images, failures) as engine:
        await until(lambda: engine.status.needs == "storage")
        assert engine.status.state == "problem"
        entry = await engine.submit(locale())
        await until(lambda: [push.mutations[0].id for push in server.pushes] == [entry.id])
        # Its rows are not kept, so it must not go either.
        assert engine.outbox.find(entry.id) is not None
        images.error = None
        await until(lambda: engine.status.state == "synced")
        await until(lambda: engine.outbox.find(entry.id) is None)
    assert failures == []


async def test_a_row_this_app_does_not_understand_asks_for_an_update(server: Server) -> None:
    server.pages = {"brand": page(a_brand("7"), after=1)}
    failures = list[Exception]()
    async with leading(server, Images(), failures) as engine:
        await until(lambda: engine.status.needs == "update")
        entry = await engine.submit(locale())
        await until(lambda: [push.mutations[0].id for push in server.pushes] == [entry.id])
        server.pages = {"brand": page(a_brand(), after=1)}
        engine.sync_soon()
        await until(lambda: engine.status.state == "synced")
    assert failures == []


async def test_a_kind_of_row_it_never_heard_of_is_left_alone(server: Server) -> None:
    server.pages = {"brand": page(Put("horoscope", ORDER, 1, msgspec.Raw(b'{"sign": "goat"}')), after=1)}
    async with leading(server, Images(), []) as engine:
        await until(lambda: engine.status.state == "synced")


async def test_a_fault_of_our_own_costs_a_round_and_is_reported(server: Server) -> None:
    server.pages = {"brand": page(a_brand(), after=1)}
    images, failures, alarm = Images(), list[Exception](), Alarm()
    images.error = alarm
    async with leading(server, images, failures) as engine:
        await until(lambda: alarm in failures)
        assert engine.status.state == "offline"
        images.error = None
        await until(lambda: engine.status.state == "synced")
