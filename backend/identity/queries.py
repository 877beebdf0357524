"""Reads of the identity slice. Those by tenant take ``tenant_id`` first; only sign-in looks across."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bulk import among, id_list
from backend.identity.models import AuditEntry, Role, Tenant, User, UserSession

# Asked with every request, so built once.
_SIGNED_IN = (
    select(UserSession, User, Role.permissions)
    .join(User, (User.tenant_id == UserSession.tenant_id) & (User.id == UserSession.user_id))
    .outerjoin(Role, (Role.tenant_id == User.tenant_id) & (Role.name == User.role))
    .where(UserSession.token_hash == bindparam("token_hash"), UserSession.expires_at > bindparam("now"), User.active)
)


async def tenant_by_code(session: AsyncSession, code: str) -> Tenant | None:
    return await session.scalar(select(Tenant).where(Tenant.code == code))


async def tenants(session: AsyncSession) -> Sequence[Tenant]:
    return (await session.scalars(select(Tenant).order_by(Tenant.code))).all()


async def user_by_login(session: AsyncSession, tenant_id: str, login: str) -> User | None:
    return await session.scalar(select(User).where(User.tenant_id == tenant_id, User.login == login))


async def users(session: AsyncSession, tenant_id: str) -> Sequence[User]:
    return (await session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.login))).all()


async def user_names(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, str]:
    statement = select(User.id, User.name).where(User.tenant_id == tenant_id, User.id.in_(sorted(ids)))
    return {row[0]: row[1] for row in await session.execute(statement)} if ids else {}


async def roles(session: AsyncSession, tenant_id: str) -> Sequence[Role]:
    return (await session.scalars(select(Role).where(Role.tenant_id == tenant_id).order_by(Role.name))).all()


async def permissions_of(session: AsyncSession, tenant_id: str, role: str) -> frozenset[str]:
    """Of a role by name; empty when the tenant has no such role."""
    statement = select(Role.permissions).where(Role.tenant_id == tenant_id, Role.name == role)
    return frozenset(await session.scalar(statement) or ())


async def signed_in(
    session: AsyncSession, token_hash: str, now: datetime
) -> Row[UserSession, User, list[str] | None] | None:
    """The running session of an active person with its role's permissions, in one statement."""
    return (await session.execute(_SIGNED_IN, {"token_hash": token_hash, "now": now})).one_or_none()


async def sessions_of(session: AsyncSession, tenant_id: str, user_id: str, now: datetime) -> Sequence[UserSession]:
    statement = (
        select(UserSession)
        .where(UserSession.tenant_id == tenant_id, UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.seen_at.desc())
    )
    return (await session.scalars(statement)).all()


async def audit_entries(session: AsyncSession, tenant_id: str, before: str, limit: int) -> Sequence[AuditEntry]:
    """Newest first, older than the entry ``before`` (ids sort by time) when it is given."""
    statement = select(AuditEntry).where(AuditEntry.tenant_id == tenant_id).order_by(AuditEntry.id.desc()).limit(limit)
    if before:
        statement = statement.where(AuditEntry.id < before)
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
