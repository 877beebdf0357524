"""Making and changing organisations: the tree, what is assigned, and all that follows for those below.

A batch may hold a whole tree in any order. It is checked whole before anything is changed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog import service as catalog
from backend.inputs import check_amount, check_distinct, check_names, check_text
from backend.partners import queries
from backend.partners.models import Organisation
from backend.partners.service import announce_organisation
from backend.search import search_text
from backend.sync.changes import Changes
from backend.sync.commands import Refused
from backend.turns import in_turns
from offline.rules.fence import is_fence_radius
from offline.wire.commands import OrganisationSave

MAX_ADDRESSES = 100
HEAD_OFFICE: Final = "head_office"


async def found_tenant(
    session: AsyncSession,
    tenant_id: str,
    draft: OrganisationSave,
    currency: str,
    *,
    now: datetime,
    changes: Changes,
) -> Organisation:
    """Make the head office, the one organisation without a parent (``draft.type`` and ``draft.parent`` are not
    looked at), or change it: no command does. Refuses as ``save_organisations`` does."""
    _check(draft)
    await queries.lock_tree(session, tenant_id)
    await _check_assigned(session, tenant_id, (draft,))
    taken = await queries.id_by_code(session, tenant_id, draft.code)
    if taken not in (None, draft.organisation):
        raise Refused("code_taken", value=draft.code)
    everyone = await queries.everyone(session, tenant_id)
    row = everyone.get(draft.organisation)
    if row is None:
        row = everyone[draft.organisation] = _new(session, tenant_id, draft, currency, now)
    _fill(row, draft, now)
    row.type, row.parent_id, row.status, row.blocked_reason = HEAD_OFFICE, None, "active", ""
    await follow(session, tenant_id, everyone, {row.id}, changes)
    return row


async def save_organisations(
    session: AsyncSession, tenant_id: str, drafts: Sequence[OrganisationSave], now: datetime, changes: Changes
) -> None:
    """Make or replace organisations. Refuses with

    code_taken         {value}
    head_office_fixed  the head office is changed by nobody here
    parent_unknown     {value}
    parent_type        {value}  nothing stands below a shop
    parent_cycle       {value}  an organisation below itself, or a tree deeper than MAX_DEPTH
    price_list_unknown, assortment_unknown  {value}
    invalid            {field}
    """
    async for draft in in_turns(drafts):
        _check(draft)
    await queries.lock_tree(session, tenant_id)
    await _check_assigned(session, tenant_id, drafts)
    await _check_codes(session, tenant_id, drafts)
    saved, parents = {draft.organisation for draft in drafts}, {draft.parent for draft in drafts}
    everyone = await family(session, tenant_id, saved, parents)
    _check_tree(everyone, drafts)

    async for draft in in_turns(_parents_first(everyone, drafts)):
        row = everyone.get(draft.organisation)
        if row is None:
            row = everyone[draft.organisation] = _new(session, tenant_id, draft, everyone[draft.parent].currency, now)
        _fill(row, draft, now)
    await follow(session, tenant_id, everyone, saved, changes)


def _check(draft: OrganisationSave) -> None:
    check_names("name", draft.name)
    check_text("code", draft.code, draft.group, draft.territory, draft.blocked_reason)
    check_amount("credit_limit", draft.credit_limit)
    check_distinct("price_lists", draft.price_lists)
    check_distinct("assortments", draft.assortments)
    check_distinct("addresses", (address.id for address in draft.addresses))
    if len(draft.addresses) > MAX_ADDRESSES:
        raise Refused("invalid", field="addresses")
    for address in draft.addresses:
        texts = (address.id, address.line, address.city, address.region, address.contact, address.phone)
        check_text("addresses", *texts)
        if any(len(text) > 500 for text in texts) or not is_fence_radius(address.fence_radius):
            raise Refused("invalid", field="addresses")


async def _check_assigned(session: AsyncSession, tenant_id: str, drafts: Sequence[OrganisationSave]) -> None:
    """While the tree is locked: an assortment is removed only under that lock."""
    lists = await catalog.price_list_ids(session, tenant_id) if any(each.price_lists for each in drafts) else ()
    ranges = await catalog.assortment_ids(session, tenant_id) if any(each.assortments for each in drafts) else ()
    for draft in drafts:
        if not set(draft.price_lists).issubset(lists):
            raise Refused("price_list_unknown", value=draft.code)
        if not set(draft.assortments).issubset(ranges):
            raise Refused("assortment_unknown", value=draft.code)


async def _check_codes(session: AsyncSession, tenant_id: str, drafts: Sequence[OrganisationSave]) -> None:
    taken = await queries.ids_by_code(session, tenant_id, {draft.code for draft in drafts})
    for draft in drafts:
        if taken.setdefault(draft.code, draft.organisation) != draft.organisation:
            raise Refused("code_taken", value=draft.code)


async def family(
    session: AsyncSession, tenant_id: str, changed: Collection[str], parents: Collection[str] = ()
) -> dict[str, Organisation]:
    """Locked: what is to be ``changed``, everything it stands below and will, and has below it."""
    named = {*changed, *parents}
    known = await queries.by_ids(session, tenant_id, named)
    above = {id_ for row in known.values() for id_ in row.ancestors}
    below = await queries.subtree_ids(session, tenant_id, changed)
    return await queries.by_ids(session, tenant_id, named | above | below, lock=True)


def _check_tree(known: Mapping[str, Organisation], drafts: Sequence[OrganisationSave]) -> None:
    types = {id_: row.type for id_, row in known.items()} | {draft.organisation: draft.type for draft in drafts}
    parents = {id_: row.parent_id for id_, row in known.items()}
    for draft in drafts:
        row = known.get(draft.organisation)
        if row is not None and row.type == HEAD_OFFICE:
            raise Refused("head_office_fixed")
        parents[draft.organisation] = draft.parent
    for draft in drafts:
        if draft.parent not in types:
            raise Refused("parent_unknown", value=draft.code)
        _check_line(draft, parents)
    shops = {id_ for id_, type_ in types.items() if type_ == "shop"}
    above = set(parents.values())
    for draft in drafts:
        if draft.parent in shops or (draft.type == "shop" and draft.organisation in above):
            raise Refused("parent_type", value=draft.code)


def _check_line(draft: OrganisationSave, parents: Mapping[str, str | None]) -> None:
    at: str | None = draft.parent
    for _ in range(queries.MAX_DEPTH):
        if at == draft.organisation:
            break
        if at is None:
            return
        at = parents.get(at)
    raise Refused("parent_cycle", value=draft.code)


def _parents_first(known: Mapping[str, Organisation], drafts: Sequence[OrganisationSave]) -> Sequence[OrganisationSave]:
    """The drafts so that a new parent is made before what stands below it."""
    waiting = {draft.organisation: draft for draft in drafts}
    ordered: dict[str, OrganisationSave] = {}

    def add(draft: OrganisationSave) -> None:
        if draft.parent in waiting and draft.parent not in ordered:
            add(waiting[draft.parent])
        ordered.setdefault(draft.organisation, draft)

    for draft in waiting.values():
        add(draft)
    return list(ordered.values())


def _new(session: AsyncSession, tenant_id: str, draft: OrganisationSave, currency: str, now: datetime) -> Organisation:
    row = Organisation(
        tenant_id=tenant_id,
        id=draft.organisation,
        currency=currency,
        credit_used=Decimal(0),
        ancestors=[],
        applicable=[],
        assortments=[],
        created_at=now,
    )
    session.add(row)
    return row


def _fill(row: Organisation, draft: OrganisationSave, now: datetime) -> None:
    row.code, row.name, row.type, row.parent_id = draft.code, draft.name, draft.type, draft.parent
    row.status = draft.status
    row.blocked_reason = draft.blocked_reason if draft.status == "blocked" else ""
    row.group, row.territory, row.rep_id = draft.group, draft.territory, draft.rep
    row.addresses = msgspec.to_builtins(draft.addresses)
    row.payment_days, row.credit_limit = draft.payment_days, draft.credit_limit
    row.price_lists, row.assortments = list(draft.price_lists), list(draft.assortments)
    places = (text for address in draft.addresses for text in (address.city, address.contact))
    phones = (address.phone for address in draft.addresses)
    row.search = search_text((*draft.name.values(), *places), draft.code, *phones)
    row.updated_at = now


async def follow(
    session: AsyncSession, tenant_id: str, known: dict[str, Organisation], saved: set[str], changes: Changes
) -> None:
    """Work out ancestors and applicable lists of the saved and of all below, and tell the phones of those that
    changed."""
    changes.access = True
    await session.flush()
    affected = await queries.subtree_ids(session, tenant_id, saved)
    missing = affected.difference(known)
    known.update(await queries.by_ids(session, tenant_id, missing, lock=True))
    async for id_ in in_turns(affected):
        row = known[id_]
        line = _line_up(known, row)
        applicable = _applicable(line)
        ancestors = [above.id for above in line[1:]]
        if id_ in saved or row.ancestors != ancestors or row.applicable != applicable:
            row.ancestors, row.applicable = ancestors, applicable
            announce_organisation(changes, row)
    await session.flush()


def _line_up(known: Mapping[str, Organisation], row: Organisation) -> list[Organisation]:
    line = [row]
    while (parent := line[-1].parent_id) is not None:
        line.append(known[parent])
    return line


def _applicable(line: Sequence[Organisation]) -> list[list[str | int]]:
    """The lists of an organisation and of those above it, each once, at its nearest."""
    nearest: dict[str, int] = {}
    for distance, row in enumerate(line):
        for list_id in row.price_lists:
            nearest.setdefault(list_id, distance)
    return [[list_id, distance] for list_id, distance in nearest.items()]
