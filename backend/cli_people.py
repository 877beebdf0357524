"""``qudao tenant`` and ``qudao user``: the first brand and its first person, and a way back in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.rows import brief
from backend.cli_sessions import command_sessions
from backend.database import transaction
from backend.errors import NotFound
from backend.identity import queries
from backend.identity.brands import STRATEGIES, change_tenant
from backend.identity.models import Tenant, User
from backend.identity.passwords import check_new_password, hash_password
from backend.identity.service import Actor, announce_user, audit_as, brand_of, end_sessions, tenant_of
from backend.identity.users import create_tenant, create_user
from backend.inputs import is_amount
from backend.partners.queries import id_by_code
from backend.partners.saving import found_tenant
from backend.sync.changes import BRAND, Changes
from backend.sync.service import flush_changes
from offline.ids import derived_id, is_id
from offline.rules.permissions import ROLES
from offline.wire.commands import OrganisationSave

_COMMAND_LINE = "command line"
HEAD_OFFICE_CODE = "HQ"


def _run(work: Callable[[AsyncSession], Awaitable[str]]) -> None:
    async def run() -> str:
        async with command_sessions() as sessions, transaction(sessions) as session:
            return await work(session)

    click.echo(asyncio.run(run()))


async def _tenant(session: AsyncSession, code: str) -> Tenant:
    found = await queries.tenant_by_code(session, code)
    if found is None:
        raise NotFound("unknown_tenant", tenant=code)
    return found


async def _user(session: AsyncSession, login: str) -> User:
    owner = await _tenant(session, login.rpartition("@")[2])
    found = await queries.user_by_login(session, owner.id, login.casefold())
    if found is None:
        raise NotFound("unknown_user", login=login)
    return found


_NONE = "none"


class _Amount(click.ParamType[Decimal | str]):
    """An amount, or the word none."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Decimal | str:
        if str(value).casefold() == _NONE:
            return _NONE
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount", param, context)
        if not is_amount(amount):
            self.fail("must be an amount from 0 on", param, context)
        return amount


@click.group()
def tenant() -> None:
    """Brands."""


@tenant.command("create")
@click.argument("code")
@click.option("--name", required=True, help="As people read it.")
@click.option("--currency", default="CNY", show_default=True)
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
def create_tenant_command(code: str, name: str, currency: str, time_zone: str) -> None:
    """Make a brand whose logins end in @CODE, with its head office (code HQ)."""

    async def work(session: AsyncSession) -> str:
        names = {"zh": name, "en": name}
        made = await create_tenant(session, code, names, currency=currency.upper(), time_zone=time_zone)
        audit_as(session, Actor(made.id, "", _COMMAND_LINE), "tenant.created", made.id)
        changes = Changes()
        changes.put("brand", await brand_of(session, made.id), BRAND)
        office = derived_id(made.id, "organisation", HEAD_OFFICE_CODE)
        draft = OrganisationSave(
            organisation=office, code=HEAD_OFFICE_CODE, name=names, type="distributor", parent=office
        )
        await found_tenant(session, made.id, draft, made.currency, now=datetime.now(UTC), changes=changes)
        await flush_changes(session, made.id, changes)
        return f"tenant {made.code} {made.id}"

    _run(work)


@tenant.command("set")
@click.argument("code")
@click.option("--approval-above", type=_Amount(), help="Orders above this wait for approval; none: no order does.")
@click.option("--price-strategy", type=click.Choice(STRATEGIES), help="Which of several price lists counts.")
@click.option("--price-grace-hours", type=int, help="How long a price that was shown is honoured after it changed.")
@click.option("--price-hold-hours", type=int, help="How long an order waits for a price to be confirmed; 0: for ever.")
@click.option("--prices-include-tax/--no-prices-include-tax", default=None, help="What price lists hold.")
@click.option("--time-zone", help="Where the brand's days begin, like Asia/Shanghai.")
@click.option("--quiet-hours", help="When notifications wait, like 22:00-07:30; none: never.")
def set_tenant_command(code: str, **wanted: Any) -> None:
    """Change how a brand sells, and show how it does; what is left out stays. Phones hear of it."""

    async def work(session: AsyncSession) -> str:
        found = await _tenant(session, code)
        given = {name: value for name, value in wanted.items() if value is not None}
        if given.get("approval_above") == _NONE:
            given["approval_above"] = None
        changes = Changes()
        await change_tenant(session, changes, found, given, Actor(found.id, "", _COMMAND_LINE))
        await flush_changes(session, found.id, changes)
        return "\n".join(f"{name}\t{_shown(getattr(found, name))}" for name in wanted)

    _run(work)


