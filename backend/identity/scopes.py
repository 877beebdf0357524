"""Scopes of the identity slice."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.changes import user_scope
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    """A person's own rows."""
    del session
    return [user_scope(principal.user_id)]
