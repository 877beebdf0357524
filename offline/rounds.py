"""One round of sync: commands up, the scopes, rows down, and settled commands out of the outbox.

The order of durable writes is the point: verdicts are written before rows are asked for; the image with the rows
is saved before a settled command is removed. A crash between any two steps repeats work and loses none.
"""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from offline.exchange import Exchange, Malformed, TooLarge, Trouble, UpdateNeeded
from offline.outbox import Outbox, batch_of, decided, mutation_of
from offline.portions import Portion
from offline.replica import Progress, Replica
from offline.store import Entry, Unreachable
from offline.wire.protocol import MAX_BATCH, Pull, PullResult, Push, ScopePage, Scopes, Verdict

T = TypeVar("T")

SAVE_EVERY_PAGES = 4
_PROGRESS_ROWS = 300
_TRIES = 4


class Owner(Protocol):
    """The engine, as a round needs it. ``rows`` and ``commands``: how many are asked for, and sent, at once;
    ``uncertain``: ids sent without an answer; ``drifts``: how often a digest was not the server's; ``unsaved``: how
    often the rows changed since the last image, in rounds cut off too; ``reachable``: the last round came to its
    end."""

    outbox: Outbox
    replica: Replica
    exchange: Exchange
    device: str
    schema: int
    rows: Portion
    commands: Portion
    progress: float | None
    uncertain: set[str]
    drifts: int
    unsaved: int
    reachable: bool

    def show(self) -> None: ...

    def now(self) -> datetime: ...

    async def save(self) -> None: ...


