"""Who may hold visits."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.changes import VISIT_RULES, VISITS
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    """A person's own visits and routes are among the person's own rows; all of them take ``visit.see_all`` and a view
    of the whole tenant: they tell where people were."""
    del session
    found = []
    if any(map(principal.may, ("visit.make", "visit.plan", "visit.see_all"))):
        found.append(VISIT_RULES)
    if principal.may("visit.see_all") and principal.organisations is None:
        found.append(VISITS)
    return found
