"""Bugs put in on purpose, to show that the simulation notices. Each is one somebody has shipped somewhere."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from itertools import count, cycle
from typing import Any
from unittest import mock

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import transaction
from backend.sync import feed, push
from offline.outbox import Outbox, decided
from offline.rounds import Round
from offline.store import Entry
from offline.stores import MemoryOutbox


@contextmanager
def bare_sequence() -> Iterator[None]:
    """The cursor is drawn from a sequence, not from a row that stays locked: a transaction that draws early and
    commits late puts numbers below the cursors of those who pulled meanwhile."""
    sequence = count(1000, 1000)
    delays = cycle((3.0, 0.0))
    take = push.Taker.take
    drawn: dict[int, int] = {}
    current = 0

    async def take_later(self: push.Taker, principal: Any, pushed: Any, **options: Any) -> Any:
        drawn[id(pushed)] = next(sequence)
        # As long as a transaction that runs beside others takes; here they run one after the other.
        await asyncio.sleep(next(delays))
        return await take(self, principal, pushed, **options)

    decide = push.Taker._decide

    async def remember(self: push.Taker, taken: Any, pushed: Any, *rest: Any) -> None:
        nonlocal current
        current = drawn[id(pushed)]
        await decide(self, taken, pushed, *rest)

    def number(self: feed.Counter) -> int:
        nonlocal current
        current += 1
        self.seq = current
        self.changed = True
        return self.seq

    with (
        mock.patch.object(push.Taker, "take", take_later),
        mock.patch.object(push.Taker, "_decide", remember),
        mock.patch.object(feed.Counter, "take", number),
    ):
        yield


@contextmanager
def receipt_apart() -> Iterator[None]:
    """The receipt is written in a transaction of its own, after the effect was committed."""

    receipts, original = push._RECEIPTS, push.Taker._take
    kept: ContextVar[list[Any]] = ContextVar("kept")  # of each push: several are taken at once

    async def keep(_session: AsyncSession, rows: Iterable[Any]) -> None:
        kept.get().extend(rows)

    async def take(self: push.Taker, principal: Any, pushed: Any, one_by_one: bool) -> Any:
        kept.set([])
        answer = await original(self, principal, pushed, one_by_one)
        async with transaction(self.sessions) as session:
            await receipts.run(session, kept.get())
        return answer

    with mock.patch.object(push.Taker, "_take", take), mock.patch.object(push, "_RECEIPTS", mock.Mock(run=keep)):
        yield


@contextmanager
def removed_when_sent() -> Iterator[None]:
    """A command leaves the outbox when it was sent, not when its verdict is known."""
    send = Round._send

    async def send_and_forget(self: Round, batch: list[Entry]) -> Any:
        await self._outbox.remove([entry.id for entry in batch])
        return await send(self, batch)

    with mock.patch.object(Round, "_send", send_and_forget):
        yield


@contextmanager
def number_apart() -> Iterator[None]:
    """``n`` is read in one step and the entry stored in another."""
    append = MemoryOutbox.append

    async def append_late(self: MemoryOutbox, entry: Entry) -> Entry:
        number = self.last_n + 1
        await asyncio.sleep(0.05)
        self.last_n = number - 1
        return await append(self, entry)

    with mock.patch.object(MemoryOutbox, "append", append_late):
        yield


@contextmanager
def settled_too_early() -> Iterator[None]:
    """A decided command leaves the outbox before the image with its rows is saved."""

    async def settle(self: Round) -> None:
        owner = self._owner
        unsaved, owner.unsaved = owner.unsaved, 0
        await original(self)
        owner.unsaved = unsaved
        if unsaved:
            await owner.save()

    original = Round._settle
    with mock.patch.object(Round, "_settle", settle):
        yield


@contextmanager
def hidden_too_early() -> Iterator[None]:
    """A decided command is no longer shown, though its rows have not come yet."""

    def hide(entry: Entry, verdict: Any) -> Entry:
        return msgspec.structs.replace(decided(entry, verdict), name="-" + entry.name)

    with mock.patch("offline.rounds.decided", hide):
        yield


@contextmanager
def kept_when_evicted() -> Iterator[None]:
    """A row that leaves a scope is not reported gone."""
    with mock.patch.object(feed._Plan, "_remove", return_value=None):
        yield


@contextmanager
def sent_unmarked() -> Iterator[None]:
    """Commands are sent without the durable mark that they may have left the phone."""

    async def claim(self: Outbox, entries: list[Entry]) -> list[Entry]:
        return entries

    with mock.patch.object(Outbox, "claim", claim):
        yield


BUGS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "": nullcontext,
    "bare_sequence": bare_sequence,
    "receipt_apart": receipt_apart,
    "removed_when_sent": removed_when_sent,
    "number_apart": number_apart,
    "settled_too_early": settled_too_early,
    "hidden_too_early": hidden_too_early,
    "kept_when_evicted": kept_when_evicted,
    "sent_unmarked": sent_unmarked,
}
