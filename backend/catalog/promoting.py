"""Making and changing promotions."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import models, queries
from backend.catalog.facts import bump
from backend.catalog.rows import promotion_row
from backend.catalog.targets import aim, announce_promotion
from backend.inputs import check_distinct, check_names, check_period, check_text
from backend.partners import service as partners
from backend.sync.changes import Changes
from backend.sync.commands import Refused
from offline.rules.promotions import reward_faults
from offline.wire.commands import PromotionSave

MAX_CAP = 10**9
MAX_PRIORITY = 10**6


async def save_promotions(
    session: AsyncSession, tenant_id: str, drafts: Sequence[PromotionSave], now: datetime, changes: Changes
) -> None:
    """Make or replace promotions. Refuses with ``code_taken`` {value}, ``promotion_reward`` {faults},
    ``product_unknown``, ``category_unknown``, ``organisation_unknown`` or ``invalid`` {field}."""
    for draft in drafts:
        _check(draft)
    await queries.lock_catalogue(session, tenant_id)
    await _check_references(session, tenant_id, drafts)
    existing = {row.id: row for row in await queries.promotions(session, tenant_id)}
    _check_codes(existing, drafts)
    await bump(session, tenant_id)
    saved = []
    for draft in drafts:
        row = existing.get(draft.promotion)
        if row is None:
            row = existing[draft.promotion] = models.Promotion(tenant_id=tenant_id, id=draft.promotion)
            session.add(row)
        _fill(row, draft, now)
        saved.append(promotion_row(row))
        announce_promotion(changes, saved[-1])
    changes.access = True
    await session.flush()
    await aim(session, tenant_id, saved)


def _check(draft: PromotionSave) -> None:
    check_names("name", draft.name)
    check_text("code", draft.code, draft.exclusive_group, *draft.groups)
    check_distinct("organisations", draft.organisations)
    if len(draft.exclusive_group) > 64 or any(len(group) > 200 for group in draft.groups):
        raise Refused("invalid", field="groups")
    if draft.cap is not None and not 1 <= draft.cap <= MAX_CAP:
        raise Refused("invalid", field="cap")
    if abs(draft.priority) > MAX_PRIORITY:
        raise Refused("invalid", field="priority")
    check_period(draft.valid_from, draft.valid_until)
    if faults := reward_faults(draft.kind, draft.reward):
        raise Refused("promotion_reward", faults=list(faults))


async def _check_references(session: AsyncSession, tenant_id: str, drafts: Sequence[PromotionSave]) -> None:
    products = {id_ for draft in drafts for id_ in (*draft.products, *draft.reward.items)}
    products |= {draft.reward.product for draft in drafts if draft.reward.product is not None}
    if len(await queries.product_ids(session, tenant_id, products)) < len(products):
        raise Refused("product_unknown")
    categories = {id_ for draft in drafts for id_ in draft.categories}
    if categories and not categories.issubset(await queries.categories(session, tenant_id)):
        raise Refused("category_unknown")
    organisations = {id_ for draft in drafts for id_ in draft.organisations}
    if len(await partners.existing_ids(session, tenant_id, organisations)) < len(organisations):
        raise Refused("organisation_unknown")


def _check_codes(existing: dict[str, models.Promotion], drafts: Sequence[PromotionSave]) -> None:
    taken = {row.code: row.id for row in existing.values()}
    for draft in drafts:
        if taken.setdefault(draft.code, draft.promotion) != draft.promotion:
            raise Refused("code_taken", value=draft.code)


def _fill(row: models.Promotion, draft: PromotionSave, now: datetime) -> None:
    row.code, row.name, row.kind = draft.code, draft.name, draft.kind
    row.reward = msgspec.to_builtins(draft.reward)
    row.products, row.categories = list(draft.products), list(draft.categories)
    row.organisations, row.groups = list(draft.organisations), list(draft.groups)
    row.valid_from, row.valid_until = draft.valid_from, draft.valid_until
    row.priority, row.exclusive_group = draft.priority, draft.exclusive_group
    row.cap, row.active, row.updated_at = draft.cap, draft.active, now
