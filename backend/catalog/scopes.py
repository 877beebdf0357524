"""Which scopes of the catalogue a person's phone may hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries
from backend.catalog.targets import group_target
from backend.partners import service as partners
from backend.sync.changes import BRAND, list_scope, promotion_scope, range_scope
from backend.sync.commands import Principal


async def brand_of(session: AsyncSession, principal: Principal) -> list[str]:
    """What everybody may hold: alone, because who pulls nothing else need not be asked for price lists."""
    del session, principal
    return [BRAND]


async def assigned_of(session: AsyncSession, principal: Principal) -> list[str]:
    """Price lists: with ``price.edit`` every one, with ``price.see`` those that count for an organisation the person
    may see. Assortments that such an organisation holds, and promotions meant for one: the desk has both among its own
    rows."""
    assigned = await partners.assigned(session, principal.tenant_id, principal.organisations or ())
    if principal.may("price.edit") or (principal.may("price.see") and principal.organisations is None):
        lists = await queries.price_list_ids(session, principal.tenant_id)
    else:
        lists = sorted(assigned.price_lists) if principal.may("price.see") else []
    scopes = [list_scope(id_) for id_ in lists]
    if principal.may("organisation.see") and principal.organisations:
        scopes += map(range_scope, sorted(assigned.assortments))
        targets = {*principal.organisations, *assigned.above, *map(group_target, assigned.groups)}
        scopes += map(
            promotion_scope, sorted(await queries.promotions_meant_for(session, principal.tenant_id, targets))
        )
    return scopes
