"""What head office sets: the lists of what is to be done, the fence, and where a shop is."""

import msgspec

from backend.identity.service import audit_change, refuse_overtaken
from backend.inputs import check_distinct, check_names, check_text
from backend.partners import service as partners
from backend.sync.commands import Context, Refused
from backend.visits import queries
from backend.visits.holding import organisation_to_visit
from backend.visits.models import VisitFence, VisitShop, VisitTemplate
from backend.visits.rows import announce_rule, fence_row, shop_row, template_row
from offline.rules.visiting import shop_as_saved
from offline.wire import visits as wire


async def save_template(context: Context, command: wire.VisitTemplateSave) -> None:
    """Refuses with ``invalid`` {field} or ``changed_meanwhile``."""
    check_distinct("items", (item.id for item in command.items))
    for item in command.items:
        _check_item(item)
    session, tenant_id = context.session, context.principal.tenant_id
    template = await queries.template(session, tenant_id, command.type, lock=True)
    before = template_row(template) if template is not None else None
    await refuse_overtaken(context, before, command)

    if template is None:
        template = VisitTemplate(tenant_id=tenant_id, type=command.type)
        session.add(template)
    template.items = msgspec.to_builtins(command.items)
    await session.flush()
    announce_rule(context.changes, template)
    audit_change(session, context.principal, "visit_template", before, template_row(template), at=context.now)


def _check_item(item: wire.VisitItem) -> None:
    check_text("items", item.id)
    check_names("items", item.title)
    check_names("items", item.hint, needed=False)
    check_names("items", item.unit, needed=False)
    check_distinct("items", (choice.id for choice in item.choices))
    for choice in item.choices:
        check_text("items", choice.id)
        check_names("items", choice.name)
    is_choice = item.kind == "question" and item.answer == "choice"
    if is_choice != (len(item.choices) > 1):
        raise Refused("invalid", field="items")


async def save_fence(context: Context, command: wire.VisitFenceSave) -> None:
    """Refuses with ``changed_meanwhile``."""
    session, tenant_id = context.session, context.principal.tenant_id
    fence = await queries.fence(session, tenant_id, lock=True)
    before = fence_row(fence) if fence is not None else None
    await refuse_overtaken(context, before, command)

    if fence is None:
        fence = VisitFence(tenant_id=tenant_id)
        session.add(fence)
    fence.mode, fence.radius = command.mode, command.radius
    fence.by_type = msgspec.to_builtins(command.by_type)
    await session.flush()
    announce_rule(context.changes, fence)
    audit_change(session, context.principal, "visit_fence", before, fence_row(fence), at=context.now)


async def save_shop(context: Context, command: wire.VisitShopSave) -> None:
    """Refuses with ``organisation_unknown``, ``no_address``, ``invalid`` {field} or ``changed_meanwhile``."""
    if (command.latitude is None) != (command.longitude is None):
        raise Refused("invalid", field="longitude" if command.longitude is None else "latitude")
    await organisation_to_visit(context, command.organisation)
    session, tenant_id = context.session, context.principal.tenant_id
    held = await partners.hold_organisations(session, tenant_id, {command.organisation})
    organisation = held[command.organisation]
    if not organisation.addresses and (command.latitude is not None or command.radius is not None):
        raise Refused("no_address")
    shop = await queries.shop(session, tenant_id, command.organisation, lock=True)
    before = shop_row(shop) if shop is not None else None
    kept = shop_as_saved(partners.organisation_row(organisation), before)
    await refuse_overtaken(context, kept, command, subject=command.organisation)

    was, placed = partners.place_organisation(
        context.changes,
        organisation,
        latitude=command.latitude,
        longitude=command.longitude,
        radius=command.radius,
        now=context.now,
    )
    audit_change(session, context.principal, "organisation", was, placed, at=context.now)
    if shop is None:
        shop = VisitShop(tenant_id=tenant_id, organisation_id=command.organisation)
        session.add(shop)
    shop.mode, shop.proposal, shop.proposed_by = command.mode, None, ""
    await session.flush()
    announce_rule(context.changes, shop)
    audit_change(session, context.principal, "visit_shop", before, shop_row(shop), at=context.now)
