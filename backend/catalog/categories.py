"""Making, moving and removing categories."""

from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import models, queries
from backend.catalog.facts import bump
from backend.catalog.rows import category_row, product_row
from backend.inputs import check_names
from backend.sync.changes import BRAND, Changes
from backend.sync.commands import Refused
from offline.rules.categories import MAX_DEPTH, place_fault
from offline.wire import rows


async def save_categories(
    session: AsyncSession, tenant_id: str, drafts: Iterable[rows.Category], changes: Changes
) -> None:
    """Make or replace categories; parents may be among the drafts. Refuses with

    category_unknown  the parent
    category_cycle    below itself
    category_depth    {limit}  more levels than that
    invalid           {field}
    """
    drafts = list(drafts)
    await queries.lock_catalogue(session, tenant_id)
    existing = await queries.categories(session, tenant_id)
    _check_places({id_: row.parent_id for id_, row in existing.items()}, drafts)
    await bump(session, tenant_id)
    for draft in drafts:
        row = existing.get(draft.id)
        if row is None:
            row = existing[draft.id] = models.Category(tenant_id=tenant_id, id=draft.id)
            session.add(row)
        row.name, row.parent_id, row.sort = draft.name, draft.parent, draft.sort
        changes.put("category", category_row(row), BRAND)
    await session.flush()


def _check_places(before: Mapping[str, str | None], drafts: Iterable[rows.Category]) -> None:
    """A category that stays where it is may be renamed, however deep it hangs."""
    drafts = list(drafts)
    after = {**before, **{draft.id: draft.parent for draft in drafts}}
    for draft in drafts:
        check_names("name", draft.name)
        if draft.id in before and before[draft.id] == draft.parent:
            continue
        fault = place_fault(after, draft.id, draft.parent)
        if fault == "category_depth":
            raise Refused("category_depth", limit=MAX_DEPTH)
        if fault:
            raise Refused("category_cycle" if fault == "category_cycle" else "category_unknown")


async def remove_category(session: AsyncSession, tenant_id: str, category_id: str, changes: Changes) -> models.Category:
    """What is in it or hangs below it goes to its parent. Refuses with ``category_unknown``, or ``category_in_use``
    {promotions, assortments}: what names it would mean less, or nothing, from then on."""
    await queries.lock_catalogue(session, tenant_id)
    categories = await queries.categories(session, tenant_id)
    row = categories.get(category_id)
    if row is None:
        raise Refused("category_unknown")
    promotions = [each for each in await queries.promotions(session, tenant_id) if category_id in each.categories]
    found = await queries.assortments(session, tenant_id)
    assortments = [each for each in found.values() if category_id in each.categories]
    if promotions or assortments:
        raise Refused("category_in_use", promotions=len(promotions), assortments=len(assortments))
    await bump(session, tenant_id)
    for child in categories.values():
        if child.parent_id == category_id:
            child.parent_id = row.parent_id
            changes.put("category", category_row(child), BRAND)
    for product in await queries.products_in(session, tenant_id, category_id):
        product.category_id = row.parent_id
        changes.put("product", product_row(product), BRAND)
    changes.delete("category", category_id)
    await session.delete(row)
    await session.flush()
    return row
