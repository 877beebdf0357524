"""Giving an assortment to organisations, and taking it from them."""

from collections.abc import Mapping

from backend.catalog import service as catalog
from backend.identity.service import audit, audit_change
from backend.inputs import check_distinct
from backend.partners import queries, service
from backend.partners.models import Organisation
from backend.partners.saving import HEAD_OFFICE, announce_assortments
from backend.sync.commands import Context, Refused
from offline.wire.ranges import AssortmentAssign


async def assortment_assign(context: Context, command: AssortmentAssign) -> None:
    """Whoever has it already, or has it no more, stays as they are. Refuses with ``assortment_unknown``,
    ``organisation_unknown``, ``head_office_fixed``, ``forbidden`` (one's own) or ``invalid`` {field}."""
    session, tenant_id, id_ = context.session, context.principal.tenant_id, command.assortment
    check_distinct("give", (*command.give, *command.take))
    await queries.lock_tree(session, tenant_id)
    await catalog.lock_catalogue(session, tenant_id)
    if id_ not in await catalog.assortments(session, tenant_id):
        raise Refused("assortment_unknown")
    held = await queries.by_ids(session, tenant_id, {*command.give, *command.take}, lock=True)
    _check(context, command, held)
    changed = {
        "give": [one for one in command.give if id_ not in held[one].assortments],
        "take": [one for one in command.take if id_ in held[one].assortments],
    }
    for organisation_id in (*changed["give"], *changed["take"]):
        row = held[organisation_id]
        before = service.organisation_row(row)
        others = [each for each in row.assortments if each != id_]
        row.assortments = [*others, id_] if organisation_id in changed["give"] else others
        row.updated_at = context.now
        service.announce_organisation(context.changes, row)
        after = service.organisation_row(row)
        audit_change(session, context.principal, "organisation", before, after, at=context.now)
    if not any(changed.values()):
        return
    await session.flush()
    await announce_assortments(session, tenant_id, {id_}, context.changes)
    context.batch[service.TREE_CHANGES] = context.batch.get(service.TREE_CHANGES, 0) + 1
    detail = {"before": {"organisations": changed["take"]}, "after": {"organisations": changed["give"]}}
    audit(session, context.principal, "assortment.changed", id_, detail, at=context.now)


def _check(context: Context, command: AssortmentAssign, known: Mapping[str, Organisation]) -> None:
    principal = context.principal
    for organisation_id in (*command.give, *command.take):
        row = known.get(organisation_id)
        if row is None or not principal.sees(organisation_id):
            raise Refused("organisation_unknown")
        if row.type == HEAD_OFFICE:
            raise Refused("head_office_fixed")
        if principal.organisations is not None and organisation_id == principal.organisation_id:
            raise Refused("forbidden", permission="organisation.edit")
