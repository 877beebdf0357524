"""Desks that are put away after each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
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


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies of what desks ask the server for."""
    found: list[bytes] = []
    start = Desk.start

    async def watched(desk: Desk, *arguments: Any) -> Desk:
        await start(desk, *arguments)
        request = desk.app.device.request

        async def noted(method: str, path: str, body: bytes | None = None) -> Any:
            if body is not None:
                found.append(body)
            return await request(method, path, body)

        monkeypatch.setattr(desk.app, "device", replace(desk.app.device, request=noted))
        return desk

    monkeypatch.setattr(Desk, "start", watched)
    return found
