"""Making and changing tenants, roles and people. Nobody can hand out, or take over, more than they hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import by_key
from backend.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.identity import queries
from backend.identity.brands import check_settings
from backend.identity.models import Role, Tenant, User
from backend.identity.passwords import check_new_password, hash_password, verify_password
from backend.identity.service import announce_user, audit, end_sessions, tenant_of
from backend.partners.service import existing_ids
from backend.sync.changes import Changes
from backend.sync.commands import Principal
from offline.ids import new_id
from offline.rules.permissions import ROLES


async def create_tenant(
    session: AsyncSession, code: str, name: Mapping[str, str], *, tenant_id: str = "", **settings: Any
) -> Tenant:
    """A brand with the built-in roles. ``settings`` are columns of ``Tenant``; ``code`` is what follows the ``@`` of
    its logins. Raises ``Conflict`` ``code_taken``, ``Invalid``."""
    check_settings(settings)
    code = code.strip().casefold()
    if not code or not all(letter.isalnum() or letter in "-_." for letter in code):
        raise Invalid("bad_code", errors=(FieldError("code", "Letters, digits, '-', '_' and '.' only."),))
    if await queries.tenant_by_code(session, code):
        raise Conflict("code_taken", tenant=code)
    tenant = Tenant(id=tenant_id or new_id(), code=code, name=dict(name), created_at=datetime.now(UTC), **settings)
    session.add(tenant)
    for role, permissions in ROLES.items():
        session.add(Role(tenant_id=tenant.id, id=new_id(), name=role, permissions=sorted(permissions)))
    await session.flush()
    return tenant


def whole_login(login: str, tenant_code: str) -> str:
    """``rep`` and ``Rep@demo`` are both ``rep@demo`` in the tenant ``demo``. Raises ``Invalid``."""
    login = login.strip().casefold()
    name, at, code = login.rpartition("@")
    if not at:
        name, code = login, tenant_code
    if (
        not name
        or code != tenant_code
        or len(name) > 60
        or any(letter.isspace() or not letter.isprintable() for letter in name)
    ):
        message = f"Must be like name@{tenant_code}."
        raise Invalid("bad_login", message, errors=(FieldError("login", message),))
    return f"{name}@{code}"


async def create_user(
    session: AsyncSession,
    changes: Changes,
    tenant: Tenant,
    *,
    login: str,
    name: str,
    role: str,
    organisation_id: str,
    password: str,
    locale: str = "zh-CN",
    user_id: str = "",
) -> User:
    """A person who can sign in at once. The caller writes ``changes`` to the feed. Raises ``Conflict``
    ``login_taken``, ``Invalid``."""
    login = whole_login(login, tenant.code)
    await check_new_password(password, login, name, tenant)
    permissions = await _permissions_of(session, tenant.id, role)
    if await queries.user_by_login(session, tenant.id, login):
        raise Conflict("login_taken", login=login)
    user = User(
        tenant_id=tenant.id,
        id=user_id or new_id(),
        login=login,
        name=name,
        organisation_id=organisation_id,
        role=role,
        locale=locale,
        password_hash=await hash_password(password),
        active=True,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    await session.flush()
    announce_user(changes, user, permissions)
    return user


async def _permissions_of(session: AsyncSession, tenant_id: str, role: str) -> frozenset[str]:
    known = {item.name: frozenset(item.permissions) for item in await queries.roles(session, tenant_id)}
    if role not in known:
        message = f"Must be one of {', '.join(known)}."
        raise Invalid("unknown_role", message, errors=(FieldError("role", message),))
    return known[role]


async def check_organisation(session: AsyncSession, principal: Principal, organisation_id: str) -> None:
    """Raises ``Invalid`` ``unknown_organisation`` when there is none that ``principal`` sees."""
    if principal.sees(organisation_id) and await existing_ids(session, principal.tenant_id, {organisation_id}):
        return
    raise Invalid("unknown_organisation", errors=(FieldError("organisation", "There is no such organisation."),))


async def check_may_grant(session: AsyncSession, principal: Principal, role: str) -> None:
    """Raises ``Forbidden`` ``beyond_own_rights`` when ``role`` may do something ``principal`` may not."""
    if not await _permissions_of(session, principal.tenant_id, role) <= principal.permissions:
        raise Forbidden("beyond_own_rights", role=role)


async def user_to_change(session: AsyncSession, principal: Principal, user_id: str) -> User:
    """A person of the principal's tenant whom it may administer. Raises ``NotFound``, ``Forbidden``."""
    user = await by_key(session, User, (principal.tenant_id, user_id), lock=True)
    if user is None or not principal.sees(user.organisation_id):
        raise NotFound("unknown_user")
    if not await queries.permissions_of(session, principal.tenant_id, user.role) <= principal.permissions:
        raise Forbidden("beyond_own_rights", role=user.role)
    return user


async def change_user(
    session: AsyncSession,
    changes: Changes,
    principal: Principal,
    user: User,
    wanted: Mapping[str, Any],
    *,
    was: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Set the columns in ``wanted`` (name, role, active, locale). Losing ``active`` or the role ends the sessions.
    Raises ``Conflict`` ``own_account``: nobody can lock oneself out; ``changed_meanwhile`` where one of them is not any
    more what it ``was``."""
    touched = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    if any(name in was and getattr(user, name) != was[name] for name in touched):
        raise Conflict("changed_meanwhile", "Somebody else has changed this person.")
    if user.id == principal.user_id and touched.keys() & {"role", "active"}:
        raise Conflict("own_account")
    if "role" in touched:
        await check_may_grant(session, principal, touched["role"])
    before = {name: getattr(user, name) for name in touched}
    for name, value in touched.items():
        setattr(user, name, value)
    if not touched:
        return
    if touched.keys() & {"role", "active"}:
        await end_sessions(session, user.tenant_id, user.id)
    announce_user(changes, user, await queries.permissions_of(session, user.tenant_id, user.role))
    audit(session, principal, "user.changed", user.id, {"before": before, "after": touched})


async def reset_password(session: AsyncSession, principal: Principal, user: User, password: str) -> None:
    """By an administrator: the person's sessions end. Raises ``Conflict`` ``own_account``: the own password is changed
    by who knows it (``change_own_password``), not by whoever sits down at a desk that was left open."""
    if user.id == principal.user_id:
        raise Conflict("own_account")
    await check_new_password(password, user.login, user.name, await tenant_of(session, user.tenant_id))
    user.password_hash = await hash_password(password)
    await end_sessions(session, user.tenant_id, user.id)
    audit(session, principal, "user.password_reset", user.id)


async def change_own_password(
    session: AsyncSession, principal: Principal, session_id: str, current: str, new: str
) -> None:
    """The person's other sessions end. Raises ``Forbidden`` ``wrong_password``, ``Invalid`` ``password_rule``,
    ``password_guessable``."""
    user = await session.get_one(User, (principal.tenant_id, principal.user_id), with_for_update=True)
    if not await verify_password(user.password_hash, current):
        raise Forbidden("wrong_password", "The current password is wrong.")
    await check_new_password(new, user.login, user.name, await tenant_of(session, user.tenant_id), "new")
    user.password_hash = await hash_password(new)
    await end_sessions(session, user.tenant_id, user.id, keep=session_id)
    audit(session, principal, "user.password_changed", user.id)