class Round:
    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._outbox = owner.outbox
        self._replica = owner.replica
        self._exchange = owner.exchange
        self._received = 0
        self._expected = 0
        self._rebuilt: set[str] = set()

    async def run(self) -> None:
        """Raises what stopped it: ``Unreachable`` or ``Trouble``."""
        if await self._outbox.reload():
            self._owner.show()
        if not self._replica.epoch or self._might_only_mark():
            # Nothing was ever pulled, or it was lost: learn the epoch first, or the commands pushed now would look
            # like those of another one.
            await self._refresh_scopes()
        await self._ask_uncertain()
        for _ in range(_TRIES):
            await self._push()
            if await self._pull():
                break
        else:
            raise Trouble("the server's epoch keeps changing")

    def _might_only_mark(self) -> bool:
        """A push that finds no network leaves nothing but the mark that its commands may have left the phone, and
        nobody can withdraw them any more: after a failed round, first see whether there is a network."""
        return not self._owner.reachable and any(entry.unsent for entry in self._outbox.ready(self._owner.now()))

    # up

    async def _ask_uncertain(self) -> None:
        """After a lost answer: which of those commands were decided? Cheaper than sending them again."""
        uncertain = [entry.id for entry in self._outbox.waiting() if entry.id in self._owner.uncertain]
        for start in range(0, len(uncertain), MAX_BATCH):
            answer = await self._exchange.known(uncertain[start : start + MAX_BATCH])
            await self._take(answer.results)
        self._owner.uncertain.clear()

    async def _push(self) -> None:
        most = MAX_BATCH
        while found := batch_of(self._outbox.ready(self._owner.now()), min(most, self._owner.commands.size)):
            batch = await self._outbox.claim(found)
            if len(batch) < len(found):
                self._owner.show()
            if not batch:
                continue
            try:
                verdicts = await self._send(batch)
            except (TooLarge, Malformed) as trouble:
                if len(batch) > 1:
                    most = len(batch) // 2
                    continue
                await self._refuse(batch[0], trouble)
                continue
            if not await self._take(verdicts):
                raise Trouble("a push without verdicts")

    async def _send(self, batch: list[Entry]) -> tuple[Verdict, ...]:
        mutations = tuple(mutation_of(entry) for entry in batch)
        message = Push(device=self._owner.device, mutations=mutations, schema=self._owner.schema)
        ids = {entry.id for entry in batch}
        self._owner.uncertain |= ids
        answer = await self._measured(self._owner.commands, self._exchange.push(message))
        self._owner.uncertain -= ids
        return tuple(verdict for verdict in answer.results if verdict.id in ids)

    async def _measured(self, portion: Portion, asked: Awaitable[T]) -> T:
        began = self._owner.now()
        try:
            answer = await asked
        except Unreachable:
            portion.broke_off()
            raise
        portion.passed((self._owner.now() - began).total_seconds())
        return answer

    async def _refuse(self, entry: Entry, trouble: Trouble) -> None:
        """A single command the server cannot even read would hold up all others: it stays, for the person."""
        code = "too_large" if isinstance(trouble, TooLarge) else getattr(trouble, "code", "malformed")
        await self._outbox.write([msgspec.structs.replace(entry, state="rejected", code=code)])
        self._owner.show()

    async def _take(self, verdicts: tuple[Verdict, ...]) -> int:
        """Write verdicts down; returns how many commands they decided."""
        written = []
        for verdict in verdicts:
            entry = self._outbox.find(verdict.id)
            if entry is not None and entry.state == "waiting":
                written.append(decided(entry, verdict))
        await self._outbox.write(written)
        if written:
            self._owner.show()
        return len(written)

    # down

    async def _refresh_scopes(self) -> bool:
        return await self._hold(await self._exchange.scopes())

    async def _hold(self, answer: Scopes) -> bool:
        """Hold what the server lets us hold. False after another epoch (or when our rows were lost): the server may
        have lost what it had applied, so those commands are sent again; it knows those it still has."""
        if self._owner.schema < answer.schema.min:
            raise UpdateNeeded
        anew = self._replica.epoch != answer.epoch
        applied = [entry for entry in self._outbox.entries() if entry.state == "applied"]
        if anew and applied:
            # Before the new epoch is stored, or a crash here would forget to do it.
            await self._outbox.write([msgspec.structs.replace(entry, state="waiting", seqs={}) for entry in applied])
        version = self._replica.version
        self._replica.set_scopes(answer.epoch, [scope.id for scope in answer.scopes])
        if self._replica.version != version:
            self._owner.unsaved += 1
            self._owner.show()
        self._expect(answer)
        return not (anew and applied)

    def _expect(self, answer: Scopes) -> None:
        wanted = self._replica.wanted()
        self._received = 0
        self._expected = sum(scope.rows for scope in answer.scopes if wanted[scope.id].cursor == 0)
        self._owner.progress = 0.0 if self._expected >= _PROGRESS_ROWS else None

    async def _pull(self) -> bool:
        """Ask which scopes we may hold, and for rows until every one of them is at its end. False when the epoch is
        another one, and there are commands to be sent to it first."""
        done: set[str] = set()
        asked = False
        while (todo := {name: held for name, held in self._replica.wanted().items() if name not in done}) or not asked:
            before = self._replica.epoch
            answer = await self._measured(self._owner.rows, self._exchange.pull(self._message(todo, not asked)))
            if not asked:
                if not await self._hold(answer.allowed or await self._exchange.scopes()):
                    return False
                asked = True
                if self._replica.epoch != before:
                    continue  # its pages are of cursors that lead nowhere
            if answer.epoch != self._replica.epoch:
                return False
            held = self._replica.wanted()
            pages = {name: page for name, page in answer.scopes.items() if name in todo and name in held}
            if not pages and todo.keys() & held.keys():
                raise Unreachable("an answer without any of the scopes asked for")
            done |= {name for name, page in pages.items() if self._accept(name, page, held[name])}
            await self._after_page(answer)
        await self._settle()
        return True

    def _message(self, todo: Mapping[str, Progress], scopes_too: bool) -> Pull:
        return Pull(
            scopes={name: held.cursor for name, held in todo.items()},
            horizons={name: held.horizon for name, held in todo.items() if 0 < held.cursor < held.horizon},
            limit=self._owner.rows.size,
            schema=self._owner.schema,
            epoch=self._replica.epoch,
            scopes_too=scopes_too,
        )

    def _accept(self, name: str, page: ScopePage, before: Progress) -> bool:
        """Whether the scope is at its end."""
        if page.reset == "revoked":
            self._replica.drop(name)
            self._owner.unsaved += 1
            return True
        if page.reset == "schema":
            raise UpdateNeeded
        if page.more and page.next <= before.cursor:
            raise Trouble("a page that leads nowhere")
        if page.reset:
            good = False
        else:
            try:
                good = self._replica.apply(name, page)
            except msgspec.ValidationError as error:
                raise UpdateNeeded("a row of a newer server") from error
            if page.next != before.cursor or not before.whole or page.puts or page.dels:
                self._owner.unsaved += 1
            self._received += len(page.puts) if not before.whole else 0
        if good:
            return not page.more
        if not page.reset:
            self._owner.drifts += 1
        if name in self._rebuilt:
            # Rebuilt in this round and wrong again: show what there is; the next round tries anew.
            return True
        self._rebuilt.add(name)
        self._replica.rebuild(name)
        return False

    async def _after_page(self, answer: PullResult) -> None:
        if self._expected and self._owner.progress is not None:
            self._owner.progress = min(1.0, self._received / self._expected)
        if any(page.puts or page.dels or page.reset for page in answer.scopes.values()):
            self._owner.show()
        if self._owner.unsaved >= SAVE_EVERY_PAGES:
            await self._owner.save()

    async def _settle(self) -> None:
        """Commands whose every effect was pulled leave the outbox, after the image that holds them was saved."""
        if self._owner.unsaved:
            await self._owner.save()
        held = self._replica.scopes()
        settled = [
            entry.id
            for entry in self._outbox.entries()
            if entry.state == "applied"
            and all(seq <= held[scope].cursor for scope, seq in entry.seqs.items() if scope in held)
        ]
        if settled:
            await self._outbox.remove(settled)
            self._owner.show()
