"""Which scopes of the catalogue a person's phone may hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries
from backend.partners import service as partners
from backend.sync.changes import BRAND, list_scope, range_scope
from backend.sync.commands import Principal


async def brand_of(session: AsyncSession, principal: Principal) -> list[str]:
    """What everybody may hold: alone, because who pulls nothing else need not be asked for price lists."""
    del session, principal
    return [BRAND]


async def assigned_of(session: AsyncSession, principal: Principal) -> list[str]:
    """Price lists: with ``price.edit`` every one, with ``price.see`` those that count for an organisation the person
    may see. Assortments: those that such an organisation holds; the desk has them among its own rows."""
    assigned = await partners.assigned(session, principal.tenant_id, principal.organisations or ())
    if principal.may("price.edit") or (principal.may("price.see") and principal.organisations is None):
        lists = await queries.price_list_ids(session, principal.tenant_id)
    else:
        lists = sorted(assigned.price_lists) if principal.may("price.see") else []
    ranges = sorted(assigned.assortments) if principal.may("organisation.see") else []
    return [*(list_scope(id_) for id_ in lists), *(range_scope(id_) for id_ in ranges)]
