"""The audit trail: one row per thing that someone may later ask about, in the transaction that did it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from backend.http.origin import current_origin
from backend.identity.models import AuditEntry
from backend.sync.commands import Principal
from offline.ids import new_id


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
) -> None:
    """Record that ``principal`` did ``action`` (``user.created``, ``credit.overruled``) to ``subject`` (an id).
    ``detail`` is JSON and holds no secret."""
    audit_as(session, Actor(principal.tenant_id, principal.user_id, principal.login), action, subject, detail)


def audit_as(
    session: AsyncSession,
    who: Actor,
    action: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """The same where nobody is signed in (yet): sign-ins, command lines, jobs."""
    origin = current_origin.get()
    session.add(
        AuditEntry(
            tenant_id=who.tenant_id,
            id=new_id(),
            at=datetime.now(UTC),
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
