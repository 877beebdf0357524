"""Desks that are put away after each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.desk.world import Desk

Open = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def open_desk() -> AsyncIterator[Open]:
    """``await open_desk(path, user=..., locale=..., more=rows)`` gives a desk that shows ``path``."""
    desks: list[Desk] = []

    async def begin(path: str = "/desk", more: Any = (), **options: Any) -> Desk:
        desk = Desk(**options)
        desks.append(desk)
        return await desk.start(path, more)

    yield begin
    for desk in desks:
        await desk.killed()
