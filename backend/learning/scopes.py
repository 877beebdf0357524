"""Which courses and results a person's phone may hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.learning.audience import AUTHORS, RESULTS, scopes_held
from backend.partners import service as partners
from backend.sync.commands import Principal


async def scopes_of(session: AsyncSession, principal: Principal) -> list[str]:
    found: list[str] = []
    if principal.may("course.take"):
        type_ = await partners.type_of(session, principal.tenant_id, principal.organisation_id)
        found += scopes_held(principal.role, type_)
    found += [AUTHORS] if principal.may("course.edit") else []
    return [*found, RESULTS] if principal.may("course.results") else found
