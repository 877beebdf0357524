"""Which notices a person's devices hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.notices import queries
from backend.notices.rows import AUTHORS, notice_scope
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    """Authors hold all papers; everybody the latest notices that are for them."""
    held = await queries.held_by(session, principal.tenant_id, principal.user_id)
    own = [notice_scope(notice_id) for notice_id in held]
    return [AUTHORS, *own] if principal.may("notice.write") and principal.organisations is None else own
