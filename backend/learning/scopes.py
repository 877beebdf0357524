"""Which courses and results a person's phone may hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.learning.audience import AUTHORS, RESULTS, scopes_held
from backend.sync.commands import Principal


async def scopes_of(_session: AsyncSession, principal: Principal) -> list[str]:
    found: list[str] = []
    if principal.may("course.take"):
        found += scopes_held(principal.role, principal.organisation_type)
    found += [AUTHORS] if principal.may("course.edit") else []
    return [*found, RESULTS] if principal.may("course.results") else found
