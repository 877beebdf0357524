"""Taking a push: every command decided exactly once, effects, receipts and feed in one transaction.

The commands of a push run together first, without savepoints: handlers refuse before they change anything, so a
refusal leaves no trace, and the whole is written in bulk. When a handler does break (raises anything but
``Refused``, or refuses after a change) or the database refuses what they wrote, everything is rolled back and the
push is taken again with a savepoint for each command, so that one cannot spoil the others.

A fault in a handler (not contention) becomes ``rejected / internal`` *without* a receipt: the queue goes on, the
phone keeps the command, and sent again it is judged anew. ``blocked`` leaves no receipt either: nothing was decided.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import Row, columns_of, inserting
from backend.database import Sessions, is_contention, only_reads, to_json, transaction
from backend.errors import Unavailable
from backend.sync.changes import Changes
from backend.sync.commands import Context, Handler, Holding, Principal, Refused
from backend.sync.feed import Seqs, Written, write_feed
from backend.sync.judging import Judge, Task, fingerprint, happened_at, named_ids, read_receipts
from backend.sync.models import SyncReceipt
from offline.ids import is_id
from offline.wire.protocol import Mutation, Push, PushResult, Verdict

log = structlog.get_logger("qudao.sync")
_TRIES = 3
_MOST = (1 << 63) - 1
_RECEIPTS = inserting(SyncReceipt, columns_of(SyncReceipt))


class _Broken(Exception):
    """The commands cannot be taken together; ``__cause__`` says why."""


@dataclass(slots=True)
class Taken:
    """A push in work, and when it is done its verdicts by id."""

    session: AsyncSession
    principal: Principal
    device: str
    now: datetime
    changes: Changes = field(default_factory=Changes)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    decided: list[Mutation] = field(default_factory=list)

    def give(self, mutation: Mutation, verdict: Verdict, *, final: bool) -> None:
        self.verdicts[mutation.id] = verdict
        if final:
            self.decided.append(mutation)

    def context(self, batch: dict[str, Any], changes: Changes, mutation: Mutation | None = None) -> Context:
        """For a command, or for the push as a whole."""
        return Context(
            session=self.session,
            principal=self.principal,
            changes=changes,
            now=self.now,
            happened_at=happened_at(mutation, self.now) if mutation else self.now,
            local_at=mutation.local_at if mutation else None,
            command_id=mutation.id if mutation else "",
            device=self.device,
            batch=batch,
        )


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes pushes with these handlers, by command name."""

    sessions: Sessions
    handlers: Mapping[str, Handler]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def take(self, principal: Principal, push: Push, *, one_by_one: bool = False) -> tuple[PushResult, Seqs]:
        """The verdicts, in the order of the mutations, and the hints of what changed. Raises on contention that does
        not end; nothing was changed then."""
        for attempt in range(_TRIES):
            try:
                return await self._take(principal, push, one_by_one)
            except _Broken as broken:
                log.info("push taken one by one", device=push.device, cause=repr(broken.__cause__))
                one_by_one = True
            except DBAPIError as error:
                # Another push decided the same command meanwhile, or two transactions met: its receipt is there now.
                if attempt == _TRIES - 1 or not (is_contention(error) or isinstance(error, IntegrityError)):
                    raise
        return await self._take(principal, push, one_by_one)

    async def _take(self, principal: Principal, push: Push, one_by_one: bool) -> tuple[PushResult, Seqs]:
        now = self.clock()
        async with transaction(self.sessions) as session:
            await _lock_device(session, principal.tenant_id, push.device)
            taken = Taken(session, principal, push.device, now)
            first = {each.id: each for each in reversed(push.mutations)}
            await self._decide(taken, push, list(reversed(first.values())), one_by_one)
            written = await self._write(taken, one_by_one)
        results = [
            taken.verdicts[each.id] if first[each.id] is each else _repeat(each, first[each.id], taken.verdicts)
            for each in push.mutations
        ]
        return PushResult(results=tuple(results), server_time=self.clock()), written.hints

    async def _decide(self, taken: Taken, push: Push, mutations: Sequence[Mutation], one_by_one: bool) -> None:
        """Fill ``taken.verdicts`` for ``mutations``, whose ids are distinct."""
        receipts = await read_receipts(taken.session, taken.principal.tenant_id, named_ids(push.mutations))
        judge = Judge(taken.principal, self.handlers, receipts, taken.verdicts)
        await (self._one_by_one if one_by_one else self._together)(taken, judge, mutations)

    async def _write(self, taken: Taken, one_by_one: bool) -> Written:
        try:
            await taken.session.flush()
        except DBAPIError as error:
            if one_by_one or is_contention(error):
                raise
            raise _Broken from error
        written = await write_feed(taken.session, taken.principal.tenant_id, taken.changes, taken.now)
        for mutation in taken.decided:
            verdict = taken.verdicts[mutation.id]
            if verdict.status == "applied":
                seqs = _seqs_of(mutation.id, taken.changes, written, taken.principal)
                taken.verdicts[mutation.id] = msgspec.structs.replace(verdict, seqs=seqs)
        await _RECEIPTS.run(taken.session, [_receipt(taken, each) for each in taken.decided])
        return written

    # all together

    async def _together(self, taken: Taken, judge: Judge, mutations: Sequence[Mutation]) -> None:
        batch: dict[str, Any] = {}
        tasks = {each.id: judged for each in mutations if isinstance(judged := judge.judge(each), Task)}
        # Judged again below, in order, because what a command depends on may be refused meanwhile.
        tasks |= self._hopeful(judge, mutations, tasks)
        async with _breaking():
            await self._prepare(taken, batch, tasks.values())
        ran: list[Handler] = []
        for mutation in mutations:
            judged = judge.judge(mutation)
            if isinstance(judged, Verdict):
                taken.give(mutation, judged, final=_is_final(judged))
                continue
            taken.changes.cause = mutation.id
            before = _touched(taken, batch)
            async with _breaking():
                try:
                    await judged.handler.handle(taken.context(batch, taken.changes, mutation), judged.command)
                    verdict = Verdict(id=mutation.id, status="applied")
                    ran.append(judged.handler)
                except Refused as refused:
                    if _touched(taken, batch) != before:
                        raise _Broken from refused
                    verdict = _refusal(mutation.id, refused)
            taken.give(mutation, verdict, final=True)
        taken.changes.cause = ""
        async with _breaking():
            await self._finish(taken, batch, taken.changes, ran)

    def _hopeful(self, judge: Judge, mutations: Sequence[Mutation], tasks: Mapping[str, Task]) -> dict[str, Task]:
        """Commands that depend on others of this push: to be prepared, in case those are applied."""
        if len(tasks) == len(mutations) or not any(mutation.after for mutation in mutations):
            return {}
        kept = judge.verdicts
        judge.verdicts = {each.id: Verdict(id=each.id, status="applied") for each in mutations}
        judged = {each.id: judge.judge(each) for each in mutations if each.id not in tasks}
        judge.verdicts = kept
        return {mutation_id: task for mutation_id, task in judged.items() if isinstance(task, Task)}

    async def _prepare(self, taken: Taken, batch: dict[str, Any], tasks: Any) -> None:
        prepared: dict[Any, list[Any]] = {}
        for task in tasks:
            if task.handler.prepare is not None:
                prepared.setdefault(task.handler.prepare, []).append(task.command)
        for prepare, commands in prepared.items():
            await prepare(taken.context(batch, taken.changes), commands)

    async def _finish(self, taken: Taken, batch: dict[str, Any], changes: Changes, ran: Sequence[Handler]) -> None:
        for finish in dict.fromkeys(handler.finish for handler in ran if handler.finish is not None):
            await finish(taken.context(batch, changes))

    # one by one

    async def _one_by_one(self, taken: Taken, judge: Judge, mutations: Sequence[Mutation]) -> None:
        for mutation in mutations:
            judged = judge.judge(mutation)
            if isinstance(judged, Verdict):
                taken.give(mutation, judged, final=_is_final(judged))
                continue
            try:
                async with taken.session.begin_nested():
                    # A cache of its own: what a command that is rolled back left there must not be seen.
                    changes = await self._run_alone(taken, judged)
            except Refused as refused:
                taken.give(mutation, _refusal(mutation.id, refused), final=True)
            except Exception as error:
                if _passes(error):
                    raise
                log.exception("a command failed", command=mutation.name, command_id=mutation.id, device=taken.device)
                failed = Verdict(id=mutation.id, status="rejected", code="internal")
                taken.give(mutation, failed, final=False)
            else:
                taken.changes.add(changes)
                taken.give(mutation, Verdict(id=mutation.id, status="applied"), final=True)

    async def _run_alone(self, taken: Taken, task: Task) -> Changes:
        batch: dict[str, Any] = {}
        changes = Changes(cause=task.mutation.id)
        if task.handler.prepare is not None:
            await task.handler.prepare(taken.context(batch, changes), [task.command])
        await task.handler.handle(taken.context(batch, changes, task.mutation), task.command)
        changes.cause = ""
        await self._finish(taken, batch, changes, [task.handler])
        await taken.session.flush()
        return changes


