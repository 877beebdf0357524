"""Commands of the partners slice."""

from backend.partners import service
from backend.partners.saving import save_organisations
from backend.sync.commands import Context, Handler, Refused
from offline.wire.commands import OrganisationSave


async def organisation_save(context: Context, command: OrganisationSave) -> None:
    """Who does not see the whole tenant may change what is below, and add to it."""
    principal = context.principal
    if principal.organisations is not None:
        known = await service.existing_ids(context.session, principal.tenant_id, {command.organisation})
        if not principal.sees(command.parent) or (known and not principal.sees(command.organisation)):
            raise Refused("organisation_unknown")
        if command.organisation == principal.organisation_id:
            raise Refused("forbidden", permission="organisation.edit")
    await save_organisations(context.session, principal.tenant_id, (command,), context.now, context.changes)
    context.batch[service.TREE_CHANGES] = context.batch.get(service.TREE_CHANGES, 0) + 1


HANDLERS: tuple[Handler, ...] = (Handler(OrganisationSave, "organisation.edit", organisation_save),)
