"""A small world for server tests: two brands, the same kinds of organisations and people in each, all signed in.

hq (head_office) ─ distributor ─ dealer ─ shop
                 └ rival (a shop that hangs below the head office)
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions, transaction
from backend.identity.models import Tenant, User, UserSession
from backend.identity.service import token_hash
from backend.identity.users import create_tenant
from backend.partners.models import Organisation
from offline.ids import new_id

PASSWORD = "qudao-demo"
# login -> (role, code of its organisation)
PEOPLE: Mapping[str, tuple[str, str]] = {
    "hq": ("head_office", "HQ"),
    "desk": ("order_desk", "HQ"),
    "finance": ("finance", "HQ"),
    "rep": ("rep", "HQ"),
    "trainer": ("trainer", "HQ"),
    "distributor": ("distributor", "DIST"),
    "dealer": ("dealer", "DEAL"),
    "shop": ("shop", "SHOP"),
    "rival": ("shop", "RIVAL"),
    "staff": ("staff", "SHOP"),
}
# code -> (type, parent, whether the rep looks after it)
ORGANISATIONS: Mapping[str, tuple[str, str | None, bool]] = {
    "HQ": ("head_office", None, False),
    "DIST": ("distributor", "HQ", False),
    "DEAL": ("dealer", "DIST", False),
    "SHOP": ("shop", "DEAL", True),
    "RIVAL": ("shop", "HQ", False),
}


@dataclass(slots=True)
class Brand:
    """One tenant; ``users`` and ``tokens`` by login without ``@``, ``organisations`` ids by code."""

    tenant: Tenant
    organisations: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def bearer(self, login: str) -> dict[str, str]:
        """Request headers of a signed-in person."""
        return {"Authorization": f"Bearer {self.tokens[login]}"}


@dataclass(slots=True)
class World:
    demo: Brand
    other: Brand


@cache
def _password_hash() -> str:
    """Cheap on purpose: tests sign in often."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


async def make_world(sessions: Sessions) -> World:
    async with transaction(sessions) as session:
        return World(await make_brand(session, "demo"), await make_brand(session, "other"))


async def make_brand(session: AsyncSession, code: str) -> Brand:
    now = datetime.now(UTC)
    tenant = await create_tenant(session, code, {"zh": f"品牌 {code}", "en": f"Brand {code}"})
    brand = Brand(tenant, {name: new_id() for name in ORGANISATIONS})
    rep_id = new_id()
    for name, (kind, parent, looked_after) in ORGANISATIONS.items():
        session.add(
            Organisation(
                tenant_id=tenant.id,
                id=brand.organisations[name],
                code=name,
                name={"zh": name, "en": name},
                type=kind,
                parent_id=brand.organisations[parent] if parent else None,
                ancestors=[brand.organisations[item] for item in _above(name)],
                rep_id=rep_id if looked_after else None,
                currency="CNY",
                created_at=now,
                updated_at=now,
            )
        )
    for login, (role, organisation) in PEOPLE.items():
        user = User(
            tenant_id=tenant.id,
            id=rep_id if login == "rep" else new_id(),
            login=f"{login}@{code}",
            name=login.title(),
            organisation_id=brand.organisations[organisation],
            role=role,
            locale="en",
            password_hash=_password_hash(),
            active=True,
            created_at=now,
        )
        session.add(user)
        brand.users[login] = user
        brand.tokens[login] = sign_in_directly(session, user, now)
    await session.flush()
    return brand


def _above(code: str) -> list[str]:
    """Codes from the parent up."""
    parent = ORGANISATIONS[code][1]
    return [parent, *_above(parent)] if parent else []


def sign_in_directly(session: AsyncSession, user: User, now: datetime) -> str:
    """A token without the cost of a sign-in."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            tenant_id=user.tenant_id,
            id=new_id(),
            user_id=user.id,
            token_hash=token_hash(token),
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    return token
