"""Making, changing and removing assortments. Who holds them, and so whose phones may have them, the partners slice
says."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import models, queries
from backend.catalog.facts import bump
from backend.catalog.rows import assortment_row
from backend.inputs import check_day, check_distinct, check_names, check_text
from backend.sync.changes import DESK, Changes, range_scope
from backend.sync.commands import Refused
from offline.wire import rows


async def save_assortments(
    session: AsyncSession, tenant_id: str, drafts: Iterable[rows.Assortment], changes: Changes
) -> None:
    """Make or replace assortments; one without a code has its id for one. Refuses with ``code_taken`` {value},
    ``product_unknown``, ``category_unknown`` or ``invalid`` {field}."""
    drafts = list(drafts)
    for draft in drafts:
        _check(draft)
    await queries.lock_catalogue(session, tenant_id)
    await _check_references(session, tenant_id, drafts)
    existing = await queries.assortments(session, tenant_id)
    taken = {row.code: id_ for id_, row in existing.items()}
    for draft in drafts:
        if taken.setdefault(draft.code or draft.id, draft.id) != draft.id:
            raise Refused("code_taken", value=draft.code)
    await bump(session, tenant_id)
    for draft in drafts:
        row = existing.get(draft.id)
        if row is None:
            row = existing[draft.id] = models.Assortment(tenant_id=tenant_id, id=draft.id)
            session.add(row)
        row.code, row.name, row.everything = draft.code or draft.id, draft.name, draft.everything
        row.products, row.categories = list(draft.products), list(draft.categories)
        row.excluded = list(draft.excluded)
        row.valid_from, row.valid_until = draft.valid_from, draft.valid_until
        changes.put("assortment", assortment_row(row), DESK, range_scope(row.id))
    await session.flush()


def _check(draft: rows.Assortment) -> None:
    check_names("name", draft.name)
    check_text("code", draft.code)
    check_distinct("products", draft.products)
    check_distinct("categories", draft.categories)
    check_distinct("excluded", draft.excluded)
    check_day("valid_from", draft.valid_from)
    check_day("valid_until", draft.valid_until)
    if draft.valid_from and draft.valid_until and draft.valid_until < draft.valid_from:
        raise Refused("invalid", field="valid_until")


async def _check_references(session: AsyncSession, tenant_id: str, drafts: Sequence[rows.Assortment]) -> None:
    products = {id_ for draft in drafts for id_ in (*draft.products, *draft.excluded)}
    if len(await queries.product_ids(session, tenant_id, products)) < len(products):
        raise Refused("product_unknown")
    categories = {id_ for draft in drafts for id_ in draft.categories}
    if categories and not categories.issubset(await queries.categories(session, tenant_id)):
        raise Refused("category_unknown")


async def remove_assortment(session: AsyncSession, tenant_id: str, assortment_id: str, changes: Changes) -> None:
    """One that nobody holds, as the caller has seen to. Refuses with ``assortment_unknown``."""
    row = (await queries.assortments(session, tenant_id)).get(assortment_id)
    if row is None:
        raise Refused("assortment_unknown")
    await bump(session, tenant_id)
    changes.delete("assortment", assortment_id)
    await session.delete(row)
    await session.flush()
