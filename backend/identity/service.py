"""What the other slices and the ground need from identity: who asks, ending sessions, rows for phones."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import affected
from backend.errors import NotFound
from backend.identity import queries
from backend.identity.audit import Actor, audit, audit_as, audit_change, refuse_overtaken
from backend.identity.models import Tenant, User, UserSession
from backend.identity.queries import Holder
from backend.partners.service import Person as Acting
from backend.partners.service import statuses
from backend.partners.service import that_left as organisations_that_left
from backend.sync.changes import APPROVERS, VISITS, Changes, user_scope
from backend.sync.commands import Principal
from offline.money import quantise
from offline.rules.audiences import Person
from offline.wire.activities import Colleague
from offline.wire.rows import Brand, Me, Row
from offline.wire.visits import VisitRep

__all__ = [
    "Actor",
    "Known",
    "Reach",
    "Reader",
    "Signed",
    "active_people",
    "announce_colleagues",
    "announce_user",
    "audit",
    "audit_as",
    "audit_change",
    "authenticate",
    "belongs_still",
    "brand_of",
    "end_one_session",
    "end_session",
    "end_sessions",
    "forget_expired_sessions",
    "is_active_user",
    "live_sessions",
    "name_of",
    "people_by_id",
    "people_who_may",
    "people_with",
    "refuse_overtaken",
    "sessions_that_ended",
    "still_in",
    "tenant_ids",
    "tenant_of",
    "token_hash",
    "touch",
    "user_names",
    "user_of",
]

# Which organisations a person acts for, given those assigned; None = all of the tenant. The partners slice knows.
Reach = Callable[[AsyncSession, Acting, Collection[str]], Awaitable[frozenset[str] | None]]
_TOUCH_AFTER = timedelta(hours=1)
_LEFT = "exited"


@dataclass(frozen=True, slots=True)
class Signed:
    """A request's session. ``stale``: long enough unseen for its expiry to be moved on. ``token``: hash of
    the one it came with; ``anew``: the same, when that is the next one and not used before."""

    principal: Principal
    session_id: str
    expires_at: datetime
    locale: str
    stale: bool
    token: str
    anew: str = ""


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def authenticate(session: AsyncSession, token: str, now: datetime, reach: Reach) -> Signed | None:
    """Whose ``token`` this is; None when it is unknown, ended or expired, or the person is not active any
    more, or left together with the organisation."""
    hashed, anew = token_hash(token), ""
    found = await queries.signed_in(session, hashed, now)
    if found is None:
        found, anew = await queries.signed_in_anew(session, hashed, now), hashed
    if found is None or found.organisation_status == _LEFT:
        return None
    principal = Principal(
        tenant_id=found.tenant_id,
        user_id=found.id,
        login=found.login,
        name=found.name,
        organisation_id=found.organisation_id,
        role=found.role,
        permissions=frozenset(found.permissions or ()),
        organisations=await reach(session, found, found.assigned.split(",") if found.assigned else ()),
        organisation_type=found.organisation_type or "",
    )
    stale = now - found.seen_at > _TOUCH_AFTER
    return Signed(principal, found.session_id, found.expires_at, found.locale, stale, hashed, anew)


async def still_in(session: AsyncSession, tokens: Collection[str], now: datetime) -> set[str]:
    """Those of ``tokens`` (hashes) that let somebody in, but for those not used before."""
    return await queries.running_tokens(session, tokens, now, left=_LEFT)


async def belongs_still(session: AsyncSession, user: User) -> bool:
    """Whether the person's organisation does business with the brand: whoever has left has no more access. A
    blocked one may look, and is refused what it orders."""
    return _LEFT not in await statuses(session, user.tenant_id, {user.organisation_id})


async def touch(session: AsyncSession, signed: Signed, now: datetime, days: int) -> None:
    """Move the expiry on: a session ends after ``days`` days without use. The token that was used for the first time
    takes the old one's place, which opens nothing any more."""
    here = (UserSession.tenant_id == signed.principal.tenant_id, UserSession.id == signed.session_id)
    await session.execute(update(UserSession).where(*here).values(seen_at=now, expires_at=now + timedelta(days=days)))
    if signed.anew:
        await session.execute(
            update(UserSession)
            .where(*here, UserSession.next_token_hash == signed.anew)
            .values(token_hash=signed.anew, next_token_hash=None)
        )


