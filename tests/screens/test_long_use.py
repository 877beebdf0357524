"""An app that is open all day: walking through it leaves nothing behind."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable

from pwa.desk.app import SCREENS
from tests.desk.world import Desk
from tests.screens.conftest import Start
from tests.screens.world import Phone, order, uid

ROUNDS = 10
PHONE = ("/", "/order", "/orders", f"/orders/{uid('a')}", "/tasks", "/me", "/sync")


def held() -> int:
    """Objects, without weak references: Python itself keeps a few of those at first."""
    for _ in range(3):
        gc.collect()
    return sum(type(each) is not weakref.ReferenceType for each in gc.get_objects())


async def assert_leaves_nothing(walk: Callable[[int], Awaitable[None]]) -> None:
    """What a round left behind would be there ten times: a screen has hundreds of objects, a forgotten effect six."""
    for number in range(4):
        await walk(number)
    before, tasks = held(), len(asyncio.all_tasks())
    for number in range(ROUNDS):
        await walk(number)
    assert len(asyncio.all_tasks()) == tasks
    assert held() < before + 5 * ROUNDS


async def test_a_phone_walked_through_again_and_again_holds_no_more(start: Start) -> None:
    phone = await start("/", more=[("order", order("a"))])
    await assert_leaves_nothing(lambda number: walked(phone, PHONE, number))


async def test_a_desk_walked_through_again_and_again_holds_no_more() -> None:
    desk = await Desk().start("/desk", [("order", order("a"))])
    try:
        await assert_leaves_nothing(lambda number: walked(desk, tuple(f"/desk/{name}" for name in SCREENS), number))
    finally:
        await desk.killed()


async def walked(app: Phone | Desk, paths: tuple[str, ...], number: int) -> None:
    for path in paths:
        await app.go(path)
    app.put([("order", order("a", number=f"SO-{number}"))])
    await app.port.settle()
    app.port.sent.clear()
