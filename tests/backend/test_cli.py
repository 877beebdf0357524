"""The command line: brands, people, migrations, help."""

import asyncio
import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from backend.cli import qudao
from backend.database import Sessions, snapshot, transaction
from backend.errors import Problem
from backend.identity.models import AuditEntry, Role
from backend.identity.service import announce_user
from backend.migrations import running
from backend.settings import Settings
from backend.sync.changes import Changes
from backend.sync.models import SyncRow
from backend.sync.service import flush_changes
from offline.ids import new_id
from offline.rules.permissions import ROLES, permissions_of
from tests.people import World
from tests.shop import checksums

Run = Callable[..., Result]


@pytest.fixture
def run(environ: dict[str, str]) -> Run:
    runner = CliRunner(env=environ)

    def invoke(*arguments: str, expect: int = 0, **options: str) -> Result:
        result = runner.invoke(qudao, list(arguments), env=options)
        assert result.exit_code == expect, (result.output, result.exception)
        return result

    return invoke


def commands_of(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(group, click.Group):
        return [path]
    context = click.Context(group)
    found = [path] if path else []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, (*path, name)
        found += commands_of(command, (*path, name))
    return found


def test_every_command_has_help(tmp_path: Path) -> None:
    every = commands_of(qudao)
    assert {path[0] for path in every} >= {"serve", "worker", "migrate", "import", "export", "tenant", "user"}
    for path in every:
        result = CliRunner(env={"QUDAO_DATA": str(tmp_path)}).invoke(qudao, [*path, "--help"])
        assert result.exit_code == 0, (path, result.output)
        assert len(result.output.splitlines()) > 4, path


async def test_after_a_restore_phones_are_told_to_start_over(run: Run, client: httpx.AsyncClient, world: World) -> None:
    headers = {"Authorization": f"Bearer {world.demo.tokens['rep']}"}
    before = (await client.get("/api/sync/scopes", headers=headers)).json()["epoch"]
    printed = (await asyncio.to_thread(run, "renew-epoch")).output
    after = (await client.get("/api/sync/scopes", headers=headers)).json()["epoch"]
    assert after != before
    assert printed.strip() == f"epoch {after.split('/')[0]}"


def test_a_brand_and_its_first_person(run: Run) -> None:
    tenant = run("tenant", "create", "Acme", "--name", "艾克米", "--currency", "eur").output
    assert tenant.startswith("tenant acme ")
    assert run("tenant", "list").output.splitlines() == [f"acme\t{tenant.split()[2]}\tEUR"]
    options = ("--name", "老板", "--role", "head_office", "--organisation", new_id())
    made = run("user", "create", "boss@acme", *options, QUDAO_NEW_PASSWORD="a long password")
    assert made.output.startswith("user boss@acme ")
    assert run("user", "list", "acme").output.splitlines() == ["boss@acme\thead_office\tactive"]
    office = run("user", "create", "second@acme", "--name", "B", "--role", "rep", QUDAO_NEW_PASSWORD="a long password")
    assert office.output.startswith("user second@acme ")
    options = ("--name", "C", "--role", "rep", "--organisation", "NOWHERE")
    nowhere = run("user", "create", "third@acme", *options, expect=1, QUDAO_NEW_PASSWORD="a long password")
    assert isinstance(nowhere.exception, Problem)
    assert nowhere.exception.code == "unknown_organisation"
    assert run("user", "deactivate", "second@acme").exit_code == 0
    guessed = run("user", "password", "boss@acme", expect=1, QUDAO_NEW_PASSWORD="1234567890")
    assert isinstance(guessed.exception, Problem)
    assert guessed.exception.code == "password_guessable"
    again = run("user", "password", "boss@acme", QUDAO_NEW_PASSWORD="another long one")
    assert again.output == "password of boss@acme set, 0 sessions ended\n"
    assert run("user", "deactivate", "Boss@acme").output == "boss@acme deactivated, 0 sessions ended\n"
    listed = run("user", "list", "acme").output.splitlines()
    assert listed == ["boss@acme\thead_office\tinactive", "second@acme\trep\tinactive"]


async def test_how_a_brand_sells_is_set_and_told_to_phones(
    run: Run, client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    headers = world.demo.bearer("rep")
    options = (
        "--approval-above",
        "5000.50",
        "--price-strategy",
        "cheapest",
        "--price-grace-hours",
        "0",
        "--price-hold-hours",
        "48",
    )
    more = ("--no-prices-include-tax", "--time-zone", "Europe/London", "--quiet-hours", "21:00-08:00")
    shown = (await asyncio.to_thread(run, "tenant", "set", "demo", *options, *more)).output
    assert shown.splitlines() == [
        "approval_above\t5000.5",
        "price_strategy\tcheapest",
        "price_grace_hours\t0",
        "price_hold_hours\t48",
        "prices_include_tax\tfalse",
        "time_zone\tEurope/London",
        "quiet_hours\t21:00-08:00",
    ]
    pulled = await client.post("/api/sync/pull", json={"scopes": {"brand": 0}}, headers=headers)
    (brand,) = [put["doc"] for put in pulled.json()["scopes"]["brand"]["puts"] if put["entity"] == "brand"]
    assert (brand["approval_above"], brand["price_strategy"], brand["price_grace_hours"]) == ("5000.50", "cheapest", 0)
    assert (brand["prices_include_tax"], brand["time_zone"], brand["price_hold_hours"]) == (False, "Europe/London", 48)
    # What is left out stays, and nothing changed is nothing written.
    await asyncio.to_thread(run, "tenant", "set", "demo", "--price-strategy", "cheapest")
    assert (
        "approval_above\tnone"
        in (await asyncio.to_thread(run, "tenant", "set", "demo", "--approval-above", "none")).output
    )
    async with sessions() as session:
        changed = select(AuditEntry.detail).where(AuditEntry.action == "tenant.changed").order_by(AuditEntry.at)
        details = (await session.scalars(changed)).all()
    assert [sorted(each["after"]) for each in details] == [
        [
            "approval_above",
            "price_grace_hours",
            "price_hold_hours",
            "price_strategy",
            "prices_include_tax",
            "quiet_hours",
            "time_zone",
        ],
        ["approval_above"],
    ]
    assert details[0]["before"]["time_zone"] == "Asia/Shanghai"


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "acme", "--name", "x", "--time-zone", "Asia/Shangai"),
        ("create", "acme", "--name", "x", "--time-zone", "../../etc/passwd"),
        ("create", "acme", "--name", "x", "--time-zone", "localtime"),
        ("create", "acme", "--name", "x", "--currency", "CNN"),
        ("set", "demo", "--time-zone", "Asia"),
        ("set", "demo", "--price-grace-hours", "-1"),
        ("set", "demo", "--price-grace-hours", "99999999999"),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_settings_that_cannot_be_are_refused(
    run: Run, world: World, sessions: Sessions, arguments: tuple[str, ...]
) -> None:
    before = await checksums(sessions)
    result = await asyncio.to_thread(run, "tenant", *arguments, expect=1)
    assert isinstance(result.exception, Problem)
    assert result.exception.code == "bad_setting"
    assert "There is no " in result.exception.detail or "Must be from 0" in result.exception.detail
    assert await checksums(sessions) == before


@pytest.mark.parametrize("amount", ["-1", "much", "NaN", "1e40"])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_amount_to_approve_above(run: Run, amount: str) -> None:
    assert "amount" in run("tenant", "set", "demo", "--approval-above", amount, expect=2).output


def test_time_zones_are_there_on_every_platform() -> None:
    assert metadata.version("tzdata")
    locks = Path(__file__).parents[2] / "locks"
    for name in ("run.txt", "dev.txt"):
        (line,) = [line for line in (locks / name).read_text().splitlines() if line.startswith("tzdata==")]
        assert ";" not in line


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("user", "list", "nowhere"), "unknown_tenant"),
        (("user", "deactivate", "nobody@nowhere"), "unknown_tenant"),
        (("tenant", "create", "a b", "--name", "x"), "bad_code"),
    ],
)
def test_refusals_have_codes(run: Run, arguments: tuple[str, ...], code: str) -> None:
    result = run(*arguments, expect=1)
    assert isinstance(result.exception, Problem)
    assert result.exception.code == code


