"""Phones that are put away after each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.screens.world import Phone

Start = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """``await start(path, user=..., locale=..., more=rows)`` gives a phone that shows ``path``."""
    phones: list[Phone] = []

    async def begin(path: str = "/", more: Any = (), **options: Any) -> Phone:
        phone = Phone(**options)
        phones.append(phone)
        return await phone.start(path, more)

    yield begin
    for phone in phones:
        await phone.killed()