def _shown(setting: Any) -> str:
    if isinstance(setting, Decimal):
        return format(brief(setting), "f")
    if isinstance(setting, bool):
        return str(setting).lower()
    return _NONE if setting is None else str(setting)


@tenant.command("list")
def list_tenants_command() -> None:
    """Show all brands."""

    async def work(session: AsyncSession) -> str:
        return "\n".join(f"{item.code}\t{item.id}\t{item.currency}" for item in await queries.tenants(session))

    _run(work)


@click.group()
def user() -> None:
    """People."""


_password = click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    envvar="QUDAO_NEW_PASSWORD",
    help="Asked for when left out.",
)


@user.command("create")
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(sorted(ROLES)), required=True)
@click.option(
    "--organisation",
    default=HEAD_OFFICE_CODE,
    show_default=True,
    help="Code or id of the organisation the person belongs to.",
)
@click.option("--locale", type=click.Choice(["zh-CN", "en"]), default="zh-CN", show_default=True)
@_password
def create_user_command(login: str, *, name: str, role: str, organisation: str, locale: str, password: str) -> None:
    """Make a person who can sign in as LOGIN (name@tenant)."""

    async def work(session: AsyncSession) -> str:
        owner = await _tenant(session, login.rpartition("@")[2])
        changes = Changes()
        found = organisation if is_id(organisation) else await id_by_code(session, owner.id, organisation)
        if found is None:
            raise NotFound("unknown_organisation", organisation=organisation)
        made = await create_user(
            session,
            changes,
            owner,
            login=login,
            name=name,
            role=role,
            organisation_id=found,
            locale=locale,
            password=password,
        )
        await flush_changes(session, owner.id, changes)
        audit_as(session, Actor(owner.id, "", _COMMAND_LINE), "user.created", made.id, {"role": role})
        return f"user {made.login} {made.id}"

    _run(work)


@user.command("list")
@click.argument("tenant_code")
def list_users_command(tenant_code: str) -> None:
    """Show a brand's people."""

    async def work(session: AsyncSession) -> str:
        found = await queries.users(session, (await _tenant(session, tenant_code)).id)
        return "\n".join(f"{item.login}\t{item.role}\t{'active' if item.active else 'inactive'}" for item in found)

    _run(work)


@user.command("password")
@click.argument("login")
@_password
def set_password_command(login: str, password: str) -> None:
    """Set a person's password and sign the person out everywhere."""

    async def work(session: AsyncSession) -> str:
        found = await _user(session, login)
        await check_new_password(password, found.login, found.name, await tenant_of(session, found.tenant_id))
        found.password_hash = await hash_password(password)
        ended = await end_sessions(session, found.tenant_id, found.id)
        audit_as(session, Actor(found.tenant_id, "", _COMMAND_LINE), "user.password_reset", found.id)
        return f"password of {found.login} set, {ended} sessions ended"

    _run(work)


@user.command("deactivate")
@click.argument("login")
def deactivate_command(login: str) -> None:
    """Keep a person from signing in, and sign the person out everywhere."""

    async def work(session: AsyncSession) -> str:
        found = await _user(session, login)
        found.active = False
        ended = await end_sessions(session, found.tenant_id, found.id)
        changes = Changes()
        announce_user(changes, found, await queries.permissions_of(session, found.tenant_id, found.role))
        await flush_changes(session, found.tenant_id, changes)
        audit_as(session, Actor(found.tenant_id, "", _COMMAND_LINE), "user.changed", found.id, {"active": False})
        return f"{found.login} deactivated, {ended} sessions ended"

    _run(work)
