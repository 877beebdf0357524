"""Partners' stock, for the desk and for programs of others."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Forbidden, NotFound
from backend.identity import service as identity
from backend.partners import service as partners
from backend.stock import queries
from backend.stock.holdings import partner_stock_row
from backend.stock.models import PartnerMovement
from backend.sync.commands import Principal
from offline.wire.counts import PartnerMovementView, PartnerStock


async def partner_stock(session: AsyncSession, principal: Principal, organisation_id: str) -> tuple[PartnerStock, ...]:
    """Raises ``Forbidden``; ``NotFound`` also for a partner that is not the person's to see."""
    await _check(session, principal, organisation_id)
    return tuple(map(partner_stock_row, await queries.holdings(session, principal.tenant_id, organisation_id)))


async def partner_ledger(
    session: AsyncSession, principal: Principal, organisation_id: str, product_id: str, limit: int
) -> tuple[PartnerMovementView, ...]:
    """Raises as ``partner_stock``."""
    await _check(session, principal, organisation_id)
    found = await queries.partner_movements(session, principal.tenant_id, organisation_id, product_id, limit)
    names = await identity.user_names(session, principal.tenant_id, {row.actor_id for row in found if row.actor_id})
    return tuple(_view(row, names.get(row.actor_id or "", "")) for row in found)


async def _check(session: AsyncSession, principal: Principal, organisation_id: str) -> None:
    """The same as for phones: see the partners slice's scopes."""
    needed = "order.see_all" if principal.organisations is None else "organisation.see"
    if not principal.may(needed):
        raise Forbidden(detail="This needs a permission you do not have.", permission=needed)
    known = await partners.existing_ids(session, principal.tenant_id, {organisation_id})
    if not known or not principal.sees(organisation_id):
        raise NotFound("organisation_unknown", "There is no such partner.")


def _view(row: PartnerMovement, actor_name: str) -> PartnerMovementView:
    return PartnerMovementView(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        delta=row.delta,
        at=row.at,
        recorded_at=row.recorded_at,
        lot=row.lot,
        expires_on=row.expires_on,
        order=row.order_id,
        count=row.count_id,
        actor_name=actor_name,
        reason=row.reason,
    )