@asynccontextmanager
async def _breaking() -> AsyncIterator[None]:
    """What a handler raises, but what passes by itself, calls for the slow way."""
    try:
        yield
    except _Broken:
        raise
    except Exception as error:
        if _passes(error):
            raise
        raise _Broken from error


def _passes(error: Exception) -> bool:
    """Whether sending it again soon may help: then there is no verdict, and the phone does so."""
    return isinstance(error, Unavailable) or is_contention(error) or only_reads(error)


async def _lock_device(session: AsyncSession, tenant_id: str, device: str) -> None:
    """One push of a device at a time; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtextextended(f"{tenant_id}/{device}", 7)
        await session.execute(select(func.pg_advisory_xact_lock(key)))


def _touched(taken: Taken, batch: Mapping[str, Any]) -> tuple[int, ...]:
    """Grows with what a handler does: new, changed and deleted objects, what is held for bulk, rows for phones."""
    sync = taken.session.sync_session
    changes = taken.changes
    caused = len(changes.caused.get(changes.cause, ()))
    held = sum(each.strokes for each in batch.values() if isinstance(each, Holding))
    return len(sync._new), len(sync._deleted), len(sync.identity_map._modified), held, caused


def _is_final(verdict: Verdict) -> bool:
    """Whether a verdict given before the handler leaves a receipt: a replay has one, a taken id is not ours to
    write, a blocked command was not decided, and what is no id would be judged anew before its receipt is looked
    at."""
    return verdict.status == "rejected" and not verdict.replayed and verdict.code != "id_reused" and is_id(verdict.id)


def _refusal(command_id: str, refused: Refused) -> Verdict:
    return Verdict(id=command_id, status="rejected", code=refused.code, detail=refused.detail)


def _repeat(mutation: Mutation, first: Mutation, verdicts: Mapping[str, Verdict]) -> Verdict:
    """The same id once more in one push."""
    if fingerprint(first) != fingerprint(mutation):
        return Verdict(id=mutation.id, status="rejected", code="id_reused")
    verdict = verdicts[mutation.id]
    return msgspec.structs.replace(verdict, replayed=verdict.status != "blocked")


def _seqs_of(command_id: str, changes: Changes, written: Written, principal: Principal) -> Seqs:
    """The numbers its rows got, in scopes this person may hold."""
    seqs: Seqs = {}
    for key in changes.caused.get(command_id, ()):
        for scope, seq in written.rows.get(key, {}).items():
            if _may_hold(scope, principal):
                seqs[scope] = max(seqs.get(scope, 0), seq)
    return seqs


def _may_hold(scope: str, principal: Principal) -> bool:
    kind, _, row_id = scope.partition(":")
    if kind == "org":
        # Who sees all has them by way of the desk: a change of all customers' would name thousands.
        return principal.organisations is not None and row_id in principal.organisations
    if kind == "user":
        return row_id == principal.user_id
    return kind != "desk" or principal.organisations is None


def _receipt(taken: Taken, mutation: Mutation) -> Row:
    verdict = taken.verdicts[mutation.id]
    return (
        taken.principal.tenant_id,
        mutation.id,
        taken.principal.user_id,
        taken.device,
        max(0, min(mutation.n, _MOST)),
        mutation.name[:64],
        fingerprint(mutation),
        verdict.status,
        verdict.code,
        to_json(verdict.detail),
        to_json(verdict.seqs),
        taken.now,
    )
