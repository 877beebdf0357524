"""Who may hold stock levels."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.changes import STOCK
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    return [STOCK] if principal.may("stock.see") else []
