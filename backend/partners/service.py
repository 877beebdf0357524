"""What other slices may ask and do of organisations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from backend.bulk import updating
from backend.partners import queries
from backend.partners.models import Organisation
from backend.partners.queries import STANDING, assigned_to
from backend.sync.changes import DESK, Changes, org_scope
from offline.money import quantise
from offline.wire import rows

__all__ = [
    "STANDING",
    "TREE_CHANGES",
    "Account",
    "Assigned",
    "Organisation",
    "Person",
    "Standing",
    "announce_organisation",
    "assigned",
    "assigned_to",
    "assortment_holders",
    "existing_ids",
    "hold_organisations",
    "ids_by_code",
    "ids_with",
    "lock_tree",
    "organisation_row",
    "organisations",
    "place_organisation",
    "reach",
    "reset_credit",
    "settle",
    "standings",
    "statuses",
    "that_left",
    "type_of",
]

TREE_CHANGES = "organisations_changed"
"""Key in ``Context.batch``: grows with every change of an organisation in a push."""
_ACCOUNTS = updating(Organisation, ("credit_used", "last_order_at"))
_SEE_ALL = frozenset({"head_office", "order_desk", "finance", "trainer"})


class Person(Protocol):
    """What deciding on somebody's reach needs of a user."""

    @property
    def tenant_id(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def organisation_id(self) -> str: ...
    @property
    def role(self) -> str: ...


async def reach(session: AsyncSession, user: Person, assigned: Collection[str] | None = None) -> frozenset[str] | None:
    """The organisations a person sees and acts for; None = all of the tenant. A rep: those assigned. The staff of an
    organisation: that one. Everybody else: their own and all below it. ``assigned``: what ``assigned_to`` found."""
    if user.role in _SEE_ALL:
        return None
    if user.role == "rep":
        if assigned is None:
            assigned = await queries.ids_of_rep(session, user.tenant_id, user.id)
        return frozenset(assigned)
    if user.role == "staff":
        return frozenset({user.organisation_id})
    return frozenset(await queries.subtree_ids(session, user.tenant_id, {user.organisation_id}))


def organisation_row(row: Organisation) -> rows.Organisation:
    return rows.Organisation(
        id=row.id,
        code=row.code,
        name=row.name,
        type=row.type,
        status=row.status,
        blocked_reason=row.blocked_reason,
        ancestors=tuple(row.ancestors),
        group=row.group,
        territory=row.territory,
        rep=row.rep_id,
        addresses=msgspec.convert(row.addresses, tuple[rows.Address, ...]),
        payment_days=row.payment_days,
        credit_limit=quantise(row.credit_limit, row.currency) if row.credit_limit is not None else None,
        credit_used=quantise(row.credit_used, row.currency),
        currency=row.currency,
        price_lists=tuple(row.price_lists),
        applicable=tuple(rows.AssignedList(list_id, distance) for list_id, distance in row.applicable),
        assortments=tuple(row.assortments),
        search=row.search,
        last_order_at=row.last_order_at,
    )


def announce_organisation(changes: Changes, row: Organisation) -> None:
    changes.put("organisation", organisation_row(row), org_scope(row.id), DESK)


def place_organisation(
    changes: Changes,
    row: Organisation,
    *,
    latitude: float | None,
    longitude: float | None,
    radius: int | None,
    now: datetime,
) -> tuple[rows.Organisation, rows.Organisation]:
    """Put the first address of an organisation that is held on the map, with the radius of the fence around it, and
    tell phones. Without an address there is nothing to place. The row before and after."""
    before = organisation_row(row)
    if not before.addresses:
        return before, before
    first = msgspec.structs.replace(before.addresses[0], latitude=latitude, longitude=longitude, fence_radius=radius)
    if first == before.addresses[0]:
        return before, before
    row.addresses, row.updated_at = msgspec.to_builtins([first, *before.addresses[1:]]), now
    announce_organisation(changes, row)
    return before, organisation_row(row)


async def organisations(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Organisation]:
    """As they are in the database, for reading."""
    return await queries.by_ids(session, tenant_id, ids)


async def statuses(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> list[str]:
    """Of those of ``ids`` that are organisations."""
    return await queries.statuses(session, tenant_id, ids)


async def type_of(session: AsyncSession, tenant_id: str, organisation_id: str) -> str:
    """head_office, distributor, dealer or shop; empty for an organisation that is not there."""
    return await queries.type_of(session, tenant_id, organisation_id)


async def that_left(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> set[str]:
    """Those of ``ids`` that do no business with the brand any more."""
    return await queries.with_status(session, tenant_id, ids, "exited")


async def lock_tree(session: AsyncSession, tenant_id: str) -> None:
    """One change of the tree, or of what follows it, at a time: until the transaction ends."""
    await queries.lock_tree(session, tenant_id)


async def hold_organisations(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Organisation]:
    """Locked in the order of their ids until the transaction ends: for orders, after stock and before counters."""
    return await queries.by_ids(session, tenant_id, ids, lock=True)


@dataclass(slots=True)
class Account:
    """What orders change of an organisation while it is held: ``settle`` writes it. Kept apart from the row, which
    another command of the same push may read anew."""

    credit_used: Decimal
    last_order_at: datetime | None


async def settle(session: AsyncSession, changes: Changes, accounts: Mapping[str, tuple[Organisation, Account]]) -> None:
    """Write the accounts of organisations that are held, by id, and tell phones."""
    found = [accounts[id_] for id_ in sorted(accounts)]
    values = [(kept.credit_used, kept.last_order_at, row.tenant_id, row.id) for row, kept in found]
    await _ACCOUNTS.run(session, values)
    for row, kept in found:
        set_committed_value(row, "credit_used", kept.credit_used)
        set_committed_value(row, "last_order_at", kept.last_order_at)
        announce_organisation(changes, row)


async def reset_credit(
    session: AsyncSession, tenant_id: str, used: Mapping[str, Decimal], last_order_at: Mapping[str, datetime]
) -> set[str]:
    """Set what was worked out anew; returns the ids of those that were not right. For imports and repair."""
    held = await queries.by_ids(session, tenant_id, used.keys() | last_order_at.keys(), lock=True)
    wrong: set[str] = set()
    for id_, row in held.items():
        amount, last = used.get(id_, row.credit_used), last_order_at.get(id_, row.last_order_at)
        if row.credit_used != amount or row.last_order_at != last:
            row.credit_used, row.last_order_at = amount, last
            wrong.add(id_)
    return wrong


class Standing(NamedTuple):
    """Where an organisation stands, for deciding whom something reaches."""

    id: str
    type: str
    status: str
    territory: str
    group: str
    ancestors: list[str]
    rep: str | None


async def standings(session: AsyncSession, tenant_id: str) -> list[Standing]:
    """Of every organisation of the tenant."""
    return [Standing(*row) for row in await queries.standings(session, tenant_id)]


async def existing_ids(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> set[str]:
    """Those of ``ids`` that are organisations."""
    return await queries.existing_ids(session, tenant_id, ids)


async def ids_with(session: AsyncSession, tenant_id: str, word: str, limit: int) -> list[str]:
    """Those found by a folded word, so many at most."""
    return await queries.ids_with(session, tenant_id, word, limit)


async def ids_by_code(session: AsyncSession, tenant_id: str, codes: Collection[str]) -> dict[str, str]:
    return await queries.ids_by_code(session, tenant_id, codes)


async def assortment_holders(session: AsyncSession, tenant_id: str, assortment_id: str) -> int:
    """How many organisations hold it."""
    return await queries.count_holders(session, tenant_id, assortment_id)


class Assigned(NamedTuple):
    """Ids of what counts for any of some organisations; those of the companies ``above`` them, and their ``groups``."""

    price_lists: set[str]
    assortments: set[str]
    above: set[str]
    groups: set[str]


async def assigned(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> Assigned:
    """What counts for any of these organisations."""
    found = Assigned(set(), set(), set(), set())
    for applicable, held, ancestors, group in await queries.assigned(session, tenant_id, ids) if ids else ():
        found.price_lists.update(list_id for list_id, _ in applicable)
        found.assortments.update(held)
        found.above.update(ancestors)
        found.groups.update((group,) if group else ())
    return found
