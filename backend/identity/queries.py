"""Reads of the identity slice. Those by tenant take ``tenant_id`` first; only sign-in looks across."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.db import table_of
from backend.identity.models import AuditEntry, Role, Tenant, User, UserSession
from backend.partners.service import STANDING, assigned_to


class SignedIn(NamedTuple):
    """A running session, its active person, the permissions of the role, and the organisation's type and status;
    None for a role or an organisation that is not there. ``assigned``: ids of the organisations assigned to the
    person, joined by commas."""

    session_id: str
    expires_at: datetime
    seen_at: datetime
    tenant_id: str
    id: str
    login: str
    name: str
    organisation_id: str
    role: str
    locale: str
    permissions: list[str] | None
    organisation_type: str | None
    organisation_status: str | None
    assigned: str | None


def _signed_in(token: str) -> Select[Any]:
    """By the column ``token``."""
    sessions = table_of(UserSession)
    users = table_of(User)
    roles = table_of(Role)
    person = (users.c[name] for name in ("tenant_id", "id", "login", "name", "organisation_id", "role", "locale"))
    return (
        select(
            sessions.c.id,
            sessions.c.expires_at,
            sessions.c.seen_at,
            *person,
            roles.c.permissions,
            STANDING.c.type,
            STANDING.c.status,
            assigned_to(users.c.tenant_id, users.c.id),
        )
        .join_from(sessions, users, (users.c.tenant_id == sessions.c.tenant_id) & (users.c.id == sessions.c.user_id))
        .outerjoin(roles, (roles.c.tenant_id == users.c.tenant_id) & (roles.c.name == users.c.role))
        .outerjoin(STANDING, (STANDING.c.tenant_id == users.c.tenant_id) & (STANDING.c.id == users.c.organisation_id))
        .where(sessions.c[token] == bindparam("token_hash"), sessions.c.expires_at > bindparam("now"), users.c.active)
    )


# Asked with every request, so built once and of plain columns.
_SIGNED_IN = _signed_in("token_hash")
_SIGNED_IN_ANEW = _signed_in("next_token_hash")


async def tenant_by_code(session: AsyncSession, code: str) -> Tenant | None:
    return await session.scalar(select(Tenant).where(Tenant.code == code))


async def tenants(session: AsyncSession) -> Sequence[Tenant]:
    return (await session.scalars(select(Tenant).order_by(Tenant.code))).all()


async def user_by_login(session: AsyncSession, tenant_id: str, login: str) -> User | None:
    return await session.scalar(select(User).where(User.tenant_id == tenant_id, User.login == login))


async def users(session: AsyncSession, tenant_id: str) -> Sequence[User]:
    return (await session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.login))).all()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people: those of ``organisations`` (None: any), whose login comes behind ``after``, and with all ``words``
    in their name or login or working at one of ``at``, by word."""

    organisations: frozenset[str] | None = None
    role: str = ""
    active: bool | None = None
    words: Sequence[str] = ()
    at: Sequence[Collection[str]] = ()
    after: str = ""


async def people_page(session: AsyncSession, tenant_id: str, wanted: Wanted, limit: int) -> Sequence[User]:
    """By login, so many at most."""
    statement = select(User).where(User.tenant_id == tenant_id, User.login > wanted.after)
    given = {}
    if wanted.organisations is not None:
        statement = statement.where(among(User.organisation_id, id_list("seen")))
        given["seen"] = sorted(wanted.organisations)
    if wanted.role:
        statement = statement.where(User.role == wanted.role)
    if wanted.active is not None:
        statement = statement.where(User.active == wanted.active)
    for number, (word, at) in enumerate(zip(wanted.words, wanted.at, strict=True)):
        named = func.lower(User.name).contains(word, autoescape=True) | User.login.contains(word, autoescape=True)
        statement = statement.where(named | among(User.organisation_id, id_list(f"at{number}")))
        given[f"at{number}"] = sorted(at)
    return (await session.scalars(statement.order_by(User.login).limit(limit), given)).all()


class Holder(NamedTuple):
    """Of a right. Plain columns, as thousands may take a course; all that ``reach`` asks of a person is among them."""

    tenant_id: str
    id: str
    name: str
    organisation_id: str
    role: str


async def people_in_roles(session: AsyncSession, tenant_id: str, roles: Collection[str]) -> list[Holder]:
    """Active, by login."""
    statement = (
        select(User.tenant_id, User.id, User.name, User.organisation_id, User.role)
        .where(User.tenant_id == tenant_id, User.role.in_(sorted(roles)), User.active)
        .order_by(User.login)
    )
    return [Holder(*row) for row in await session.execute(statement)]


async def user_names(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, str]:
    statement = select(User.id, User.name).where(User.tenant_id == tenant_id, User.id.in_(sorted(ids)))
    return {row[0]: row[1] for row in await session.execute(statement)} if ids else {}


async def roles(session: AsyncSession, tenant_id: str) -> Sequence[Role]:
    return (await session.scalars(select(Role).where(Role.tenant_id == tenant_id).order_by(Role.name))).all()


async def permissions_of(session: AsyncSession, tenant_id: str, role: str) -> frozenset[str]:
    """Of a role by name; empty when the tenant has no such role."""
    statement = select(Role.permissions).where(Role.tenant_id == tenant_id, Role.name == role)
    return frozenset(await session.scalar(statement) or ())


