"""The demo's people. Their password is known to everybody: ``qudao demo`` alone makes them, ``qudao serve`` never."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.models import Tenant, User
from backend.identity.service import announce_user
from backend.identity.users import create_user
from backend.sync.changes import Changes
from backend.sync.commands import Principal
from offline.ids import derived_id
from offline.rules.permissions import permissions_of

PASSWORD = "qudao-demo"  # noqa: S105 - for everybody to try


class Person(NamedTuple):
    """``organisation`` is a code."""

    login: str
    name: str
    role: str
    organisation: str
    locale: str = "zh-CN"


DEMO = (
    Person("hq", "王静", "head_office", "HQ"),
    Person("rep", "林晓", "rep", "HQ"),
    Person("shop", "陈美玲", "shop", "S0001"),
    Person("dealer", "周建国", "dealer", "J-SH1"),
    Person("finance", "李娜", "finance", "HQ"),
    Person("trainer", "何文华", "trainer", "HQ"),
    Person("staff", "赵佳怡", "staff", "S0001"),
    Person("desk", "徐敏", "order_desk", "HQ"),
    Person("distributor", "高明", "distributor", "D-EAST"),
    Person("zhaomin", "赵敏", "rep", "HQ"),
    Person("sunwei", "孙伟", "rep", "HQ"),
    Person("wuhao", "吴浩", "rep", "HQ"),
)
OTHER = (
    Person("hq", "Marta Keller", "head_office", "HQ", "en"),
    Person("shop", "Jonas Weber", "shop", "S01", "en"),
    Person("rep", "Elena Rossi", "rep", "HQ", "en"),
)


def user_id(tenant_id: str, login: str) -> str:
    return derived_id(tenant_id, "user", login)


async def make_people(
    session: AsyncSession,
    changes: Changes,
    tenant: Tenant,
    people: tuple[Person, ...],
    organisations: Mapping[str, str],
) -> dict[str, User]:
    """The users by login without ``@``. One hash serves all: the password is no secret, and a hash costs a second
    on a slow machine."""
    made: dict[str, User] = {}
    for person in people:
        id_ = user_id(tenant.id, person.login)
        if not made:
            made[person.login] = await create_user(
                session,
                changes,
                tenant,
                login=person.login,
                name=person.name,
                role=person.role,
                organisation_id=organisations[person.organisation],
                password=PASSWORD,
                locale=person.locale,
                user_id=id_,
            )
            continue
        first = next(iter(made.values()))
        user = User(
            tenant_id=tenant.id,
            id=id_,
            login=f"{person.login}@{tenant.code}",
            name=person.name,
            organisation_id=organisations[person.organisation],
            role=person.role,
            locale=person.locale,
            password_hash=first.password_hash,
            active=True,
            created_at=first.created_at,
        )
        session.add(user)
        announce_user(changes, user, permissions_of(person.role))
        made[person.login] = user
    await session.flush()
    return made


def principal_of(user: User, organisations: Collection[str] | None = None) -> Principal:
    """Who acts when ``user`` does, without a session. ``organisations``: None reaches all of them."""
    return Principal(
        tenant_id=user.tenant_id,
        user_id=user.id,
        login=user.login,
        name=user.name,
        organisation_id=user.organisation_id,
        role=user.role,
        permissions=permissions_of(user.role),
        organisations=None if organisations is None else frozenset(organisations),
    )
