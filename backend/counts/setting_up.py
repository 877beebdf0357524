"""How the brand counts: tolerances, blind or not, and the lists counts are taken by."""

from decimal import Decimal

import msgspec

from backend.catalog import service as catalog
from backend.counts import queries
from backend.counts.models import CountList, CountSettings
from backend.counts.rows import announce_list, announce_settings, list_row, settings_row
from backend.counts.sitting import known_products
from backend.identity.service import audit_change, refuse_overtaken
from backend.inputs import check_amount, check_distinct, check_names, check_text
from backend.sync.commands import Context, Refused
from offline.wire.counts import CountConfigure, CountListSave

_MOST_PERCENT = Decimal(1000)


async def configure_counts(context: Context, command: CountConfigure) -> None:
    """Refuses with ``product_unknown``, ``category_unknown``, ``invalid`` {field} or ``changed_meanwhile``."""
    session, tenant_id = context.session, context.principal.tenant_id
    for percent in (command.percent, *(rule.percent for rule in command.rules)):
        check_amount("percent", percent, _MOST_PERCENT)
    if any((rule.product is None) == (rule.category is None) for rule in command.rules):
        raise Refused("invalid", field="rules")
    check_distinct("rules", [rule.product or rule.category for rule in command.rules])
    await known_products(context, {rule.product for rule in command.rules if rule.product is not None})
    await _check_categories(context, {rule.category for rule in command.rules if rule.category is not None})

    row = await queries.settings(session, tenant_id, lock=True)
    before = settings_row(tenant_id, row) if row is not None else None
    await refuse_overtaken(context, before, command)
    if row is None:
        row = CountSettings(tenant_id=tenant_id)
        session.add(row)
    row.units, row.percent, row.blind = command.units, command.percent, command.blind
    row.rules = msgspec.to_builtins(list(command.rules))
    row.updated_at = context.now
    announce_settings(context.changes, row)
    after = settings_row(tenant_id, row)
    audit_change(session, context.principal, "count_settings", before, after, at=context.now)


async def save_count_list(context: Context, command: CountListSave) -> None:
    """Refuses with ``product_unknown``, ``category_unknown`` or ``invalid`` {field}: a list needs something on it."""
    session, tenant_id = context.session, context.principal.tenant_id
    check_names("name", command.name)
    check_text("groups", *command.groups)
    check_distinct("products", command.products)
    if not (command.sold or command.products or command.categories):
        raise Refused("invalid", field="products")
    await known_products(context, command.products)
    await _check_categories(context, set(command.categories))

    row = await queries.count_list(session, tenant_id, command.count_list, lock=True)
    before = list_row(row) if row is not None else None
    await refuse_overtaken(context, before, command)
    if row is None:
        row = CountList(tenant_id=tenant_id, id=command.count_list)
        session.add(row)
    row.name, row.sold, row.blind, row.active = command.name, command.sold, command.blind, command.active
    row.products, row.categories = list(command.products), list(command.categories)
    row.types, row.groups = list(command.types), list(command.groups)
    row.updated_at = context.now
    announce_list(context.changes, row)
    audit_change(session, context.principal, "count_list", before, list_row(row), at=context.now)


async def _check_categories(context: Context, ids: set[str]) -> None:
    catalogue = await catalog.catalogue_of(context)
    await catalogue.load_small(context.session)
    if not ids.issubset(catalogue.categories):
        raise Refused("category_unknown")
