"""Who may know who else approves. Papers themselves lie in the scopes of organisations and of the desk."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.changes import APPROVERS
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    del session
    return [APPROVERS] if principal.may("activity.approve") else []
