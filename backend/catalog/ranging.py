"""The commands for assortments and categories. Organisations, which hold the one, come before the catalogue, as
wherever both are locked."""

import msgspec

from backend.catalog import queries
from backend.catalog.assortments import remove_assortment, save_assortments
from backend.catalog.categories import remove_category, save_categories
from backend.catalog.facts import catalogue_changed
from backend.catalog.rows import assortment_row, category_row
from backend.counts import service as counts
from backend.identity.service import audit_change, refuse_overtaken
from backend.partners import service as partners
from backend.search import fold
from backend.sync.commands import Context, Refused
from offline.wire.ranges import MAX_PRODUCTS, AssortmentRemove, AssortmentSave, CategoryRemove, CategorySave
from offline.wire.rows import Assortment, Category

_LISTS = ("products", "categories", "excluded")


async def assortment_save(context: Context, command: AssortmentSave) -> None:
    """Refuses as ``save_assortments`` does, with ``assortment_size`` {limit}, or with ``changed_meanwhile``."""
    if len(command.products) + len(command.excluded) > MAX_PRODUCTS:
        raise Refused("assortment_size", limit=MAX_PRODUCTS)
    session, tenant_id, id_ = context.session, context.principal.tenant_id, command.assortment
    await queries.lock_catalogue(session, tenant_id)
    found = (await queries.assortments(session, tenant_id)).get(id_)
    before = assortment_row(found) if found is not None else None
    await refuse_overtaken(context, before, command)
    fields = {name: value for name, value in msgspec.structs.asdict(command).items() if name in _FIELDS}
    after = Assortment(id=id_, **fields)
    await save_assortments(session, tenant_id, [after], context.changes)
    await catalogue_changed(context)
    old, new = _differing(before, after)
    audit_change(session, context.principal, "assortment", old, new, at=context.now)


_FIELDS = frozenset(Assortment.__struct_fields__) - {"id"}


def _differing(before: Assortment | None, after: Assortment) -> tuple[Assortment | None, Assortment]:
    """With no more of the lists than what went and what came: they may hold thousands, and the trail is kept."""
    if before is None:
        return None, after
    went = {name: _without(getattr(before, name), getattr(after, name)) for name in _LISTS}
    came = {name: _without(getattr(after, name), getattr(before, name)) for name in _LISTS}
    return msgspec.structs.replace(before, **went), msgspec.structs.replace(after, **came)


def _without(ids: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    left_out = set(others)
    return tuple(id_ for id_ in ids if id_ not in left_out)


async def assortment_remove(context: Context, command: AssortmentRemove) -> None:
    """Refuses with ``assortment_unknown`` or ``assortment_held`` {count}: a customer that loses its last one may buy
    everything."""
    session, tenant_id, id_ = context.session, context.principal.tenant_id, command.assortment
    await partners.lock_tree(session, tenant_id)
    await queries.lock_catalogue(session, tenant_id)
    found = (await queries.assortments(session, tenant_id)).get(id_)
    before = assortment_row(found) if found is not None else None
    holders = await partners.assortment_holders(session, tenant_id, id_)
    if before is not None and holders:
        raise Refused("assortment_held", count=holders)
    await remove_assortment(session, tenant_id, id_, context.changes)
    await catalogue_changed(context)
    audit_change(session, context.principal, "assortment", before, None, at=context.now)


async def category_save(context: Context, command: CategorySave) -> None:
    """Refuses as ``save_categories`` does, with ``category_name_taken`` {value}: the name of another one of its parent,
    or with ``changed_meanwhile``."""
    session, tenant_id = context.session, context.principal.tenant_id
    await queries.lock_catalogue(session, tenant_id)
    known = {id_: category_row(row) for id_, row in (await queries.categories(session, tenant_id)).items()}
    before = known.get(command.category)
    await refuse_overtaken(context, before, command)
    after = Category(id=command.category, name=command.name, parent=command.parent, sort=command.sort)
    beside = [row for row in known.values() if row.parent == after.parent and row.id != after.id]
    if before is None or (before.name, before.parent) != (after.name, after.parent):
        _check_name(after, beside)
    await save_categories(session, tenant_id, [after], context.changes)
    await catalogue_changed(context)
    audit_change(session, context.principal, "category", before, after, at=context.now)


def _check_name(category: Category, beside: list[Category]) -> None:
    taken = {fold(name) for row in beside for name in row.name.values()}
    for name in category.name.values():
        if name.strip() and fold(name) in taken:
            raise Refused("category_name_taken", value=name)


async def category_remove(context: Context, command: CategoryRemove) -> None:
    """Refuses as ``remove_category`` does, or with ``category_counted``: the lists or limits of counts name it."""
    session, tenant_id = context.session, context.principal.tenant_id
    await queries.lock_catalogue(session, tenant_id)
    if await counts.names_category(session, tenant_id, command.category):
        raise Refused("category_counted")
    before = category_row(await remove_category(session, tenant_id, command.category, context.changes))
    await catalogue_changed(context)
    audit_change(session, context.principal, "category", before, None, at=context.now)
