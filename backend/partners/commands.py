"""Commands of the partners slice."""

from backend.identity import service as identity
from backend.identity.service import audit_change, refuse_overtaken
from backend.partners import service
from backend.partners.assigning import assortment_assign, price_list_assign
from backend.partners.saving import save_organisations
from backend.sync.commands import Context, Handler, Refused
from offline.wire.commands import OrganisationSave
from offline.wire.ranges import AssortmentAssign, PriceListAssign
from offline.wire.rows import Organisation


async def organisation_save(context: Context, command: OrganisationSave) -> None:
    """Who does not see the whole tenant may change what is below, and add to it. Refuses with ``rep_unknown`` {value}
    when the rep is new and no active person of the tenant, or as ``save_organisations`` does."""
    principal = context.principal
    if principal.organisations is not None:
        known = await service.existing_ids(context.session, principal.tenant_id, {command.organisation})
        if not principal.sees(command.parent) or (known and not principal.sees(command.organisation)):
            raise Refused("organisation_unknown")
        if command.organisation == principal.organisation_id:
            raise Refused("forbidden", permission="organisation.edit")
    await service.lock_tree(context.session, principal.tenant_id)
    found = await service.organisations(context.session, principal.tenant_id, {command.organisation})
    before = {id_: service.organisation_row(row) for id_, row in found.items()}.get(command.organisation)
    await refuse_overtaken(context, before, command)
    await _check_rep(context, command, before)
    await save_organisations(context.session, principal.tenant_id, (command,), context.now, context.changes)
    context.batch[service.TREE_CHANGES] = context.batch.get(service.TREE_CHANGES, 0) + 1
    after = context.changes.puts["organisation", command.organisation].row
    audit_change(context.session, principal, "organisation", before, after, at=context.now)


async def _check_rep(context: Context, command: OrganisationSave, before: Organisation | None) -> None:
    """One who left since stays until another is named: the rest can be changed meanwhile."""
    if command.rep is None or (before is not None and before.rep == command.rep):
        return
    if not await identity.is_active_user(context.session, context.principal.tenant_id, command.rep):
        raise Refused("rep_unknown", value=command.code)


HANDLERS: tuple[Handler, ...] = (
    Handler(OrganisationSave, "organisation.edit", organisation_save),
    Handler(AssortmentAssign, "organisation.edit", assortment_assign),
    Handler(PriceListAssign, "price.edit", price_list_assign),
)
