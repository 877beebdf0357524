"""``qudao``: the command line. Commands that need much (importing, the demo) load only when asked for."""

import asyncio
import importlib
import importlib.util
import sys
from pathlib import Path

import click

from backend import garbage
from backend.cli_people import tenant, user
from backend.cli_serve import bring_up_to_date, health, serve
from backend.database import DATABASE_FAULTS, database_reason, is_contention
from backend.errors import Problem
from backend.migrations import running
from backend.observability.logs import configure_logs
from backend.settings import VERSION, SettingsError, load_settings

# name -> module that holds a click command of this name
_LAZY = {"import": "backend.importing.cli", "export": "backend.importing.cli", "demo": "backend.demo.cli"}


class LazyGroup(click.Group):
    """Also offers the commands of ``_LAZY`` whose module is there."""

    def list_commands(self, context: click.Context) -> list[str]:
        found = [name for name, module in _LAZY.items() if importlib.util.find_spec(module)]
        return sorted([*super().list_commands(context), *found])

    def get_command(self, context: click.Context, cmd_name: str) -> click.Command | None:
        module = _LAZY.get(cmd_name)
        if module is None or importlib.util.find_spec(module) is None:
            return super().get_command(context, cmd_name)
        commands = vars(importlib.import_module(module)).values()
        return next((item for item in commands if isinstance(item, click.Command) and item.name == cmd_name), None)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="qudao")
def qudao() -> None:
    """Qudao: ordering that needs no signal. Settings come from the environment, see the README."""


@qudao.command()
@click.option("--check", is_flag=True, help="Only say whether the database is up to date; exit 1 if not.")
def migrate(check: bool) -> None:
    """Bring the database up to date, from empty or from any older version."""
    url = load_settings().database_url
    if check:
        found, needed = asyncio.run(running.current(url)), running.head()
        click.echo(f"database at {found or 'nothing'}, code needs {needed}")
        sys.exit(found != needed)
    bring_up_to_date(load_settings())


@qudao.command()
@click.option("--once", is_flag=True, help="One round and the jobs that are due, then end.")
@click.option("--interval", default=60.0, show_default=True, help="Seconds between rounds.")
@click.option("--check", is_flag=True, help="Exit 0 when a running worker made a round lately.")
def worker(once: bool, interval: float, check: bool) -> None:
    """Do what is to be done in the background: jobs, and the housekeeping (expired sessions, old rate limits, feed rows
    nobody needs)."""
    settings = load_settings()
    # Late: the app imports every slice, which --help must not wait for.
    cli_worker = importlib.import_module("backend.cli_worker")
    if check:
        sys.exit(0 if cli_worker.healthy(settings, interval) else 1)
    configure_logs(settings.log_level, settings.log_format)
    asyncio.run(cli_worker.work(settings, interval, once=once))


@qudao.command("renew-epoch")
def renew_epoch() -> None:
    """Run this after a backup was restored, before serving again: every phone then fetches its rows anew and sends
    again the commands that the backup does not know."""
    cli_worker = importlib.import_module("backend.cli_worker")
    click.echo(f"epoch {asyncio.run(cli_worker.renew(load_settings()))}")


@qudao.command()
@click.argument("target", type=click.Path(path_type=Path), default="-")
def openapi(target: Path) -> None:
    """Write the OpenAPI document to a file, or to the screen."""
    cli_worker = importlib.import_module("backend.cli_worker")
    text = cli_worker.openapi_text(load_settings())
    if str(target) == "-":
        click.echo(text)
    else:
        target.write_text(text, encoding="utf-8")


for command in (serve, health, tenant, user):
    qudao.add_command(command)


def main() -> None:
    """The console script. Wrong settings and refusals are told in a line, not in a traceback."""
    garbage.look_seldom()
    try:
        qudao(prog_name="qudao", standalone_mode=True)
    except SettingsError as error:
        click.echo("\n".join(["qudao: wrong settings", *(f"  {problem}" for problem in error.problems)]), err=True)
        sys.exit(2)
    except Problem as error:
        detail = error.detail or ", ".join(f"{name}: {value}" for name, value in error.params.items())
        click.echo(f"qudao: {error.code}: {detail}", err=True)
        sys.exit(1)
    except DATABASE_FAULTS as error:
        if not is_contention(error):
            raise
        click.echo(
            f"qudao: another process is writing to the database, or it is away ({database_reason(error)}): "
            "try again when that has ended",
            err=True,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
