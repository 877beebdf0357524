"""Giving an assortment or a price list to organisations, and taking it from them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import service as catalog
from backend.identity.service import audit, audit_change
from backend.inputs import check_distinct
from backend.partners import queries, service
from backend.partners.models import Organisation
from backend.partners.saving import HEAD_OFFICE, family, follow
from backend.sync.changes import Changes
from backend.sync.commands import Context, Refused
from offline.rules.assigning import held_after
from offline.wire.ranges import AssortmentAssign, PriceListAssign


async def assortment_assign(context: Context, command: AssortmentAssign) -> None:
    """Whoever has it already, or has it no more, stays as they are. Refuses with ``assortment_unknown``,
    ``organisation_unknown``, ``head_office_fixed``, ``forbidden`` (one's own) or ``invalid`` {field}."""
    session, tenant_id, id_ = context.session, context.principal.tenant_id, command.assortment
    check_distinct("give", (*command.give, *command.take))
    await queries.lock_tree(session, tenant_id)
    if id_ not in await catalog.assortment_ids(session, tenant_id):
        raise Refused("assortment_unknown")
    held = await queries.by_ids(session, tenant_id, {*command.give, *command.take}, lock=True)
    if any(row.type == HEAD_OFFICE for row in held.values()):
        raise Refused("head_office_fixed")
    _check(context, command, held)
    changed: dict[str, list[str]] = {"give": [], "take": []}
    for organisation_id in (*command.give, *command.take):
        row, given = held[organisation_id], organisation_id in command.give
        now_held = held_after(row.assortments, id_, given=given)
        if now_held == tuple(row.assortments):
            continue
        changed["give" if given else "take"].append(organisation_id)
        before = service.organisation_row(row)
        row.assortments, row.updated_at = list(now_held), context.now
        service.announce_organisation(context.changes, row)
        after = service.organisation_row(row)
        audit_change(session, context.principal, "organisation", before, after, at=context.now)
    if not any(changed.values()):
        return
    context.changes.access = True
    await session.flush()
    context.batch[service.TREE_CHANGES] = context.batch.get(service.TREE_CHANGES, 0) + 1
    detail = {"before": {"organisations": changed["take"]}, "after": {"organisations": changed["give"]}}
    audit(session, context.principal, "assortment.changed", id_, detail, at=context.now)


async def price_list_assign(context: Context, command: PriceListAssign) -> None:
    """The same of a price list, to the head office too. What counts for whom follows for all below. Refuses with
    ``price_list_unknown`` {value}, ``organisation_unknown``, ``forbidden`` or ``invalid`` {field}."""
    session, tenant_id, id_ = context.session, context.principal.tenant_id, command.price_list
    check_distinct("give", (*command.give, *command.take))
    await queries.lock_tree(session, tenant_id)
    await catalog.lock_catalogue(session, tenant_id)
    if id_ not in await catalog.price_list_ids(session, tenant_id):
        raise Refused("price_list_unknown", value=id_)
    known = await family(session, tenant_id, {*command.give, *command.take})
    _check(context, command, known)
    before = {}
    for organisation_id in (*command.give, *command.take):
        row = known[organisation_id]
        held = held_after(row.price_lists, id_, given=organisation_id in command.give)
        if held != tuple(row.price_lists):
            before[organisation_id] = service.organisation_row(row)
            row.price_lists, row.updated_at = list(held), context.now
    if not before:
        return
    await follow(session, tenant_id, known, set(before), context.changes)
    for organisation_id, old in sorted(before.items()):
        after = service.organisation_row(known[organisation_id])
        audit_change(session, context.principal, "organisation", old, after, at=context.now)
    context.batch[service.TREE_CHANGES] = context.batch.get(service.TREE_CHANGES, 0) + 1


async def first_for_all(
    session: AsyncSession, tenant_id: str, price_list: str, now: datetime, changes: Changes
) -> bool:
    """Give a list to the head office, so that it counts for everybody, where that has none yet; whether it did."""
    await queries.lock_tree(session, tenant_id)
    head_office = await queries.head_office_id(session, tenant_id)
    known = await family(session, tenant_id, {head_office} if head_office else ())
    row = known.get(head_office)
    if row is None or row.price_lists:
        return False
    row.price_lists, row.updated_at = [price_list], now
    await follow(session, tenant_id, known, {head_office}, changes)
    return True


def _check(context: Context, command: AssortmentAssign | PriceListAssign, known: Mapping[str, Organisation]) -> None:
    principal = context.principal
    for organisation_id in (*command.give, *command.take):
        row = known.get(organisation_id)
        if row is None or not principal.sees(organisation_id):
            raise Refused("organisation_unknown")
        if principal.organisations is not None and organisation_id == principal.organisation_id:
            raise Refused("forbidden", permission="organisation.edit")
