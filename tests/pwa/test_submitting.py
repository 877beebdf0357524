"""A double tap submits once, and nothing else is held back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from offline.wire.commands import OrderApprove, OrderCancel
from pwa.submitting import DOUBLE_TAP, Submitting
from tests.screens.world import NOW, Phone, uid

APPROVE = OrderApprove(order=uid("a"))


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> Any:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    phone = Phone()
    yield await phone.start()
    await phone.killed()


async def test_the_same_is_submitted_once_a_moment(phone: Phone) -> None:
    clock = Clock()
    submitting = Submitting(phone.app.engine, clock)
    other = OrderCancel(order=uid("a"), reason="x")
    for command in (APPROVE, APPROVE, other):
        await submitting.submit(command)
    assert [entry.name for entry in phone.app.engine.entries()] == ["order.approve", "order.cancel"]
    clock.at += DOUBLE_TAP + timedelta(milliseconds=1)
    await submitting.submit(other)
    assert len(phone.app.engine.entries()) == 3


async def test_what_was_refused_at_once_may_be_tried_again_at_once(phone: Phone) -> None:
    submitting = Submitting(phone.app.engine, Clock())
    await submitting.submit(APPROVE)
    await phone.refuse("order_status")
    await submitting.submit(APPROVE)
    assert [entry.state for entry in phone.app.engine.entries()] == ["rejected", "waiting"]


async def test_a_refused_one_is_sent_again_once_and_thrown_away_once(phone: Phone) -> None:
    """The second tap finds it done, and says nothing of a failure."""
    submitting = Submitting(phone.app.engine, Clock())
    await submitting.submit(APPROVE)
    refused = await phone.refuse("order_status")
    for _ in range(2):
        await submitting.retry(refused.id)
    assert [entry.state for entry in phone.app.engine.entries()] == ["waiting"]
    refused = await phone.refuse("order_status")
    for _ in range(2):
        await submitting.discard(refused.id)
    assert phone.app.engine.entries() == []


async def test_a_refused_one_is_replaced_once(phone: Phone) -> None:
    submitting = Submitting(phone.app.engine, Clock())
    await submitting.submit(APPROVE)
    refused = await phone.refuse("order_status")
    for _ in range(2):
        await submitting.save(APPROVE, refused)
    assert [entry.state for entry in phone.app.engine.entries()] == ["waiting"]
