"""What a slice writes to take a command: a handler and its registration.

A handler is ``async def place_order(context, command) -> None``. It checks everything first, then changes ORM
objects of ``context.session`` and says through ``context.changes`` which rows phones must get. It never commits.
It refuses with ``Refused(code, **detail)``, before anything is changed.

A push may carry a hundred commands in one transaction, so a handler may have two companions that run once a push:
``prepare`` before the first command is handled, ``finish`` after the last and before the feed is written. They read
in bulk, and they take row locks in one order whatever the order of the commands, so that two pushes never wait for
each other in a circle.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.changes import Changes
from offline.wire.commands import Command

Detail = dict[str, str | int | list[str]]


class Refused(Exception):
    """A verdict, not a fault: ``code`` is stable and translated on the phone as ``error.<code>``."""

    def __init__(self, code: str, **detail: str | int | list[str]) -> None:
        super().__init__(code)
        self.code = code
        self.detail: Detail = detail


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: always within one tenant. ``organisations`` are those the person may see and act for, itself and
    below in the hierarchy or, for a rep, those assigned; None = all of the tenant. ``organisation_type``: as
    ``offline.wire.rows.Organisation.type``; empty where it is not known."""

    tenant_id: str
    user_id: str
    login: str
    name: str
    organisation_id: str
    role: str
    permissions: frozenset[str]
    organisations: frozenset[str] | None
    organisation_type: str = ""

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def sees(self, organisation_id: str) -> bool:
        return self.organisations is None or organisation_id in self.organisations


@dataclass(slots=True)
class Holding:
    """What a slice keeps in ``Context.batch`` to write in bulk, past the session. ``strokes`` grows with every change
    of it, so that a handler that refuses after a change is found out."""

    strokes: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class Context:
    """One command's surroundings. ``happened_at`` is ``local_at`` corrected by the device's clock offset and never
    later than ``now``; ``batch`` is a scratch cache shared by the commands of one push."""

    session: AsyncSession
    principal: Principal
    changes: Changes
    now: datetime
    happened_at: datetime
    local_at: datetime | None
    command_id: str
    device: str
    batch: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """``permission`` is checked before ``handle`` runs; what depends on rows (whose order?) the handler checks.

    Each distinct ``prepare`` runs once a push, with every command of it that will be handled; each distinct
    ``finish`` once, and only if one of its handlers ran. Both get a context that shares ``batch``, ``changes`` and
    the session with the commands'; its times are the push's. Neither refuses.
    """

    command: type[Command]
    permission: str
    handle: Callable[[Context, Any], Awaitable[None]]
    prepare: Callable[[Context, Sequence[Command]], Awaitable[None]] | None = None
    finish: Callable[[Context], Awaitable[None]] | None = None