async def end_session(session: AsyncSession, signed: Signed) -> None:
    """Sign out where the request came from."""
    await session.execute(
        delete(UserSession).where(
            UserSession.tenant_id == signed.principal.tenant_id, UserSession.id == signed.session_id
        )
    )


async def end_one_session(session: AsyncSession, principal: Principal, session_id: str) -> None:
    """Sign one device of ``principal`` out, whichever it is. Raises ``NotFound`` ``session_unknown``, for another
    person's session too."""
    statement = delete(UserSession).where(
        UserSession.tenant_id == principal.tenant_id,
        UserSession.user_id == principal.user_id,
        UserSession.id == session_id,
    )
    if not affected(await session.execute(statement)):
        raise NotFound("session_unknown", "There is no such session, or it has ended.")


async def end_sessions(session: AsyncSession, tenant_id: str, user_id: str, *, keep: str = "") -> int:
    """Sign a person out everywhere, but for the session ``keep``. Returns how many ended."""
    statement = delete(UserSession).where(
        UserSession.tenant_id == tenant_id, UserSession.user_id == user_id, UserSession.id != keep
    )
    return affected(await session.execute(statement))


async def end_oldest_sessions(
    session: AsyncSession, tenant_id: str, user_id: str, *, most: int, keep: str
) -> list[str]:
    """Leave a person ``most`` sessions: ``keep``, and of the others those used last. Returns the ids of what ended."""
    theirs = (UserSession.tenant_id == tenant_id, UserSession.user_id == user_id, UserSession.id != keep)
    newest_first = select(UserSession.id).where(*theirs).order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    ended = list((await session.scalars(newest_first.offset(most - 1))).all())
    if ended:
        await session.execute(delete(UserSession).where(*theirs, UserSession.id.in_(ended)))
    return ended


async def forget_expired_sessions(session: AsyncSession, now: datetime) -> int:
    """Housekeeping. Returns how many."""
    result = await session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    return affected(result)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads on a signed-in device, and in which language."""

    user_id: str
    locale: str


async def live_sessions(
    session: AsyncSession, tenant_id: str, session_ids: Collection[str], now: datetime
) -> dict[str, Reader]:
    """Those of ``session_ids`` by which somebody could come in now: they run, the person is active, and the
    organisation has not left."""
    found = await queries.running_sessions(session, tenant_id, session_ids, now)
    left = await organisations_that_left(session, tenant_id, {row[3] for row in found})
    return {row[0]: Reader(row[1], row[2]) for row in found if row[3] not in left}


async def sessions_that_ended(
    session: AsyncSession, tenant_id: str, session_ids: Collection[str], now: datetime
) -> set[str]:
    """Those of ``session_ids`` that are over, or whose person is not active any more."""
    running = await queries.running_sessions(session, tenant_id, session_ids, now)
    return set(session_ids).difference(row[0] for row in running)


async def people_with(
    session: AsyncSession, tenant_id: str, organisation_ids: Collection[str], permission: str
) -> dict[str, list[str]]:
    """The active people of organisations who hold a permission, by organisation."""
    found: dict[str, list[str]] = {}
    for organisation_id, user_id, permissions in await queries.people_of(session, tenant_id, organisation_ids):
        if permission in permissions:
            found.setdefault(organisation_id, []).append(user_id)
    return found


def announce_user(changes: Changes, user: User, permissions: frozenset[str]) -> None:
    """Tell the person's own phones who they are now."""
    row = Me(
        id=user.id,
        login=user.login,
        name=user.name,
        organisation=user.organisation_id,
        role=user.role,
        permissions=tuple(sorted(permissions)),
        locale=user.locale,
    )
    changes.put("me", row, user_scope(user.id))
    _announce_colleague(changes, user, approves=user.active and "activity.approve" in permissions)
    visits = user.active and "visit.make" in permissions
    _beside(changes, "visit_rep", VisitRep(id=user.id, name=user.name, role=user.role), VISITS if visits else "")