@pytest.mark.parametrize(("password", "code"), [("short", "password_rule"), ("acme123456", "password_guessable")])
def test_a_rule_broken_makes_nobody(run: Run, password: str, code: str) -> None:
    run("tenant", "create", "acme", "--name", "Acme")
    options = ("--name", "x", "--role", "staff", "--organisation", new_id())
    result = run("user", "create", "x@acme", *options, expect=1, QUDAO_NEW_PASSWORD=password)
    assert isinstance(result.exception, Problem)
    assert result.exception.code == code
    assert run("user", "list", "acme").output.strip() == ""


def test_migrate_check_tells_the_state(run: Run, tmp_path: Path) -> None:
    assert "database at 0" in run("migrate", "--check").output
    fresh = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    assert "database at nothing" in run("migrate", "--check", expect=1, QUDAO_DATABASE_URL=fresh).output
    assert "migrated empty -> " in run("migrate", QUDAO_DATABASE_URL=fresh).output
    assert "up to date" in run("migrate", QUDAO_DATABASE_URL=fresh).output


async def test_a_new_version_brings_its_rights_to_people_that_are_there(
    run: Run, client: httpx.AsyncClient, world: World, sessions: Sessions, settings: Settings
) -> None:
    """Also to their phones; rights that a brand gave beyond the built-in ones stay."""
    await running.downgrade(settings.database_url, "-1")
    async with transaction(sessions) as session:
        role = (await session.scalars(select(Role).where(Role.name == "rep"))).first()
        assert role is not None
        role.permissions = ["order.place", "price.edit"]
        tenant = role.tenant_id
    assert "people told" in (await asyncio.to_thread(run, "migrate")).output
    assert "told" not in (await asyncio.to_thread(run, "migrate")).output
    brand = next(each for each in (world.demo, world.other) if each.tenant.id == tenant)
    user = brand.users["rep"].id
    pulled = await client.post("/api/sync/pull", json={"scopes": {f"user:{user}": 0}}, headers=brand.bearer("rep"))
    (me,) = [put["doc"] for put in pulled.json()["scopes"][f"user:{user}"]["puts"] if put["entity"] == "me"]
    assert set(me["permissions"]) == ROLES["rep"] | {"price.edit"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_openapi_document_can_be_written(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"
    run("openapi", str(target))
    assert "/api/session" in json.loads(target.read_text())["paths"]
    assert json.loads(run("openapi").stdout) == json.loads(target.read_text())


async def test_who_is_deactivated_leaves_the_lists_of_others(run: Run, world: World, sessions: Sessions) -> None:
    """As at the desk: those who name a deputy or plan visits must not find the person there."""
    gone = world.demo.users["rep"].id

    async def scopes() -> set[str]:
        async with snapshot(sessions) as session:
            statement = select(SyncRow.scope).where(SyncRow.id == gone, SyncRow.gone == "", SyncRow.entity != "me")
            return set(await session.scalars(statement))

    async with transaction(sessions) as session:
        changes = Changes()
        announce_user(changes, world.demo.users["rep"], permissions_of("rep"))
        await flush_changes(session, world.demo.tenant.id, changes)
    assert await scopes() == {"approvers", "visits"}
    await asyncio.to_thread(run, "user", "deactivate", "rep@demo")
    assert await scopes() == set()
