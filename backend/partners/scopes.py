"""Which organisations' papers a person's phone may hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.changes import DESK, org_scope
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    """The desk holds every organisation's papers, orders included, so it takes ``order.see_all``; everybody else
    gets those of the organisations they see, if they may see organisations at all."""
    if principal.organisations is None:
        return [DESK] if principal.may("order.see_all") else []
    if not principal.may("organisation.see"):
        return []
    return [org_scope(id_) for id_ in sorted(principal.organisations)]