def _announce_colleague(changes: Changes, user: User | Holder, *, approves: bool) -> None:
    row = Colleague(id=user.id, name=user.name, role=user.role)
    _beside(changes, "colleague", row, APPROVERS if approves else "")


def _beside(changes: Changes, entity: str, row: Row, scope: str) -> None:
    """No scope holds who may not do it (any more). No phone waits for this row."""
    kept, changes.cause = changes.cause, ""
    changes.put(entity, row, *((scope,) if scope else ()))
    changes.cause = kept


async def announce_colleagues(session: AsyncSession, changes: Changes, tenant_id: str, permission: str) -> None:
    """Tell those who hold ``permission`` who else does."""
    for user in await people_who_may(session, tenant_id, permission):
        _announce_colleague(changes, user, approves=True)


async def people_who_may(session: AsyncSession, tenant_id: str, permission: str) -> list[Holder]:
    """Active people whose role has ``permission``, by login."""
    roles = {role.name for role in await queries.roles(session, tenant_id) if permission in role.permissions}
    return await queries.people_in_roles(session, tenant_id, roles)


class Known(NamedTuple):
    """A person as others name them."""

    name: str
    locale: str


async def active_people(session: AsyncSession, tenant_id: str) -> list[Person]:
    """Everybody who may sign in, for deciding whom something reaches."""
    return [Person(*row) for row in await queries.active_people(session, tenant_id)]


async def people_by_id(session: AsyncSession, tenant_id: str, user_ids: Collection[str]) -> dict[str, Known]:
    return {row[0]: Known(row[1], row[2]) for row in await queries.people_by_id(session, tenant_id, user_ids)}


async def is_active_user(session: AsyncSession, tenant_id: str, user_id: str) -> bool:
    """Whether this is a person of the tenant who may sign in."""
    user = await session.get(User, (tenant_id, user_id))
    return user is not None and user.active


async def user_of(session: AsyncSession, tenant_id: str, user_id: str) -> User | None:
    """A person of the tenant, active or not."""
    return await session.get(User, (tenant_id, user_id))


async def name_of(session: AsyncSession, tenant_id: str, user_id: str) -> str | None:
    """None for who is no active person of the tenant."""
    user = await user_of(session, tenant_id, user_id)
    return user.name if user is not None and user.active else None


async def user_names(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, str]:
    """By id, of those of ``ids`` that are people of the tenant."""
    return await queries.user_names(session, tenant_id, ids)


async def tenant_of(session: AsyncSession, tenant_id: str) -> Tenant:
    tenant = await session.get(Tenant, tenant_id)
    if tenant is None:
        raise LookupError(f"no tenant {tenant_id}")
    return tenant


async def tenant_ids(session: AsyncSession) -> Sequence[str]:
    return (await session.scalars(select(Tenant.id).order_by(Tenant.id))).all()


async def brand_of(session: AsyncSession, tenant_id: str) -> Brand:
    """The tenant as phones and order rules know it."""
    return brand_row(await tenant_of(session, tenant_id))


def brand_row(tenant: Tenant) -> Brand:
    limit = tenant.approval_above
    return Brand(
        id=tenant.id,
        code=tenant.code,
        name=tenant.name,
        currency=tenant.currency,
        prices_include_tax=tenant.prices_include_tax,
        price_strategy=tenant.price_strategy,
        price_grace_hours=tenant.price_grace_hours,
        price_hold_hours=tenant.price_hold_hours,
        approval_above=None if limit is None else quantise(limit, tenant.currency),
        industry=tenant.industry,
        time_zone=tenant.time_zone,
    )
