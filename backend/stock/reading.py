"""Partners' stock, for the desk and for programs of others."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Forbidden, NotFound
from backend.identity import service as identity
from backend.partners import service as partners
from backend.stock import queries
from backend.stock.holdings import partner_stock_id, partner_stock_row
from backend.stock.models import PartnerMovement, StockMovement
from backend.sync.commands import Principal
from offline.wire.counts import MovementKind, PartnerMovementView, PartnerStock


async def partner_stock(session: AsyncSession, principal: Principal, organisation_id: str) -> tuple[PartnerStock, ...]:
    """Raises ``Forbidden``; ``NotFound`` also for a partner that is not the person's to see."""
    await _check(session, principal, organisation_id)
    if await _is_brand(session, principal, organisation_id):
        found = await queries.on_hand(session, principal.tenant_id)
        return tuple(_level_row(organisation_id, *each) for each in found)
    return tuple(map(partner_stock_row, await queries.holdings(session, principal.tenant_id, organisation_id)))


async def partner_ledger(
    session: AsyncSession, principal: Principal, organisation_id: str, product_id: str, limit: int
) -> tuple[PartnerMovementView, ...]:
    """Raises as ``partner_stock``."""
    await _check(session, principal, organisation_id)
    tenant_id = principal.tenant_id
    found: Sequence[PartnerMovement | StockMovement]
    if await _is_brand(session, principal, organisation_id):
        found = await queries.latest_movements(session, tenant_id, product_id, limit)
    else:
        found = await queries.partner_movements(session, tenant_id, organisation_id, product_id, limit)
    names = await identity.user_names(session, tenant_id, {row.actor_id for row in found if row.actor_id})
    return tuple(_view(row, names.get(row.actor_id or "", "")) for row in found)


async def _is_brand(session: AsyncSession, principal: Principal, organisation_id: str) -> bool:
    """Whether the brand's own stock is asked for: its head office keeps it."""
    return await partners.type_of(session, principal.tenant_id, organisation_id) == "head_office"


def _level_row(organisation_id: str, product_id: str, on_hand: int, as_of: datetime) -> PartnerStock:
    return PartnerStock(
        id=partner_stock_id(organisation_id, product_id),
        organisation=organisation_id,
        product=product_id,
        on_hand=on_hand,
        seq=0,
        as_of=as_of,
        opened=True,
    )


async def _check(session: AsyncSession, principal: Principal, organisation_id: str) -> None:
    """The same as for phones: see the partners slice's scopes."""
    needed = "order.see_all" if principal.organisations is None else "organisation.see"
    if not principal.may(needed):
        raise Forbidden(detail="This needs a permission you do not have.", permission=needed)
    known = await partners.existing_ids(session, principal.tenant_id, {organisation_id})
    if not known or not principal.sees(organisation_id):
        raise NotFound("organisation_unknown", "There is no such partner.")


def _view(row: PartnerMovement | StockMovement, actor_name: str) -> PartnerMovementView:
    if isinstance(row, StockMovement):
        adjusted: MovementKind = "count" if row.count_id is not None else "manual"
        return PartnerMovementView(
            id=row.id,
            seq=0,
            kind=adjusted if row.kind == "adjustment" else row.kind,  # type: ignore[arg-type]  # receipt or shipment
            delta=row.on_hand_delta,
            at=row.at,
            recorded_at=row.at,
            order=row.order_id,
            count=row.count_id,
            actor_name=actor_name,
            reason=row.reason,
        )
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
