"""Who may know who else approves, and what waits for somebody they stand in for. Else papers lie in the scopes of
organisations and of the desk."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries
from backend.claims.mandates import PERMISSION, deputy_scope
from backend.identity import service as identity
from backend.sync.changes import APPROVERS
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    own = [APPROVERS] if principal.may(PERMISSION) else []
    return [*own, *await deputy_scopes(session, principal, datetime.now(UTC))]


async def deputy_scopes(session: AsyncSession, principal: Principal, now: datetime) -> list[str]:
    """Of delegations to come too: they are empty until then, and an open app hears when they fill."""
    if not principal.may(PERMISSION):
        return []
    held = await queries.deputising(session, principal.tenant_id, principal.user_id, now)
    if not held:
        return []
    people = {user.id for user in await identity.people_who_may(session, principal.tenant_id, PERMISSION)}
    return [deputy_scope(id_) for id_, person in held if person in people]
