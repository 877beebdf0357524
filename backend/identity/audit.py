"""The audit trail: one row per thing that someone may later ask about, in the transaction that did it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.http.origin import current_origin
from backend.identity import queries
from backend.identity.models import AuditEntry
from backend.sync.commands import Context, Principal, Refused
from offline.ids import new_id
from offline.rules.seen import is_overtaken
from offline.wire.commands import Command

# Fields of rows that follow from others, or from what is ordered.
_DERIVED = {"ancestors", "applicable", "credit_used", "id", "last_order_at", "revision", "search", "updated_at"}


class Actor(NamedTuple):
    """Who did it, as far as that is known."""

    tenant_id: str = ""
    user_id: str = ""
    login: str = ""


def audit(
    session: AsyncSession,
    principal: Principal,
    action: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
    *,
    at: datetime | None = None,
) -> None:
    """Record that ``principal`` did ``action`` (``user.created``, ``credit.overruled``) to ``subject`` (an id), ``at``
    that time or now. ``detail`` is JSON and holds no secret."""
    who = Actor(principal.tenant_id, principal.user_id, principal.login)
    audit_as(session, who, action, subject, detail, at=at)


def audit_as(
    session: AsyncSession,
    who: Actor,
    action: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
    *,
    at: datetime | None = None,
) -> None:
    """The same where nobody is signed in (yet): sign-ins, command lines, jobs."""
    origin = current_origin.get()
    session.add(
        AuditEntry(
            tenant_id=who.tenant_id,
            id=new_id(),
            at=at or datetime.now(UTC),
            actor_id=who.user_id,
            actor=who.login[:128],
            action=action,
            subject=subject[:128],
            address=origin.address,
            agent=origin.agent,
            request_id=origin.request_id,
            detail=detail or {},
        )
    )


def audit_change(
    session: AsyncSession,
    principal: Principal,
    entity: str,
    before: msgspec.Struct | None,
    after: msgspec.Struct | None,
    *,
    at: datetime,
    subject: str = "",
) -> None:
    """Record who made, changed or removed a row phones hold (``product.changed``), with the fields that differ
    ``before`` and ``after``. Nothing, where none does. ``subject``: if not the row's id."""
    old, new = _fields(before), _fields(after)
    differing = [name for name in (old | new) if old.get(name) != new.get(name)]
    if not differing:
        return
    deed = "created" if before is None else "removed" if after is None else "changed"
    detail = {
        when: {name: fields[name] for name in differing if name in fields}
        for when, fields in (("before", old), ("after", new))
    }
    whole: dict[str, Any] = msgspec.to_builtins(after if after is not None else before)
    audit(session, principal, f"{entity}.{deed}", subject or whole["id"], detail, at=at)


async def refuse_overtaken(
    context: Context, row: msgspec.Struct | None, command: Command, *, subject: str = ""
) -> None:
    """Refuses with ``changed_meanwhile`` {by, at} when somebody has changed ``row`` since the form of ``command``,
    which replaces it, began. Who and when tells the audit trail of ``subject``, the row's id if not given; nobody,
    where it does not know."""
    if not is_overtaken(getattr(command, "seen", ""), row, command):
        return
    tenant_id, about = context.principal.tenant_id, subject or getattr(row, "id", "")
    last = await queries.audit_entries(context.session, tenant_id, subject=about, before="", limit=1) if about else ()
    names = await queries.user_names(context.session, tenant_id, {entry.actor_id for entry in last})
    told = {"by": names.get(last[0].actor_id, last[0].actor), "at": last[0].at.isoformat()} if last else {}
    raise Refused("changed_meanwhile", **told)


def _fields(row: msgspec.Struct | None) -> dict[str, Any]:
    """All of them as JSON, those at their default too."""
    fields = {} if row is None else msgspec.structs.asdict(row)
    return {name: msgspec.to_builtins(value) for name, value in fields.items() if name not in _DERIVED}
