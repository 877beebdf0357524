"""``qudao import`` and ``qudao export``."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from backend.cli_sessions import command_sessions
from backend.database import Sessions, close_engine, make_engine, make_read_sessions, snapshot
from backend.errors import NotFound
from backend.identity import queries as identity
from backend.importing.exporting import export_table
from backend.importing.mapping import KINDS, Kind
from backend.importing.online_retail import import_online_retail
from backend.importing.report import Report
from backend.importing.running import run_import
from backend.importing.writing import save_table
from backend.settings import load_settings

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_tenant = click.option("--tenant", required=True, help="Code of the brand, what follows the @ of its logins.")
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
_report = click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the rows not imported go, as CSV  [default: FILE.report.csv].",
)


@click.group(name="import")
def import_group() -> None:
    """Take data over from .xlsx and .csv files: what can be taken is, every other row is reported."""


@click.group(name="export")
def export_group() -> None:
    """Write data to .xlsx or .csv files that an import reads again."""


class _Ticker:
    """Progress on one line of the terminal; quiet where nobody looks."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def __call__(self, what: str, count: int) -> None:
        if self.shown:
            click.echo(f"\r\x1b[K{count:>9} {what}", nl=False, err=True)

    def end(self) -> None:
        if self.shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _finish(report: Report, file: Path, target: Path | None) -> None:
    for line in report.lines():
        click.echo(line)
    if report.refusals and not report.fatal:
        target = target or file.with_name(f"{file.name}.report.csv")
        report.write_csv(target)
        click.echo(f"rows not imported, with the reason: {target}")
    sys.exit(1 if report.fatal else 0)


def _run(work: Callable[[Sessions, _Ticker], Awaitable[Report]]) -> Report:
    async def run() -> Report:
        ticker = _Ticker()
        async with command_sessions(pool_size=2) as sessions:
            try:
                return await work(sessions, ticker)
            finally:
                ticker.end()

    return asyncio.run(run())


def _import_command(kind: Kind) -> click.Command:
    @click.command(name=kind, help=f"Take {kind.replace('-', ' ')} from FILE (.xlsx, .csv, .csv.gz).")
    @_file
    @_tenant
    @click.option("--mapping", default="", help="Which column is which field: a name, or a .toml or .json file.")
    @_dry_run
    @_report
    def command(file: Path, tenant: str, mapping: str, *, dry_run: bool, report: Path | None) -> None:
        done = _run(
            lambda sessions, ticker: run_import(
                sessions, tenant, kind, file, mapping=mapping, dry_run=dry_run, progress=ticker
            )
        )
        _finish(done, file, report)

    return command


@import_group.command("online-retail")
@_file
@_tenant
@click.option("--stock", type=click.IntRange(0), default=0, help="Put this much of each product in stock.")
@_dry_run
@_report
def online_retail(file: Path, tenant: str, *, stock: int, dry_run: bool, report: Path | None) -> None:
    """Make a brand of a wholesaler's invoice lines (the columns of the UCI "Online Retail" data set): products,
    customers with terms, prices with the volume breaks that were really charged, the orders of the past.

    The brand is made when there is none: then name its first person with `qudao user create`.
    """
    done = _run(
        lambda sessions, ticker: import_online_retail(
            sessions, tenant, file, stock=stock, dry_run=dry_run, progress=ticker
        )
    )
    _finish(done, file, report)


def _export_command(kind: Kind) -> click.Command:
    @click.command(name=kind, help=f"Write {kind.replace('-', ' ')} to FILE (.xlsx or .csv).")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    @_tenant
    def command(file: Path, tenant: str) -> None:
        if file.suffix.lower() not in {".csv", ".xlsx"}:
            raise click.BadParameter("must end in .csv or .xlsx", param_hint="FILE")
        click.echo(f"{asyncio.run(_export(kind, file, tenant))} rows in {file}")

    return command


async def _export(kind: Kind, file: Path, code: str) -> int:
    engine = make_engine(load_settings().database_url, pool_size=1)
    try:
        async with snapshot(make_read_sessions(engine)) as session:
            tenant = await identity.tenant_by_code(session, code)
            if tenant is None:
                raise NotFound("unknown_tenant", tenant=code)
            table = await export_table(session, tenant.id, kind)
            return await save_table(file, table.headers, table.rows, kind)
    finally:
        await close_engine(engine)


for each in KINDS:
    import_group.add_command(_import_command(each))
    export_group.add_command(_export_command(each))
