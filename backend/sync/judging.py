"""What is decided about a mutation before its handler runs: was it decided before, does it depend on something
refused, is it a command at all, may this person give it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal, cast

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.sync.commands import Detail, Handler, Principal
from backend.sync.models import SyncReceipt
from backend.wrong_values import what_and_where
from offline.ids import is_id
from offline.wire.commands import Command
from offline.wire.protocol import MAX_BATCH, Mutation, Verdict
from offline.wire.registry import COMMANDS

_RECEIPTS = select(
    SyncReceipt.id,
    SyncReceipt.user_id,
    SyncReceipt.fingerprint,
    SyncReceipt.status,
    SyncReceipt.code,
    SyncReceipt.detail,
    SyncReceipt.seqs,
).where(SyncReceipt.tenant_id == bindparam("tenant"), among(SyncReceipt.id, id_list("commands")))
Status = Literal["applied", "rejected", "blocked"]
_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in COMMANDS.items()}
_decode_detail = msgspec.json.Decoder(Detail).decode
_decode_seqs = msgspec.json.Decoder(dict[str, int]).decode


def fingerprint(mutation: Mutation) -> str:
    """Of name and args byte for byte: the phone sends again what it stored. The same JSON with other white space is
    other bytes."""
    return blake2b(mutation.name.encode() + b"\0" + bytes(mutation.args), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    user_id: str
    fingerprint: str
    verdict: Verdict


def named_ids(mutations: Iterable[Mutation]) -> set[str]:
    """Whose receipts are needed: theirs, and of what they depend on. What is no id has none."""
    return {
        id_
        for each in mutations
        for id_ in (each.id, *(each.after if len(each.after) <= MAX_BATCH else ()))
        if is_id(id_)
    }


async def read_receipts(session: AsyncSession, tenant_id: str, ids: set[str]) -> dict[str, Receipt]:
    """What was decided about ``ids``, whoever sent them."""
    found = await session.execute(_RECEIPTS, {"tenant": tenant_id, "commands": ids})
    return {
        row_id: Receipt(
            user_id,
            print_,
            Verdict(
                id=row_id,
                status=cast("Status", status),
                code=code,
                detail=_decode_detail(detail),
                replayed=True,
                seqs=_decode_seqs(seqs),
            ),
        )
        for row_id, user_id, print_, status, code, detail, seqs in found.all()
    }


@dataclass(frozen=True, slots=True)
class Task:
    """A mutation that reaches its handler."""

    mutation: Mutation
    handler: Handler
    command: Command


class Judge:
    """Goes through one push in its order. ``verdicts`` are those given so far, by id."""

    def __init__(
        self,
        principal: Principal,
        handlers: Mapping[str, Handler],
        receipts: Mapping[str, Receipt],
        verdicts: dict[str, Verdict],
    ) -> None:
        self._principal = principal
        self._handlers = handlers
        self._receipts = receipts
        self._tasks: dict[str, Task | Verdict] = {}
        self.verdicts = verdicts

    def judge(self, mutation: Mutation) -> Task | Verdict:
        """A verdict given without the handler, or the task for it."""
        if not is_id(mutation.id):
            return Verdict(id=mutation.id, status="rejected", code="invalid", detail={"field": "id"})
        if mutation.after and (len(mutation.after) > MAX_BATCH or not all(map(is_id, mutation.after))):
            return Verdict(id=mutation.id, status="rejected", code="invalid", detail={"field": "after"})
        receipt = self._receipts.get(mutation.id)
        if receipt is not None:
            # Another's receipt, too, answers no more than that the id is taken.
            if receipt.user_id == self._principal.user_id and receipt.fingerprint == fingerprint(mutation):
                return receipt.verdict
            return Verdict(id=mutation.id, status="rejected", code="id_reused")
        blocked = self._blocked(mutation)
        if blocked is not None:
            return blocked
        if mutation.id not in self._tasks:
            self._tasks[mutation.id] = self._task(mutation)
        return self._tasks[mutation.id]

    def _blocked(self, mutation: Mutation) -> Verdict | None:
        refused = [needed for needed in mutation.after if self._decided(needed) != "applied"]
        if not refused:
            return None
        known = [needed for needed in refused if self._decided(needed)]
        code = "dependency_refused" if known else "dependency_unknown"
        return Verdict(id=mutation.id, status="blocked", code=code, detail={"after": refused})

    def _decided(self, command_id: str) -> str:
        verdict = self.verdicts.get(command_id)
        if verdict is not None:
            return verdict.status
        receipt = self._receipts.get(command_id)
        return receipt.verdict.status if receipt and receipt.user_id == self._principal.user_id else ""

    def _task(self, mutation: Mutation) -> Task | Verdict:
        handler = self._handlers.get(mutation.name)
        if handler is None:
            name = mutation.name[:64]
            return Verdict(id=mutation.id, status="rejected", code="unknown_command", detail={"name": name})
        if handler.permission and not self._principal.may(handler.permission):
            detail: Detail = {"permission": handler.permission}
            return Verdict(id=mutation.id, status="rejected", code="forbidden", detail=detail)
        try:
            # PostgreSQL cannot store the character NUL in a text.
            if b"\\u0000" in bytes(mutation.args):
                raise msgspec.ValidationError("The character NUL cannot be stored")
            return Task(mutation, handler, _DECODERS[mutation.name].decode(mutation.args))
        except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
            return Verdict(id=mutation.id, status="rejected", code="invalid", detail=_where(str(error)))


def _where(message: str) -> Detail:
    what, path = what_and_where(message)
    return {"field": path[:200], "message": what[:200]}


def happened_at(mutation: Mutation, now: datetime) -> datetime:
    """When the person did it, in server time as far as the phone knows, never later than now."""
    if mutation.local_at is None or mutation.local_at.tzinfo is None:
        return now
    try:
        return min(mutation.local_at + timedelta(milliseconds=mutation.clock_offset_ms), now)
    except OverflowError:
        return now
