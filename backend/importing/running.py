"""One import from file to commit: all of it in one transaction, rolled back in a dry run and after a fatal problem."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions, transaction
from backend.errors import NotFound
from backend.identity import queries as identity
from backend.identity.models import Tenant
from backend.identity.service import Actor, audit_as, brand_of
from backend.importing import orders, partners, price_lists, products, stock
from backend.importing.mapping import Kind, WrongMapping, load_mapping
from backend.importing.records import Field, Record, read_records
from backend.importing.report import Report
from backend.importing.tables import Table, TableRow, UnreadableFile, open_table
from backend.importing.taking import Import, Progress, told
from backend.sync.changes import BRAND, Changes
from backend.sync.commands import Refused
from backend.sync.service import flush_changes

_EVERY = 5000
Take = Callable[[Import, Iterable[Record]], Awaitable[None]]

FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    "products": products.FIELDS,
    "partners": partners.FIELDS,
    "price-lists": price_lists.FIELDS,
    "stock": stock.FIELDS,
    "orders": orders.FIELDS,
}
_TAKE: Mapping[Kind, Take] = {
    "products": products.take_products,
    "partners": partners.take_partners,
    "price-lists": price_lists.take_price_lists,
    "stock": stock.take_stock,
    "orders": orders.take_orders,
}


class _DryRun(Exception):
    """Ends a transaction that is not to be kept."""


def silent(_what: str, _count: int) -> None:
    """Progress that nobody watches."""


async def run_import(
    sessions: Sessions,
    tenant_code: str,
    kind: Kind,
    path: Path,
    *,
    mapping: str = "",
    dry_run: bool = False,
    progress: Progress = silent,
    actor: str = "command line",
    max_rows: int | None = None,
) -> Report:
    """Take what can be taken of the file. ``report.fatal`` says why nothing was. Raises ``NotFound``
    ``unknown_tenant``."""
    report = Report(kind, dry_run=dry_run)

    async def work(done: Import) -> None:
        chosen = load_mapping(mapping, kind, [field.name for field in FIELDS[kind]])

        def read() -> list[Record]:
            with open_table(path, chosen.sheet) as table:
                watched = Table(table.headers, _watched(table.rows, progress, max_rows))
                return list(read_records(watched, chosen, FIELDS[kind], done.zone, report))

        # In a thread: a server goes on answering others meanwhile.
        await _TAKE[kind](done, await asyncio.to_thread(read))

    await carry_out(sessions, tenant_code, report, work, progress=progress, actor=actor)
    return report


async def carry_out(
    sessions: Sessions,
    tenant_code: str,
    report: Report,
    work: Callable[[Import], Awaitable[None]],
    *,
    progress: Progress = silent,
    actor: str = "command line",
    found: Callable[[AsyncSession], Awaitable[Tenant]] | None = None,
) -> None:
    """Run ``work`` in one transaction and write the feed at its end. ``found`` makes the tenant when there is
    none."""
    try:
        async with transaction(sessions) as session:
            tenant = await identity.tenant_by_code(session, tenant_code)
            if tenant is None and found is not None:
                tenant = await found(session)
            if tenant is None:
                raise NotFound("unknown_tenant", tenant=tenant_code)
            zone, changes = ZoneInfo(tenant.time_zone), Changes()
            now = datetime.now(UTC)
            await work(Import(session, tenant.id, tenant.currency, zone, now, changes, report, progress))
            if report.dry_run:
                raise _DryRun
            detail = {"rows": report.rows, "made": report.made, "changed": report.changed, "refused": report.refused}
            audit_as(session, Actor(tenant.id, "", actor), "data.imported", report.kind, detail)
            if changes.puts:
                # A brand made at the command line has no phone yet that would know it.
                changes.put("brand", await brand_of(session, tenant.id), BRAND)
            progress("telling phones", len(changes.puts))
            await flush_changes(session, tenant.id, changes)
    except _DryRun:
        return
    except (UnreadableFile, WrongMapping) as error:
        _end(report, error.reason)
    except Refused as refused:
        _end(report, told(refused))


def _end(report: Report, reason: str) -> None:
    """Rolled back: nothing was made."""
    report.fatal = reason
    report.made = report.changed = report.unchanged = 0


def _watched(rows: Iterator[TableRow], progress: Progress, max_rows: int | None) -> Iterator[TableRow]:
    for count, row in enumerate(rows, 1):
        if max_rows is not None and count > max_rows:
            raise UnreadableFile(f"more than {max_rows} rows: split the file, or use the command line")
        if count % _EVERY == 0:
            progress("rows read", count)
        yield row
