"""Which scopes of the catalogue a person's phone may hold."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import queries
from backend.partners import service as partners
from backend.sync.changes import BRAND, list_scope
from backend.sync.commands import Principal


async def brand_of(session: AsyncSession, principal: Principal) -> list[str]:
    """What everybody may hold: alone, because who pulls nothing else need not be asked for price lists."""
    del session, principal
    return [BRAND]


async def lists_of(session: AsyncSession, principal: Principal) -> list[str]:
    """With ``price.edit`` every price list, with ``price.see`` those that count for an organisation the person may
    see."""
    if principal.may("price.edit") or (principal.may("price.see") and principal.organisations is None):
        lists = set(await queries.price_list_ids(session, principal.tenant_id))
    elif principal.may("price.see") and principal.organisations:
        lists = await partners.applicable_lists(session, principal.tenant_id, principal.organisations)
    else:
        lists = set()
    return [list_scope(id_) for id_ in sorted(lists)]