async def signed_in(session: AsyncSession, token_hash: str, now: datetime) -> SignedIn | None:
    """All that a request needs to know of who asks, in one statement."""
    row = (await session.execute(_SIGNED_IN, {"token_hash": token_hash, "now": now})).one_or_none()
    return SignedIn(*row) if row is not None else None


async def signed_in_anew(session: AsyncSession, token_hash: str, now: datetime) -> SignedIn | None:
    """The same by a token that was not used before."""
    row = (await session.execute(_SIGNED_IN_ANEW, {"token_hash": token_hash, "now": now})).one_or_none()
    return SignedIn(*row) if row is not None else None


async def running_tokens(session: AsyncSession, tokens: Collection[str], now: datetime, *, left: str) -> set[str]:
    """Those of ``tokens`` (hashes) whose session runs and whose person is active, at an organisation that is not
    ``left``. One statement for thousands."""
    sessions, users = table_of(UserSession), table_of(User)
    at = (STANDING.c.tenant_id == users.c.tenant_id) & (STANDING.c.id == users.c.organisation_id)
    statement = (
        select(sessions.c.token_hash)
        .join_from(sessions, users, (users.c.tenant_id == sessions.c.tenant_id) & (users.c.id == sessions.c.user_id))
        .outerjoin(STANDING, at)
        .where(
            among(sessions.c.token_hash, id_list("tokens")),
            sessions.c.expires_at > now,
            users.c.active,
            func.coalesce(STANDING.c.status, "") != left,
        )
    )
    return {row[0] for row in await session.execute(statement, {"tokens": sorted(tokens)})}


async def session_of_device(  # noqa: PLR0917 - all of them say which
    session: AsyncSession, tenant_id: str, user_id: str, device: str, token_hash: str, now: datetime
) -> UserSession | None:
    """The running session of the person on the device that one of its tokens came from, locked."""
    statement = select(UserSession).where(
        UserSession.tenant_id == tenant_id,
        UserSession.user_id == user_id,
        UserSession.device_id == device,
        or_(UserSession.token_hash == token_hash, UserSession.next_token_hash == token_hash),
        UserSession.expires_at > now,
    )
    return await session.scalar(statement.with_for_update())


async def sessions_of(session: AsyncSession, tenant_id: str, user_id: str, now: datetime) -> Sequence[UserSession]:
    statement = (
        select(UserSession)
        .where(UserSession.tenant_id == tenant_id, UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.seen_at.desc())
    )
    return (await session.scalars(statement)).all()


async def audit_entries(
    session: AsyncSession, tenant_id: str, *, subject: str, before: str, limit: int
) -> Sequence[AuditEntry]:
    """Newest first; about ``subject`` and older than the entry ``before`` (ids sort by time) where they are given."""
    statement = select(AuditEntry).where(AuditEntry.tenant_id == tenant_id).order_by(AuditEntry.id.desc()).limit(limit)
    if before:
        statement = statement.where(AuditEntry.id < before)
    if subject:
        statement = statement.where(AuditEntry.subject == subject)
    return (await session.scalars(statement)).all()


async def active_people(session: AsyncSession, tenant_id: str) -> Sequence[Row[str, str, str]]:
    """Id, organisation and role of everybody who may sign in. Plain columns: there may be thousands."""
    statement = select(User.id, User.organisation_id, User.role).where(User.tenant_id == tenant_id, User.active)
    return (await session.execute(statement)).all()


async def people_by_id(
    session: AsyncSession, tenant_id: str, user_ids: Collection[str]
) -> Sequence[Row[str, str, str]]:
    """Id, name and language."""
    statement = select(User.id, User.name, User.locale).where(
        User.tenant_id == tenant_id, among(User.id, id_list("people"))
    )
    return (await session.execute(statement, {"people": sorted(user_ids)})).all()


async def running_sessions(
    session: AsyncSession, tenant_id: str, session_ids: Collection[str], now: datetime
) -> Sequence[Row[str, str, str, str]]:
    """Session, person, language and organisation, of those that run and whose person is active."""
    statement = (
        select(UserSession.id, User.id, User.locale, User.organisation_id)
        .join(User, (User.tenant_id == UserSession.tenant_id) & (User.id == UserSession.user_id))
        .where(
            UserSession.tenant_id == tenant_id,
            among(UserSession.id, id_list("sessions")),
            UserSession.expires_at > now,
            User.active,
        )
    )
    return (await session.execute(statement, {"sessions": sorted(session_ids)})).all()


async def people_of(
    session: AsyncSession, tenant_id: str, organisation_ids: Collection[str]
) -> Sequence[Row[str, str, list[str]]]:
    """Organisation, person and permissions of the active people of these organisations."""
    statement = (
        select(User.organisation_id, User.id, Role.permissions)
        .join(Role, (Role.tenant_id == User.tenant_id) & (Role.name == User.role))
        .where(User.tenant_id == tenant_id, among(User.organisation_id, id_list("organisations")), User.active)
        .order_by(User.id)
    )
    return (await session.execute(statement, {"organisations": sorted(organisation_ids)})).all()
