"""What people are told of orders."""

from typing import Any

import pytest


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, set[str]]]:
    """(text, people) of each notification, most of whom have no device here."""
    found: list[tuple[str, set[str]]] = []

    async def notify(_session: Any, _tenant: str, people: set[str], _subject: str, text: str, *_more: Any) -> None:
        found.append((text, set(people)))

    monkeypatch.setattr("backend.orders.telling.notify", notify)
    return found
