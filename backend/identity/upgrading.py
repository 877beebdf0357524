"""What a new version brings to brands that are there: roles it knows and rights it gives them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.models import Role, Tenant, User
from backend.identity.service import announce_user
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from offline.ids import new_id
from offline.rules.permissions import ROLES


async def renew_roles(session: AsyncSession) -> int:
    """Give every brand the built-in roles with at least the rights they are made with today, and tell everybody's
    phones what they may do, which a migration cannot. Returns how many people were told."""
    told = 0
    for tenant_id in (await session.scalars(select(Tenant.id).order_by(Tenant.id))).all():
        held = await _renewed(session, tenant_id)
        users = (await session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.id))).all()
        changes = Changes()
        for user in users:
            announce_user(changes, user, held.get(user.role, frozenset()))
        await flush_changes(session, tenant_id, changes, datetime.now(UTC))
        told += len(users)
    return told


async def _renewed(session: AsyncSession, tenant_id: str) -> dict[str, frozenset[str]]:
    """The permissions of each role, as they are now."""
    roles = {role.name: role for role in await session.scalars(select(Role).where(Role.tenant_id == tenant_id))}
    for name, permissions in ROLES.items():
        if name not in roles:
            roles[name] = Role(tenant_id=tenant_id, id=new_id(), name=name, permissions=[])
            session.add(roles[name])
        if not permissions <= set(roles[name].permissions):
            roles[name].permissions = sorted({*roles[name].permissions, *permissions})
    await session.flush()
    return {name: frozenset(role.permissions) for name, role in roles.items()}
